//! What `status` and `doctor` say of the last step that failed.

use expect_test::expect;

use super::{birds, run, session, shown};
use crate::support::project::Project;

/// The second of three migrations failed at its second statement.
fn failed() -> Project {
    let project = birds();
    project.file("versions/0002_name.up.sql", "-- names\nalter table bird add column name text;\nselect nothing;\n");
    run(&project, "up").expect_code(5);
    project
}

#[test]
fn status_says_what_failed_last_and_what_to_do() {
    let project = failed();
    session(
        &project,
        ["status"],
        &expect![[r#"
        $ dunlin status
        state    migration  applied at (UTC)
        pending  0001_bird
        pending  0002_name
        pending  0003_egg

        3 migrations: 0 applied, 3 pending; the database is at base

        last failure: versions/0002_name.up.sql:3: near "nothing": syntax error (1)
          `0002_name`, going up at [time], run by [who]
          statement 2 of 2 failed; it was rolled back, and nothing of it is in place
        hint: mend versions/0002_name.up.sql and run `dunlin up`; if it was done by hand, `dunlin mark 0002 applied --reason "…"`
        --- exit 0
    "#]],
    );
    project.file("versions/0002_name.up.sql", "alter table bird add column name text;\n");
    session(
        &project,
        ["status", "doctor", "up", "status"],
        &expect![[r#"
        $ dunlin status
        state    migration  applied at (UTC)
        pending  0001_bird
        pending  0002_name
        pending  0003_egg

        3 migrations: 0 applied, 3 pending; the database is at base

        last failure: versions/0002_name.up.sql:3: near "nothing": syntax error (1)
          `0002_name`, going up at [time], run by [who]
          statement 2 of 2 failed; it was rolled back, and nothing of it is in place
        hint: versions/0002_name.up.sql was edited since: run `dunlin up`; if it was done by hand, `dunlin mark 0002 applied --reason "…"`
        --- exit 0

        $ dunlin doctor
        versions holds 3 migrations, up to `0003_egg`.
        The database sqlite:app.db is at base: nothing is applied; 3 migrations are pending, `0001_bird` first, and `dunlin up` applies them.

        trouble  versions has no dunlin.lock
          why    it was never written, or not committed; without it, an edit of what is applied shows only in a database
          do     `dunlin lock` writes it; commit it

        note     a step failed at versions/0002_name.up.sql:3: near "nothing": syntax error (1)
          why    `0002_name`, going up at [time], run by [who]
                 statement 2 of 2 failed; it was rolled back, and nothing of it is in place
          do     versions/0002_name.up.sql was edited since: run `dunlin up`; if it was done by hand, `dunlin mark 0002 applied --reason "…"`

        1 thing is wrong; `dunlin doctor --fix` repairs it
        --- exit 3

        $ dunlin up
        3 migrations applied, the database is at 0003_egg
        --- stderr
          applied   0001_bird  [duration]
          applied   0002_name  [duration]
          applied   0003_egg  [duration]
        --- exit 0

        $ dunlin status
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
fn json_says_the_same() {
    let document = run(&failed(), "status --format json").expect_code(0);
    let document = shown(&document);
    let (_, failure) = document.split_once("\"findings\": [],\n").expect("it comes behind the findings");
    expect![[r#"
          "last_failure": {
            "id": "0002",
            "name": "0002_name",
            "direction": "up",
            "file": "versions/0002_name.up.sql",
            "line": 3,
            "statement": 2,
            "of": 2,
            "message": "near \"nothing\": syntax error",
            "code": "1",
            "at": "[time]",
            "db_user": "",
            "os_user": [os_user],
            "host": [host],
            "application": "",
            "rolled_back": true,
            "edited_since": false
          },
          "pending": 3
        }
        --- exit 0
    "#]]
    .assert_eq(failure);
}

#[test]
fn a_way_down_that_failed_is_told_too() {
    let project = birds();
    run(&project, "up").expect_code(0);
    project.file("versions/0003_egg.down.sql", "drop table eggs;\n");
    run(&project, "down -1").expect_code(5);
    session(
        &project,
        ["status"],
        &expect![[r#"
            $ dunlin status
            state    migration  applied at (UTC)
            applied  0001_bird  [time]
            applied  0002_name  [time]
            applied  0003_egg   [time]

            3 migrations: 3 applied, 0 pending; the database is at 0003_egg

            warning: the down file of `0003_egg` was edited after it was applied

            last failure: versions/0003_egg.down.sql:1: no such table: eggs (1)
              `0003_egg`, going down at [time], run by [who]
              statement 1 of 1 failed; it was rolled back, and all of it is in place as before
            hint: mend versions/0003_egg.down.sql and go down again; if it was done by hand, `dunlin mark 0003 reverted --reason "…"`
            --- exit 0
        "#]],
    );
}

#[test]
fn what_is_unfinished_has_the_servers_message_beside_its_statements() {
    let project = birds();
    let up = "-- dunlin: transaction none\nalter table bird add column name text;\ncreate table bird (id integer);\n";
    project.file("versions/0002_name.up.sql", up);
    run(&project, "up").expect_code(6);
    session(
        &project,
        ["status"],
        &expect![[r#"
            $ dunlin status
            state       migration  applied at (UTC)
            applied     0001_bird  [time]
            unfinished  0002_name  [time]
            pending     0003_egg

            3 migrations: 1 applied, 1 pending, 1 unfinished; the database is at 0001_bird

            error: versions/0002_name.up.sql began to go up and did not end: statement 2 failed: table bird already exists
                statement 1 (line 2): in place: alter table bird add column name text
                statement 2 (line 3): failed, not in place: create table bird (id integer)
            hint: mend the file or the data, and `dunlin resume` goes on with that statement; `dunlin mark 0002 applied --reason "…"` or `… reverted …` settles it as a whole

            last failure: versions/0002_name.up.sql:3: table bird already exists (1)
              `0002_name`, going up at [time], run by [who]
              statement 2 of 2 failed; it is unfinished
            --- exit 0
        "#]],
    );
}
