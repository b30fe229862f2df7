//! Names that are given up for others. A rename is said, never guessed.

use std::fmt;

use dunlin_core::dialect::Dialect;
use dunlin_core::statements::{LexError, TokenKind, tokens};

use crate::diff::Delta;
use crate::fact::{Fact, Id, Kind};
use crate::schema::Schema;

/// A name that is given up for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// A table or a column.
    pub kind: Kind,
    /// The table of a column, as it is called when the rename is made.
    pub table: Option<String>,
    /// The name that is given up.
    pub from: String,
    /// The new name.
    pub to: String,
    /// Which of the texts says it, and at which byte.
    pub said: Said,
}

/// A place in one of several texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Said {
    /// The number of the text, from 0.
    pub text: usize,
    /// The byte in it.
    pub offset: usize,
}

/// The renames that texts say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renames(Vec<Rename>);

/// A directive of a schema's text that cannot be followed, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadRename {
    /// Where it stands.
    pub said: Said,
    /// What is wrong with it.
    pub message: String,
    /// What to do.
    pub hint: Option<&'static str>,
}

impl Rename {
    /// Returns the same, back.
    pub fn inverse(&self) -> Rename {
        Rename { from: self.to.clone(), to: self.from.clone(), ..self.clone() }
    }

    fn id(&self, name: &str, dialect: Dialect) -> Id {
        let parts = self.table.iter().map(String::as_str).chain([name]);
        match dialect {
            // What stands in no schema by its name is in the one that everybody has.
            Dialect::Postgres => {
                let outer = self.table.as_deref().unwrap_or(name);
                let schema = if outer.contains('.') { None } else { Some("public") };
                Id::new(self.kind, schema.into_iter().chain(parts.flat_map(|part| part.split('.'))))
            }
            Dialect::Sqlite | Dialect::Mysql => Id::new(self.kind, parts.map(str::to_lowercase)),
        }
    }

    /// Returns what something is called behind it: what is renamed, or a part of that.
    pub fn followed(&self, dialect: Dialect, id: &Id) -> Id {
        let (from, to) = (self.id(&self.from, dialect), self.id(&self.to, dialect));
        if *id == from {
            return to;
        }
        match id.name.get(..from.name.len()) {
            Some(outer) if self.kind == Kind::Table && outer == from.name && id.kind == Kind::Column => {
                Id::new(id.kind, to.name.iter().chain(id.name.iter().skip(from.name.len())).cloned())
            }
            _ => id.clone(),
        }
    }
}

impl fmt::Display for Rename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = self.table.as_ref().map(|table| format!("{table}.")).unwrap_or_default();
        write!(f, "{} {table}{} -> {}", self.kind.word(), self.from, self.to)
    }
}

impl Renames {
    /// Finds the directives of texts, wherever they stand: `-- dunlin: rename column users.username -> user_name`,
    /// `-- dunlin: rename table a -> b`. Any other directive is a fault.
    pub fn read(texts: &[&str], dialect: Dialect) -> Result<Renames, BadRename> {
        let mut renames = Vec::new();
        for (text, sql) in texts.iter().enumerate() {
            let place = |offset| Said { text, offset };
            let bad = |error: LexError| BadRename { said: place(error.offset), message: error.to_string(), hint: None };
            let tokens = tokens(sql, dialect).map_err(bad)?;
            for token in tokens.into_iter().filter(|token| token.kind == TokenKind::Comment) {
                let said = sql.get(token.start..token.end).and_then(said);
                renames.extend(said.map(|said| parsed(said, place(token.start))).transpose()?);
            }
        }
        Ok(Renames(renames))
    }

    /// Returns those that are still to be made, in the order in which they can be: tables first. What is satisfied already is
    /// left out.
    ///
    /// Fails for one that matches nothing.
    pub fn due(&self, from: &Schema, to: &Schema) -> Result<Vec<Rename>, BadRename> {
        let mut renames = self.0.clone();
        renames.sort_by_key(|rename| rename.kind);
        let mut due: Vec<Rename> = Vec::new();
        for rename in renames {
            // A column's table may be named as it was or as it is to be.
            let table = |name: &String| {
                let old =
                    due.iter().find(|earlier| earlier.kind == Kind::Table && earlier.to.eq_ignore_ascii_case(name));
                old.map_or_else(|| name.clone(), |earlier| earlier.from.clone())
            };
            let before = Rename { table: rename.table.as_ref().map(table), ..rename.clone() };
            let new = |name: &String| {
                let new =
                    due.iter().find(|earlier| earlier.kind == Kind::Table && earlier.from.eq_ignore_ascii_case(name));
                new.map_or_else(|| name.clone(), |earlier| earlier.to.clone())
            };
            let after = Rename { table: rename.table.as_ref().map(new), ..rename.clone() };
            let (old, is_to_be) =
                (from.get(&before.id(&rename.from, from.dialect())), to.get(&after.id(&rename.to, to.dialect())));
            let (new, still) =
                (from.get(&before.id(&rename.to, from.dialect())), to.get(&after.id(&rename.from, to.dialect())));
            let named = |of: &Rename, name: &str| match &of.table {
                Some(table) => format!("{} `{table}.{name}`", of.kind.word()),
                None => format!("{} `{name}`", of.kind.word()),
            };
            match (old.is_some(), is_to_be.is_some()) {
                (true, true) if new.is_none() && still.is_none() => due.push(after),
                (false, true) if new.is_some() => {}
                (true, true) => return Err(rename.bad("both names are taken, before or behind it")),
                (true, false) => {
                    return Err(rename.bad(format!("the schema has no {}", named(&after, &rename.to))));
                }
                (false, _) => {
                    return Err(rename.bad(format!("the migrations make no {}", named(&before, &rename.from))));
                }
            }
        }
        Ok(due)
    }
}

