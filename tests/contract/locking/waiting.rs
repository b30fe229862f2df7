//! Waiting for the lock: for how long, and what is said meanwhile.

use std::time::{Duration, Instant};

use dunlin::Error;
use dunlin_core::dialect::Dialect;
use expect_test::expect;
use regex::Regex;

use super::{dunlin, is_running, pause, until};
use crate::contract::birds::bird;
use crate::contract::migrations;
use crate::support::command::{Outcome, Running};
use crate::support::database::Database;
use crate::support::project::Project;

/// Makes `1_bird`, and more migrations that take this long each.
fn slow(dialect: Dialect, header: &str, steps: usize, milliseconds: u32) -> Project {
    let project = bird();
    for n in 2..=steps {
        let up = format!("{header}{};\n", pause(dialect, milliseconds));
        project.migration(&format!("{n}_slow"), &up, "select 1;");
    }
    project
}

/// Starts a run that takes long, and waits until it is under way.
fn holding(project: &Project, database: &Database, line: &str) -> Running {
    let running = dunlin(project, &database.url, line).start();
    match database.dialect {
        Dialect::Sqlite => std::thread::sleep(Duration::from_millis(500)),
        Dialect::Postgres | Dialect::Mysql => until("the statement runs", || is_running(database, "sleep(")),
    }
    running
}

/// Writes down an outcome without what differs from run to run.
pub(super) fn shown(outcome: &Outcome) -> String {
    let mut text = outcome.snapshot();
    for (pattern, word) in [
        (r"connection \d+", "connection [n]"),
        (r"process \d+ of \S+ on [^,\s]+", "[process]"),
        (r"/main/[0-9a-f]{16}\.\d+@[^,)\s]+", "/main/[run]"),
        (r"127\.0\.0\.1:\[port\]", "[address]"),
        (r"from 127\.0\.0\.1", "from [address]"),
        (r" on \S+:\d+", " on [server]"),
    ] {
        text = Regex::new(pattern).expect("a pattern").replace_all(&text, word).into_owned();
    }
    text
}

/// Runs beside a run that takes long, and waits for it for a second only.
fn impatient(dialect: Dialect, header: &str, lock: &str) -> Option<String> {
    let database = Database::new(dialect)?;
    let project = slow(dialect, header, 2, 8_000);
    let _first = holding(&project, &database, &format!("up {lock}"));
    let start = Instant::now();
    let outcome = dunlin(&project, &database.url, &format!("up --lock-wait 2500ms {lock}")).run().expect_code(4);
    assert!((1..7).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    Some(shown(&outcome))
}

#[test]
fn postgres_tells_who_holds_the_lock_since_when_and_what_they_do() {
    let Some(shown) = impatient(Dialect::Postgres, "", "") else { return };
    expect![[r#"
        $ dunlin up --lock-wait [duration]
        --- stderr
          waiting for another run to end ([duration], held by connection [n] of dunlin from [address] (dunlin/main/[run]), there since [time], running: select pg_sleep(8) ; set local idle_in_transaction_session_timeout = 0;)
        error: the lock was not obtained within [duration]
        hint: it is held by connection [n] of dunlin from [address] (dunlin/main/[run]), there since [time], running: select pg_sleep(8) ; set local idle_in_transaction_session_timeout = 0;
        hint: wait longer with `--lock-wait`, or end the other run
        --- exit 4
    "#]].assert_eq(&shown);
}

#[test]
fn mysql_tells_who_holds_the_lock_since_when_and_what_they_do() {
    let Some(shown) = impatient(Dialect::Mysql, "", "") else { return };
    expect![[r#"
        $ dunlin up --lock-wait [duration]
        --- stderr
          waiting for another run to end ([duration], held by connection [n] of dunlin from [address], running for [duration]: select sleep(8))
        error: the lock was not obtained within [duration]
        hint: it is held by connection [n] of dunlin from [address], running for [duration]: select sleep(8)
        hint: wait longer with `--lock-wait`, or end the other run
        --- exit 4
    "#]].assert_eq(&shown);
}

#[test]
fn a_lease_tells_who_holds_it_and_since_when() {
    let Some(shown) = impatient(Dialect::Postgres, "", "--lock lease") else { return };
    expect![[r#"
        $ dunlin up --lock-wait [duration] --lock lease
        --- stderr
          waiting for another run to end ([duration], held by dunlin/main/[run], connection [n], for [duration])
        error: the lock was not obtained within [duration]
        hint: it is held by dunlin/main/[run], connection [n], for [duration]
        hint: wait longer with `--lock-wait`, or end the other run
        --- exit 4
    "#]]
    .assert_eq(&shown);
}

#[test]
fn the_file_beside_a_sqlite_database_tells_who_holds_it_and_since_when() {
    let Some(shown) = impatient(Dialect::Sqlite, "-- dunlin: transaction none\n", "") else { return };
    expect![[r#"
        $ dunlin up --lock-wait [duration]
        --- stderr
          waiting for another run to end ([duration], held by [process], since [time])
        error: the lock was not obtained within [duration]
        hint: it is held by [process], since [time]
        hint: wait longer with `--lock-wait`, or end the other run
        --- exit 4
    "#]]
    .assert_eq(&shown);
}

#[test]
fn a_sqlite_database_that_somebody_writes_to_is_waited_for_with_a_word() {
    let Some(shown) = impatient(Dialect::Sqlite, "", "") else { return };
    expect![[r#"
        $ dunlin up --lock-wait [duration]
        --- stderr
          waiting for another run to end ([duration])
        error: the lock was not obtained within [duration]
        hint: wait longer with `--lock-wait`, or end the other run
        --- exit 4
    "#]]
    .assert_eq(&shown);
}

engines! {
    async fn whoever_waits_goes_on_when_the_other_is_done(database: &Database) {
        for header in ["", "-- dunlin: transaction none\n"] {
            let Some(database) = Database::new(database.dialect) else { return };
            let project = slow(database.dialect, header, 2, 2_500);
            let first = holding(&project, &database, "up");
            let second = dunlin(&project, &database.url, "up").run().expect_code(0);
            first.finish().expect_code(0);
            assert!(second.stderr.contains("waiting for another run to end"), "{}", second.snapshot());
            assert!(second.stdout.contains("nothing is pending"), "{}", second.snapshot());
        }
    }
}

#[tokio::test]
async fn by_default_a_program_waits_as_long_as_the_holder_gets_on() {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        let Some(database) = Database::new(dialect) else { continue };
        let project = slow(dialect, "", 12, 300);
        let first = holding(&project, &database, "up");
        let (set, start) = (migrations(&project), Instant::now());
        let limit = Duration::from_secs(1);
        let report = set.migrator().lock_wait_without_progress(limit).up(&database.url).await.expect("it waits");
        assert!(start.elapsed() > limit, "{:?}", start.elapsed());
        assert!(report.steps.len() < 11, "{:?}", report.steps);
        first.finish().expect_code(0);
    }
}

#[tokio::test]
async fn by_default_a_program_does_not_wait_for_a_holder_that_hangs() {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        let Some(database) = Database::new(dialect) else { continue };
        let project = slow(dialect, "", 3, 1_000);
        let first = holding(&project, &database, "up");
        first.signal("STOP");
        until("its statement has ended", || !is_running(&database, "sleep("));
        let limit = Duration::from_secs(1);
        let set = migrations(&project);
        let error = set.migrator().lock_wait_without_progress(limit).up(&database.url).await.expect_err("it hangs");
        assert!(matches!(&error, Error::Locked { waited, .. } if *waited >= limit), "{error}");
        first.signal("CONT");
        first.finish().expect_code(0);
    }
}
