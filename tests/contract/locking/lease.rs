//! The lease: who holds it writes, and who has lost it, for whatever reason, does not.

use std::time::Duration;

use dunlin::{Error, LockKind};
use dunlin_core::dialect::Dialect;
use sqlx::Connection;
use url::Url;

use super::{all_did, dunlin, is_running, marking, pause, ran_once_and_one_after_the_other, until};
use crate::contract::birds::bird;
use crate::contract::{has, migrations};
use crate::support::command::{Command, Running};
use crate::support::database::Database;
use crate::support::environment::rounds;
use crate::support::process::run_together;
use crate::support::project::Project;

const STEPS: usize = 5;
const SERVERS: [Dialect; 2] = [Dialect::Postgres, Dialect::Mysql];

/// Makes the command that brings a database to its head under a lease of a second.
fn up(project: &Project, database: &Database) -> Command {
    dunlin(project, &database.url, "up --lock lease --lease-ttl 1s")
}

/// Makes sure that a run ended because its lease was lost.
fn lost(running: Running) {
    let outcome = running.finish();
    assert!(outcome.stderr.contains("the lease was lost"), "{}", outcome.snapshot());
    assert!(matches!(outcome.code, Some(4..=6)), "{}", outcome.snapshot());
}

/// Everything that the history says.
fn history(database: &Database) -> String {
    let rows = database.sql("select id, seq, state from dunlin_migrations order by seq");
    let events = database.sql("select n, action, id from dunlin_events order by n");
    let journal = database.try_sql("select id, n, state from dunlin_statements order by id, n").unwrap_or_default();
    [rows, events, journal].join("\n\n")
}

#[test]
fn runs_under_a_lease_take_turns_and_make_its_table_together() {
    for dialect in SERVERS {
        for _ in 0..rounds(2, 25) {
            let Some(database) = Database::new(dialect) else { continue };
            let project = marking(dialect, STEPS, 30);
            all_did(&run_together(&vec![up(&project, &database); 8]), STEPS);
            ran_once_and_one_after_the_other(&database, STEPS);
            assert_eq!(database.sql("select owner, connection from dunlin_lock"), "|NULL");
        }
    }
}

#[test]
fn a_long_statement_is_not_disturbed_while_the_lease_is_renewed() {
    for dialect in SERVERS {
        for header in ["", "-- dunlin: transaction none\n"] {
            let Some(database) = Database::new(dialect) else { continue };
            let project = bird();
            project.migration("2_slow", &format!("{header}{};\n", pause(dialect, 3500)), "select 1;");
            let running = up(&project, &database).start();
            until("the statement runs", || is_running(&database, "sleep("));
            let renewed =
                || database.sql("select renewed_at - acquired_at from dunlin_lock").parse::<i64>().expect("a number");
            until("the lease is renewed", || renewed() > 2_000);
            running.finish().expect_code(0);
        }
    }
}

/// Starts a run, and stops its process in the middle of its second step.
fn stopped_in_its_second_step(project: &Project, database: &Database) -> Running {
    let running = up(project, database).start();
    until("the second step runs", || is_running(database, "sleep("));
    running.signal("STOP");
    running
}

#[test]
fn a_run_that_was_stopped_for_longer_than_its_lease_writes_nothing_more() {
    for dialect in SERVERS {
        for header in ["", "-- dunlin: transaction none\n"] {
            let Some(database) = Database::new(dialect) else { continue };
            let project = marking(dialect, STEPS, 400);
            for n in 2..=STEPS {
                let name = format!("versions/{n}_step.up.sql");
                project.file(&name, format!("{header}{}", project.read(&name)));
            }
            let running = stopped_in_its_second_step(&project, &database);
            std::thread::sleep(Duration::from_millis(1800));
            let (before, marks) = (history(&database), database.sql("select * from mark"));
            running.signal("CONT");
            lost(running);
            assert_eq!(history(&database), before, "{dialect}, {header:?}");
            assert_eq!(database.sql("select * from mark"), marks, "{dialect}, {header:?}");
            let started = database.sql("select count(*) from mark where n > 2");
            assert_eq!(started, "0");
            up(&project, &database).run().expect_code(0);
            ran_once_and_one_after_the_other(&database, STEPS);
        }
    }
}

