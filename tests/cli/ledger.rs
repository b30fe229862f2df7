//! `verify --ledger`.

use expect_test::expect;

use super::{birds, command, run, session};
use crate::support::database::Database;
use crate::support::project::Project;

/// Three migrations that are applied, the last of them twice, and a repeatable file.
fn applied() -> Project {
    let project = birds();
    project.file(
        "versions/repeatable/names.sql",
        "drop view if exists names;\ncreate view names as select name from bird;\n",
    );
    for line in ["up -q", "down -1 -q", "up -q"] {
        run(&project, line).expect_code(0);
    }
    project
}

/// Does something to the database behind dunlin's back.
fn meddle(project: &Project, sql: &str) {
    Database::sql_at(&format!("sqlite://{}", project.path().join("app.db").display()), sql);
}

/// Returns the head that `verify --ledger` tells.
fn head(project: &Project) -> String {
    let outcome = run(project, "verify --ledger --format json").expect_code(0);
    let document: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    document["ledger"]["head"].as_str().expect("a head").to_owned()
}

#[test]
fn the_log_tells_the_head_that_a_later_audit_is_to_expect() {
    let project = birds();
    let in_log = |line: &str| {
        let outcome = run(&project, line).expect_code(0);
        serde_json::from_str::<serde_json::Value>(&outcome.stdout).expect("JSON")["head"].clone()
    };
    assert!(in_log("log --format json").is_null(), "there is no log yet");
    run(&project, "up -q").expect_code(0);
    let noted = head(&project);
    assert_eq!(in_log("log --format json"), *noted);
    assert_eq!(in_log("log -n 1 --format json"), *noted);
    let text = run(&project, "log -n 1").expect_code(0).stdout;
    assert!(text.ends_with(&format!("1 of 3 events; the chain is whole, head {noted}\n")), "{text}");
    run(&project, "down -1 -q").expect_code(0);
    run(&project, &format!("verify --ledger --expect-head {noted}")).expect_code(0);
}

