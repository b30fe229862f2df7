//! Trying again what did not obtain a lock in its time.

use std::time::{Duration, Instant};

use dunlin_core::migration::Script;
use dunlin_core::statements::Statement;

use super::Run;
use crate::engine::Limits;
use crate::patience::chance;
use crate::progress::Progress;
use crate::session::{SqlError, Trouble};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How often something was tried, and for how long it may still be.
#[derive(Debug)]
pub(super) struct Retrying {
    budget: Duration,
    start: Instant,
    pub(super) tries: u32,
    pause: Duration,
}

impl Run<'_> {
    /// Begins with the first try of a file.
    pub(super) fn retrying(&self, script: Option<&Script>) -> Retrying {
        let budget = script.and_then(|script| script.header.retry).unwrap_or(self.limits.retry);
        Retrying { budget, start: Instant::now(), tries: 1, pause: FIRST_PAUSE }
    }

    /// Pauses before another try, if an error is of a kind that passes and there is time left. Otherwise, and when the pause
    /// is cut short, it returns why there is no other.
    pub(super) async fn retry(&mut self, retrying: &mut Retrying, error: SqlError) -> Result<(), SqlError> {
        let passes = matches!(error.trouble, Trouble::LockTimeout | Trouble::Conflict);
        if !passes || retrying.start.elapsed() >= retrying.budget {
            return Err(error);
        }
        // Chance keeps those apart that wait for one another.
        let left = retrying.budget.saturating_sub(retrying.start.elapsed());
        let pause = retrying.pause.mul_f64(0.5 + chance()).min(left);
        retrying.pause = (retrying.pause * 2).min(LONGEST_PAUSE);
        let (tries, blocker) = (retrying.tries + 1, error.blocker);
        self.listener.tell(Progress::Retrying { tries, pause, blocker });
        self.session.pause(pause).await?;
        retrying.tries = tries;
        Ok(())
    }

    /// Returns what limits the statements of a file: what it says itself, else what holds for DDL.
    pub(super) fn limits_of(&self, script: &Script, statements: &[Statement<'_>], for_the_transaction: bool) -> Limits {
        let dialect = self.engine.dialect();
        let locks = statements.iter().any(|statement| statement.locks_tables(dialect));
        let waits_for_others = statements.iter().any(|statement| statement.is_concurrent(dialect));
        let usual = self.limits.lock_timeout.filter(|_| locks && !waits_for_others);
        let said = Limits::said(&script.header, for_the_transaction);
        Limits { lock_timeout: said.lock_timeout.or(usual), ..said }
    }

    /// Returns how long a statement of a file may take, where the server does not see to that.
    pub(super) fn statement_limit(&self, script: &Script) -> Option<Duration> {
        script.header.statement_timeout.filter(|_| !self.engine.limits_statements())
    }
}
