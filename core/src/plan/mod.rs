//! Deciding: what a database needs, complete and checked before the first statement runs.
//!
//! [`plan`] is pure. It takes the migrations, the rows of the history, the goal and the policy, verifies everything first
//! (`verify.rs`), and then lists the steps (`upgrade.rs`, `downgrade.rs`).

mod applied;
mod downgrade;
mod finding;
mod resolve;
mod upgrade;
mod verify;

pub use applied::{Applied, JournalEntry, JournalState, Kind, State, Stored};
pub use finding::{Finding, FindingKind, Verdict};
pub use resolve::named;
pub use verify::{needs_stored_sql, verify};

use std::collections::HashSet;

use crate::checksum::Checksum;
use crate::header::Dependency;
use crate::migration::{Direction, MigrationId, Migrations, SetName, SharedMigration};
use crate::target::Target;
use crate::text::{count, list};

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
}

impl Default for Policy {
    fn default() -> Policy {
        Policy { out_of_order: Verdict::Refuse, missing: Verdict::Refuse, ahead: Verdict::Warn }
    }
}

/// What is to be done.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What was noticed and does not stand in the way.
    pub findings: Vec<Finding>,
    /// Rows to bring in line with accepted edits, before the steps.
    pub heals: Vec<Heal>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Says whether there is nothing to be done.
    pub fn is_empty(&self) -> bool {
        self.heals.is_empty() && self.steps.is_empty()
    }
}

/// One migration in one direction.
#[derive(Debug, Clone)]
pub struct Step {
    /// Which way.
    pub direction: Direction,
    /// The migration. One that this binary does not know is made from what the history stores.
    pub migration: SharedMigration,
}

/// A history row that follows an edit which the lock file accepts.
#[derive(Debug, Clone)]
pub struct Heal {
    /// The migration as it is now.
    pub migration: SharedMigration,
    /// The checksum that the row holds.
    pub from: Checksum,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The history and the migrations disagree.
    #[error("{}", finding::joined(.0))]
    Refused(Vec<Finding>),
    /// `head` was asked for, and there are several.
    #[error("there are {} heads: {}", .0.len(), list(.0))]
    MultipleHeads(Vec<String>),
    /// No migration has this name.
    #[error("no migration is called `{name}`{}", .nearest.as_ref().map_or(String::new(), |near| format!("; did you mean `{near}`?")))]
    UnknownTarget {
        /// The name.
        name: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// Several migrations have this name.
    #[error("`{name}` could be {}", some_of(.candidates))]
    AmbiguousTarget {
        /// The name.
        name: String,
        /// The migrations.
        candidates: Vec<String>,
    },
    /// The target does not lie this way.
    #[error("`{target}` does not lead {direction}")]
    WrongWay {
        /// The target.
        target: Target,
        /// The way.
        direction: Direction,
    },
    /// Down was asked to a migration that is not applied.
    #[error("`{0}` is not applied")]
    NotApplied(String),
    /// More steps back were asked for than there are.
    #[error("{} {} applied, not {asked}", count(*.applied, "migration"), if *.applied == 1 { "is" } else { "are" })]
    TooFar {
        /// How many are applied.
        applied: usize,
        /// How many steps were asked for.
        asked: usize,
    },
    /// A migration on the way down has no way back.
    #[error("`{name}` is irreversible{}", .reason.as_ref().map_or(String::new(), |reason| format!(": {reason}")))]
    Irreversible {
        /// The migration.
        name: String,
        /// Why, if it says.
        reason: Option<String>,
    },
}

/// Lists names; of many, the first few.
fn some_of(names: &[String]) -> String {
    match names.split_at_checked(5) {
        Some((first, rest)) if !rest.is_empty() => {
            let first: Vec<String> = first.iter().map(|name| format!("`{name}`")).collect();
            format!("{} or {} more", first.join(", "), rest.len())
        }
        _ => list(names),
    }
}

impl PlanError {
    /// Returns the ways out.
    pub fn hints(&self) -> Vec<String> {
        match self {
            PlanError::Refused(findings) => finding::hints(findings),
            PlanError::MultipleHeads(_) => vec![
                "apply all of them with `dunlin up heads`, or one with `dunlin up <id>`; to join them for good, add a migration \
                 whose up file says `-- dunlin: revises <one>, <other>`"
                    .to_owned(),
            ],
            PlanError::Irreversible { .. } => {
                vec!["nothing was reverted; stop above it with `dunlin down <id>`, or write a new migration".to_owned()]
            }
            PlanError::WrongWay { target, direction: Direction::Up } => {
                vec![format!("`dunlin down {target}` reverts to there")]
            }
            PlanError::WrongWay { target, direction: Direction::Down } => {
                vec![format!("`dunlin up {target}` applies up to there")]
            }
            PlanError::UnknownTarget { .. } | PlanError::NotApplied(_) => vec!["`dunlin status` lists them".to_owned()],
            _ => Vec::new(),
        }
    }
}

/// Decides what is to be done.
///
/// Everything is verified before a step is planned, and all findings come together. Rows come in the order of their
/// `seq`; those that [`needs_stored_sql`] names must carry their stored SQL.
pub fn plan(migrations: &Migrations, applied: &[Applied], goal: &Goal, policy: &Policy) -> Result<Plan, PlanError> {
    let direction = resolve::direction(migrations, applied, goal)?;
    let mut findings = verify(migrations, applied, policy);
    let steps = match direction {
        Direction::Up => upgrade::steps(migrations, applied, &goal.target),
        Direction::Down => downgrade::steps(migrations, applied, &goal.target),
    };
    if direction == Direction::Down {
        let reverted: HashSet<&MigrationId> = steps.iter().flatten().map(|step| &step.migration.id).collect();
        for finding in &mut findings {
            finding.pass_down(&reverted);
        }
    }
    let (refused, findings): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.verdict == Verdict::Refuse);
    if !refused.is_empty() {
        return Err(PlanError::Refused(refused));
    }
    let heals = findings.iter().filter_map(|finding| finding.heal(migrations)).collect();
    Ok(Plan { findings, heals, steps: steps? })
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
