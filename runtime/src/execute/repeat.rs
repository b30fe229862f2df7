//! Repeatable files, each with its record.
//!
//! Where the engine rolls DDL back, a file and its record are one transaction. Elsewhere the record comes behind the
//! statements, and a file that fails half-way is run again, whole.

use std::time::{Duration, Instant};

use dunlin_core::dialect::Dialect;
use dunlin_core::ledger::{Action, Detail, Forgotten};
use dunlin_core::migration::{Direction, Script};
use dunlin_core::repeatable::Repeat;
use dunlin_core::statements::Statement;

use super::failure::{Failing, Sent, failure};
use super::transaction::STAY;
use super::{Run, Stopped, micros, recorded};
use crate::error::{Error, Outcome};
use crate::history::Head;
use crate::progress::Progress;
use crate::report::{Repeated, Report};
use crate::session::{SqlError, Trouble, Value, interrupted};

/// A repeatable file that is checked and taken apart.
pub(crate) struct PreparedRepeat<'s> {
    repeat: &'s Repeat,
    script: &'s Script,
    statements: Vec<Statement<'s>>,
}

impl<'s> PreparedRepeat<'s> {
    /// Checks a file's text for the engine that it is to run on. Nothing is sent.
    pub(crate) fn new(repeat: &'s Repeat, dialect: Dialect) -> Result<PreparedRepeat<'s>, Error> {
        let script = &*repeat.script;
        let statements = dunlin_core::directory::statements(script, Direction::Up, dialect)?;
        Ok(PreparedRepeat { repeat, script, statements })
    }

    fn failing(&self) -> Failing<'_> {
        let (script, statements) = (self.script, &self.statements[..]);
        Failing { id: None, name: self.repeat.name(), direction: Direction::Up, script, statements }
    }
}

/// What went wrong, in what was sent.
type Broken = (Sent, SqlError);

