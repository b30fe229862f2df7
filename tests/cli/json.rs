//! `--format json`: one document on stdout, whatever happens.

use expect_test::expect;

use super::{birds, run, session, shown};

#[test]
fn reports_are_documents() {
    session(&birds(), ["up +1 -q --format json", "redo -q --format json"], &expect![[r#"
        $ dunlin up +1 -q --format json
        {
          "version": 1,
          "set": "main",
          "steps": [
            {
              "direction": "up",
              "id": "0001",
              "name": "0001_bird",
              "duration_us": [duration_us]
            }
          ],
          "healed": [],
          "findings": []
        }
        --- exit 0

        $ dunlin redo -q --format json
        {
          "version": 1,
          "down": {
            "findings": [],
            "healed": [],
            "set": "main",
            "steps": [
              {
                "direction": "down",
                "duration_us": [duration_us],
                "id": "0001",
                "name": "0001_bird"
              }
            ]
          },
          "up": {
            "findings": [],
            "healed": [],
            "set": "main",
            "steps": [
              {
                "direction": "up",
                "duration_us": [duration_us],
                "id": "0001",
                "name": "0001_bird"
              }
            ]
          }
        }
        --- exit 0
    "#]]);
}

#[test]
fn reading_verbs_are_documents() {
    let project = birds();
    run(&project, "up 0001").expect_code(0);
    project.remove("versions/0003_egg.up.sql").remove("versions/0003_egg.down.sql");
    session(
        &project,
        [
            "status --format json",
            "history --format json",
            "plan --sql --format json",
            "verify --format json",
            "show 0002 --format json",
        ],
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
                  "state": "pending",
                  "kind": null,
                  "applied_at": null,
                  "journal": []
                }
              ],
              "findings": [],
              "pending": 1
            }
            --- exit 0

            $ dunlin history --format json
            {
              "version": 1,
              "events": [
                {
                  "action": "up",
                  "application": "",
                  "at": "[time]",
                  "checksum": "[checksum]",
                  "db_user": "",
                  "detail": "{}",
                  "host": [host],
                  "id": "0001",
                  "n": 1,
                  "os_user": [os_user],
                  "set": "main",
                  "tool_version": "0.1.0"
                }
              ]
            }
            --- exit 0

            $ dunlin plan --sql --format json
            {
              "version": 1,
              "findings": [],
              "heals": [],
              "steps": [
                {
                  "direction": "up",
                  "file": "versions/0002_name.up.sql",
                  "id": "0002",
                  "name": "0002_name",
                  "sql": "alter table bird add column name text;\n",
                  "statements": 1,
                  "transaction": true
                }
              ]
            }
            --- exit 0

            $ dunlin verify --format json
            {
              "version": 1,
              "database": true,
              "findings": [],
              "migrations": 2
            }
            --- exit 0

            $ dunlin show 0002 --format json
            {
              "version": 1,
              "applied_at": null,
              "files": [
                {
                  "checksum": "[checksum]",
                  "direction": "up",
                  "file": "versions/0002_name.up.sql",
                  "sql": "alter table bird add column name text;\n"
                },
                {
                  "checksum": "[checksum]",
                  "direction": "down",
                  "file": "versions/0002_name.down.sql",
                  "sql": "alter table bird drop column name;\n"
                }
              ],
              "id": "0002",
              "name": "0002_name",
              "parents": [
                "0001"
              ],
              "state": "pending"
            }
            --- exit 0
        "#]],
    );
}

