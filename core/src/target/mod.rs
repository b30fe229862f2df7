//! Where a database is to be brought, and which migrations are meant: the names that verbs take.
//!
//! [`Target`] is one grammar for all of them, [`Range`] two targets with a `:` between. Here is only what a text says;
//! what its names mean among the migrations, [`crate::plan::Resolver`] tells.

mod parse;
mod range;

use std::fmt;

pub use parse::BadTarget;
pub use range::{BadRange, Range};

use crate::migration::Direction;

/// A place to go to, or a migration that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// `head`: the one migration that nothing comes after.
    Head,
    /// `heads`: all of them.
    Heads,
    /// `base`: nothing applied.
    Base,
    /// `current`: where the database is.
    Current,
    /// `+N`: the next N pending migrations.
    Forward(usize),
    /// `-N`: back over the last N applied migrations.
    Back(usize),
    /// An id, a slug, both with `_` between, a label, or the unambiguous beginning of one.
    Migration(String),
    /// `<id>+N` or `<id>-N`: so many steps from another place.
    Near(Near),
    /// `<label>@…`: a place on one line.
    Branch {
        /// The line: a label, or an id or another name of a migration on it.
        branch: String,
        /// The place.
        place: Place,
    },
}

/// A place on a line: what can stand behind `<label>@`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `head`: the one migration of the line that nothing revises.
    Head,
    /// `heads`: all of them.
    Heads,
    /// `base`: nothing of the line applied.
    Base,
    /// `+N`: the next N pending migrations of the line.
    Forward(usize),
    /// `-N`: back over the last N applied migrations of the line.
    Back(usize),
    /// A migration of the line.
    Migration(String),
    /// So many steps from another place, on the line.
    Near(Near),
}

/// So many steps from a place, from child to child or from parent to parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// Where the steps begin.
    pub start: Start,
    /// Up for `+`, to what revises it; down for `-`, to what it revises.
    pub direction: Direction,
    /// How many.
    pub steps: usize,
}

/// Where steps begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// The head.
    Head,
    /// Before the first migration.
    Base,
    /// A migration, by any of its names.
    Migration(String),
}

impl Target {
    /// Takes a target apart into the line it is on, if it names one, and the place; `None` for `current`.
    pub fn parts(&self) -> Option<(Option<&str>, Place)> {
        Some(match self {
            Target::Current => return None,
            Target::Head => (None, Place::Head),
            Target::Heads => (None, Place::Heads),
            Target::Base => (None, Place::Base),
            Target::Forward(n) => (None, Place::Forward(*n)),
            Target::Back(n) => (None, Place::Back(*n)),
            Target::Migration(name) => (None, Place::Migration(name.clone())),
            Target::Near(near) => (None, Place::Near(near.clone())),
            Target::Branch { branch, place } => (Some(branch), place.clone()),
        })
    }
}

impl From<Place> for Target {
    fn from(place: Place) -> Target {
        match place {
            Place::Head => Target::Head,
            Place::Heads => Target::Heads,
            Place::Base => Target::Base,
            Place::Forward(n) => Target::Forward(n),
            Place::Back(n) => Target::Back(n),
            Place::Migration(name) => Target::Migration(name),
            Place::Near(near) => Target::Near(near),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            None => f.write_str("current"),
            Some((None, place)) => place.fmt(f),
            Some((Some(branch), place)) => write!(f, "{branch}@{place}"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Head => f.write_str("head"),
            Place::Heads => f.write_str("heads"),
            Place::Base => f.write_str("base"),
            Place::Forward(n) => write!(f, "+{n}"),
            Place::Back(n) => write!(f, "-{n}"),
            Place::Migration(name) => f.write_str(name),
            Place::Near(near) => near.fmt(f),
        }
    }
}

impl fmt::Display for Near {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.direction {
            Direction::Up => '+',
            Direction::Down => '-',
        };
        write!(f, "{}{sign}{}", self.start, self.steps)
    }
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Start::Head => "head",
            Start::Base => "base",
            Start::Migration(name) => name,
        })
    }
}
