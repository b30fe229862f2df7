//! Triggers, after `sqlite3_complete()`: one ends at an `END` that stands where an inner statement would begin.

use crate::statements::token::TokenKind;

use super::is_any;

#[derive(Debug, Default)]
pub(in crate::statements) enum Triggers {
    #[default]
    Start,
    /// Behind `EXPLAIN`, and `QUERY PLAN`.
    Explain,
    /// Behind `CREATE`, and `TEMP`.
    Create,
    /// In a statement without a body.
    Plain,
    /// In a trigger.
    Trigger,
    /// In a trigger, behind a `;`.
    Semicolon,
    /// In a trigger, behind `; END`.
    End,
}

impl Triggers {
    pub(super) fn see(&mut self, kind: TokenKind, text: &str) {
        let word = if kind == TokenKind::Word { text } else { "" };
        *self = match self {
            Self::Start if is_any(word, &["explain"]) => Self::Explain,
            Self::Start | Self::Explain if is_any(word, &["create"]) => Self::Create,
            Self::Explain if !is_any(word, &["temp", "temporary", "trigger", "end", "explain"]) => Self::Explain,
            Self::Create if is_any(word, &["temp", "temporary"]) => Self::Create,
            Self::Create if is_any(word, &["trigger"]) => Self::Trigger,
            Self::Start | Self::Explain | Self::Create | Self::Plain => Self::Plain,
            Self::Semicolon if is_any(word, &["end"]) => Self::End,
            Self::Trigger | Self::Semicolon | Self::End => Self::Trigger,
        };
    }

    pub(super) fn semicolon(&mut self) -> bool {
        match self {
            Self::Trigger | Self::Semicolon => {
                *self = Self::Semicolon;
                false
            }
            Self::Start | Self::Explain | Self::Create | Self::Plain | Self::End => true,
        }
    }
}
