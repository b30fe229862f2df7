//! Statements that a server goes on with although the run that sent them is gone.

use std::time::{Duration, Instant};

use dunlin_core::dialect::Dialect;
use regex::Regex;

use super::{dunlin, is_running, pause, transaction, until};
use crate::contract::birds::bird;
use crate::support::command::Running;
use crate::support::database::Database;
use crate::support::project::Project;

/// Makes `1_bird`, and a second migration that takes this long.
fn slow(dialect: Dialect, milliseconds: u32) -> Project {
    let project = bird();
    project.migration("2_slow", &format!("{};\n", pause(dialect, milliseconds)), "select 1;");
    project
}

/// Starts a run, and waits until its long statement runs.
fn started(project: &Project, database: &Database) -> Running {
    let running = dunlin(project, &database.url, "up").start();
    until("the statement runs", || is_running(database, "sleep("));
    running
}

fn shortened(project: &Project) {
    project.file("versions/2_slow.up.sql", "select 1;");
}

#[test]
fn a_run_says_in_the_server_whose_it_is() {
    let Some(database) = Database::postgres() else { return };
    let project = slow(Dialect::Postgres, 2_000);
    let running = started(&project, &database);
    let question = "select application_name from pg_stat_activity
        where query like '%pg_sleep%' and pid <> pg_backend_pid() and datname = current_database()";
    let name = database.sql(question);
    let expected = format!(r"^dunlin/main/[0-9a-f]{{16}}\.{}@", running.process());
    assert!(Regex::new(&expected).expect("a pattern").is_match(&name), "{name}");
    running.finish().expect_code(0);
}

#[test]
fn postgres_notices_by_itself_that_a_run_is_gone() {
    let Some(database) = Database::postgres() else { return };
    let project = slow(Dialect::Postgres, 60_000);
    started(&project, &database).kill();
    shortened(&project);
    let start = Instant::now();
    dunlin(&project, &database.url, "up").run().expect_code(0);
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    assert!(!is_running(&database, "pg_sleep"));
}

#[test]
fn mysql_does_not_and_so_the_next_run_waits_and_says_for_whom() {
    let Some(database) = Database::mysql() else { return };
    let project = slow(Dialect::Mysql, 6_000);
    started(&project, &database).kill();
    let outcome = dunlin(&project, &database.url, "up").run().expect_code(0);
    assert!(outcome.stderr.contains("waiting for another run to end"), "{}", outcome.snapshot());
    assert!(!is_running(&database, "sleep("));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_for_a_client_that_is_gone_says_that_it_is() {
    let Some(database) = Database::mysql() else { return };
    let project = bird();
    dunlin(&project, &database.url, "up").run().expect_code(0);
    database.sql("insert into bird values (1, 'wren')");
    // While it waits for a row, the server does not look whether its client is still there.
    let _writer = transaction(&database, "update bird set name = 'robin' where id = 1").await;
    project.migration("2_heron", "update bird set name = 'heron' where id = 1;\n", "select 1;");
    let mut running = dunlin(&project, &database.url, "up").start();
    until("the statement runs", || is_running(&database, "heron"));
    let alive = dunlin(&project, &database.url, "up --lock-wait 4s").run().expect_code(4);
    assert!(!alive.stderr.contains("its client is gone"), "{}", alive.snapshot());
    assert!(!alive.stderr.contains("dunlin unlock"), "{}", alive.snapshot());
    running.kill();
    let gone = dunlin(&project, &database.url, "up --lock-wait 4s").run().expect_code(4);
    assert!(gone.stderr.contains("and its client is gone"), "{}", gone.snapshot());
    assert!(gone.stderr.contains("hint: `dunlin unlock` shows"), "{}", gone.snapshot());
}

#[test]
fn what_a_run_left_that_is_gone_is_ended_on_request() {
    for lock in ["auto", "lease --lease-ttl 1s"] {
        let Some(database) = Database::mysql() else { return };
        let project = slow(Dialect::Mysql, 60_000);
        let mut running = dunlin(&project, &database.url, &format!("up --lock {lock}")).start();
        until("the statement runs", || is_running(&database, "sleep("));
        running.kill();
        shortened(&project);
        let start = Instant::now();
        dunlin(&project, &database.url, &format!("up --kill-orphans --lock {lock}")).run().expect_code(0);
        assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
        assert!(!is_running(&database, "sleep("));
    }
}

#[test]
fn who_lives_is_never_ended() {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        for lock in ["auto", "lease"] {
            let Some(database) = Database::new(dialect) else { continue };
            let project = slow(dialect, 5_000);
            let first = dunlin(&project, &database.url, &format!("up --lock {lock}")).start();
            until("the statement runs", || is_running(&database, "sleep("));
            // A process that is stopped lives, too.
            first.signal("STOP");
            let second = dunlin(&project, &database.url, &format!("up --kill-orphans --lock {lock}")).start();
            std::thread::sleep(Duration::from_secs(3));
            first.signal("CONT");
            first.finish().expect_code(0);
            second.finish().expect_code(0);
        }
    }
}

/// Lets a connection be busy for so long, and returns the number that it has.
fn stranger(database: &Database, milliseconds: u32) -> String {
    let (url, dialect) = (database.url.clone(), database.dialect);
    let script = format!("{} /* stranger */;", pause(dialect, milliseconds));
    std::thread::spawn(move || Database::feed_at(dialect, &url, &script));
    let number = "select id from information_schema.processlist where command = 'Query' and info like 'select sleep(%'
        and db = database()";
    until("the stranger is at it", || !database.superuser_sql(number).is_empty());
    database.superuser_sql(number)
}

#[test]
fn who_only_has_the_number_that_a_run_had_before_the_server_began_anew_is_left_alone() {
    for (started_at, is_ended) in [("'2001-01-01 00:00:00'", false), ("current_timestamp", true)] {
        let Some(database) = Database::mysql() else { return };
        let project = bird();
        let twice = "-- dunlin: transaction none\ncreate table nest (id integer);\ncreate table nest (id integer);\n";
        project.migration("2_wrong", twice, "drop table nest;");
        dunlin(&project, &database.url, "up").run().expect_code(6);
        let number = stranger(&database, 5_000);
        database.sql(&format!("update dunlin_statements set connection = {number}, started_at = {started_at}"));
        let mended = "-- dunlin: transaction none\ncreate table nest (id integer);\ncreate table best (id integer);\n";
        project.file("versions/2_wrong.up.sql", mended);
        let start = Instant::now();
        dunlin(&project, &database.url, "resume --kill-orphans").run().expect_code(0);
        assert!(start.elapsed() < Duration::from_secs(4), "nobody was waited for: {:?}", start.elapsed());
        assert_eq!(is_running(&database, "sleep("), !is_ended, "{started_at}");
    }
}
