//! What was done, and how things stand.

use std::time::Duration;

use dunlin_core::dialect::Dialect;
use dunlin_core::migration::{Direction, MigrationId, SetName};
use dunlin_core::plan::{Finding, JournalEntry, Kind};
use serde::Serialize;

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The set.
    pub set: SetName,
    /// The steps that were taken, in order.
    pub steps: Vec<StepDone>,
    /// Migrations whose rows were brought in line with an accepted edit.
    pub healed: Vec<String>,
    /// What was noticed on the way.
    pub findings: Vec<Finding>,
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

fn microseconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
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
    /// On what the two do not agree.
    pub findings: Vec<Finding>,
}

impl Status {
    /// Returns how many migrations are pending.
    pub fn pending(&self) -> usize {
        self.migrations.iter().filter(|migration| migration.state == MigrationState::Pending).count()
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