impl Rename {
    fn bad(&self, why: impl fmt::Display) -> BadRename {
        let hint = "correct its names, or take it away if nothing is to be renamed";
        BadRename { said: self.said, message: format!("`rename {self}` matches nothing: {why}"), hint: Some(hint) }
    }
}

/// Returns what looks like a rename: something is gone and something has come that differs in its name alone.
pub fn likely(deltas: &[Delta<'_>]) -> Vec<Rename> {
    let essence = |fact: &Fact| -> Vec<(&'static str, String)> {
        fact.attributes.iter().filter(|(name, _)| *name != "name").cloned().collect()
    };
    let is_named = |fact: &Fact| matches!(fact.id.kind, Kind::Table | Kind::Column);
    let mut renames = Vec::new();
    for removed in
        deltas.iter().filter(|delta| matches!(delta, Delta::Removed(fact) if is_named(fact))).map(Delta::fact)
    {
        let is_alike = |fact: &&Fact| {
            let parts = |of: &Fact| {
                deltas
                    .iter()
                    .map(Delta::fact)
                    .filter(|part| part.parent.as_ref() == Some(&of.id))
                    .map(|part| (part.id.name.last().cloned(), essence(part)))
                    .collect::<Vec<_>>()
            };
            fact.id.kind == removed.id.kind
                && fact.parent == removed.parent
                && essence(fact) == essence(removed)
                && parts(fact) == parts(removed)
        };
        let added = deltas.iter().filter(|delta| matches!(delta, Delta::Added(_))).map(Delta::fact);
        let alike: Vec<&Fact> = added.filter(is_alike).collect();
        if let [one] = alike[..] {
            let name = |fact: &Fact| fact.attribute("name").unwrap_or(&fact.name).to_owned();
            let table = removed
                .parent
                .as_ref()
                .map(|_| removed.name.strip_suffix(&format!(".{}", name(removed))).unwrap_or(&removed.name).to_owned());
            renames.push(Rename {
                kind: removed.id.kind,
                table,
                from: name(removed),
                to: name(one),
                said: Said::default(),
            });
        }
    }
    renames
}

/// Returns a text with blanks for its directives, so that none of them becomes part of what a database keeps. Everything else keeps
/// its place.
pub fn without_directives(sql: &str, dialect: Dialect) -> String {
    let mut blanked = sql.to_owned();
    for token in tokens(sql, dialect).unwrap_or_default().iter().rev().filter(|token| token.kind == TokenKind::Comment)
    {
        if let Some(comment) = sql.get(token.start..token.end).filter(|comment| said(comment).is_some()) {
            blanked.replace_range(token.start..token.end, &" ".repeat(comment.len()));
        }
    }
    blanked
}

/// Returns what a comment says to dunlin.
fn said(comment: &str) -> Option<&str> {
    comment.strip_prefix("--")?.trim_start().strip_prefix("dunlin:").map(str::trim)
}

fn parsed(said: &str, place: Said) -> Result<Rename, BadRename> {
    let bad = |message: String| BadRename { said: place, message, hint: None };
    let form = "it is `rename table <old> -> <new>` or `rename column <table>.<old> -> <new>`";
    let Some(rest) = said.strip_prefix("rename ") else {
        return Err(bad(format!("`{said}` is no directive of a schema; {form}")));
    };
    let parts = rest.split_once("->").and_then(|(left, to)| {
        let (kind, from) = left.trim().split_once(char::is_whitespace)?;
        Some((kind, from.trim(), to.trim()))
    });
    let word = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
    match parts {
        Some(("table", from, to)) if word(from) && word(to) => {
            Ok(Rename { kind: Kind::Table, table: None, from: from.to_owned(), to: to.to_owned(), said: place })
        }
        Some(("column", from, to)) if word(from) && word(to) => {
            let (table, from) = from.rsplit_once('.').ok_or_else(|| bad(format!("`{said}` names no table; {form}")))?;
            // The table may be repeated.
            let to = to.strip_prefix(&format!("{table}.")).unwrap_or(to).to_owned();
            Ok(Rename { kind: Kind::Column, table: Some(table.to_owned()), from: from.to_owned(), to, said: place })
        }
        _ => Err(bad(format!("`{said}` cannot be read; {form}"))),
    }
}
