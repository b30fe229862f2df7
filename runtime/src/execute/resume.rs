//! Going on with a step that an earlier run began and did not end.

use std::time::Instant;

use dunlin_core::ledger::{Action, Detail};
use dunlin_core::migration::Direction;
use dunlin_core::plan::{Finding, FindingKind, JournalEntry, JournalState, Obstacle, PlanError, Resumption, Verdict};
use dunlin_core::statements::{Recovery, Subject};

use super::failure::{Failing, Sent, failure};
use super::journal::Course;
use super::{Prepared, Run, Stopped};
use crate::error::{Error, Outcome};
use crate::report::StepDone;

impl Run<'_> {
    /// Finishes a step. What is in place stays; of a statement that began, the database tells whether it took effect.
    pub(crate) async fn resume(&mut self, resumption: &PreparedResumption<'_>) -> Result<StepDone, Stopped> {
        let PreparedResumption { step, journal, settled } = resumption;
        self.step_begins(step.step);
        let start = Instant::now();
        self.prepare_journal().await?;
        self.look_for_rows_that_stay(step).await?;
        let is_done = |n: usize| journal.iter().any(|of| of.n == n && of.state == JournalState::Done);
        let first = (0..step.statements.len()).find(|n| !is_done(n + 1)).unwrap_or(step.statements.len());
        let in_question = journal.iter().find(|entry| entry.n == first + 1 && entry.state == JournalState::Started);
        let took_effect = match in_question {
            Some(entry) => self.took_effect(step, entry).await?,
            None => false,
        };
        let at = self.record_resumption(step, journal, *settled, first, took_effect).await?;
        self.bring_session_to(step, first).await?;
        let mut course = Course::resumed(step, at, start, first);
        course.pending = self.limits(step);
        let first = first + usize::from(took_effect);
        let began = in_question.filter(|_| !took_effect).map(|_| first);
        self.run_statements(course, first, began).await
    }

    /// Runs the statements again that changed nothing but their session, which is gone.
    async fn bring_session_to(&mut self, step: &Prepared<'_>, first: usize) -> Result<(), Stopped> {
        let dialect = self.engine.dialect();
        for (n, statement) in step.statements.iter().enumerate().take(first) {
            if statement.recovery(dialect) != Recovery::Session {
                continue;
            }
            if let Err(error) = self.session.run(statement.text()).await {
                let outcome = Outcome::Partial { in_place: first };
                return Err(Stopped::Failed(failure(
                    &Failing::step(step),
                    Sent::Statement(n),
                    error,
                    outcome,
                    dialect,
                )));
            }
        }
        Ok(())
    }

    /// Finds out whether a statement that began took effect: another fingerprint says that it did.
    async fn took_effect(&mut self, step: &Prepared<'_>, entry: &JournalEntry) -> Result<bool, Stopped> {
        let n = entry.n.saturating_sub(1);
        let Some(statement) = step.statements.get(n) else { return Ok(false) };
        if !matches!(entry.recovery, Recovery::Schema | Recovery::Pieces) {
            return Ok(false);
        }
        let subject = statement.subject(self.engine.dialect());
        let Some(fingerprint) = self.engine.fingerprint(self.survey, &subject) else { return Ok(false) };
        let all_done = match &subject {
            Subject::Several(pieces) => self.engine.all_done(pieces),
            _ => None,
        };
        let before: Vec<&str> = [Some(&fingerprint), all_done.as_ref()]
            .into_iter()
            .flatten()
            .filter_map(|of| of.before.as_deref())
            .collect();
        let looking = |error| Stopped::Failed(Error::database("looking for what is in place", error));
        if !before.is_empty() {
            // A catalogue may write things as the session has them: it is asked in one like the first, and answers in ours.
            self.bring_session_to(step, n).await?;
            self.session.run(&before.join(";\n")).await.map_err(looking)?;
            self.session.run(&self.survey.restore).await.map_err(looking)?;
        }
        let all_done = all_done.map_or_else(|| "null".to_owned(), |all_done| all_done.written);
        let rows = self.session.rows(&format!("select {}, {all_done}", fingerprint.written)).await.map_err(looking)?;
        let now = rows.first().and_then(|row| row.text(0));
        let is_all_done = rows.first().and_then(|row| row.number(1)) == Some(1);
        match (now, entry.fingerprint.as_deref()) {
            (Some(now), Some(before)) if now == before => Ok(false),
            (Some(_), Some(_)) if entry.recovery == Recovery::Schema || is_all_done => Ok(true),
            // A script writes none.
            _ => Err(asked(step, Obstacle::Unsure { n: entry.n }, vec![entry.clone()])),
        }
    }

    /// Writes an event that says how it goes on. Returns the database's clock.
    async fn record_resumption(
        &mut self,
        step: &Prepared<'_>,
        journal: &[JournalEntry],
        settled: Option<usize>,
        first: usize,
        took_effect: bool,
    ) -> Result<String, Stopped> {
        let at = self.begin().await?;
        let (migration, direction) = (step.migration(), step.step.direction);
        let mut sql = String::new();
        if direction == Direction::Up {
            // What stands behind the statements in place may have been mended.
            sql.push_str(&self.history.heal(migration));
            sql.push_str(";\n");
        }
        let done = settled.and_then(|n| Some((n, step.statements.get(n.checked_sub(1)?)?)));
        if let Some((n, statement)) = done {
            let row = step.entry(n - 1, statement, JournalState::Done, self.engine.dialect());
            sql.push_str(&self.history.journal_forget(migration, direction, [n]));
            sql.push_str(&self.history.journal_row(migration, direction, &row));
            sql.push_str(";\n");
        }
        if took_effect {
            sql.push_str(&self.history.journal_done(migration, direction, first + 1));
            sql.push_str(";\n");
        }
        // What is to be run writes its row anew, but for work whose state the catalogue shows.
        let shows =
            |entry: &JournalEntry| entry.recovery == Recovery::Concurrent && entry.state == JournalState::Started;
        let forgotten = journal.iter().filter(|entry| entry.n > first + usize::from(took_effect) && !shows(entry));
        sql.push_str(&self.history.journal_forget(migration, direction, forgotten.map(|entry| entry.n)));
        let in_place = first + usize::from(took_effect);
        let inferred = took_effect.then_some(first + 1);
        let detail =
            Detail { direction: Some(direction), in_place: Some(in_place), inferred, settled, ..Detail::default() };
        let checksum = Some(step.checksum());
        let (event, head) = self.event(Action::Resume, Some(migration), checksum, &at, &detail);
        sql.push_str(&event);
        self.send(&sql, "recording the resumption").await?;
        if let Err(error) = self.commit_patiently().await {
            self.rollback().await;
            return Err(Stopped::Failed(Error::database("recording the resumption", error)));
        }
        self.head = head;
        Ok(at)
    }
}

