//! SQL of dunlin's own: a text with `?` for values.

use std::borrow::Cow;

use dunlin_core::dialect::Dialect;
use dunlin_core::ledger::Text;

/// A value that goes into SQL.
#[derive(Debug, Clone)]
pub(crate) enum Value<'v> {
    Text(Cow<'v, str>),
    Number(i64),
    Flag(bool),
    /// A time as dunlin writes it: `2026-11-21T10:00:00.123456Z`.
    Time(&'v str),
    Null,
    /// SQL of dunlin's own.
    Sql(&'v str),
}

impl<'v, T: Into<Cow<'v, str>>> From<T> for Value<'v> {
    fn from(text: T) -> Value<'v> {
        Value::Text(text.into())
    }
}

impl<'v> Value<'v> {
    /// Returns what the database will answer for it, as text; `None` is what only the server knows.
    pub(crate) fn known(self) -> Option<Text<'v>> {
        Some(match self {
            Value::Text(text) => Some(text),
            Value::Number(number) => Some(number.to_string().into()),
            Value::Flag(flag) => Some(if flag { "1" } else { "0" }.into()),
            Value::Time(time) => Some(time.into()),
            Value::Null => None,
            Value::Sql(_) => return None,
        })
    }

    /// A text that may be null.
    pub(crate) fn maybe(text: Option<impl Into<Cow<'v, str>>>) -> Value<'v> {
        text.map_or(Value::Null, |text| Value::Text(text.into()))
    }
}

/// Returns what the database will answer for values, as text; `None` where only the server knows all of them.
pub(crate) fn known<const N: usize>(values: [Value<'_>; N]) -> Option<[Text<'_>; N]> {
    let known = values.map(Value::known);
    known.iter().all(Option::is_some).then(|| known.map(Option::flatten))
}

/// Puts values into a text, each as a literal that means the same under every setting of the session.
///
/// Invariant: a template is dunlin's own text and has `?` for values only.
pub(crate) fn render(dialect: Dialect, template: &str, values: &[Value<'_>]) -> String {
    let mut sql = String::with_capacity(template.len() + values.len() * 32);
    let mut values = values.iter();
    let mut pieces = template.split('?');
    sql.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        push(&mut sql, dialect, values.next().unwrap_or(&Value::Null));
        sql.push_str(piece);
    }
    sql
}

/// Puts rows behind a text that ends in `values`.
pub(crate) fn render_rows<'v, R: AsRef<[Value<'v>]>>(
    dialect: Dialect,
    template: &str,
    rows: impl IntoIterator<Item = R>,
) -> String {
    let mut sql = template.trim_end().to_owned();
    for (n, row) in rows.into_iter().enumerate() {
        sql.push_str(if n == 0 { "\n(" } else { "),\n(" });
        for (n, value) in row.as_ref().iter().enumerate() {
            sql.push_str(if n == 0 { "" } else { ", " });
            push(&mut sql, dialect, value);
        }
    }
    sql.push(')');
    sql
}

fn push(sql: &mut String, dialect: Dialect, value: &Value<'_>) {
    match value {
        Value::Text(text) => sql.push_str(&dialect.literal(text)),
        Value::Number(number) => sql.push_str(&number.to_string()),
        Value::Flag(flag) => sql.push_str(if *flag { "true" } else { "false" }),
        Value::Time(time) => match dialect {
            Dialect::Mysql => sql.push_str(&dialect.literal(time.trim_end_matches('Z'))),
            Dialect::Sqlite | Dialect::Postgres => sql.push_str(&dialect.literal(time)),
        },
        Value::Null => sql.push_str("null"),
        Value::Sql(own) => sql.push_str(own),
    }
}
