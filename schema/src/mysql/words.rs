//! The words of a text that the server printed.

use dunlin_core::dialect::Dialect;
use dunlin_core::statements::{TokenKind, tokens};

/// The functions that take a sequence.
const OF_SEQUENCES: [&str; 3] = ["nextval", "lastval", "setval"];

/// One token that means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'t> {
    /// As it is written.
    pub(super) text: &'t str,
    pub(super) kind: TokenKind,
    /// Its bytes in the text.
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Word<'_> {
    /// Says whether it is this keyword or symbol, and no name in quotes.
    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Symbol) && self.text.eq_ignore_ascii_case(word)
    }

    /// Returns the name that it is. The server quotes every name that it prints.
    pub(super) fn name(&self) -> Option<String> {
        (self.kind == TokenKind::QuotedIdentifier).then(|| unquoted(self.text))
    }
}

/// Returns the words of a text. What MySQL puts into `/*!80016 … */` counts, the comment's own marks do not.
pub(super) fn words(sql: &str) -> Vec<Word<'_>> {
    let tokens = tokens(sql, Dialect::Mysql).unwrap_or_default();
    let is_code = |kind: TokenKind| kind.is_code() && kind != TokenKind::CodeComment;
    let word = |token: dunlin_core::statements::Token| {
        let text = sql.get(token.start..token.end)?;
        Some(Word { text, kind: token.kind, start: token.start, end: token.end })
    };
    tokens.into_iter().filter(|token| is_code(token.kind)).filter_map(word).collect()
}

/// Returns the text from the first of some words to the last.
pub(super) fn between<'t>(sql: &'t str, words: &[Word<'t>]) -> &'t str {
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return "" };
    sql.get(first.start..last.end).unwrap_or_default()
}

/// Returns the names in quotes that a text mentions, in lower case.
pub(super) fn mentioned(sql: &str) -> Vec<String> {
    words(sql).iter().filter_map(Word::name).map(|name| name.to_lowercase()).collect()
}

/// Returns a name as it is stored.
pub(super) fn unquoted(text: &str) -> String {
    let mut characters = text.chars();
    match (characters.next(), characters.next_back()) {
        (Some(open @ ('`' | '"')), Some(_)) => characters.as_str().replace(&format!("{open}{open}"), &open.to_string()),
        _ => text.to_owned(),
    }
}

/// Returns the place of the bracket that closes the one at a place.
pub(super) fn closing(words: &[Word<'_>], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    words.iter().enumerate().skip(open).find_map(|(place, word)| {
        if word.is("(") {
            depth += 1;
        } else if word.is(")") {
            depth = depth.saturating_sub(1);
        }
        (depth == 0).then_some(place)
    })
}

/// Takes the qualifier of the own database from before names: nothing else may stand in a migration, which runs on databases of
/// any name.
///
/// An alias of a table can have the same name, so a qualifier is only taken for one of a database where the grammar leaves no
/// choice.
pub(super) fn unqualified(sql: &str, database: &str) -> String {
    let words = words(sql);
    let is = |at: usize, symbol: &str| words.get(at).is_some_and(|word| word.is(symbol));
    let is_name = |at: usize| words.get(at).is_some_and(|word| word.kind == TokenKind::QuotedIdentifier);
    let takes_table = |at: usize| {
        let opens = words.get(..at).unwrap_or_default().iter().rev().find(|word| !word.is("("));
        opens.is_some_and(|word| ["from", "join", "straight_join", "references"].iter().any(|own| word.is(own)))
    };
    let mut text = String::with_capacity(sql.len());
    let mut copied = 0;
    for (at, word) in words.iter().enumerate() {
        let is_own = word.name().as_deref() == Some(database) && is(at + 1, ".") && is_name(at + 2);
        let is_part = at > 0 && is(at - 1, ".");
        let is_argument = is(at.wrapping_sub(1), "(") && OF_SEQUENCES.iter().any(|own| is(at.wrapping_sub(2), own));
        if is_own && !is_part && (is(at + 3, ".") || is(at + 3, "(") || is_argument || takes_table(at)) {
            text.push_str(sql.get(copied..word.start).unwrap_or_default());
            copied = words.get(at + 2).map_or(word.end, |next| next.start);
        }
    }
    text.push_str(sql.get(copied..).unwrap_or_default());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_database_is_taken_from_before_names() {
        for (from, to) in [
            ("select `d`.`t`.`a` AS `a` from `d`.`t`", "select `t`.`a` AS `a` from `t`"),
            ("select `d`.`a` AS `a` from `t` `d`", "select `d`.`a` AS `a` from `t` `d`"),
            ("from ((`d`.`t` join `d`.`u` on(`d`.`t`.`a` = 'd.t')) )", "from ((`t` join `u` on(`t`.`a` = 'd.t')) )"),
            ("`a` int DEFAULT nextval(`d`.`s`)", "`a` int DEFAULT nextval(`s`)"),
            ("select `d`.`f`(1) AS `d.f`, max(`d`.`a`)", "select `f`(1) AS `d.f`, max(`d`.`a`)"),
            ("from `other`.`d`", "from `other`.`d`"),
        ] {
            assert_eq!(unqualified(from, "d"), to);
        }
    }
}
