//! Steps whose SQL and history commit together.

use std::time::{Duration, Instant};

use dunlin_core::dialect::Dialect;

use super::failure::{Failing, Sent, failure};
use super::message::{Message, Pace};
use super::{Prepared, Run, Stopped};
use crate::error::{Error, Outcome};
use crate::history::Head;
use crate::report::StepDone;
use crate::session::{SqlError, Trouble, interrupted};

/// How many steps of one transaction are recorded together.
const RECORDED_TOGETHER: usize = 50;

/// Goes behind a PostgreSQL file, in its message: the file may have set a limit that ends the session before its record comes.
pub(super) const STAY: &str = "set local idle_in_transaction_session_timeout = 0;";

/// What comes behind a transaction's steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behind {
    /// Another step that is a transaction too.
    AnotherLike,
    /// A step that is not.
    Others,
    /// Nothing.
    Nothing,
}

/// What went wrong, and in which step.
struct Broken<'s> {
    step: &'s Prepared<'s>,
    sent: Sent,
    error: SqlError,
}

impl Run<'_> {
    /// Takes steps in one transaction. An error takes all of them back.
    pub(super) async fn in_transaction(
        &mut self,
        steps: &[Prepared<'_>],
        behind: Behind,
        done: &mut Vec<StepDone>,
    ) -> Result<(), Stopped> {
        let switching = steps.first().filter(|step| self.switches_foreign_keys(step));
        let restores_foreign_keys = match switching {
            Some(step) => {
                self.loose = self.loose_before(step).await?;
                self.foreign_keys_off().await?
            }
            None => false,
        };
        let outcome = self.in_transactions(steps, behind, done).await;
        if restores_foreign_keys {
            self.foreign_keys_on().await?;
        }
        if outcome.is_ok() {
            for done in &*done {
                self.step_ends(done);
            }
        }
        outcome
    }

    /// Takes steps in one transaction, and in another one where a lock was not obtained in its time.
    async fn in_transactions(
        &mut self,
        steps: &[Prepared<'_>],
        behind: Behind,
        done: &mut Vec<StepDone>,
    ) -> Result<(), Stopped> {
        let known = (self.head, self.seq);
        let mut retrying = self.retrying(steps.first().map(|step| step.script));
        loop {
            let at = match self.next.take() {
                Some(at) => at,
                None => self.begin().await?,
            };
            let first = self.begun + 1;
            let mut pace = Pace::new(steps, self.listener, first..=self.steps);
            let Err(Broken { step, sent, error }) = self.send_steps(steps, &at, behind, &mut pace).await else {
                done.extend(steps.iter().zip(pace.durations).map(|(step, duration)| step.done(duration)));
                self.begun += steps.len();
                return Ok(());
            };
            self.session.limit(None);
            self.rollback().await;
            (self.head, self.seq) = known;
            if let Err(error) = self.retry(&mut retrying, error).await {
                let failed = self.rolled_back(step, sent, error, steps.len() > 1).await;
                return Err(Stopped::Failed(failed.with_tries(retrying.tries)));
            }
        }
    }

    /// Sends steps with their records, and commits.
    async fn send_steps<'s>(
        &mut self,
        steps: &'s [Prepared<'s>],
        at: &str,
        behind: Behind,
        pace: &mut Pace<'_>,
    ) -> Result<(), Broken<'s>> {
        let Some(limit) = self.engine.dialect().facts().message_limit else {
            for step in steps {
                self.send_whole(step, at, behind, pace).await?;
            }
            return Ok(());
        };
        let (mut message, mut recorded) = (Message::default(), 0);
        for (n, step) in steps.iter().enumerate() {
            let limits = self.engine.limits(&self.limits_of(step.script, &step.statements, true));
            if !limits.is_empty() || self.may_object(step) {
                self.flush(step, &mut message, pace).await?;
                self.begin_step(step, &limits).await.map_err(|(sent, error)| Broken { step, sent, error })?;
            }
            let longest = self.statement_limit(step.script);
            if longest.is_some() {
                self.flush(step, &mut message, pace).await?;
                self.session.limit(longest);
            }
            for (k, statement) in step.statements.iter().enumerate() {
                if !message.takes(statement, limit) {
                    self.flush(step, &mut message, pace).await?;
                }
                message.push(step, k, statement);
            }
            if longest.is_some() {
                self.flush(step, &mut message, pace).await?;
                self.session.limit(None);
            }
            let is_end = n + 1 == steps.len();
            if is_end || n + 1 - recorded == RECORDED_TOGETHER {
                self.flush(step, &mut message, pace).await?;
                let whole: Vec<_> = steps.iter().zip(pace.durations.iter().copied()).skip(recorded).collect();
                recorded += whole.len();
                let broken = |error| Broken { step, sent: Sent::Tail, error };
                self.send_records(&whole, at, is_end, behind).await.map_err(broken)?;
            }
        }
        Ok(())
    }

    /// Sends the file of a step as it is, and then its record; with that the next step begins, if one follows.
    async fn send_whole<'s>(
        &mut self,
        step: &'s Prepared<'s>,
        at: &str,
        behind: Behind,
        pace: &mut Pace<'_>,
    ) -> Result<(), Broken<'s>> {
        let limits = self.engine.limits(&self.limits_of(step.script, &step.statements, true));
        let statements = limits.lines().count();
        let (mut completed, own) = (0, statements..statements + step.statements.len());
        let mut told = || {
            if own.contains(&completed) {
                pace.statement_done();
            }
            completed += 1;
        };
        let sent = Sent::Whole { before: limits.len(), statements };
        let ran = self.session.run_telling(&format!("{limits}{}\n;\n{STAY}", step.body()), &mut told).await;
        ran.map_err(|error| Broken { step, sent, error })?;
        let duration = pace.durations.last().copied().unwrap_or_default();
        let (record, head, seq) = self.records(&[(step, duration)], at);
        let record = format!("{}{record};\n{}", self.before_record(behind), self.commit_sql());
        let recorded = if behind == Behind::AnotherLike {
            self.record_and_begin(&record, head).await
        } else {
            self.session.run(&record).await
        };
        recorded.map_err(|error| Broken { step, sent: Sent::Tail, error })?;
        (self.head, self.seq) = (head, seq);
        Ok(())
    }

    /// Ends a step, and begins the next one with the same message.
    async fn record_and_begin(&mut self, record: &str, head: Head) -> Result<(), SqlError> {
        let rows = match self.session.rows(&format!("{record};\n{}", self.begin_and_look())).await {
            Ok(rows) => rows,
            Err(error) => {
                if error.trouble == Trouble::Connection {
                    return Err(error);
                }
                // Which of the two went wrong, the log tells.
                self.rollback().await;
                let is_recorded = self.history.last(self.session).await.is_ok_and(|last| last == head);
                return if is_recorded { Ok(()) } else { Err(error) };
            }
        };
        self.next = self.begun_at(&rows, head);
        if self.next.is_none() {
            self.rollback().await;
        }
        Ok(())
    }

    /// Sends what has been gathered.
    async fn flush<'s>(
        &mut self,
        present: &'s Prepared<'s>,
        message: &mut Message<'s>,
        pace: &mut Pace<'_>,
    ) -> Result<(), Broken<'s>> {
        let message = std::mem::take(message);
        if message.sql.is_empty() {
            return Ok(());
        }
        let ran = if self.session.is_stopped() {
            Err(interrupted())
        } else {
            self.session.run_telling(&message.sql, &mut || pace.statement_done()).await
        };
        ran.map_err(|error| match message.owner(error.completed) {
            Some((step, n)) => Broken { step, sent: Sent::Statement(n), error },
            None => Broken { step: present, sent: Sent::Tail, error },
        })
    }

    /// Does what must be done before a step's own statements.
    async fn begin_step(&mut self, step: &Prepared<'_>, limits: &str) -> Result<(), (Sent, SqlError)> {
        if self.may_object(step) {
            let objection = self.engine.objection(self.session, &step.statements).await;
            if let Some((n, error)) = objection.map_err(|error| (Sent::Tail, error))? {
                return Err((Sent::Statement(n), error));
            }
        }
        if limits.is_empty() { Ok(()) } else { self.session.run(limits).await.map_err(|error| (Sent::Tail, error)) }
    }

    fn may_object(&self, step: &Prepared<'_>) -> bool {
        !self.switches_foreign_keys(step) && self.engine.may_object(&step.statements)
    }

    /// Records steps whose statements are done; behind the last of them, the transaction ends.
    async fn send_records(
        &mut self,
        steps: &[(&Prepared<'_>, Duration)],
        at: &str,
        is_end: bool,
        behind: Behind,
    ) -> Result<(), SqlError> {
        if steps.iter().any(|(step, _)| self.switches_foreign_keys(step)) {
            self.check_foreign_keys().await?;
        }
        // SQLite waits for readers when it commits, and is asked again; the others commit in the same message.
        let commits_apart = self.engine.dialect() == Dialect::Sqlite;
        let commit = if is_end && !commits_apart { format!(";\n{}", self.commit_sql()) } else { String::new() };
        let (records, head, seq) = self.records(steps, at);
        self.session.run(&format!("{}{records}{commit}", self.before_record(behind))).await?;
        if is_end && commits_apart {
            self.commit_patiently().await?;
        }
        (self.head, self.seq) = (head, seq);
        Ok(())
    }

    /// What makes the session dunlin's own again behind a file's statements.
    fn before_record(&self, behind: Behind) -> String {
        let mut sql = self.survey.restore.clone();
        if behind != Behind::Nothing && self.engine.dialect() == Dialect::Postgres {
            // A crash may lose the last of these steps, each with its record; the run's last commit is waited for.
            sql.push_str("set local synchronous_commit = off;\n");
        }
        sql
    }

    /// Commits once no reader stands in the way, and waits for it at most as long as for a lock.
    pub(super) async fn commit_patiently(&mut self) -> Result<(), SqlError> {
        let (start, commit) = (Instant::now(), self.commit_sql());
        loop {
            match self.session.run(&commit).await {
                Err(error) if error.trouble == Trouble::Busy && start.elapsed() < self.lock_wait.limit() => {
                    self.session.pause(Duration::from_millis(20)).await?;
                }
                result => return result,
            }
        }
    }

    async fn rolled_back(&mut self, step: &Prepared<'_>, sent: Sent, error: SqlError, together: bool) -> Error {
        let outcome = match (error.trouble, together) {
            (Trouble::Connection, _) => Outcome::Unknown,
            (_, true) => Outcome::AllRolledBack,
            (_, false) => Outcome::RolledBack,
        };
        if outcome != Outcome::Unknown && error.trouble != Trouble::LeaseLost {
            self.log_failure(step, sent, &error, Outcome::RolledBack).await;
        }
        failure(&Failing::step(step), sent, error, outcome, self.engine.dialect())
    }
}
