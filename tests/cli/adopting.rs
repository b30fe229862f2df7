//! `init --from-db`: a project that begins with a database.

use dunlin_core::dialect::Dialect;
use expect_test::expect;

use super::{command, run, session, shown};
use crate::support::command::Outcome;
use crate::support::database::Database;
use crate::support::project::Project;

const TABLES: &str = "
    create table bird (id integer not null primary key, name varchar(40) not null default 'owl');
    create table egg (id integer not null primary key, bird integer not null, weight decimal(5,2),
        constraint egg_bird foreign key (bird) references bird (id) on delete cascade);
    create index egg_by_weight on egg (weight);
    create view names as select name from bird;
    create table alembic_version (version_num varchar(32) not null primary key);
    insert into bird values (1, 'tit');
    insert into alembic_version values ('abc');
";

/// What only one engine has.
fn more(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "create trigger no_owls after insert on bird begin delete from bird where name = 'owl'; end;",
        Dialect::Postgres => {
            "create type size as enum ('small', 'large'); alter table bird add size size check (size in ('small', 'large'));
             create table goose_db_version (id serial primary key, version_id bigint);
             create function nobody() returns trigger language plpgsql as 'begin return null; end';
             create trigger no_owls before insert on bird for each row execute function nobody();"
        }
        Dialect::Mysql => "create trigger no_owls before insert on bird for each row set new.name = 'none';",
    }
}

fn on(project: &Project, url: &str, line: &str) -> Outcome {
    command(project, line).variable("DATABASE_URL", url).run()
}

engines! {
    async fn a_database_becomes_a_project_that_is_quiet(database: &Database) {
        let url = database.superuser_url();
        database.superuser_sql(&format!("{TABLES}{}", more(database.dialect)));
        let project = Project::new();
        let adopted = on(&project, &url, &format!("init --from-db {url}"));
        assert_eq!(adopted.code, Some(0), "{}", adopted.stderr);
        assert!(adopted.stderr.contains("`alembic_version` is left out: it belongs to Alembic"), "{}", adopted.stderr);
        for line in ["status --check", "verify", "verify --schema", "check", "up", "diff --check", "schema dump --out schema.sql --check"] {
            let outcome = on(&project, &url, line);
            assert_eq!(outcome.code, Some(0), "{line}: {}{}", outcome.stdout, outcome.stderr);
        }
        // What is there is as it was.
        assert_eq!(database.superuser_sql("select name from bird"), "tit");
        assert_eq!(database.superuser_sql("select version_num from alembic_version"), "abc");
        assert_eq!(database.superuser_sql("select kind from dunlin_migrations"), "baseline");
        let down = on(&project, &url, "down base");
        assert_eq!(down.code, Some(9), "{}", down.stderr);

        // Another database gets the same by running it, and goes back.
        let fresh = Database::new(database.dialect).expect("a database");
        let to = fresh.superuser_url();
        for line in ["up -q", &format!("diff --from {url} --to {to} --check"), "verify --schema", "down base -q --yes"] {
            let outcome = on(&project, &to, line);
            assert_eq!(outcome.code, Some(0), "{line}: {}{}", outcome.stdout, outcome.stderr);
        }
        let left = on(&project, &to, &format!("schema --from {to}")).stdout;
        assert!(!left.contains("table"), "{left}");
    }
}

/// A database of SQLite beside a project.
fn kept(sql: &str) -> Project {
    let project = Project::new();
    project.file("kept.db", "");
    Database::sql_at(&format!("sqlite://{}", project.path().join("kept.db").display()), sql);
    project
}

