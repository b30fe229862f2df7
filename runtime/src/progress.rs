//! What happens during a run, as it happens: one stream for everybody who wants to know.
//!
//! Every [`RunEvent`] goes to `tracing`, and to the function of [`Migrator::on_event`](crate::Migrator::on_event); the command
//! line makes its display and its JSON lines of it. No event holds a secret: no URL, no value of a variable.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use dunlin_core::dialect::Dialect;
use dunlin_core::migration::{Direction, MigrationId, SetName};
use dunlin_core::plan::Finding;
use serde::Serialize;

use crate::error::Outcome;
use crate::report::microseconds;

/// Something that happened in a run.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct RunEvent {
    /// The version of this form.
    pub version: u32,
    /// Which run: the same in all of its events, and in no other run's.
    pub run: String,
    /// Its number in the run, from 1.
    pub n: u64,
    /// How long the run has been going on.
    #[serde(rename = "elapsed_us", serialize_with = "microseconds")]
    pub elapsed: Duration,
    /// The set that is migrated.
    pub set: SetName,
    /// What happened.
    #[serde(flatten)]
    pub progress: Progress,
}

/// What can happen during a run.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Progress {
    /// The run begins.
    RunStarted {
        /// The engine.
        engine: Dialect,
    },
    /// The database cannot be reached yet; said now and then while it is tried again.
    Unreachable {
        /// How long it has been tried.
        #[serde(rename = "waited_us", serialize_with = "microseconds")]
        waited: Duration,
        /// What the driver or server said, without secrets.
        message: String,
    },
    /// Another run is to apply migrations and has not yet; said now and then while it is waited for.
    NotApplied {
        /// How long it has been waited for.
        #[serde(rename = "waited_us", serialize_with = "microseconds")]
        waited: Duration,
        /// How many migrations and repeatable files are pending.
        pending: usize,
    },
    /// Somebody else holds the lock; said now and then while it is waited for.
    Waiting {
        /// How long it has been waited for.
        #[serde(rename = "waited_us", serialize_with = "microseconds")]
        waited: Duration,
        /// Who holds it, as far as the server tells.
        holder: Option<String>,
    },
    /// The lock is held.
    LockObtained {
        /// How long it was waited for.
        #[serde(rename = "waited_us", serialize_with = "microseconds")]
        waited: Duration,
    },
    /// The lock was given back.
    LockReleased,
    /// Something was noticed that does not stand in the way.
    #[serde(rename = "warning")]
    Noticed {
        /// What.
        warning: Box<Finding>,
    },
    /// The steps are decided.
    Planned {
        /// How many there are.
        steps: usize,
    },
    /// A step begins.
    StepStarted {
        /// Its number, from 1.
        step: usize,
        /// How many there are.
        of: usize,
        /// Which way.
        direction: Direction,
        /// The migration's id.
        id: MigrationId,
        /// `<id>_<slug>`.
        name: String,
    },
    /// A statement of a step is done. Some engines tell of several at once.
    StatementDone {
        /// `<id>_<slug>` of its step.
        name: String,
        /// Its number in the file, from 1.
        statement: usize,
        /// How many the file has.
        of: usize,
        /// The line on which it begins, from 1.
        line: usize,
        /// How long it took.
        #[serde(rename = "duration_us", serialize_with = "microseconds")]
        duration: Duration,
    },
    /// A statement waits for somebody else.
    Blocked {
        /// How long it has been running.
        #[serde(rename = "waited_us", serialize_with = "microseconds")]
        waited: Duration,
        /// Who stands in the way, as far as the server tells.
        blocker: String,
    },
    /// A statement did not obtain a lock in its time; it was taken back, and is tried again after a pause.
    Retrying {
        /// How often it was tried.
        tries: u32,
        /// How long until it is tried again.
        #[serde(rename = "pause_us", serialize_with = "microseconds")]
        pause: Duration,
        /// Who stood in the way, as far as the server tells.
        blocker: Option<String>,
    },
    /// A step is done.
    StepDone {
        /// Which way.
        direction: Direction,
        /// The migration's id.
        id: MigrationId,
        /// `<id>_<slug>`.
        name: String,
        /// How long it took.
        #[serde(rename = "duration_us", serialize_with = "microseconds")]
        duration: Duration,
    },
    /// A step failed, or was interrupted.
    StepFailed {
        /// Which way.
        direction: Direction,
        /// `<id>_<slug>`, or `repeatable/<name>`.
        name: String,
        /// The server's message.
        message: String,
        /// SQLSTATE, or the engine's own number.
        code: Option<String>,
        /// In which state the database is.
        outcome: Outcome,
    },
    /// A repeatable file begins.
    RepeatStarted {
        /// Its name.
        name: String,
    },
    /// A repeatable file was run.
    Repeated {
        /// Its name.
        name: String,
        /// How long it took.
        #[serde(rename = "duration_us", serialize_with = "microseconds")]
        duration: Duration,
    },
    /// The run ended as it should.
    RunDone {
        /// How many steps were taken.
        steps: usize,
    },
    /// The run ended otherwise.
    RunFailed {
        /// Why, in one line.
        message: String,
    },
}

