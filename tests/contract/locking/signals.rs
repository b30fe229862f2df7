//! Runs that are told to stop: what runs is cancelled, it is written down, the lock is free, and the next run goes on.

use std::time::{Duration, Instant};

use dunlin::{Error, Progress, Stop};
use dunlin_core::dialect::Dialect;

use super::{dunlin, is_running, pause, until};
use crate::contract::birds::{bird, birds};
use crate::contract::migrations;
use crate::support::command::{Outcome, Running};
use crate::support::database::Database;
use crate::support::environment::rounds;
use crate::support::process::Chance;
use crate::support::project::Project;

/// How soon a run has ended that was told to, on a machine that may have much else to do.
const SOON: Duration = Duration::from_secs(5);
/// A statement that runs this long is not waited for.
const LONG: u32 = 60_000;

/// Makes `1_bird`, and a second migration with a statement before one that takes this long.
fn slow(dialect: Dialect, header: &str, milliseconds: u32) -> Project {
    let project = bird();
    let up = format!("{header}insert into bird values (1, 'wren');\n{};\n", pause(dialect, milliseconds));
    project.migration("2_slow", &up, "delete from bird;\n");
    project
}

/// Waits until the long statement of [`slow`] runs.
fn until_it_runs(database: &Database) {
    match database.dialect {
        Dialect::Sqlite => std::thread::sleep(Duration::from_millis(700)),
        Dialect::Postgres | Dialect::Mysql => {
            until("the statement runs", || is_running(database, "sleep("));
        }
    }
}

/// Makes sure that it does not end for so long.
fn waits(running: &mut Running, so_long: Duration) {
    assert!(running.wait(so_long).is_none(), "it was to wait: {}", running.kill().snapshot());
}

/// Tells a run to stop, and makes sure that it does so soon.
fn stopped(running: Running, signal: &str) -> Outcome {
    let told = Instant::now();
    running.signal(signal);
    let outcome = running.finish().expect_code(130);
    assert!(told.elapsed() < SOON, "it took {:?}: {}", told.elapsed(), outcome.snapshot());
    outcome
}

/// Makes sure that nothing of a run is left, that the lock is free, and that the log tells of it.
fn nothing_is_left(project: &Project, database: &Database) {
    if database.dialect != Dialect::Sqlite {
        assert!(!is_running(database, "sleep("), "the server still runs it");
    }
    let events = database.sql("select action from dunlin_events order by n desc limit 1");
    assert_eq!(events, "interrupted");
    let log = dunlin(project, &database.url, "log").run().expect_code(0);
    assert!(log.stdout.contains("interrupted"), "{}", log.snapshot());
}

fn goes_on(project: &Project, database: &Database, header: &str) {
    let up = format!("{header}insert into bird values (1, 'wren');\n{};\n", pause(database.dialect, 1));
    project.file("versions/2_slow.up.sql", up);
    dunlin(project, &database.url, "up --lock-wait 0s").run().expect_code(0);
    assert_eq!(database.sql("select name from bird"), "wren");
}

