//! Deciding: what a database needs, complete and checked before the first statement runs.
//!
//! [`plan`] is pure. It takes the migrations, the rows of the history, the goal and the policy, finds out what the
//! goal's names mean (`resolve`, `destination.rs`), verifies everything (`verify.rs`), and then lists the steps
//! (`upgrade.rs`, `downgrade.rs`).

mod applied;
mod destination;
mod downgrade;
mod error;
mod finding;
mod mark;
mod nothing_to_do;
mod repair;
mod resolve;
mod rows;
mod rows_after;
mod siblings;
mod skip;
mod squashed;
mod stamp;
mod unfinished;
mod upgrade;
mod verify;
mod view;
mod waiting;
mod whereabouts;

pub use applied::{Applied, JournalEntry, JournalState, Kind, State, Stored};
pub use error::PlanError;
pub use finding::{Finding, FindingKind, Verdict};
pub use mark::{Mark, MarkChange, MarkError, MarkPlan, mark};
pub use nothing_to_do::NothingToDo;
pub use repair::{Cause, ColumnChange, Left, Mend, Repair, RepairKind, RepairPlan, WhyLeft, repair};
pub use resolve::Resolver;
pub use rows_after::rows_after;
pub use skip::{SkipError, skip};
pub use squashed::{to_mark, to_unmark};
pub use stamp::{Forget, Redundant, Removal, Stamp, StampPlan, stamp};
pub use unfinished::{Obstacle, Resume, Resumption};
pub use verify::{needs_stored_sql, verify};
pub use view::View;
pub use whereabouts::applied_heads;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use crate::checksum::Checksum;
use crate::header::Dependency;
use crate::migration::{Direction, MigrationId, Migrations, SetName, SharedMigration, SharedScript};
use crate::repeatable::Repeat;
use crate::target::Target;
use crate::variables::{self, MissingValues, Values};
use destination::Destination;

/// Which way to go, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    /// The way; `None` is whichever leads there.
    pub direction: Option<Direction>,
    /// The place.
    pub target: Target,
}

impl Goal {
    /// Goes up to a target, and never down.
    pub fn up(target: Target) -> Goal {
        Goal { direction: Some(Direction::Up), target }
    }

    /// Goes down to a target, and never up.
    pub fn down(target: Target) -> Goal {
        Goal { direction: Some(Direction::Down), target }
    }

    /// Goes to a target, whichever way leads there.
    pub fn to(target: Target) -> Goal {
        Goal { direction: None, target }
    }

    /// Returns the verb that goes there: `up`, `down` or `to`.
    pub fn verb(&self) -> &'static str {
        match self.direction {
            Some(Direction::Up) => "up",
            Some(Direction::Down) => "down",
            None => "to",
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb(), self.target)
    }
}

/// What may pass that is refused by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Pending migrations that come before applied ones.
    pub out_of_order: Verdict,
    /// Applied migrations that are unknown and not ahead.
    pub missing: Verdict,
    /// Applied migrations that are unknown and descend from the heads. One that is `breaking` refuses all the same.
    pub ahead: Verdict,
    /// Steps that began and did not end.
    pub unfinished: Resume,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            out_of_order: Verdict::Refuse,
            missing: Verdict::Refuse,
            ahead: Verdict::Warn,
            unfinished: Resume::Interrupted,
        }
    }
}

/// What is to be done.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What was noticed and does not stand in the way.
    pub findings: Vec<Finding>,
    /// Steps that began and did not end, to be finished first, whichever way they were going. The rest of the plan is
    /// what follows then.
    pub resumptions: Vec<Resumption>,
    /// Rows to bring in line with accepted edits, before the steps.
    pub heals: Vec<Heal>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Where there are no steps, why: what the target asks for is so already.
    pub nothing_to_do: Option<NothingToDo>,
    /// Repeatable files that are to count as never run, by name, before the steps.
    pub forgets: Vec<String>,
    /// Repeatable files to run behind the steps, in order.
    pub repeats: Vec<Repeat>,
}

