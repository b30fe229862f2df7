//! Runs that are killed at a random moment, as `kill -9` does.
//!
//! What can be rolled back ends as if nobody had been killed. What cannot is told truly: `status` knows which statements
//! are in place.

use std::time::{Duration, Instant};

use dunlin::{Dialect, Error, FindingKind, MigrationState, PlanError, Target};
use dunlin_core::plan::JournalState;

use super::together::{logged, migrate};
use crate::contract::migrations;
use crate::support::database::Database;
use crate::support::environment::rounds;
use crate::support::process::{Chance, End, run_and_kill};
use crate::support::project::Project;

const STEPS: usize = 24;
const TABLES: usize = 12;

/// Makes a project whose steps can all be rolled back on this engine, or are one statement each.
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

/// Returns how long a run takes that nobody kills.
fn uninterrupted(project: &Project, database: &Database) -> Duration {
    let start = Instant::now();
    migrate(project, database).run().expect_code(0);
    start.elapsed()
}

fn prepared(dialect: Dialect) -> Option<Database> {
    let database = Database::new(dialect)?;
    if !dialect.facts().ddl_rolls_back {
        database.sql("create table log (n integer); create table total (n integer); insert into total values (0);");
    }
    Some(database)
}

/// Kills runs until this many were killed, and holds what is there in the end against a run that was not.
fn killed_runs_end_as_one_that_was_not(dialect: Dialect, kills: usize) {
    let (Some(reference), mut chance) = (prepared(dialect), Chance::new()) else { return };
    let project = whole_steps(dialect);
    let longest = uninterrupted(&project, &reference);
    let (expected, schema) = (contents(&reference), reference.schema());
    let mut killed = 0;
    while killed < kills {
        let Some(database) = prepared(dialect) else { return };
        if killed % 2 == 1 {
            // On a database that is not fresh, every step is a transaction of its own.
            first_step(&project, &database);
        }
        let mut runs = 0;
        while runs < 4 {
            runs += 1;
            match run_and_kill(&migrate(&project, &database), chance.delay(longest)) {
                End::Killed(_) => killed += 1,
                End::Finished(outcome) => drop(outcome.expect_code(0)),
            }
        }
        migrate(&project, &database).run().expect_code(0);
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

/// Kills runs of a step that no transaction holds, and holds `status` against what is there.
fn what_a_killed_run_left_is_told(dialect: Dialect, kills: usize) {
    let (Some(reference), mut chance) = (Database::new(dialect), Chance::new()) else { return };
    let project = Project::new();
    let creates: Vec<_> = (1..=TABLES).map(|n| format!("create table t{n} (id integer);\n")).collect();
    let header = "-- dunlin: transaction none\n-- dunlin: irreversible it is a test\n";
    project.file("versions/1_tables.up.sql", format!("{header}{}", creates.concat()));
    let longest = uninterrupted(&project, &reference);
    for _ in 0..kills {
        let Some(database) = Database::new(dialect) else { return };
        if let End::Finished(outcome) = run_and_kill(&migrate(&project, &database), chance.delay(longest)) {
            outcome.expect_code(0);
        }
        wait_for_the_server(&database);
        let state = told(&project, &database);
        println!("{state:?}");
    }
}

/// A server may still be at the last statement of a client that is gone.
fn wait_for_the_server(database: &Database) {
    let others = match database.dialect {
        Dialect::Sqlite => return,
        Dialect::Postgres => {
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        }
        Dialect::Mysql => {
            "select count(*) from information_schema.processlist where db = database() and id <> connection_id()"
        }
    };
    while database.sql(others) != "0" {
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn told(project: &Project, database: &Database) -> MigrationState {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let status = runtime.block_on(migrations(project).status(&database.url)).expect("a status");
    let migration = &status.migrations[0];
    let tables = database.sql(match database.dialect {
        Dialect::Sqlite => "select name from sqlite_schema where name like 't%'",
        Dialect::Postgres => "select tablename from pg_tables where schemaname = 'public'",
        Dialect::Mysql => "select table_name from information_schema.tables where table_schema = database()",
    });
    let in_place: Vec<_> = (1..=TABLES).map(|n| tables.lines().any(|table| table == format!("t{n}"))).collect();
    match migration.state {
        MigrationState::Pending => assert!(in_place.iter().all(|there| !there), "{in_place:?}"),
        MigrationState::Applied => assert!(in_place.iter().all(|there| *there), "{in_place:?}"),
        MigrationState::Unfinished => {
            let state = |n: usize| migration.journal.iter().find(|entry| entry.n == n).map(|entry| entry.state);
            for (n, there) in (1..).zip(&in_place) {
                match state(n) {
                    Some(JournalState::Done) => assert!(there, "{n} of {in_place:?}\n{:?}", migration.journal),
                    Some(JournalState::Failed) => panic!("nothing failed: {:?}", migration.journal),
                    Some(JournalState::Started) => {}
                    None => assert!(!there, "{n} of {in_place:?}\n{:?}", migration.journal),
                }
            }
            let unknown = migration.journal.iter().filter(|entry| entry.state == JournalState::Started).count();
            assert!(unknown <= 1, "{:?}", migration.journal);
            let again = runtime.block_on(migrations(project).up(&database.url));
            let Err(Error::Plan(PlanError::Refused(findings))) = again else { panic!("{again:?}") };
            assert!(matches!(findings[0].kind, FindingKind::Unfinished { .. }));
        }
        other => panic!("{other:?}"),
    }
    migration.state
}

/// How many runs are killed on each engine, every day and in a soak.
fn kills() -> usize {
    rounds(15, 200)
}

engines! {
    async fn a_killed_run_is_as_if_it_had_not_been(database: &Database) {
        let dialect = database.dialect;
        let check = move || killed_runs_end_as_one_that_was_not(dialect, kills());
        tokio::task::spawn_blocking(check).await.expect("it does not panic");
    }

    async fn status_tells_what_a_killed_run_left(database: &Database) {
        let dialect = database.dialect;
        let check = move || what_a_killed_run_left_is_told(dialect, kills());
        tokio::task::spawn_blocking(check).await.expect("it does not panic");
    }
}
