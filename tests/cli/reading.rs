//! `status`, `history`, `plan`, `verify` and `show`.

use expect_test::expect;

use super::{birds, run, session};

#[test]
fn status_shows_what_is_applied_and_what_is_pending() {
    session(
        &birds(),
        ["status", "up 0002 -q", "status", "status --check", "up -q", "status --check"],
        &expect![[r#"
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
    "#]],
    );
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
    session(
        &project,
        ["status", "status --check", "verify", "plan"],
        &expect![[r#"
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
            hint: restore the file with `dunlin restore 0002`, or accept the edit with `dunlin lock --accept 0002 --reason "…"`, or put the change in a new migration: `dunlin new <slug>`; in a database of your own, `dunlin redo` runs it anew
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
            hint: restore the file with `dunlin restore 0002`, or accept the edit with `dunlin lock --accept 0002 --reason "…"`, or put the change in a new migration: `dunlin new <slug>`; in a database of your own, `dunlin redo` runs it anew
            --- exit 3

            $ dunlin verify
            the files of 3 migrations are in order
            error: versions/0002_name.up.sql was edited after it was applied on [date]
                applied  [checksum]
                in file  [checksum]
                @@ -1 +1 @@
                -alter table bird add column name text;
                +alter table bird add column names text;
            hint: restore the file with `dunlin restore 0002`, or accept the edit with `dunlin lock --accept 0002 --reason "…"`, or put the change in a new migration: `dunlin new <slug>`; in a database of your own, `dunlin redo` runs it anew
            --- exit 3

            $ dunlin plan
            --- stderr
            error: versions/0002_name.up.sql was edited after it was applied on [date]
                applied  [checksum]
                in file  [checksum]
                @@ -1 +1 @@
                -alter table bird add column name text;
                +alter table bird add column names text;
            hint: restore the file with `dunlin restore 0002`, or accept the edit with `dunlin lock --accept 0002 --reason "…"`, or put the change in a new migration: `dunlin new <slug>`; in a database of your own, `dunlin redo` runs it anew
            --- exit 3
        "#]],
    );
}

#[test]
fn a_migration_without_a_file_is_unknown_here() {
    let project = birds();
    run(&project, "up").expect_code(0);
    project.remove("versions/0003_egg.up.sql").remove("versions/0003_egg.down.sql");
    session(
        &project,
        ["status", "show 0003", "up", "down"],
        &expect![[r#"
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
            revises   0002
            state     applied at [time]
            --- stderr
            note: there is no file of it here; the database stores its SQL
            --- exit 0

            $ dunlin up
            nothing is pending: the database is at 0003_egg
            --- stderr
            warning: the database is ahead: it has `0003_egg`, unknown here
            --- exit 0

            $ dunlin down
            1 migration reverted, the database is at 0002_name
            --- stderr
            warning: the database is ahead: it has `0003_egg`, unknown here
              reverted  0003_egg  [duration]
            --- exit 0
        "#]],
    );
}

#[test]
fn history_tells_what_was_done_and_by_whom() {
    let project = birds();
    project.migration("0004_wrong", "create table bird (id integer);\n", "select 1;\n");
    session(
        &project,
        ["log", "up 0002 -q", "down -q", "up -q", "log", "log -n 1"],
        &expect![[r#"
            $ dunlin log
            nothing was done to the database yet
            --- exit 0

            $ dunlin up 0002 -q
            2 migrations applied, the database is at 0002_name
            --- exit 0

            $ dunlin down -q
            1 migration reverted, the database is at 0001_bird
            --- exit 0

            $ dunlin up -q
            --- stderr
            error: versions/0004_wrong.up.sql:1:1: table bird already exists (1)
                |
              1 | create table bird (id integer);
                | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                statement 1 of 1 failed; `0004_wrong` was rolled back; 2 steps before it stay as they are
            hint: mend what is wrong and run again; `dunlin plan` shows what is pending
            --- exit 5

            $ dunlin log
            when (UTC)           action  migration  who
            [time]  up      0001       [who]
            [time]  up      0002       [who]
            [time]  down    0002       [who]
            [time]  up      0002       [who]
            [time]  up      0003       [who]
            [time]  failed  0004       [who]  table bird already exists

            6 events; the chain is whole, head [checksum]
            --- exit 0

            $ dunlin log -n 1
            when (UTC)           action  migration  who
            [time]  failed  0004       [who]  table bird already exists

            1 of 6 events; the chain is whole, head [checksum]
            --- exit 0
        "#]],
    );
}

#[test]
fn plan_shows_every_step_with_its_way() {
    let project = birds();
    project.migration("0004_vacuum", "-- dunlin: transaction none\nvacuum;\nanalyze;\n", "select 1;\n");
    session(
        &project,
        ["plan", "plan 0002 --check", "up -q", "plan", "plan -2", "plan --check"],
        &expect![[r#"
            $ dunlin plan
            up  versions/0001_bird.up.sql    1 statement, in a transaction
            up  versions/0002_name.up.sql    1 statement, in a transaction
            up  versions/0003_egg.up.sql     1 statement, in a transaction
            up  versions/0004_vacuum.up.sql  2 statements, one by one

            4 migrations to apply
            --- exit 0

            $ dunlin plan 0002 --check
            up  versions/0001_bird.up.sql  1 statement, in a transaction
            up  versions/0002_name.up.sql  1 statement, in a transaction

            2 migrations to apply
            --- exit 2

            $ dunlin up -q
            4 migrations applied, the database is at 0004_vacuum
            --- exit 0

            $ dunlin plan
            nothing to do
            --- exit 0

            $ dunlin plan -2
            down  versions/0004_vacuum.down.sql  1 statement, in a transaction
            down  versions/0003_egg.down.sql     1 statement, in a transaction

            2 migrations to revert
            --- exit 0

            $ dunlin plan --check
            nothing to do
            --- exit 0
        "#]],
    );
}

#[test]
fn verify_without_a_database_verifies_the_files() {
    let project = birds();
    run(&project, "lock").expect_code(0);
    let verify = |project| super::shown(&crate::support::command::Command::dunlin(project).argument("verify").run());
    expect![[r#"
        $ dunlin verify
        the files of 3 migrations are in order
        --- stderr
        note: no database was named, so only the files were verified
        --- exit 0
    "#]]
    .assert_eq(&verify(&project));
    project.file("versions/0002_name.up.sql", "select 1;").remove("versions/0003_egg.down.sql");
    expect![[r#"
        $ dunlin verify
        --- stderr
        error: versions/0002_name.up.sql: it was edited after it was sealed
            sealed   [checksum]
            in file  [checksum]
          versions/0003_egg.down.sql: it was deleted after it was sealed in `versions/dunlin.lock`
        hint: restore the file (`git log` shows who changed it, and `dunlin restore 0002` writes it back from a database that has it), or accept the edit with `dunlin lock --accept 0002 --reason "…"`, or put the change in a new migration with `dunlin new`
        hint: restore the file (`dunlin restore <id>` writes it back from a database that has it), or remove its line from `versions/dunlin.lock` if no database can have it
        --- exit 3
    "#]].assert_eq(&verify(&project));
}

#[test]
fn show_tells_everything_about_one_migration() {
    session(
        &birds(),
        ["show name", "up -q", "show 0002", "show nmae"],
        &expect![[r#"
        $ dunlin show name
        migration 0002_name
        revises   0001
        state     pending

        up  versions/0002_name.up.sql  [checksum]
        alter table bird add column name text;

        down  versions/0002_name.down.sql  [checksum]
        alter table bird drop column name;
        --- exit 0

        $ dunlin up -q
        3 migrations applied, the database is at 0003_egg
        --- exit 0

        $ dunlin show 0002
        migration 0002_name
        revises   0001
        state     applied at [time]

        up  versions/0002_name.up.sql  [checksum]
        alter table bird add column name text;

        down  versions/0002_name.down.sql  [checksum]
        alter table bird drop column name;
        --- exit 0

        $ dunlin show nmae
        --- stderr
        error: no migration is called `nmae`; did you mean `name`?
        hint: `dunlin status` lists them
        --- exit 1
    "#]],
    );
}
