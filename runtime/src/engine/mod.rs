//! What the engines do differently, as acts.
//!
//! A difference that can be said as a value stands in `dunlin_core::dialect`. [`Engine`] is for the rest: where the
//! history lives, how a lock is taken and given back, what a session must be restored to. There is one file an engine;
//! the algorithm above them is one.

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "mysql")]
mod mysql_fingerprint;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod postgres_index;
#[cfg(feature = "postgres")]
mod postgres_partition;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "sqlite")]
mod sqlite_rebuild;

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use dunlin_core::dialect::Dialect;
use dunlin_core::header::Header;
use dunlin_core::statements::{Pieces, Recovery, Statement, Subject};

#[cfg(feature = "sqlite")]
pub(crate) use self::sqlite::lock_file;
#[cfg(feature = "sqlite")]
pub(crate) use self::sqlite_rebuild::rebuilt_tables;
use crate::history::History;
use crate::session::{AtWork, Row, Session, SqlError};

/// What is true of one session on one database, asked for once before anything is changed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Survey {
    /// The database's name, or SQLite's file.
    pub(crate) database: String,
    /// The schema in which unqualified tables are made, where there are schemas.
    pub(crate) schema: Option<String>,
    /// The user, as the server sees it.
    pub(crate) user: String,
    /// SQL that brings the session back to what it is now.
    pub(crate) restore: String,
    /// The server's number for the connection.
    pub(crate) connection: Option<i64>,
    /// Who runs its statements.
    pub(crate) at_work: AtWork,
    /// For how many seconds the server has been running, where its numbers of connections begin anew with it.
    pub(crate) up_for: Option<i64>,
    /// The server among several.
    pub(crate) node: String,
    /// How far its own locks can be relied on.
    pub(crate) locks: ServerLocks,
    /// Whether the server is MariaDB, where it could be MySQL.
    pub(crate) is_mariadb: bool,
    /// Whether there are tables whose rows no rollback takes back.
    pub(crate) keeps_rows: bool,
    /// SQL that makes a transaction that has begun the user's own, whoever the session has become since.
    pub(crate) as_ourselves: String,
}

/// How far the locks of a server can be relied on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ServerLocks {
    /// They hold for everybody.
    #[default]
    Hold,
    /// They hold on one node of several that take writes.
    HoldOnOneNode,
    /// It is another server that speaks like the one that it is for; its locks may do nothing.
    Untried,
}

/// What a lock is taken on.
#[derive(Debug, Clone)]
pub(crate) struct LockKey {
    /// 64 bits for engines that count.
    pub(crate) number: i64,
    /// The same for the history tables, which several sets share.
    pub(crate) tables: i64,
    /// At most 64 characters for engines that name.
    pub(crate) name: String,
    /// A file for engines that have nothing but one.
    pub(crate) file: Option<std::path::PathBuf>,
    /// Who takes it, for others to read there.
    pub(crate) owner: String,
}

/// A lock that is held. What the connection holds ends with it, too.
#[derive(Debug, Default)]
pub(crate) struct Lock {
    /// Locked as long as it is open.
    pub(crate) file: Option<std::fs::File>,
}

/// Whether a statement that works beside running transactions is to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// It is, and nothing of an earlier try is left.
    Ready,
    /// What it makes is there.
    InPlace,
}

/// How a session reaches its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// Its own connection.
    Directly,
    /// One of a pooler's, another one for each transaction.
    ThroughPooler,
    /// Whoever lent the connection knows.
    Somehow,
}

/// What limits the statements of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// How long a statement waits for a lock on a table.
    pub(crate) lock_timeout: Option<Duration>,
    /// Whether the file says so itself: then it holds for locks on rows too.
    pub(crate) is_said: bool,
    /// How long a statement runs.
    pub(crate) statement_timeout: Option<Duration>,
    /// Whether they are to end with the transaction.
    pub(crate) for_the_transaction: bool,
}

