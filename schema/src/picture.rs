//! What a picture of a schema shows: tables with their columns and keys, how they refer to one another, and views.
//!
//! Facts have the shape of their engine. [`Outline`] is what an engine reads of one table ([`Rules::outline`]); [`Picture`] is all of
//! them together, and the same for every engine.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::fact::{Fact, Id, Kind};
use crate::rules::Rules;
use crate::schema::Schema;

/// A schema, as it is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// Tables, by name. Partitions are part of theirs.
    pub tables: Vec<Table>,
    /// Views, by name.
    pub views: Vec<View>,
    /// How tables refer to one another, by the table that refers.
    pub references: Vec<Reference>,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Its name for people.
    pub name: String,
    /// What is said about it.
    pub comment: Option<String>,
    /// How many partitions it has.
    pub partitions: usize,
    /// Its columns, in their order. A virtual table shows none.
    pub columns: Vec<Column>,
}

/// A column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a mark of its own in the picture")]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as people write it.
    pub kind: String,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether it is the primary key, or part of it.
    pub primary: bool,
    /// Whether it alone tells rows apart, and is no primary key.
    pub unique: bool,
    /// Whether it refers to another table, alone or with others.
    pub foreign: bool,
    /// What is said about it.
    pub comment: Option<String>,
}

/// A view.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct View {
    /// Its name for people.
    pub name: String,
    /// Whether it keeps its rows.
    pub materialized: bool,
    /// The tables and views that it reads, by name.
    pub reads: Vec<String>,
    /// What is said about it.
    pub comment: Option<String>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// The table that refers, by its place among the tables.
    pub from: usize,
    /// Its columns, by their places.
    pub columns: Vec<usize>,
    /// The table that is referred to.
    pub to: usize,
    /// Its columns.
    pub targets: Vec<usize>,
    /// Whether a row may refer to none.
    pub optional: bool,
    /// Whether no two rows refer to the same.
    pub single: bool,
}

/// What an engine reads of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// The columns, in their order; of their keys nothing is said yet.
    pub columns: Vec<Column>,
    /// What tells its rows apart: the columns of the primary key first.
    pub keys: Vec<Key>,
    /// The tables that it refers to.
    pub references: Vec<Referring>,
    /// What is said about it.
    pub comment: Option<String>,
    /// The table that it is a partition of.
    pub partition_of: Option<Id>,
}

/// Columns that tell rows apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Whether it is the primary key.
    pub is_primary: bool,
    /// The columns' names.
    pub columns: Vec<String>,
}

/// A foreign key, by names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referring {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The other table.
    pub table: Id,
    /// The columns there; none is its primary key.
    pub targets: Vec<String>,
}

impl Picture {
    /// Reads a schema.
    pub fn of(schema: &Schema, rules: &dyn Rules) -> Picture {
        let is_table = |fact: &&Fact| matches!(fact.id.kind, Kind::Table | Kind::VirtualTable);
        let mut read: Vec<(&Fact, Outline)> =
            schema.facts().filter(is_table).map(|fact| (fact, rules.outline(schema, fact))).collect();
        let mut partitions: BTreeMap<Id, usize> = BTreeMap::new();
        let above: BTreeMap<Id, Id> =
            read.iter().filter_map(|(fact, own)| Some((fact.id.clone(), own.partition_of.clone()?))).collect();
        for id in above.keys() {
            *partitions.entry(topmost(id, &above).clone()).or_default() += 1;
        }
        read.retain(|(_, outline)| outline.partition_of.is_none());
        read.sort_by_key(|(fact, _)| fact.name.to_lowercase());
        let places: BTreeMap<&Id, usize> =
            read.iter().enumerate().map(|(place, (fact, _))| (&fact.id, place)).collect();
        let mut tables: Vec<Table> = read
            .iter()
            .map(|(fact, outline)| Table {
                name: fact.name.clone(),
                comment: outline.comment.clone(),
                partitions: partitions.get(&fact.id).copied().unwrap_or_default(),
                columns: outline.columns.clone(),
            })
            .collect();
        for (table, (_, outline)) in tables.iter_mut().zip(&read) {
            mark_keys(table, &outline.keys);
        }
        let mut references = Vec::new();
        for (from, (_, outline)) in read.iter().enumerate() {
            for referring in &outline.references {
                let to = places.get(topmost(&referring.table, &above)).copied();
                references.extend(to.and_then(|to| reference(referring, (from, to), &tables, &outline.keys)));
            }
        }
        for reference in &references {
            let columns = tables.get_mut(reference.from).map(|table| &mut table.columns);
            for column in columns.into_iter().flat_map(|columns| columns.iter_mut().enumerate()) {
                column.1.foreign |= reference.columns.contains(&column.0);
            }
        }
        Picture { tables, views: views(schema), references }
    }
}

