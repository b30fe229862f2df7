//! Which `;` ends a statement, and which stands inside a body.
//!
//! Each engine has a recogniser of its own that sees every code token of a statement and is asked at every `;`. None of
//! them knows grammar; each knows the few words that open and close its engine's bodies, and where those words count.

mod compound;
mod mysql;
mod postgres;
mod sqlite;

use super::error::LexErrorKind;
use super::token::TokenKind;
use crate::dialect::Dialect;

/// What is known about the statement being read.
#[derive(Debug)]
pub(super) enum Bodies {
    Sqlite(sqlite::Triggers),
    Postgres(postgres::Functions),
    Mysql(mysql::Routines),
}

impl Bodies {
    pub(super) fn new(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Sqlite => Bodies::Sqlite(sqlite::Triggers::default()),
            Dialect::Postgres => Bodies::Postgres(postgres::Functions::default()),
            Dialect::Mysql => Bodies::Mysql(mysql::Routines::default()),
        }
    }

    /// Forgets the statement before.
    pub(super) fn begin_statement(&mut self) {
        match self {
            Bodies::Sqlite(triggers) => *triggers = sqlite::Triggers::default(),
            Bodies::Postgres(functions) => *functions = postgres::Functions::default(),
            Bodies::Mysql(routines) => routines.begin_statement(),
        }
    }

    /// Takes note of a code token other than `;`. Fails where no SQL follows the statement.
    pub(super) fn see(&mut self, kind: TokenKind, text: &str) -> Result<(), LexErrorKind> {
        match self {
            Bodies::Sqlite(triggers) => triggers.see(kind, text),
            Bodies::Postgres(functions) => return functions.see(kind, text),
            Bodies::Mysql(routines) => routines.see(kind, text),
        }
        Ok(())
    }

    /// Takes note of a `;` and returns whether it ends the statement.
    pub(super) fn semicolon(&mut self) -> bool {
        match self {
            Bodies::Sqlite(triggers) => triggers.semicolon(),
            Bodies::Postgres(functions) => functions.semicolon(),
            Bodies::Mysql(routines) => routines.semicolon(),
        }
    }
}

/// Whether a word is one of some keywords, in any case.
fn is_any(word: &str, keywords: &[&str]) -> bool {
    keywords.iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}
