use super::{Finding, finding};
use crate::migration::Direction;
use crate::target::Target;
use crate::text::{count, list, some_of};
use crate::variables::MissingValues;

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The history and the migrations disagree.
    #[error("{}", finding::joined(.0))]
    Refused(Vec<Finding>),
    /// `head` was asked for, and there are several.
    #[error("there are {} heads{}: {}", .heads.len(), .branch.as_ref().map_or(String::new(), |branch| format!(" of `{branch}`")), list(.heads))]
    MultipleHeads {
        /// The line, if one was named.
        branch: Option<String>,
        /// The heads.
        heads: Vec<String>,
    },
    /// Files declare variables that have no value.
    #[error("{}", lines(.0))]
    MissingValues(Vec<MissingValues>),
    /// No migration has this name.
    #[error("no migration is called `{name}`{}", meant(.nearest.as_deref()))]
    UnknownTarget {
        /// The name.
        name: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// A migration is not among those that the database goes by.
    #[error("`{name}` is no place of its own here: `{by}` stands for it together with what comes after it")]
    Replaced {
        /// The name.
        name: String,
        /// `<id>_<slug>` of what is there in its place.
        by: String,
    },
    /// No label and no migration has this name.
    #[error("no label and no migration is called `{branch}`{}", meant(.nearest.as_deref()))]
    UnknownBranch {
        /// The name.
        branch: String,
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
    /// A migration is not on the line that was named with it.
    #[error("`{name}` is not on the line of `{branch}`")]
    NotOnBranch {
        /// The migration.
        name: String,
        /// The line.
        branch: String,
    },
    /// Steps from a migration come to where the line forks or merges.
    #[error("`{target}` could lead several ways: {}", fork(.at.as_deref(), *.direction, .candidates))]
    AmbiguousStep {
        /// The target.
        target: String,
        /// Where the lines part; `None` is below the first migrations.
        at: Option<String>,
        /// Which way the steps go.
        direction: Direction,
        /// Where the next step could lead.
        candidates: Vec<String>,
    },
    /// Steps from a migration lead beyond the last one.
    #[error("`{target}` leads too far: nothing comes {} `{}`", if *.direction == Direction::Up { "after" } else { "before" }, .last.as_deref().unwrap_or("base"))]
    BeyondEnd {
        /// The target.
        target: String,
        /// The last migration on the way; `None` is `base`.
        last: Option<String>,
        /// Which way the steps go.
        direction: Direction,
    },
    /// The start of a range does not come before its end.
    #[error("nothing is in `{0}`: its start does not come before its end")]
    EmptyRange(String),
    /// `current` was named as a place to go to.
    #[error(
        "`current` is where the database is, and nothing leads there; it can stand in a range and name what to show"
    )]
    NoWayToCurrent,
    /// `current` was named, and there is no word of a database.
    #[error("`current` is where a database is, and no database was named")]
    NoDatabase,
    /// `+N` was named where only a migration could be meant.
    #[error("`{0}` has nothing to begin at; `<id>{0}` has")]
    NoStart(Target),
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
    /// More steps were asked for than there are.
    #[error("{} {}{}, not {asked}", of(*.available, .branch.as_deref()), if *.available == 1 { "is" } else { "are" }, if *.direction == Direction::Up { " pending" } else { " applied" })]
    TooFar {
        /// How many there are.
        available: usize,
        /// How many steps were asked for.
        asked: usize,
        /// Whether they are pending or applied.
        direction: Direction,
        /// The line, if one was named.
        branch: Option<String>,
    },
    /// The last applied migrations cannot be reverted without one that was applied before them.
    #[error("`{name}` cannot be reverted without `{by}`, which comes after it")]
    InTheWay {
        /// The migration that was to be reverted.
        name: String,
        /// The one that stands in the way.
        by: String,
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

fn meant(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |near| format!("; did you mean `{near}`?"))
}

fn of(n: usize, branch: Option<&str>) -> String {
    let all = count(n, "migration");
    branch.map_or(all.clone(), |branch| format!("{all} of `{branch}`"))
}

fn fork(at: Option<&str>, direction: Direction, candidates: &[String]) -> String {
    match (at, direction) {
        (None, _) => format!("{} revise nothing", some_of(candidates)),
        (Some(at), Direction::Up) => format!("{} revise `{at}`", some_of(candidates)),
        (Some(at), Direction::Down) => format!("`{at}` revises {}", some_of(candidates)),
    }
}

fn lines(missing: &[MissingValues]) -> String {
    missing.iter().map(MissingValues::to_string).collect::<Vec<_>>().join("\n")
}

impl PlanError {
    /// Returns the ways out.
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            PlanError::Refused(findings) => return finding::hints(findings),
            PlanError::MultipleHeads { branch: None, .. } => {
                "apply all of them with `dunlin up heads`, or one with `dunlin up <id>`; `dunlin merge` joins them for good, and \
                 `dunlin rebase` puts one behind the other"
                    .to_owned()
            }
            PlanError::MultipleHeads { branch: Some(branch), .. } => {
                format!("`{branch}@heads` means all of them, `<id>` one")
            }
            PlanError::AmbiguousStep { target, direction: Direction::Up, .. } => {
                format!("`<label>@{target}` stays on one line; so does an id in place of the label")
            }
            PlanError::MissingValues(_) => {
                "pass `--var <name>=<value>`, or write it under `[vars]` in dunlin.toml".to_owned()
            }
            PlanError::AmbiguousStep { .. } => "name the migration itself".to_owned(),
            PlanError::Replaced { by, .. } => format!("`{by}` is a place, and so is what it comes after"),
            PlanError::Irreversible { .. } => {
                "nothing was reverted; stop above it with `dunlin down <id>`, or write a new migration".to_owned()
            }
            PlanError::WrongWay { target, direction: Direction::Up } => format!("`dunlin down {target}` reverts to there"),
            PlanError::WrongWay { target, direction: Direction::Down } => {
                format!("`dunlin up {target}` applies up to there")
            }
            PlanError::InTheWay { .. } => "`dunlin down <id>` reverts all that comes after a migration".to_owned(),
            PlanError::UnknownTarget { .. } | PlanError::UnknownBranch { .. } | PlanError::NotApplied(_) => {
                "`dunlin status` lists them".to_owned()
            }
            _ => return Vec::new(),
        };
        vec![hint]
    }
}
