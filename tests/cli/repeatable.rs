//! Repeatable files: what `up`, `status` and `plan` tell of them.

use expect_test::expect;

use super::{birds, run, session};
use crate::support::project::Project;

const BIRDS: &str = "drop view if exists birds;\ncreate view birds as select id from bird;\n";
const BLUE: &str = "drop view if exists blue_eggs;\ncreate view blue_eggs as select id from egg;\n";

fn viewed() -> Project {
    let project = birds();
    project.file("versions/repeatable/birds.sql", BIRDS).file("versions/repeatable/blue_eggs.sql", BLUE);
    project
}

#[test]
fn up_tells_which_files_it_ran() {
    let project = viewed();
    session(
        &project,
        ["up +1", "plan", "up", "up"],
        &expect![[r#"
        $ dunlin up +1
        1 migration applied, the database is at 0001_bird
        --- stderr
          applied   0001_bird  [duration]
        --- exit 0

        $ dunlin plan
        up      versions/0002_name.up.sql          1 statement, in a transaction
        up      versions/0003_egg.up.sql           1 statement, in a transaction
        repeat  versions/repeatable/birds.sql      2 statements, in a transaction
        repeat  versions/repeatable/blue_eggs.sql  2 statements, in a transaction

        2 migrations to apply, 2 repeatable files to run
        --- exit 0

        $ dunlin up
        2 migrations applied and 2 repeatable files run, the database is at 0003_egg
        --- stderr
          applied   0002_name  [duration]
          applied   0003_egg  [duration]
          repeated  birds  [duration]
          repeated  blue_eggs  [duration]
        --- exit 0

        $ dunlin up
        nothing is pending: the database is at 0003_egg (3 migrations)
        --- exit 0
    "#]],
    );
    project.file("versions/repeatable/birds.sql", BIRDS.replace("id from", "id, name from"));
    session(
        &project,
        ["status", "status --check -q", "plan", "up", "status --check", "verify"],
        &expect![[r#"
        $ dunlin status
        state    migration  applied at (UTC)
        applied  0001_bird  [time]
        applied  0002_name  [time]
        applied  0003_egg   [time]

        3 migrations: 3 applied, 0 pending; the database is at 0003_egg

        state    repeatable  run at (UTC)
        changed  birds       [time]
        current  blue_eggs   [time]
        --- exit 0

        $ dunlin status --check -q
        state    migration  applied at (UTC)
        applied  0001_bird  [time]
        applied  0002_name  [time]
        applied  0003_egg   [time]

        3 migrations: 3 applied, 0 pending; the database is at 0003_egg

        state    repeatable  run at (UTC)
        changed  birds       [time]
        current  blue_eggs   [time]
        --- exit 2

        $ dunlin plan
        repeat  versions/repeatable/birds.sql  2 statements, in a transaction

        1 repeatable file to run
        --- exit 0

        $ dunlin up
        1 repeatable file run, the database is at 0003_egg
        --- stderr
          repeated  birds  [duration]
        --- exit 0

        $ dunlin status --check
        state    migration  applied at (UTC)
        applied  0001_bird  [time]
        applied  0002_name  [time]
        applied  0003_egg   [time]

        3 migrations: 3 applied, 0 pending; the database is at 0003_egg

        state    repeatable  run at (UTC)
        current  birds       [time]
        current  blue_eggs   [time]
        --- exit 0

        $ dunlin verify
        the files of 3 migrations are in order
        the history agrees with them
        --- exit 0
    "#]],
    );
}

#[test]
fn json_tells_of_them_too() {
    let project = viewed();
    run(&project, "up +2 -q").expect_code(0);
    session(
        &project,
        ["plan --format json", "up --format json", "up --format json"],
        &expect![[r#"
            $ dunlin plan --format json
            {
              "version": 1,
              "findings": [],
              "heals": [],
              "repeats": [
                {
                  "file": "versions/repeatable/birds.sql",
                  "name": "birds",
                  "statements": 2,
                  "transaction": true
                },
                {
                  "file": "versions/repeatable/blue_eggs.sql",
                  "name": "blue_eggs",
                  "statements": 2,
                  "transaction": true
                }
              ],
              "resumed": [],
              "steps": [
                {
                  "direction": "up",
                  "file": "versions/0003_egg.up.sql",
                  "id": "0003",
                  "name": "0003_egg",
                  "statements": 1,
                  "transaction": true
                }
              ]
            }
            --- exit 0

            $ dunlin up --format json
            {
              "version": 1,
              "set": "main",
              "steps": [
                {
                  "direction": "up",
                  "id": "0003",
                  "name": "0003_egg",
                  "duration_us": [duration_us]
                }
              ],
              "nothing_to_do": null,
              "healed": [],
              "repeated": [
                {
                  "name": "birds",
                  "duration_us": [duration_us]
                },
                {
                  "name": "blue_eggs",
                  "duration_us": [duration_us]
                }
              ],
              "findings": []
            }
            --- stderr
              applied   0003_egg  [duration]
              repeated  birds  [duration]
              repeated  blue_eggs  [duration]
            --- exit 0

            $ dunlin up --format json
            {
              "version": 1,
              "set": "main",
              "steps": [],
              "nothing_to_do": {
                "because": "nothing-pending",
                "branch": null
              },
              "healed": [],
              "repeated": [],
              "findings": []
            }
            --- exit 0
        "#]],
    );
}

#[test]
fn their_status_is_in_the_document() {
    let project = viewed();
    run(&project, "up -q").expect_code(0);
    session(
        &project,
        ["status --format json"],
        &expect![[r#"
            $ dunlin status --format json
            {
              "version": 1,
              "set": "main",
              "engine": "sqlite",
              "migrations": [
                {
                  "id": "0001",
                  "name": "0001_bird",
                  "file": "versions/0001_bird.up.sql",
                  "parents": [],
                  "state": "applied",
                  "kind": "applied",
                  "applied_at": "[time]",
                  "journal": []
                },
                {
                  "id": "0002",
                  "name": "0002_name",
                  "file": "versions/0002_name.up.sql",
                  "parents": [
                    "0001"
                  ],
                  "state": "applied",
                  "kind": "applied",
                  "applied_at": "[time]",
                  "journal": []
                },
                {
                  "id": "0003",
                  "name": "0003_egg",
                  "file": "versions/0003_egg.up.sql",
                  "parents": [
                    "0002"
                  ],
                  "state": "applied",
                  "kind": "applied",
                  "applied_at": "[time]",
                  "journal": []
                }
              ],
              "repeatables": [
                {
                  "name": "birds",
                  "file": "versions/repeatable/birds.sql",
                  "state": "current",
                  "applied_at": "[time]"
                },
                {
                  "name": "blue_eggs",
                  "file": "versions/repeatable/blue_eggs.sql",
                  "state": "current",
                  "applied_at": "[time]"
                }
              ],
              "findings": [],
              "last_failure": null,
              "pending": 0
            }
            --- exit 0
        "#]],
    );
}

#[test]
fn a_file_that_fails_says_where_and_what_stays() {
    let project = viewed();
    project.file("versions/repeatable/blue_eggs.sql", "select 1;\n\ninsert into nowhere values (1);\n");
    session(
        &project,
        ["up", "status", "log"],
        &expect![[r#"
            $ dunlin up
            --- stderr
              applied   0001_bird  [duration]
              applied   0002_name  [duration]
              applied   0003_egg  [duration]
              repeated  birds  [duration]
            error: versions/repeatable/blue_eggs.sql:3:13: no such table: nowhere (1)
                |
              3 | insert into nowhere values (1);
                |             ^^^^^^^
                statement 2 of 2 failed; `repeatable/blue_eggs` was rolled back; 4 steps before it stay as they are
            hint: mend what is wrong and run again; `dunlin plan` shows what is pending
            --- exit 5

            $ dunlin status
            state    migration  applied at (UTC)
            applied  0001_bird  [time]
            applied  0002_name  [time]
            applied  0003_egg   [time]

            3 migrations: 3 applied, 0 pending; the database is at 0003_egg

            state    repeatable  run at (UTC)
            current  birds       [time]
            new      blue_eggs
            --- exit 0

            $ dunlin log
            when (UTC)           action  migration  who
            [time]  up      0001       [who]
            [time]  up      0002       [who]
            [time]  up      0003       [who]
            [time]  repeat  birds      [who]
            [time]  failed  blue_eggs  [who]  no such table: nowhere

            5 events; the chain is whole, head [checksum]
            --- exit 0
        "#]],
    );
}

#[test]
fn after_a_way_down_they_are_new() {
    let project = viewed();
    session(
        &project,
        ["up -q", "down", "status"],
        &expect![[r#"
        $ dunlin up -q
        3 migrations applied and 2 repeatable files run, the database is at 0003_egg
        --- exit 0

        $ dunlin down
        1 migration reverted, the database is at 0002_name
        --- stderr
          reverted  0003_egg  [duration]
        --- exit 0

        $ dunlin status
        state    migration  applied at (UTC)
        applied  0001_bird  [time]
        applied  0002_name  [time]
        pending  0003_egg

        3 migrations: 2 applied, 1 pending; the database is at 0002_name

        state  repeatable  run at (UTC)
        new    birds
        new    blue_eggs
        --- exit 0
    "#]],
    );
}
