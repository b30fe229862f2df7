-- dunlin: revises 0002
create table posts (
  id bigint generated always as identity primary key,
  author_id bigint not null constraint posts_author references users (id) on delete cascade,
  title text not null,
  created_at timestamptz not null default current_timestamp
);
create index posts_author_id on posts (author_id);
