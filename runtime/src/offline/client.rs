//! How an engine's own client is spoken to.

use dunlin_core::dialect::Dialect;
use dunlin_core::migration::Script;
use dunlin_core::statements::Statement;

use crate::history::{History, Schema};

use super::ScriptError;

/// One engine's client, and what SQL can do on its engine.
///
/// Every text that a method returns is whole statements or commands of the client, each with its end, unless it says that
/// it is an expression.
pub(super) trait Client: Sync {
    /// Returns how to feed a script to it.
    fn feeding(&self) -> &'static str;

    /// Returns where the history is, if nobody says so and the client can find out.
    fn schema(&self) -> Option<Schema> {
        None
    }

    /// Makes it stop at the first error, and remembers what the session is.
    fn open(&self, history: &History, lock_wait: std::time::Duration) -> String;

    /// Takes the lock of a run, for the rest of the session if SQL can do that.
    fn lock(&self, history: &History, lock_wait: std::time::Duration) -> String;

    /// Gives the lock back and tidies up.
    fn close(&self) -> String;

    /// Begins a transaction that holds the lock.
    fn begin(&self) -> String;

    /// Guards the making of the history tables, inside a transaction.
    fn guard(&self) -> String {
        String::new()
    }

    /// Returns an expression that holds where there is a history.
    fn has_history(&self, history: &History) -> String;

    /// Stops with a message where a condition does not hold.
    fn assertion(&self, condition: &str, message: &str) -> String;

    /// Remembers two numbers, which are expressions: the last event's, and the last row's.
    fn remember(&self, event: &str, row: &str) -> String;

    /// Returns an expression for the number of the `n`th event that the script writes.
    fn event(&self, n: usize) -> String;

    /// Returns an expression for the `seq` of the `n`th row that the script writes.
    fn row(&self, n: usize) -> String;

    /// Returns an expression for the database's clock, as a time column takes it.
    fn now(&self) -> &'static str;

    /// Returns an expression for who the server takes us for.
    fn user(&self) -> &'static str;

    /// Returns an expression of a text column without leading zeros.
    fn without_zeros(&self, column: &str) -> String {
        format!("ltrim({column}, '0')")
    }

    /// Returns an expression that holds where a pair of columns is among the pairs, of which there is one.
    fn among(&self, columns: &str, pairs: &[String]) -> String {
        format!("({columns}) in (values\n  {}\n)", pairs.join(",\n  "))
    }

    /// Writes the making of a table that may be there already.
    fn making(&self, sql: &str) -> String {
        format!("{};\n", sql.trim_end())
    }

    /// Brings the session back to what it was when the script began, whatever a file has set.
    fn restore(&self) -> &'static str {
        ""
    }

    /// Makes a transaction that has begun our own, whoever a file has made the session.
    fn as_ourselves(&self) -> &'static str {
        ""
    }

    /// Writes a statement with its end.
    fn statement(&self, text: &str) -> String {
        format!("{text};\n")
    }

    /// Tells that a step is done.
    fn tell(&self, _text: &str) -> String {
        String::new()
    }

    /// Stops before statements that would succeed and do harm nobody means.
    fn objection(&self, _statements: &[Statement<'_>]) -> String {
        String::new()
    }

    /// Says whether a file is one that the client would read as the server does.
    fn examine(&self, _script: &Script, _statements: &[Statement<'_>]) -> Result<(), ScriptError> {
        Ok(())
    }
}

/// Returns the client of an engine, if this build has it.
#[cfg_attr(
    all(feature = "sqlite", feature = "postgres", feature = "mysql"),
    expect(clippy::unnecessary_wraps, reason = "a build without one of the engines lacks it")
)]
pub(super) fn client(dialect: Dialect) -> Option<&'static dyn Client> {
    match dialect {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => Some(&super::sqlite::Sqlite3),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => Some(&super::postgres::Psql),
        #[cfg(feature = "mysql")]
        Dialect::Mysql => Some(&super::mysql::Mariadb),
        #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
        _ => None,
    }
}
