//! Runs that are killed at a random moment, as `kill -9` does, again and again until one comes to its end.
//!
//! The end is that of a run which nobody killed: the same schema, rows and history, and everything once. Until then `status`
//! tells which statements are in place.

use std::time::{Duration, Instant};

use dunlin::{Dialect, Target};

use super::journey::undisturbed;
use super::stage::Stage;
use super::together::{logged, migrate};
use crate::contract::migrations;
use crate::support::command::Command;
use crate::support::database::Database;
use crate::support::environment::rounds;
use crate::support::process::{Chance, End, run_and_kill};
use crate::support::project::Project;

/// Kills runs until this many were killed, and holds every end against that of a run which was not.
fn killed_runs_go_on(kills: usize, stage: impl Fn() -> Option<Stage>) {
    let (Some(reference), mut chance) = (stage(), Chance::new()) else { return };
    let stretches = undisturbed(&reference);
    let (mut killed, mut inferred, mut runs) = (0, 0, 0);
    while killed < kills {
        let Some(stage) = stage() else { return };
        for stretch in &stretches {
            runs += 1;
            // On average a run comes a quarter of the way before it is killed.
            let longest = stretch.takes / 2;
            while let End::Killed(_) = run_and_kill(&stage.dunlin(stretch.verb), chance.delay(longest)).expect_code(0) {
                killed += 1;
                // Some go on at once, while the server is still at what the one before had begun.
                if chance.below(2) == 0 {
                    stage.wait_for_the_server();
                    stage.hold_together();
                }
            }
            stage.whole().expect(&stretch.leaves, stretch.verb[0]);
        }
        inferred += stage.inferred();
        for verb in ["verify", "history"] {
            stage.dunlin(&[verb]).run().expect_code(0);
        }
    }
    println!("{killed} kills in {runs} runs; {inferred} statements were in place and not recorded");
}

/// How many migrations have a transaction each, and how many runs of them are killed.
const STEPS: usize = 24;

/// Makes a project whose steps can all be rolled back on this engine.
fn whole_steps(dialect: Dialect) -> Project {
    if dialect.facts().ddl_rolls_back {
        return logged(STEPS);
    }
    let project = Project::new();
    for n in 2..=STEPS {
        project.migration(
            &format!("{n}_step"),
            &format!("insert into log values ({n});\nupdate total set n = n + 1;"),
            "select 1;",
        );
    }
    project
}

fn prepared(dialect: Dialect) -> Option<Database> {
    let database = Database::new(dialect)?;
    if !dialect.facts().ddl_rolls_back {
        database.sql("create table log (n integer); create table total (n integer); insert into total values (0);");
    }
    Some(database)
}

/// Kills runs whose steps are all transactions, and holds what is there in the end against a run that was not killed.
fn killed_transactions_are_as_if_they_had_not_been(dialect: Dialect, kills: usize) {
    let (Some(reference), mut chance) = (prepared(dialect), Chance::new()) else { return };
    let project = whole_steps(dialect);
    let longest = uninterrupted(&migrate(&project, &reference));
    let (expected, schema) = (contents(&reference), reference.schema());
    let mut killed = 0;
    while killed < kills {
        let Some(database) = prepared(dialect) else { return };
        if killed % 2 == 1 {
            // On a database that is not fresh, every step is a transaction of its own.
            first_step(&project, &database);
        }
        while let End::Killed(_) = run_and_kill(&migrate(&project, &database), chance.delay(longest)).expect_code(0) {
            killed += 1;
        }
        assert_eq!(contents(&database), expected);
        assert_eq!(database.schema(), schema);
        migrate(&project, &database).run().expect_code(0);
        assert_eq!(audited(&project, &database), Vec::<String>::new());
    }
}

/// Returns what an audit of the ledger finds.
fn audited(project: &Project, database: &Database) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let migrations = migrations(project);
    let audit = runtime.block_on(migrations.migrator().audit(&database.url, None)).expect("the history can be read");
    audit.findings.iter().map(ToString::to_string).collect()
}

/// Returns how long a run takes that nobody kills.
fn uninterrupted(run: &Command) -> Duration {
    let start = Instant::now();
    run.run().expect_code(0);
    start.elapsed()
}

fn first_step(project: &Project, database: &Database) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let first = Target::Forward(1);
    let report = runtime.block_on(migrations(project).migrator().up_to(&database.url, first)).expect("it is applied");
    assert_eq!(report.steps.len(), 1);
}

/// Returns what the steps left, and what the history says of them.
fn contents(database: &Database) -> String {
    let log = database.sql("select n from log order by n");
    let rows = database.sql("select id, seq, state, up_checksum from dunlin_migrations order by seq");
    let events = database.sql("select n, action, id from dunlin_events order by n");
    let total = database.try_sql("select n from total").unwrap_or_default();
    [log, rows, events, total].join("\n\n")
}

/// How many tables there are that no file is about: what the server is asked about those that one is, has to be found
/// among them.
const CROWD: usize = 300;

mod a_killed_run_of_a_crowded_database_goes_on {
    use super::*;

    #[test]
    fn mysql() {
        killed_runs_go_on(rounds(3, 100), || {
            let stage = Stage::new(Dialect::Mysql)?;
            stage.crowd(CROWD);
            Some(stage)
        });
    }
}

engines! {
    async fn a_killed_run_goes_on_and_everything_happens_once(database: &Database) {
        let dialect = database.dialect;
        let check = move || killed_runs_go_on(rounds(10, 500), || Stage::new(dialect));
        tokio::task::spawn_blocking(check).await.expect("it does not panic");
    }

    async fn a_killed_transaction_is_as_if_it_had_not_been(database: &Database) {
        let dialect = database.dialect;
        let check = move || killed_transactions_are_as_if_they_had_not_been(dialect, rounds(15, 200));
        tokio::task::spawn_blocking(check).await.expect("it does not panic");
    }
}
