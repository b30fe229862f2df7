//! Rows for tables that have none.

use dunlin_core::statements::TokenKind;

use super::collation::Collations;
use super::column::{Column, Source};
use super::quoted;
use super::table::Table;
use super::words::words;
use crate::fact::Fact;
use crate::seed::inserts;

/// Values to try for a column that its typed value does not fit.
const VALUES: [&str; 4] = ["2", "'a'", "'ab'", "0"];

/// A value of each type.
const OF_TYPE: [(&str, &str); 26] = [
    ("json", "'{}'"),
    ("uuid", "'00000000-0000-0000-0000-000000000001'"),
    ("inet4", "'0.0.0.1'"),
    ("inet6", "'::1'"),
    ("date", "'2001-02-03'"),
    ("datetime", "'2001-02-03 04:05:06'"),
    ("timestamp", "'2001-02-03 04:05:06'"),
    ("time", "'04:05:06'"),
    ("year", "2001"),
    ("bit", "b'1'"),
    ("point", "st_geomfromtext('POINT(1 1)')"),
    ("geometry", "st_geomfromtext('POINT(1 1)')"),
    ("linestring", "st_geomfromtext('LINESTRING(1 1, 2 2)')"),
    ("polygon", "st_geomfromtext('POLYGON((0 0, 0 1, 1 1, 0 0))')"),
    ("multipoint", "st_geomfromtext('MULTIPOINT(1 1)')"),
    ("multilinestring", "st_geomfromtext('MULTILINESTRING((1 1, 2 2))')"),
    ("multipolygon", "st_geomfromtext('MULTIPOLYGON(((0 0, 0 1, 1 1, 0 0)))')"),
    ("geometrycollection", "st_geomfromtext('GEOMETRYCOLLECTION(POINT(1 1))')"),
    ("char", "'1'"),
    ("varchar", "'1'"),
    ("binary", "'1'"),
    ("varbinary", "'1'"),
    ("tinytext", "'1'"),
    ("text", "'1'"),
    ("mediumtext", "'1'"),
    ("longtext", "'1'"),
];

/// Returns statements that put a row into a table: typed values first, then the literals of the text, which a check may want,
/// then others; at last the defaults alone.
pub(super) fn seeds(fact: &Fact) -> Vec<String> {
    let Some(table) = Table::read(&fact.sql, &Collations::default()) else { return Vec::new() };
    let columns: Vec<&Column> = table.columns.iter().filter(|column| column.source == Source::Plain).collect();
    let checks: String = table.checks.iter().map(|check| format!("{} ", check.clause)).collect();
    let partitions = table.partitions.clone().unwrap_or_default();
    let literals = |column: &Column| -> Vec<String> {
        let text = format!("{} {checks} {partitions}", column.rest);
        let is_literal = |kind| matches!(kind, TokenKind::Number | TokenKind::String);
        words(&text).iter().filter(|word| is_literal(word.kind)).map(|word| word.text.to_owned()).collect()
    };
    let candidates: Vec<Vec<String>> = columns
        .iter()
        .map(|column| {
            let typed = std::iter::once(typed(column));
            typed.chain(literals(column)).chain(VALUES.into_iter().map(str::to_owned)).collect()
        })
        .collect();
    let name = quoted(&fact.name);
    let into: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
    let mut seeds = inserts(&name, &into, &candidates);
    seeds.push(format!("insert into {name} () values ()"));
    seeds
}

fn typed(column: &Column) -> String {
    let base = column.base();
    if base == "enum" || base == "set" {
        let first = words(&column.kind).into_iter().find(|word| word.kind == TokenKind::String);
        return first.map_or_else(|| "''".to_owned(), |word| word.text.to_owned());
    }
    if column.has(&["check"]) && column.rest.to_lowercase().contains("json_valid") {
        return "'{}'".to_owned();
    }
    OF_TYPE.iter().find(|(own, _)| *own == base).map_or("1", |(_, value)| value).to_owned()
}
