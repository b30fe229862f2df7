//! What was done, and how things stand.

use std::sync::Arc;
use std::time::Duration;

use dunlin_core::checksum::Checksum;
use dunlin_core::dialect::Dialect;
use dunlin_core::ledger::Event;
use dunlin_core::migration::{Direction, MigrationId, SetName, SharedMigration};
use dunlin_core::plan::{Finding, FindingKind, JournalEntry, Kind, NothingToDo, Removal, StampPlan, State};
use dunlin_core::repeatable::{Records, Repeatable, Repeatables};
use serde::Serialize;

use crate::last_failure::LastFailure;

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The set.
    pub set: SetName,
    /// The steps that were taken, in order.
    pub steps: Vec<StepDone>,
    /// Why there was no step to take.
    pub nothing_to_do: Option<NothingToDo>,
    /// Migrations whose rows were brought in line with an accepted edit.
    pub healed: Vec<String>,
    /// Migrations that the history says from now on to be there, since all that they stand for is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub squashed: Vec<String>,
    /// The repeatable files that were run behind them, in order.
    pub repeated: Vec<Repeated>,
    /// What was noticed on the way.
    pub findings: Vec<Finding>,
}

/// A repeatable file that was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Repeated {
    /// Its name.
    pub name: String,
    /// How long it took.
    #[serde(rename = "duration_us", serialize_with = "microseconds")]
    pub duration: Duration,
}

/// A step that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StepDone {
    /// Which way.
    pub direction: Direction,
    /// The migration's id.
    pub id: MigrationId,
    /// `<id>_<slug>`.
    pub name: String,
    /// How long it took.
    #[serde(rename = "duration_us", serialize_with = "microseconds")]
    pub duration: Duration,
}

pub(crate) fn microseconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}

/// How a set stands in a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// The set.
    pub set: SetName,
    /// The engine.
    pub engine: Dialect,
    /// Every migration that the files or the database know, in order.
    pub migrations: Vec<MigrationStatus>,
    /// The heads of the database: what is applied and nothing that is applied comes after, over parents and dependencies.
    #[serde(skip)]
    pub heads: Vec<MigrationId>,
    /// The repeatable files, in the order in which they run.
    pub repeatables: Vec<RepeatableStatus>,
    /// On what the two do not agree.
    pub findings: Vec<Finding>,
    /// The last step that failed, if its migration is as it left it.
    pub last_failure: Option<LastFailure>,
}

impl Status {
    /// Returns how many migrations are pending.
    pub fn pending(&self) -> usize {
        self.migrations.iter().filter(|migration| migration.state == MigrationState::Pending).count()
    }
}

impl Status {
    /// Returns how many repeatable files have not run as they are, and are to be.
    ///
    /// There are none where the database is ahead: the files of this binary may be the older ones.
    pub fn repeatables_due(&self) -> usize {
        if self.findings.iter().any(|finding| matches!(finding.kind, FindingKind::Ahead { .. })) {
            return 0;
        }
        self.repeatables.iter().filter(|repeatable| repeatable.state != RepeatableState::Current).count()
    }
}

/// How one repeatable file stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RepeatableStatus {
    /// Its name.
    pub name: String,
    /// The file.
    pub file: String,
    /// Whether it ran as it is.
    pub state: RepeatableState,
    /// When it ran last, by the database's clock.
    pub applied_at: Option<String>,
}

/// Whether a repeatable file ran as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RepeatableState {
    /// It did.
    Current,
    /// It ran with another text.
    Changed,
    /// It never ran, or what it is made from was reverted since.
    New,
}

impl RepeatableStatus {
    pub(crate) fn all(repeatables: &Repeatables, records: &Records) -> Vec<RepeatableStatus> {
        let status = |repeatable: &Arc<Repeatable>| {
            let recorded = records.get(repeatable.name.as_str());
            let state = match recorded {
                None => RepeatableState::New,
                Some(_) if repeatable.is_current(records) => RepeatableState::Current,
                Some(_) => RepeatableState::Changed,
            };
            let applied_at = recorded.map(|recorded| recorded.applied_at.clone());
            RepeatableStatus {
                name: repeatable.name.to_string(),
                file: repeatable.script.file.clone(),
                state,
                applied_at,
            }
        };
        repeatables.iter().map(status).collect()
    }
}

