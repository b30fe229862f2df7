//! A journalled step that does not get to its end: what is written of it, and how it is told.

use dunlin_core::plan::{JournalState, State};
use dunlin_core::statements::{Recovery, Statement};

use super::failure::{Failing, Sent, failure};
use super::journal::Course;
use super::{Prepared, Run, Stopped};
use crate::error::{Error, Outcome};
use crate::session::{SqlError, Trouble};

impl Run<'_> {
    /// Records that a statement failed. A step of which nothing is in place is taken back whole.
    pub(super) async fn broken_off(&mut self, course: Course<'_>, n: usize, error: SqlError) -> Stopped {
        let (dialect, step) = (self.engine.dialect(), course.step);
        let (migration, direction) = (step.migration(), step.step.direction);
        let failed = |error, outcome| {
            Stopped::Failed(failure(&Failing::step(step), Sent::Statement(n), error, outcome, dialect))
        };
        if error.trouble == Trouble::Connection {
            return failed(error, Outcome::Unknown);
        }
        if error.trouble == Trouble::LeaseLost {
            return failed(error, Outcome::Partial { in_place: n });
        }
        self.rollback().await;
        let alone = course.statement(n).filter(|_| course.is_alone);
        let remains = alone.is_some_and(|statement| self.engine.leaves_remains(statement.text()));
        let remains = remains || self.rows_may_stay(&course, n).await;
        let nothing_in_place = n == 0 && !remains;
        // What is left of an index, the next try finds in the catalogue.
        let shows = |statement: &Statement<'_>| !remains || statement.recovery(dialect) == Recovery::Concurrent;
        let mut change: String = course.pending.iter().map(|sql| format!("{sql};\n")).collect();
        if nothing_in_place {
            change = self.history.journal_forget(migration, direction, [1]);
            change.push_str(&if step.is_up() {
                self.history.delete(&migration.id)
            } else {
                self.history.set_state(migration, State::Applied)
            });
        } else if error.trouble == Trouble::Interrupted {
            // Nothing failed, and what was taken back with its transaction did not begin. Of what ran alone the next run
            // finds out.
            if !remains && !course.is_alone {
                change.push_str(&self.history.journal_forget(migration, direction, [n + 1]));
            }
        } else if let Some(statement) = course.statement(n).filter(|statement| shows(statement)) {
            let mut row = step.entry(n, statement, JournalState::Failed, dialect);
            row.message = Some(&error.message);
            change.push_str(&self.history.journal_forget(migration, direction, [n + 1]));
            change.push_str(&self.journal_row(step, &row));
        } else {
            // What it left is told by what the journal holds of it since before.
            change.push_str(&self.history.journal_message(migration, direction, n + 1, &error.message));
        }
        let change = change.trim_end().trim_end_matches(';');
        let written = if change.is_empty() { Ok(()) } else { self.commit_as_ourselves(false, change).await };
        if let Err(journal) = &written {
            tracing::error!(error = %journal, "the journal could not be written");
            self.rollback().await;
        }
        let is_taken_back = nothing_in_place && (written.is_ok() || !self.has_begun(step).await);
        let outcome = if is_taken_back { Outcome::RolledBack } else { Outcome::Partial { in_place: n } };
        self.log_failure(step, Sent::Statement(n), &error, outcome).await;
        failed(error, outcome)
    }
    /// What dunlin says about a step that has begun could not be written. With the connection, the step's fate is unknown.
    pub(super) async fn not_written(&mut self, step: &Prepared<'_>, sent: Sent, error: SqlError) -> Stopped {
        let dialect = self.engine.dialect();
        if error.trouble == Trouble::Connection {
            return Stopped::Failed(failure(&Failing::step(step), sent, error, Outcome::Unknown, dialect));
        }
        self.rollback().await;
        if matches!(error.trouble, Trouble::Interrupted | Trouble::LeaseLost) {
            return Stopped::Failed(Error::database("writing the journal", error));
        }
        let in_place = match sent {
            Sent::Statement(n) => n,
            Sent::Whole { .. } | Sent::Tail => step.statements.len(),
        };
        let has_begun = in_place > 0 || self.has_begun(step).await;
        let outcome = if has_begun { Outcome::Partial { in_place } } else { Outcome::RolledBack };
        self.log_failure(step, sent, &error, outcome).await;
        Stopped::Failed(failure(&Failing::step(step), sent, error, outcome, dialect).of_the_record())
    }

    /// Says whether the history tells that a step has begun. What cannot be read may tell so.
    async fn has_begun(&mut self, step: &Prepared<'_>) -> bool {
        match self.history.migration_row(self.session, step.migration().id.as_str()).await {
            Ok(row) => row.is_some_and(|row| row.state.as_deref() != Some(State::Applied.as_str())),
            Err(_) => true,
        }
    }

    /// Says whether a statement that failed may have written rows that no rollback takes back.
    async fn rows_may_stay(&mut self, course: &Course<'_>, n: usize) -> bool {
        if !self.keeps_rows || course.is_alone {
            return false;
        }
        let row = self.history.journal_recovery(course.step.migration(), course.step.step.direction, n + 1);
        let rows = self.session.rows(&row).await.unwrap_or_default();
        rows.first().and_then(|row| row.text(0)) == Some(Recovery::Unsure.as_str())
    }
}
