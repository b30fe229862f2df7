//! MySQL and MariaDB: the server's own lines are the clauses.
//!
//! `SHOW CREATE TABLE` says all that there is to a table, one element a line, in a form that is the same for what is the same
//! ([`table`]); [`read()`] makes facts of it. From one table to another leads one `ALTER TABLE` whose clauses are the elements
//! that differ ([`alter`]). Views, triggers, routines and events are their text ([`program`]).
//!
//! Written for MariaDB 10.5 and later, on which it is tried. Of MySQL 8 the forms are known that its manual has: what stands in
//! `/*!80016 … */`, functional keys, `NOT ENFORCED`.

mod alter;
mod catalogue;
mod collation;
mod column;
mod foreign_key;
mod hazards;
mod options;
mod outline;
mod placement;
mod prepare;
mod program;
mod read;
mod seed;
mod sequence;
mod table;
#[cfg(test)]
mod tests;
mod types;
mod words;

use dunlin_core::dialect::Dialect;
use dunlin_core::statements::split;

pub use self::catalogue::{Catalogue, Object, Setting, Trigger};
pub use self::collation::Collations;
pub use self::read::read;
use crate::dump::ended;
use crate::fact::{Fact, Kind};
use crate::hazard::Allow;
use crate::picture::Outline;
use crate::plan::Step;
use crate::refusal::Refusal;
use crate::rename::Rename;
use crate::rules::{Alteration, Change, Class, Effect, KindRule, Rules};
use crate::schema::Schema;

/// What is known of MySQL and MariaDB.
#[derive(Debug, Clone, Copy)]
pub struct Mysql;

/// Every kind of thing in a database of MySQL or MariaDB.
const KINDS: &[KindRule] = &[
    kind(Kind::Database, Class::Carrier, "database", None),
    kind(Kind::Sequence, Class::Carrier, "sequence", Some(Allow::DropSequence)),
    kind(Kind::Table, Class::Carrier, "table", Some(Allow::DropTable)),
    // It has no rows, so it is made again when it changes.
    kind(Kind::MergeTable, Class::Satellite, "table", None),
    kind(Kind::Column, Class::Part, "column", None),
    kind(Kind::Index, Class::Part, "key", None),
    kind(Kind::Check, Class::Part, "constraint", None),
    kind(Kind::Period, Class::Part, "period", None),
    kind(Kind::ForeignKey, Class::Satellite, "foreign key", None),
    kind(Kind::Function, Class::Satellite, "function", None),
    kind(Kind::Procedure, Class::Satellite, "procedure", None),
    kind(Kind::Package, Class::Satellite, "package", None),
    kind(Kind::PackageBody, Class::Satellite, "package body", None),
    kind(Kind::View, Class::Satellite, "view", None),
    kind(Kind::Trigger, Class::Satellite, "trigger", None),
    kind(Kind::Event, Class::Satellite, "event", None),
];

impl Rules for Mysql {
    fn dialect(&self) -> Dialect {
        Dialect::Mysql
    }

