//! One thing that a catalogue says.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What a fact is about. An engine adds what it has; [`Kind::word`] is its name for people and programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// The database itself.
    Database,
    /// A schema of PostgreSQL.
    Schema,
    /// An extension of PostgreSQL. Its version is its own matter.
    Extension,
    /// A collation.
    Collation,
    /// An enumerated type.
    Enum,
    /// A domain.
    Domain,
    /// A composite type.
    Composite,
    /// A range type.
    Range,
    /// A sequence.
    Sequence,
    /// A table.
    Table,
    /// A column of a table.
    Column,
    /// A table whose rows a module of SQLite keeps.
    VirtualTable,
    /// A table without rows of its own, which shows those of others.
    MergeTable,
    /// The column that a sequence goes with.
    Ownership,
    /// A primary key.
    PrimaryKey,
    /// A unique constraint.
    Unique,
    /// An exclusion constraint.
    Exclusion,
    /// A check of a table or a domain.
    Check,
    /// An index of a table.
    Index,
    /// A period of time that two columns of a table make.
    Period,
    /// What logical replication tells rows of a table by.
    ReplicaIdentity,
    /// A foreign key.
    ForeignKey,
    /// A function.
    Function,
    /// A procedure.
    Procedure,
    /// An aggregate function.
    Aggregate,
    /// What a package of routines offers.
    Package,
    /// What a package of routines does.
    PackageBody,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A trigger of a table or view.
    Trigger,
    /// A rewrite rule.
    Rule,
    /// A policy of row level security.
    Policy,
    /// Extended statistics.
    Statistics,
    /// A trigger of the whole database.
    EventTrigger,
    /// Something that is done at given times.
    Event,
    /// A right of a role to something, or one that it lacks though most have it.
    Privilege,
    /// The role that something belongs to.
    Owner,
    /// What is said about something else.
    Comment,
    /// Something of a kind that is named, and never planned.
    Unmodelled,
}

impl Kind {
    /// Returns its name for people.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Database => "database",
            Kind::Schema => "schema",
            Kind::Extension => "extension",
            Kind::Collation => "collation",
            Kind::Enum => "enum",
            Kind::Domain => "domain",
            Kind::Composite => "composite type",
            Kind::Range => "range type",
            Kind::Sequence => "sequence",
            Kind::Table => "table",
            Kind::Column => "column",
            Kind::VirtualTable => "virtual table",
            Kind::MergeTable => "merge table",
            Kind::Ownership => "ownership",
            Kind::PrimaryKey => "primary key",
            Kind::Unique => "unique constraint",
            Kind::Exclusion => "exclusion constraint",
            Kind::Check => "check",
            Kind::Index => "index",
            Kind::Period => "period",
            Kind::ReplicaIdentity => "replica identity",
            Kind::ForeignKey => "foreign key",
            Kind::Function => "function",
            Kind::Procedure => "procedure",
            Kind::Aggregate => "aggregate",
            Kind::Package => "package",
            Kind::PackageBody => "package body",
            Kind::View => "view",
            Kind::MaterializedView => "materialized view",
            Kind::Trigger => "trigger",
            Kind::Rule => "rule",
            Kind::Policy => "policy",
            Kind::Statistics => "statistics",
            Kind::EventTrigger => "event trigger",
            Kind::Event => "event",
            Kind::Privilege => "privilege",
            Kind::Owner => "owner",
            Kind::Comment => "comment",
            Kind::Unmodelled => "object",
        }
    }
}

/// What tells a fact from all others of its schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    /// What it is about.
    pub kind: Kind,
    /// The parts of its name, as the engine compares names: where it does not know case, in lower case.
    pub name: Vec<String>,
}

impl Id {
    /// Names a thing.
    pub fn new(kind: Kind, name: impl IntoIterator<Item = impl Into<String>>) -> Id {
        Id { kind, name: name.into_iter().map(Into::into).collect() }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.word(), self.name.join("."))
    }
}

/// One thing that a catalogue says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What tells it from all others.
    pub id: Id,
    /// Its name for people, as it was written: `users.email`.
    pub name: String,
    /// What it is part of, and goes with.
    pub parent: Option<Id>,
    /// All that makes it equal to another, in an order of the engine's own. A text is in a form that is the same for whatever
    /// means the same.
    pub attributes: Vec<(&'static str, String)>,
    /// Its place among its siblings, where their order means something.
    pub rank: Option<usize>,
    /// What must be there before it, beside its parent.
    pub needs: BTreeSet<Id>,
    /// The text that makes it, as the database keeps it. It is not compared.
    pub sql: String,
    /// What is to be said again when it is made anew, its grants and its owner; empty is nothing. It is not compared.
    pub kept: String,
}

impl Fact {
    /// Returns an attribute; `None` if it has none of this name.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| *own == name).map(|(_, value)| &**value)
    }

    /// Returns what it is called for people, with its kind: `column users.email`.
    pub fn title(&self) -> String {
        format!("{} {}", self.id.kind.word(), self.name)
    }
}
