//! What travels in one message, and how far a transaction has come by the statements that are done.

use std::time::{Duration, Instant};

use dunlin_core::plan::Step;
use dunlin_core::statements::Statement;

use super::Prepared;

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
    begins: &'p mut (dyn FnMut(&Step) + Send),
    /// How long each step took that is done.
    pub(super) durations: Vec<Duration>,
    since: Instant,
    /// How many statements the present step still has.
    left: usize,
}

impl<'p> Pace<'p> {
    /// Begins with the first step.
    pub(super) fn new(steps: &'p [Prepared<'p>], begins: &'p mut (dyn FnMut(&Step) + Send)) -> Pace<'p> {
        let mut pace =
            Pace { steps, begins, durations: Vec::with_capacity(steps.len()), since: Instant::now(), left: 0 };
        pace.begin();
        pace
    }

    /// Counts a statement. Those behind the last step are dunlin's own.
    pub(super) fn statement_done(&mut self) {
        if self.left == 0 {
            return;
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
            (self.begins)(step.step);
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
