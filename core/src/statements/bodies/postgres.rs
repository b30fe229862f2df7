//! Brackets and SQL-standard bodies, after psql; and the one statement that psql follows with data.

use crate::statements::error::LexErrorKind;
use crate::statements::token::TokenKind;

use super::is_any;

#[derive(Debug, Default)]
pub(in crate::statements) struct Functions {
    head: Head,
    previous: Previous,
    brackets: usize,
    /// How many of `BEGIN ATOMIC` and `CASE` wait for their `END`.
    depth: usize,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Head {
    #[default]
    Start,
    /// Behind `CREATE`, or `CREATE OR REPLACE`.
    Create,
    /// In `CREATE FUNCTION` or `CREATE PROCEDURE`.
    Routine,
    Copy,
    Other,
}

/// The code token before, as far as it changes what a word means.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Previous {
    #[default]
    Other,
    Begin,
    From,
    /// `.` or `AS`: a name follows.
    Naming,
}

impl Functions {
    pub(super) fn see(&mut self, kind: TokenKind, text: &str) -> Result<(), LexErrorKind> {
        let previous = std::mem::take(&mut self.previous);
        match (kind, text) {
            (TokenKind::Word, _) => self.word(text, previous)?,
            (TokenKind::Symbol, "(") => self.brackets += 1,
            (TokenKind::Symbol, ")") => self.brackets = self.brackets.saturating_sub(1),
            (TokenKind::Symbol, ".") => self.previous = Previous::Naming,
            _ => {}
        }
        if self.head == Head::Start {
            self.head = Head::Other;
        }
        Ok(())
    }

    pub(super) fn semicolon(&mut self) -> bool {
        self.previous = Previous::Other;
        self.brackets == 0 && self.depth == 0
    }

    fn word(&mut self, word: &str, previous: Previous) -> Result<(), LexErrorKind> {
        match self.head {
            Head::Start if is_any(word, &["create"]) => self.head = Head::Create,
            Head::Start if is_any(word, &["copy"]) => self.head = Head::Copy,
            Head::Create if is_any(word, &["or", "replace"]) => {}
            Head::Create if is_any(word, &["function", "procedure"]) => self.head = Head::Routine,
            Head::Start | Head::Create => self.head = Head::Other,
            Head::Copy if self.brackets == 0 => {
                if previous == Previous::From && is_any(word, &["stdin"]) {
                    return Err(LexErrorKind::CopyFromStdin);
                }
                if is_any(word, &["from"]) {
                    self.previous = Previous::From;
                }
            }
            Head::Routine if self.brackets == 0 => self.routine_word(word, previous),
            Head::Copy | Head::Routine | Head::Other => {}
        }
        Ok(())
    }

    fn routine_word(&mut self, word: &str, previous: Previous) {
        if is_any(word, &["as"]) {
            self.previous = Previous::Naming;
        } else if self.depth == 0 {
            if is_any(word, &["begin"]) {
                self.previous = Previous::Begin;
            } else if previous == Previous::Begin && is_any(word, &["atomic"]) {
                self.depth = 1;
            }
        } else if previous != Previous::Naming {
            if is_any(word, &["case"]) {
                self.depth += 1;
            } else if is_any(word, &["end"]) {
                self.depth -= 1;
            }
        }
    }
}
