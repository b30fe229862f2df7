use std::fmt;

use serde::Serialize;

use crate::text::list;

/// Why a plan has no steps: what its target asks for is so already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "because", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NothingToDo {
    /// Up: nothing is pending, on a line if one was named.
    NothingPending {
        /// The line.
        branch: Option<String>,
    },
    /// Up: the migrations that were named are applied.
    AlreadyApplied {
        /// The migrations.
        names: Vec<String>,
    },
    /// Up to `base`: every database is there or past it.
    PastBase,
    /// Down: nothing that comes after the migration is applied.
    NothingAfter {
        /// The migration.
        name: String,
    },
    /// Down: nothing is applied, on a line if one was named.
    NothingApplied {
        /// The line.
        branch: Option<String>,
    },
    /// Nothing began that did not end.
    NothingUnfinished,
}

impl fmt::Display for NothingToDo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NothingToDo::NothingPending { branch: None } => f.write_str("nothing is pending"),
            NothingToDo::NothingPending { branch: Some(branch) } => write!(f, "nothing of `{branch}` is pending"),
            NothingToDo::AlreadyApplied { names } => {
                write!(f, "{} {} already applied", list(names), if names.len() == 1 { "is" } else { "are" })
            }
            NothingToDo::PastBase => f.write_str("every database is at `base` or past it"),
            NothingToDo::NothingAfter { name } => write!(f, "nothing after `{name}` is applied"),
            NothingToDo::NothingUnfinished => f.write_str("nothing is unfinished"),
            NothingToDo::NothingApplied { branch: None } => f.write_str("nothing is applied"),
            NothingToDo::NothingApplied { branch: Some(branch) } => write!(f, "nothing of `{branch}` is applied"),
        }
    }
}
