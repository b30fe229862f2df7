//! Patterns over the tokens at the beginning of a statement.

use super::token::{Token, TokenKind};

/// A pattern of elements with a space between: `create [unique] index concurrently`.
///
/// | element | matches |
/// |---|---|
/// | `a` or `a\|b` | one token that is one of these, in any case |
/// | `[a\|b]` | such a token, or nothing |
/// | `!a\|b` | nothing, if such a token does not follow |
/// | `@name` | a user variable |
/// | `*` | any one token |
/// | `...` | any tokens, up to where the rest matches first |
/// | `$` | the end of the statement |
#[derive(Debug, Clone, Copy)]
pub(super) struct Pattern(pub(super) &'static str);

impl Pattern {
    /// Whether the statement begins as this pattern says.
    pub(super) fn begins(self, statement: Words<'_>) -> bool {
        let mut segments = self.0.split("...").map(str::trim);
        let Some(mut rest) = segments.next().and_then(|first| behind(first, statement)) else { return false };
        for segment in segments {
            loop {
                if let Some(after) = behind(segment, rest) {
                    rest = after;
                    break;
                }
                let Some((_, tail)) = rest.split_first() else { return false };
                rest = tail;
            }
        }
        true
    }
}

/// Returns what stands behind a segment that matches here.
fn behind<'a>(segment: &str, mut words: Words<'a>) -> Option<Words<'a>> {
    for element in segment.split(' ') {
        let next = words.split_first();
        let is = |choice: &str| next.is_some_and(|(word, _)| one_of(choice, word));
        let taken = if element == "$" {
            next.is_none().then_some(false)
        } else if element == "*" {
            next.is_some().then_some(true)
        } else if element == "@name" {
            next.is_some_and(|(word, _)| word.starts_with('@') && !word.starts_with("@@")).then_some(true)
        } else if let Some(choice) = element.strip_prefix('!') {
            (!is(choice)).then_some(false)
        } else if let Some(choice) = element.strip_prefix('[') {
            Some(is(choice.trim_end_matches(']')))
        } else {
            is(element).then_some(true)
        };
        if let (true, Some((_, rest))) = (taken?, next) {
            words = rest;
        }
    }
    Some(words)
}

fn one_of(choice: &str, word: &str) -> bool {
    choice.split('|').any(|one| one.eq_ignore_ascii_case(word))
}

/// The code tokens of a statement, without the marks of MySQL's code comments.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a> {
    sql: &'a str,
    tokens: &'a [Token],
}

impl<'a> Words<'a> {
    pub(super) fn new(sql: &'a str, tokens: &'a [Token]) -> Self {
        Words { sql, tokens }
    }

    /// Returns the first word of the statement.
    pub(super) fn first(self) -> Option<&'a str> {
        self.split_first().map(|(word, _)| word)
    }

    fn split_first(self) -> Option<(&'a str, Self)> {
        let mut tokens = self.tokens;
        while let Some((first, rest)) = tokens.split_first() {
            if first.kind != TokenKind::CodeComment {
                let word = self.sql.get(first.start..first.end).unwrap_or_default();
                return Some((word, Words { sql: self.sql, tokens: rest }));
            }
            tokens = rest;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;
    use crate::statements::tokens;

    fn begins(pattern: &'static str, sql: &str) -> bool {
        let tokens: Vec<Token> =
            tokens(sql, Dialect::Mysql).expect("lexes").into_iter().filter(|token| token.kind.is_code()).collect();
        Pattern(pattern).begins(Words::new(sql, &tokens))
    }

    #[test]
    fn words_match_in_any_case_and_across_comments() {
        assert!(begins("create [unique] index", "CREATE /* a */ Index i"));
        assert!(begins("create [unique] index", "create unique index i"));
        assert!(begins("create index", "/*!50003 create index */"));
        assert!(!begins("create index", "create"));
        assert!(!begins("create index", "create 'index'"));
    }

    #[test]
    fn gaps_ends_and_exceptions() {
        assert!(begins("alter ... detach ... now", "alter table a detach b now"));
        assert!(!begins("alter ... detach ... now", "alter table now detach b"));
        assert!(begins("begin !not", "begin") && !begins("begin !not", "begin not atomic"));
        assert!(begins("end $", "end") && !begins("end $", "end x"));
        assert!(begins("set @name", "set @a = 1") && !begins("set @name", "set @@a = 1"));
    }
}
