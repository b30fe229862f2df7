//! Steps that no transaction holds: `transaction none`, and DDL where the engine cannot roll it back.
//!
//! A row says that the step has begun before its first statement runs. What can run in a transaction does, one for each
//! statement, and commits together with its row in the journal; of all else the journal says beforehand that it begins,
//! and how a later run finds out whether it took effect. So a crash leaves a trace from which that run goes on, and every
//! statement takes effect once (`resume.rs`). What a step leaves that does not get to its end, says `broken_off.rs`.

use std::time::Instant;

use dunlin_core::checksum::Checksum;
use dunlin_core::dialect::Dialect;
use dunlin_core::ledger::{Action, MigrationRow};
use dunlin_core::plan::{JournalState, Obstacle, State};
use dunlin_core::statements::{Recovery, Statement, is_lost};

use super::failure::Sent;
use super::resume::asked;
use super::{Prepared, Run, Stopped, micros, record};
use crate::engine::Readiness;
use crate::error::Error;
use crate::history::Journalled;
use crate::options::Journal;
use crate::report::StepDone;
use crate::session::{Place, SqlError, Value, interrupted};

/// What is longer goes in two messages, as servers limit the length: by default to 4 MiB or more.
const LONGEST_MESSAGE: usize = 1024 * 1024;

/// How far a step has come.
pub(super) struct Course<'s> {
    pub(super) step: &'s Prepared<'s>,
    /// The database's clock when it began.
    pub(super) at: String,
    pub(super) start: Instant,
    /// Whether a transaction is open in which no statement of the file has run.
    pub(super) is_open: bool,
    /// What the next transaction is to write.
    pub(super) pending: Vec<String>,
    /// Whether an earlier run began it.
    is_resumed: bool,
    /// The statement of which the journal says that it begins, from 0.
    begun: Option<usize>,
    /// The first statement, from 0, that runs in this session; those before an earlier run has done.
    pub(super) from: usize,
    /// Whether the statement runs outside a transaction: then it may have done some of what it was to do when it fails.
    pub(super) is_alone: bool,
}

impl<'s> Course<'s> {
    /// Takes up a step that an earlier run began.
    pub(super) fn resumed(step: &'s Prepared<'s>, at: String, start: Instant, from: usize) -> Course<'s> {
        Course {
            step,
            at,
            start,
            is_open: false,
            pending: Vec::new(),
            is_resumed: true,
            begun: None,
            from,
            is_alone: false,
        }
    }

    pub(super) fn statement(&self, n: usize) -> Option<&Statement<'_>> {
        self.step.statements.get(n)
    }
}

/// What the journal says of a statement before it begins.
struct Beginning {
    /// What must be asked first, outside any transaction.
    asks: Option<String>,
    /// The row.
    row: String,
}

