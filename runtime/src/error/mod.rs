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
use dunlin_core::plan::{FindingKind, PlanError, SkipError};
use dunlin_core::text::{count, list};

pub use stale_plan::StalePlan;
pub use step_failure::{Outcome, StepFailure};

use crate::offline::ScriptError;
use crate::report::Report;
use crate::session::{SqlError, Trouble};

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
    /// The engine's feature is off in this build.
    #[error("this build of dunlin has no {}", .0.facts().name)]
    NoEngine(Dialect),
    /// The database cannot be reached, or does not let us in.
    #[error("cannot connect to {url}: {message}")]
    Connect {
        /// The URL without its password.
        url: String,
        /// What the driver or server said.
        message: String,
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
    },
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
        if error.trouble == Trouble::Interrupted {
            return Error::Interrupted { report: Box::default() };
        }
        let (denied, disconnected) = (error.trouble == Trouble::Denied, error.trouble == Trouble::Connection);
        let message = match (&error.detail, &error.hint) {
            (None, None) => error.to_string(),
            (detail, hint) => {
                let more: Vec<&str> = detail.iter().chain(hint).map(String::as_str).collect();
                format!("{error}; {}", more.join("; "))
            }
        };
        Error::Database { doing, message, denied, disconnected, report: Box::default(), source: error.source }
    }

    /// Returns what was done before the error.
    pub fn report(&self) -> Option<&Report> {
        match self {
            Error::Step(failure) => Some(&failure.report),
            Error::Stale(stale) => Some(&stale.report),
            Error::Database { report, .. } | Error::Interrupted { report } => Some(report),
            _ => None,
        }
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
            Error::Database { report, .. } | Error::Interrupted { report } => **report = before.clone(),
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
            Error::Script(error) => error.hints(),
            Error::Stale(stale) => stale.hints(),
            Error::Unfinished { .. } => {
                vec!["`dunlin resume` finishes it; `dunlin status` shows how far it got".to_owned()]
            }
            Error::Locked { holder, .. } => {
                let holder = holder.as_ref().map(|holder| format!("it is held by {holder}"));
                holder.into_iter().chain(["wait longer with `--lock-wait`, or end the other run".to_owned()]).collect()
            }
            Error::Step(failure) => failure.hints(),
            Error::Pooled | Error::NoTransactions { .. } => vec![
                "name a URL that leads past the pooler: `direct-url` in dunlin.toml, or DUNLIN_DIRECT_URL; what is done is \
                 then done there"
                    .to_owned(),
            ],
            Error::NoSecondConnection { why: None } => vec!["migrate on a pool or a URL".to_owned()],
            Error::Interrupted { .. } => vec!["`dunlin up` goes on".to_owned()],
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
        steps => format!("; {} before it stay as they are", count(steps, "step")),
    }
}

fn seconds(duration: &Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
