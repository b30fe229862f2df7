//! `stamp` and `skip`: the history alone.

use expect_test::expect;

use super::{birds, run, session, shown};
use crate::support::database::Database;

#[test]
fn a_stamp_says_what_it_changes_and_where_the_database_stands_then() {
    session(
        &birds(),
        ["stamp head", "stamp head", "status", "stamp 1", "log"],
        &expect![[r#"
            $ dunlin stamp head
            3 rows added, the database is at 0003_egg
            --- stderr
              add  0001_bird
              add  0002_name
              add  0003_egg
            --- exit 0

            $ dunlin stamp head
            nothing to stamp: the database is at 0003_egg
            --- exit 0

            $ dunlin status
            state    migration  applied at (UTC)
            applied  0001_bird  [time]
            applied  0002_name  [time]
            applied  0003_egg   [time]

            3 migrations: 3 applied, 0 pending; the database is at 0003_egg
            --- exit 0

            $ dunlin stamp 1
            2 rows removed, the database is at 0001_bird
            --- stderr
              remove  0003_egg
              remove  0002_name
            --- exit 0

            $ dunlin log
            when (UTC)           action  migration  who
            [time]  stamp   0001       [who]  added
            [time]  stamp   0002       [who]  added
            [time]  stamp   0003       [who]  added
            [time]  stamp   0003       [who]  removed
            [time]  stamp   0002       [who]  removed

            5 events; the chain is whole, head [checksum]
            --- exit 0
        "#]],
    );
}

#[test]
fn a_dry_run_changes_nothing() {
    session(
        &birds(),
        ["stamp head --dry-run", "status", "stamp base --dry-run"],
        &expect![[r#"
        $ dunlin stamp head --dry-run
          add  0001_bird
          add  0002_name
          add  0003_egg
        3 rows added, the database would be at 0003_egg
        --- exit 2

        $ dunlin status
        state    migration  applied at (UTC)
        pending  0001_bird
        pending  0002_name
        pending  0003_egg

        3 migrations: 0 applied, 3 pending; the database is at base
        --- exit 0

        $ dunlin stamp base --dry-run
        nothing to stamp: the database is at base
        --- exit 0
    "#]],
    );
}

#[test]
fn rows_without_a_file_are_shown_as_such_and_unfinished_ones_too() {
    let project = birds();
    run(&project, "up");
    project.remove("versions/0003_egg.up.sql").remove("versions/0003_egg.down.sql");
    let url = format!("sqlite://{}", project.path().join("app.db").display());
    Database::sql_at(&url, "update dunlin_migrations set state = 'applying' where id = '0002'");
    session(
        &project,
        ["stamp head", "up"],
        &expect![[r#"
            $ dunlin stamp head
            1 row removed, 1 row settled, the database is at 0002_name
            --- stderr
              remove  0003_egg   no file has it
              settle  0002_name  its step began and did not end, and counts as whole
            --- exit 0

            $ dunlin up
            nothing is pending: the database is at 0002_name (2 migrations)
            --- exit 0
        "#]],
    );
}

#[test]
fn a_purge_writes_rows_anew() {
    session(
        &birds(),
        ["up -q", "stamp --purge 2"],
        &expect![[r#"
        $ dunlin up -q
        3 migrations applied, the database is at 0003_egg
        --- exit 0

        $ dunlin stamp --purge 2
        3 rows removed, 2 rows added, the database is at 0002_name
        --- stderr
          remove  0003_egg
          renew   0001_bird
          renew   0002_name
        --- exit 0
    "#]],
    );
}

#[test]
fn a_target_that_changes_nothing_is_named() {
    session(
        &birds(),
        ["stamp 1 3"],
        &expect![[r#"
        $ dunlin stamp 1 3
        3 rows added, the database is at 0003_egg
        --- stderr
          add  0001_bird
          add  0002_name
          add  0003_egg
          `0001_bird` changes nothing: `0003_egg` comes after it
        --- exit 0
    "#]],
    );
}

#[test]
fn json_says_the_same() {
    session(
        &birds(),
        ["stamp 2 --format json", "stamp 1 --dry-run --format json", "skip 3 --reason 'by hand' --format json"],
        &expect![[r#"
            $ dunlin stamp 2 --format json
            {
              "version": 1,
              "set": "main",
              "removed": [],
              "added": [
                {
                  "id": "0001",
                  "name": "0001_bird"
                },
                {
                  "id": "0002",
                  "name": "0002_name"
                }
              ],
              "settled": [],
              "left_out": [],
              "heads": [
                "0002_name"
              ]
            }
            --- exit 0

            $ dunlin stamp 1 --dry-run --format json
            {
              "version": 1,
              "set": "main",
              "removed": [
                {
                  "id": "0002",
                  "name": "0002_name",
                  "unknown": false,
                  "unfinished": false
                }
              ],
              "added": [],
              "settled": [],
              "left_out": [],
              "heads": [
                "0001_bird"
              ]
            }
            --- exit 2

            $ dunlin skip 3 --reason 'by hand' --format json
            {
              "version": 1,
              "set": "main",
              "id": "0003",
              "name": "0003_egg",
              "reason": "by hand"
            }
            --- exit 0
        "#]],
    );
}

#[test]
fn what_cannot_be_meant_is_explained() {
    session(
        &birds(),
        ["stamp", "stamp nosuch", "stamp +1", "stamp current", "stamp 1:2", "stamp head --purge --frobnicate"],
        &expect![[r#"
            $ dunlin stamp
            --- stderr
            error: the following required arguments were not provided:
              <TARGET>...

            Usage: dunlin stamp <TARGET>...

            For more information, try '--help'.
            --- exit 1

            $ dunlin stamp nosuch
            --- stderr
            error: no migration is called `nosuch`
            hint: `dunlin status` lists them
            --- exit 1

            $ dunlin stamp +1
            --- stderr
            error: `+1` has nothing to begin at; `<id>+1` has
            --- exit 1

            $ dunlin stamp current
            --- stderr
            error: `current` is where the database is, and nothing leads there; it can stand in a range and name what to show
            --- exit 1

            $ dunlin stamp 1:2
            --- stderr
            error: a range is for `--sql`; otherwise the database itself says where it is
            --- exit 1

            $ dunlin stamp head --purge --frobnicate
            --- stderr
            error: unexpected argument '--frobnicate' found

              tip: a similar argument exists: '--format'

            Usage: dunlin stamp --purge --format <FORMAT> <TARGET>...

            For more information, try '--help'.
            --- exit 1
        "#]],
    );
}

#[test]
fn a_migration_is_skipped_with_a_reason() {
    session(
        &birds(),
        [
            "skip 1",
            "skip 2 --reason x",
            "skip 1 --reason 'the table was there'",
            "skip bird --reason y",
            "up",
            "skip 9 --reason z",
        ],
        &expect![[r#"
            $ dunlin skip 1
            --- stderr
            error: the following required arguments were not provided:
              --reason <TEXT>

            Usage: dunlin skip --reason <TEXT> <MIGRATION>

            For more information, try '--help'.
            --- exit 1

            $ dunlin skip 2 --reason x
            --- stderr
            error: `0002_name` comes after `0001_bird`, which is not applied
            hint: `dunlin up 0001_bird` applies that, and what comes before it
            --- exit 9

            $ dunlin skip 1 --reason 'the table was there'
            0001_bird was not run, and counts as applied from now on
            --- exit 0

            $ dunlin skip bird --reason y
            --- stderr
            error: `0001_bird` is applied, so there is nothing to skip
            hint: `dunlin show 0001_bird` tells when it was applied
            --- exit 9

            $ dunlin up
            --- stderr
            error: versions/0002_name.up.sql:1:13: no such table: bird (1)
                |
              1 | alter table bird add column name text;
                |             ^^^^
                statement 1 of 1 failed; `0002_name` was rolled back
            hint: mend what is wrong and run again; `dunlin plan` shows what is pending
            --- exit 5

            $ dunlin skip 9 --reason z
            --- stderr
            error: no migration is called `9`
            hint: `dunlin status` lists them
            --- exit 1
        "#]],
    );
}

#[test]
fn where_the_settings_protect_a_database_a_stamp_is_confirmed() {
    let project = birds();
    project.file("dunlin.toml", "[env.prod]\nprotected = true\n");
    let outcome = run(&project, "stamp head --env prod").expect_code(9);
    assert!(shown(&outcome).contains("protects this database"), "{}", shown(&outcome));
    run(&project, "stamp head --env prod --yes").expect_code(0);
}