impl Limits {
    /// Takes what a file says of itself.
    pub(crate) fn said(header: &Header, for_the_transaction: bool) -> Limits {
        let (lock_timeout, statement_timeout) = (header.lock_timeout, header.statement_timeout);
        Limits { lock_timeout, is_said: lock_timeout.is_some(), statement_timeout, for_the_transaction }
    }
}

/// Somebody who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holder {
    /// Who, as far as the server tells.
    pub(crate) who: String,
    /// Whether a statement of theirs is running.
    pub(crate) is_active: bool,
    /// Their connection to this server.
    pub(crate) connection: Option<i64>,
    /// Whether their client is known to be gone.
    pub(crate) is_gone: bool,
}

impl Holder {
    /// Reads what the engines' `holder_*.sql` answer.
    pub(crate) fn read(rows: &[Row]) -> Option<Holder> {
        let row = rows.first()?;
        let is_active = row.number(1) == Some(1);
        Some(Holder { who: row.text(0)?.to_owned(), is_active, connection: row.number(2), is_gone: false })
    }
}

/// Something that the server is asked, and can write into the journal without its coming here.
#[derive(Debug)]
pub(crate) struct Asked {
    /// A statement that asks, and must run outside any transaction.
    pub(crate) before: Option<String>,
    /// An expression for the answer.
    pub(crate) written: String,
}

/// What one try gave.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// The lock is held now.
    Obtained(Lock),
    /// Somebody else holds it; who, as far as the server tells.
    Held(Option<Holder>),
}

/// One engine's way to act.
#[async_trait]
pub(crate) trait Engine: Send + Sync {
    /// Returns which engine it is.
    fn dialect(&self) -> Dialect;

    /// Asks what must be known before anything is changed.
    async fn survey(&self, session: &mut dyn Session) -> Result<Survey, SqlError>;

    /// Tries once to take the lock of a run. It never waits inside the server.
    async fn try_lock(&self, session: &mut dyn Session, key: &LockKey) -> Result<Attempt, SqlError>;

    /// Asks who holds the lock of a run, or of one of its steps.
    async fn holder(&self, _session: &mut dyn Session, _key: &LockKey) -> Result<Option<Holder>, SqlError> {
        Ok(None)
    }

    /// Gives the lock back.
    async fn unlock(&self, session: &mut dyn Session, key: &LockKey, lock: Lock) -> Result<(), SqlError>;

    /// Returns SQL, a line for each statement, that sets the limits of a file. [`Survey::restore`] takes them back.
    fn limits(&self, _limits: &Limits) -> String {
        String::new()
    }

    /// Says whether [`Engine::limits`] also limits how long a statement runs. Elsewhere one that takes longer is cancelled.
    fn limits_statements(&self) -> bool {
        false
    }

    /// Says whether a pooler may stand between here and the server.
    fn may_be_pooled(&self) -> bool {
        false
    }

    /// Returns statements that name a session for others to see, and have the server notice when its client is gone. Each
    /// is of use without the others. [`Survey::restore`] takes them back.
    fn introduction(&self, _name: &str) -> Vec<String> {
        Vec::new()
    }

    /// Returns SQL that ends the statement at hand, where a server runs it.
    fn cancel(&self, _at_work: AtWork) -> Option<String> {
        None
    }

    /// Returns SQL for where the client of another connection is, and this one's own; [`client_of`] asks it.
    ///
    /// [`client_of`]: crate::clients::client_of
    fn client(&self, _connection: i64) -> Option<String> {
        None
    }

    /// Returns SQL that ends another connection.
    fn end(&self, _connection: i64) -> Option<String> {
        None
    }

    /// Returns SQL that has a row if the server has a connection with this number that was there so long ago, as far as the
    /// server tells.
    fn is_connected(&self, _connection: i64, _ago: Duration) -> Option<String> {
        None
    }

    /// Returns questions, each for one who may ask less than the one before, for who stands in the way of a connection.
    fn blockers(&self, _connection: i64) -> Vec<String> {
        Vec::new()
    }

    /// Returns SQL for the connections, each with what it does, that run something for this key without its lock: what a
    /// run left behind that is gone.
    fn orphans(&self, _history: &History, _survey: &Survey, _introduced: &str) -> Option<String> {
        None
    }

