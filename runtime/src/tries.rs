//! Trying again what does not work yet.

use std::time::Duration;

use crate::patience::{LockWait, Patience};
use crate::progress::{Listener, Progress};
use crate::stop::Stop;

/// For how long something is tried, who is told of it, and what ends it before its time.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) limit: Duration,
    pub(crate) listener: Listener,
    pub(crate) stop: Stop,
}

/// The tries of one thing, the first of which has begun.
#[derive(Debug)]
pub(crate) struct Tries<'t> {
    terms: &'t Terms,
    patience: Patience,
    is_first: bool,
}

impl Terms {
    /// Returns those of what is tried once.
    pub(crate) fn once() -> Terms {
        Terms { limit: Duration::ZERO, listener: Listener::default(), stop: Stop::new() }
    }

    /// Begins to try.
    pub(crate) fn tries(&self) -> Tries<'_> {
        Tries { terms: self, patience: Patience::new(LockWait::AtMost(self.limit)), is_first: true }
    }
}

impl Tries<'_> {
    /// Returns how long it has been tried; zero is once.
    pub(crate) fn waited(&self) -> Duration {
        if self.is_first { Duration::ZERO } else { self.patience.waited() }
    }

    /// Returns how much time is left.
    pub(crate) fn left(&self) -> Duration {
        self.terms.limit.saturating_sub(self.patience.waited())
    }

    /// Waits for the next try, and tells now and then why. Says whether there is one; the last is when the time is over.
    pub(crate) async fn again(&mut self, why: impl FnOnce(Duration) -> Progress + Send) -> bool {
        if self.patience.is_over() {
            return false;
        }
        self.is_first = false;
        if self.patience.is_to_be_told() {
            self.terms.listener.tell(why(self.patience.waited()));
        }
        tokio::time::sleep(self.patience.next_pause()).await;
        true
    }
}
