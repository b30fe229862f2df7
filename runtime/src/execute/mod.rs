//! Acting: the steps of a plan, one by one.
//!
//! A [`Run`] holds what every step needs: the session with its lock, the history, and the last event it knows of.
//! `transaction.rs` takes steps whose effects a transaction can take back (`message.rs` says which statements travel
//! together), `journal.rs` those where it cannot, and `resume.rs` goes on with such a step; all leave the history telling
//! exactly what is in place. `repeat.rs` runs repeatable files; `stamp.rs` and `heal.rs` change the history alone,
//! `note.rs` the log alone, and `seal.rs` completes what scripts wrote into it.

mod failure;
mod heal;
mod journal;
mod message;
mod note;
mod repeat;
mod resume;
mod retry;
mod seal;
mod stamp;
mod transaction;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use dunlin_core::checksum::Checksum;
use dunlin_core::dialect::Dialect;
use dunlin_core::header::Wrap;
use dunlin_core::ledger::{Action, Detail, Event};
use dunlin_core::migration::{Direction, Migration, Script};
use dunlin_core::plan::{JournalState, Kind, State, Step};
use dunlin_core::statements;
use dunlin_core::variables::Values;

pub(crate) use self::repeat::PreparedRepeat;
pub(crate) use self::resume::prepared as prepared_resumptions;
pub(crate) use self::seal::sealing;
pub(crate) use self::stamp::{Before, Recording, RowChange, What};
use self::transaction::Behind;
use crate::engine::{Engine, LockKey, Survey};
use crate::error::{Error, Outcome};
use crate::history::{Head, History, Journalled, Record, detail, head};
use crate::options::DdlLimits;
use crate::patience::{LockWait, Patience};
use crate::progress::{Listener, Progress};
use crate::report::{Report, StepDone};
use crate::session::{AtWork, Row, Session, SqlError, Trouble, Value};
use crate::who::Who;

/// Everything that a step needs, and that stays the same from step to step but for the history's head.
pub(crate) struct Run<'r> {
    pub(crate) session: &'r mut dyn Session,
    pub(crate) engine: &'static dyn Engine,
    pub(crate) history: &'r History,
    pub(crate) survey: &'r Survey,
    pub(crate) key: &'r LockKey,
    pub(crate) who: &'r Who,
    /// The last event that this run has seen or written.
    pub(crate) head: Head,
    /// The last `seq`.
    pub(crate) seq: i64,
    /// How long whoever else writes is waited for.
    pub(crate) lock_wait: LockWait,
    /// Whether this run has made sure that there is a journal.
    pub(crate) has_journal: bool,
    /// Whether there may be tables whose rows no rollback takes back.
    pub(crate) keeps_rows: bool,
    /// What every transaction that writes the history does before it commits.
    pub(crate) fence: Vec<String>,
    /// Whether the session holds no lock between the steps.
    pub(crate) holds_none: bool,
    pub(crate) limits: DdlLimits,
    pub(crate) listener: &'r Listener,
    /// How many steps have begun, and how many there are.
    pub(crate) begun: usize,
    pub(crate) steps: usize,
    /// The database's clock, where a transaction for the next step has begun.
    pub(crate) next: Option<String>,
}

/// Why a step was not taken.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The history changed under the plan; nothing was done. It must be read and planned again.
    Moved,
    /// It went wrong.
    Failed(Error),
}

impl Stopped {
    /// Says of a failure how often it was tried.
    fn with_tries(self, tries: u32) -> Stopped {
        match self {
            Stopped::Failed(error) => Stopped::Failed(error.with_tries(tries)),
            Stopped::Moved => Stopped::Moved,
        }
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Stopped {
        Stopped::Failed(error)
    }
}

/// A step that is checked and taken apart.
pub(crate) struct Prepared<'s> {
    pub(crate) step: &'s Step,
    pub(crate) script: &'s Script,
    pub(crate) statements: Vec<statements::Statement<'s>>,
    /// Whether one transaction holds everything that the step does.
    pub(crate) atomic: bool,
}

