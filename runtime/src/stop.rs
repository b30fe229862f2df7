//! Telling runs to stop.

use std::sync::Arc;

use tokio::sync::watch;

/// Tells runs to stop: the statement at hand is cancelled in the server, what it did is taken back or recorded, the lock is
/// given back, and the run ends as interrupted. The next run goes on.
///
/// Clones tell the same runs. To drop a run's future instead leaves it to the server to notice that its client is gone.
#[derive(Debug, Clone)]
pub struct Stop {
    told: Arc<watch::Sender<bool>>,
    /// Who listens has a scratch database to drop.
    scratch: Arc<watch::Sender<()>>,
}

/// Who stops when it is told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeardBy {
    /// Nobody: nothing is under way that would have to be brought to an end.
    Nobody,
    /// A run on a database, which has something to take back or to record, and a lock to give back.
    Run,
    /// Work on scratch databases, which drops them. It touches nothing else.
    Scratch,
}

impl Default for Stop {
    fn default() -> Stop {
        Stop { told: Arc::new(watch::Sender::new(false)), scratch: Arc::new(watch::Sender::new(())) }
    }
}

impl Stop {
    /// Makes one that nobody has told yet.
    pub fn new() -> Stop {
        Stop::default()
    }

    /// Tells every run that was given this, now and later, to stop.
    pub fn stop(&self) {
        self.told.send_replace(true);
    }

    /// Says whether it was told.
    pub fn is_stopped(&self) -> bool {
        *self.told.borrow()
    }

    /// Says what is under way that will stop when it is told.
    pub fn heard_by(&self) -> HeardBy {
        match (self.scratch.receiver_count(), self.told.receiver_count()) {
            (0, 0) => HeardBy::Nobody,
            (0, _) => HeardBy::Run,
            _ => HeardBy::Scratch,
        }
    }

    /// Says whether there is something under way that will stop when it is told.
    pub fn is_heard(&self) -> bool {
        self.heard_by() != HeardBy::Nobody
    }

    /// Listens. As long as the ear lives, somebody hears.
    pub(crate) fn ear(&self) -> Ear {
        Ear(self.told.subscribe())
    }

    /// Listens for as long as there is a scratch database.
    #[cfg(feature = "schema")]
    pub(crate) fn scratch_ear(&self) -> ScratchEar {
        ScratchEar(self.scratch.subscribe())
    }
}

/// Work on a scratch database, which must be dropped before the process ends.
#[cfg(feature = "schema")]
#[derive(Debug)]
pub(crate) struct ScratchEar(#[expect(dead_code, reason = "it is counted")] watch::Receiver<()>);

/// A run that listens.
#[derive(Debug, Clone)]
pub(crate) struct Ear(watch::Receiver<bool>);

impl Ear {
    pub(crate) fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns once it was told to stop; never, if nobody can tell any more.
    pub(crate) async fn stopped(&mut self) {
        if self.0.wait_for(|stopped| *stopped).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
