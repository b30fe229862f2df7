create table posts (
  id integer primary key,
  author_id integer not null constraint posts_author references users (id) on delete cascade,
  title text not null,
  created_at text not null default current_timestamp
);
create index posts_author_id on posts (author_id);
