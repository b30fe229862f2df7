-- dunlin: revises base

create table books (
    id integer primary key,
    title text not null,
    author text,
    is_read integer not null default 0
);
