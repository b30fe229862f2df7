//! Scripts: what a run would send to a database, written down without one.
//!
//! `start.rs` says what a script takes for granted, which it asserts before it changes anything: a place that somebody named,
//! or the state that a database was found in. `writer.rs` writes steps as a run would take them (`heal.rs` and `repeat.rs` what
//! comes before and behind), `stamp.rs` what a stamp changes. A [`Client`](client::Client) is one engine's own client, which is
//! to be fed with it.

mod client;
mod error;
mod heal;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
mod repeat;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stamp;
mod start;
mod writer;

use std::sync::Arc;

use dunlin_core::dialect::Dialect;
use dunlin_core::migration::{Direction, MigrationId, SetName};
use dunlin_core::plan::{self, Applied, Finding, Goal, Plan, Stamp};
use dunlin_core::repeatable::{Recorded, Records, Repeatable};
use dunlin_core::target::Target;
use dunlin_core::text::{count, list};
use serde::Serialize;

pub use error::ScriptError;

use self::start::{Origin, Start};
use self::writer::Writer;
use crate::error::Error;
use crate::execute::Prepared;
use crate::history::{Head, Snapshot};
use crate::run::Undertaking;

/// A script for an engine's own client.
///
/// It stops at the first error, asserts that the database stands where it begins, takes the lock of a run where SQL can,
/// holds each migration together as a run would, and writes the same history.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct SqlScript {
    /// The set.
    pub set: SetName,
    /// The engine.
    pub engine: Dialect,
    /// `<id>_<slug>` of the heads of a database that it can be fed to; none is `base`.
    pub from: Vec<String>,
    /// `<id>_<slug>` of the heads that the database has then; none is `base`.
    pub to: Vec<String>,
    /// What it does, in order. If that is nothing, and nothing is healed or repeated, the script is a comment.
    pub changes: Vec<ScriptChange>,
    /// `<id>_<slug>` of the migrations whose rows it brings in line with accepted edits before that.
    pub heals: Vec<String>,
    /// The names of the repeatable files that it runs behind that, in order.
    pub repeats: Vec<String>,
    /// What was noticed on the way.
    pub findings: Vec<Finding>,
    /// The script.
    pub sql: String,
}

/// One change that a script makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ScriptChange {
    /// What it does.
    pub change: Change,
    /// The migration's id.
    pub id: MigrationId,
    /// `<id>_<slug>`.
    pub name: String,
}

/// What a script does with a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Change {
    /// It applies it.
    Up,
    /// It reverts it.
    Down,
    /// It writes its row without running it.
    Add,
    /// It removes its row without reverting it.
    Remove,
}

impl From<Direction> for Change {
    fn from(direction: Direction) -> Change {
        match direction {
            Direction::Up => Change::Up,
            Direction::Down => Change::Down,
        }
    }
}

