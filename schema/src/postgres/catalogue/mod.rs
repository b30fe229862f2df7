//! From the rows of PostgreSQL's catalogue to facts.
//!
//! Each statement in `runtime/src/schema/postgres/sql/*.sql` returns what a row is about, and the row as JSON ([`rows`]). They are read in
//! one snapshot, with an empty search path, so that every name in a text that the server prints has its schema. [`Facts`]
//! collects; the other files make facts of rows, each of those of its kind.

mod facts;
mod inherited;
mod relations;
mod routines;
mod rows;
mod tables;
mod types;

use std::collections::{HashMap, HashSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use self::facts::Facts;
pub(super) use self::facts::blank;
pub(super) use self::relations::WITHOUT_DATA;
use self::rows::{
    CollationRow, ColumnRow, CommentRow, ConstraintRow, DependencyRow, EventTriggerRow, ExtensionRow, IndexRow,
    KeptRow, PolicyRow, RoutineRow, SchemaRow, SequenceRow, StatisticsRow, TableRow, TriggerRow, TypeRow,
    UnmodelledRow, ViewRow,
};
use crate::fact::{Id, Kind};
use crate::refusal::Refusal;
use crate::schema::Schema;

/// A row of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// What it is about: the first column.
    pub about: String,
    /// What it says, as JSON: the second.
    pub json: String,
}

/// Everything that the statements return, by kind.
#[derive(Debug, Default)]
struct Catalogue {
    schemas: Vec<SchemaRow>,
    extensions: Vec<ExtensionRow>,
    collations: Vec<CollationRow>,
    enums: Vec<TypeRow>,
    domains: Vec<TypeRow>,
    composites: Vec<TypeRow>,
    ranges: Vec<TypeRow>,
    sequences: Vec<SequenceRow>,
    tables: Vec<TableRow>,
    columns: Vec<ColumnRow>,
    constraints: Vec<ConstraintRow>,
    indexes: Vec<IndexRow>,
    views: Vec<ViewRow>,
    materialized_views: Vec<ViewRow>,
    functions: Vec<RoutineRow>,
    procedures: Vec<RoutineRow>,
    aggregates: Vec<RoutineRow>,
    triggers: Vec<TriggerRow>,
    rules: Vec<TriggerRow>,
    policies: Vec<PolicyRow>,
    statistics: Vec<StatisticsRow>,
    event_triggers: Vec<EventTriggerRow>,
    comments: Vec<CommentRow>,
    kept: Vec<KeptRow>,
    dependencies: Vec<DependencyRow>,
    unmodelled: Vec<UnmodelledRow>,
}

/// Makes facts of the rows of a database.
///
/// Fails for a row that has not the form that its statement gives it.
pub fn read(rows: &[Row]) -> Result<Schema, Refusal> {
    let mut catalogue = Catalogue::default();
    for row in rows {
        catalogue.take(row)?;
    }
    let mut facts = Facts::default();
    types::add(&catalogue, &mut facts);
    let names = catalogue.relations();
    tables::add(&catalogue, &names, &mut facts);
    relations::add(&catalogue, &names, &mut facts);
    routines::add(&catalogue, &mut facts);
    facts.comment(&catalogue.comments);
    facts.connect(&catalogue.dependencies);
    facts.keep(catalogue.kept);
    Ok(facts.finish())
}

impl Catalogue {
    fn take(&mut self, row: &Row) -> Result<(), Refusal> {
        match &*row.about {
            "schema" => self.schemas.push(parsed(row)?),
            "extension" => self.extensions.push(parsed(row)?),
            "collation" => self.collations.push(parsed(row)?),
            "enum" => self.enums.push(parsed(row)?),
            "domain" => self.domains.push(parsed(row)?),
            "composite" => self.composites.push(parsed(row)?),
            "range" => self.ranges.push(parsed(row)?),
            "sequence" => self.sequences.push(parsed(row)?),
            "table" => self.tables.push(parsed(row)?),
            "column" => self.columns.push(parsed(row)?),
            "constraint" => self.constraints.push(parsed(row)?),
            "index" => self.indexes.push(parsed(row)?),
            "view" => self.views.push(parsed(row)?),
            "materialized_view" => self.materialized_views.push(parsed(row)?),
            "function" => self.functions.push(parsed(row)?),
            "procedure" => self.procedures.push(parsed(row)?),
            "aggregate" => self.aggregates.push(parsed(row)?),
            "trigger" => self.triggers.push(parsed(row)?),
            "rule" => self.rules.push(parsed(row)?),
            "policy" => self.policies.push(parsed(row)?),
            "statistics" => self.statistics.push(parsed(row)?),
            "event_trigger" => self.event_triggers.push(parsed(row)?),
            "comment" => self.comments.push(parsed(row)?),
            "kept" => self.kept.push(parsed(row)?),
            "dependency" => self.dependencies.push(parsed(row)?),
            "unmodelled" => self.unmodelled.push(parsed(row)?),
            _ => return Err(unreadable(row, "nothing of this kind is known")),
        }
        Ok(())
    }

    /// Returns the partitions of a table, and what else inherits from it.
    fn heirs_of(&self, table: u32) -> impl Iterator<Item = Id> {
        let heirs = self.tables.iter().filter(move |row| row.parents.contains(&table));
        heirs.map(|row| Id::new(Kind::Table, [&row.schema, &row.name]))
    }

    /// Returns the name of everything that must not have the name of another in its schema.
    fn relations(&self) -> HashSet<(&str, &str)> {
        let views = self.views.iter().chain(&self.materialized_views).map(|row| (&*row.schema, &*row.name));
        let others = self.sequences.iter().map(|row| (&*row.schema, &*row.name));
        let tables = self.tables.iter().map(|row| (&*row.schema, &*row.name));
        let indexes = self.indexes.iter().map(|row| (&*row.schema, &*row.name));
        let of_constraint = |row: &'_ ConstraintRow| row.index.filter(|_| row.r#type != "f").and(row.table);
        let schemas: HashMap<u32, &str> = self.tables.iter().map(|row| (row.oid, &*row.schema)).collect();
        let keys = self.constraints.iter().filter_map(|row| Some((*schemas.get(&of_constraint(row)?)?, &*row.name)));
        views.chain(others).chain(tables).chain(indexes).chain(keys).collect()
    }
}

fn parsed<T: DeserializeOwned>(row: &Row) -> Result<T, Refusal> {
    serde_json::from_str(&row.json).map_err(|error| unreadable(row, &error.to_string()))
}

fn unreadable(row: &Row, why: &str) -> Refusal {
    Refusal {
        object: format!("{} {}", row.about, row.json),
        what: "it cannot be read".to_owned(),
        why: why.to_owned(),
        instead: "report it, with the version of the server".to_owned(),
    }
}
