//! What a statement changes, as far as its first words tell.

use super::split::{Groups, Statement};
use super::token::{Token, TokenKind};
use crate::dialect::Dialect;

/// What a statement may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// It makes a table or takes it away, as a whole.
    WholeTable(TableName),
    /// It changes a table that is there.
    Table(TableName),
    /// Something that has one of these names, or is in a schema that has.
    Named(Vec<String>),
}

/// A table, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    /// The schema; `None` is the session's own.
    pub schema: Option<String>,
    /// The name in it.
    pub name: String,
}

/// What stands between the first word and the name.
const BEFORE_A_NAME: [&str; 12] = [
    "table",
    "temporary",
    "if",
    "not",
    "exists",
    "only",
    "online",
    "offline",
    "ignore",
    "unique",
    "fulltext",
    "spatial",
];

/// How many names of a statement are of interest: those of what it changes stand in front.
const MOST_NAMES: usize = 200;

impl Statement<'_> {
    /// Returns what it may change.
    pub fn subject(&self, dialect: Dialect) -> Subject {
        self.table(dialect).unwrap_or_else(|| Subject::Named(self.names(dialect)))
    }

    fn table(&self, dialect: Dialect) -> Option<Subject> {
        let group = Groups::new(self.text(), dialect).next()?.ok()?;
        let text = |token: &Token| self.text().get(token.start..token.end).unwrap_or_default();
        let is = |token: &Token, word: &str| text(token).eq_ignore_ascii_case(word);
        let (first, rest) = group.split_first()?;
        let head = rest.iter().take_while(|token| BEFORE_A_NAME.iter().any(|word| is(token, word))).count();
        let names_a_table = rest.iter().take(head).any(|token| is(token, "table"));
        let name = |from: usize| -> Option<TableName> {
            let name_of = |token: &Token| match token.kind {
                TokenKind::Word => Some(text(token).to_owned()),
                TokenKind::QuotedIdentifier => Some(unquoted(text(token))),
                _ => None,
            };
            let one = name_of(rest.get(from)?)?;
            match rest.get(from + 1) {
                Some(point) if text(point) == "." => {
                    Some(TableName { schema: Some(one), name: name_of(rest.get(from + 2)?)? })
                }
                _ => Some(TableName { schema: None, name: one }),
            }
        };
        match text(first).to_ascii_lowercase().as_str() {
            "create" | "drop" | "rename" if names_a_table => name(head).map(Subject::WholeTable),
            "alter" if names_a_table => name(head).map(Subject::Table),
            "create" | "drop" if rest.get(head).is_some_and(|token| is(token, "index")) => {
                let on = rest.iter().position(|token| is(token, "on"))?;
                name(on + 1).map(Subject::Table)
            }
            _ => None,
        }
    }

    /// Returns every word and quoted name that stands in it, each once: the names of what it changes are among them.
    fn names(&self, dialect: Dialect) -> Vec<String> {
        let Some(Ok(group)) = Groups::new(self.text(), dialect).next() else { return Vec::new() };
        let mut names: Vec<String> = Vec::new();
        for token in group {
            let text = self.text().get(token.start..token.end).unwrap_or_default();
            let name = match token.kind {
                TokenKind::Word => text.to_owned(),
                TokenKind::QuotedIdentifier => unquoted(text),
                _ => continue,
            };
            if !names.contains(&name) {
                names.push(name);
            }
            if names.len() == MOST_NAMES {
                break;
            }
        }
        names
    }
}

/// Takes the quotes off a name; a doubled quote in it stands for one.
fn unquoted(text: &str) -> String {
    let mut characters = text.chars();
    let (Some(quote), Some(_)) = (characters.next(), characters.next_back()) else { return text.to_owned() };
    let (inner, end) = (characters.as_str(), if quote == '[' { ']' } else { quote });
    inner.replace(&format!("{end}{end}"), &end.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::split;
    use super::*;

    fn subject(sql: &str) -> Subject {
        split(sql, Dialect::Mysql).expect("it lexes")[0].subject(Dialect::Mysql)
    }

    fn table(schema: Option<&str>, name: &str) -> TableName {
        TableName { schema: schema.map(str::to_owned), name: name.to_owned() }
    }

    #[test]
    fn a_table_is_found_behind_the_words_before_its_name() {
        for (sql, expected) in [
            ("create table if not exists t (a int)", Subject::WholeTable(table(None, "t"))),
            ("CREATE TEMPORARY TABLE `a``b` (a int)", Subject::WholeTable(table(None, "a`b"))),
            ("drop table if exists s.t", Subject::WholeTable(table(Some("s"), "t"))),
            ("rename table a to b", Subject::WholeTable(table(None, "a"))),
            ("alter ignore table `s`.`t` add b int", Subject::Table(table(Some("s"), "t"))),
            ("create unique index if not exists i using btree on t (a)", Subject::Table(table(None, "t"))),
            ("drop index i on s.t", Subject::Table(table(Some("s"), "t"))),
        ] {
            assert_eq!(subject(sql), expected, "{sql}");
        }
    }

    #[test]
    fn what_is_no_table_has_one_of_the_names() {
        let names = |sql| match subject(sql) {
            Subject::Named(names) => names.join(" "),
            other => panic!("{other:?}"),
        };
        assert_eq!(names("drop view `a``b`, v"), "drop view a`b v");
        assert_eq!(names("create or replace table t (t int) -- c"), "create or replace table t int");
        assert_eq!(
            names("create trigger g before insert on t for each row set new.a = 'x'"),
            "create trigger g before insert on t for each row set new a"
        );
    }
}