#[test]
fn a_whole_ledger_tells_its_head() {
    session(
        &birds(),
        ["verify --ledger", "up -q", "verify --ledger", "verify"],
        &expect![[r#"
        $ dunlin verify --ledger
        the files of 3 migrations are in order
        the history agrees with them
        the ledger is empty
        --- exit 0

        $ dunlin up -q
        3 migrations applied, the database is at 0003_egg
        --- exit 0

        $ dunlin verify --ledger
        the files of 3 migrations are in order
        the history agrees with them
        the ledger is whole
          main: 3 events, 3 migrations, head [checksum]
        --- exit 0

        $ dunlin verify
        the files of 3 migrations are in order
        the history agrees with them
        --- exit 0
    "#]],
    );
    session(
        &applied(),
        ["verify --ledger", "verify --ledger --format json"],
        &expect![[r#"
        $ dunlin verify --ledger
        the files of 3 migrations are in order
        the history agrees with them
        the ledger is whole
          main: 8 events, 3 migrations, 1 repeatable file, head [checksum]
        --- exit 0

        $ dunlin verify --ledger --format json
        {
          "version": 1,
          "database": true,
          "findings": [],
          "ledger": {
            "findings": [],
            "head": "[checksum]",
            "is_whole": true,
            "sets": [
              {
                "events": 8,
                "head": "[checksum]",
                "migrations": 3,
                "repeatables": 1,
                "set": "main"
              }
            ]
          },
          "migrations": 3
        }
        --- exit 0
    "#]],
    );
}

#[test]
fn everything_that_was_changed_is_told_at_once() {
    let project = applied();
    meddle(
        &project,
        "update dunlin_migrations set up_sql = 'select 1;' where id = '0002'; \
         update dunlin_migrations set slug = 'owl', seq = 2 where id = '0001'; \
         update dunlin_events set os_user = 'somebody' where n = 4; \
         delete from dunlin_events where n = 2; delete from dunlin_repeatable; \
         insert into dunlin_migrations select 'aviary', id, slug, parents, seq, kind, state, up_checksum, down_checksum, \
         up_sql, down_sql, breaking, applied_at, duration_us, tool_version from dunlin_migrations where id = '0003'",
    );
    session(
        &project,
        ["verify --ledger"],
        &expect![[r#"
            $ dunlin verify --ledger
            the files of 3 migrations are in order
            note: `0001_bird` was called `0001_owl` when it was applied
            error: set aviary: `0003_egg` has a row that no event left there
            error: set main: event 2 is missing
            error: set main: event 4 breaks the chain: its hash is not that of what it says and of the event before it
            error: set main: the row of `0001_owl` is not as event 1 (up) left it
            error: set main: the up SQL that is stored of `0002_name` is not that of its checksum
                recorded  [checksum]
                stored    [checksum]
            error: set main: `0002_name` has a row that no event left there
            error: set main: the rows of `0001` and `0002` share the place 2
            error: set main: `repeatable/names` has no row, and event 8 (repeat) left one
            hint: somebody changed the table behind dunlin's back; put the row back as it was, or, if the change was meant, have all rows written anew from the files, each with its event: `dunlin stamp --purge <target>`
            hint: somebody changed the log behind dunlin's back, or restored a part of it; a backup, or another copy of the database, tells what stood there
            hint: somebody changed the table behind dunlin's back; `dunlin repair checksums` shows what differs, and makes it fit
            the ledger is not whole
              aviary: 0 events, 1 migration
              main: 7 events, 3 migrations, head [checksum]
            --- exit 3
        "#]],
    );
}

#[test]
fn a_program_reads_what_was_found_with_its_facts() {
    let project = applied();
    meddle(
        &project,
        "update dunlin_migrations set down_sql = 'select 1;' where id = '0002'; delete from dunlin_events where n = 5; \
         insert into dunlin_repeatable select 'aviary', name, checksum, stored_sql, applied_at, duration_us, tool_version \
         from dunlin_repeatable",
    );
    session(
        &project,
        ["verify --ledger --format json"],
        &expect![[r#"
        $ dunlin verify --ledger --format json
        {
          "version": 1,
          "database": true,
          "findings": [],
          "ledger": {
            "findings": [
              {
                "finding": "row-without-event",
                "row": "repeatable/names",
                "set": "aviary",
                "verdict": "refuse"
              },
              {
                "finding": "events-missing",
                "from": 5,
                "set": "main",
                "to": 5,
                "verdict": "refuse"
              },
              {
                "direction": "down",
                "finding": "sql-differs",
                "recorded": "[checksum]",
                "row": "0002_name",
                "set": "main",
                "stored": "[checksum]",
                "verdict": "refuse"
              },
              {
                "action": "up",
                "event": 2,
                "finding": "row-differs",
                "row": "0002_name",
                "set": "main",
                "verdict": "refuse"
              }
            ],
            "head": "[checksum]",
            "is_whole": false,
            "sets": [
              {
                "events": 0,
                "head": null,
                "migrations": 0,
                "repeatables": 1,
                "set": "aviary"
              },
              {
                "events": 7,
                "head": "[checksum]",
                "migrations": 3,
                "repeatables": 1,
                "set": "main"
              }
            ]
          },
          "migrations": 3
        }
        --- exit 3
    "#]],
    );
}

#[test]
fn a_history_that_cannot_be_read_is_audited_all_the_same() {
    let project = applied();
    meddle(&project, "update dunlin_migrations set kind = 'hatched' where id = '0002'");
    session(
        &project,
        ["verify", "verify --ledger", "verify --ledger --format json"],
        &expect![[r#"
        $ dunlin verify
        --- stderr
        error: the history cannot be read: the row of `0002` is none that dunlin writes
        --- exit 3

        $ dunlin verify --ledger
        the files of 3 migrations are in order
        error: the history cannot be read: the row of `0002` is none that dunlin writes
        error: the row of `0002_name` is not as event 2 (up) left it
        hint: somebody changed the table behind dunlin's back; put the row back as it was, or, if the change was meant, have all rows written anew from the files, each with its event: `dunlin stamp --purge <target>`
        the ledger is not whole
          main: 8 events, 3 migrations, 1 repeatable file, head [checksum]
        --- exit 3

        $ dunlin verify --ledger --format json
        {
          "version": 1,
          "database": true,
          "findings": null,
          "ledger": {
            "findings": [
              {
                "action": "up",
                "event": 2,
                "finding": "row-differs",
                "row": "0002_name",
                "set": "main",
                "verdict": "refuse"
              }
            ],
            "head": "[checksum]",
            "is_whole": false,
            "sets": [
              {
                "events": 8,
                "head": "[checksum]",
                "migrations": 3,
                "repeatables": 1,
                "set": "main"
              }
            ]
          },
          "migrations": 3,
          "unreadable": "the history cannot be read: the row of `0002` is none that dunlin writes"
        }
        --- exit 3
    "#]],
    );
}

#[test]
fn a_head_that_was_noted_down_is_expected_in_full_or_by_its_beginning() {
    let project = applied();
    let head = head(&project);
    for given in [&*head, &head[3..], &head[..11], &head[3..11]] {
        run(&project, &format!("verify --ledger --expect-head {given}")).expect_code(0);
    }
    run(&project, "down -1 -q").expect_code(0);
    run(&project, &format!("verify --ledger --expect-head {head}")).expect_code(0);
    meddle(&project, "delete from dunlin_events where n > 2");
    meddle(&project, "delete from dunlin_migrations where id = '0003'; delete from dunlin_repeatable");
    run(&project, "verify --ledger").expect_code(0);
    run(&project, &format!("verify --ledger --expect-head {head}")).expect_code(3);
    session(
        &project,
        [
            "verify --ledger --expect-head b3:0123456789abcdef",
            "verify --ledger --expect-head 0123",
            "verify --expect-head b3:0123456789abcdef",
        ],
        &expect![[r#"
            $ dunlin verify --ledger --expect-head [checksum]
            the files of 3 migrations are in order
            the history agrees with them
            error: the log has no event with the hash [checksum]: its end was cut off, or it was written anew
            hint: somebody changed the log behind dunlin's back, or restored a part of it; a backup, or another copy of the database, tells what stood there
            the ledger is not whole
              main: 2 events, 2 migrations, head [checksum]
            --- exit 3

            $ dunlin verify --ledger --expect-head 0123
            --- stderr
            error: invalid value '0123' for '--expect-head <HASH>': `0123` is no hash of an event; one is `b3:` and 64 hexadecimal digits, of which the first 8 are enough

            For more information, try '--help'.
            --- exit 1

            $ dunlin verify --expect-head [checksum]
            --- stderr
            error: the following required arguments were not provided:
              --ledger

            Usage: dunlin verify --ledger --expect-head <HASH>

            For more information, try '--help'.
            --- exit 1
        "#]],
    );
}

#[test]
fn without_a_database_there_is_no_ledger() {
    let project = birds();
    let command = command(&project, "verify --ledger").variable("DATABASE_URL", "");
    expect![[r#"
        $ dunlin verify --ledger
        --- stderr
        error: no database was named
        hint: pass `--url sqlite:app.db`, set DATABASE_URL, or write `url = "…"` in dunlin.toml
        --- exit 1
    "#]]
    .assert_eq(&super::shown(&command.run()));
}

#[test]
fn a_script_leaves_an_end_that_is_not_sealed_and_no_fault() {
    let project = birds();
    run(&project, "up 0001 -q").expect_code(0);
    let script = run(&project, "up --sql 0001:0002").expect_code(0).stdout;
    let url = format!("sqlite://{}", project.path().join("app.db").display());
    let database = Database::sqlite();
    if !database.has_client() {
        return;
    }
    Database::feed_at(dunlin::Dialect::Sqlite, &url, &script).unwrap_or_else(|message| panic!("{message}"));
    session(
        &project,
        ["verify --ledger", "up -q", "verify --ledger"],
        &expect![[r#"
        $ dunlin verify --ledger
        the files of 3 migrations are in order
        the history agrees with them
        note: event 2 was written by a script; until the next run that changes something has sealed the log, nothing covers this end of it, and of its rows the SQL alone
        the ledger is whole
          main: 2 events, 2 migrations, head [checksum]
        --- exit 0

        $ dunlin up -q
        1 migration applied, the database is at 0003_egg
        --- exit 0

        $ dunlin verify --ledger
        the files of 3 migrations are in order
        the history agrees with them
        the ledger is whole
          main: 3 events, 3 migrations, head [checksum]
        --- exit 0
    "#]],
    );
}
