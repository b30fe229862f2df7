//! `status`, `history`, `plan`, `verify` and `show`.

use expect_test::expect;

use super::{birds, run, session};

#[test]
fn status_shows_what_is_applied_and_what_is_pending() {
    session(&birds(), ["status", "up 0002 -q", "status", "status --check", "up -q", "status --check"], &expect![[r#"
        $ dunlin status
        state    migration  applied at (UTC)
        pending  0001_bird
        pending  0002_name
        pending  0003_egg

        3 migrations: 0 applied, 3 pending; the database is at base
        --- exit 0

        $ dunlin up 0002 -q
        2 migrations applied, the database is at 0002_name
        --- exit 0

        $ dunlin status
        state    migration  applied at (UTC)
        applied  0001_bird  [time]
        applied  0002_name  [time]
        pending  0003_egg

        3 migrations: 2 applied, 1 pending; the database is at 0002_name
        --- exit 0

        $ dunlin status --check
        state    migration  applied at (UTC)
        applied  0001_bird  [time]
        applied  0002_name  [time]
        pending  0003_egg

        3 migrations: 2 applied, 1 pending; the database is at 0002_name
        --- exit 2

        $ dunlin up -q
        1 migration applied, the database is at 0003_egg
        --- exit 0

        $ dunlin status --check
        state    migration  applied at (UTC)
        applied  0001_bird  [time]
        applied  0002_name  [time]
        applied  0003_egg   [time]

        3 migrations: 3 applied, 0 pending; the database is at 0003_egg
        --- exit 0
    "#]]);
}

#[test]
fn reading_creates_no_database() {
    let project = birds();
    for line in ["status", "history", "plan", "verify", "show 0001", "up --dry-run"] {
        run(&project, line);
    }
    assert!(!project.path().join("app.db").exists());
}

#[test]
fn an_edited_file_shows_in_every_reading_verb() {
    let project = birds();
    run(&project, "up").expect_code(0);
    project.file("versions/0002_name.up.sql", "alter table bird add column names text;\n");
    session(&project, ["status", "status --check", "verify", "plan"], &expect![[r#"
        $ dunlin status
        state    migration  applied at (UTC)
        applied  0001_bird  [time]
        edited   0002_name  [time]
        applied  0003_egg   [time]

        3 migrations: 3 applied, 0 pending; the database is at 0003_egg

        error: versions/0002_name.up.sql was edited after it was applied on [date]
            applied  [checksum]
            in file  [checksum]
            @@ -1 +1 @@
            -alter table bird add column name text;
            +alter table bird add column names text;
        hint: restore the file, or accept the edit with `dunlin lock --accept 0002 --reason "…"`, or put the change in a new migration: `dunlin new <slug>`; in a database of your own, `dunlin redo` runs it anew
        --- exit 0

        $ dunlin status --check
        state    migration  applied at (UTC)
        applied  0001_bird  [time]
        edited   0002_name  [time]
        applied  0003_egg   [time]

        3 migrations: 3 applied, 0 pending; the database is at 0003_egg

        error: versions/0002_name.up.sql was edited after it was applied on [date]
            applied  [checksum]
            in file  [checksum]
            @@ -1 +1 @@
            -alter table bird add column name text;
            +alter table bird add column names text;
        hint: restore the file, or accept the edit with `dunlin lock --accept 0002 --reason "…"`, or put the change in a new migration: `dunlin new <slug>`; in a database of your own, `dunlin redo` runs it anew
        --- exit 3

        $ dunlin verify
        the files of 3 migrations are in order
        error: versions/0002_name.up.sql was edited after it was applied on [date]
            applied  [checksum]
            in file  [checksum]
            @@ -1 +1 @@
            -alter table bird add column name text;
            +alter table bird add column names text;
        hint: restore the file, or accept the edit with `dunlin lock --accept 0002 --reason "…"`, or put the change in a new migration: `dunlin new <slug>`; in a database of your own, `dunlin redo` runs it anew
        --- exit 3

        $ dunlin plan
        --- stderr
        error: versions/0002_name.up.sql was edited after it was applied on [date]
            applied  [checksum]
            in file  [checksum]
            @@ -1 +1 @@
            -alter table bird add column name text;
            +alter table bird add column names text;
        hint: restore the file, or accept the edit with `dunlin lock --accept 0002 --reason "…"`, or put the change in a new migration: `dunlin new <slug>`; in a database of your own, `dunlin redo` runs it anew
        --- exit 3
    "#]]);
}

#[test]
fn a_migration_without_a_file_is_unknown_here() {
    let project = birds();
    run(&project, "up").expect_code(0);
    project.remove("versions/0003_egg.up.sql").remove("versions/0003_egg.down.sql");
    session(&project, ["status", "show 0003", "up", "down"], &expect![[r#"
        $ dunlin status
        state    migration  applied at (UTC)
        applied  0001_bird  [time]
        applied  0002_name  [time]
        unknown  0003_egg   [time]

        3 migrations: 2 applied, 0 pending, 1 unknown here; the database is at 0003_egg

        warning: the database is ahead: it has `0003_egg`, unknown here
        --- exit 0

        $ dunlin show 0003
        migration 0003_egg
        revises   `0002`
        state     applied at [time]
        --- stderr
        note: there is no file of it here; the database stores its SQL
        --- exit 0

        $ dunlin up
        nothing is pending up to head: the database is at 0003_egg
        --- stderr
        warning: the database is ahead: it has `0003_egg`, unknown here
        --- exit 0

        $ dunlin down
        1 migration reverted, the database is at 0002_name
        --- stderr
          reverted  0003_egg  [duration]
        warning: the database is ahead: it has `0003_egg`, unknown here
        --- exit 0
    "#]]);
}

#[test]
fn history_tells_what_was_done_and_by_whom() {
    let project = birds();
    project.migration("0004_wrong", "create table bird (id integer);\n", "select 1;\n");
    session(&project, ["history", "up 0002 -q", "down -q", "up -q", "history", "history -n 1"], &expect![]);
}

#[test]
fn plan_shows_every_step_with_its_way() {
    let project = birds();
    project.migration("0004_vacuum", "-- dunlin: transaction none\nvacuum;\nanalyze;\n", "select 1;\n");
    session(
        &project,
        ["plan", "plan 0002 --check", "plan --sql +1", "up -q", "plan", "plan -2", "plan --check"],
        &expect![],
    );
}

#[test]
fn verify_without_a_database_verifies_the_files() {
    let project = birds();
    run(&project, "lock").expect_code(0);
    let verify = |project| super::shown(&crate::support::command::Command::dunlin(project).argument("verify").run());
    expect![].assert_eq(&verify(&project));
    project.file("versions/0002_name.up.sql", "select 1;").remove("versions/0003_egg.down.sql");
    expect![].assert_eq(&verify(&project));
}

#[test]
fn show_tells_everything_about_one_migration() {
    session(&birds(), ["show name", "up -q", "show 0002", "show nmae"], &expect![]);
}
