//! The history tables in the user's database.
//!
//! [`History`] knows their names and writes the SQL that reads and changes them; it sends only what reads. What changes
//! them travels with the SQL of the step that it records, in the same transaction. The layout is in `sql/create_*.sql`.

pub(crate) mod detail;
mod failures;
mod journal;
mod lease;
mod read;
mod removed;
mod repeatable;
mod row_text;
mod tables;
mod unsealed;
mod write;

use dunlin_core::checksum::Checksum;
use dunlin_core::dialect::Dialect;
use dunlin_core::migration::SetName;

pub(crate) use journal::Journalled;
pub(crate) use lease::LeaseState;
pub(crate) use read::{Snapshot, head};
pub(crate) use removed::removed;
pub(crate) use unsealed::Unsealed;
pub(crate) use write::Record;

/// The version of the tables' layout that this dunlin writes and understands.
pub(crate) const LAYOUT: i64 = 1;

/// The history of one set in one database.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) dialect: Dialect,
    pub(crate) set: SetName,
    pub(crate) prefix: String,
    /// Where the tables are; `None` until a survey has said where unqualified names lead.
    pub(crate) schema: Option<Schema>,
}

/// Where the history tables are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Schema {
    /// The schema, or on MySQL the database, with this name.
    Named(String),
    /// The one whose quoted name the engine's own client puts in for this.
    Variable(&'static str),
}

/// The last event of a set: whoever changes the history appends one, so it names the state of all the tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) n: u64,
    pub(crate) hash: Option<Checksum>,
}

impl History {
    /// Returns a table's name, quoted and qualified.
    pub(crate) fn table(&self, name: &str) -> String {
        let table = self.dialect.quote(&format!("{}_{name}", self.prefix));
        match &self.schema {
            Some(Schema::Named(schema)) => format!("{}.{table}", self.dialect.quote(schema)),
            Some(Schema::Variable(variable)) => format!("{variable}.{table}"),
            None => table,
        }
    }

    /// Puts the names of the tables, and what only this engine says, into a template.
    fn fill(&self, template: &str) -> String {
        let facts = self.dialect.facts();
        let mut sql = template.to_owned();
        for name in ["layout", "migrations", "events", "statements", "repeatable", "lock"] {
            let place = format!("{{{name}}}");
            if sql.contains(&place) {
                sql = sql.replace(&place, &self.table(name));
            }
        }
        sql.replace("{version}", &LAYOUT.to_string())
            .replace("{time_type}", facts.time_type)
            .replace("{table_options}", facts.table_options)
            .replace("{clock}", facts.clock)
            .replace("{applied_at}", &facts.time_as_text.replace("{}", "m.applied_at"))
            .replace("{at}", &facts.time_as_text.replace("{}", "e.at"))
    }
}
