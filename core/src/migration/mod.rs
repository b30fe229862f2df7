//! A migration, and the whole of them.
//!
//! [`Migration`] is one up/down pair for one engine; [`Migrations`] is a set of them in graph order, checked. Ids are
//! [`MigrationId`]s from the moment a file name or a history row is read.

mod id;
mod label;
mod migrations;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

pub use id::{BadId, MigrationId, RESERVED};
pub use label::{BadLabel, Label};
pub use migrations::Migrations;
use serde::{Deserialize, Serialize, Serializer};

use crate::checksum::Checksum;
use crate::header::{Dependency, Header};

/// The words of a file name after its id. A copy costs nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slug(Arc<str>);

impl From<&str> for Slug {
    fn from(text: &str) -> Slug {
        Slug(text.into())
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Slug {
    /// Returns the words as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for Slug {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// The name of a set: the migrations of one directory.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct SetName(Cow<'static, str>);

/// The text cannot name a set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the set name `{0}` must be 1 to 64 letters, digits, `_` or `-`")]
pub struct BadSetName(pub String);

impl SetName {
    /// Takes a name: 1 to 64 ASCII letters, digits, `_` or `-`.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Result<SetName, BadSetName> {
        let name = name.into();
        let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if name.is_empty() || name.len() > 64 || !name.bytes().all(good) {
            return Err(BadSetName(name.into_owned()));
        }
        Ok(SetName(name))
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for SetName {
    /// Returns `main`, the set of an application that names none.
    fn default() -> SetName {
        SetName(Cow::Borrowed("main"))
    }
}

impl fmt::Display for SetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Which way a migration is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Apply it.
    Up,
    /// Revert it.
    Down,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Direction::Up => "up",
            Direction::Down => "down",
        })
    }
}

/// One file: its text and what its header says.
#[derive(Debug, Clone)]
pub struct Script {
    /// The path to show to people.
    pub file: String,
    /// The text as [`crate::checksum::normalised`] leaves it.
    pub text: Cow<'static, str>,
    /// The exact checksum of the text.
    pub checksum: Checksum,
    /// The directives of the leading comment.
    pub header: Header,
}

/// One up/down pair, for one engine.
#[derive(Debug, Clone)]
pub struct Migration {
    /// What stands before the first `_` of the file name.
    pub id: MigrationId,
    /// What stands after it.
    pub slug: Slug,
    /// The migrations that this one revises; none for a base.
    pub parents: Vec<MigrationId>,
    /// Migrations that must be applied first without being parents.
    pub depends_on: Vec<Dependency>,
    /// The migrations that this one stands for, the last of them last; none is a migration like any other.
    pub replaces: Vec<MigrationId>,
    /// The way up.
    pub up: SharedScript,
    /// The way down; `None` is irreversible.
    pub down: Option<SharedScript>,
    /// Former checksums of the up file that were accepted in the lock file.
    pub was: Vec<Checksum>,
}

impl Migration {
    /// Returns `<id>_<slug>`, the name that files and messages use.
    pub fn name(&self) -> String {
        format!("{}_{}", self.id, self.slug)
    }

    /// Returns the file that leads this way, or `None` down an irreversible migration.
    pub fn script(&self, direction: Direction) -> Option<&Script> {
        match direction {
            Direction::Up => Some(&self.up),
            Direction::Down => self.down.as_deref(),
        }
    }

    /// Says whether binaries that do not know this migration must not run against it.
    pub fn is_breaking(&self) -> bool {
        self.up.header.breaking
    }
}

/// A script that is shared between a directory and the sets made from it.
pub type SharedScript = Arc<Script>;

/// A migration that is shared between a set and the plans made from it.
pub type SharedMigration = Arc<Migration>;
