//! What is read from a server, before it is made facts.

use serde::{Deserialize, Serialize};

use super::collation::Collations;
use crate::fact::Kind;

/// All that a database's catalogue says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// The database's own name.
    pub database: String,
    /// Its character set and collation, as `ALTER DATABASE` says them.
    pub charset: (String, String),
    /// Who asked, as the server knows them: `root@localhost`.
    pub account: String,
    /// What the session that asked works under; things that are made under the same need not say so.
    pub session: Setting,
    /// The collation that each character set has where none is said.
    pub collations: Collations,
    /// Tables, sequences, views, triggers, routines and events.
    pub objects: Vec<Object>,
}

/// Under what a stored program is made, and so runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The SQL mode; a view has none.
    pub sql_mode: Option<String>,
    /// The character set of its text, the collation of its literals; a table has none.
    pub charset: Option<(String, String)>,
    /// The time zone of an event.
    pub time_zone: Option<String>,
}

/// One thing that `SHOW CREATE` shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What the server prints; `None` is that it does not show it to whoever asks.
    pub sql: Option<String>,
    /// Under what it was made.
    pub setting: Setting,
    /// What is said of a trigger.
    pub trigger: Option<Trigger>,
    /// Whether an event begins when it was made, so that its text need not say when.
    pub begins_at_once: bool,
}

/// What a trigger says apart from what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// The table.
    pub table: String,
    /// `BEFORE` or `AFTER`.
    pub timing: String,
    /// `INSERT`, `UPDATE` or `DELETE`.
    pub event: String,
    /// Its place among those of the same table, timing and event.
    pub order: usize,
    /// Who defined it: `root@localhost`.
    pub definer: String,
}
