//! The text of columns.

use dunlin_core::dialect::Dialect;
use dunlin_core::statements::{TokenKind, tokens};

use crate::fact::Fact;
use crate::postgres::name::quoted;

/// The attributes of the sequence of an identity column.
pub(super) const IDENTITY: [&str; 6] = [
    "identity start",
    "identity increment",
    "identity minimum",
    "identity maximum",
    "identity cache",
    "identity cycle",
];

/// What stands in the place of a column's text whose sequence is the one that `serial` makes.
pub(super) const SERIAL: &str = "serial";

const SERIALS: [(&str, &str); 3] = [("smallint", "smallserial"), ("integer", "serial"), ("bigint", "bigserial")];

/// Returns a column's own name, as it is written.
pub(super) fn own_name(column: &Fact) -> String {
    quoted(column.id.name.last().map_or("", String::as_str))
}

/// Returns a column as it stands in the text that makes its table, or behind `add column`.
pub(super) fn definition(column: &Fact, serial: bool) -> String {
    let attribute = |name| column.attribute(name);
    let kind = attribute("type").unwrap_or_default();
    let mut text = own_name(column);
    if serial && let Some((_, word)) = SERIALS.iter().find(|(own, _)| *own == kind) {
        text.push_str(&format!(" {word}"));
        return text;
    }
    text.push_str(&format!(" {kind}"));
    text.extend(attribute("compression").map(|method| format!(" compression {method}")));
    text.extend(attribute("collation").map(|name| format!(" collate {name}")));
    let is_identity = attribute("identity").is_some();
    text.push_str(if attribute("not null").is_some() && !is_identity { " not null" } else { "" });
    text.extend(attribute("default").map(|default| format!(" default {}", bracketed(default))));
    let manner = if attribute("virtual").is_some() { "virtual" } else { "stored" };
    text.extend(attribute("generated").map(|expression| format!(" generated always as ({expression}) {manner}")));
    text.push_str(&identity(column).map(|clause| format!(" {clause}")).unwrap_or_default());
    text
}

/// Returns what a table says of a column that it has from its type: `a with options not null`; `None` is that it says nothing.
pub(super) fn options_of_typed(column: &Fact) -> Option<String> {
    let (name, text) = (own_name(column), definition(column, false));
    let kind = column.attribute("type").unwrap_or_default();
    let options = text.strip_prefix(&format!("{name} {kind}")).filter(|options| !options.is_empty())?;
    Some(format!("{name} with options{options}"))
}

/// Words that the grammar has in an expression only where it stands in brackets: in `a_expr`, and not in `b_expr`.
const IN_BRACKETS: [&str; 15] = [
    "all", "and", "any", "at", "between", "collate", "ilike", "in", "is", "like", "not", "or", "overlaps", "similar",
    "some",
];

/// Puts an expression into brackets where it cannot stand behind `default` in the text of a column without them.
fn bracketed(expression: &str) -> String {
    let mut depth = 0_i32;
    let needs_them = tokens(expression, Dialect::Postgres).unwrap_or_default().iter().any(|token| {
        let text = expression.get(token.start..token.end).unwrap_or_default();
        depth += match text {
            "(" | "[" => 1,
            ")" | "]" => -1,
            _ => 0,
        };
        depth == 0 && token.kind == TokenKind::Word && IN_BRACKETS.contains(&&*text.to_lowercase())
    });
    if needs_them { format!("({expression})") } else { expression.to_owned() }
}

/// Returns the clause that makes a column an identity.
pub(super) fn identity(column: &Fact) -> Option<String> {
    let mode = column.attribute("identity")?;
    let name = column.attribute("identity name").map(|name| format!("sequence name {name}"));
    let [start, increment, minimum, maximum, cache, cycle] = IDENTITY.map(|name| column.attribute(name));
    let clause = |word: &str, value: Option<&str>| value.map(|value| format!("{word} {value}"));
    let clauses: Vec<String> = [
        name,
        clause("start with", start),
        clause("increment by", increment),
        clause("minvalue", minimum),
        clause("maxvalue", maximum),
        clause("cache", cache),
        cycle.map(|_| "cycle".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let options = if clauses.is_empty() { String::new() } else { format!(" ({})", clauses.join(" ")) };
    Some(format!("generated {mode} as identity{options}"))
}

/// Returns the clauses of `alter column` that no definition of a column can say.
pub(super) fn extras(column: &Fact) -> Vec<String> {
    let clause = |name, word: &str| column.attribute(name).map(|value| format!("set {word} {value}"));
    let options = column.attribute("options").map(|options| format!("set ({options})"));
    [clause("storage", "storage"), clause("statistics", "statistics"), options].into_iter().flatten().collect()
}
