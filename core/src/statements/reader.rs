//! Reads words and names in the tokens of one statement.

use super::split::{Groups, Statement};
use super::token::{Token, TokenKind};
use crate::dialect::Dialect;

/// The name of a table, or of something else that stands in a schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectName {
    /// The schema; `None` is the session's own.
    pub schema: Option<String>,
    /// The name in it.
    pub name: String,
}

/// The code tokens of a statement, without the marks of MySQL's code comments.
pub(super) struct Reader<'a> {
    text: &'a str,
    dialect: Dialect,
    tokens: Vec<Token>,
}

impl<'a> Reader<'a> {
    /// Takes a statement apart; one that cannot be has no tokens.
    pub(super) fn new(statement: &Statement<'a>, dialect: Dialect) -> Reader<'a> {
        let text = statement.text();
        let mut tokens = Groups::new(text, dialect).next().and_then(Result::ok).unwrap_or_default();
        tokens.retain(|token| token.kind != TokenKind::CodeComment);
        Reader { text, dialect, tokens }
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Returns a token as it is written.
    pub(super) fn word(&self, at: usize) -> Option<&'a str> {
        let token = self.tokens.get(at)?;
        self.text.get(token.start..token.end)
    }

    /// Returns every token as it is written.
    pub(super) fn words(&self) -> impl Iterator<Item = &'a str> {
        (0..self.len()).filter_map(|at| self.word(at))
    }

    /// Says whether a token is one of these words, in any case.
    pub(super) fn is(&self, at: usize, words: &[&str]) -> bool {
        self.word(at).is_some_and(|found| words.iter().any(|word| word.eq_ignore_ascii_case(found)))
    }

    /// Returns the place of the first of these words at or behind a place.
    pub(super) fn find(&self, from: usize, words: &[&str]) -> Option<usize> {
        (from..self.len()).find(|&at| self.is(at, words))
    }

    /// Returns the place behind `if exists` or `if not exists`, where it stands here.
    pub(super) fn behind_if(&self, at: usize) -> usize {
        match (self.is(at, &["if"]), self.is(at + 1, &["not"])) {
            (true, true) => at + 3,
            (true, false) => at + 2,
            (false, _) => at,
        }
    }

    /// Returns what a token names, as the engine understands it.
    pub(super) fn identifier(&self, at: usize) -> Option<String> {
        let (token, text) = (self.tokens.get(at)?, self.word(at)?);
        match token.kind {
            TokenKind::Word if self.dialect == Dialect::Postgres => Some(text.to_lowercase()),
            TokenKind::Word => Some(text.to_owned()),
            TokenKind::QuotedIdentifier => Some(unquoted(text)),
            // A name under `ANSI_QUOTES`.
            TokenKind::String if self.dialect == Dialect::Mysql && text.starts_with('"') => Some(unquoted(text)),
            _ => None,
        }
    }

    /// Returns a name that may have its schema before it, and the place behind it.
    pub(super) fn name(&self, at: usize) -> Option<(ObjectName, usize)> {
        let first = self.identifier(at)?;
        if self.is(at + 1, &["."]) {
            let name = self.identifier(at + 2)?;
            return Some((ObjectName { schema: Some(first), name }, at + 3));
        }
        Some((ObjectName { schema: None, name: first }, at + 1))
    }

    /// Returns a piece of the statement as it is written.
    pub(super) fn written(&self, from: usize, to: usize) -> Option<&'a str> {
        let (first, last) = (self.tokens.get(from)?, self.tokens.get(to.checked_sub(1)?)?);
        self.text.get(first.start..last.end)
    }

    /// Returns all that stands at and behind a place.
    pub(super) fn rest(&self, from: usize) -> Option<&'a str> {
        self.text.get(self.tokens.get(from)?.start..)
    }
}

/// Takes the quotes off a name; a doubled quote in it stands for one.
fn unquoted(text: &str) -> String {
    let mut characters = text.chars();
    let (Some(quote), Some(_)) = (characters.next(), characters.next_back()) else { return text.to_owned() };
    characters.as_str().replace(&format!("{quote}{quote}"), &quote.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::split;
    use super::*;

    #[test]
    fn names_are_as_their_engine_understands_them() {
        let name = |sql: &str, dialect| {
            let statements = split(sql, dialect).expect("it lexes");
            let (name, _) = Reader::new(&statements[0], dialect).name(0).expect("a name");
            (name.schema, name.name)
        };
        let given = |schema: &str, name: &str| (Some(schema.to_owned()), name.to_owned());
        assert_eq!(name("A.`b``c`", Dialect::Mysql), given("A", "b`c"));
        assert_eq!(name("A . \"B\"", Dialect::Mysql), given("A", "B"));
        assert_eq!(name("A.\"B\"", Dialect::Postgres), given("a", "B"));
        assert_eq!(name("[a].[b c]", Dialect::Sqlite), given("a", "b c"));
    }

    #[test]
    fn the_marks_of_code_comments_are_not_there() {
        let statements = split("create database /*!32312 if not exists*/ d", Dialect::Mysql).expect("it lexes");
        let reader = Reader::new(&statements[0], Dialect::Mysql);
        assert_eq!(reader.behind_if(2), 5);
        assert_eq!(reader.word(5), Some("d"));
    }
}
