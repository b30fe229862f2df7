-- dunlin: foreign-keys off

create table old_books (
    id integer primary key,
    title text not null,
    author text,
    is_read integer not null default 0,
    added_at text
);

insert into old_books (id, title, author, is_read, added_at)
select id, title, nullif(author, ''), status = 'read', added_at
from books;

drop table books;

alter table old_books rename to books;