/// Who is told what happens, in which run.
#[derive(Clone)]
pub(crate) struct Listener {
    hear: Option<Arc<Hear>>,
    run: Arc<Run>,
}

type Hear = dyn Fn(&RunEvent) + Send + Sync;

struct Run {
    id: String,
    set: SetName,
    start: Instant,
    told: AtomicU64,
}

impl Default for Listener {
    fn default() -> Listener {
        Listener { hear: None, run: Arc::new(Run::new(SetName::default())) }
    }
}

impl Run {
    fn new(set: SetName) -> Run {
        use std::hash::{BuildHasher as _, Hasher as _};
        let id = format!("{:016x}", std::collections::hash_map::RandomState::new().build_hasher().finish());
        Run { id, set, start: Instant::now(), told: AtomicU64::new(0) }
    }
}

impl Listener {
    pub(crate) fn new(listener: impl Fn(&RunEvent) + Send + Sync + 'static) -> Listener {
        Listener { hear: Some(Arc::new(listener)), ..Listener::default() }
    }

    /// Returns one that hears of another run.
    pub(crate) fn of_a_run(&self, set: SetName) -> Listener {
        Listener { hear: self.hear.clone(), run: Arc::new(Run::new(set)) }
    }

    /// Tells the listener, and `tracing`.
    pub(crate) fn tell(&self, progress: Progress) {
        let run = &*self.run.id;
        match &progress {
            Progress::RunStarted { engine } => tracing::debug!(run, %engine, "run"),
            Progress::Unreachable { waited, message } => {
                tracing::info!(run, ?waited, message, "waiting for the database");
            }
            Progress::NotApplied { waited, pending } => {
                tracing::info!(run, ?waited, pending, "waiting for migrations to be applied");
            }
            Progress::Waiting { waited, holder } => {
                tracing::info!(run, ?waited, holder, "waiting for the migration lock");
            }
            Progress::LockObtained { waited } => tracing::debug!(run, ?waited, "lock obtained"),
            Progress::LockReleased => tracing::debug!(run, "lock released"),
            Progress::Noticed { warning } => tracing::warn!(run, "{warning}"),
            Progress::Planned { steps } => tracing::debug!(run, steps, "planned"),
            Progress::StepStarted { direction, name, .. } => tracing::debug!(run, %direction, name, "migrating"),
            Progress::StatementDone { name, statement, line, duration, .. } => {
                tracing::trace!(run, name, statement, line, ?duration, "statement");
            }
            Progress::Blocked { waited, blocker } => tracing::info!(run, ?waited, blocker, "waiting for a lock"),
            Progress::Retrying { tries, pause, blocker } => {
                tracing::info!(run, tries, ?pause, blocker, "trying again to obtain a lock");
            }
            Progress::StepDone { direction, name, duration, .. } => {
                tracing::info!(run, %direction, name, ?duration, "migrated");
            }
            Progress::StepFailed { direction, name, message, code, .. } => {
                tracing::error!(run, %direction, name, message, code, "failed");
            }
            Progress::RepeatStarted { name } => tracing::debug!(run, name, "repeating"),
            Progress::Repeated { name, duration } => tracing::info!(run, name, ?duration, "repeated"),
            Progress::RunDone { steps } => tracing::debug!(run, steps, "run done"),
            Progress::RunFailed { message } => tracing::debug!(run, message, "run failed"),
        }
        if let Some(hear) = &self.hear {
            let n = self.run.told.fetch_add(1, Ordering::Relaxed) + 1;
            let (run, set, elapsed) = (self.run.id.clone(), self.run.set.clone(), self.run.start.elapsed());
            hear(&RunEvent { version: 1, run, n, elapsed, set, progress });
        }
    }

    /// Tells what there may be thousands of, if anybody wants to know.
    pub(crate) fn tell_if_heard(&self, progress: impl FnOnce() -> Progress) {
        if self.hear.is_some() || tracing::enabled!(tracing::Level::TRACE) {
            self.tell(progress());
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.hear.is_some() { "Listener(…)" } else { "Listener" })
    }
}
