//! SQL for the text that every row of the journal holds of itself; [`JournalRow::text`] is its form.
//!
//! The server puts in what only it knows. All else stands in the SQL as it is.

use std::ops::Range;

use dunlin_core::dialect::Dialect;
use dunlin_core::ledger::JournalRow;
use dunlin_core::plan::JournalState;

use crate::session::Value;

/// Where the values stand that a row is written with; what comes behind them, the server adds.
const GIVEN: Range<usize> = 0..12;

/// Returns an expression for the text of a row that is written with these values. Columns are those of `s`.
pub(super) fn written(dialect: Dialect, values: &[Value<'_>; 12]) -> String {
    let own = |column: &str| value_text(dialect, column, &format!("s.{column}"));
    let mut parts: Vec<Part> = Vec::new();
    for (column, value) in JournalRow::COLUMNS[GIVEN].iter().zip(values) {
        parts.push(match value.clone().known() {
            Some(known) => Part::Known(JournalRow::value_text(known.as_deref())),
            None => Part::Sql(own(column)),
        });
    }
    parts.push(Part::Sql(own("started_at")));
    joined(dialect, parts)
}

/// Returns an expression for the text of a row that began and is done now. `key` is what it begins with.
///
/// All else of it stays as it is, so that what was changed before does not become good.
pub(super) fn done(dialect: Dialect, key: &[Value<'_>; 4]) -> String {
    let key = key.iter().map(|value| JournalRow::value_text(value.clone().known().flatten().as_deref()));
    let key = key.collect::<Vec<_>>().join(",");
    let text = |state: JournalState| format!("{key},{}", JournalRow::value_text(Some(state.as_str())));
    let behind = text(JournalState::Started).chars().count() + 1;
    let (done, rest) = (dialect.literal(&text(JournalState::Done)), format!("substr(row_text, {behind})"));
    match dialect {
        Dialect::Sqlite | Dialect::Postgres => format!("{done} || {rest}"),
        Dialect::Mysql => format!("concat({done}, {rest})"),
    }
}

/// Returns an expression for the text of a row that gets this message.
pub(super) fn with_message(dialect: Dialect, message: &Value<'_>) -> String {
    let [columns @ .., _] = JournalRow::COLUMNS;
    let parts = columns.map(|column| match message.clone().known() {
        Some(known) if column == "message" => Part::Known(JournalRow::value_text(known.as_deref())),
        _ => Part::Sql(value_text(dialect, column, column)),
    });
    joined(dialect, parts.into())
}

/// The text of one value, or SQL for it.
enum Part {
    Known(String),
    Sql(String),
}

/// Puts parts together, those that are known side by side as one literal.
fn joined(dialect: Dialect, parts: Vec<Part>) -> String {
    let mut together: Vec<Part> = Vec::new();
    for part in parts {
        match (together.last_mut(), part) {
            (Some(Part::Known(before)), Part::Known(text)) => *before = format!("{before},{text}"),
            (_, part) => together.push(part),
        }
    }
    let sql = together.into_iter().map(|part| match part {
        Part::Known(text) => dialect.literal(&text),
        Part::Sql(sql) => sql,
    });
    let sql: Vec<String> = sql.collect();
    match dialect {
        Dialect::Sqlite | Dialect::Postgres => sql.join("\n  || ',' || "),
        Dialect::Mysql => format!("concat_ws(',', {})", sql.join(",\n  ")),
    }
}

/// Returns an expression for what [`JournalRow::value_text`] tells of a column with this value.
fn value_text(dialect: Dialect, column: &str, value: &str) -> String {
    let value = match column {
        "started_at" => dialect.facts().time_as_text.replace("{}", value),
        _ if dialect == Dialect::Postgres => format!("{value}::text"),
        _ => value.to_owned(),
    };
    match dialect {
        Dialect::Sqlite => format!("coalesce(length({value}) || ':' || {value}, '-')"),
        Dialect::Postgres => format!("coalesce(char_length({value}) || ':' || {value}, '-')"),
        Dialect::Mysql => format!("coalesce(concat(char_length({value}), ':', {value}), '-')"),
    }
}
