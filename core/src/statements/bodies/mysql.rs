//! Which statements of MySQL and MariaDB hold a body, and where in them it begins.

use crate::statements::token::TokenKind;

use super::compound::{Compound, Opening};
use super::is_any;

/// The words that begin a statement, and so the body of a routine behind its characteristics.
const BEGINNINGS: &[&str] = &[
    "alter",
    "analyze",
    "begin",
    "call",
    "case",
    "check",
    "checksum",
    "close",
    "commit",
    "create",
    "deallocate",
    "delete",
    "do",
    "drop",
    "execute",
    "fetch",
    "flush",
    "for",
    "get",
    "grant",
    "if",
    "insert",
    "install",
    "kill",
    "load",
    "lock",
    "loop",
    "open",
    "optimize",
    "prepare",
    "purge",
    "rename",
    "repair",
    "repeat",
    "replace",
    "reset",
    "resignal",
    "revoke",
    "rollback",
    "savepoint",
    "select",
    "set",
    "show",
    "signal",
    "start",
    "table",
    "truncate",
    "uninstall",
    "unlock",
    "update",
    "use",
    "values",
    "while",
    "with",
    "xa",
];

/// The compound statements that MariaDB also takes outside of routines.
const COMPOUND: &[&str] = &["if", "case", "loop", "while", "repeat", "for"];

#[derive(Debug, Default)]
pub(in crate::statements) struct Routines {
    header: Header,
    brackets: usize,
    body: Compound,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Header {
    #[default]
    Start,
    /// Behind `BEGIN`, and `BEGIN NOT`.
    Begin,
    /// Behind `CREATE` or `ALTER`.
    Create,
    /// Behind `DEFINER`, before the account.
    Definer,
    /// In a trigger, before `EACH ROW`.
    Trigger,
    /// Behind `FOR EACH ROW`, before `FOLLOWS` and `PRECEDES`.
    EachRow,
    /// Behind `FOLLOWS` or `PRECEDES`, before the other trigger's name.
    OtherTrigger,
    /// In an event, before `DO`.
    Event,
    /// In a routine, before its parameters.
    Name,
    /// In a routine, behind its parameters.
    Characteristics,
    /// The same, where a word is part of a type: behind `RETURNS` and `CHARACTER`.
    Type,
    /// Behind a `RETURN` that is either the body or, in Oracle's grammar, the type.
    Return,
    /// Behind `RETURN … IS`.
    ReturnIs,
    /// Behind the `AS` or `IS` of a routine in Oracle's grammar, or of one in another language.
    As,
    /// In a package, before `AS`.
    Package,
    Body,
    /// In a statement without a body.
    Plain,
}

impl Routines {
    pub(super) fn begin_statement(&mut self) {
        if self.header == Header::Body {
            self.body = Compound::default();
        }
        self.header = Header::Start;
        self.brackets = 0;
    }

    pub(super) fn see(&mut self, kind: TokenKind, text: &str) {
        match (self.header, kind) {
            (Header::Plain, _)
            | (_, TokenKind::CodeComment)
            | (Header::Definer | Header::OtherTrigger, TokenKind::Symbol) => {}
            (Header::Body, _) => self.body.see(kind, text),
            (Header::Definer, _) => self.header = Header::Create,
            (Header::OtherTrigger, _) => self.header = Header::EachRow,
            (_, TokenKind::Word) if self.brackets == 0 => self.word(text),
            (_, TokenKind::Symbol) => self.symbol(text),
            (Header::Start | Header::As, _) => self.header = Header::Plain,
            _ => {}
        }
    }

    pub(super) fn semicolon(&mut self) -> bool {
        self.header != Header::Body || self.body.semicolon()
    }

    fn symbol(&mut self, symbol: &str) {
        match symbol {
            "(" => self.brackets += 1,
            ")" => {
                self.brackets = self.brackets.saturating_sub(1);
                if self.brackets == 0 && self.header == Header::Name {
                    self.header = Header::Characteristics;
                }
            }
            _ => {}
        }
        if self.header == Header::Start {
            self.header = Header::Plain;
        }
    }

    fn word(&mut self, word: &str) {
        let is = |keywords: &[&str]| is_any(word, keywords);
        self.header = match self.header {
            Header::Start if is(&["create", "alter"]) => Header::Create,
            Header::Start if is(&["begin"]) => Header::Begin,
            Header::Start if is(COMPOUND) => return self.begin_body(Opening::Statement, word),
            Header::Begin if is(&["not"]) => Header::Begin,
            Header::Begin if is(&["atomic"]) => return self.begin_body(Opening::Statement, "begin"),
            Header::Create if is(&["or", "replace", "aggregate"]) => Header::Create,
            Header::Create if is(&["definer"]) => Header::Definer,
            Header::Create if is(&["trigger"]) => Header::Trigger,
            Header::Create if is(&["event"]) => Header::Event,
            Header::Create if is(&["procedure", "function"]) => Header::Name,
            Header::Create if is(&["package"]) => Header::Package,
            Header::Start | Header::Begin | Header::Create => Header::Plain,
            Header::Trigger if is(&["row"]) => Header::EachRow,
            Header::EachRow if is(&["follows", "precedes"]) => Header::OtherTrigger,
            Header::EachRow => return self.begin_body(Opening::Statement, word),
            Header::Event if is(&["do"]) => return self.begin_body(Opening::Statement, ""),
            Header::Package if is(&["as", "is"]) => return self.begin_body(Opening::Package, ""),
            Header::Name | Header::Characteristics | Header::Return if is(&["as"]) => Header::As,
            Header::Name | Header::Characteristics if is(&["is"]) => Header::As,
            Header::As if word.starts_with('$') => Header::Plain,
            Header::Characteristics if is(&["returns", "character", "char"]) => Header::Type,
            Header::Characteristics if is(&["return"]) => Header::Return,
            Header::Characteristics if is(BEGINNINGS) => return self.begin_body(Opening::Statement, word),
            Header::Type if is(&["character", "char"]) => Header::Type,
            Header::Type => Header::Characteristics,
            Header::Return if is(&["is"]) => Header::ReturnIs,
            Header::ReturnIs if is(&["null", "not", "true", "false", "unknown"]) => Header::Return,
            Header::As | Header::ReturnIs => return self.begin_body(Opening::Declarations, word),
            unchanged => unchanged,
        };
    }

    /// Hands over to the body, with the word that begins it, if that has been read.
    fn begin_body(&mut self, opening: Opening, word: &str) {
        self.header = Header::Body;
        self.body = Compound::new(opening);
        if !word.is_empty() {
            self.body.see(TokenKind::Word, word);
        }
    }
}
