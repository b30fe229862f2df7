//! Servers that are killed at a random moment of a run, as a loss of power does.
//!
//! The run ends and says so. What the history then says is what is there, and the next run goes on from it; where a step
//! was left half way, it is first mended by hand as the hint says.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use dunlin::{Dialect, MigrationState, MigrationStatus};
use dunlin_core::plan::JournalState;

use crate::contract::migrations;
use crate::support::command::{Command, Outcome};
use crate::support::database::Database;
use crate::support::environment::rounds;
use crate::support::process::Chance;
use crate::support::project::Project;
use crate::support::servers::Killable;

const STEPS: usize = 48;

/// How often each database loses its server.
const KILLS_A_DATABASE: usize = 2;

/// What a statement of a step leaves in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    Table,
    Row,
    Count,
    Column,
}

impl Effect {
    const ALL: [Effect; 4] = [Effect::Table, Effect::Row, Effect::Count, Effect::Column];

    fn up(self, step: usize) -> String {
        match self {
            Effect::Table => format!("create table step_{step} (id integer);\n"),
            Effect::Row => format!("insert into log values ({step});\n"),
            Effect::Count => format!("update tally set n = n + 1 where step = {step};\n"),
            Effect::Column => format!("alter table step_{step} add column name varchar(20);\n"),
        }
    }

    fn down(self, step: usize) -> String {
        match self {
            Effect::Table => format!("drop table step_{step};\n"),
            Effect::Row => format!("delete from log where n = {step};\n"),
            Effect::Count => format!("update tally set n = n - 1 where step = {step};\n"),
            Effect::Column => format!("alter table step_{step} drop column name;\n"),
        }
    }

    /// Returns SQL that lists the steps that left it, each as often as it did.
    fn search(self, dialect: Dialect) -> String {
        let columns = |name: &str| {
            let schema = if dialect == Dialect::Mysql { "database()" } else { "current_schema()" };
            format!(
                "select substring(table_name, 6) from information_schema.columns \
                 where table_schema = {schema} and table_name like 'step%' and column_name = '{name}'"
            )
        };
        match self {
            Effect::Table => columns("id"),
            Effect::Row => "select n from log".to_owned(),
            Effect::Count => {
                "select step from tally where n = 1 union all select -step from tally where n > 1".to_owned()
            }
            Effect::Column => columns("name"),
        }
    }
}

/// Returns what the statements of a step leave. Those of every third can be rolled back on each engine.
fn effects(step: usize) -> &'static [Effect] {
    if step.is_multiple_of(3) { &[Effect::Row, Effect::Count] } else { &Effect::ALL }
}

/// Every eighth asks for no transaction.
fn runs_outside(step: usize) -> bool {
    step.is_multiple_of(8)
}

fn steps() -> Project {
    let project = Project::new();
    for step in 1..=STEPS {
        let header = if runs_outside(step) { "-- dunlin: transaction none\n" } else { "" };
        let up: String = effects(step).iter().map(|effect| effect.up(step)).collect();
        let down: String = effects(step).iter().rev().map(|effect| effect.down(step)).collect();
        project.migration(&format!("{step}_step"), &format!("{header}{up}"), &format!("{header}{down}"));
    }
    project
}

fn prepared(dialect: Dialect, server: &Killable) -> Database {
    let database = Database::on(dialect, &server.address);
    let zeros: Vec<_> = (1..=STEPS).map(|step| format!("({step}, 0)")).collect();
    let tables = "create table log (n integer); create table tally (step integer, n integer);";
    database.sql(&format!("{tables} insert into tally values {}", zeros.join(", ")));
    database
}

fn dunlin(verb: &str, project: &Project, database: &Database) -> Command {
    Command::dunlin(project).arguments([verb, "--url", &database.url])
}

