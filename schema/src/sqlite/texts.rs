//! Texts where names could stand.
//!
//! What stands in double quotes and is the name of nothing, SQLite takes for a text, and so it does with any word behind `default`;
//! <https://www.sqlite.org/quirks.html#double_quoted_string_literals_are_accepted>. In a text, case counts.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use dunlin_core::dialect::Dialect;
use dunlin_core::statements::TokenKind;

use super::table::Table;
use super::words::{Word, unquoted, words};

/// What behind `default` is a value of another kind.
const VALUES: [&str; 6] = ["null", "true", "false", "current_date", "current_time", "current_timestamp"];

/// Names of the rowid, where no column has them.
const ROWID: [&str; 3] = ["rowid", "oid", "_rowid_"];

/// What stands before a name, and before no text.
const BEFORE_NAMES: [&str; 6] = [".", "as", "from", "into", "join", "update"];

/// Gives texts in a table their case: the words between its brackets are these, its columns and constraints start there.
pub(super) fn give_case(words: &mut [Word], sql: &str, inside: Range<usize>, name: usize, starts: &[usize]) {
    let own: BTreeSet<String> = starts.iter().chain([&name]).filter_map(|&at| words.get(at)?.name()).collect();
    let mut depth = 0_usize;
    let mut refers = false;
    for at in inside {
        let is =
            |back: usize, word: &str| at.checked_sub(back).and_then(|at| words.get(at)).is_some_and(|own| own.is(word));
        if is(0, "(") {
            depth += 1;
            refers = refers && depth > 1 || is(2, "references");
        } else if is(0, ")") {
            depth = depth.saturating_sub(1);
            refers = false;
        }
        let is_default = depth == 1 && is(1, "default") && !is(2, "set");
        // Outside of brackets of their own all are names: of columns, types, constraints and collations.
        let is_text = if is_default {
            words.get(at).is_some_and(is_default_text)
        } else {
            depth > 1 && !refers && is_doubtful(words, at, sql, &own)
        };
        if is_text && let Some(word) = words.get_mut(at) {
            word.text = with_case(word, sql);
        }
    }
}

fn is_default_text(word: &Word) -> bool {
    match word.kind {
        TokenKind::Word => !VALUES.iter().any(|value| word.is(value)),
        TokenKind::QuotedIdentifier => true,
        _ => false,
    }
}

/// Says whether a word is in double quotes, and can be no name.
fn is_doubtful(words: &[Word], at: usize, sql: &str, names: &BTreeSet<String>) -> bool {
    let Some(word) = words.get(at) else { return false };
    let is_quoted = sql.get(word.start..word.end).is_some_and(|text| text.starts_with('"'));
    let next = words.get(at + 1);
    let before = at.checked_sub(1).and_then(|at| words.get(at));
    let names_something = next.is_some_and(|next| next.is(".") || next.is("("))
        || before.is_some_and(|before| BEFORE_NAMES.iter().any(|own| before.is(own)));
    let is_known = |name: String| names.contains(&name) || ROWID.contains(&&*name);
    is_quoted && !names_something && !word.name().is_some_and(is_known)
}

/// Returns a text in a form of its own, so that it is no name's.
fn with_case(word: &Word, sql: &str) -> String {
    Dialect::Sqlite.quote(&unquoted(sql.get(word.start..word.end).unwrap_or_default()))
}

/// The names that can be seen from each table and view.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Each with the names that it gives, and the tables and views that it may read.
    relations: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>,
}

impl Names {
    /// Reads tables and views, each by its name and its text.
    pub(super) fn of<'r>(relations: impl Iterator<Item = (String, &'r str)>) -> Names {
        let given = |sql: &str| match Table::read(sql) {
            Some(table) if !table.columns.is_empty() && is_table(sql) => {
                (table.columns.into_iter().map(|column| column.key).collect(), BTreeSet::new())
            }
            _ => {
                let words = words(sql);
                let names: BTreeSet<String> = words.iter().filter_map(Word::name).collect();
                (bare(&words), names)
            }
        };
        Names { relations: relations.map(|(name, sql)| (name, given(sql))).collect() }
    }

    /// Reads a text with texts in their case. `on` is the table that it belongs to.
    pub(super) fn words(&self, sql: &str, on: &str) -> Vec<Word> {
        let mut words = words(sql);
        let is_virtual = words.get(1).is_some_and(|word| word.is("virtual"));
        let seen = if is_virtual { BTreeSet::new() } else { self.seen(&words, on) };
        for at in 0..words.len() {
            let is_option = at.checked_sub(1).and_then(|at| words.get(at)).is_some_and(|word| word.is("="));
            if (!is_virtual || is_option)
                && is_doubtful(&words, at, sql, &seen)
                && let Some(word) = words.get_mut(at)
            {
                word.text = with_case(word, sql);
            }
        }
        words
    }

    /// Returns the names that a text can mean: those of all that it mentions, and of what views among that read.
    fn seen(&self, words: &[Word], on: &str) -> BTreeSet<String> {
        let mut seen = bare(words);
        let mut waiting: Vec<String> = words.iter().filter_map(Word::name).chain([on.to_owned()]).collect();
        let mut reached = BTreeSet::new();
        while let Some(name) = waiting.pop() {
            let Some((given, read)) = self.relations.get(&name) else { continue };
            if reached.insert(name.clone()) {
                seen.extend(given.iter().cloned());
                seen.insert(name);
                waiting.extend(read.iter().cloned());
            }
        }
        seen
    }
}

fn is_table(sql: &str) -> bool {
    words(sql).get(1).is_some_and(|word| word.is("table"))
}

/// Returns the names that a text itself gives: words that are in no quotes, and what stands behind `as` and before it.
fn bare(words: &[Word]) -> BTreeSet<String> {
    let is = |at: Option<usize>, word: &str| at.and_then(|at| words.get(at)).is_some_and(|own| own.is(word));
    let is_given = |at: usize, word: &Word| {
        word.kind == TokenKind::Word || is(at.checked_sub(1), "as") || is(Some(at + 1), "as") && is(Some(at + 2), "(")
    };
    words.iter().enumerate().filter(|(at, word)| is_given(*at, word)).filter_map(|(_, word)| word.name()).collect()
}
