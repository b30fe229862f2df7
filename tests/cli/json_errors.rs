//! `--format json` when something is wrong: the error is a document on stdout, and is told on stderr all the same.

use expect_test::expect;

use super::{birds, run, session};

#[test]
fn errors_are_documents() {
    let project = birds();
    project.migration("0004_wrong", "select oops;\n", "select 1;");
    session(
        &project,
        ["show x --format json", "up -q --format json"],
        &expect![[r#"
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

        $ dunlin up -q --format json
        {
          "version": 1,
          "error": {
            "exit": 5,
            "hints": [
              "mend what is wrong and run again; `dunlin plan` shows what is pending"
            ],
            "kind": "rolled-back",
            "message": "versions/0004_wrong.up.sql:1:8: no such column: oops (1)\n  |\n1 | select oops;\n  |        ^^^^\n  statement 1 of 1 failed; the whole run was rolled back, nothing was applied"
          }
        }
        --- stderr
        error: versions/0004_wrong.up.sql:1:8: no such column: oops (1)
            |
          1 | select oops;
            |        ^^^^
            statement 1 of 1 failed; the whole run was rolled back, nothing was applied
        hint: mend what is wrong and run again; `dunlin plan` shows what is pending
        --- exit 5
    "#]],
    );
}

#[test]
fn what_disagrees_is_listed_in_the_error() {
    let project = birds();
    run(&project, "up").expect_code(0);
    project.file("versions/0001_bird.up.sql", "create table bird (id bigint primary key);\n");
    session(
        &project,
        ["up --format json"],
        &expect![[r#"
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
                  "restore the file with `dunlin restore 0001`, or accept the edit with `dunlin lock --accept 0001 --reason \"…\"`, or put the change in a new migration: `dunlin new <slug>`; in a database of your own, `dunlin redo` runs it anew"
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
            hint: restore the file with `dunlin restore 0001`, or accept the edit with `dunlin lock --accept 0001 --reason "…"`, or put the change in a new migration: `dunlin new <slug>`; in a database of your own, `dunlin redo` runs it anew
            --- exit 3
        "#]],
    );
    project.file("versions/0001_bird.up.sql", "-- dunlin: brekaing\n");
    session(
        &project,
        ["status --format json"],
        &expect![[r#"
        $ dunlin status --format json
        {
          "version": 1,
          "error": {
            "exit": 3,
            "faults": [
              {
                "column": null,
                "file": "versions/0001_bird.up.sql",
                "hint": "delete it, or write the statement; `select 1;` does nothing",
                "line": null,
                "message": "the up file has no statement"
              },
              {
                "column": 1,
                "file": "versions/0001_bird.up.sql",
                "hint": null,
                "line": 1,
                "message": "unknown directive `brekaing`; did you mean `breaking`?"
              }
            ],
            "hints": [
              "delete it, or write the statement; `select 1;` does nothing"
            ],
            "kind": "files",
            "message": "versions/0001_bird.up.sql: the up file has no statement\nversions/0001_bird.up.sql:1:1: unknown directive `brekaing`; did you mean `breaking`?"
          }
        }
        --- stderr
        error: versions/0001_bird.up.sql: the up file has no statement
          versions/0001_bird.up.sql:1:1: unknown directive `brekaing`; did you mean `breaking`?
        hint: delete it, or write the statement; `select 1;` does nothing
        --- exit 3
    "#]],
    );
}
