//! What is drawn of a table.

use super::collation::Collations;
use super::table::Table;
use super::words::{unquoted, words};
use crate::fact::{Fact, Id, Kind};
use crate::picture::{Column, Key, Outline, Referring};

/// Reads a table's text.
pub(super) fn outline(fact: &Fact, foreign_keys: &[&Fact]) -> Outline {
    let Some(table) = Table::read(&fact.sql, &Collations::default()) else { return Outline::default() };
    let columns = table.columns.iter().map(|column| Column {
        name: column.name.clone(),
        kind: column.kind.clone(),
        nullable: !column.is_not_null(),
        comment: said(&column.rest),
        ..Column::default()
    });
    let is_unique = |clause: &str| clause.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("unique"));
    let keys = table.keys.iter().filter(|key| key.name == "PRIMARY" || is_unique(&key.clause));
    let keys = keys.map(|key| Key { is_primary: key.name == "PRIMARY", columns: key.columns.clone() });
    let references = foreign_keys.iter().filter_map(|fact| {
        let key = super::foreign_key::read(fact)?;
        let table = Id::new(Kind::Table, [key.table?.to_lowercase()]);
        Some(Referring { columns: key.columns, table, targets: key.referenced })
    });
    Outline {
        columns: columns.collect(),
        keys: keys.collect(),
        references: references.collect(),
        comment: table.options.get("COMMENT").map(text).filter(|text| !text.is_empty()),
        partition_of: None,
    }
}

/// Returns what a column's `COMMENT` says.
fn said(rest: &str) -> Option<String> {
    let words = words(rest);
    let at = words.iter().position(|word| word.is("comment"))?;
    words.get(at + 1).map(|word| text(word.text)).filter(|text| !text.is_empty())
}

/// Returns the text of a literal.
fn text(literal: &str) -> String {
    let inner = literal.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    match inner {
        Some(inner) => inner.replace("''", "'").replace("\\\\", "\\"),
        None => unquoted(literal),
    }
}
