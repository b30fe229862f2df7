//! Several runs at once through a pooler, and one past it: each migration once, one after the other, and no trace left.

use std::time::Duration;

use dunlin_core::dialect::Dialect;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection, Row};

use super::{ADVISORY, all_did, dunlin, marking, ran_once_and_one_after_the_other};
use crate::support::command::Command;
use crate::support::database::Database;
use crate::support::environment::rounds;
use crate::support::process::{Chance, run_together};
use crate::support::servers::{Mode, Pooler};

const STEPS: usize = 6;

/// What a run might leave on a connection that it has from a pooler.
const SETTINGS: &str = "select string_agg(name || '=' || setting, ', ' order by name) from pg_settings
    where name in ('lock_timeout', 'statement_timeout', 'search_path', 'role', 'client_connection_check_interval',
        'synchronous_commit', 'default_transaction_isolation')";

async fn connected(url: &str) -> PgConnection {
    let options: PgConnectOptions = url.parse().expect("a URL");
    options.extra_float_digits(None).connect().await.expect("a connection")
}

async fn settings(connection: &mut PgConnection) -> String {
    let row = sqlx::raw_sql(SETTINGS).fetch_one(connection).await.expect("an answer");
    row.get_unchecked(0)
}

/// Looks at every connection that a pooler has, of which there are two.
async fn is_as_it_was(database: &Database, pooler: &Pooler) {
    let expected = settings(&mut connected(&database.url).await).await;
    let url = database.url_at(&pooler.address);
    let (mut first, mut second) = (connected(&url).await, connected(&url).await);
    for connection in [&mut first, &mut second] {
        sqlx::raw_sql("begin").execute(&mut *connection).await.expect("it is free");
        assert_eq!(settings(connection).await, expected);
    }
    let names = "select coalesce(string_agg(distinct application_name, ' '), '') from pg_stat_activity
        where datname = current_database() and application_name like 'dunlin/%'";
    assert_eq!(database.sql(names), "");
    assert_eq!(database.sql(ADVISORY), "0");
}

#[tokio::test]
async fn several_runs_through_a_pooler_and_one_past_it_take_turns() {
    for mode in [Mode::Session, Mode::Transaction] {
        for _ in 0..rounds(1, 20) {
            let (Some(pooler), Some(database)) = (Pooler::new(mode), Database::postgres()) else { return };
            // So long that each asks, over a second connection that the pooler may not have, whom it waits for.
            let project = marking(Dialect::Postgres, STEPS, 200);
            let through = dunlin(&project, &database.url_at(&pooler.address), "up");
            let mut commands = vec![through; 5];
            commands.push(dunlin(&project, &database.url, "up"));
            let outcomes = tokio::task::spawn_blocking(move || run_together(&commands)).await.expect("they run");
            all_did(&outcomes, STEPS);
            ran_once_and_one_after_the_other(&database, STEPS);
            is_as_it_was(&database, &pooler).await;
        }
    }
}

#[tokio::test]
async fn a_file_that_sets_much_leaves_nothing_of_it_on_a_poolers_connection() {
    let (Some(pooler), Some(database)) = (Pooler::new(Mode::Transaction), Database::postgres()) else { return };
    let url = database.url_at(&pooler.address);
    let project = marking(Dialect::Postgres, 2, 1);
    let meddling = "set search_path = pg_catalog; set lock_timeout = 7; set statement_timeout = 77777;\n\
                    set default_transaction_isolation = 'serializable'; set synchronous_commit = off;\n";
    project.migration("3_meddling", &format!("-- dunlin: lock-timeout 5s\n{meddling}"), "select 1;");
    project.migration("4_wrong", &format!("{meddling}insert into nowhere values (1);"), "select 1;");
    dunlin(&project, &url, "up").run().expect_code(5);
    is_as_it_was(&database, &pooler).await;
}

#[tokio::test]
async fn whatever_isolation_a_role_begins_with_the_history_is_read_behind_the_lock() {
    for mode in [Mode::Session, Mode::Transaction] {
        for level in ["repeatable read", "serializable"] {
            let (Some(pooler), Some(database)) = (Pooler::new(mode), Database::postgres()) else { return };
            database.superuser_sql(&format!(
                "do $$ begin execute format('alter database %I set default_transaction_isolation = %L',
                    current_database(), '{level}'); end $$"
            ));
            let project = marking(Dialect::Postgres, STEPS, 20);
            let mut commands = vec![dunlin(&project, &database.url_at(&pooler.address), "up"); 5];
            commands.push(dunlin(&project, &database.url, "up"));
            all_did(&run_together(&commands), STEPS);
            ran_once_and_one_after_the_other(&database, STEPS);
        }
    }
}

#[test]
fn a_run_that_is_killed_behind_a_pooler_is_gone_on_with() {
    let mut chance = Chance::new();
    for mode in [Mode::Session, Mode::Transaction] {
        for _ in 0..rounds(2, 30) {
            let (Some(pooler), Some(database)) = (Pooler::new(mode), Database::postgres()) else { return };
            let project = marking(Dialect::Postgres, STEPS, 60);
            let up = dunlin(&project, &database.url_at(&pooler.address), "up");
            killed(&up, chance.delay(Duration::from_millis(600)));
            killed(&up, chance.delay(Duration::from_millis(600)));
            up.run().expect_code(0);
            ran_once_and_one_after_the_other(&database, STEPS);
            assert_eq!(database.sql(ADVISORY), "0");
        }
    }
}

fn killed(command: &Command, after: Duration) {
    let mut running = command.start();
    running.wait(after);
    running.kill();
}
