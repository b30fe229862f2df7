//! Rows for tables that have none.

use dunlin_core::statements::TokenKind;

use super::quoted;
use super::table::{Column, Table};
use crate::fact::Fact;
use crate::seed::inserts;

/// Values to try for a column whose text has fewer literals.
const VALUES: [&str; 4] = ["1", "'a'", "x'00'", "1.5"];

/// Values to try for a column of a type, by a part of its name.
const OF_TYPE: [(&str, &str); 7] = [
    ("int", "1"),
    ("char", "'a'"),
    ("clob", "'a'"),
    ("text", "'a'"),
    ("blob", "x'00'"),
    ("real", "1.5"),
    ("doub", "1.5"),
];

/// Returns statements that put a row into a table: typed values first, then others, the literals of the text among them, which
/// a check may want; at last the defaults alone.
pub(super) fn seeds(fact: &Fact) -> Vec<String> {
    let Some(table) = Table::read(&fact.sql) else { return Vec::new() };
    let columns: Vec<&Column> = table.columns.iter().filter(|column| !column.is_generated()).collect();
    let literals = |column: &Column| -> Vec<String> {
        let words = column.inner().iter().chain(table.constraint_words());
        let is_literal = |kind| matches!(kind, TokenKind::Number | TokenKind::String);
        words.filter(|word| is_literal(word.kind)).map(|word| word.text.clone()).collect()
    };
    let candidates: Vec<Vec<String>> = columns
        .iter()
        .map(|column| {
            let words = column.type_words();
            let typed = OF_TYPE.iter().find(|(part, _)| words.contains(part)).map_or("1", |(_, value)| value);
            let all = VALUES.into_iter().map(str::to_owned);
            std::iter::once(typed.to_owned()).chain(literals(column)).chain(all).collect()
        })
        .collect();
    let name = quoted(&fact.name);
    let into: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
    let mut seeds = inserts(&name, &into, &candidates);
    seeds.push(format!("insert into {name} default values"));
    seeds
}
