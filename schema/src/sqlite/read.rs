//! From the rows of `sqlite_schema` to facts.

use std::collections::{BTreeMap, BTreeSet};

use dunlin_core::dialect::Dialect;
use serde::{Deserialize, Serialize};

use super::table::Table;
use super::texts::Names;
use super::words::{Word, joined, words};
use crate::fact::{Fact, Id, Kind};
use crate::refusal::Refusal;
use crate::schema::Schema;

/// A row of `sqlite_schema`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// `table`, `index`, `view` or `trigger`.
    pub kind: String,
    /// The thing's name.
    pub name: String,
    /// The table that it belongs to.
    pub table: String,
    /// The text that makes it.
    pub sql: String,
}

/// Makes facts of the rows of a database. Rows without a text, and what SQLite and modules keep for themselves, are to be left
/// out before.
///
/// Fails for a table whose text is of no known form.
pub fn read(rows: &[Row]) -> Result<Schema, Refusal> {
    let kinds: BTreeMap<String, Kind> = rows
        .iter()
        .filter_map(|row| Some((row.name.to_ascii_lowercase(), kind(row)?)))
        .filter(|(_, kind)| matches!(kind, Kind::Table | Kind::VirtualTable | Kind::View))
        .collect();
    let is_relation = |row: &&Row| matches!(&*row.kind, "table" | "view");
    let relations = rows.iter().filter(is_relation).map(|row| (row.name.to_ascii_lowercase(), &*row.sql));
    let seen = Names::of(relations);
    let named = |name: &String| kinds.get(name).map(|kind| Id::new(*kind, [name.clone()]));
    let mut facts = Vec::new();
    for row in rows {
        let Some(kind) = kind(row) else { continue };
        let key = row.name.to_ascii_lowercase();
        let mut fact = Fact {
            id: Id::new(kind, [key.clone()]),
            name: row.name.clone(),
            parent: None,
            attributes: vec![("name", row.name.clone())],
            rank: None,
            needs: BTreeSet::new(),
            sql: row.sql.clone(),
            kept: String::new(),
        };
        if kind == Kind::Table {
            let table = Table::read(&row.sql).ok_or_else(|| unreadable(&fact))?;
            fact.attributes.push(("constraints", table.constraints()));
            fact.attributes.push(("options", table.options()));
            fact.needs = table.references().iter().filter_map(named).filter(|id| *id != fact.id).collect();
            facts.extend(columns(&table, &fact));
        } else {
            let words = seen.words(&row.sql, &row.table.to_ascii_lowercase());
            fact.attributes.push(("definition", definition(&words)));
            if matches!(kind, Kind::Index | Kind::Trigger) {
                fact.parent = named(&row.table.to_ascii_lowercase());
            }
            let mentioned = words.iter().filter_map(Word::name).filter_map(|name| named(&name));
            fact.needs = mentioned.filter(|id| *id != fact.id && Some(id) != fact.parent.as_ref()).collect();
        }
        facts.push(fact);
    }
    Ok(Schema::new(Dialect::Sqlite, facts))
}

fn kind(row: &Row) -> Option<Kind> {
    match &*row.kind {
        "table" if words(&row.sql).get(1).is_some_and(|word| word.is("virtual")) => Some(Kind::VirtualTable),
        "table" => Some(Kind::Table),
        "index" => Some(Kind::Index),
        "view" => Some(Kind::View),
        "trigger" => Some(Kind::Trigger),
        _ => None,
    }
}

fn columns(table: &Table<'_>, of: &Fact) -> Vec<Fact> {
    let fact = |(rank, column): (usize, &super::table::Column)| Fact {
        id: Id::new(Kind::Column, of.id.name.iter().chain([&column.key])),
        name: format!("{}.{}", of.name, column.name),
        parent: Some(of.id.clone()),
        attributes: vec![("name", column.name.clone()), ("definition", column.definition())],
        rank: Some(rank),
        needs: BTreeSet::new(),
        sql: column.text(table.sql).to_owned(),
        kept: String::new(),
    };
    table.columns.iter().enumerate().map(fact).collect()
}

/// The words behind the thing's name: that is compared on its own, and may be quoted otherwise.
fn definition(words: &[Word]) -> String {
    let own = words.iter().position(|word| ["index", "view", "trigger", "table"].iter().any(|kind| word.is(kind)));
    let behind = own.map_or(0, |at| at + 2);
    let unique = words.get(1).filter(|word| word.is("unique"));
    joined(unique.into_iter().chain(words.get(behind..).unwrap_or_default()))
}

fn unreadable(fact: &Fact) -> Refusal {
    Refusal {
        object: fact.title(),
        what: "it cannot be compared".to_owned(),
        why: "its text in sqlite_schema is of no form that SQLite writes".to_owned(),
        instead: "name it in `ignore`".to_owned(),
    }
}
