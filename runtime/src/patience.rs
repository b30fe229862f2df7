//! Waiting for somebody else: for how long, in which pauses, and when to say something about it.

use std::time::{Duration, Instant};

use crate::engine::Holder;
use crate::error::Error;
use crate::progress::{Listener, Progress};
use crate::session::Session;

/// How long a lock is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LockWait {
    /// So long.
    AtMost(Duration),
    /// As long as its holder is seen to get on, and then so long.
    WhileItGetsOn(Duration),
}

impl LockWait {
    pub(crate) fn limit(self) -> Duration {
        let (LockWait::AtMost(limit) | LockWait::WhileItGetsOn(limit)) = self;
        limit
    }
}

/// One wait.
#[derive(Debug)]
pub(crate) struct Patience {
    wait: LockWait,
    start: Instant,
    /// When somebody was last seen to get on.
    progressed: Instant,
    head: Option<u64>,
    pause: Duration,
    longest: Duration,
    told: Duration,
}

/// The first pause is short: most runs are.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// A short wait is not worth a word.
const TELL_AFTER: Duration = Duration::from_millis(500);
const TELL_AGAIN: Duration = Duration::from_secs(10);

impl Patience {
    pub(crate) fn new(wait: LockWait) -> Patience {
        let (now, pause, longest) = (Instant::now(), FIRST_PAUSE, LONGEST_PAUSE);
        Patience { wait, start: now, progressed: now, head: None, pause, longest, told: Duration::ZERO }
    }

    /// Is for an engine that waits a while by itself, so that all pauses can be short.
    pub(crate) fn brief(wait: LockWait) -> Patience {
        Patience { longest: FIRST_PAUSE, ..Patience::new(wait) }
    }

    /// Says whether it matters that the holder gets on.
    pub(crate) fn looks_for_progress(&self) -> bool {
        matches!(self.wait, LockWait::WhileItGetsOn(_))
    }

    /// Takes note of signs that the holder gets on, which begin the wait anew: a statement of theirs that is running, or
    /// another last event.
    pub(crate) fn progress(&mut self, is_active: bool, head: Option<u64>) {
        let is_another = head.is_some() && self.head.is_some() && head != self.head;
        self.head = head.or(self.head);
        if self.looks_for_progress() && (is_active || is_another) {
            self.progressed = Instant::now();
        }
    }

    /// Pauses, unless it has been long enough, or the run is told to stop.
    pub(crate) async fn wait(
        &mut self,
        session: &mut dyn Session,
        listener: &Listener,
        holder: Option<Holder>,
    ) -> Result<(), Error> {
        let is_gone = holder.as_ref().is_some_and(|holder| holder.is_gone);
        let (waited, holder) = (self.waited(), holder.map(|holder| holder.who));
        if self.is_over() {
            return Err(Error::Locked { waited, holder, is_gone });
        }
        if self.is_to_be_told() {
            listener.tell(Progress::Waiting { waited, holder });
        }
        let paused = session.pause(self.next_pause()).await;
        paused.map_err(|error| Error::database("waiting for the lock", error))
    }

    /// Returns how long it has been waited.
    pub(crate) fn waited(&self) -> Duration {
        self.start.elapsed()
    }

    /// Says whether it has been long enough.
    pub(crate) fn is_over(&self) -> bool {
        self.progressed.elapsed() >= self.wait.limit()
    }

    /// Says whether it is time for a word about it.
    pub(crate) fn is_to_be_told(&mut self) -> bool {
        let waited = self.waited();
        let is_time = waited >= TELL_AFTER && waited >= self.told;
        if is_time {
            self.told = waited + TELL_AGAIN;
        }
        is_time
    }

    /// Returns how long to pause, twice as long each time. Chance keeps those who wait apart.
    pub(crate) fn next_pause(&mut self) -> Duration {
        let left = self.wait.limit().saturating_sub(self.progressed.elapsed());
        let pause = self.pause.mul_f64(0.75 + chance() / 2.0).min(left);
        self.pause = (self.pause * 2).min(self.longest);
        pause
    }
}

/// Returns a number from 0 to just under 1 that nobody can foresee.
pub(crate) fn chance() -> f64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    let bits = std::collections::hash_map::RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(bits >> 32).unwrap_or_default()) / (f64::from(u32::MAX) + 1.0)
}
