-- dunlin: transaction none
drop index concurrently entries_signed_at;