#[test]
fn a_lease_is_taken_over_only_when_its_holders_connection_is_gone() {
    for dialect in SERVERS {
        let Some(database) = Database::new(dialect) else { continue };
        let project = marking(dialect, STEPS, 400);
        let first = stopped_in_its_second_step(&project, &database);
        let mut second = up(&project, &database).start();
        assert_eq!(second.wait(Duration::from_secs(4)), None, "the first is connected");
        assert_eq!(database.sql("select max(n) from mark where what = 'end'").replace("NULL", "1"), "1");
        first.signal("CONT");
        lost(first);
        second.finish().expect_code(0);
        ran_once_and_one_after_the_other(&database, STEPS);
    }
}

#[test]
fn a_lease_whose_holder_was_killed_is_taken_over_when_its_time_is_over() {
    for dialect in SERVERS {
        let Some(database) = Database::new(dialect) else { continue };
        let project = marking(dialect, STEPS, 300);
        let mut first = up(&project, &database).start();
        until("the second step runs", || is_running(&database, "sleep("));
        first.kill();
        up(&project, &database).run().expect_code(0);
        ran_once_and_one_after_the_other(&database, STEPS);
    }
}

/// Somebody who may do what is needed in a database, and can be locked out of it.
struct Visitor<'d> {
    database: &'d Database,
    name: String,
    url: String,
}

impl<'d> Visitor<'d> {
    fn new(database: &'d Database) -> Visitor<'d> {
        let mut url = Url::parse(&database.url).expect("a URL");
        let of = url.path().trim_start_matches('/').to_owned();
        let name = of.replace("dunlin_", "visitor_");
        match database.dialect {
            Dialect::Postgres => database.superuser_sql(&format!(
                "create role {name} login password 'secret'; grant all on schema public to {name};"
            )),
            _ => database
                .superuser_sql(&format!("create user {name} identified by 'secret'; grant all on {of}.* to {name};")),
        };
        url.set_username(&name).expect("a URL with a host");
        url.set_password(Some("secret")).expect("a URL with a host");
        Visitor { database, name, url: url.to_string() }
    }

    /// Lets it connect no more, and ends the connection over which it renews its lease, not that on which it works.
    fn lock_out(&self) {
        let Visitor { database, name, .. } = self;
        match database.dialect {
            Dialect::Postgres => database.superuser_sql(&format!(
                "alter role {name} nologin; select pg_terminate_backend(pid) from pg_stat_activity
                 where usename = '{name}' and application_name = 'dunlin (beside)'"
            )),
            _ => {
                database.superuser_sql(&format!("alter user {name} account lock"));
                let beside =
                    format!("select id from information_schema.processlist where user = '{name}' and info is null");
                let beside = database.superuser_sql(&beside);
                database.superuser_sql(&beside.lines().map(|id| format!("kill {id};")).collect::<String>())
            }
        };
    }
}

impl Drop for Visitor<'_> {
    fn drop(&mut self) {
        let Visitor { database, name, .. } = self;
        // What is left goes with the server.
        let _ = match database.dialect {
            Dialect::Postgres => {
                database.try_sql_as(&database.superuser_url(), &format!("drop owned by {name}; drop role {name}"))
            }
            _ => database.try_sql_as(&database.superuser_url(), &format!("drop user {name}")),
        };
    }
}

#[test]
fn a_run_that_cannot_renew_its_lease_cancels_its_statement() {
    for dialect in SERVERS {
        for header in ["", "-- dunlin: transaction none\n"] {
            let Some(database) = Database::new(dialect) else { continue };
            let visitor = Visitor::new(&database);
            let project = bird();
            project.migration("2_slow", &format!("{header}{};\n", pause(dialect, 20_000)), "select 1;");
            let running = dunlin(&project, &visitor.url, "up --lock lease --lease-ttl 2s").start();
            until("the statement runs", || is_running(&database, "sleep("));
            visitor.lock_out();
            // Nobody can be told to cancel it, so the connection on which it runs is given up.
            lost(running);
            assert_eq!(database.superuser_sql("select count(*) from dunlin_migrations where state = 'applied'"), "1");
        }
    }
}