impl Run<'_> {
    /// Makes repeatable files count as never run.
    pub(crate) async fn forget(&mut self, names: &[String]) -> Result<(), Stopped> {
        if names.is_empty() {
            return Ok(());
        }
        let at = self.begin().await?;
        let mut sql: String = names.iter().map(|name| self.history.forget_repeatable(name) + ";\n").collect();
        let detail = Detail { forgotten: Some(Forgotten::Names(names.to_vec())), ..Detail::default() };
        let (event, head) = self.event(Action::Repeat, None, None, &at, &detail);
        sql.push_str(&event);
        self.send(&sql, "recording").await?;
        if let Err(error) = self.commit_patiently().await {
            self.rollback().await;
            return Err(Stopped::Failed(Error::database("recording", error)));
        }
        self.head = head;
        Ok(())
    }

    /// Runs repeatable files, one after the other. What ran before one that fails stays.
    pub(crate) async fn repeat(&mut self, repeats: &[PreparedRepeat<'_>], report: &mut Report) -> Result<(), Stopped> {
        for prepared in repeats {
            self.go_on(report).await?;
            let name = prepared.repeat.repeatable.name.to_string();
            self.listener.tell(Progress::RepeatStarted { name: name.clone() });
            match self.repeat_one(prepared).await {
                Ok(duration) => {
                    self.listener.tell(Progress::Repeated { name: name.clone(), duration });
                    report.repeated.push(Repeated { name, duration });
                }
                Err(Stopped::Failed(error)) => return Err(Stopped::Failed(error.with_report(report))),
                Err(Stopped::Moved) => return Err(Stopped::Moved),
            }
        }
        Ok(())
    }

    async fn repeat_one(&mut self, prepared: &PreparedRepeat<'_>) -> Result<Duration, Stopped> {
        let mut retrying = self.retrying(Some(prepared.script));
        loop {
            let start = Instant::now();
            let at = self.begin().await?;
            let sent = match self.engine.dialect() {
                Dialect::Postgres => self.send_file(prepared, &at, start).await,
                Dialect::Sqlite | Dialect::Mysql => self.send_statements(prepared, &at, start).await,
            };
            let (sent, error) = match sent {
                Ok(head) => {
                    self.head = head;
                    return Ok(start.elapsed());
                }
                Err(broken) => broken,
            };
            self.rollback().await;
            if let Err(error) = self.retry(&mut retrying, error).await {
                return Err(self.repeat_failed(prepared, sent, error).await.with_tries(retrying.tries));
            }
        }
    }

    /// Returns the SQL that records that a file ran, and the head that the log has with it.
    fn repeat_record(&self, prepared: &PreparedRepeat<'_>, at: &str, duration: i64) -> (String, Head) {
        let PreparedRepeat { repeat, script, .. } = prepared;
        let (row, digest) = self.history.repeated(repeat, &Value::Time(at), duration);
        let name = Some(repeat.repeatable.name.to_string());
        let detail = Detail { row: digest, name, vars: recorded(&repeat.values), ..Detail::default() };
        let (event, head) = self.event(Action::Repeat, None, Some(script.checksum), at, &detail);
        (format!("{row};\n{event}"), head)
    }

    /// Sends the file as it is, and then its record: only then is it known how long it took.
    async fn send_file(&mut self, prepared: &PreparedRepeat<'_>, at: &str, start: Instant) -> Result<Head, Broken> {
        let limits = self.engine.limits(&self.limits_of(prepared.script, &prepared.statements, true));
        let sent = Sent::Whole { before: limits.len(), statements: limits.lines().count() };
        let file = format!("{limits}{}\n;\n{STAY}", prepared.failing().body());
        self.session.run(&file).await.map_err(|error| (sent, error))?;
        let (record, head) = self.repeat_record(prepared, at, micros(start.elapsed()));
        let sql = format!("{}{record};\n{}", self.survey.restore, self.commit_sql());
        self.session.run(&sql).await.map_err(|error| (Sent::Tail, error))?;
        Ok(head)
    }

    /// Sends one statement after the other, and the record behind them.
    async fn send_statements(
        &mut self,
        prepared: &PreparedRepeat<'_>,
        at: &str,
        start: Instant,
    ) -> Result<Head, Broken> {
        let tail = |error| (Sent::Tail, error);
        if self.engine.may_object(&prepared.statements) {
            let objection = self.engine.objection(self.session, &prepared.statements).await.map_err(tail)?;
            if let Some((n, error)) = objection {
                return Err((Sent::Statement(n), error));
            }
        }
        let limits = self.engine.limits(&self.limits_of(prepared.script, &prepared.statements, true));
        if !limits.is_empty() {
            self.session.run(&limits).await.map_err(tail)?;
        }
        let limit = self.statement_limit(prepared.script);
        for (n, statement) in prepared.statements.iter().enumerate() {
            if self.session.is_stopped() {
                return Err((Sent::Statement(n), interrupted()));
            }
            self.session.limit(limit);
            let ran = self.session.run(statement.text()).await;
            self.session.limit(None);
            ran.map_err(|error| (Sent::Statement(n), error))?;
        }
        let facts = self.engine.dialect().facts();
        // Where DDL has ended the transaction, the record has one of its own.
        let begin = if facts.ddl_rolls_back { String::new() } else { format!("{};\n", facts.begin) };
        let (record, head) = self.repeat_record(prepared, at, micros(start.elapsed()));
        let restore = &self.survey.restore;
        self.session.run(&format!("{restore}{begin}{record}")).await.map_err(tail)?;
        self.commit_patiently().await.map_err(tail)?;
        Ok(head)
    }

    async fn repeat_failed(&mut self, prepared: &PreparedRepeat<'_>, sent: Sent, error: SqlError) -> Stopped {
        let outcome = if error.trouble == Trouble::Connection {
            Outcome::Unknown
        } else {
            self.rollback().await;
            self.log_repeat_failure(prepared, &error).await;
            self.repeat_outcome(prepared, sent)
        };
        Stopped::Failed(failure(&prepared.failing(), sent, error, outcome, self.engine.dialect()))
    }

    /// Says what is left of a file of which this failed.
    fn repeat_outcome(&self, prepared: &PreparedRepeat<'_>, sent: Sent) -> Outcome {
        let dialect = self.engine.dialect();
        let ran = match sent {
            Sent::Statement(n) => n,
            Sent::Whole { .. } | Sent::Tail => prepared.statements.len(),
        };
        // A statement that ends the transaction does so before it fails.
        let stays = |statement: &Statement<'_>| !statement.rolls_back(dialect);
        let some_stay = !dialect.facts().ddl_rolls_back && prepared.statements.iter().take(ran + 1).any(stays);
        if ran > 0 && some_stay { Outcome::Partial { in_place: ran } } else { Outcome::RolledBack }
    }

    async fn log_repeat_failure(&mut self, prepared: &PreparedRepeat<'_>, error: &SqlError) {
        let Ok(at) = self.begin().await else { return };
        let name = Some(prepared.repeat.repeatable.name.to_string());
        let (message, code) = (Some(error.message.clone()), error.code.clone());
        let detail = Detail { name, message, code, ..Detail::default() };
        let action = if error.trouble == Trouble::Interrupted { Action::Interrupted } else { Action::Failed };
        let (event, head) = self.event(action, None, Some(prepared.script.checksum), &at, &detail);
        self.log(&event, head).await;
    }
}
