//! SQLite: the text of `sqlite_schema` is complete, but is as it was typed.
//!
//! So its tokens are compared (`words.rs`), each table item by item (`table.rs`); [`read()`] makes facts of them. A table that changes
//! is altered in place where SQLite can (`alter.rs`), and else rebuilt with the wanted text as it stands (`rebuild.rs`), so that
//! whatever can be said about a table is kept, what SQLite will learn included.

mod affinity;
mod alter;
mod hazards;
mod keywords;
mod outline;
mod read;
mod rebuild;
mod seed;
mod table;
#[cfg(test)]
mod tests;
mod texts;
mod words;

use std::collections::BTreeSet;

use dunlin_core::dialect::Dialect;

pub use self::read::{Row, read};
use crate::fact::{Fact, Id, Kind};
use crate::hazard::Allow;
use crate::picture::Outline;
use crate::refusal::Refusal;
use crate::rename::Rename;
use crate::rules::{Alteration, Change, Class, KindRule, Rules};
use crate::schema::Schema;

/// Turns foreign keys off for a file: `drop table` would take rows of other tables along.
const FOREIGN_KEYS_OFF: &str = "foreign-keys off";

/// What is known of SQLite.
#[derive(Debug, Clone, Copy)]
pub struct Sqlite;

/// Every kind of thing in a database of SQLite.
const KINDS: &[KindRule] = &[
    kind(Kind::Table, Class::Carrier, "table", Some(Allow::DropTable)),
    kind(Kind::Column, Class::Part, "column", None),
    kind(Kind::VirtualTable, Class::Satellite, "table", Some(Allow::DropTable)),
    kind(Kind::Index, Class::Satellite, "index", None),
    kind(Kind::View, Class::Satellite, "view", None),
    kind(Kind::Trigger, Class::Satellite, "trigger", None),
];

/// What the texts that SQLite keeps begin with.
const MADE: [&str; 6] =
    ["CREATE TABLE", "CREATE INDEX", "CREATE UNIQUE INDEX", "CREATE VIEW", "CREATE TRIGGER", "CREATE VIRTUAL TABLE"];

impl Rules for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn kinds(&self) -> &'static [KindRule] {
        KINDS
    }

    fn quoted(&self, name: &str) -> String {
        quoted(name)
    }

    /// SQLite keeps a text as it was typed, but for its first words, which it writes large.
    fn making(&self, fact: &Fact) -> String {
        let begins = MADE.iter().find_map(|words| Some((words, fact.sql.strip_prefix(words)?)));
        begins.map_or_else(|| fact.sql.clone(), |(words, rest)| words.to_lowercase() + rest)
    }

    fn indexes_need_tables_alone(&self) -> bool {
        true
    }

    /// What alters a table reads every view and trigger there is.
    fn is_local(&self) -> bool {
        false
    }

    fn alter(&self, change: &Change<'_>) -> Result<Alteration, Refusal> {
        alter::alter(change)
    }

    fn is_demanding(&self, fact: &Fact) -> bool {
        is_unique(fact)
    }

    fn rename(&self, rename: &Rename) -> String {
        let (from, to) = (quoted(rename.from.last()), quoted(rename.to.last()));
        match &rename.owner {
            Some(table) => format!("alter table {} rename column {from} to {to}", quoted(table.last())),
            None => format!("alter table {from} rename to {to}"),
        }
    }

    fn outline(&self, schema: &Schema, table: &Fact) -> Outline {
        outline::outline(schema, table)
    }

    fn seeds(&self, _: &Schema, table: &Fact) -> Vec<String> {
        seed::seeds(table)
    }

    fn rows(&self, table: &Fact, columns: &[&str]) -> String {
        let values = columns.iter().map(|column| format!("quote({})", quoted(column)));
        let values: Vec<String> = std::iter::once("1".to_owned()).chain(values).collect();
        let places: Vec<String> = (1..=values.len()).map(|n| n.to_string()).collect();
        format!("select {} from {} order by {}", values.join(", "), quoted(&table.name), places.join(", "))
    }

    /// A table is dropped with foreign keys off; whoever still refers to it is found before the commit. Which others there are, no
    /// schema says: those of other tools are not among its facts.
    fn directives_of_drops(&self, _: &Schema, dropped: &[&Fact]) -> Vec<&'static str> {
        let is_table = dropped.iter().any(|fact| fact.id.kind == Kind::Table);
        is_table.then_some(FOREIGN_KEYS_OFF).into_iter().collect()
    }

    /// SQLite renames nothing while a view or a trigger cannot be read behind it: first what has to do with the tables, then all.
    fn in_the_way_of<'s>(&self, renames: &[Rename], schema: &'s Schema) -> Vec<Vec<&'s Fact>> {
        let mut reached: BTreeSet<Id> = renames.iter().map(|rename| rename.table(Dialect::Sqlite)).collect();
        let readers = |of: &BTreeSet<Id>| -> Vec<&'s Fact> {
            let reads = |fact: &Fact| fact.needs.iter().chain(&fact.parent).any(|id| of.contains(id));
            let is_reader = |fact: &&Fact| matches!(fact.id.kind, Kind::View | Kind::Trigger);
            schema.facts().filter(is_reader).filter(|fact| reads(fact)).collect()
        };
        loop {
            let found = readers(&reached);
            let before = reached.len();
            reached.extend(found.iter().map(|fact| fact.id.clone()));
            if reached.len() == before {
                let all = schema.facts().filter(|fact| matches!(fact.id.kind, Kind::View | Kind::Trigger));
                return vec![found, all.collect()];
            }
        }
    }
}

const fn kind(kind: Kind, class: Class, word: &'static str, loses: Option<Allow>) -> KindRule {
    KindRule { kind, class, word, loses }
}

/// Says whether something is a unique index.
fn is_unique(fact: &Fact) -> bool {
    fact.id.kind == Kind::Index && fact.attribute("definition").is_some_and(|text| text.starts_with("unique "))
}

/// Writes a name: plain where it can be, for people, and else in quotes.
fn quoted(name: &str) -> String {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_plain = begins && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !keywords::is_keyword(name);
    if is_plain { name.to_owned() } else { Dialect::Sqlite.quote(name) }
}
