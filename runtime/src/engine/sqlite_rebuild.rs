//! Table rebuilds on SQLite, and the rows that they would silently take along.
//!
//! `drop table` deletes the table's rows first, and with foreign keys on that cascades: a rebuild (new table, copy, drop,
//! rename) empties the tables that refer to it and reports success. <https://www.sqlite.org/lang_altertable.html>, section 7.

use dunlin_core::dialect::Dialect;
use dunlin_core::statements::{Statement, TokenKind, tokens};

use crate::session::{Session, SqlError};

/// A statement that would take rows of another table along.
pub(super) struct Cascade {
    /// The number of the `drop table`, from 0.
    pub(super) statement: usize,
    /// The table that is rebuilt.
    pub(super) table: String,
    /// A table whose rows refer to it.
    pub(super) child: String,
}

/// Returns the first rebuild whose `drop table` would cascade to rows that are there now.
pub(super) async fn cascade(
    session: &mut dyn Session,
    statements: &[Statement<'_>],
) -> Result<Option<Cascade>, SqlError> {
    let rebuilt = rebuilt(statements);
    if rebuilt.is_empty() {
        return Ok(None);
    }
    let on = session.rows("pragma foreign_keys").await?;
    if on.first().and_then(|row| row.number(0)) != Some(1) {
        return Ok(None);
    }
    for (statement, table) in rebuilt {
        let sql = include_str!("sql/children_sqlite.sql").replace('?', &Dialect::Sqlite.literal(&table));
        for row in session.rows(&sql).await? {
            let (Some(child), Some(column)) = (row.text(0), row.text(1)) else { continue };
            let [quoted, column] = [child, column].map(|name| Dialect::Sqlite.quote(name));
            let sql = format!("select exists (select 1 from {quoted} where {column} is not null)");
            if session.rows(&sql).await?.first().and_then(|row| row.number(0)) == Some(1) {
                return Ok(Some(Cascade { statement, table, child: child.to_owned() }));
            }
        }
    }
    Ok(None)
}

/// Tables that are dropped, and whose name another table gets afterwards.
fn rebuilt(statements: &[Statement<'_>]) -> Vec<(usize, String)> {
    let names: Vec<Vec<String>> = statements.iter().map(words).collect();
    let mut rebuilt = Vec::new();
    for (n, words) in names.iter().enumerate() {
        let Some(table) = dropped(words) else { continue };
        let is_renamed_to = |later: &Vec<String>| match &later[..] {
            [alter, table_word, .., rename, to, name] => {
                alter == "alter" && table_word == "table" && rename == "rename" && to == "to" && name == table
            }
            _ => false,
        };
        if names.iter().skip(n + 1).any(is_renamed_to) {
            rebuilt.push((n, table.clone()));
        }
    }
    rebuilt
}

fn dropped(words: &[String]) -> Option<&String> {
    match words {
        [drop, table, name] if drop == "drop" && table == "table" => Some(name),
        [drop, table, if_word, exists, name]
            if drop == "drop" && table == "table" && if_word == "if" && exists == "exists" =>
        {
            Some(name)
        }
        _ => None,
    }
}

/// The words and names of a statement in lower case, without quotes; SQLite's names do not know case.
fn words(statement: &Statement<'_>) -> Vec<String> {
    let text = statement.text();
    let tokens = tokens(text, Dialect::Sqlite).unwrap_or_default();
    let words = tokens.iter().filter_map(|token| {
        let word = text.get(token.start..token.end)?;
        match token.kind {
            TokenKind::Word => Some(word.to_lowercase()),
            TokenKind::QuotedIdentifier => Some(word.trim_matches(['"', '`', '[', ']']).to_lowercase()),
            _ => None,
        }
    });
    // A rebuild's statements are short; of a long one the first words are enough to tell that it is none.
    words.take(12).collect()
}
