//! Trying again: pauses that grow, within a limit.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, Instant};

use crate::progress::{Listener, Progress};
use crate::stop::Stop;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How often somebody is told that it is still being waited.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// How long something is tried, and who is told of it.
#[derive(Debug, Clone)]
pub(crate) struct Patience {
    pub(crate) limit: Duration,
    pub(crate) listener: Listener,
    /// What ends it before its time.
    pub(crate) stop: Stop,
}

/// The tries of one thing, the first of which has begun.
#[derive(Debug)]
pub(crate) struct Tries<'p> {
    patience: &'p Patience,
    start: Instant,
    pause: Duration,
    told: Option<Duration>,
}

impl Patience {
    /// Begins to try.
    pub(crate) fn tries(&self) -> Tries<'_> {
        Tries { patience: self, start: Instant::now(), pause: FIRST_PAUSE, told: None }
    }
}

impl Tries<'_> {
    /// Returns how long it has been tried; zero is once.
    pub(crate) fn waited(&self) -> Duration {
        if self.told.is_none() { Duration::ZERO } else { self.start.elapsed() }
    }

    /// Returns how much time is left.
    pub(crate) fn left(&self) -> Duration {
        self.patience.limit.saturating_sub(self.start.elapsed())
    }

    /// Waits for the next try, and tells now and then why. Says whether there is time for one.
    pub(crate) async fn again(&mut self, why: impl FnOnce(Duration) -> Progress + Send) -> bool {
        let (waited, left) = (self.start.elapsed(), self.left());
        if left.is_zero() {
            return false;
        }
        if self.told.is_none_or(|told| waited >= told + TOLD_EVERY) {
            self.told = Some(waited);
            self.patience.listener.tell(why(waited));
        }
        // The last try is when the time is over.
        tokio::time::sleep(jittered(self.pause).min(left)).await;
        self.pause = (self.pause * 3 / 2).min(LONGEST_PAUSE);
        true
    }
}

/// Between half of a pause and all of it, so that those who began together do not stay together.
fn jittered(pause: Duration) -> Duration {
    // The standard library has no other source of chance.
    let chance = u32::try_from(RandomState::new().build_hasher().finish() % 1_000).unwrap_or_default();
    pause / 2 + pause / 2_000 * chance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_waiters_keep_step() {
        let pauses: Vec<Duration> = (0..50).map(|_| jittered(LONGEST_PAUSE)).collect();
        assert!(pauses.iter().all(|pause| (LONGEST_PAUSE / 2..=LONGEST_PAUSE).contains(pause)), "{pauses:?}");
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}