/// How one migration stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MigrationStatus {
    /// Its id.
    pub id: MigrationId,
    /// `<id>_<slug>`.
    pub name: String,
    /// The up file; `None` is unknown to this binary.
    pub file: Option<String>,
    /// Its parents.
    pub parents: Vec<MigrationId>,
    /// Whether it is in the database.
    pub state: MigrationState,
    /// How it came there.
    pub kind: Option<Kind>,
    /// When, by the database's clock.
    pub applied_at: Option<String>,
    /// What the journal says, where it is unfinished.
    pub journal: Vec<JournalEntry>,
}

/// Whether a migration is in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum MigrationState {
    /// It is.
    Applied,
    /// It is not.
    Pending,
    /// Its way up or down began and did not end.
    Unfinished,
    /// It is, and this binary does not know it.
    Unknown,
}

/// What a stamp changes, or has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StampReport {
    /// The set.
    pub set: SetName,
    /// Rows that go, each before those that it comes after. One that is written too is written anew.
    pub removed: Vec<RowRemoved>,
    /// Rows that come, in graph order.
    pub added: Vec<RowWritten>,
    /// Rows of unfinished steps that count as whole from now on, in graph order.
    pub settled: Vec<RowWritten>,
    /// Targets that were left out.
    pub left_out: Vec<TargetLeftOut>,
    /// `<id>_<slug>` of the heads that the database has then; none is `base`.
    pub heads: Vec<String>,
}

/// A row that a stamp removes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RowRemoved {
    /// The migration's id.
    pub id: MigrationId,
    /// `<id>_<slug>`.
    pub name: String,
    /// Whether no file has it.
    pub unknown: bool,
    /// Whether a step of it began and did not end.
    pub unfinished: bool,
}

/// A row that is written without running anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RowWritten {
    /// The migration's id.
    pub id: MigrationId,
    /// `<id>_<slug>`.
    pub name: String,
}

/// A target of a stamp that changes nothing, because another one comes after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TargetLeftOut {
    /// `<id>_<slug>` of the target.
    pub name: String,
    /// `<id>_<slug>` of the one that comes after it.
    pub before: String,
}

/// A migration that was recorded without being run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SkipReport {
    /// The set.
    pub set: SetName,
    /// The migration's id.
    pub id: MigrationId,
    /// `<id>_<slug>`.
    pub name: String,
    /// Why.
    pub reason: String,
}

impl StampReport {
    pub(crate) fn new(set: SetName, plan: &StampPlan) -> StampReport {
        let written = |migrations: &[SharedMigration]| {
            let row = |migration: &SharedMigration| RowWritten { id: migration.id.clone(), name: migration.name() };
            migrations.iter().map(row).collect()
        };
        let removed = |Removal { row, is_unknown }: &Removal| RowRemoved {
            id: row.id.clone(),
            name: row.name(),
            unknown: *is_unknown,
            unfinished: row.state != State::Applied,
        };
        let left_out = plan.redundant.iter();
        StampReport {
            set,
            removed: plan.removed.iter().map(removed).collect(),
            added: written(&plan.added),
            settled: written(&plan.settled),
            left_out: left_out.map(|of| TargetLeftOut { name: of.name.clone(), before: of.before.clone() }).collect(),
            heads: plan.heads.clone(),
        }
    }

    /// Says whether the history is so already.
    pub fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty() && self.settled.is_empty()
    }
}

/// The event log of a set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EventLog {
    /// The events, oldest first.
    pub events: Vec<Event>,
    /// The hash of the last event that has one, which stands for everything before it: what [`Migrator::audit`] can be told to
    /// expect later. The events of a script get theirs from the next run.
    ///
    /// [`Migrator::audit`]: crate::Migrator::audit
    pub head: Option<Checksum>,
}
