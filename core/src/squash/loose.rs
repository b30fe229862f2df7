//! Statements that a schema does not show: rows, rights, settings of the session.

use super::Squash;
use crate::migration::Direction;
use crate::statements::{Statement, split};

/// A statement that does something else than make a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loose {
    /// The file.
    pub file: String,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// Its first words.
    pub summary: String,
    /// What becomes of it when it is left out, or joined to others.
    pub kind: LooseKind,
}

/// What such a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LooseKind {
    /// It leaves something behind that is no schema.
    Data,
    /// It changes its session, and so what comes behind it.
    Session,
}

/// The first words of statements that make a schema.
const SCHEMA: [&str; 5] = ["create", "alter", "drop", "comment", "rename"];

/// The first words of statements that change their session.
const SESSION: [&str; 5] = ["set", "reset", "pragma", "use", "discard"];

impl Squash<'_> {
    /// Returns the statements of its members that a schema does not show, up in order.
    pub fn loose(&self) -> Vec<Loose> {
        let mut all = Vec::new();
        for (_, script, _) in self.scripts(Direction::Up) {
            let statements = split(&script.text, self.dialect).unwrap_or_default();
            all.extend(statements.iter().filter_map(|statement| {
                Some(Loose {
                    file: script.file.clone(),
                    line: statement.line(),
                    summary: statement.summary(),
                    kind: kind(statement)?,
                })
            }));
        }
        all
    }
}

fn kind(statement: &Statement<'_>) -> Option<LooseKind> {
    let text = statement.text().to_ascii_lowercase();
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    if SESSION.contains(&first) {
        return Some(LooseKind::Session);
    }
    if !SCHEMA.contains(&first) {
        return Some(LooseKind::Data);
    }
    // A table can be made from what a query finds.
    let makes_a_table = words.by_ref().take(3).take_while(|word| *word != "as").any(|word| word == "table");
    (first == "create" && makes_a_table && words.any(|word| word == "select")).then_some(LooseKind::Data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;

    #[test]
    fn what_leaves_more_than_a_schema_is_told_from_what_makes_one() {
        let kinds =
            |sql: &str| -> Vec<Option<LooseKind>> { split(sql, Dialect::Postgres).unwrap().iter().map(kind).collect() };
        let data = "insert into a values (1); do $$ begin end $$; grant select on a to b; create table a as select 1; \
                    create temp table a as select 1; with x as (select 1) update a set b = 1; truncate a";
        assert!(kinds(data).iter().all(|kind| *kind == Some(LooseKind::Data)), "{:?}", kinds(data));
        let schema = "create table a (b int); create view c as select 1; create index on a (b); alter table a add d int; \
                      comment on table a is 'insert'; create trigger t before insert on a execute function f()";
        assert!(kinds(schema).iter().all(Option::is_none), "{:?}", kinds(schema));
        assert_eq!(kinds("set search_path = x"), [Some(LooseKind::Session)]);
    }
}
