//! `diff` with a database on one side: what no migration made is nobody's business.

use expect_test::expect;

use super::{birds, command, run, session, shown};

#[test]
fn tables_that_no_migration_made_are_named_and_not_shown_as_different() {
    let project = birds();
    run(&project, "up");
    let url = format!("sqlite:{}", project.path().join("app.db").display());
    crate::schema::sqlite::execute(&url, "create table of_others (x); create view seen as select x from of_others");
    project.migration(
        "0004_no_egg",
        "-- dunlin: revises 0003\n\ndrop table egg;\n",
        "create table egg (id integer primary key);\n",
    );
    session(
        &project,
        [
            "diff --from sqlite:app.db --to versions",
            "diff --to sqlite:app.db",
            "diff --from sqlite:app.db --to versions --sql",
            "diff --to sqlite:app.db --format json",
            "diff --from sqlite:app.db --to versions --check",
        ],
        &expect![[r#"
            $ dunlin diff --from sqlite:app.db --to versions
            - table egg
            --- stderr
            note: none of these migrations made `table of_others` and `view seen`, so nothing is said about that
            --- exit 0

            $ dunlin diff --to sqlite:app.db
            + table egg
            --- stderr
            note: none of these migrations made `table of_others` and `view seen`, so nothing is said about that
            --- exit 0

            $ dunlin diff --from sqlite:app.db --to versions --sql
            -- dunlin: foreign-keys off
            -- loses data: table egg is dropped

            drop table egg;
            --- exit 0

            $ dunlin diff --to sqlite:app.db --format json
            {
              "version": 1,
              "changes": [
                {
                  "attributes": [],
                  "change": "added",
                  "kind": "table",
                  "name": "egg"
                },
                {
                  "attributes": [],
                  "change": "added",
                  "kind": "column",
                  "name": "egg.id"
                }
              ],
              "fingerprints": {
                "from": "[checksum]",
                "to": "[checksum]"
              },
              "refused": null,
              "renames": [],
              "sql": "create table egg (id integer primary key);\n",
              "strangers": [
                "table of_others",
                "view seen"
              ]
            }
            --- exit 0

            $ dunlin diff --from sqlite:app.db --to versions --check
            - table egg
            --- stderr
            note: none of these migrations made `table of_others` and `view seen`, so nothing is said about that
            --- exit 8
        "#]],
    );
}

#[test]
fn a_migration_that_does_not_run_is_told_with_its_place_and_no_run_is_spoken_of() {
    let project = birds();
    project
        .migration("0004_wrong", "create table nest (id integer primary key);\nselect oops;\n", "drop table nest;\n")
        .file("schema.sql", "create table bird (id integer primary key);\n");
    run(&project, "stamp 0004").expect_code(0);
    session(
        &project,
        [
            "diff",
            "new --auto -m nest",
            "schema dump",
            "lock --fingerprint",
            "verify --schema",
            "check --skip git",
            "test 0004",
        ],
        &expect![[r#"
            $ dunlin diff
            --- stderr
            error: versions/0004_wrong.up.sql:2:8: no such column: oops (1)
                |
              2 | select oops;
                |        ^^^^
                statement 2 of 2 failed on a scratch database
            hint: nothing was written, and no other database was touched; mend the file, and `dunlin test` tries each of them on scratch databases
            --- exit 3

            $ dunlin new --auto -m nest
            --- stderr
            error: versions/0004_wrong.up.sql:2:8: no such column: oops (1)
                |
              2 | select oops;
                |        ^^^^
                statement 2 of 2 failed on a scratch database
            hint: nothing was written, and no other database was touched; mend the file, and `dunlin test` tries each of them on scratch databases
            --- exit 3

            $ dunlin schema dump
            --- stderr
            error: versions/0004_wrong.up.sql:2:8: no such column: oops (1)
                |
              2 | select oops;
                |        ^^^^
                statement 2 of 2 failed on a scratch database
            hint: nothing was written, and no other database was touched; mend the file, and `dunlin test` tries each of them on scratch databases
            --- exit 3

            $ dunlin lock --fingerprint
            --- stderr
            error: versions/0004_wrong.up.sql:2:8: no such column: oops (1)
                |
              2 | select oops;
                |        ^^^^
                statement 2 of 2 failed on a scratch database
            hint: nothing was written, and no other database was touched; mend the file, and `dunlin test` tries each of them on scratch databases
            --- exit 3

            $ dunlin verify --schema
            --- stderr
            error: versions/0004_wrong.up.sql:2:8: no such column: oops (1)
                |
              2 | select oops;
                |        ^^^^
                statement 2 of 2 failed on a scratch database
            hint: nothing was written, and no other database was touched; mend the file, and `dunlin test` tries each of them on scratch databases
            --- exit 3

            $ dunlin check --skip git
            ok       files   4 migrations are in order
            ok       heads   `0004_wrong` is the one head
            fail     seals   there is no versions/dunlin.lock
                hint: `dunlin lock` writes it; commit it
            ok       down    every migration has a way back
            skipped  git     as `--skip` says
            ok       edits   nothing was edited after it was sealed or applied
            fail     schema  versions/0004_wrong.up.sql:2:8: no such column: oops (1)
              |
            2 | select oops;
              |        ^^^^
              statement 2 of 2 failed on a scratch database
                hint: nothing was written, and no other database was touched; mend the file, and `dunlin test` tries each of them on scratch databases

            2 checks failed, 4 passed, 1 skipped
            --- exit 3

            $ dunlin test 0004
            fail      0004_wrong
                the way up fails: versions/0004_wrong.up.sql:2:8: no such column: oops (1)
                  |
                2 | select oops;
                  |        ^^^^
                  statement 2 of 2 failed on a scratch database

            1 failed
            --- exit 3
        "#]],
    );
    let error = run(&project, "diff --format json").expect_code(3);
    assert!(error.stdout.contains(r#""kind": "replay""#), "{}", error.snapshot());
}

#[test]
fn two_sides_of_different_engines_are_told_apart_before_a_server_is_asked() {
    let project = birds();
    project.migration("0004_bird_id", "alter table bird alter column id type bigint;\n", "select 1;\n");
    let diff = |url: &str, line: &str| shown(&command(&project, line).variable("DATABASE_URL", url).run());
    let two = diff("sqlite:app.db", "diff --from postgres://ann:secret@127.0.0.1:1/app --to sqlite:app.db");
    let read = diff("postgres://127.0.0.1:1/app", "diff --from versions --to sqlite:app.db");
    expect![[r#"
        $ dunlin diff --from postgres://ann:secret@127.0.0.1:[port]/app --to sqlite:app.db
        --- stderr
        error: the two sides are of different engines, and what differs between those is not told: postgres://ann:***@127.0.0.1:[port]/app (PostgreSQL) and sqlite:app.db (SQLite)
        hint: compare each with files for its engine: `dunlin diff --from versions --to <url>`
        --- exit 1

        $ dunlin diff --from versions --to sqlite:app.db
        --- stderr
        error: versions/0004_bird_id.up.sql:1:1: near "alter": syntax error (1)
            |
          1 | alter table bird alter column id type bigint;
            | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            statement 1 of 1 failed on a scratch database
        hint: SQLite reads versions, for the other side is sqlite:app.db, and the project's own database is PostgreSQL: what differs between engines is not told
        hint: nothing was written, and no other database was touched; mend the file, and `dunlin test` tries each of them on scratch databases
        --- exit 3
    "#]].assert_eq(&[two, read].join("\n"));
}
