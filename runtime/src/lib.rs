//! SQL-file migrations, embedded at compile time, verified and applied at run time.
//!
//! A directory `versions/` holds pairs `<id>_<slug>.up.sql` and `.down.sql`. [`embed!`] checks them while the crate is
//! compiled and leaves them in the binary; [`Migrations`] holds a database's history against them and brings it to where
//! it should be. SQLite, PostgreSQL and MySQL/MariaDB, each behind a feature of its name.
//!
//! Everything is verified before the first statement runs. A database that needs nothing costs one SELECT; one that needs
//! something is locked, so that processes which start together apply each migration once. A migration and its row in the
//! history commit together wherever the engine can; where it cannot, a journal says which statements are in place.

#![cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mysql")),
    expect(dead_code, reason = "what one engine alone needs has no use in a build without it")
)]

mod amendment;
mod audit;
mod beside;
mod choices;
mod clients;
mod connect;
mod database;
mod engine;
mod error;
mod execute;
mod history;
mod last_failure;
mod lease;
mod lock_key;
mod locking;
mod mark;
mod migrations;
mod migrator;
mod offline;
mod options;
mod outlook;
mod patience;
mod planned;
mod progress;
mod redact;
mod repair;
mod repeat;
mod report;
mod restore;
mod run;
#[cfg(feature = "schema")]
pub mod schema;
mod session;
mod squashed;
mod stamp;
mod stop;
mod tenant;
mod tries;
mod unlock;
mod wait;
mod who;

pub use connect::Connect;
pub use database::{Clients, Creation, Database, Removal};
pub use dunlin_core as core;
pub use dunlin_core::dialect::Dialect;
pub use dunlin_core::ledger::{Audit, AuditedSet, ExpectedHead, LedgerFinding, LedgerFindingKind};
pub use dunlin_core::plan::{
    Finding, FindingKind, Forget, Goal, Mark, MarkError, Obstacle, Plan, PlanError, Policy, Repair, RepairKind, Resume,
    Resumption, SkipError, Stamp, Step, Verdict,
};
pub use dunlin_core::plan_file::{BadPlanFile, Moved, PlanFile};
pub use dunlin_core::target::Target;
pub use dunlin_macros::embed;
#[cfg(feature = "schema")]
pub use dunlin_macros::tests;
pub use error::{Error, FailedPart, Outcome, StalePlan, StepFailure};
pub use last_failure::LastFailure;
pub use mark::MarkReport;
pub use migrations::Migrations;
pub use migrator::Migrator;
pub use offline::{ScriptError, SqlScript};
pub use options::LockKind;
pub use outlook::Outlook;
pub use progress::{Progress, RunEvent};
pub use redact::redacted;
pub use repair::{RepairReport, RowRepaired};
pub use report::{
    EventLog, MigrationState, MigrationStatus, RepeatableState, RepeatableStatus, Repeated, Report, RowRemoved,
    RowWritten, SkipReport, StampReport, Status, StepDone, TargetLeftOut,
};
pub use restore::FilesRestored;
pub use stop::{HeardBy, Stop};
pub use unlock::{HeldLock, HolderSign, LockHolder, UnlockReport};

/// What [`embed!`] and `tests!` expand to. Nothing here is for other use.
#[doc(hidden)]
pub mod __private {
    pub use dunlin_core::embedded::{Embedded, EmbeddedFile};

    #[cfg(feature = "schema")]
    pub use crate::schema::testing::blocking::{TestFailed, TestSource, nothing_is_newer, test_migration};
}
