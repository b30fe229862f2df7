//! `mark`: what one migration counts as.

use expect_test::expect;

use super::{birds, run, session, shown};
use crate::support::project::Project;

/// Three migrations, of which the second stopped at its second statement.
fn half_way() -> Project {
    let project = birds();
    let up = "-- dunlin: transaction none\nalter table bird add column name text;\ncreate table bird (id integer);\n";
    project.file("versions/0002_name.up.sql", up);
    run(&project, "up").expect_code(6);
    project
}

#[test]
fn a_step_that_was_ended_by_hand_is_marked_and_the_run_goes_on() {
    session(
        &half_way(),
        [
            "mark 2 applied --reason 'the rest is in place' --dry-run",
            "mark 2 applied --reason 'the rest is in place'",
            "up",
            "log -n 2",
        ],
        &expect![[r#"
            $ dunlin mark 2 applied --reason 'the rest is in place' --dry-run
              settle  0002_name  its way up began and did not end, and counts as whole
                statement 1 (line 2): in place: alter table bird add column name text
                statement 2 (line 3): failed, not in place: create table bird (id integer)
            0002_name would count as applied from now on
            --- exit 2

            $ dunlin mark 2 applied --reason 'the rest is in place'
            0002_name counts as applied from now on
            --- stderr
              settle  0002_name  its way up began and did not end, and counts as whole
                statement 1 (line 2): in place: alter table bird add column name text
                statement 2 (line 3): failed, not in place: create table bird (id integer)
            --- exit 0

            $ dunlin up
            1 migration applied, the database is at 0003_egg
            --- stderr
              applied   0003_egg  [duration]
            --- exit 0

            $ dunlin log -n 2
            when (UTC)           action  migration  who
            [time]  mark    0002       [who]  applied, the rest is in place
            [time]  up      0003       [who]

            2 of 4 events; the chain is whole, head [checksum]
            --- exit 0
        "#]],
    );
}

#[test]
fn a_step_that_was_taken_back_by_hand_is_marked_too() {
    session(
        &half_way(),
        ["mark name reverted --reason 'Ann dropped the column'", "status", "log -n 1"],
        &expect![[r#"
            $ dunlin mark name reverted --reason 'Ann dropped the column'
            0002_name counts as reverted from now on
            --- stderr
              remove  0002_name  its way up began and did not end, and counts as taken back
                statement 1 (line 2): in place: alter table bird add column name text
                statement 2 (line 3): failed, not in place: create table bird (id integer)
            --- exit 0

            $ dunlin status
            state    migration  applied at (UTC)
            applied  0001_bird  [time]
            pending  0002_name
            pending  0003_egg

            3 migrations: 1 applied, 2 pending; the database is at 0001_bird
            --- exit 0

            $ dunlin log -n 1
            when (UTC)           action  migration  who
            [time]  mark    0002       [who]  reverted, Ann dropped the column

            1 of 3 events; the chain is whole, head [checksum]
            --- exit 0
        "#]],
    );
}

#[test]
fn what_cannot_be_meant_is_explained() {
    session(
        &birds(),
        [
            "mark 1 applied",
            "mark 1 apply --reason x",
            "mark 2 applied --reason x",
            "mark 1 reverted --reason x",
            "mark 1 applied --reason 'it was there'",
            "mark 1 applied --reason again",
            "up -q",
            "mark 1 reverted --reason x",
            "mark 9 applied --reason x",
        ],
        &expect![[r#"
            $ dunlin mark 1 applied
            --- stderr
            error: the following required arguments were not provided:
              --reason <TEXT>

            Usage: dunlin mark --reason <TEXT> <MIGRATION> <applied|reverted>

            For more information, try '--help'.
            --- exit 1

            $ dunlin mark 1 apply --reason x
            --- stderr
            error: invalid value 'apply' for '<applied|reverted>'
              [possible values: applied, reverted]

              tip: a similar value exists: 'applied'

            For more information, try '--help'.
            --- exit 1

            $ dunlin mark 2 applied --reason x
            --- stderr
            error: `0002_name` comes after `0001_bird`, which is not applied
            hint: `dunlin up 0001_bird` applies that, and what comes before it; if it is in place, `dunlin mark 0001_bird applied --reason "…"` says so
            --- exit 9

            $ dunlin mark 1 reverted --reason x
            --- stderr
            error: `0001_bird` is not applied, so there is nothing to mark
            hint: `dunlin status` lists what is applied
            --- exit 9

            $ dunlin mark 1 applied --reason 'it was there'
            0001_bird counts as applied from now on
            --- stderr
              add  0001_bird  nothing is run
            --- exit 0

            $ dunlin mark 1 applied --reason again
            --- stderr
            error: `0001_bird` is applied, so there is nothing to mark
            hint: `dunlin show 0001_bird` tells when it was applied
            --- exit 9

            $ dunlin up -q
            --- stderr
            error: versions/0002_name.up.sql:1:13: no such table: bird (1)
                |
              1 | alter table bird add column name text;
                |             ^^^^
                statement 1 of 1 failed; `0002_name` was rolled back
            hint: mend what is wrong and run again; `dunlin plan` shows what is pending
            --- exit 5

            $ dunlin mark 1 reverted --reason x
            0001_bird counts as reverted from now on
            --- stderr
              remove  0001_bird  nothing is run
            --- exit 0

            $ dunlin mark 9 applied --reason x
            --- stderr
            error: no migration is called `9`
            hint: `dunlin status` lists them
            --- exit 1
        "#]],
    );
}

#[test]
fn json_says_the_same() {
    session(
        &half_way(),
        [
            "mark 2 reverted --reason why --dry-run --format json",
            "mark 2 reverted --reason why --format json",
            "mark 2 reverted --reason why --format json",
        ],
        &expect![[r#"
            $ dunlin mark 2 reverted --reason why --dry-run --format json
            {
              "version": 1,
              "set": "main",
              "id": "0002",
              "name": "0002_name",
              "mark": "reverted",
              "reason": "why",
              "state": "applying",
              "journal": [
                {
                  "n": 1,
                  "state": "done",
                  "recovery": "recorded",
                  "line": 2,
                  "summary": "alter table bird add column name text",
                  "message": null
                },
                {
                  "n": 2,
                  "state": "failed",
                  "recovery": "recorded",
                  "line": 3,
                  "summary": "create table bird (id integer)",
                  "message": "table bird already exists"
                }
              ]
            }
            --- exit 2

            $ dunlin mark 2 reverted --reason why --format json
            {
              "version": 1,
              "set": "main",
              "id": "0002",
              "name": "0002_name",
              "mark": "reverted",
              "reason": "why",
              "state": "applying",
              "journal": [
                {
                  "n": 1,
                  "state": "done",
                  "recovery": "recorded",
                  "line": 2,
                  "summary": "alter table bird add column name text",
                  "message": null
                },
                {
                  "n": 2,
                  "state": "failed",
                  "recovery": "recorded",
                  "line": 3,
                  "summary": "create table bird (id integer)",
                  "message": "table bird already exists"
                }
              ]
            }
            --- exit 0

            $ dunlin mark 2 reverted --reason why --format json
            {
              "version": 1,
              "error": {
                "exit": 9,
                "hints": [
                  "`dunlin status` lists what is applied"
                ],
                "kind": "mark",
                "message": "`0002_name` is not applied, so there is nothing to mark"
              }
            }
            --- stderr
            error: `0002_name` is not applied, so there is nothing to mark
            hint: `dunlin status` lists what is applied
            --- exit 9
        "#]],
    );
}

#[test]
fn where_the_settings_protect_a_database_a_mark_is_confirmed() {
    let project = birds();
    project.file("dunlin.toml", "[env.prod]\nprotected = true\n");
    let outcome = run(&project, "mark 1 applied --reason x --env prod").expect_code(9);
    assert!(shown(&outcome).contains("protects this database"), "{}", shown(&outcome));
    run(&project, "mark 1 applied --reason x --env prod --yes").expect_code(0);
}