/// Kills a server until this many runs were cut off by it, and holds the end against a run that nobody disturbed.
fn runs_on_killed_servers_end_as_one_on_one_that_was_not(dialect: Dialect, kills: usize) {
    let (Some(server), mut chance) = (Killable::new(dialect), Chance::new()) else { return };
    let (project, reference) = (steps(), prepared(dialect, &server));
    let undisturbed = dunlin("up", &project, &reference);
    let start = Instant::now();
    undisturbed.run().expect_code(0);
    let longest = start.elapsed();
    let mut cut_off = 0;
    while cut_off < kills {
        let database = prepared(dialect, &server);
        let mut finished_by_hand = BTreeSet::new();
        for _ in 0..KILLS_A_DATABASE {
            let outcome = run_and_kill_the_server(&server, &project, &database, chance.delay(longest));
            cut_off += usize::from(outcome.code != Some(0));
            let (found, told) = (found(&database), told(&project, &database));
            hold_together(&told, &found);
            hold_what_was_said(&outcome, dialect, &told);
            if let Some(unfinished) = told.iter().find(|step| step.state == MigrationState::Unfinished) {
                let step = number(unfinished);
                assert!(runs_outside(step) || !dialect.facts().ddl_rolls_back, "{unfinished:?}");
                the_next_run_refuses(unfinished, &project, &database);
                finished_by_hand.extend(mend(step, &found, &database, &mut chance));
            }
        }
        dunlin("up", &project, &database).run().expect_code(0);
        assert_eq!(contents(&database), contents(&reference));
        let recorded = events(&reference).into_iter().filter(|step| !finished_by_hand.contains(step));
        assert_eq!(events(&database), recorded.collect::<Vec<_>>());
        assert_eq!(database.schema(), reference.schema());
        for verb in ["verify", "history"] {
            dunlin(verb, &project, &database).run().expect_code(0);
        }
    }
}

/// Runs to the head, kills the server on the way, and waits until that is back. The run ends by itself.
fn run_and_kill_the_server(server: &Killable, project: &Project, database: &Database, after: Duration) -> Outcome {
    let mut running = dunlin("up", project, database).start();
    running.wait(after);
    server.kill();
    let outcome = running.finish();
    server.await_again();
    println!("killed after {after:?}: {}", outcome.snapshot());
    outcome
}

/// Returns which effects of which steps a database holds. None of them may be there twice.
fn found(database: &Database) -> BTreeSet<(usize, Effect)> {
    let mut found = BTreeSet::new();
    for effect in Effect::ALL {
        for step in database.sql(&effect.search(database.dialect)).lines() {
            let step = step.parse().unwrap_or_else(|_| panic!("{effect:?} twice: {step}"));
            assert!(found.insert((step, effect)), "{effect:?} of {step} twice");
        }
    }
    found
}

/// Returns what the history says of the steps.
fn told(project: &Project, database: &Database) -> Vec<MigrationStatus> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(migrations(project).status(&database.url)).expect("a status").migrations
}

fn number(status: &MigrationStatus) -> usize {
    status.id.as_str().parse().expect("ids are numbers")
}

/// Stops the test unless a database holds what its history says, and nothing else.
fn hold_together(told: &[MigrationStatus], found: &BTreeSet<(usize, Effect)>) {
    for status in told {
        let step = number(status);
        for (n, &effect) in (1..).zip(effects(step)) {
            let is_there = found.contains(&(step, effect));
            let journal = status.journal.iter().find(|entry| entry.n == n).map(|entry| entry.state);
            let expected = match (status.state, journal) {
                (MigrationState::Applied, None) | (MigrationState::Unfinished, Some(JournalState::Done)) => true,
                (MigrationState::Pending | MigrationState::Unfinished, None) => false,
                // Begun, perhaps in place.
                (MigrationState::Unfinished, Some(JournalState::Started)) => is_there,
                other => panic!("{other:?} of {status:?}"),
            };
            assert_eq!(is_there, expected, "{effect:?} of {status:?}\n{found:?}");
        }
        let begun = status.journal.iter().filter(|entry| entry.state == JournalState::Started);
        assert!(begun.count() <= 1, "{status:?}");
    }
    // In order, without a gap, and one at most half way.
    let state = |status: &MigrationStatus| match status.state {
        MigrationState::Applied => 0,
        MigrationState::Unfinished => 1,
        _ => 2,
    };
    assert!(told.is_sorted_by_key(state), "{told:?}");
    assert!(told.iter().filter(|status| state(status) == 1).count() <= 1, "{told:?}");
}