#[test]
fn a_heartbeat_that_is_cut_again_and_again_is_taken_up_again_or_ends_the_run() {
    let Some(database) = Database::postgres() else { return };
    let project = bird();
    project.migration("2_slow", &format!("{};\n", pause(Dialect::Postgres, 4_000)), "select 1;");
    let running = up(&project, &database).start();
    until("the statement runs", || is_running(&database, "pg_sleep"));
    database.superuser_sql(
        "do $$ begin for n in 1..300 loop
           perform pg_stat_clear_snapshot();
           perform pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and application_name = 'dunlin (beside)';
           perform pg_sleep(0.01);
         end loop; end $$",
    );
    let outcome = running.finish();
    match outcome.code {
        Some(0) => assert_eq!(database.sql("select count(*) from dunlin_migrations"), "2"),
        Some(5) => {
            assert!(outcome.stderr.contains("the lease was lost"), "{}", outcome.snapshot());
            assert!(!is_running(&database, "pg_sleep"), "its statement is cancelled");
            assert_eq!(database.sql("select count(*) from dunlin_migrations"), "1");
        }
        _ => panic!("{}", outcome.snapshot()),
    }
}

#[tokio::test]
async fn a_connection_that_is_lent_is_no_place_for_a_lease() {
    for dialect in SERVERS {
        let Some(database) = Database::new(dialect) else { continue };
        let project = bird();
        let migrations = migrations(&project);
        let migrator = migrations.migrator().lock_kind(LockKind::Lease);
        macro_rules! lend {
            ($connection:ty) => {{
                let mut lent = <$connection>::connect(&database.url).await.expect("a connection");
                migrator.up(&mut lent).await
            }};
        }
        let result = match dialect {
            Dialect::Postgres => lend!(sqlx::PgConnection),
            _ => lend!(sqlx::MySqlConnection),
        };
        let error = result.expect_err("it is refused");
        assert!(matches!(error, Error::NoSecondConnection { why: None }), "{error}");
        assert_eq!(
            error.to_string(),
            "the lease needs a second connection, and a connection that was lent tells no way to open one"
        );
        assert_eq!(error.hints(), ["migrate on a pool or a URL"]);
        assert!(!has(&database, "bird") && !has(&database, "dunlin_lock"));
    }
}

#[test]
fn sqlite_has_no_lease() {
    let database = Database::sqlite();
    let outcome = dunlin(&bird(), &database.url, "up --lock lease").run().expect_code(9);
    assert!(outcome.stderr.contains("SQLite has no leases"), "{}", outcome.snapshot());
    assert!(!has(&database, "bird"));
}

/// A server that says that it is another, and whose locks anybody gets who asks.
fn stranger(version: &str, lock: &str) -> Option<Database> {
    let database = Database::postgres()?;
    database.sql(&format!(
        "create schema strange;
         create function strange.version() returns text language sql as $$ select '{version}' $$;
         create function strange.pg_try_advisory_lock(key bigint) returns boolean language sql as $$ select {lock} $$;"
    ));
    database.superuser_sql(
        "do $$ begin execute format('alter database %I set search_path = strange, pg_catalog, public',
           current_database()); end $$",
    );
    Some(database)
}

#[test]
fn a_server_whose_locks_do_nothing_is_found_out_and_gets_a_lease() {
    let Some(database) = stranger("CockroachDB CCL v23.1.11", "true") else { return };
    let project = marking(Dialect::Postgres, STEPS, 60);
    let up = dunlin(&project, &database.url, "up");
    all_did(&run_together(&vec![up; 4]), STEPS);
    ran_once_and_one_after_the_other(&database, STEPS);
    assert_eq!(database.sql("select count(*) from strange.dunlin_lock"), "1");
}

#[test]
fn an_unknown_server_whose_locks_hold_is_locked_with_them() {
    let Some(database) = stranger("PostgreSQL 15.2-YB-2.25.0", "pg_catalog.pg_try_advisory_lock(key)") else { return };
    let project = marking(Dialect::Postgres, STEPS, 60);
    let up = dunlin(&project, &database.url, "up");
    all_did(&run_together(&vec![up; 4]), STEPS);
    ran_once_and_one_after_the_other(&database, STEPS);
    assert!(!has(&database, "strange.dunlin_lock"));
}
