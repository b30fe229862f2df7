-- dunlin: revises {revises}

create table users (
    id integer primary key,
    name varchar(200) not null
);