engines! {
    async fn a_long_statement_in_a_transaction_is_cancelled_and_taken_back(database: &Database) {
        for signal in ["INT", "TERM"] {
            let Some(database) = Database::new(database.dialect) else { return };
            let project = slow(database.dialect, "", LONG);
            dunlin(&project, &database.url, "up 1").run().expect_code(0);
            let running = dunlin(&project, &database.url, "up").start();
            until_it_runs(&database);
            let outcome = stopped(running, signal);
            assert!(outcome.stderr.contains("interrupted at statement 2 of 2; `2_slow` was rolled back"), "{}", outcome.snapshot());
            nothing_is_left(&project, &database);
            assert_eq!(database.sql("select count(*) from bird"), "0");
            goes_on(&project, &database, "");
        }
    }

    async fn a_long_statement_outside_a_transaction_is_cancelled_and_the_next_run_goes_on_from_there(database: &Database) {
        for signal in ["INT", "TERM"] {
            let Some(database) = Database::new(database.dialect) else { return };
            let header = "-- dunlin: transaction none\n";
            let project = slow(database.dialect, header, LONG);
            let running = dunlin(&project, &database.url, "up").start();
            until_it_runs(&database);
            let outcome = stopped(running, signal);
            assert!(outcome.stderr.contains("interrupted at statement 2 of 2; the one before it is in place"), "{}", outcome.snapshot());
            nothing_is_left(&project, &database);
            assert_eq!(database.sql("select count(*) from bird"), "1");
            goes_on(&project, &database, header);
        }
    }

    async fn a_run_that_waits_for_another_stops_and_does_not_disturb_it(database: &Database) {
        for header in ["", "-- dunlin: transaction none\n"] {
            let Some(database) = Database::new(database.dialect) else { return };
            let project = slow(database.dialect, header, 3_000);
            let first = dunlin(&project, &database.url, "up").start();
            until_it_runs(&database);
            let mut second = dunlin(&project, &database.url, "up").start();
            waits(&mut second, Duration::from_secs(1));
            let outcome = stopped(second, "TERM");
            assert!(outcome.stderr.contains("error: interrupted, nothing was done"), "{}", outcome.snapshot());
            first.finish().expect_code(0);
            assert_eq!(database.sql("select action from dunlin_events order by n"), "up\nup");
        }
    }

    async fn a_run_of_many_steps_stops_anywhere_and_each_step_is_done_once(database: &Database) {
        let mut chance = Chance::new();
        for round in 0..rounds(2, 30) {
            let Some(database) = Database::new(database.dialect) else { return };
            let project = bird();
            for n in 2..=60 {
                let header = if (n + round) % 3 == 0 { "-- dunlin: transaction none\n" } else { "" };
                let table = format!("create table t{n} (id integer);\n");
                let up = format!("{header}insert into bird values ({n}, 'a');\n{table}");
                project.migration(&format!("{n}_step"), &up, "select 1;");
            }
            let mut runs = 0;
            loop {
                let running = dunlin(&project, &database.url, "up").start();
                std::thread::sleep(Duration::from_millis(30) + chance.delay(Duration::from_millis(250)));
                // It may have ended by itself.
                let _ = std::panic::catch_unwind(|| running.signal(if runs % 2 == 0 { "INT" } else { "TERM" }));
                let outcome = running.finish();
                runs += 1;
                match outcome.code {
                    Some(0) => break,
                    // Before it can be told, the signal itself ends it.
                    Some(130) | None => {}
                    _ => panic!("{}", outcome.snapshot()),
                }
                if runs > 20 {
                    dunlin(&project, &database.url, "up").run().expect_code(0);
                    break;
                }
            }
            println!("{runs} runs");
            assert_eq!(database.sql("select count(*) from bird"), "59");
            assert_eq!(database.sql("select count(*) from dunlin_migrations where state = 'applied'"), "60");
            dunlin(&project, &database.url, "verify").run().expect_code(0);
            dunlin(&project, &database.url, "log").run().expect_code(0);
        }
    }

    async fn a_library_tells_its_runs_to_stop_between_two_steps(database: &Database) {
        let (project, stop) = (birds(), Stop::new());
        let set = migrations(&project);
        set.migrator().up_to(&database.url, dunlin::Target::Forward(1)).await.expect("it is applied");
        let told = stop.clone();
        let migrator = set.migrator().stop_on(&stop).on_event(move |event| {
            if matches!(event.progress, Progress::StepDone { .. }) {
                told.stop();
            }
        });
        let error = migrator.up(&database.url).await.expect_err("it was told to stop");
        let Error::Interrupted { report } = &error else { panic!("{error:?}") };
        assert_eq!(report.steps.len(), 1);
        assert_eq!(error.to_string(), "interrupted; 1 step before it stays as it is");
        assert_eq!(database.sql("select action from dunlin_events order by n"), "up\nup\ninterrupted");
        // Whoever was told runs no more.
        migrator.up(&database.url).await.expect_err("it was told to stop");
        assert!(stop.is_stopped() && !stop.is_heard());
        set.migrator().lock_wait(Duration::ZERO).up(&database.url).await.expect("the lock is free");
    }

    async fn a_library_tells_its_runs_to_stop_in_a_statement(database: &Database) {
        let project = slow(database.dialect, "", LONG);
        let (set, stop) = (migrations(&project), Stop::new());
        set.migrator().up_to(&database.url, dunlin::Target::Forward(1)).await.expect("it is applied");
        let migrator = set.migrator().stop_on(&stop);
        let stopping = async {
            tokio::time::sleep(Duration::from_millis(800)).await;
            while database.dialect != Dialect::Sqlite && !is_running(database, "sleep(") {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            assert!(stop.is_heard());
            stop.stop();
            Instant::now()
        };
        let (result, told) = tokio::join!(migrator.up(&database.url), stopping);
        assert!(told.elapsed() < SOON);
        let Err(Error::Step(failure)) = result else { panic!("{result:?}") };
        assert!(failure.interrupted, "{failure}");
        goes_on(&project, database, "");
    }
}

#[tokio::test]
async fn the_pause_before_another_try_is_cut_short() {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        for header in ["", "-- dunlin: transaction none\n"] {
            let Some(database) = Database::new(dialect) else { continue };
            let project = bird();
            migrations(&project).up(&database.url).await.expect("it is applied");
            let up = format!("{header}alter table bird add age integer;\n");
            project.migration("2_age", &up, "alter table bird drop column age;\n");
            let reader = super::reader(&database).await;
            let (set, stop) = (migrations(&project), Stop::new());
            let told = stop.clone();
            let migrator = set.migrator().stop_on(&stop).on_event(move |event| {
                if matches!(event.progress, Progress::Retrying { tries: 2, .. }) {
                    told.stop();
                }
            });
            let start = Instant::now();
            let error = migrator.up(&database.url).await.expect_err("it was told to stop");
            assert!(start.elapsed() < SOON);
            assert!(matches!(&error, Error::Step(failure) if failure.interrupted), "{error}");
            assert_eq!(database.sql("select action from dunlin_events order by n desc limit 1"), "interrupted");
            drop(reader);
            set.migrator().lock_wait(Duration::ZERO).up(&database.url).await.expect("it goes on");
        }
    }
}

