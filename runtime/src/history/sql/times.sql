select m.id, {applied_at}
from {migrations} m
where m.set_name = ?
