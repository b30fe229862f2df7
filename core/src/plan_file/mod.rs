//! A plan as a file: reviewed by people, then run as it stands or not at all.
//!
//! [`PlanFile`] holds what is to be done, with the exact SQL, and the state of the database that it was made from. `write.rs`
//! makes the text of it, `read.rs` reads that and finds whatever was changed in it; `moved.rs` says what is not as it was
//! when the plan was made. Nothing in a plan file is run from it: a run plans anew, and compares.

mod error;
mod moved;
mod read;
mod write;

pub use error::{BadPlanFile, BadPlanFileKind};
pub use moved::{Half, Moved};

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;

use crate::checksum::Checksum;
use crate::dialect::Dialect;
use crate::migration::{Direction, MigrationId, SetName, Slug};
use crate::plan::{Applied, Goal, Policy, State};
use crate::repeatable::Records;
use crate::variables::Values;

/// The version of the text that this dunlin writes and reads.
pub const VERSION: u32 = 1;

/// A plan that was made once, with all that it depends on.
///
/// It holds no part of a database's URL. The values of variables are part of it, in its SQL and beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFile {
    /// The version of the dunlin that made it.
    pub tool_version: String,
    /// The set.
    pub set: SetName,
    /// The engine.
    pub engine: Dialect,
    /// What was asked for.
    pub goal: Goal,
    /// What was allowed.
    pub policy: Policy,
    /// The state that it was made from.
    pub basis: Basis,
    /// `<id>_<slug>` of the heads that the database has then; none is `base`.
    pub to: Vec<String>,
    /// What was noticed and does not stand in the way, in words.
    pub warnings: Vec<String>,
    /// Rows to bring in line with accepted edits, before the steps.
    pub heals: Vec<PlannedHeal>,
    /// Repeatable files that are to count as never run, by name, before the steps.
    pub forgets: Vec<String>,
    /// The steps, in order.
    pub steps: Vec<PlannedStep>,
    /// Repeatable files to run behind the steps, in order.
    pub repeats: Vec<PlannedRepeat>,
}

/// The state of a set in a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// `<id>_<slug>` of its heads; none is `base`.
    pub heads: Vec<String>,
    /// The number of the last event; 0 is none.
    pub event: u64,
    /// The hash of the last event, which is over all before it too; `None` where there is none.
    pub hash: Option<Checksum>,
    /// How many migrations have a row.
    pub rows: usize,
    /// The [digest](crate::standing::digest) of the rows.
    pub digest: Checksum,
}

/// One migration in one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    /// Which way.
    pub direction: Direction,
    /// The migration's id.
    pub id: MigrationId,
    /// Its slug.
    pub slug: Slug,
    /// The file that is to run.
    pub file: String,
    /// The migrations that it revises.
    pub parents: Vec<MigrationId>,
    /// The checksum of its way up.
    pub up: Checksum,
    /// The checksum of its way down; `None` is irreversible.
    pub down: Option<Checksum>,
    /// Which transaction holds it.
    pub holding: Holding,
    /// The values that went into the SQL.
    pub values: Values,
    /// The SQL.
    pub sql: String,
}

/// Which transaction holds a step together with its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holding {
    /// One of its own.
    Own,
    /// That of the step before.
    Shared,
    /// None: statements run one by one, and a journal says which are in place.
    None,
}

/// A row that follows an edit which the lock file accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedHeal {
    /// The migration's id.
    pub id: MigrationId,
    /// Its slug.
    pub slug: Slug,
    /// The checksum that the row holds.
    pub from: Checksum,
    /// The checksum of the way up that it is to hold.
    pub up: Checksum,
    /// The checksum of the way down that it is to hold.
    pub down: Option<Checksum>,
}

/// A repeatable file that is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedRepeat {
    /// Its name.
    pub name: String,
    /// The file.
    pub file: String,
    /// The checksum of the file.
    pub checksum: Checksum,
    /// Which transaction holds it.
    pub holding: Holding,
    /// The values that went into the SQL.
    pub values: Values,
    /// The SQL.
    pub sql: String,
}

impl PlanFile {
    /// Says whether there is nothing to be done.
    pub fn is_empty(&self) -> bool {
        self.heals.is_empty() && self.steps.is_empty() && self.repeats.is_empty()
    }

    /// Returns the way that its steps go; `None` where it has none.
    pub fn direction(&self) -> Option<Direction> {
        self.steps.first().map(|step| step.direction)
    }

    /// Returns the values that its variables have.
    pub fn values(&self) -> Values {
        let all = self.steps.iter().map(|step| &step.values).chain(self.repeats.iter().map(|repeat| &repeat.values));
        all.flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Says whether a database has all of it: that there is something, and that nothing of it is left to be done.
    pub fn is_done(&self, rows: &[Applied], records: &Records) -> bool {
        let rows: HashMap<&MigrationId, &Applied> = rows.iter().map(|row| (&row.id, row)).collect();
        let has = |id: &MigrationId, up: Checksum| {
            rows.get(id).is_some_and(|row| row.state == State::Applied && row.up_checksum == up)
        };
        let step = |step: &PlannedStep| match step.direction {
            Direction::Up => has(&step.id, step.up),
            Direction::Down => !rows.contains_key(&step.id),
        };
        let heal = |heal: &PlannedHeal| has(&heal.id, heal.up);
        let repeat = |repeat: &PlannedRepeat| {
            records.get(&repeat.name).is_some_and(|recorded| recorded.checksum == repeat.checksum)
        };
        !self.is_empty()
            && self.steps.iter().all(step)
            && self.heals.iter().all(heal)
            && self.repeats.iter().all(repeat)
    }
}

impl PlannedStep {
    /// Returns `<id>_<slug>`.
    pub fn name(&self) -> String {
        format!("{}_{}", self.id, self.slug)
    }
}

impl PlannedHeal {
    /// Returns `<id>_<slug>`.
    pub fn name(&self) -> String {
        format!("{}_{}", self.id, self.slug)
    }
}

impl fmt::Display for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Holding::Own => "its own",
            Holding::Shared => "that of the step before",
            Holding::None => "none, statement by statement",
        })
    }
}

impl Holding {
    /// Every way.
    pub const ALL: [Holding; 3] = [Holding::Own, Holding::Shared, Holding::None];
}

#[cfg(test)]
mod tests;