#[test]
fn a_project_begins_with_a_database() {
    let project =
        kept("create table bird (id integer primary key, name text); create table _sqlx_migrations (a integer);");
    session(
        &project,
        ["init --from-db sqlite:kept.db", "init again --from-db sqlite:kept.db --format json"],
        &expect![[r#"
            $ dunlin init --from-db sqlite:kept.db
            wrote versions/[id]_baseline.up.sql
            wrote versions/[id]_baseline.down.sql
            wrote versions/dunlin.lock
            wrote schema.sql
            wrote dunlin.toml
            the database is at [id]_baseline, its baseline
            --- stderr
            note: `_sqlx_migrations` is left out: it belongs to sqlx
            hint: set DATABASE_URL, and `dunlin status` shows it; change schema.sql, and `dunlin new --auto -m "…"` writes what leads there
            --- exit 0

            $ dunlin init again --from-db sqlite:kept.db --format json
            {
              "version": 1,
              "error": {
                "exit": 1,
                "hints": [
                  "the migrations are somewhere: take their directory, or restore the files with `dunlin restore`"
                ],
                "kind": "usage",
                "message": "the database has a history of dunlin already, with `[id]_baseline` applied"
              }
            }
            --- stderr
            error: the database has a history of dunlin already, with `[id]_baseline` applied
            hint: the migrations are somewhere: take their directory, or restore the files with `dunlin restore`
            --- exit 1
        "#]],
    );
    let read = |end: &str| {
        let file = project.files().into_iter().find(|file| file.ends_with(end)).expect("a file");
        format!("--- {end}\n{}", project.read(&file))
    };
    let settings = read("dunlin.toml");
    let ignore = settings.lines().find(|line| line.starts_with("ignore")).unwrap_or_default();
    let texts = [read("baseline.up.sql"), read("baseline.down.sql"), read("schema.sql"), ignore.to_owned()].join("\n");
    expect![[r#"
        --- baseline.up.sql
        -- dunlin: revises base

        create table bird (id integer primary key, name text);

        --- baseline.down.sql
        -- dunlin: foreign-keys off
        -- loses data: table bird is dropped

        drop table bird;

        --- schema.sql
        -- Written by `dunlin schema dump`.

        create table bird (id integer primary key, name text);

        ignore = ["_sqlx_migrations"]"#]]
    .assert_eq(&texts);
}

#[test]
fn what_stands_in_the_way_is_said_and_nothing_is_written() {
    let project = kept("create table bird (id integer primary key);");
    let files = project.files();
    session(
        &project,
        ["init --from-db sqlite:none.db", "init --from-db sqlite:", "init --from-db sqlite:kept.db --example"],
        &expect![[r#"
            $ dunlin init --from-db sqlite:none.db
            --- stderr
            error: there is no database at sqlite:none.db
            hint: look at the URL; `dunlin init` begins without a database
            --- exit 1

            $ dunlin init --from-db sqlite:
            --- stderr
            error: the URL names no file
            hint: write `sqlite:app.db`, or `sqlite::memory:` for a database that is gone afterwards
            --- exit 1

            $ dunlin init --from-db sqlite:kept.db --example
            --- stderr
            error: the argument '--from-db <URL>' cannot be used with '--example'

            Usage: dunlin init --from-db <URL> [FOLDER]

            For more information, try '--help'.
            --- exit 1
        "#]],
    );
    assert_eq!(project.files(), files);

    project.file("schema.sql", "");
    let files = project.files();
    session(
        &project,
        ["init --from-db sqlite:kept.db"],
        &expect![[r#"
        $ dunlin init --from-db sqlite:kept.db
        --- stderr
        error: `schema.sql` is there already
        hint: nothing was written; move it away, or begin in another folder: `dunlin init <folder> --from-db …`
        --- exit 1
    "#]],
    );
    assert_eq!(project.files(), files);

    let empty = kept("");
    session(
        &empty,
        ["init --from-db sqlite:kept.db"],
        &expect![[r#"
        $ dunlin init --from-db sqlite:kept.db
        --- stderr
        error: there is nothing in the database to begin with
        hint: `dunlin init` begins without a database
        --- exit 1
    "#]],
    );
    assert_eq!(empty.files(), ["kept.db"]);
}

#[test]
fn settings_that_are_there_must_leave_out_what_belongs_to_others() {
    let project = kept("create table bird (id integer primary key); create table schema_migrations (version text);");
    project.file("dunlin.toml", "dir = \"db\"\n[schema]\nfile = \"db.sql\"\n");
    session(
        &project,
        ["init --from-db sqlite:kept.db"],
        &expect![[r#"
        $ dunlin init --from-db sqlite:kept.db
        --- stderr
        error: dunlin.toml is there already, and does not leave out what belongs to other tools: `schema_migrations`
        hint: write under `[schema]` there: ignore = ["schema_migrations"]
        --- exit 1
    "#]],
    );
    project.file("dunlin.toml", "dir = \"db\"\n[schema]\nfile = \"db.sql\"\nignore = [\"schema_m*\"]\n");
    session(
        &project,
        ["init --from-db sqlite:kept.db", "check --url sqlite:kept.db --skip git"],
        &expect![[r#"
        $ dunlin init --from-db sqlite:kept.db
        wrote db/[id]_baseline.up.sql
        wrote db/[id]_baseline.down.sql
        wrote db/dunlin.lock
        wrote db.sql
        kept  dunlin.toml, which is there already
        the database is at [id]_baseline, its baseline
        --- stderr
        note: `schema_migrations` is left out: it belongs to golang-migrate, dbmate or Rails
        hint: set DATABASE_URL, and `dunlin status` shows it; change schema.sql, and `dunlin new --auto -m "…"` writes what leads there
        --- exit 0

        $ dunlin check --url sqlite:kept.db --skip git
        ok       files   1 migration is in order
        ok       heads   `[id]_baseline` is the one head
        ok       seals   1 migration is sealed
        ok       down    every migration has a way back
        skipped  git     as `--skip` says
        ok       edits   nothing was edited after it was sealed or applied
        ok       schema  the migrations make what db.sql declares

        6 checks passed, 1 skipped
        --- exit 0
    "#]],
    );
}

#[test]
fn a_database_that_has_a_history_is_no_beginning() {
    let project = super::birds();
    run(&project, "up -q");
    let other = run(&project, "init other --from-db sqlite:app.db");
    expect![[r#"
        $ dunlin init other --from-db sqlite:app.db
        --- stderr
        error: the database has a history of dunlin already, with `0001_bird`, `0002_name` and `0003_egg` applied
        hint: the migrations are somewhere: take their directory, or restore the files with `dunlin restore`
        --- exit 1
    "#]]
    .assert_eq(&shown(&other));
}

#[test]
fn files_go_where_the_record_cannot_be_written() {
    let project = kept("create table bird (id integer primary key);");
    session(
        &project,
        ["init --from-db sqlite:kept.db?mode=ro"],
        &expect![[r#"
        $ dunlin init --from-db 'sqlite:kept.db?mode=ro'
        --- stderr
        error: making the history tables: attempt to write a readonly database (8)
        hint: migrating needs the right to write; `status`, `plan` and `verify` need only `select` on the history tables
        --- exit 1
    "#]],
    );
    assert_eq!(project.files(), ["kept.db"]);
}
