//! What happens during a run, as it happens.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use dunlin_core::migration::Direction;
use dunlin_core::plan::Finding;

/// Something that happens during a run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Progress {
    /// Somebody else holds the lock; said now and then while it is waited for.
    Waiting {
        /// How long it has been waited for.
        waited: Duration,
        /// Who holds it, as far as the server tells.
        holder: Option<String>,
    },
    /// A statement waits for somebody else.
    Blocked {
        /// How long it has been running.
        waited: Duration,
        /// Who stands in the way, as far as the server tells.
        blocker: String,
    },
    /// A statement did not obtain a lock in its time; it was taken back, and is tried again after a pause.
    Retrying {
        /// How often it was tried.
        tries: u32,
        /// How long until it is tried again.
        pause: Duration,
        /// Who stood in the way, as far as the server tells.
        blocker: Option<String>,
    },
    /// Something was noticed that does not stand in the way.
    Noticed(Finding),
    /// The steps are decided.
    Planned {
        /// How many there are.
        steps: usize,
    },
    /// A step begins.
    StepStarted {
        /// Its number, from 1.
        n: usize,
        /// Which way.
        direction: Direction,
        /// `<id>_<slug>`.
        name: String,
    },
    /// A step is done.
    StepDone {
        /// Which way.
        direction: Direction,
        /// `<id>_<slug>`.
        name: String,
        /// How long it took.
        duration: Duration,
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
        duration: Duration,
    },
}

/// Who is told what happens.
#[derive(Clone, Default)]
pub(crate) struct Listener(Option<Arc<Hear>>);

type Hear = dyn Fn(&Progress) + Send + Sync;

impl Listener {
    pub(crate) fn new(listener: impl Fn(&Progress) + Send + Sync + 'static) -> Listener {
        Listener(Some(Arc::new(listener)))
    }

    /// Tells the listener, and `tracing`.
    pub(crate) fn tell(&self, progress: &Progress) {
        match progress {
            Progress::Waiting { waited, holder } => tracing::info!(?waited, holder, "waiting for the migration lock"),
            Progress::Blocked { waited, blocker } => tracing::info!(?waited, blocker, "waiting for a lock"),
            Progress::Retrying { tries, pause, blocker } => {
                tracing::info!(tries, ?pause, blocker, "trying again to obtain a lock");
            }
            Progress::Noticed(finding) => tracing::warn!("{finding}"),
            Progress::Planned { steps } => tracing::debug!(steps, "planned"),
            Progress::StepStarted { direction, name, .. } => tracing::debug!(%direction, name, "migrating"),
            Progress::StepDone { direction, name, duration } => tracing::info!(%direction, name, ?duration, "migrated"),
            Progress::RepeatStarted { name } => tracing::debug!(name, "repeating"),
            Progress::Repeated { name, duration } => tracing::info!(name, ?duration, "repeated"),
        }
        if let Some(listener) = &self.0 {
            listener(progress);
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Listener(…)" } else { "Listener" })
    }
}