#[test]
fn a_second_signal_ends_at_once_what_the_first_did_not() {
    let Some(database) = Database::postgres() else { return };
    let project = bird();
    let stubborn =
        "do $$ begin loop begin perform pg_sleep(60); exception when query_canceled then null; end; end loop; end $$;";
    project.migration("2_stubborn", stubborn, "select 1;");
    let mut running = dunlin(&project, &database.url, "up").start();
    until("the statement runs", || is_running(&database, "query_canceled"));
    running.signal("INT");
    waits(&mut running, Duration::from_secs(2));
    let told = Instant::now();
    running.signal("INT");
    let outcome = running.finish().expect_code(130);
    assert!(told.elapsed() < Duration::from_secs(1), "{:?}", told.elapsed());
    assert!(outcome.stderr.contains("interrupted"), "{}", outcome.snapshot());
    // The server notices that its client is gone.
    until("the statement is gone", || !is_running(&database, "query_canceled"));
    project.file("versions/2_stubborn.up.sql", "select 1;");
    dunlin(&project, &database.url, "up").run().expect_code(0);
}

#[test]
fn a_verb_that_only_reads_ends_at_once() {
    let Some(database) = Database::postgres() else { return };
    let project = bird();
    dunlin(&project, &database.url, "up").run().expect_code(0);
    let url = database.url.clone();
    std::thread::scope(|scope| {
        let blocking = "begin; lock table dunlin_migrations; select pg_sleep(3); commit;";
        scope.spawn(|| database.try_sql_as(&url, blocking));
        until("the table is locked", || is_running(&database, "pg_sleep"));
        for line in ["status", "history", "plan"] {
            let mut running = dunlin(&project, &database.url, line).start();
            waits(&mut running, Duration::from_millis(500));
            let told = Instant::now();
            running.signal("TERM");
            running.finish().expect_code(130);
            assert!(told.elapsed() < Duration::from_secs(1), "{line}: {:?}", told.elapsed());
        }
    });
}

#[test]
fn a_server_that_lets_nobody_in_is_not_waited_for() {
    let project = bird();
    // It takes connections, and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("an address").port();
    for scheme in ["postgres", "mysql"] {
        let mut running = dunlin(&project, &format!("{scheme}://ann@127.0.0.1:{port}/app"), "up").start();
        waits(&mut running, Duration::from_millis(700));
        stopped(running, "TERM");
    }
}
