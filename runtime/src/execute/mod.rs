//! Acting: the steps of a plan, one by one.
//!
//! A [`Run`] holds what every step needs: the session with its lock, the history, and the last event it knows of.
//! `transaction.rs` takes steps whose effects a transaction can take back (`message.rs` says which statements travel
//! together), `journal.rs` those where it cannot, and `resume.rs` goes on with such a step; all leave the history telling exactly what is in place. `repeat.rs` runs
//! repeatable files; `stamp.rs` changes the history alone.

mod failure;
mod journal;
mod message;
mod repeat;
mod resume;
mod seal;
mod stamp;
mod transaction;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use dunlin_core::checksum::Checksum;
use dunlin_core::dialect::Dialect;
use dunlin_core::header::Wrap;
use dunlin_core::ledger::{Action, Event};
use dunlin_core::migration::{Direction, Migration, Script};
use dunlin_core::plan::{Heal, JournalState, Kind, State, Step};
use dunlin_core::statements;

pub(crate) use self::repeat::PreparedRepeat;
pub(crate) use self::resume::prepared as prepared_resumptions;
pub(crate) use self::stamp::{Recording, Written};
use crate::engine::{Engine, LockKey, Survey};
use crate::error::Error;
use crate::history::{Head, History, Journalled, Record, head};
use crate::report::{Report, StepDone};
use crate::session::{Session, SqlError, Value};
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
    /// When the lock was asked for last.
    pub(crate) lock_wait: Duration,
    /// Whether this run has made sure that there is a journal.
    pub(crate) has_journal: bool,
    /// Whether there may be tables whose rows no rollback takes back.
    pub(crate) keeps_rows: bool,
}

