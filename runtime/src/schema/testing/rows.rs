//! Rows that must stay where they are.

use std::collections::BTreeMap;

use dunlin_core::migration::Script;
use dunlin_core::statements::split;
use dunlin_schema::{Fact, Id, Kind, Rules, Schema, rules};

use super::report::{TestFault, TestStage};
use crate::schema::SchemaError;
use crate::schema::scratch::Scratch;

/// What silences [`lost`] for a file: `-- dunlin: allow lost-rows <reason>`.
const ALLOWED: &str = "lost-rows";

/// How many rows each table has.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts(BTreeMap<Id, u64>);

impl Counts {
    /// Counts the rows of every table. What cannot be counted has no number.
    pub(super) async fn of(schema: &Schema, scratch: &mut Scratch) -> Result<Counts, SchemaError> {
        let rules = rules(schema.dialect());
        let tables: Vec<&Fact> = schema.facts().filter(|fact| fact.id.kind == Kind::Table).collect();
        if tables.is_empty() {
            return Ok(Counts::default());
        }
        let sql: Vec<String> = tables.iter().map(|table| counting(table, rules)).collect();
        let rows = scratch.try_rows(&sql.join(";\n")).await?.unwrap_or_default();
        let counts = tables.iter().zip(&rows).filter_map(|(table, row)| Some((table.id.clone(), row.number(0)?)));
        Ok(Counts(counts.filter_map(|(id, number)| Some((id, u64::try_from(number).ok()?))).collect()))
    }

    /// Returns what is there at two points of the way, of the tables that are.
    pub(super) fn at_both(&self, other: &Counts) -> Counts {
        let least = |(id, rows): (&Id, &u64)| Some((id.clone(), *rows.min(other.0.get(id)?)));
        Counts(self.0.iter().filter_map(least).collect())
    }
}

fn counting(table: &Fact, rules: &dyn Rules) -> String {
    format!("select count(*) from ({}) as counted", rules.rows(table, &[]))
}

/// Finds a table that has fewer rows than before, behind files that do not delete any.
pub(super) fn lost(
    stage: TestStage,
    files: &[&Script],
    before: &Counts,
    after: &Counts,
    schema: &Schema,
) -> Option<TestFault> {
    if files.iter().any(|file| deletes(file, schema)) {
        return None;
    }
    let fewer = |(id, before): (&Id, &u64)| {
        let after = after.0.get(id)?;
        let table = schema.get(id)?.name.clone();
        (after < before).then_some(TestFault::RowsLost { stage, table, before: *before, after: *after })
    };
    before.0.iter().find_map(fewer)
}

/// Says whether a file deletes rows on purpose, or says that it loses some.
fn deletes(file: &Script, schema: &Schema) -> bool {
    if file.header.allow.iter().any(|allowance| allowance.rule == ALLOWED) {
        return true;
    }
    let statements = split(&file.text, schema.dialect()).unwrap_or_default();
    statements.iter().any(|statement| {
        let text = statement.text().to_lowercase();
        let begins = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
        begins(&["delete", "truncate", "call"])
            || (begins(&["with", "do"]) && (text.contains("delete") || text.contains("truncate")))
    })
}