    /// Says whether an error has this code when the lease is not ours any more.
    fn refuses_stale_lease(&self, _code: &str) -> bool {
        false
    }

    /// Sees to it that the engine itself waits for a writer no longer than this. Returns SQL that takes it back.
    async fn shorten_wait(&self, _session: &mut dyn Session, _limit: Duration) -> Result<String, SqlError> {
        Ok(String::new())
    }

    /// Returns the condition under which a history table that an unqualified name finds is this session's own.
    fn here(&self, _layout_table: &str) -> String {
        String::new()
    }

    /// Returns SQL that takes the lock again inside a step's transaction and answers 1 or 0, and the number of the connection
    /// that has it; empty if `begin` is enough. `holds_none` is whether the session holds none: then it takes that one too.
    fn lock_in_transaction(&self, _number: i64, _holds_none: bool) -> String {
        String::new()
    }

    /// Says whether [`Engine::objection`] has to look at the database before these statements run.
    fn may_object(&self, _statements: &[Statement<'_>]) -> bool {
        false
    }

    /// Looks, inside a step's transaction, for a statement that would succeed and do harm nobody means. Returns its
    /// number, from 0, and what is to be said about it.
    async fn objection(
        &self,
        _session: &mut dyn Session,
        _statements: &[Statement<'_>],
    ) -> Result<Option<(usize, SqlError)>, SqlError> {
        Ok(None)
    }

    /// Says what a statement that failed may have left behind although it failed.
    fn leaves_remains(&self, _statement: &str) -> bool {
        false
    }

    /// Returns how to ask for a fingerprint of what a statement may change; the server computes it. `None` is that nothing
    /// on this engine needs one.
    fn fingerprint(&self, _survey: &Survey, _subject: &Subject) -> Option<Asked> {
        None
    }

    /// Returns how to ask whether all pieces of a statement are done that had begun: 1 is that they are.
    fn all_done(&self, _pieces: &Pieces) -> Option<Asked> {
        None
    }

    /// Returns how to ask for the word of [`Recovery`] of a statement that may write rows which no rollback takes back.
    /// `None` is that there are none.
    fn recovery_of_rows(&self, _subject: &Subject) -> Option<Asked> {
        None
    }

    /// Returns an expression that is 1 where the session's own schema has tables whose rows no rollback takes back.
    fn keeps_rows_here(&self) -> Option<String> {
        None
    }

    /// Returns an expression that is 1 where one of these schemas has tables whose rows no rollback takes back.
    fn keeps_rows_in(&self, _schemas: &BTreeSet<String>) -> Option<String> {
        None
    }

    /// Says, of an error that a statement met in a transaction of its own, whether it can only run outside, and how it is
    /// then found out whether it took effect.
    fn only_outside(&self, _error: &SqlError) -> Option<Recovery> {
        None
    }

    /// Prepares for a statement that works beside running transactions. `began` is whether an earlier run began it.
    async fn before_concurrent(
        &self,
        _session: &mut dyn Session,
        _statement: &Statement<'_>,
        _began: bool,
    ) -> Result<Readiness, SqlError> {
        Ok(Readiness::Ready)
    }

    /// Makes sure that such a statement made what it should.
    async fn after_concurrent(&self, _session: &mut dyn Session, _statement: &Statement<'_>) -> Result<(), SqlError> {
        Ok(())
    }
}

/// Returns the first word of a statement.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn first_word(statement: &str) -> &str {
    statement.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
}

/// Returns the engine, if this build has it.
#[cfg_attr(
    all(feature = "sqlite", feature = "postgres", feature = "mysql"),
    expect(clippy::unnecessary_wraps, reason = "a build without one of the engines lacks it")
)]
pub(crate) fn engine(dialect: Dialect) -> Option<&'static dyn Engine> {
    match dialect {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => Some(&sqlite::Sqlite),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => Some(&postgres::Postgres),
        #[cfg(feature = "mysql")]
        Dialect::Mysql => Some(&mysql::Mysql),
        #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
        _ => None,
    }
}
