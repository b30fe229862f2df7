//! `--sql`: scripts, written without a database. `scripts.rs` shows whole ones.

mod scripts;

use expect_test::expect;

use super::{birds, command, run, session, shown};
use crate::support::command::{Command, Outcome};
use crate::support::project::Project;

/// Runs a command that knows no database.
fn without_database(project: &Project, line: &str) -> Outcome {
    Command::dunlin(project).arguments(line.split_whitespace()).run()
}

#[test]
fn no_database_is_connected_to_or_made() {
    let project = birds();
    run(&project, "up --sql").expect_code(0);
    run(&project, "down --sql head:base").expect_code(0);
    run(&project, "stamp --sql head").expect_code(0);
    assert!(!project.files().iter().any(|file| file.contains("app.db")), "{:?}", project.files());
    let nowhere =
        command(&project, "up --sql").variable("DUNLIN_URL", "postgres://nobody:secret@nowhere.invalid/app").run();
    assert!(nowhere.expect_code(0).stdout.contains("for PostgreSQL"));
}

#[test]
fn a_script_goes_to_a_file_and_says_what_it_is_for() {
    let project = birds();
    session(
        &project,
        ["up --sql 1:head --output up.sql", "up --sql 3:head"],
        &expect![[r#"
        $ dunlin up --sql 1:head --output up.sql
        up.sql leads from `0001_bird` to `0003_egg`
        --- exit 0

        $ dunlin up --sql 3:head
        -- Nothing to do from `0003_egg`
        --- stderr
        note: there is nothing to do, and the script says no more than that
        --- exit 0
    "#]],
    );
    assert!(project.read("up.sql").starts_with("-- dunlin "));
}

#[test]
fn json_holds_the_script_and_what_it_does() {
    let project = birds();
    let outcome = run(&project, "down --sql 2:base --format json").expect_code(0);
    let sql = regex::Regex::new(r#"(?m)^  "sql": ".*"$"#).expect("a pattern");
    expect![[r#"
        $ dunlin down --sql 2:base --format json
        {
          "version": 1,
          "set": "main",
          "engine": "sqlite",
          "from": [
            "0002_name"
          ],
          "to": [],
          "changes": [
            {
              "change": "down",
              "id": "0002",
              "name": "0002_name"
            },
            {
              "change": "down",
              "id": "0001",
              "name": "0001_bird"
            }
          ],
          "heals": [],
          "repeats": [],
          "findings": [],
          "sql": "…"
        }
        --- exit 0
    "#]]
    .assert_eq(&sql.replace(&shown(&outcome), r#"  "sql": "…""#));
}

#[test]
fn what_a_script_cannot_do_without_is_asked_for() {
    session(
        &birds(),
        [
            "down --sql",
            "down --sql base",
            "down --sql 3:",
            "down --sql 1:3",
            "down --sql 2:2",
            "up --sql current:head",
            "up --sql 1:nosuch",
        ],
        &expect![[r#"
            $ dunlin down --sql
            --- stderr
            error: `down --sql` needs where the database stands, and how far: `head:base`
            --- exit 1

            $ dunlin down --sql base
            --- stderr
            error: `down --sql` needs where the database stands, and how far: `head:base`
            --- exit 1

            $ dunlin down --sql 3:
            --- stderr
            error: `down --sql` needs where the database stands, and how far: `head:base`
            --- exit 1

            $ dunlin down --sql 1:3
            --- stderr
            error: `3` is not applied
            hint: `dunlin status` lists them
            --- exit 1

            $ dunlin down --sql 2:2
            -- Nothing to do from `0002_name`
            --- stderr
            note: there is nothing to do, and the script says no more than that
            --- exit 0

            $ dunlin up --sql current:head
            --- stderr
            error: `current` is where a database is, and no database was named
            --- exit 1

            $ dunlin up --sql 1:nosuch
            --- stderr
            error: no migration is called `nosuch`
            hint: `dunlin status` lists them
            --- exit 1
        "#]],
    );
    let project = birds();
    let outcome = without_database(&project, "up --sql").expect_code(1);
    expect![[r#"
        $ dunlin up --sql
        --- stderr
        error: the script is for no engine yet; name one with `--engine`, or a database with `--url`
        --- exit 1
    "#]]
    .assert_eq(&shown(&outcome));
}

#[test]
fn what_does_not_go_with_a_script_is_refused() {
    session(
        &birds(),
        ["up --sql --dry-run", "up --engine sqlite", "up 1:2", "stamp --sql 1:2 1:3", "stamp --sql 1:"],
        &expect![[r#"
            $ dunlin up --sql --dry-run
            --- stderr
            error: the argument '--sql' cannot be used with '--dry-run'

            Usage: dunlin up --sql [TARGET]

            For more information, try '--help'.
            --- exit 1

            $ dunlin up --engine sqlite
            --- stderr
            error: the following required arguments were not provided:
              --sql

            Usage: dunlin up --sql --engine <ENGINE> [TARGET]

            For more information, try '--help'.
            --- exit 1

            $ dunlin up 1:2
            --- stderr
            error: a range is for `--sql`; otherwise the database itself says where it is
            --- exit 1

            $ dunlin stamp --sql 1:2 1:3
            --- stderr
            error: a range stands alone: it says where the database stands before
            --- exit 1

            $ dunlin stamp --sql 1:
            --- stderr
            error: a range for `stamp` needs its end
            --- exit 1
        "#]],
    );
}

#[test]
fn what_would_be_reverted_beside_the_line_is_said() {
    let project = birds();
    project.migration("0004_mail", "-- dunlin: revises 2\n-- dunlin: label mail\nselect 1;", "select 1;");
    let outcome = run(&project, "down --sql heads:2 --output down.sql").expect_code(0);
    expect![[r#"
        $ dunlin down --sql heads:2 --output down.sql
        down.sql leads from `0003_egg` and `0004_mail` to `0002_name`
        --- stderr
        warning: the way down to `2` reverts 2 branches, those of `0003_egg` and `0004_mail`
        hint: to revert one branch only, stop where it parts from the others: `dunlin down <label>@<id>`
        --- exit 0
    "#]]
    .assert_eq(&shown(&outcome));
}

#[test]
fn a_script_says_that_it_does_not_hold_the_lease_of_runs() {
    let project = birds();
    let warning = "warning: runs are kept apart by a lease (`lock = \"lease\"`), and the script takes the server's own lock: \
                   see to it that no run is under way while the script is\n";
    for line in ["up --sql", "up --sql --output up.sql", "down --sql 3:1", "stamp --sql 3", "up --sql --format json"] {
        let told = |lock: &str, engine: &str| {
            run(&project, &format!("{line} --lock {lock} --engine {engine}")).expect_code(0).stderr
        };
        assert_eq!(told("lease", "postgres"), warning, "{line}");
        assert_eq!(told("lease", "mysql"), warning, "{line}");
        assert_eq!((told("auto", "mysql"), told("lease", "sqlite")), (String::new(), String::new()), "{line}");
    }
}