impl Plan {
    /// Puts the values of variables into the steps. Everything that lacks one is told together.
    pub fn fill(&mut self, values: &Values) -> Result<(), PlanError> {
        let resumed = self.resumptions.iter_mut().map(|resumption| &mut resumption.step);
        let steps = resumed.chain(&mut self.steps).map(|step| step.fill(values));
        let repeats = self.repeats.iter_mut().map(|repeat| repeat.fill(values));
        let missing: Vec<MissingValues> = steps.chain(repeats).filter_map(Result::err).collect();
        if missing.is_empty() { Ok(()) } else { Err(PlanError::MissingValues(missing)) }
    }

    /// Says whether there is nothing to be done.
    pub fn is_empty(&self) -> bool {
        let Plan { resumptions, heals, steps, repeats, .. } = self;
        resumptions.is_empty() && heals.is_empty() && steps.is_empty() && repeats.is_empty()
    }
}

/// One migration in one direction.
#[derive(Debug, Clone)]
pub struct Step {
    /// Which way.
    pub direction: Direction,
    /// The migration. One that this binary does not know is made from what the history stores.
    pub migration: SharedMigration,
    /// What is to run: the migration's script of this way, with the values of its variables. `None` is no way.
    pub script: Option<SharedScript>,
    /// The values that went into it.
    pub values: Values,
}

impl Step {
    /// Goes one way, with a script as it stands in its file.
    pub fn new(direction: Direction, migration: SharedMigration) -> Step {
        let script = match direction {
            Direction::Up => Some(migration.up.clone()),
            Direction::Down => migration.down.clone(),
        };
        Step { direction, migration, script, values: Values::new() }
    }

    fn fill(&mut self, values: &Values) -> Result<(), MissingValues> {
        let Some(script) = &self.script else { return Ok(()) };
        if let Cow::Owned(filled) = variables::substituted(script, values)? {
            self.values = variables::used(script, values);
            self.script = Some(Arc::new(filled));
        }
        Ok(())
    }
}

/// A history row that follows an edit which the lock file accepts.
#[derive(Debug, Clone)]
pub struct Heal {
    /// The migration as it is now, under the id of the row.
    pub migration: SharedMigration,
    /// The checksum that the row holds.
    pub from: Checksum,
}

/// Decides what is to be done.
///
/// Everything is verified before a step is planned, and all findings come together. Rows come in the order of their
/// `seq`; those that [`needs_stored_sql`] names must carry their stored SQL.
pub fn plan(migrations: &Migrations, rows: &[Applied], goal: &Goal, policy: &Policy) -> Result<Plan, PlanError> {
    let view = View::new(migrations, rows, &[&goal.target]);
    let (migrations, rows) = (view.migrations(), view.rows());
    let finished = finished(rows);
    let applied = &*finished;
    let resolver = resolver(migrations, applied, goal);
    let destination = Destination::of(&resolver, &goal.target)?;
    let direction = destination.direction(&resolver, applied, goal)?;
    let mut findings = verify(migrations, rows, policy);
    view.put_right(&mut findings);
    let way = match direction {
        Direction::Up => upgrade::way(migrations, applied, &resolver, &destination),
        Direction::Down => downgrade::way(migrations, applied, &resolver, &destination, &goal.target),
    };
    if direction == Direction::Down {
        let reverted: HashSet<&MigrationId> =
            way.iter().flat_map(|way| &way.steps).map(|step| &step.migration.id).collect();
        for finding in &mut findings {
            finding.pass_down(&reverted);
            if view.takes_back(finding, &reverted) {
                finding.verdict = Verdict::Warn;
            }
        }
    }
    let (refused, findings): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.verdict == Verdict::Refuse);
    if !refused.is_empty() {
        return Err(PlanError::Refused(refused));
    }
    let Way { steps, findings: noticed, nothing_to_do } = way?;
    let steps = view.spelled_out(steps)?;
    let resumptions = resumptions(migrations, rows, policy);
    let heals = findings.iter().filter_map(|finding| finding.heal(migrations, applied)).collect();
    let findings = findings.into_iter().chain(noticed).collect();
    Ok(Plan { findings, resumptions, heals, steps, nothing_to_do, ..Plan::default() })
}

