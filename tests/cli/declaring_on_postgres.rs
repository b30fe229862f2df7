//! `new --auto`, `diff`, `check` and `verify` on PostgreSQL.

use expect_test::expect;

use super::{birds, command, shown};
use crate::support::database::Database;

const SCHEMA: &str = "create type size as enum ('small', 'large');
create table bird (id integer primary key, name varchar(20) not null check (name in ('owl', 'tit')), size size default 'small');
create table egg (id integer primary key, bird integer references bird on delete cascade);
create index egg_by_bird on egg (bird);
create view nest as select egg.id, bird.name from egg join bird on bird.id = egg.bird;
";

#[test]
fn a_schema_is_declared_written_compared_and_watched_over() {
    let Some(database) = Database::postgres() else { return };
    let project = birds();
    project.file("schema.sql", SCHEMA);
    let run = |line: &str| shown(&command(&project, line).variable("DATABASE_URL", database.superuser_url()).run());
    let mut session: Vec<String> =
        ["diff", "new --auto -m 'Nests'", "new --auto -m again", "diff", "up -q", "verify --schema"].map(run).into();
    session.push(project.read("versions/0004_nests.up.sql"));
    session.push(project.read("versions/0004_nests.down.sql"));
    database.superuser_sql("alter table egg add column stolen boolean; drop view nest; create table other (a int)");
    session.push(run("verify --schema"));
    session.push(run("rebuild bird"));
    expect![[r#""#]].assert_eq(&session.join("\n"));
}

#[test]
fn what_loses_data_must_be_allowed_and_what_is_not_planned_is_named() {
    let Some(database) = Database::postgres() else { return };
    let project = birds();
    let run = |line: &str| shown(&command(&project, line).variable("DATABASE_URL", database.superuser_url()).run());
    let mut session = Vec::new();
    project.file("schema.sql", "create table bird (id integer primary key);\n");
    session.push(run("new --auto -m 'No eggs'"));
    project.file(
        "schema.sql",
        "create table bird (id integer primary key, name uuid);\ncreate table egg (id integer primary key);\n",
    );
    session.push(run("new --auto -m 'Names are numbers'"));
    project.file("schema.sql", "create table bird (id integer primary key, name text);\ncreate table egg (id integer primary key);\ncreate publication all_eggs for table egg;\n");
    session.push(run("new --auto -m 'Eggs are published'"));
    project.file("schema.sql", "create table bird (id integer primary key, name txt);\n");
    session.push(run("new --auto -m 'A slip'"));
    expect![[r#""#]].assert_eq(&session.join("\n"));
}
