//! What a statement may do to what is there.

use std::fmt;
use std::str::FromStr;

use dunlin_core::text::{list, nearest};
use serde::Serialize;

/// What a statement may do that somebody should know before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hazard {
    /// What kind of thing.
    pub kind: HazardKind,
    /// What it happens to: `column users.email`.
    pub object: String,
    /// What happens to it: `is dropped`. Empty where the kind says it.
    pub how: String,
    /// What allows it, where it is refused otherwise.
    pub allow: Option<Allow>,
}

/// The kinds of hazards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HazardKind {
    /// Rows or values are gone behind it, and no way back brings them.
    LosesData,
    /// What was lost on the way there is not brought back.
    NotRestored,
    /// Values become others, as said.
    ChangesValues,
    /// It fails where rows do not fit.
    MayFail,
    /// It takes as long as the table is large.
    RewritesTable,
    /// Others cannot read or write a table for as long as it is large.
    LocksTable,
}

/// Every kind, with the words that begin its label.
const KINDS: [(HazardKind, &str); 6] = [
    (HazardKind::LosesData, "loses data"),
    (HazardKind::NotRestored, "data not restored"),
    (HazardKind::ChangesValues, "changes values"),
    (HazardKind::MayFail, "may fail"),
    (HazardKind::RewritesTable, "rewrites table"),
    (HazardKind::LocksTable, "locks table"),
];

/// What may be allowed that is refused otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Allow {
    /// A table goes, with its rows.
    DropTable,
    /// A column goes, with its values.
    DropColumn,
    /// A sequence goes, and where it stands.
    DropSequence,
    /// Values become those of a type that cannot hold all of them.
    NarrowType,
    /// What was to be done without locking a table for long, locks it.
    LockTable,
}

/// Everything that can be allowed, by the word that allows it.
const ALLOWED: [(Allow, &str); 5] = [
    (Allow::DropTable, "drop-table"),
    (Allow::DropColumn, "drop-column"),
    (Allow::DropSequence, "drop-sequence"),
    (Allow::NarrowType, "narrow-type"),
    (Allow::LockTable, "lock-table"),
];

/// The text names nothing that can be allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is nothing that can be allowed; {}", .nearest.map_or_else(|| format!("there are {}", list(ALLOWED.map(|(_, word)| word))), |near| format!("did you mean `{near}`?")))]
pub struct UnknownAllow {
    text: String,
    nearest: Option<&'static str>,
}

impl Hazard {
    /// Says that rows or values are gone behind it.
    pub fn loses(allow: Allow, object: impl Into<String>, how: impl Into<String>) -> Hazard {
        Hazard { allow: Some(allow), ..Hazard::of(HazardKind::LosesData, object, how) }
    }

    /// Says that a table is locked for long, where that was not to be.
    pub fn locks(object: impl Into<String>, how: impl Into<String>) -> Hazard {
        Hazard { allow: Some(Allow::LockTable), ..Hazard::of(HazardKind::LocksTable, object, how) }
    }

    /// Says something that need not be allowed.
    pub fn of(kind: HazardKind, object: impl Into<String>, how: impl Into<String>) -> Hazard {
        Hazard { kind, object: object.into(), how: how.into(), allow: None }
    }

    /// Returns what happens, without the kind: `column users.email is dropped`.
    pub fn sentence(&self) -> String {
        format!("{} {}", self.object, self.how).trim_end().to_owned()
    }
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = KINDS.iter().find(|(kind, _)| *kind == self.kind).map_or("", |(_, label)| label);
        write!(f, "{label}: {}", self.sentence())
    }
}

impl fmt::Display for Allow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(ALLOWED.iter().find(|(allow, _)| allow == self).map_or("", |(_, word)| word))
    }
}

impl FromStr for Allow {
    type Err = UnknownAllow;

    fn from_str(text: &str) -> Result<Allow, UnknownAllow> {
        let found = ALLOWED.iter().find(|(_, word)| *word == text).map(|(allow, _)| *allow);
        let unknown = || UnknownAllow { text: text.to_owned(), nearest: nearest(text, ALLOWED.map(|(_, word)| word)) };
        found.ok_or_else(unknown)
    }
}