impl<'s> Prepared<'s> {
    /// Checks a step's text for the engine that it is to run on. Nothing is sent.
    pub(crate) fn new(step: &'s Step, engine: &dyn Engine) -> Result<Prepared<'s>, Error> {
        let dialect = engine.dialect();
        let unplanned = || dunlin_core::plan::PlanError::Irreversible { name: step.migration.name(), reason: None };
        let script = step.script.as_deref().ok_or_else(unplanned)?;
        let statements = dunlin_core::directory::statements(script, step.direction, dialect)?;
        let rolls_back =
            dialect.facts().ddl_rolls_back || statements.iter().all(|statement| statement.rolls_back(dialect));
        let atomic = script.header.wrap == Wrap::Transaction && rolls_back;
        Ok(Prepared { step, script, statements, atomic })
    }

    pub(crate) fn migration(&self) -> &'s Migration {
        &self.step.migration
    }

    /// The checksum of the file, whatever values its variables have.
    pub(crate) fn checksum(&self) -> Checksum {
        self.script.checksum
    }

    /// What the event of the step says beside the step: the values that its variables had.
    pub(crate) fn detail(&self) -> Detail {
        Detail { vars: recorded(&self.step.values), ..Detail::default() }
    }

    /// Returns what the `n`th statement means, counted from 0: as the file has it, whatever values its variables have.
    pub(crate) fn checksum_of(&self, n: usize, dialect: Dialect) -> Checksum {
        let own = || self.statements.get(n).map(|statement| statement.checksum(dialect));
        let in_file = || {
            let script = self.migration().script(self.step.direction)?;
            let statements = statements::split(&script.text, dialect).ok()?;
            let same = statements.len() == self.statements.len();
            statements.get(n).filter(|_| same).map(|statement| statement.checksum(dialect))
        };
        let known = if self.step.values.is_empty() { own() } else { in_file().or_else(own) };
        known.unwrap_or_else(|| Checksum::of_text(""))
    }

    /// Returns what the journal is to say of the `n`th statement, counted from 0.
    pub(crate) fn entry<'j>(
        &self,
        n: usize,
        statement: &statements::Statement<'_>,
        state: JournalState,
        dialect: Dialect,
    ) -> Journalled<'j> {
        Journalled {
            n: n + 1,
            state,
            recovery: statement.recovery(dialect).as_str().into(),
            line: statement.line(),
            summary: statement.summary(),
            checksum: self.checksum_of(n, dialect).to_string(),
            fingerprint: Value::Null,
            message: None,
        }
    }

    /// Says that the `n`th statement is done, counted from 0.
    fn statement_done(&self, n: usize, duration: Duration) -> Progress {
        let (name, of) = (self.migration().name(), self.statements.len());
        let line = self.statements.get(n).map_or(0, statements::Statement::line);
        Progress::StatementDone { name, statement: n + 1, of, line, duration }
    }

    /// Whether one transaction can hold it together with the steps beside it.
    pub(crate) fn may_share(&self) -> bool {
        self.atomic && !self.script.header.foreign_keys_off
    }

    fn done(&self, duration: Duration) -> StepDone {
        let migration = self.migration();
        StepDone { direction: self.step.direction, id: migration.id.clone(), name: migration.name(), duration }
    }

    /// Says whether its text names a storage engine of MySQL that has no transactions.
    pub(crate) fn makes_tables_without_transactions(&self) -> bool {
        const WITHOUT: [&str; 6] = ["myisam", "aria", "memory", "csv", "archive", "merge"];
        let text = self.script.text.to_ascii_lowercase();
        text.contains("engine") && WITHOUT.iter().any(|engine| text.contains(engine))
    }

    pub(crate) fn is_up(&self) -> bool {
        self.step.direction == Direction::Up
    }

    /// The text from the first statement to the last: what stands behind could swallow what dunlin appends.
    pub(crate) fn body(&self) -> &'s str {
        let end = self.statements.last().map_or(0, |last| last.offset() + last.text().len());
        self.script.text.get(..end).unwrap_or_default()
    }
}

