select m.name, m.checksum, {applied_at}
from {repeatable} m