/// Stops the test unless a run that lost its server ended as documented, and said nothing that is not so.
fn hold_what_was_said(outcome: &Outcome, dialect: Dialect, told: &[MigrationStatus]) {
    let said = &outcome.stderr;
    assert!(!said.contains("panicked"), "{}", outcome.snapshot());
    let mut expected: BTreeSet<&str> = BTreeSet::new();
    match outcome.code {
        Some(0) => expected.extend(told.iter().map(|status| &*status.name)),
        // The server was not there, or went away in the middle of a step.
        Some(1 | 6) => assert!(said.lines().any(|line| line.starts_with("error: ")), "{}", outcome.snapshot()),
        _ => panic!("{}", outcome.snapshot()),
    }
    // A step that was left half way is what exit code 6 says.
    let halfway = told.iter().any(|status| status.state == MigrationState::Unfinished);
    assert!(outcome.code != Some(1) || !halfway, "{}", outcome.snapshot());
    // PostgreSQL is asked to wait for the last commit of a run alone: those before it may be lost, from the end.
    if dialect != Dialect::Postgres || said.contains("stay as they are") {
        let lines = said.lines().filter_map(|line| line.trim_start().strip_prefix("applied"));
        expected.extend(lines.filter_map(|line| line.split_whitespace().next()));
    }
    let applied = told.iter().filter(|status| status.state == MigrationState::Applied);
    let applied: BTreeSet<&str> = applied.map(|status| &*status.name).collect();
    assert!(expected.is_subset(&applied), "{}\n{told:?}", outcome.snapshot());
}

/// The next run says what `status` says, and does nothing.
fn the_next_run_refuses(unfinished: &MigrationStatus, project: &Project, database: &Database) {
    let before = found(database);
    let outcome = dunlin("up", project, database).run().expect_code(3);
    for said in unfinished.journal.iter().map(ToString::to_string).chain([unfinished.name.clone()]) {
        assert!(outcome.stderr.contains(&said), "{said}\n{}", outcome.snapshot());
    }
    assert_eq!(found(database), before);
}

/// Mends a step as the hint says: puts the rest in place, or takes back what is. Returns the step if it is now whole.
fn mend(step: usize, found: &BTreeSet<(usize, Effect)>, database: &Database, chance: &mut Chance) -> Option<usize> {
    let (there, lacking): (Vec<Effect>, Vec<Effect>) =
        effects(step).iter().partition(|&&effect| found.contains(&(step, effect)));
    if chance.below(2) == 0 {
        let rest: String = lacking.iter().map(|effect| effect.up(step)).collect();
        database.sql(&format!("{rest}update dunlin_migrations set state = 'applied' where id = '{step}'"));
        Some(step)
    } else {
        let back: String = there.iter().rev().map(|effect| effect.down(step)).collect();
        database.sql(&format!("{back}delete from dunlin_migrations where id = '{step}'"));
        None
    }
}

/// Returns what the steps left, and what the history says of them.
fn contents(database: &Database) -> String {
    let log = database.sql("select n from log order by n");
    let tally = database.sql("select step, n from tally order by step");
    let rows = database.sql("select id, seq, state, up_checksum from dunlin_migrations order by seq");
    [log, tally, rows].join("\n\n")
}

/// Returns the steps that the log has, all of them up, in order.
fn events(database: &Database) -> Vec<usize> {
    let events = database.sql("select n, action, id from dunlin_events order by n");
    let step = |(n, event): (usize, &str)| {
        let step = event.strip_prefix(&format!("{n}|up|")).unwrap_or_else(|| panic!("{events}"));
        step.parse().expect("ids are numbers")
    };
    (1..).zip(events.lines()).map(step).collect()
}

/// How many runs lose their server on each engine, every day and in a soak.
fn kills() -> usize {
    rounds(2, 20)
}

mod a_server_killed_during_a_run_loses_nothing_and_repeats_nothing {
    use super::*;

    #[test]
    fn postgres() {
        runs_on_killed_servers_end_as_one_on_one_that_was_not(Dialect::Postgres, kills());
    }

    #[test]
    fn mysql() {
        runs_on_killed_servers_end_as_one_on_one_that_was_not(Dialect::Mysql, kills());
    }
}
