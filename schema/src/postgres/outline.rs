//! What is drawn of a table.

use dunlin_core::dialect::Dialect;
use dunlin_core::statements::{TokenKind, tokens};

use super::column::own_name;
use crate::fact::{Fact, Id, Kind};
use crate::picture::{Column, Key, Outline, Referring, comment};
use crate::schema::Schema;

/// Long names of types, and what people write.
const SHORT: [(&str, &str); 6] = [
    ("character varying", "varchar"),
    ("character", "char"),
    ("timestamp with time zone", "timestamptz"),
    ("timestamp without time zone", "timestamp"),
    ("time with time zone", "timetz"),
    ("time without time zone", "time"),
];

/// Reads the facts of a table and its parts.
pub(super) fn outline(schema: &Schema, table: &Fact) -> Outline {
    let parts = schema.children(&table.id);
    let mut columns: Vec<&Fact> = parts.iter().copied().filter(|part| part.id.kind == Kind::Column).collect();
    // What is inherited stands in no line of the text.
    let line = |column: &&Fact| table.sql.find(&format!("\n    {} ", own_name(column))).unwrap_or_default();
    columns.sort_by_key(line);
    let mut outline = Outline {
        columns: columns.into_iter().map(|column| drawn(column, schema)).collect(),
        comment: comment(schema, table),
        partition_of: partitioned(table),
        ..Outline::default()
    };
    for part in parts {
        let definition = part.attribute("definition").unwrap_or_default();
        match part.id.kind {
            Kind::PrimaryKey => outline.keys.insert(0, Key { is_primary: true, columns: bracketed(definition, 0) }),
            Kind::Unique => outline.keys.push(Key { is_primary: false, columns: bracketed(definition, 0) }),
            Kind::ForeignKey => outline.references.extend(referring(definition)),
            _ => {}
        }
    }
    outline
}

fn drawn(column: &Fact, schema: &Schema) -> Column {
    Column {
        name: column.id.name.last().cloned().unwrap_or_default(),
        kind: short(column.attribute("type").unwrap_or_default()),
        nullable: column.attribute("not null").is_none(),
        comment: comment(schema, column),
        ..Column::default()
    }
}

fn short(name: &str) -> String {
    let name = name.strip_prefix("public.").unwrap_or(name);
    let base = name.split(['(', '[']).next().unwrap_or_default();
    for (long, short) in SHORT {
        // The precision of a time stands in the middle: `timestamp(3) with time zone`.
        let (first, rest) = long.split_once(' ').unwrap_or((long, ""));
        if base == long {
            return format!("{short}{}", &name[base.len()..]);
        }
        if let Some(precision) = name.strip_prefix(first).and_then(|name| name.strip_suffix(rest))
            && precision.starts_with('(')
            && !rest.is_empty()
        {
            return format!("{short}{}", precision.trim_end());
        }
    }
    name.to_owned()
}

fn partitioned(table: &Fact) -> Option<Id> {
    table.attribute("partition of")?;
    table.needs.iter().find(|id| id.kind == Kind::Table).cloned()
}

/// `FOREIGN KEY (a, b) REFERENCES public.t(c, d) …`
fn referring(definition: &str) -> Option<Referring> {
    let words = words(definition);
    let at = words.iter().position(|word| word == "REFERENCES")?;
    let name: Vec<String> =
        [at + 1, at + 3].iter().filter_map(|at| words.get(*at)).map(|word| unquoted(word)).collect();
    Some(Referring {
        columns: bracketed(definition, 0),
        table: Id::new(Kind::Table, name),
        targets: bracketed(definition, 1),
    })
}

/// Returns the names in some brackets of a text: the first, or the next.
fn bracketed(definition: &str, nth: usize) -> Vec<String> {
    let words = words(definition);
    let Some(open) = words.iter().enumerate().filter(|(_, word)| *word == "(").map(|(at, _)| at).nth(nth) else {
        return Vec::new();
    };
    let inside = words.iter().skip(open + 1).take_while(|word| *word != ")");
    inside.filter(|word| *word != ",").map(|word| unquoted(word)).collect()
}

fn words(text: &str) -> Vec<String> {
    let tokens = tokens(text, Dialect::Postgres).unwrap_or_default();
    let is_code = |kind: TokenKind| kind.is_code();
    tokens
        .iter()
        .filter(|token| is_code(token.kind))
        .filter_map(|token| text.get(token.start..token.end))
        .map(str::to_owned)
        .collect()
}

fn unquoted(word: &str) -> String {
    match word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => word.to_owned(),
    }
}
