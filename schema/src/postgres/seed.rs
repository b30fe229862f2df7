//! Rows for tables that have none.

use super::{column::own_name, name::items, written};
use crate::fact::{Fact, Id, Kind};
use crate::schema::Schema;
use crate::seed::inserts;

/// Values by the beginning of a type's name.
const OF_TYPE: [(&str, &str); 30] = [
    ("smallint", "1"),
    ("integer", "1"),
    ("bigint", "1"),
    ("numeric", "1"),
    ("real", "1"),
    ("double precision", "1"),
    ("money", "'1'"),
    ("character", "'a'"),
    ("text", "'a'"),
    ("name", "'a'"),
    ("boolean", "true"),
    ("date", "'2000-01-01'"),
    ("timestamp", "'2000-01-01 00:00:00+00'"),
    ("time", "'00:00:00'"),
    ("interval", "'1 day'"),
    ("uuid", "'00000000-0000-0000-0000-000000000001'"),
    ("jsonb", "'{}'"),
    ("json", "'{}'"),
    ("bytea", "'a'"),
    ("inet", "'127.0.0.1'"),
    ("cidr", "'127.0.0.0/8'"),
    ("macaddr", "'08:00:2b:01:02:03'"),
    ("bit", "'1'"),
    ("tsvector", "'a'"),
    ("tsquery", "'a'"),
    ("xml", "'<a/>'"),
    ("point", "'(1,1)'"),
    ("oid", "1"),
    ("regclass", "'pg_catalog.pg_class'"),
    ("public.citext", "'a'"),
];

/// How many rows are tried before a table is left without one.
const TRIES: usize = 8;

/// Returns statements that put a row into a table: values by type first, then the literals of its checks, at last the defaults
/// alone.
pub(super) fn seeds(schema: &Schema, table: &Fact) -> Vec<String> {
    let name = written(&table.id, 2);
    let children = schema.children(&table.id);
    let columns: Vec<&Fact> = children
        .iter()
        .copied()
        .filter(|fact| fact.id.kind == Kind::Column && fact.attribute("generated").is_none())
        .filter(|fact| fact.attribute("identity") != Some("always"))
        .collect();
    let checks: Vec<&&Fact> = children.iter().filter(|fact| fact.id.kind == Kind::Check).collect();
    let wanted = |column: &Fact| -> Vec<String> {
        let of_column = checks.iter().filter(|check| check.needs.contains(&column.id));
        of_column.filter_map(|check| check.attribute("definition")).flat_map(literals).collect()
    };
    let candidates: Vec<Vec<String>> = columns
        .iter()
        .map(|column| {
            let usual = value(column.attribute("type").unwrap_or_default(), schema);
            std::iter::once(usual).chain(wanted(column)).collect()
        })
        .collect();
    let into: Vec<String> = columns.iter().map(|column| own_name(column)).collect();
    let defaults = format!("insert into {name} default values");
    if columns.is_empty() {
        return vec![defaults];
    }
    let mut seeds = inserts(&name, &into, &candidates);
    seeds.truncate(TRIES);
    seeds.push(defaults);
    seeds
}

/// Returns a query for all rows of a table, every value as text.
pub(super) fn rows(table: &Fact, columns: &[&str]) -> String {
    let name = written(&table.id, 2);
    if table.attribute("partition key").is_some() {
        // Its rows are those of its partitions.
        return "select 1 where false".to_owned();
    }
    let texts = columns.iter().map(|column| format!("{}::text", super::quoted(column)));
    let texts: Vec<String> = std::iter::once("'1'::text".to_owned()).chain(texts).collect();
    let places: Vec<String> = (1..=texts.len()).map(|n| n.to_string()).collect();
    format!("select {} from only {name} order by {}", texts.join(", "), places.join(", "))
}

fn value(kind: &str, schema: &Schema) -> String {
    if kind.ends_with(']') {
        return "'{}'".to_owned();
    }
    if let Some((_, value)) =
        OF_TYPE.iter().find(|(own, _)| kind.starts_with(own) && !kind.starts_with("character varying."))
    {
        return (*value).to_owned();
    }
    let own = |of: Kind| {
        let (space, name) = kind.split_once('.')?;
        schema.get(&Id::new(of, [space.trim_matches('"'), name.trim_matches('"')]))
    };
    if let Some(labels) = own(Kind::Enum).and_then(|fact| fact.attribute("values")) {
        return items(labels).first().map_or("null", |label| *label).to_owned();
    }
    if let Some(base) = own(Kind::Domain).and_then(|fact| fact.attribute("type")) {
        return value(base, schema);
    }
    if kind.ends_with("range") || own(Kind::Range).is_some() {
        return "'empty'".to_owned();
    }
    "null".to_owned()
}

/// Returns the literals of an expression: what a check may want.
fn literals(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (n, piece) in text.split('\'').enumerate() {
        if n % 2 == 1 {
            found.push(format!("'{piece}'"));
            continue;
        }
        let numbers = piece.split(|c: char| !c.is_ascii_digit() && c != '.');
        for number in numbers.filter(|number| number.parse::<f64>().is_ok()) {
            found.push(number.to_owned());
            found.extend(number.parse::<i64>().ok().map(|number| (number + 1).to_string()));
        }
    }
    found
}