impl Undertaking<'_> {
    /// Writes what a run to a goal would send to a database that stands at `from`.
    pub(crate) fn script(&self, from: &Target, goal: &Goal) -> Result<SqlScript, Error> {
        let start = Start::at(self.migrations, from)?;
        let mut plan = plan::plan(self.migrations, &start.rows, goal, &self.options.policy)?;
        self.plan_repeatables(&mut plan, &start.rows, goal);
        plan.fill(&self.options.values)?;
        plan.findings.splice(0..0, self.noticed.iter().cloned());
        self.write(&start, plan)
    }

    /// Writes what a run would send to a database in the state that was read of it.
    pub(crate) fn script_of(&self, head: Head, snapshot: &Snapshot, plan: Plan) -> Result<SqlScript, Error> {
        self.write(&Start::of(self.migrations, head, snapshot), plan)
    }

    fn write(&self, start: &Start, plan: Plan) -> Result<SqlScript, Error> {
        let steps: Vec<Prepared<'_>> =
            plan.steps.iter().map(|step| Prepared::new(step, self.engine)).collect::<Result<_, _>>()?;
        let after = plan::rows_after(&start.rows, &plan.steps);
        let change = |step: &plan::Step| ScriptChange {
            change: step.direction.into(),
            id: step.migration.id.clone(),
            name: step.migration.name(),
        };
        let changes: Vec<ScriptChange> = plan.steps.iter().map(change).collect();
        let mut script = self.blank(start, &after, changes);
        script.findings = plan.findings;
        script.heals = plan.heals.iter().map(|heal| heal.migration.name()).collect();
        let repeats = plan.repeats.iter().map(|repeat| repeat.repeatable.name.to_string());
        script.repeats = repeats.collect();
        if !script.is_empty() {
            let mut writer = Writer::new(self, &script, start.origin)?;
            writer.open(start, &plan.steps);
            writer.heal(&plan.heals);
            let goes_down = steps.iter().any(|step| !step.is_up());
            // Which of them ran is known only where a database was asked.
            let may_have_run = start.origin == Origin::Said && goes_down && !self.repeatables.is_empty();
            if !plan.forgets.is_empty() || may_have_run {
                writer.forget_repeatables(&plan.forgets);
            }
            writer.steps(&steps, start.rows.is_empty())?;
            writer.repeat(&plan.repeats)?;
            script.sql = writer.close();
        }
        Ok(script)
    }

    /// Plans what is to become of repeatable files: all of them run where nothing is left pending, and otherwise those that
    /// the steps mention count as never run.
    fn plan_repeatables(&self, plan: &mut Plan, applied: &[Applied], goal: &Goal) {
        plan.repeat(self.migrations, applied, goal, self.repeatables, &Records::new());
        if plan.repeats.is_empty() && !applied.is_empty() {
            let record = |repeatable: &Arc<Repeatable>| {
                let recorded = Recorded { checksum: repeatable.script().checksum, applied_at: String::new() };
                (repeatable.name.to_string(), recorded)
            };
            let all: Records = self.repeatables.iter().map(record).collect();
            plan.repeat(self.migrations, applied, goal, self.repeatables, &all);
        }
    }

    /// Writes what a stamp would change in a database that stands at `from`.
    pub(crate) fn stamp_script(&self, from: &Target, stamp: &Stamp) -> Result<SqlScript, Error> {
        let start = Start::at(self.migrations, from)?;
        let plan = plan::stamp(self.migrations, &start.rows, stamp)?;
        let removed = plan.removed.iter().map(|removal| ScriptChange {
            change: Change::Remove,
            id: removal.row.id.clone(),
            name: removal.row.name(),
        });
        let added = plan.added.iter().map(|migration| ScriptChange {
            change: Change::Add,
            id: migration.id.clone(),
            name: migration.name(),
        });
        let changes: Vec<ScriptChange> = removed.chain(added).collect();
        let mut script = SqlScript { to: plan.heads.clone(), ..self.blank(&start, &[], changes) };
        if !plan.is_empty() {
            let mut writer = Writer::new(self, &script, start.origin)?;
            writer.open(&start, &[]);
            writer.stamp(&plan);
            script.sql = writer.close();
        }
        Ok(script)
    }

    /// A script that does nothing yet, and says so.
    fn blank(&self, start: &Start, after: &[Applied], changes: Vec<ScriptChange>) -> SqlScript {
        let heads = plan::applied_heads(self.migrations.revisions(), after);
        let place = if start.heads.is_empty() { "base".to_owned() } else { list(&start.heads) };
        let sql = format!("-- Nothing to do from {place}\n");
        SqlScript {
            set: self.migrations.set().clone(),
            engine: self.migrations.dialect(),
            from: start.heads.clone(),
            to: heads.into_iter().map(Applied::name).collect(),
            changes,
            heals: Vec::new(),
            repeats: Vec::new(),
            findings: self.noticed.clone(),
            sql,
        }
    }
}

impl SqlScript {
    /// Returns the places that it leads from and to, and how much it does, in words.
    fn summary(&self) -> String {
        let place = |heads: &[String]| if heads.is_empty() { "base".to_owned() } else { list(heads) };
        let does = match self.changes.first().map(|change| change.change) {
            Some(Change::Up) => count(self.changes.len(), "migration") + " up",
            Some(Change::Down) => count(self.changes.len(), "migration") + " down",
            Some(Change::Add | Change::Remove) => {
                count(self.changes.len(), "row") + " of the history, and nothing is run"
            }
            None => "no migration".to_owned(),
        };
        let also = |n: usize, what: &str| if n == 0 { String::new() } else { format!(", and {}", count(n, what)) };
        let heals = also(self.heals.len(), "row that follows an accepted edit");
        let repeats = also(self.repeats.len(), "repeatable file");
        format!("from {} to {}: {does}{heals}{repeats}", place(&self.from), place(&self.to))
    }

    /// Says whether it does nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.heals.is_empty() && self.repeats.is_empty()
    }
}
