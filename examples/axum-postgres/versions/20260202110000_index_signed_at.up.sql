-- dunlin: revises 20260118153000
-- dunlin: transaction none
-- The table is in use: an index that is built concurrently locks nobody out, and needs to be outside a transaction.
create index concurrently entries_signed_at on entries (signed_at);