#[test]
fn writing_verbs_are_documents() {
    session(&birds(), ["lock --check --format json", "lock --format json", "new nest --format json", "init app --format json"], &expect![[r#"
        $ dunlin lock --check --format json
        {
          "version": 1,
          "error": {
            "exit": 3,
            "hints": [
              "`dunlin lock` seals what is open"
            ],
            "kind": "open",
            "message": "3 migrations are open"
          }
        }
        --- stderr
        error: 3 migrations are open
        hint: `dunlin lock` seals what is open
        --- exit 3

        $ dunlin lock --format json
        {
          "version": 1,
          "sealed": [
            "0001_bird",
            "0002_name",
            "0003_egg"
          ]
        }
        --- exit 0

        $ dunlin new nest --format json
        {
          "version": 1,
          "files": [
            "versions/0004_nest.up.sql",
            "versions/0004_nest.down.sql"
          ],
          "revises": [
            "0003_egg"
          ]
        }
        --- exit 0

        $ dunlin init app --format json
        {
          "version": 1,
          "kept": [],
          "wrote": [
            "app/versions/dunlin.lock",
            "app/dunlin.toml"
          ]
        }
        --- exit 0
    "#]]);
}

#[test]
fn errors_are_documents() {
    let project = birds();
    run(&project, "up").expect_code(0);
    project.file("versions/0001_bird.up.sql", "create table bird (id bigint primary key);\n");
    project.migration("0004_wrong", "select oops;\n", "select 1;");
    session(&project, ["up --format json", "show x --format json"], &expect![[r#"
        $ dunlin up --format json
        {
          "version": 1,
          "error": {
            "exit": 3,
            "findings": [
              {
                "applied": "[checksum]",
                "applied_at": "[time]",
                "diff": "@@ -1 +1 @@\n-create table bird (id integer primary key);\n+create table bird (id bigint primary key);\n",
                "file": "versions/0001_bird.up.sql",
                "finding": "edited",
                "found": "[checksum]",
                "id": "0001",
                "name": "0001_bird",
                "verdict": "refuse"
              }
            ],
            "hints": [
              "restore the file, or accept the edit with `dunlin lock --accept 0001 --reason \"…\"`, or put the change in a new migration: `dunlin new <slug>`; in a database of your own, `dunlin redo` runs it anew"
            ],
            "kind": "refused",
            "message": "versions/0001_bird.up.sql was edited after it was applied on [date]\n  applied  [checksum]\n  in file  [checksum]\n  @@ -1 +1 @@\n  -create table bird (id integer primary key);\n  +create table bird (id bigint primary key);"
          }
        }
        --- stderr
        error: versions/0001_bird.up.sql was edited after it was applied on [date]
            applied  [checksum]
            in file  [checksum]
            @@ -1 +1 @@
            -create table bird (id integer primary key);
            +create table bird (id bigint primary key);
        hint: restore the file, or accept the edit with `dunlin lock --accept 0001 --reason "…"`, or put the change in a new migration: `dunlin new <slug>`; in a database of your own, `dunlin redo` runs it anew
        --- exit 3

        $ dunlin show x --format json
        {
          "version": 1,
          "error": {
            "exit": 1,
            "hints": [
              "`dunlin status` lists them"
            ],
            "kind": "target",
            "message": "no migration is called `x`"
          }
        }
        --- stderr
        error: no migration is called `x`
        hint: `dunlin status` lists them
        --- exit 1
    "#]]);
    project.file("versions/0001_bird.up.sql", "create table bird (id integer primary key);\n");
    session(&project, ["up -q --format json"], &expect![[r#"
        $ dunlin up -q --format json
        {
          "version": 1,
          "error": {
            "exit": 5,
            "hints": [
              "mend what is wrong and run again; `dunlin plan` shows what is pending"
            ],
            "kind": "rolled-back",
            "message": "versions/0004_wrong.up.sql:1:8: no such column: oops (1)\n  |\n1 | select oops;\n  |        ^^^^\n  statement 1 of 1 failed; `0004_wrong` was rolled back"
          }
        }
        --- stderr
        error: versions/0004_wrong.up.sql:1:8: no such column: oops (1)
            |
          1 | select oops;
            |        ^^^^
            statement 1 of 1 failed; `0004_wrong` was rolled back
        hint: mend what is wrong and run again; `dunlin plan` shows what is pending
        --- exit 5
    "#]]);
    project.file("versions/0004_wrong.up.sql", "-- dunlin: brekaing\n");
    session(&project, ["status --format json"], &expect![[r#"
        $ dunlin status --format json
        {
          "version": 1,
          "error": {
            "exit": 3,
            "faults": [
              {
                "column": null,
                "file": "versions/0004_wrong.up.sql",
                "hint": "delete it, or write the statement; `select 1;` does nothing",
                "line": null,
                "message": "the up file has no statement"
              },
              {
                "column": 1,
                "file": "versions/0004_wrong.up.sql",
                "hint": null,
                "line": 1,
                "message": "unknown directive `brekaing`; did you mean `breaking`?"
              }
            ],
            "hints": [
              "delete it, or write the statement; `select 1;` does nothing"
            ],
            "kind": "files",
            "message": "versions/0004_wrong.up.sql: the up file has no statement\nversions/0004_wrong.up.sql:1:1: unknown directive `brekaing`; did you mean `breaking`?"
          }
        }
        --- stderr
        error: versions/0004_wrong.up.sql: the up file has no statement
          versions/0004_wrong.up.sql:1:1: unknown directive `brekaing`; did you mean `breaking`?
        hint: delete it, or write the statement; `select 1;` does nothing
        --- exit 3
    "#]]);
}

#[test]
fn the_environment_can_ask_for_documents() {
    let outcome = super::command(&birds(), "verify").variable("DUNLIN_FORMAT", "json").run();
    expect![[r#"
        $ dunlin verify
        {
          "version": 1,
          "database": true,
          "findings": [],
          "migrations": 3
        }
        --- exit 0
    "#]].assert_eq(&shown(&outcome));
}