impl Run<'_> {
    /// Takes steps, each whole; those that are `together` and atomic in one transaction.
    pub(crate) async fn take(
        &mut self,
        steps: &[Prepared<'_>],
        together: bool,
        report: &mut Report,
    ) -> Result<(), Stopped> {
        self.steps = steps.len();
        let mut rest = steps;
        while let Some(first) = rest.first() {
            let atomic = rest.iter().take_while(|step| step.may_share()).count();
            let group = if together && atomic > 1 { atomic } else { 1 };
            self.go_on(report).await?;
            self.look_for_rows_that_stay(first).await?;
            let group = if self.keeps_rows { 1 } else { group };
            let (now, later) = rest.split_at(group);
            let behind = match later.first() {
                None => Behind::Nothing,
                Some(next) if next.atomic && !self.keeps_rows => Behind::AnotherLike,
                Some(_) => Behind::Others,
            };
            let mut done = Vec::with_capacity(now.len());
            let taken = if first.atomic && !self.keeps_rows {
                self.in_transaction(now, behind, &mut done).await
            } else {
                self.journalled(first).await.map(|step| done.push(step))
            };
            match taken {
                Ok(()) => report.steps.append(&mut done),
                Err(Stopped::Failed(error)) => return Err(Stopped::Failed(error.with_report(report))),
                Err(Stopped::Moved) => return Err(Stopped::Moved),
            }
            rest = later;
        }
        Ok(())
    }

    /// Finds out whether a step may write rows that no rollback takes back: in tables that it makes, or in other schemas.
    async fn look_for_rows_that_stay(&mut self, step: &Prepared<'_>) -> Result<(), Stopped> {
        self.keeps_rows |= step.makes_tables_without_transactions();
        if self.keeps_rows || self.engine.dialect() != Dialect::Mysql {
            return Ok(());
        }
        let schemas = step.statements.iter().flat_map(|statement| statement.schemas(self.engine.dialect()));
        let schemas: BTreeSet<String> = schemas.collect();
        let Some(asked) = self.engine.keeps_rows_in(&schemas) else { return Ok(()) };
        let rows = self.session.rows(&format!("select {asked}")).await;
        let rows = rows.map_err(|error| Stopped::Failed(Error::database("asking the server", error)))?;
        self.keeps_rows = rows.first().and_then(|row| row.number(0)) == Some(1);
        Ok(())
    }

    /// Makes sure, between two steps, that the run was not told to stop.
    async fn go_on(&mut self, report: &Report) -> Result<(), Stopped> {
        if !self.session.is_stopped() {
            return Ok(());
        }
        let begun = match self.next.take() {
            Some(at) => Ok(at),
            None => self.begin().await,
        };
        if let Ok(at) = begun {
            let detail = Detail { message: Some("between two steps".to_owned()), ..Detail::default() };
            let (event, head) = self.event(Action::Interrupted, None, None, &at, &detail);
            self.log(&event, head).await;
        }
        Err(Stopped::Failed(Error::Interrupted { report: Box::new(report.clone()) }))
    }

    /// Tells that a step begins.
    fn step_begins(&mut self, step: &Step) {
        self.begun += 1;
        self.listener.tell(Progress::StepStarted {
            step: self.begun,
            of: self.steps,
            direction: step.direction,
            id: step.migration.id.clone(),
            name: step.migration.name(),
        });
    }

    /// Tells that a step is whole.
    fn step_ends(&self, done: &StepDone) {
        let StepDone { direction, id, name, duration } = done.clone();
        self.listener.tell(Progress::StepDone { direction, id, name, duration });
    }

    /// Begins a transaction that holds the lock, and makes sure in it that the history is as this run knows it.
    ///
    /// Returns the database's clock.
    async fn begin(&mut self) -> Result<String, Stopped> {
        let looking = |error| Stopped::Failed(beginning(error));
        if self.holds_none {
            self.session.attend(AtWork::Somebody).await;
        }
        let mut patience = Patience::new(self.lock_wait);
        loop {
            let rows = if self.engine.dialect() == Dialect::Sqlite {
                self.begin_patiently().await?;
                self.session.rows(&self.history.head_sql()).await
            } else {
                self.session.rows(&self.begin_and_look()).await
            };
            let rows = match rows {
                Ok(rows) => rows,
                Err(error) => {
                    self.rollback().await;
                    return Err(looking(error));
                }
            };
            if let Some(clock) = self.begun_at(&rows, self.head) {
                self.attend_transaction(rows.first()).await;
                return Ok(clock);
            }
            self.rollback().await;
            if self.is_locked(&rows) {
                return Err(Stopped::Moved);
            }
            let holder = self.engine.holder(self.session, self.key).await.map_err(looking)?;
            patience.progress(holder.as_ref().is_some_and(|holder| holder.is_active), None);
            patience.wait(self.session, self.listener, holder).await?;
        }
    }

    /// Behind a pooler, a transaction is the first that has a connection of the server to itself.
    async fn attend_transaction(&mut self, locked: Option<&Row>) {
        if let Some(connection) = locked.filter(|_| self.holds_none).and_then(|row| row.number(1)) {
            self.session.attend(AtWork::Holding(connection, self.key.number)).await;
        }
    }

    /// Returns SQL that begins a transaction, takes the lock in it, and looks where the history stands.
    fn begin_and_look(&self) -> String {
        let lock = self.engine.lock_in_transaction(self.key.number, self.holds_none);
        let sql = [self.engine.dialect().facts().begin, &lock, &self.history.head_sql()];
        sql.into_iter().filter(|sql| !sql.is_empty()).collect::<Vec<_>>().join(";\n")
    }

    /// Returns the database's clock, if what [`Run::begin_and_look`] answered, the last of the rows, says that the lock is
    /// held and the history as it should be.
    fn begun_at(&self, rows: &[Row], expected: Head) -> Option<String> {
        let (clock, found) = head(rows.last())?;
        (self.is_locked(rows) && found == expected).then_some(clock)
    }

    fn is_locked(&self, rows: &[Row]) -> bool {
        if self.engine.lock_in_transaction(self.key.number, self.holds_none).is_empty() {
            return true;
        }
        let row = rows.len().checked_sub(2).and_then(|n| rows.get(n));
        row.and_then(|row| row.number(0)) == Some(1)
    }

    /// Begins a transaction once nobody else writes.
    async fn begin_patiently(&mut self) -> Result<(), Stopped> {
        Ok(crate::run::begin_patiently(self.session, self.engine, self.lock_wait, self.listener).await?)
    }

    /// Rolls back what is open. An error here changes nothing: the connection is closed after a failure.
    async fn rollback(&mut self) {
        if let Err(error) = self.session.run("rollback").await {
            tracing::debug!(%error, "rollback");
        }
        if !self.survey.restore.is_empty() {
            let _ = self.session.run(&self.survey.restore).await;
        }
    }

    /// Returns what ends a transaction that writes the history: with a lease, only if that is still held.
    fn commit_sql(&self) -> String {
        self.fence.iter().map(|sql| format!("{sql};\n")).collect::<String>() + "commit"
    }

    async fn send(&mut self, sql: &str, doing: &'static str) -> Result<(), Stopped> {
        match self.session.run(sql).await {
            Ok(()) => Ok(()),
            Err(error) => {
                self.rollback().await;
                Err(Stopped::Failed(Error::database(doing, error)))
            }
        }
    }

    /// Returns the SQL of an event behind the last known one, and the head that the log has with it.
    fn event(
        &self,
        action: Action,
        migration: Option<&Migration>,
        checksum: Option<Checksum>,
        at: &str,
        detail: &Detail,
    ) -> (String, Head) {
        self.history.append(&[self.nth_event(1, action, migration, checksum, at, detail)], self.head)
    }

    fn nth_event(
        &self,
        n: u64,
        action: Action,
        migration: Option<&Migration>,
        checksum: Option<Checksum>,
        at: &str,
        detail: &Detail,
    ) -> Event {
        Event {
            set: self.history.set.clone(),
            n: self.head.n + n,
            at: at.to_owned(),
            action,
            id: migration.map(|migration| migration.id.clone()),
            checksum,
            db_user: self.survey.user.clone(),
            os_user: self.who.os_user.clone(),
            host: self.who.host.clone(),
            application: self.who.application.clone(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            detail: detail::write(detail),
        }
    }

    /// Returns the SQL that records steps that are whole, each with how long it took, and the head and the last `seq` that
    /// the history has with them.
    fn records(&self, steps: &[(&Prepared<'_>, Duration)], at: &str) -> (String, Head, i64) {
        let (mut rows, mut events, mut sql, mut seq) = (Vec::new(), Vec::new(), String::new(), self.seq);
        for ((step, duration), n) in steps.iter().zip(1..) {
            let (migration, mut detail) = (step.migration(), step.detail());
            let action = if step.is_up() {
                seq += 1;
                let record = record(State::Applied, seq, at, micros(*duration));
                detail.row = self.history.row_digest(migration, &record);
                rows.push((migration, record));
                Action::Up
            } else {
                sql.push_str(&self.history.delete(&migration.id));
                sql.push_str(";\n");
                Action::Down
            };
            events.push(self.nth_event(n, action, Some(migration), Some(step.checksum()), at, &detail));
        }
        if !rows.is_empty() {
            sql.push_str(&self.history.insert(rows));
            sql.push_str(";\n");
        }
        let (events, head) = self.history.append(&events, self.head);
        sql.push_str(&events);
        (sql, head, seq)
    }

    /// Writes a failure into the log, in a transaction of its own. It must not hide the failure itself.
    async fn log_failure(&mut self, prepared: &Prepared<'_>, sent: failure::Sent, error: &SqlError, outcome: Outcome) {
        let Ok(at) = self.begin().await else { return };
        let (id, direction) = (&prepared.migration().id, prepared.step.direction);
        let unfinished = match outcome {
            // Without it, the event covers less, and still tells what failed.
            Outcome::Partial { .. } => {
                self.history.digest_of_unfinished(self.session, id, direction).await.ok().flatten()
            }
            Outcome::RolledBack | Outcome::AllRolledBack | Outcome::Unknown => None,
        };
        let spot = failure::spot(&failure::Failing::step(prepared), sent, error, self.engine.dialect());
        let detail = Detail {
            unfinished,
            direction: Some(direction),
            file: Some(prepared.script.file.clone()),
            line: spot.line,
            statement: spot.statement,
            of: Some(prepared.statements.len()),
            message: Some(error.message.clone()),
            code: error.code.clone(),
            ..Detail::default()
        };
        let checksum = Some(prepared.script.checksum);
        let action = if error.trouble == Trouble::Interrupted { Action::Interrupted } else { Action::Failed };
        let (event, head) = self.event(action, Some(prepared.migration()), checksum, &at, &detail);
        self.log(&event, head).await;
    }

    /// Appends an event in the transaction that is open, and ends it.
    async fn log(&mut self, event: &str, head: Head) {
        if self.send(&format!("{event};\n{}", self.commit_sql()), "logging").await.is_ok() {
            self.head = head;
        }
    }
}

/// Returns what the row of a migration that is run says beside the migration itself.
fn record(state: State, seq: i64, at: &str, duration: i64) -> Record<'_> {
    Record { kind: Kind::Applied, state, seq: Value::Number(seq), at: Value::Time(at), duration }
}

/// Returns values of variables as an event tells them.
pub(crate) fn recorded(values: &Values) -> BTreeMap<String, String> {
    values.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()
}

/// Says that a transaction could not be begun.
pub(crate) fn beginning(error: SqlError) -> Error {
    // protocol_violation: a pooler has nothing to say about a statement but that it is none of its mode's.
    if error.code.as_deref() == Some("08P01") {
        return Error::NoTransactions { message: error.message };
    }
    Error::database("beginning a transaction", error)
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