/// Returns the table that a partition is at last part of, or the table itself.
fn topmost<'a>(id: &'a Id, above: &'a BTreeMap<Id, Id>) -> &'a Id {
    match above.get(id) {
        Some(parent) => topmost(parent, above),
        None => id,
    }
}

fn mark_keys(table: &mut Table, keys: &[Key]) {
    for key in keys {
        let places = places(&key.columns, table);
        for place in &places {
            let Some(column) = table.columns.get_mut(*place) else { continue };
            column.primary |= key.is_primary;
            column.unique |= !key.is_primary && key.columns.len() == 1;
        }
    }
    table.columns.iter_mut().for_each(|column| column.unique &= !column.primary);
}

/// Returns the places of columns. Where an engine does not know case, neither does this.
fn places(names: &[String], table: &Table) -> Vec<usize> {
    let place = |name: &String| {
        let exact = table.columns.iter().position(|column| column.name == *name);
        exact.or_else(|| table.columns.iter().position(|column| column.name.to_lowercase() == name.to_lowercase()))
    };
    names.iter().filter_map(place).collect()
}

fn reference(referring: &Referring, (from, to): (usize, usize), tables: &[Table], keys: &[Key]) -> Option<Reference> {
    let (own, other) = (tables.get(from)?, tables.get(to)?);
    let columns = places(&referring.columns, own);
    let targets = match &referring.targets[..] {
        [] => (0..other.columns.len())
            .filter(|place| other.columns.get(*place).is_some_and(|column| column.primary))
            .collect(),
        targets => places(targets, other),
    };
    let optional = columns.iter().any(|place| own.columns.get(*place).is_some_and(|column| column.nullable));
    let is_key = |key: &Key| places(&key.columns, own).iter().all(|place| columns.contains(place));
    let single = keys.iter().any(is_key);
    Some(Reference { from, columns, to, targets, optional, single })
}

fn views(schema: &Schema) -> Vec<View> {
    let is_view = |fact: &&Fact| matches!(fact.id.kind, Kind::View | Kind::MaterializedView);
    let mut views: Vec<View> = schema
        .facts()
        .filter(is_view)
        .map(|fact| {
            let is_read =
                |id: &&Id| matches!(id.kind, Kind::Table | Kind::VirtualTable | Kind::View | Kind::MaterializedView);
            let read = fact.needs.iter().filter(is_read).filter_map(|id| schema.get(id));
            let mut reads: Vec<String> = read.map(|fact| fact.name.clone()).collect();
            reads.sort_by_key(|name| name.to_lowercase());
            View {
                name: fact.name.clone(),
                materialized: fact.id.kind == Kind::MaterializedView,
                reads,
                comment: comment(schema, fact),
            }
        })
        .collect();
    views.sort_by_key(|view| view.name.to_lowercase());
    views
}

/// Returns what is said about something, where that is a fact of its own.
pub(crate) fn comment(schema: &Schema, fact: &Fact) -> Option<String> {
    let own =
        schema.children(&fact.id).into_iter().find(|part| part.id.kind == Kind::Comment && part.name == fact.title());
    own.and_then(|comment| comment.attribute("text")).map(str::to_owned)
}
