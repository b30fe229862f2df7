//! A connection, as everything above the drivers sees it.
//!
//! [`Session`] sends SQL as text and gets text back, over the engines' simple protocols: what is sent is what a reader
//! sees, one call is one round trip, and a pooler in between has nothing to lose. `sqlx.rs` is the one bridge to the
//! drivers; [`SqlError`] is what it makes of their errors.

mod spare;
mod sqlx;
mod template;
mod watch;
mod watched;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use async_trait::async_trait;

pub(crate) use self::spare::Spare;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub(crate) use self::sqlx::DriverError;
pub(crate) use self::sqlx::{Driver, Held, SqlxSession};
pub(crate) use self::template::{Value, known, render, render_rows};
pub(crate) use self::watch::{AtWork, interrupted};
pub(crate) use self::watched::Watched;
use crate::engine::Reached;
use crate::lease::Lease;

/// One connection to a database.
#[async_trait]
pub(crate) trait Session: Send {
    /// Sends statements as they are, in one go. Rows that they return are dropped.
    async fn run(&mut self, sql: &str) -> Result<(), SqlError> {
        self.run_telling(sql, &mut || {}).await
    }

    /// Does the same, and tells after each statement that it is done.
    async fn run_telling(&mut self, sql: &str, done: &mut (dyn FnMut() + Send)) -> Result<(), SqlError>;

    /// Sends statements as they are, in one go, and returns the rows of all of them.
    async fn rows(&mut self, sql: &str) -> Result<Vec<Row>, SqlError>;

    /// Takes note of who runs the statements, so that somebody can see to them.
    async fn attend(&mut self, _at_work: AtWork) {}

    /// Has an engine that is embedded in this process look at a flag while it runs a statement, and end it if that is set.
    async fn look_at(&mut self, _interrupt: Arc<AtomicBool>) {}

    /// Waits, unless the run is told to stop.
    async fn pause(&mut self, duration: Duration) -> Result<(), SqlError> {
        tokio::time::sleep(duration).await;
        Ok(())
    }

    /// Says whether the run was told to stop.
    fn is_stopped(&self) -> bool {
        false
    }

    /// Returns a second session on the same database, where one can be had.
    async fn spare(&mut self) -> Option<&mut (dyn Session + 'static)> {
        None
    }

    /// Says whether the server itself answers, and no pooler between.
    async fn reached(&mut self) -> Reached {
        Reached::Somehow
    }

    /// Says why there is no second session.
    fn why_alone(&self) -> Option<&str> {
        None
    }

    /// Keeps a lease alive from now on, or none.
    fn keep(&mut self, _lease: Option<Lease>) {}

    /// Ends statements from now on that take longer than this.
    fn limit(&mut self, _limit: Option<Duration>) {}

    /// Says that the connection's state is, or is no longer, what it was when it came. One that is left changed is
    /// closed, not returned to its pool.
    fn set_changed(&mut self, changed: bool);

    /// Ends the session, politely if its state is unchanged.
    async fn close(self: Box<Self>);
}

/// One row, every value as text.
#[derive(Debug, Clone)]
pub(crate) struct Row(pub(crate) Vec<Option<String>>);

impl Row {
    /// Returns a value; `None` is null, or no such column.
    pub(crate) fn text(&self, column: usize) -> Option<&str> {
        self.0.get(column).and_then(Option::as_deref)
    }

    /// Returns a whole number; `None` is null, no such column, or no number.
    pub(crate) fn number(&self, column: usize) -> Option<i64> {
        self.text(column).and_then(|text| text.parse().ok())
    }
}

/// What a server or driver said instead of doing it.
#[derive(Debug)]
pub(crate) struct SqlError {
    /// How many statements of the text had been done before.
    pub(crate) completed: usize,
    /// The server's message.
    pub(crate) message: String,
    /// SQLSTATE, or the engine's own number.
    pub(crate) code: Option<String>,
    /// The server's detail.
    pub(crate) detail: Option<String>,
    /// The server's hint.
    pub(crate) hint: Option<String>,
    /// Where in the text.
    pub(crate) place: Place,
    /// Who stood in the way, where that was asked.
    pub(crate) blocker: Option<String>,
    /// What kind of trouble it is, as far as dunlin must know.
    pub(crate) trouble: Trouble,
    /// The driver's error.
    pub(crate) source: ::sqlx::Error,
}

/// Where in a text a server found fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// It did not say.
    Unknown,
    /// At this character, counted from 1.
    Character(usize),
    /// At this piece of text.
    Near(String),
}

/// The kinds of trouble that decide what dunlin does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// A table is not there.
    MissingTable,
    /// A column is not there.
    MissingColumn,
    /// There is no schema or database in which an unqualified name could be looked up.
    NoSchema,
    /// Somebody else is writing.
    Busy,
    /// The right to do it is lacking, or the database is read-only.
    Denied,
    /// A lock was not obtained in the time that a statement may wait for it.
    LockTimeout,
    /// Somebody else changed the same at the same time, and it can be tried again.
    Conflict,
    /// The run was told to stop, and the statement was cancelled.
    Interrupted,
    /// The lease is over.
    LeaseLost,
    /// The connection is gone.
    Connection,
    /// Anything else.
    Other,
}

impl SqlError {
    /// Makes an error of something that dunlin itself found.
    pub(crate) fn own(message: String) -> SqlError {
        SqlError {
            completed: 0,
            message,
            code: None,
            detail: None,
            hint: None,
            place: Place::Unknown,
            blocker: None,
            trouble: Trouble::Other,
            source: ::sqlx::Error::RowNotFound,
        }
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        Ok(())
    }
}

impl std::error::Error for SqlError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}
