//! What travels in one message, and how far a transaction has come by the statements that are done.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use dunlin_core::statements::Statement;

use super::Prepared;
use crate::progress::{Listener, Progress};

/// Statements that are sent together, and whose they are.
#[derive(Default)]
pub(super) struct Message<'s> {
    pub(super) sql: String,
    /// For each statement its step, and its number in it.
    owners: Vec<(&'s Prepared<'s>, usize)>,
}

impl<'s> Message<'s> {
    /// Says whether a statement still fits. The first one always does.
    pub(super) fn takes(&self, statement: &Statement<'_>, limit: usize) -> bool {
        self.sql.is_empty() || self.sql.len() + statement.text().len() <= limit
    }

    /// Adds the `n`th statement of a step.
    pub(super) fn push(&mut self, step: &'s Prepared<'s>, n: usize, statement: &Statement<'_>) {
        if !self.sql.is_empty() {
            self.sql.push_str(";\n");
        }
        self.sql.push_str(statement.text());
        self.owners.push((step, n));
    }

    /// Returns the step and the statement to which an error belongs before which so many were done.
    pub(super) fn owner(&self, completed: usize) -> Option<(&'s Prepared<'s>, usize)> {
        self.owners.get(completed).copied()
    }
}

/// Tells when each step begins, and keeps how long it took.
pub(super) struct Pace<'p> {
    steps: &'p [Prepared<'p>],
    listener: &'p Listener,
    /// The numbers that the steps from here on have in the run.
    numbers: RangeInclusive<usize>,
    /// How long each step took that is done.
    pub(super) durations: Vec<Duration>,
    since: Instant,
    statement_since: Instant,
    /// How many statements the present step still has.
    left: usize,
}

impl<'p> Pace<'p> {
    /// Begins with the first step.
    pub(super) fn new(steps: &'p [Prepared<'p>], listener: &'p Listener, numbers: RangeInclusive<usize>) -> Pace<'p> {
        let (durations, since) = (Vec::with_capacity(steps.len()), Instant::now());
        let mut pace = Pace { steps, listener, numbers, durations, since, statement_since: since, left: 0 };
        pace.begin();
        pace
    }

    /// Counts a statement. Those behind the last step are dunlin's own.
    pub(super) fn statement_done(&mut self) {
        if self.left == 0 {
            return;
        }
        if let Some(step) = self.steps.get(self.durations.len()) {
            let (n, duration) = (step.statements.len() - self.left, self.statement_since.elapsed());
            self.listener.tell_if_heard(|| step.statement_done(n, duration));
            self.statement_since = Instant::now();
        }
        self.left -= 1;
        if self.left == 0 {
            self.end();
            self.begin();
        }
    }

    /// Begins the next step; one without statements ends at once.
    fn begin(&mut self) {
        while let Some(step) = self.steps.get(self.durations.len()) {
            let of = *self.numbers.end();
            self.listener.tell(Progress::StepStarted {
                step: self.numbers.next().unwrap_or(of),
                of,
                direction: step.step.direction,
                id: step.migration().id.clone(),
                name: step.migration().name(),
            });
            self.left = step.statements.len();
            if self.left > 0 {
                return;
            }
            self.end();
        }
    }

    fn end(&mut self) {
        self.durations.push(self.since.elapsed());
        self.since = Instant::now();
    }
}
