//! A column of a table, as the server prints it.

use super::collation::Collations;
use super::words::{Word, between, closing};

/// Types that have a character set.
const TEXT_TYPES: [&str; 8] = ["char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"];

/// How a column comes by its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// They are given.
    Plain,
    /// They are computed, and kept.
    Stored,
    /// They are computed whenever they are read.
    Virtual,
    /// They are the times between which a version of the row is the current one.
    Period,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// As it is written.
    pub(super) name: String,
    /// As it is compared.
    pub(super) key: String,
    /// The type without its character set: `varchar(10)`.
    pub(super) kind: String,
    /// The character set and collation of its values, said or not; `None` is a type without.
    pub(super) charset: Option<Charset>,
    /// What stands behind type and character set.
    pub(super) rest: String,
    pub(super) source: Source,
}

/// A character set with a collation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Charset {
    pub(super) set: String,
    pub(super) collation: String,
}

impl Column {
    /// Reads a column from its words, of a table that has this character set.
    pub(super) fn read<'t>(
        sql: &'t str,
        words: &[Word<'t>],
        table: Option<&Charset>,
        collations: &Collations,
    ) -> Option<Column> {
        let name = words.first()?.name()?;
        let type_end = type_end(words)?;
        let kind = between(sql, words.get(1..type_end)?).to_owned();
        let (said, behind) = said_charset(words, type_end, collations);
        let takes_charset = words.get(1).is_some_and(|word| TEXT_TYPES.iter().any(|own| word.is(own)));
        let rest = words.get(behind..).unwrap_or_default();
        let start = words.get(behind - 1).map_or(0, |word| word.end);
        let end = words.last().map_or(start, |word| word.end);
        Some(Column {
            key: name.to_lowercase(),
            name,
            kind,
            charset: if takes_charset { said.or_else(|| table.cloned()) } else { None },
            // From behind the last word, so that the mark of a comment is kept: `/*!80023 INVISIBLE */`.
            rest: with_marks(sql, start, end).trim().to_owned(),
            source: source(rest),
        })
    }

    /// Returns all but name and character set, in the form that is compared.
    pub(super) fn definition(&self) -> String {
        if self.rest.is_empty() { self.kind.clone() } else { format!("{} {}", self.kind, self.rest) }
    }

    /// Returns what stands behind the name in a table that has this character set.
    pub(super) fn declared(&self, table: Option<&Charset>) -> String {
        let said = self.charset.as_ref().filter(|own| Some(*own) != table);
        let said = said.map(|Charset { set, collation }| format!("character set {set} collate {collation}"));
        let parts = [Some(self.kind.clone()), said, Some(self.rest.clone()).filter(|rest| !rest.is_empty())];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    pub(super) fn is_computed(&self) -> bool {
        self.source != Source::Plain
    }

    pub(super) fn is_not_null(&self) -> bool {
        self.has(&["not", "null"])
    }

    pub(super) fn has(&self, keywords: &[&str]) -> bool {
        let words = outer(&self.rest);
        words
            .windows(keywords.len())
            .any(|own| own.iter().zip(keywords).all(|(word, keyword)| word.eq_ignore_ascii_case(keyword)))
    }

    /// Returns the first word of the type, in lower case.
    pub(super) fn base(&self) -> String {
        self.kind.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default().to_lowercase()
    }
}

/// The words of a text that stand in no brackets.
fn outer(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let mut outer = Vec::new();
    for word in super::words::words(text) {
        if word.is(")") {
            depth = depth.saturating_sub(1);
        }
        if depth == 0 && !matches!(word.kind, dunlin_core::statements::TokenKind::String) {
            outer.push(word.text);
        }
        if word.is("(") {
            depth += 1;
        }
    }
    outer
}

/// Takes a comment's closing mark along that stands behind the last word.
fn with_marks(sql: &str, start: usize, end: usize) -> &str {
    let behind = sql.get(end..).unwrap_or_default();
    let spaces = behind.len() - behind.trim_start().len();
    let end = if behind.trim_start().starts_with("*/") { end + spaces + 2 } else { end };
    sql.get(start..end).unwrap_or_default()
}

/// Returns the place behind a type: a word, its brackets, and what says more about a number.
fn type_end(words: &[Word<'_>]) -> Option<usize> {
    words.get(1)?;
    let mut end = 2;
    // `double precision` and its kin are printed as one word; `long varchar` is printed as `mediumtext`.
    if words.get(end).is_some_and(|word| word.is("(")) {
        end = closing(words, end)? + 1;
    }
    while words.get(end).is_some_and(|word| word.is("unsigned") || word.is("zerofill")) {
        end += 1;
    }
    Some(end)
}

/// Reads `CHARACTER SET x COLLATE y`, of which either may be missing.
fn said_charset(words: &[Word<'_>], at: usize, collations: &Collations) -> (Option<Charset>, usize) {
    let is = |at: usize, word: &str| words.get(at).is_some_and(|own| own.is(word));
    let text = |at: usize| words.get(at).map(|word| super::words::unquoted(word.text).to_lowercase());
    let (set, at) = if is(at, "character") && is(at + 1, "set") { (text(at + 2), at + 3) } else { (None, at) };
    let (collation, at) = if is(at, "collate") { (text(at + 1), at + 2) } else { (None, at) };
    (collations.charset(set, collation), at)
}

fn source(rest: &[Word<'_>]) -> Source {
    let is = |at: usize, word: &str| rest.get(at).is_some_and(|own| own.is(word));
    let at = if is(0, "generated") && is(1, "always") { 2 } else { 0 };
    if !is(at, "as") {
        return Source::Plain;
    }
    if is(at + 1, "row") {
        return Source::Period;
    }
    let stored = closing(rest, at + 1).is_some_and(|close| is(close + 1, "stored") || is(close + 1, "persistent"));
    if stored { Source::Stored } else { Source::Virtual }
}