    fn kinds(&self) -> &'static [KindRule] {
        KINDS
    }

    fn quoted(&self, name: &str) -> String {
        quoted(name)
    }

    fn alter(&self, change: &Change<'_>) -> Result<Alteration, Refusal> {
        match change.to.id.kind {
            Kind::Table => alter::alter(change),
            Kind::Sequence => sequence::alter(change),
            _ => {
                let steps = vec![Step::new(change.to, &*change.to.sql)];
                Ok(Alteration { steps, effect: Effect::Alone, directives: Vec::new() })
            }
        }
    }

    /// Views and programs keep the character set of whoever makes them.
    fn preamble(&self) -> Option<&'static str> {
        Some("set names utf8mb4")
    }

    /// The client ends a statement at the first `;`, be it in a body.
    fn written(&self, sql: &str) -> String {
        let is_divided = words::words(sql).iter().any(|word| word.text == ";");
        if is_divided {
            format!("delimiter ;;\n{}\ndelimiter ;", ended(sql, ";;", Dialect::Mysql))
        } else {
            ended(sql, ";", Dialect::Mysql)
        }
    }

    /// What the server can do with the catalogue alone, it does instantly; else it works in the table's place while others read and
    /// write.
    fn online_forms(&self, step: &Step, from: &Schema) -> Option<Vec<String>> {
        let is_there = |table: &&Fact| step.sql.starts_with(&format!("alter table {}", quoted(&table.name)));
        from.facts().filter(|fact| fact.id.kind == Kind::Table).find(is_there)?;
        let sql = step.sql.to_lowercase();
        // A table that is divided otherwise is copied.
        if ["partition by", "remove partitioning"].iter().any(|words| sql.contains(words)) {
            return Some(Vec::new());
        }
        Some(ONLINE.iter().map(|clause| format!("{},\n  {clause}", step.sql)).collect())
    }

    fn makes(&self, fact: &Fact, from: &Schema, to: &Schema) -> Vec<Step> {
        let table = fact.parent.as_ref().and_then(|id| to.get(id));
        match (fact.id.kind, table) {
            (Kind::Table, _) => vec![Step::new(fact, with_foreign_keys(fact, to))],
            (Kind::ForeignKey, Some(table))
                if from.get(&table.id).is_none() && foreign_key::is_made_with_table(fact, table) =>
            {
                Vec::new()
            }
            (Kind::ForeignKey, Some(table)) => vec![Step::new(table, foreign_key::adding(fact, from, to))],
            _ => {
                let sql =
                    if fact.id.kind == Kind::Trigger { program::placed(fact, from, to) } else { fact.sql.clone() };
                // What it is made under is set before, and set back behind.
                match split(&sql, Dialect::Mysql) {
                    Ok(statements) => statements.iter().map(|statement| Step::new(fact, statement.text())).collect(),
                    Err(_) => vec![Step::new(fact, sql)],
                }
            }
        }
    }

    fn is_demanding(&self, fact: &Fact) -> bool {
        fact.id.kind == Kind::ForeignKey
    }

    fn dropping(&self, rule: &KindRule, fact: &Fact) -> String {
        format!("drop {} {}", rule.word, quoted(fact.attribute("name").unwrap_or(&fact.name)))
    }

    fn drops(&self, rule: &KindRule, fact: &Fact, from: &Schema, to: &Schema) -> Vec<String> {
        match rule.kind {
            Kind::ForeignKey => vec![foreign_key::dropping(fact, from, to)],
            // A package is known under the mode alone that it was made under.
            Kind::Package | Kind::PackageBody => program::under_its_mode(fact, self.dropping(rule, fact)),
            _ => vec![self.dropping(rule, fact)],
        }
    }

    /// Foreign keys through which tables refer to one another in a circle would keep each of them.
    fn goes_along(&self, fact: &Fact, parent: &Fact) -> bool {
        fact.id.kind != Kind::ForeignKey || foreign_key::is_made_with_table(fact, parent)
    }

    fn rename(&self, rename: &Rename) -> String {
        let (from, to) = (quoted(rename.from.last()), quoted(rename.to.last()));
        match &rename.owner {
            Some(table) => format!("alter table {} rename column {from} to {to}", quoted(table.last())),
            None => format!("rename table {from} to {to}"),
        }
    }

    fn outline(&self, schema: &Schema, table: &Fact) -> Outline {
        let is_foreign = |fact: &&Fact| fact.id.kind == Kind::ForeignKey;
        let foreign_keys: Vec<&Fact> = schema.children(&table.id).into_iter().filter(is_foreign).collect();
        outline::outline(table, &foreign_keys)
    }

    fn seeds(&self, _: &Schema, table: &Fact) -> Vec<String> {
        seed::seeds(table)
    }

    fn rows(&self, table: &Fact, columns: &[&str]) -> String {
        let values = columns.iter().map(|column| format!("hex({})", quoted(column)));
        let values: Vec<String> = std::iter::once("'1'".to_owned()).chain(values).collect();
        let places: Vec<String> = (1..=values.len()).map(|n| n.to_string()).collect();
        format!("select {} from {} order by {}", values.join(", "), quoted(&table.name), places.join(", "))
    }
}

/// The clauses with which the server refuses what it cannot do while others read and write. Beside `instant` MySQL takes no lock.
const ONLINE: [&str; 2] = ["algorithm=instant", "algorithm=inplace, lock=none"];

const fn kind(kind: Kind, class: Class, word: &'static str, loses: Option<Allow>) -> KindRule {
    KindRule { kind, class, word, loses }
}

/// Returns the text that makes a table, with the foreign keys to what is made before it.
fn with_foreign_keys(table: &Fact, to: &Schema) -> String {
    let keys = to.children(&table.id).into_iter().filter(|fact| fact.id.kind == Kind::ForeignKey);
    let clauses: Vec<&str> = keys
        .filter(|fact| foreign_key::is_made_with_table(fact, table))
        .filter_map(|fact| fact.attribute("definition"))
        .collect();
    match table::Table::read(&table.sql, &Collations::default()) {
        Some(read) if !clauses.is_empty() => read.sql(clauses.into_iter()),
        _ => table.sql.clone(),
    }
}

/// Names are always in quotes, as the server prints them.
fn quoted(name: &str) -> String {
    Dialect::Mysql.quote(name)
}
