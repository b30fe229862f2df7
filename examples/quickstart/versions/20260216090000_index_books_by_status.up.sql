-- dunlin: revises 20260202090000

create index books_by_status on books (status, id);
