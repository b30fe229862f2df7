-- dunlin: revises 20260105090000

create table notes (
    id integer primary key,
    book_id integer not null references books (id) on delete cascade,
    text text not null
);

create index notes_by_book on notes (book_id);
