//! What dunlin promises of every engine, and of each.
//!
//! The tests call the library, look into the database with the engine's own client, and read what to expect from the
//! dialect's facts. Begin with `up_and_down.rs`; a file named after an engine holds what is true of that one alone.

mod birds;
mod chain;
mod dependencies;
mod embedded;
mod failures;
mod findings;
mod last_failure;
mod ledger;
mod locking;
mod marking;
mod mysql;
mod offline;
mod planned;
mod pools;
mod postgres;
mod reader;
mod reading;
mod recovery;
mod repairing;
mod repeatable;
mod restoring;
mod scratch_databases;
mod sets;
mod soak;
mod sources;
mod sqlite;
mod squashing;
mod stamping;
mod tenants;
mod testing;
mod unreachable;
mod up_and_down;
mod variables;
mod waiting;
mod whole_databases;

use dunlin::{Error, Migrations};

use crate::support::database::Database;
use crate::support::project::Project;

/// Takes the migrations of a project.
fn migrations(project: &Project) -> Migrations {
    Migrations::on_disk(project.versions())
}

/// Returns the names of the steps of a report, in order.
fn names(report: &dunlin::Report) -> Vec<&str> {
    report.steps.iter().map(|step| &*step.name).collect()
}

/// Asks whether a table, or something with rows, has this name.
fn has(database: &Database, table: &str) -> bool {
    database.try_sql(&format!("select 1 from {table} where 1 = 0")).is_ok()
}

/// Returns the failure of a step.
fn step_failure(result: Result<dunlin::Report, Error>) -> dunlin::StepFailure {
    match result {
        Err(Error::Step(failure)) => *failure,
        other => panic!("a step was to fail, and it gave {other:#?}"),
    }
}

/// Returns the findings that stood in the way.
fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<dunlin::Finding> {
    match result {
        Err(Error::Plan(dunlin::PlanError::Refused(findings))) => findings,
        other => panic!("a run was to be refused, and it gave {other:#?}"),
    }
}

/// Makes sure that the tables of the history agree with each other, as an audit sees them.
async fn is_audited(migrations: &Migrations, database: &Database) {
    let audit = migrations.migrator().audit(&database.url, None).await.expect("an audit");
    assert!(audit.findings.is_empty(), "{:#?}", audit.findings);
}