/// Why a step was not taken.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The history changed under the plan; nothing was done. It must be read and planned again.
    Moved,
    /// It went wrong.
    Failed(Error),
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

    /// What the event of the step says beside the step: the values that its variables had, as JSON.
    pub(crate) fn detail(&self) -> String {
        let values = &self.step.values;
        if values.is_empty() { "{}".to_owned() } else { serde_json::json!({ "vars": values }).to_string() }
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

    fn done(&self, duration: Duration) -> StepDone {
        let migration = self.migration();
        StepDone { direction: self.step.direction, id: migration.id.clone(), name: migration.name(), duration }
    }

    /// Says whether its text names a storage engine of MySQL that has no transactions.
    fn makes_tables_without_transactions(&self) -> bool {
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
        mut begins: impl FnMut(&Step) + Send,
        mut ends: impl FnMut(&StepDone) + Send,
    ) -> Result<(), Stopped> {
        let mut rest = steps;
        while let Some(first) = rest.first() {
            let atomic = rest.iter().take_while(|step| step.atomic && !step.script.header.foreign_keys_off).count();
            let group = if together && atomic > 1 { atomic } else { 1 };
            self.look_for_rows_that_stay(first).await?;
            let group = if self.keeps_rows { 1 } else { group };
            let (now, later) = rest.split_at(group);
            let is_last = later.is_empty();
            let mut done = Vec::with_capacity(now.len());
            let taken = if first.atomic && !self.keeps_rows {
                self.in_transaction(now, is_last, &mut done, &mut begins, &mut ends).await
            } else {
                begins(first.step);
                self.journalled(first, &mut done, &mut ends).await
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

    /// Brings rows in line with edits that the lock file accepts.
    pub(crate) async fn heal(&mut self, heals: &[Heal], report: &mut Report) -> Result<(), Stopped> {
        for heal in heals {
            let at = self.begin().await?;
            let detail = serde_json::json!({ "from": heal.from.to_string() }).to_string();
            let (event, head) =
                self.event(Action::Heal, Some(&heal.migration), Some(heal.migration.up.checksum), &at, detail);
            let sql = format!("{};\n{event};\ncommit", self.history.heal(&heal.migration));
            self.send(&sql, "recording an accepted edit").await?;
            self.head = head;
            report.healed.push(heal.migration.name());
        }
        Ok(())
    }

    /// Begins a transaction that holds the lock, and makes sure in it that the history is as this run knows it.
    ///
    /// Returns the database's clock.
    async fn begin(&mut self) -> Result<String, Stopped> {
        let begin = self.engine.dialect().facts().begin;
        let lock = self.engine.lock_in_transaction(self.key.number);
        let looking = |error| Stopped::Failed(Error::database("beginning a transaction", error));
        let start = Instant::now();
        loop {
            let rows = if self.engine.dialect() == Dialect::Sqlite {
                crate::run::begin_patiently(self.session, self.engine, self.lock_wait).await?;
                self.session.rows(&self.history.head_sql()).await
            } else {
                let sql = [begin, &lock, &self.history.head_sql()];
                let sql: Vec<&str> = sql.into_iter().filter(|sql| !sql.is_empty()).collect();
                self.session.rows(&sql.join(";\n")).await
            };
            let rows = match rows {
                Ok(rows) => rows,
                Err(error) => {
                    self.rollback().await;
                    return Err(looking(error));
                }
            };
            let locked = lock.is_empty() || rows.first().and_then(|row| row.number(0)) == Some(1);
            match head(rows.last()) {
                Some((clock, head)) if locked && head == self.head => return Ok(clock),
                _ => self.rollback().await,
            }
            if locked {
                return Err(Stopped::Moved);
            }
            if start.elapsed() >= self.lock_wait {
                return Err(Stopped::Failed(Error::Locked { waited: start.elapsed(), holder: None }));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Begins a transaction once nobody else writes.
    async fn begin_patiently(&mut self) -> Result<(), Stopped> {
        Ok(crate::run::begin_patiently(self.session, self.engine, self.lock_wait).await?)
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
        detail: String,
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
        detail: String,
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
            detail,
        }
    }

    /// Returns the SQL that records steps that are whole, each with how long it took, and the head and the last `seq` that
    /// the history has with them.
    fn records(&self, steps: &[(&Prepared<'_>, Duration)], at: &str) -> (String, Head, i64) {
        let (mut rows, mut sql, mut seq) = (Vec::new(), String::new(), self.seq);
        for (step, duration) in steps {
            if step.is_up() {
                seq += 1;
                rows.push((step.migration(), self.record(State::Applied, seq, at, micros(*duration))));
            } else {
                sql.push_str(&self.history.delete(&step.migration().id));
                sql.push_str(";\n");
            }
        }
        if !rows.is_empty() {
            sql.push_str(&self.history.insert(rows));
            sql.push_str(";\n");
        }
        let events = (1..).zip(steps).map(|(n, (step, _))| {
            let action = if step.is_up() { Action::Up } else { Action::Down };
            self.nth_event(n, action, Some(step.migration()), Some(step.checksum()), at, step.detail())
        });
        let (events, head) = self.history.append(&events.collect::<Vec<_>>(), self.head);
        sql.push_str(&events);
        (sql, head, seq)
    }

    /// Returns what the row of a migration that is run says beside the migration itself.
    fn record<'a>(&self, state: State, seq: i64, at: &'a str, duration: i64) -> Record<'a> {
        let (kind, seq, at) = (Kind::Applied, Value::Number(seq), Value::Time(at));
        Record { kind, state, seq, at, duration: self.history.duration(duration) }
    }

    /// Writes a failure into the log, in a transaction of its own. It must not hide the failure itself.
    async fn log_failure(&mut self, prepared: &Prepared<'_>, error: &SqlError) {
        let Ok(at) = self.begin().await else { return };
        let detail = serde_json::json!({
            "direction": prepared.step.direction.to_string(),
            "message": error.message,
            "code": error.code,
        });
        let checksum = Some(prepared.script.checksum);
        let (event, head) = self.event(Action::Failed, Some(prepared.migration()), checksum, &at, detail.to_string());
        if self.send(&format!("{event};\ncommit"), "logging a failure").await.is_ok() {
            self.head = head;
        }
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
