//! `--format json`: one document on stdout, whatever happens.

use expect_test::expect;

use super::{birds, run, session, shown};
use crate::support::command::Command;
use crate::support::project::Project;

#[test]
fn reports_are_documents() {
    session(
        &birds(),
        ["up +1 -q --format json", "redo -q --format json"],
        &expect![[r#"
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
              "nothing_to_do": null,
              "healed": [],
              "repeated": [],
              "findings": []
            }
            --- exit 0

            $ dunlin redo -q --format json
            {
              "version": 1,
              "down": {
                "findings": [],
                "healed": [],
                "nothing_to_do": null,
                "repeated": [],
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
                "nothing_to_do": null,
                "repeated": [],
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
        "#]],
    );
}

#[test]
fn reading_verbs_are_documents() {
    let project = birds();
    run(&project, "up 0001").expect_code(0);
    project.remove("versions/0003_egg.up.sql").remove("versions/0003_egg.down.sql");
    session(
        &project,
        ["status --format json", "log --format json"],
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
              "repeatables": [],
              "findings": [],
              "last_failure": null,
              "pending": 1
            }
            --- exit 0

            $ dunlin log --format json
            {
              "version": 1,
              "events": [
                {
                  "action": "up",
                  "application": "",
                  "at": "[time]",
                  "checksum": "[checksum]",
                  "db_user": "",
                  "detail": "{\"row\":\"[checksum]\"}",
                  "host": [host],
                  "id": "0001",
                  "n": 1,
                  "os_user": [os_user],
                  "set": "main",
                  "tool_version": "0.1.0"
                }
              ],
              "head": "[checksum]"
            }
            --- exit 0
        "#]],
    );
    session(
        &project,
        ["verify --format json"],
        &expect![[r#"
            $ dunlin verify --format json
            {
              "version": 1,
              "database": true,
              "findings": [],
              "migrations": 2
            }
            --- exit 0
        "#]],
    );
}

#[test]
fn the_sql_of_a_plan_is_a_document_with_the_script() {
    let project = birds();
    run(&project, "up +1 -q").expect_code(0);
    let script = regex::Regex::new(r#"(?m)^  "script": "-- dunlin .*"(,?)$"#).expect("a pattern");
    expect![[r#"
        $ dunlin plan --sql --format json
        {
          "version": 1,
          "findings": [],
          "heals": [],
          "repeats": [],
          "resumed": [],
          "script": "…",
          "steps": [
            {
              "direction": "up",
              "file": "versions/0002_name.up.sql",
              "id": "0002",
              "name": "0002_name",
              "sql": "alter table bird add column name text;\n",
              "statements": 1,
              "transaction": true
            },
            {
              "direction": "up",
              "file": "versions/0003_egg.up.sql",
              "id": "0003",
              "name": "0003_egg",
              "sql": "create table egg (id integer primary key);\n",
              "statements": 1,
              "transaction": true
            }
          ]
        }
        --- exit 0
    "#]]
    .assert_eq(&script.replace(&shown(&run(&project, "plan --sql --format json")), r#"  "script": "…"$1"#));
}

#[test]
fn one_migration_is_a_document() {
    session(
        &birds(),
        ["show 0002 --format json"],
        &expect![[r#"
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
    session(
        &birds(),
        ["lock --check --format json", "lock --format json", "new nest --format json", "init app --format json"],
        &expect![[r#"
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
              "id": "0004",
              "ids": [
                "0004"
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
        "#]],
    );
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
    "#]]
    .assert_eq(&shown(&outcome));
}

#[test]
fn json_lines_tell_what_happens_as_it_happens_and_end_with_the_document() {
    let project = Project::new();
    project.migration("1_bird", "create table bird (id integer);\ninsert into bird values (1);", "drop table bird;");
    project.migration("2_wrong", "insert into nowhere values (1);", "select 1;");
    let outcome =
        Command::dunlin(&project).arguments(["up", "1", "--url", "sqlite:a.db", "--format", "json-lines"]).run();
    let lines: Vec<serde_json::Value> = outcome
        .expect_code(0)
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is a document"))
        .collect();
    let (document, events) = lines.split_last().expect("there are lines");
    let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().expect("a kind")).collect();
    assert_eq!(
        names,
        [
            "run-started",
            "lock-obtained",
            "planned",
            "step-started",
            "statement-done",
            "statement-done",
            "step-done",
            "lock-released",
            "run-done"
        ]
    );
    assert!(
        events.iter().all(|event| event["version"] == 1 && event["run"] == events[0]["run"] && event["set"] == "main")
    );
    assert!(events.iter().zip(1..).all(|(event, n)| event["n"] == n));
    assert_eq!(document["steps"][0]["name"], "1_bird");

    let outcome = Command::dunlin(&project).arguments(["up", "--url", "sqlite:a.db", "--format", "json-lines"]).run();
    let stdout = outcome.expect_code(5).stdout;
    assert!(stdout.contains(r#""event":"step-failed","direction":"up","name":"2_wrong""#), "{stdout}");
    assert!(stdout.lines().last().is_some_and(|line| line.contains(r#""exit":5"#)), "{stdout}");
}
