//! What can go wrong, and what to do then.
//!
//! [`Error`] is the one error of this crate; [`StepFailure`] is the most telling of its kinds. The text says what
//! happened, in full; [`Error::hints`] the next commands.

mod excerpt;
mod stale_plan;
mod step_failure;

use std::path::PathBuf;
use std::time::Duration;

use dunlin_core::dialect::Dialect;
use dunlin_core::fault::Faults;
use dunlin_core::ledger::BrokenChain;
use dunlin_core::plan::{FindingKind, MarkError, PlanError, SkipError};
use dunlin_core::text::{count, list, some_of};

pub use stale_plan::StalePlan;
use step_failure::staying;
pub use step_failure::{FailedPart, Outcome, StepFailure};

use crate::connect::{Prospect, prospect};
use crate::offline::ScriptError;
use crate::report::Report;
use crate::session::{SqlError, Trouble};
use crate::unlock::LockHolder;

pub(crate) use excerpt::{excerpt, offset_of};

/// Why something was not done, or not wholly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The migrations' files have faults. Nothing was sent to a database.
    #[error("{0}")]
    Files(Faults),
    /// The history and the migrations disagree, or the target does not lead anywhere. Nothing was changed.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A migration was to be skipped and is not. Nothing was changed.
    #[error(transparent)]
    Skip(#[from] SkipError),
    /// A migration was to be marked and is not. Nothing was changed.
    #[error(transparent)]
    Mark(#[from] MarkError),
    /// A repair changes what the history says was done, and nobody said why. Nothing was changed.
    #[error("this repair changes what the history says was done, and needs a reason")]
    NoReason,
    /// A script cannot be written.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// A plan that was made before no longer holds.
    #[error(transparent)]
    Stale(Box<StalePlan>),
    /// A plan was to be kept, or written as a script, while steps are unfinished. Only a run finds out how they go on.
    #[error("{} began and did not end; a plan to keep and a script begin where nothing is unfinished", list(.names))]
    Unfinished {
        /// `<id>_<slug>` of their migrations.
        names: Vec<String>,
    },
    /// The URL names no engine.
    #[error("`{scheme}` is no database URL that dunlin knows; one begins with `sqlite:`, `postgres://` or `mysql://`")]
    UnknownUrl {
        /// What stands where the scheme should.
        scheme: String,
    },
    /// The SQLite URL names no file.
    #[error("the URL names no file")]
    NoFile,
    /// The URL names no database.
    #[error("the URL names no database")]
    NoDatabaseName,
    /// A database in memory cannot be made or dropped.
    #[error("a database in memory begins and ends with its connection")]
    InMemory,
    /// What is to be dropped, or was to be made, is a file of something else. It was left alone.
    #[error("{} is no database of SQLite", .path.display())]
    NotSqlite {
        /// The file.
        path: PathBuf,
    },
    /// A database was to be dropped, and others are connected to it. It was left alone.
    #[error("`{name}` is in use by {}:\n{}", count(.clients.len(), "connection"), .clients.join("\n"))]
    InUse {
        /// The database.
        name: String,
        /// Who is connected, as far as the server tells.
        clients: Vec<String>,
    },
    /// A database could not be made.
    #[error("the database `{name}` cannot be made: {message}")]
    CannotMake {
        /// The database.
        name: String,
        /// What the server said.
        message: String,
        /// Whether it is a right that is lacking.
        denied: bool,
        /// The driver's error.
        source: sqlx::Error,
    },
    /// A database could not be dropped.
    #[error("the database `{name}` cannot be dropped: {message}")]
    CannotDrop {
        /// The database.
        name: String,
        /// What the server said.
        message: String,
        /// Whether it is a right that is lacking.
        denied: bool,
        /// The driver's error.
        source: sqlx::Error,
    },
    /// Migrations that another run was to apply are not applied.
    #[error("not applied within {}: {}", seconds(.waited), some_of(.names))]
    NotApplied {
        /// What is pending, each as `<id>_<slug>` or the name of a repeatable file.
        names: Vec<String>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The engine's feature is off in this build.
    #[error("this build of dunlin has no {}", .0.facts().name)]
    NoEngine(Dialect),
    /// The database cannot be reached, or does not let us in.
    #[error("cannot connect to {url}{}: {message}", within(.waited))]
    Connect {
        /// The URL without its password.
        url: String,
        /// What the driver or server said, the last time.
        message: String,
        /// How long it was tried; zero is once.
        waited: Duration,
        /// The driver's error.
        source: sqlx::Error,
    },
    /// The connection that was lent is in a transaction of its owner.
    #[error("the connection is in a transaction, which migrating would commit or roll back")]
    InTransaction,
    /// Somebody else held the lock all the time.
    #[error("the lock was not obtained within {}", seconds(.waited))]
    Locked {
        /// How long it was waited for.
        waited: Duration,
        /// Who holds it, as far as the server tells.
        holder: Option<String>,
        /// Whether the holder's client is known to be gone.
        is_gone: bool,
    },
    /// A lock was to be given up for its holder, who is not known to be gone. Nothing was changed.
    #[error("the lock is not given up: {}", .0.sign)]
    Held(Box<LockHolder>),
    /// The connection is one of a pooler's, and something is to be done that no transaction holds.
    #[error("a pooler stands before the server, and what is to be done runs outside transactions")]
    Pooled,
    /// The connection is one of a pooler's that takes no transactions.
    #[error("a pooler stands before the server, and it takes no transactions: {message}")]
    NoTransactions {
        /// What it said.
        message: String,
    },
    /// A lease was asked for where there is none.
    #[error("SQLite has no leases: its own lock holds for every process")]
    NoLease,
    /// A lease must be renewed over a second connection, and there is none.
    #[error("the lease needs a second connection, and {}", why.as_deref().unwrap_or(LENT))]
    NoSecondConnection {
        /// Why it could not be opened; `None` is that a connection was lent, which tells no way to open another.
        why: Option<String>,
    },
    /// A URL leads to another engine.
    #[error("{of} leads to another engine")]
    OtherEngine {
        /// Which URL.
        of: &'static str,
    },
    /// The lease was lost, between two statements. Nothing was written since.
    #[error("{LEASE_LOST}{}", after(.report))]
    LeaseLost {
        /// What was done before.
        report: Box<Report>,
    },
    /// The run was told to stop, between two statements.
    #[error("interrupted{}", after(.report))]
    Interrupted {
        /// What was done before.
        report: Box<Report>,
    },
    /// A step failed.
    #[error(transparent)]
    Step(Box<StepFailure>),
    /// The history tables are of a newer layout.
    #[error("the history table {table} has layout {found}, and this dunlin knows layouts up to {known}")]
    NewerLayout {
        /// The table that says so.
        table: String,
        /// Its layout.
        found: i64,
        /// The newest that this build knows.
        known: i64,
    },
    /// A row of the history is none that dunlin writes.
    #[error("the history cannot be read: {what} is none that dunlin writes")]
    UnreadableHistory {
        /// Which row.
        what: String,
    },
    /// There is nowhere to make the history tables.
    #[error("there is no {what} to make the history tables in")]
    NoSchema {
        /// `schema` or `database`.
        what: &'static str,
    },
    /// A tenant was named where there can be none.
    #[error("no tenant can be chosen: {why}")]
    TenantRefused {
        /// Why not.
        why: &'static str,
    },
    /// Unqualified names do not lead to the tenant. Nothing was changed.
    #[error("unqualified names do not lead to the schema `{name}`: it is not there, or this user may not use it")]
    NoTenant {
        /// The tenant.
        name: String,
    },
    /// The query that is to name tenants failed.
    #[error("the query for the tenants failed: {message}")]
    TenantQuery {
        /// What the server said.
        message: String,
        /// The driver's error.
        source: sqlx::Error,
    },
    /// A row of a query that is to name tenants names none.
    #[error("row {row} of the query names no tenant")]
    UnnamedTenant {
        /// Which row, from 1.
        row: usize,
    },
    /// A file that dunlin needs cannot be read.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database refused something that dunlin itself sent.
    #[error("{doing}: {message}")]
    Database {
        /// What dunlin was doing.
        doing: &'static str,
        /// What the server said.
        message: String,
        /// Whether it is a right that is lacking.
        denied: bool,
        /// Whether the connection was lost.
        disconnected: bool,
        /// What was done before.
        report: Box<Report>,
        /// The driver's error.
        source: sqlx::Error,
    },
}

/// What is said of a lease that is over before its run is.
pub(crate) const LEASE_LOST: &str = "the lease was lost: it was not renewed in time, and another run may hold it";

/// What helps where the lock is held for a run that is gone.
const GIVE_UP: &str = "`dunlin unlock` shows what the server still does for it, and gives the lock up";

const LENT: &str = "a connection that was lent tells no way to open one";

impl From<Faults> for Error {
    fn from(faults: Faults) -> Error {
        Error::Files(faults)
    }
}

impl From<StalePlan> for Error {
    fn from(stale: StalePlan) -> Error {
        Error::Stale(Box::new(stale))
    }
}

impl From<BrokenChain> for Error {
    fn from(broken: BrokenChain) -> Error {
        Error::UnreadableHistory { what: broken.to_string() }
    }
}

impl Error {
    pub(crate) fn database(doing: &'static str, error: SqlError) -> Error {
        match error.trouble {
            Trouble::Interrupted => return Error::Interrupted { report: Box::default() },
            Trouble::LeaseLost => return Error::LeaseLost { report: Box::default() },
            _ => {}
        }
        let (denied, disconnected) = (error.trouble == Trouble::Denied, error.trouble == Trouble::Connection);
        let message = told(&error);
        Error::Database { doing, message, denied, disconnected, report: Box::default(), source: error.source }
    }

    pub(crate) fn tenant_query(error: SqlError) -> Error {
        Error::TenantQuery { message: told(&error), source: error.source }
    }

    pub(crate) fn cannot_make(name: &str, error: SqlError) -> Error {
        let (message, denied) = (told(&error), error.trouble == Trouble::Denied);
        Error::CannotMake { name: name.to_owned(), message, denied, source: error.source }
    }

    pub(crate) fn cannot_drop(name: &str, error: SqlError) -> Error {
        let (message, denied) = (told(&error), error.trouble == Trouble::Denied);
        Error::CannotDrop { name: name.to_owned(), message, denied, source: error.source }
    }

    /// Says of a connection that could not be had that it was tried for this long.
    pub(crate) fn after(mut self, tried: Duration) -> Error {
        if let Error::Connect { waited, .. } = &mut self {
            *waited = tried;
        }
        self
    }

    /// Returns why there is no connection, without which database it is.
    pub(crate) fn reason(&self) -> String {
        match self {
            Error::Connect { message, .. } | Error::Database { message, .. } => message.clone(),
            error => error.to_string(),
        }
    }

    /// Returns what was done before the error.
    pub fn report(&self) -> Option<&Report> {
        match self {
            Error::Step(failure) => Some(&failure.report),
            Error::Stale(stale) => Some(&stale.report),
            Error::Database { report, .. } | Error::Interrupted { report } | Error::LeaseLost { report } => {
                Some(report)
            }
            _ => None,
        }
    }

    /// Says of a failure that none of the step's statements failed, but what dunlin writes about them.
    pub(crate) fn of_the_record(mut self) -> Error {
        if let Error::Step(failure) = &mut self {
            failure.part = FailedPart::Record;
        }
        self
    }

    pub(crate) fn with_tries(mut self, tries: u32) -> Error {
        if let Error::Step(failure) = &mut self {
            failure.tries = tries;
        }
        self
    }

    pub(crate) fn with_report(mut self, before: &Report) -> Error {
        match &mut self {
            Error::Step(failure) => failure.report = before.clone(),
            Error::Database { report, .. } | Error::Interrupted { report } | Error::LeaseLost { report } => {
                **report = before.clone();
            }
            _ => {}
        }
        self
    }

    /// Returns the ways out, as sentences with commands.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Error::Files(faults) => faults.hints(),
            Error::Plan(error) => error.hints(),
            Error::Skip(error) => error.hints(),
            Error::Mark(error) => error.hints(),
            Error::NoReason => vec!["say why with `--reason \"…\"`; the log keeps it".to_owned()],
            Error::Script(error) => error.hints(),
            Error::Stale(stale) => stale.hints(),
            Error::Unfinished { .. } => {
                vec!["`dunlin resume` finishes it; `dunlin status` shows how far it got".to_owned()]
            }
            Error::Locked { holder, is_gone, .. } => {
                let holder = holder.as_ref().map(|holder| format!("it is held by {holder}"));
                let way = if *is_gone { GIVE_UP } else { "wait longer with `--lock-wait`, or end the other run" };
                holder.into_iter().chain([way.to_owned()]).collect()
            }
            Error::Held(holder) => holder.hints(),
            Error::Step(failure) => failure.hints(),
            Error::Pooled | Error::NoTransactions { .. } => vec![
                "name a URL that leads past the pooler: `direct-url` in dunlin.toml, or DUNLIN_DIRECT_URL; what is done is \
                 then done there"
                    .to_owned(),
            ],
            Error::NoSecondConnection { why: None } => vec!["migrate on a pool or a URL".to_owned()],
            Error::Interrupted { .. } => vec!["`dunlin up` goes on".to_owned()],
            Error::LeaseLost { .. } => vec![step_failure::AFTER_THE_LEASE.to_owned()],
            Error::NoFile => {
                vec!["write `sqlite:app.db`, or `sqlite::memory:` for a database that is gone afterwards".to_owned()]
            }
            Error::InTransaction => vec!["migrate on a pool, a URL or a connection of its own".to_owned()],
            Error::NewerLayout { .. } => vec!["a newer dunlin has been here; use that one".to_owned()],
            Error::NoEngine(dialect) => vec![format!("build with the feature `{dialect}`")],
            Error::NoSchema { .. } => {
                vec!["name a database in the URL, or a schema with `--history-schema`".to_owned()]
            }
            Error::Database { denied: true, .. } => vec![step_failure::RIGHT_TO_WRITE.to_owned()],
            Error::Database { disconnected: true, .. } => vec![step_failure::WHAT_IS_IN_PLACE.to_owned()],
            Error::NoTenant { .. } => {
                vec!["make the schema, and grant `usage` on it; a pooler may have dropped the search path".to_owned()]
            }
            Error::Connect { message, .. } if message.contains("startup parameter") => {
                vec!["a pooler cannot keep what a tenant needs; name the server itself in the URL".to_owned()]
            }
            Error::NoDatabaseName => vec!["name it behind the host: `postgres://user@host/database`".to_owned()],
            Error::InUse { .. } => vec!["end what uses it, or end the connections with `--force`".to_owned()],
            Error::CannotMake { denied: true, .. } => {
                vec!["name a user in the URL who may make databases".to_owned()]
            }
            Error::CannotDrop { denied: true, .. } => vec!["name a user in the URL who may drop it".to_owned()],
            Error::NotApplied { .. } => {
                vec!["is something there that applies them? `dunlin status` shows what is in place".to_owned()]
            }
            Error::Connect { url, .. } if url.starts_with("sqlite:") => Vec::new(),
            Error::Connect { .. } if prospect(self) == Prospect::Absent => {
                vec!["`dunlin db create` makes a database that is not there".to_owned()]
            }
            Error::Connect { source: sqlx::Error::Io(_), .. } => {
                vec!["is the server running, and are host and port right?".to_owned()]
            }
            _ => Vec::new(),
        }
    }

    /// Says whether the database is ahead of this binary and forbids it to run (`-- dunlin: breaking`).
    pub fn is_database_newer(&self) -> bool {
        let Error::Plan(PlanError::Refused(findings)) = self else { return false };
        findings.iter().any(|finding| matches!(finding.kind, FindingKind::Ahead { .. }))
    }
}

fn after(report: &Report) -> String {
    match report.steps.len() {
        0 => ", nothing was done".to_owned(),
        steps => format!("; {}", staying(steps)),
    }
}

/// What a server said, with its detail and its hint.
fn told(error: &SqlError) -> String {
    let more = error.detail.iter().chain(&error.hint);
    std::iter::once(error.to_string()).chain(more.cloned()).collect::<Vec<_>>().join("; ")
}

fn within(waited: &Duration) -> String {
    if waited.is_zero() { String::new() } else { format!(" within {}", seconds(waited)) }
}

fn seconds(duration: &Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
