//! `new --auto` and `verify` on PostgreSQL where there is more than what is declared: things of kinds that nothing is known of, tables that
//! are ignored, and what somebody else made.

use super::on;
use crate::support::database::Database;
use crate::support::project::Project;

/// Writes a migration and applies it, there and back.
fn there_and_back(made: &str, declared: &str, settings: &str) -> Vec<String> {
    let Some(database) = Database::postgres() else { return Vec::new() };
    let project = Project::new();
    project.file("dunlin.toml", settings);
    project.file("versions/0001_made.up.sql", made);
    project.file("versions/0001_made.down.sql", "select 1;\n");
    project.file("schema.sql", declared);
    let run = on(&project, &database);
    ["new --auto -m more", "up -q", "down -q", "up -q", "verify --schema", "new --auto -m again"].map(&run).into()
}

fn lead_there_and_back(session: &[String]) {
    for (text, word) in session.iter().zip(["wrote", "applied", "reverted", "applied", "the schema is what", "nothing"])
    {
        assert!(text.contains(word) && text.contains("--- exit 0"), "{session:#?}");
    }
}

#[test]
fn what_nothing_is_known_of_stays_and_what_uses_it_can_change() {
    let search = "create text search configuration english_too (copy = english);\n";
    let column = "tsv tsvector generated always as (to_tsvector('public.english_too'::regconfig, a)) stored";
    let made = format!("{search}create table t (a text, {column});\n");
    let declared = format!("{search}create table t (a text, b int, {column});\n");
    lead_there_and_back(&there_and_back(&made, &declared, ""));
}

#[test]
fn what_stands_in_the_way_and_is_not_known_is_found_before_a_file_is_written() {
    let made = "create function eq(int, text) returns boolean language sql immutable as 'select true';\n\
                create operator === (leftarg = int, rightarg = text, function = eq);\n";
    let declared = made.replace("eq(int, text)", "eq(a int, b text)");
    let Some(database) = Database::postgres() else { return };
    let project = Project::new();
    project.file("versions/0001_made.up.sql", made);
    project.file("versions/0001_made.down.sql", "drop operator === (int, text);\ndrop function eq(int, text);\n");
    project.file("schema.sql", &declared);
    let said = on(&project, &database)("new --auto -m more");
    assert!(said.contains("operator ===(integer,text) depends on function eq(integer,text)"), "{said}");
    assert!(said.contains("--- exit 3") && !said.contains("wrote"), "{said}");
}

#[test]
fn what_is_ignored_may_be_used() {
    let made = "create table legacy_a (id int primary key);\ncreate table t (id int references legacy_a, n int);\n\
                create view v as select l.id, t.n from legacy_a l join t using (id);\n";
    let declared = made.replace("n int", "n bigint");
    lead_there_and_back(&there_and_back(made, &declared, "[schema]\nignore = ['legacy_*']\n"));
}

#[test]
fn what_pg_dump_writes_declares_a_schema() {
    let declared = "--\n-- PostgreSQL database dump\n--\n\n\\restrict 0aB9\n\nSET statement_timeout = 0;\n\
                    SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.t (\n    a integer,\n    b text\n);\n\
                    \\unrestrict 0aB9\n";
    lead_there_and_back(&there_and_back("create table t (a int);\n", declared, ""));
}

#[test]
fn drift_is_told_that_uses_what_others_made() {
    for drift in [
        "create table other (x int, id int); create or replace view v as select id from other",
        "create table other (x int primary key); alter table t add foreign key (b) references other",
        "create function myf() returns int language sql as 'select 1'; alter table t alter b set default myf()",
        "create type mood as enum ('x'); alter table t add m mood",
    ] {
        let Some(database) = Database::postgres() else { return };
        let project = Project::new();
        project.file(
            "versions/0001_made.up.sql",
            "create table t (id int primary key, b int);\ncreate view v as select id from t;\n",
        );
        project.file("versions/0001_made.down.sql", "drop view v;\ndrop table t;\n");
        let run = on(&project, &database);
        run("up -q");
        database.superuser_sql(drift);
        let said = run("verify --schema");
        assert!(said.contains("--- exit 8"), "{drift}\n{said}");
    }
}
