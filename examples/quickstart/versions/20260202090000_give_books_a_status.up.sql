-- dunlin: revises 20260119090000
-- dunlin: foreign-keys off
--
-- SQLite cannot change a column in place, so the table is built anew. With foreign keys on, dropping the old one
-- would delete every note.

create table new_books (
    id integer primary key,
    title text not null check (title <> ''),
    author text not null default '',
    status text not null default 'to read' check (status in ('to read', 'reading', 'read')),
    added_at text not null default current_timestamp
);

insert into new_books (id, title, author, status, added_at)
select
    id,
    title,
    coalesce(author, ''),
    case when is_read then 'read' else 'to read' end,
    coalesce(added_at, current_timestamp)
from books;

drop table books;

alter table new_books rename to books;
