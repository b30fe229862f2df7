//! Telling runs to stop.

use std::sync::Arc;

use tokio::sync::watch;

/// Tells runs to stop: the statement at hand is cancelled in the server, what it did is taken back or recorded, the lock is
/// given back, and the run ends as interrupted. The next run goes on.
///
/// Clones tell the same runs. To drop a run's future instead leaves it to the server to notice that its client is gone.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Stop {
        Stop(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// Makes one that nobody has told yet.
    pub fn new() -> Stop {
        Stop::default()
    }

    /// Tells every run that was given this, now and later, to stop.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Says whether it was told.
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    /// Says whether a run is under way that will stop when it is told.
    pub fn is_heard(&self) -> bool {
        self.0.receiver_count() > 0
    }

    /// Listens. As long as the ear lives, [`Stop::is_heard`].
    pub(crate) fn ear(&self) -> Ear {
        Ear(self.0.subscribe())
    }
}

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
