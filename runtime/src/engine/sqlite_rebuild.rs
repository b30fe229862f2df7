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

/// Returns the tables that a file drops and makes anew, by the names that they have before it.
pub(crate) fn rebuilt_tables(statements: &[Statement<'_>]) -> Vec<String> {
    rebuilt(statements).into_iter().map(|(_, table)| table).collect()
}

/// What a statement does to a table's name.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    Create(String),
    Drop(String),
    Rename { from: String, to: String },
}

/// Tables that are dropped and made anew, in whichever order: the number of each `drop table`, and the name that the
/// table has before the file begins.
fn rebuilt(statements: &[Statement<'_>]) -> Vec<(usize, String)> {
    let changes: Vec<(usize, Change)> =
        statements.iter().enumerate().filter_map(|(n, statement)| Some((n, change(&words(statement))?))).collect();
    let is_made = |name: &str| {
        changes.iter().any(|(_, change)| match change {
            Change::Create(made) | Change::Rename { to: made, .. } => made == name,
            Change::Drop(_) => false,
        })
    };
    let mut rebuilt = Vec::new();
    // The present names of tables that were renamed, each with the name that it began with.
    let mut began_as: Vec<(String, String)> = Vec::new();
    let mut new: Vec<&String> = Vec::new();
    for (n, change) in &changes {
        match change {
            Change::Create(table) => new.push(table),
            Change::Drop(table) if new.contains(&table) => {}
            Change::Rename { from, to } => {
                let name = took(&mut began_as, from).unwrap_or_else(|| from.clone());
                began_as.push((to.clone(), name));
            }
            Change::Drop(table) => {
                let name = took(&mut began_as, table).unwrap_or_else(|| table.clone());
                if is_made(&name) {
                    rebuilt.push((*n, name));
                }
            }
        }
    }
    rebuilt
}

fn took(began_as: &mut Vec<(String, String)>, name: &str) -> Option<String> {
    let place = began_as.iter().position(|(now, _)| now == name)?;
    Some(began_as.swap_remove(place).1)
}

/// Reads a statement's words. A schema before a table's name has been left out.
fn change(words: &[String]) -> Option<Change> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["drop", "table", "if", "exists", name, ..] | ["drop", "table", name, ..] => {
            Some(Change::Drop(name.to_owned()))
        }
        ["alter", "table", from, "rename", "to", to, ..] => {
            Some(Change::Rename { from: from.to_owned(), to: to.to_owned() })
        }
        ["create", "table", "if", "not", "exists", name, ..] | ["create", "table", name, ..] => {
            Some(Change::Create(name.to_owned()))
        }
        _ => None,
    }
}

/// The words and names of a statement in lower case, without quotes; SQLite's names do not know case.
fn words(statement: &Statement<'_>) -> Vec<String> {
    let text = statement.text();
    let tokens = tokens(text, Dialect::Sqlite).unwrap_or_default();
    let mut words: Vec<String> = Vec::new();
    let mut is_qualified = false;
    for token in tokens {
        let Some(word) = text.get(token.start..token.end) else { continue };
        let word = match token.kind {
            TokenKind::Word => word.to_ascii_lowercase(),
            TokenKind::QuotedIdentifier => word.trim_matches(['"', '`', '[', ']']).to_ascii_lowercase(),
            TokenKind::Symbol if word == "." => {
                is_qualified = true;
                continue;
            }
            TokenKind::Symbol => break,
            _ => continue,
        };
        if std::mem::take(&mut is_qualified) {
            words.pop();
        }
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use dunlin_core::statements::split;

    use super::*;

    fn found(sql: &str) -> Vec<(usize, String)> {
        rebuilt(&split(sql, Dialect::Sqlite).unwrap())
    }

    #[test]
    fn every_way_to_rebuild_a_table_is_known() {
        let p = "p".to_owned();
        let renamed = "create table new_p (a); insert into new_p select * from p; drop table main.p; alter table new_p rename to p";
        assert_eq!(found(renamed), [(2, p.clone())]);
        let copied = "create table t as select * from p; drop table if exists [P]; create table p (a); drop table t";
        assert_eq!(found(copied), [(1, p.clone())]);
        let moved =
            "alter table p rename to p_old; create table p (a); insert into p select * from p_old; drop table p_old";
        assert_eq!(found(moved), [(3, p)]);
        assert_eq!(found("drop table p"), []);
        assert_eq!(found("create table q (a); drop table p"), []);
    }
}
