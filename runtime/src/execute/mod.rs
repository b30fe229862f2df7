//! Acting: the steps of a plan, one by one.
//!
//! A [`Run`] holds what every step needs: the session with its lock, the history, and the last event it knows of. A step is
//! first checked and taken apart (`prepared.rs`), and at last written into the history (`record.rs`).
//! `transaction.rs` takes steps whose effects a transaction can take back (`message.rs` says which statements travel
//! together), `journal.rs` those where it cannot, and `resume.rs` goes on with such a step; all leave the history telling
//! exactly what is in place. `repeat.rs` runs repeatable files; `stamp.rs` and `heal.rs` change the history alone,
//! `note.rs` the log alone, and `seal.rs` completes what scripts wrote into it.

mod broken_off;
mod failure;
mod foreign_keys;
mod heal;
mod journal;
mod message;
mod note;
mod prepared;
mod record;
mod repeat;
mod resume;
mod retry;
mod seal;
mod stamp;
mod transaction;

use std::collections::BTreeSet;

use dunlin_core::dialect::Dialect;
use dunlin_core::ledger::{Action, Detail};
use dunlin_core::plan::Step;

pub(crate) use self::foreign_keys::Loose;
pub(crate) use self::prepared::Prepared;
pub(crate) use self::record::recorded;
use self::record::{micros, record};
pub(crate) use self::repeat::PreparedRepeat;
pub(crate) use self::resume::prepared as prepared_resumptions;
pub(crate) use self::seal::sealing;
pub(crate) use self::stamp::{Before, Recording, RowChange, What};
use self::transaction::Behind;
use crate::engine::{Engine, LockKey, Survey};
use crate::error::Error;
use crate::history::{Head, History, head};
use crate::options::{DdlLimits, Journal};
use crate::patience::{LockWait, Patience};
use crate::progress::{Listener, Progress};
use crate::report::{Report, StepDone};
use crate::session::{AtWork, Row, Session, SqlError};
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
    pub(crate) journal: Journal,
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
    /// Which tables may have foreign keys that cannot be checked, behind a step that has them off.
    pub(crate) loose: Loose,
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
}

/// Says that a transaction could not be begun.
pub(crate) fn beginning(error: SqlError) -> Error {
    // protocol_violation: a pooler has nothing to say about a statement but that it is none of its mode's.
    if error.code.as_deref() == Some("08P01") {
        return Error::NoTransactions { message: error.message };
    }
    Error::database("beginning a transaction", error)
}