/// A step that is to be finished, checked and taken apart.
pub(crate) struct PreparedResumption<'p> {
    pub(crate) step: Prepared<'p>,
    /// What its journal says.
    journal: &'p [JournalEntry],
    /// The statement, from 1, that counts as in place because somebody says so.
    settled: Option<usize>,
}

/// Stops because of what only somebody who looks can tell.
pub(super) fn asked(step: &Prepared<'_>, obstacle: Obstacle, journal: Vec<JournalEntry>) -> Stopped {
    let migration = step.migration();
    let kind = FindingKind::Unfinished { direction: step.step.direction, journal, obstacle: Some(obstacle) };
    let (id, name, file) = (migration.id.clone(), migration.name(), Some(step.script.file.clone()));
    let finding = Finding { id, name, file, verdict: Verdict::Refuse, kind };
    Stopped::Failed(PlanError::Refused(vec![finding]).into())
}

/// Takes the steps of resumptions apart. Nothing is sent.
pub(crate) fn prepared<'p>(
    resumptions: &'p [Resumption],
    engine: &dyn crate::engine::Engine,
) -> Result<Vec<PreparedResumption<'p>>, Error> {
    let prepare = |of: &'p Resumption| {
        let step = Prepared::new(&of.step, engine)?;
        Ok(PreparedResumption { step, journal: &of.journal, settled: of.settled })
    };
    resumptions.iter().map(prepare).collect()
}