/// Decides what is left to do of steps that began and did not end, and nothing else.
///
/// Fails with the findings on those that cannot go on. Rows must carry their stored SQL and their journal.
pub fn resume(migrations: &Migrations, rows: &[Applied], policy: &Policy) -> Result<Plan, PlanError> {
    let view = View::new(migrations, rows, &[]);
    let (migrations, rows) = (view.migrations(), view.rows());
    let is_unfinished = |finding: &Finding| matches!(finding.kind, FindingKind::Unfinished { .. });
    let (refused, findings): (Vec<_>, Vec<_>) = verify(migrations, rows, policy)
        .into_iter()
        .filter(is_unfinished)
        .partition(|finding| finding.verdict == Verdict::Refuse);
    if !refused.is_empty() {
        return Err(PlanError::Refused(refused));
    }
    let nothing_to_do = findings.is_empty().then_some(NothingToDo::NothingUnfinished);
    let resumptions = resumptions(migrations, rows, policy);
    Ok(Plan { findings, resumptions, nothing_to_do, ..Plan::default() })
}

fn resumptions(migrations: &Migrations, rows: &[Applied], policy: &Policy) -> Vec<Resumption> {
    rows.iter().filter_map(|row| unfinished::resumption(migrations, row, policy.unfinished)).collect()
}

/// The rows as they will be when what is unfinished is finished: what is being reverted is there no longer.
fn finished(rows: &[Applied]) -> Cow<'_, [Applied]> {
    let is_going = |row: &Applied| row.state == State::Reverting;
    if !rows.iter().any(is_going) {
        return Cow::Borrowed(rows);
    }
    rows.iter().filter(|row| !is_going(row)).cloned().collect()
}

/// The steps to a destination, and what is to be said about them.
#[derive(Debug, Default)]
struct Way {
    steps: Vec<Step>,
    findings: Vec<Finding>,
    nothing_to_do: Option<NothingToDo>,
}

/// Knows the rows that no file has, except where they do not matter, as on the way up that every start of a program
/// takes.
fn resolver<'m>(migrations: &'m Migrations, applied: &[Applied], goal: &Goal) -> Resolver<'m> {
    match (goal.direction, &goal.target) {
        (None | Some(Direction::Up), Target::Head | Target::Heads | Target::Forward(_)) => {
            Resolver::new(migrations.revisions())
        }
        _ => {
            let unknown = applied.iter().filter(|row| migrations.get(&row.id).is_none());
            Resolver::with_unknown(migrations.revisions(), unknown.map(Applied::revision))
        }
    }
}

/// Returns the steps up that depend on migrations of other sets which are not among those that are applied there.
pub fn unmet_dependencies(set: &SetName, steps: &[Step], applied_elsewhere: &[Dependency]) -> Vec<Finding> {
    let up = steps.iter().filter(|step| step.direction == Direction::Up);
    let unmet = up.flat_map(|step| step.migration.depends_on.iter().map(move |dependency| (step, dependency)));
    let unmet = unmet.filter(|(_, dependency)| !applied_elsewhere.contains(dependency));
    let findings = unmet.filter_map(|(step, dependency)| {
        let (of, migration) = (dependency.set.as_ref().filter(|of| *of != set)?, dependency.id.clone());
        let (id, name, file) = (step.migration.id.clone(), step.migration.name(), Some(step.migration.up.file.clone()));
        let kind = FindingKind::DependsOn { set: of.clone(), migration };
        Some(Finding { id, name, file, verdict: Verdict::Refuse, kind })
    });
    findings.collect()
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