impl Run<'_> {
    /// Takes one step, statement by statement.
    pub(super) async fn journalled(&mut self, step: &Prepared<'_>) -> Result<StepDone, Stopped> {
        if step.atomic {
            dunlin_core::directory::journalled(step.script, &step.statements, self.engine.dialect())
                .map_err(|faults| Stopped::Failed(faults.into()))?;
        }
        self.step_begins(step.step);
        let start = Instant::now();
        self.prepare_journal().await?;
        let at = self.begin().await?;
        let migration = step.migration();
        let state = if step.is_up() {
            self.history.insert([(migration, record(State::Applying, self.seq + 1, &at, 0))])
        } else {
            self.history.set_state(migration, State::Reverting)
        };
        let mut pending = self.limits(step);
        pending.push(state);
        let course = Course { is_open: true, pending, is_resumed: false, ..Course::resumed(step, at, start, 0) };
        self.run_statements(course, 0, None).await
    }

    /// Runs the statements of a step from the `first`, counted from 0, to the last, and records that it is whole. `began`
    /// is the one that an earlier run began.
    pub(super) async fn run_statements(
        &mut self,
        mut course: Course<'_>,
        first: usize,
        began: Option<usize>,
    ) -> Result<StepDone, Stopped> {
        let limit = self.statement_limit(course.step.script);
        for n in first..course.step.statements.len() {
            course.is_alone = false;
            if self.session.is_stopped() {
                return Err(self.broken_off(course, n, interrupted()).await);
            }
            if n > course.from && is_lost(&course.step.statements, course.from, n, self.engine.dialect()) {
                self.write_before(&mut course, None, n).await?;
                return Err(asked(course.step, Obstacle::SessionLost { n: n + 1 }, Vec::new()));
            }
            let (began_at, mut retrying) = (Instant::now(), self.retrying(Some(course.step.script)));
            loop {
                self.session.limit(limit);
                let ran = self.run_statement(&mut course, n, began == Some(n)).await;
                self.session.limit(None);
                let Err(error) = ran? else { break };
                // A statement that failed so had no effect; what the file has set stays.
                self.rollback_statement().await;
                if let Err(error) = self.retry(&mut retrying, error).await {
                    return Err(self.broken_off(course, n, error).await.with_tries(retrying.tries));
                }
            }
            self.listener.tell_if_heard(|| course.step.statement_done(n, began_at.elapsed()));
        }
        let (step, start) = (course.step, course.start);
        self.finish(course).await?;
        let done = step.done(start.elapsed());
        self.step_ends(&done);
        Ok(done)
    }

    /// Makes sure that there is a journal, and that it holds nothing that was settled by hand.
    pub(super) async fn prepare_journal(&mut self) -> Result<(), Stopped> {
        if self.has_journal {
            return Ok(());
        }
        self.send(&self.history.create_journal(), "making the journal").await?;
        // Looking first takes no lock where there is nothing to clear: two sets share the table.
        let rows = self.session.rows(&self.history.journal_remains()).await;
        let rows = rows.map_err(|error| Stopped::Failed(Error::database("reading the journal", error)))?;
        for id in rows.iter().filter_map(|row| row.text(0)) {
            self.send(&self.history.journal_forget_id(id), "clearing the journal").await?;
        }
        self.has_journal = true;
        Ok(())
    }

    /// Returns statements that set what the file limits.
    pub(super) fn limits(&self, step: &Prepared<'_>) -> Vec<String> {
        let limits = self.engine.limits(&self.limits_of(step.script, &step.statements, false));
        limits.lines().map(|limit| limit.trim_end_matches(';').to_owned()).collect()
    }

    /// Runs one statement, so that it and its journal can be told apart for ever. Only its own failure is returned as such.
    async fn run_statement(
        &mut self,
        course: &mut Course<'_>,
        n: usize,
        began: bool,
    ) -> Result<Result<(), SqlError>, Stopped> {
        let Some(statement) = course.step.statements.get(n) else { return Ok(Ok(())) };
        match statement.recovery(self.engine.dialect()) {
            Recovery::Concurrent => self.beside_others(course, n, statement, began).await,
            _ if self.journal != Journal::Kept => {
                course.is_alone = true;
                self.send_behind(course, None, n, statement.text()).await
            }
            Recovery::Recorded if self.keeps_rows => self.with_its_record_if_it_can(course, n, statement).await,
            Recovery::Recorded => match self.with_its_record(course, n, statement).await? {
                Err(error) => match self.engine.only_outside(&error) {
                    Some(recovery) => {
                        self.rollback_statement().await;
                        self.alone(course, n, statement, Some(recovery)).await
                    }
                    None => Ok(Err(error)),
                },
                done => Ok(done),
            },
            Recovery::Session => self.alone(course, n, statement, None).await,
            recovery => self.alone(course, n, statement, Some(recovery)).await,
        }
    }

    /// Runs a statement in a transaction with its row in the journal: exactly once, whatever happens.
    async fn with_its_record(
        &mut self,
        course: &mut Course<'_>,
        n: usize,
        statement: &Statement<'_>,
    ) -> Result<Result<(), SqlError>, Stopped> {
        let row = course.step.entry(n, statement, JournalState::Done, self.engine.dialect());
        let record = format!("{}{}", self.survey.as_ourselves, self.journal_row(course.step, &row));
        self.in_its_own_transaction(course, None, n, statement, &record).await
    }

    /// Does the same where rows may be written that no rollback takes back: then the journal says so beforehand.
    async fn with_its_record_if_it_can(
        &mut self,
        course: &mut Course<'_>,
        n: usize,
        statement: &Statement<'_>,
    ) -> Result<Result<(), SqlError>, Stopped> {
        let Some(asked) = self.engine.recovery_of_rows(&statement.subject(self.engine.dialect())) else {
            return self.with_its_record(course, n, statement).await;
        };
        let mut row = course.step.entry(n, statement, JournalState::Started, self.engine.dialect());
        row.recovery = Value::Sql(&asked.written);
        let beginning = Beginning { asks: asked.before, row: self.journal_row(course.step, &row) };
        let beginning = Some(beginning).filter(|_| course.begun != Some(n));
        let record = self.history.journal_done(course.step.migration(), course.step.step.direction, n + 1);
        let ran = self.in_its_own_transaction(course, beginning, n, statement, &record).await?;
        course.begun = Some(n);
        Ok(ran)
    }

    /// Runs a statement by itself. The journal says before that it begins, unless it changes its session only, and with
    /// the next transaction that it is done.
    async fn alone(
        &mut self,
        course: &mut Course<'_>,
        n: usize,
        statement: &Statement<'_>,
        recovery: Option<Recovery>,
    ) -> Result<Result<(), SqlError>, Stopped> {
        let recorded = recovery.filter(|_| course.begun != Some(n));
        let beginning = recorded.map(|recovery| self.beginning(course.step, n, statement, recovery));
        course.is_alone = true;
        let ran = self.send_behind(course, beginning, n, statement.text()).await?;
        course.begun = recovery.map(|_| n);
        if ran.is_ok() {
            course.pending.push(match recovery {
                Some(_) => self.history.journal_done(course.step.migration(), course.step.step.direction, n + 1),
                None => {
                    let row = course.step.entry(n, statement, JournalState::Done, self.engine.dialect());
                    self.journal_row(course.step, &row)
                }
            });
        }
        Ok(ran)
    }

    /// Runs a statement that works on an index beside running transactions.
    async fn beside_others(
        &mut self,
        course: &mut Course<'_>,
        n: usize,
        statement: &Statement<'_>,
        began: bool,
    ) -> Result<Result<(), SqlError>, Stopped> {
        // No transaction may be open: the work waits for all that are.
        let beginning = self.beginning(course.step, n, statement, Recovery::Concurrent);
        course.is_alone = true;
        let is_told = began || course.begun == Some(n);
        self.write_before(course, (!is_told).then_some(beginning), n).await?;
        course.begun = Some(n);
        let done = self.history.journal_done(course.step.migration(), course.step.step.direction, n + 1);
        let ran = match self.engine.before_concurrent(self.session, statement, began).await {
            Ok(Readiness::InPlace) => Ok(()),
            Ok(Readiness::Ready) => match self.session.run(statement.text()).await {
                Ok(()) => self.engine.after_concurrent(self.session, statement).await,
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        if ran.is_ok() {
            course.pending.push(done);
        }
        Ok(ran)
    }

    /// Returns what the journal is to say of a statement that begins.
    fn beginning(&self, step: &Prepared<'_>, n: usize, statement: &Statement<'_>, recovery: Recovery) -> Beginning {
        let asked = match recovery {
            Recovery::Schema | Recovery::Pieces => {
                self.engine.fingerprint(self.survey, &statement.subject(self.engine.dialect()))
            }
            _ => None,
        };
        let mut row = step.entry(n, statement, JournalState::Started, self.engine.dialect());
        row.recovery = recovery.as_str().into();
        row.fingerprint = asked.as_ref().map_or(Value::Null, |asked| Value::Sql(&asked.written));
        let row = self.journal_row(step, &row);
        Beginning { asks: asked.and_then(|asked| asked.before), row }
    }

    pub(super) fn journal_row(&self, step: &Prepared<'_>, row: &Journalled<'_>) -> String {
        self.history.journal_row(step.migration(), step.step.direction, row)
    }

    /// Runs a statement and its record in one transaction, behind what the journal is to say before.
    async fn in_its_own_transaction(
        &mut self,
        course: &mut Course<'_>,
        beginning: Option<Beginning>,
        n: usize,
        statement: &Statement<'_>,
        record: &str,
    ) -> Result<Result<(), SqlError>, Stopped> {
        course.is_alone = false;
        if self.engine.dialect() == Dialect::Sqlite {
            self.write_before(course, beginning, n).await?;
            self.begin_patiently().await?;
            let ran = match self.session.run(statement.text()).await {
                Ok(()) => match self.session.run(record).await {
                    Ok(()) => self.commit_patiently().await,
                    Err(error) => Err(error),
                },
                Err(error) => Err(error),
            };
            return Ok(ran);
        }
        let begin = format!("{};\n", self.begin_sql());
        let sql = format!("{begin}{};\n{record};\n{}", statement.text(), self.commit_sql());
        let ran = self.send_behind(course, beginning, n, &sql).await?;
        Ok(ran.map_err(|mut error| {
            // The server counts characters of all that it was sent, and `begin` has only ASCII.
            if let Place::Character(place) = error.place {
                let own = place.saturating_sub(begin.len());
                let is_own = (1..=statement.text().chars().count()).contains(&own);
                error.place = if is_own { Place::Character(own) } else { Place::Unknown };
            }
            error
        }))
    }

    /// Sends SQL behind what the journal is to say. On MySQL both go in one message, which halves the round trips.
    async fn send_behind(
        &mut self,
        course: &mut Course<'_>,
        beginning: Option<Beginning>,
        n: usize,
        sql: &str,
    ) -> Result<Result<(), SqlError>, Stopped> {
        let lines = self.transaction_before(course, beginning);
        let length = lines.iter().map(String::len).sum::<usize>() + sql.len();
        if self.engine.dialect() != Dialect::Mysql || length > LONGEST_MESSAGE || lines.is_empty() {
            self.write(course, &lines, n).await?;
            return Ok(self.session.run(sql).await);
        }
        let ran = self.session.run(&format!("{};\n{sql}", lines.join(";\n"))).await;
        match ran {
            Err(error) if error.completed < lines.len() => {
                Err(self.not_written(course.step, Sent::Statement(n), error).await)
            }
            ran => {
                course.written();
                Ok(ran)
            }
        }
    }

    /// Writes what is pending, and what the journal is to say before a statement.
    async fn write_before(
        &mut self,
        course: &mut Course<'_>,
        beginning: Option<Beginning>,
        n: usize,
    ) -> Result<(), Stopped> {
        let lines = self.transaction_before(course, beginning);
        self.write(course, &lines, n).await
    }

    async fn write(&mut self, course: &mut Course<'_>, lines: &[String], n: usize) -> Result<(), Stopped> {
        if lines.is_empty() {
            return Ok(());
        }
        if self.engine.dialect() == Dialect::Sqlite && !course.is_open {
            self.begin_patiently().await?;
        }
        if let Err(error) = self.session.run(&lines.join(";\n")).await {
            return Err(self.not_written(course.step, Sent::Statement(n), error).await);
        }
        course.written();
        Ok(())
    }

    /// Returns the statements of a transaction with all that is to be written; none if there is nothing.
    fn transaction_before(&self, course: &Course<'_>, beginning: Option<Beginning>) -> Vec<String> {
        if !course.is_open && course.pending.is_empty() && beginning.is_none() {
            return Vec::new();
        }
        let (asks, row) = beginning.map_or((None, None), |beginning| (beginning.asks, Some(beginning.row)));
        let mut lines = Vec::new();
        // What is open already ends before anything is asked.
        let mut pending = course.pending.clone();
        if let (true, Some(_)) = (course.is_open, &asks) {
            lines.append(&mut pending);
            lines.extend(self.fence.iter().cloned());
            lines.push("commit".to_owned());
        }
        let is_open = course.is_open && asks.is_none();
        lines.extend(asks);
        if !is_open {
            lines.extend(self.begin_as_ourselves());
        }
        lines.extend(pending.into_iter().chain(row));
        lines.extend(self.fence.iter().cloned());
        lines.push("commit".to_owned());
        lines
    }

    /// Begins a transaction of dunlin's own between the file's statements, whatever role they have set.
    fn begin_as_ourselves(&self) -> Vec<String> {
        let begin = if self.engine.dialect() == Dialect::Sqlite { "" } else { self.begin_sql() };
        let as_ourselves = self.survey.as_ourselves.lines().map(|line| line.trim_end_matches(';'));
        std::iter::once(begin).chain(as_ourselves).filter(|sql| !sql.is_empty()).map(str::to_owned).collect()
    }

    fn begin_sql(&self) -> &'static str {
        self.engine.dialect().facts().begin
    }

    /// Ends what a statement left open that failed in a transaction of its own. The session stays as the file has set it.
    async fn rollback_statement(&mut self) {
        if let Err(error) = self.session.run("rollback").await {
            tracing::debug!(%error, "rollback");
        }
    }

    /// Records that the step is whole, and forgets its journal.
    async fn finish(&mut self, course: Course<'_>) -> Result<(), Stopped> {
        let step = course.step;
        let migration = step.migration();
        let mut detail = step.detail();
        let (action, row) = if step.is_up() {
            let duration = micros(course.start.elapsed());
            detail.row = self.applied_digest(&course, duration).await?;
            (Action::Up, self.history.set_applied(migration, duration))
        } else {
            (Action::Down, self.history.delete(&migration.id))
        };
        let (event, head) = self.event(action, Some(migration), Some(step.checksum()), &course.at, &detail);
        let forget = self.history.journal_forget(migration, step.step.direction, 1..=step.statements.len());
        let pending: String = course.pending.iter().map(|sql| format!("{sql};\n")).collect();
        let sql = format!("{pending}{forget}{row};\n{event}");
        if let Err(error) = self.commit_as_ourselves(course.is_open, &sql).await {
            return Err(self.not_written(step, Sent::Tail, error).await);
        }
        self.head = head;
        self.seq += i64::from(!course.is_resumed);
        Ok(())
    }

    /// Returns the digest of the row that a step leaves which is whole now.
    async fn applied_digest(&mut self, course: &Course<'_>, duration: i64) -> Result<Option<Checksum>, Stopped> {
        let migration = course.step.migration();
        if !course.is_resumed {
            let record = record(State::Applied, self.seq + 1, &course.at, duration);
            return Ok(self.history.row_digest(migration, &record));
        }
        // An earlier run wrote it, at another time and perhaps with another dunlin; the file may have set what it is read by.
        if let Err(error) = self.session.run(&self.survey.restore).await {
            return Err(self.not_written(course.step, Sent::Tail, error).await);
        }
        let begun = self.history.migration_row(self.session, migration.id.as_str()).await?;
        let (state, duration) = (Some(State::Applied.as_str().into()), Some(duration.to_string().into()));
        Ok(begun.map(|row| MigrationRow { state, duration_us: duration, ..row }.digest()))
    }

    /// Makes the session dunlin's own again, and commits what is to be written.
    pub(super) async fn commit_as_ourselves(&mut self, is_open: bool, sql: &str) -> Result<(), SqlError> {
        let restore = &self.survey.restore;
        if self.engine.dialect() == Dialect::Sqlite {
            if !is_open {
                self.session.run(self.begin_sql()).await?;
            }
            self.session.run(sql).await?;
            return self.commit_patiently().await;
        }
        let begin = if is_open { String::new() } else { format!("{};\n", self.begin_sql()) };
        self.session.run(&format!("{restore}{begin}{sql};\n{}", self.commit_sql())).await
    }
}

impl Course<'_> {
    fn written(&mut self) {
        self.is_open = false;
        self.pending.clear();
    }
}
