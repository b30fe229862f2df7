//! Steps that no transaction holds: `transaction none`, and DDL where the engine cannot roll it back.
//!
//! A row says that the step has begun before its first statement runs; the journal says of each statement that it has
//! begun, and then how it ended. A crash leaves a trace that says what is in place.

use std::time::Instant;

use dunlin_core::dialect::Dialect;
use dunlin_core::plan::{JournalState, State};

use super::failure::{Failing, Sent, failure};
use super::{Prepared, Run, Stopped, micros};
use crate::error::{Error, Outcome};
use crate::report::StepDone;
use crate::session::{SqlError, Trouble};

/// What is longer goes in two messages, as servers limit the length: by default to 4 MiB or more.
const LONGEST_MESSAGE: usize = 1024 * 1024;

impl Run<'_> {
    /// Takes one step, statement by statement.
    pub(super) async fn journalled(
        &mut self,
        step: &Prepared<'_>,
        done: &mut Vec<StepDone>,
        ends: &mut (dyn FnMut(&StepDone) + Send),
    ) -> Result<(), Stopped> {
        let (migration, direction) = (step.migration(), step.step.direction);
        let start = Instant::now();
        if !self.has_journal {
            self.send(&self.history.create_journal(), "making the journal").await?;
            self.forget_what_was_mended().await?;
            self.has_journal = true;
        }
        let at = self.begin().await?;
        let state = if step.is_up() {
            self.history.insert([(migration, self.record(State::Applying, self.seq + 1, &at, 0))])
        } else {
            self.history.set_state(migration, State::Reverting, 0)
        };
        let limits = self.engine.limits(&step.script.header);
        let mut pending: Vec<String> = limits.lines().map(|limit| limit.trim_end_matches(';').to_owned()).collect();
        pending.push(state);
        let mut is_open = true;
        for (n, statement) in step.statements.iter().enumerate() {
            let mut journal = if is_open { Vec::new() } else { self.begin_as_ourselves() };
            journal.append(&mut pending);
            journal.push(self.history.journal_start(migration, direction, n + 1, statement));
            journal.push("commit".to_owned());
            is_open = false;
            let ended = self.history.journal_end(migration, step.step.direction, n + 1, JournalState::Done);
            let own_transaction = self.engine.dialect() == Dialect::Mysql && statement.rolls_back(Dialect::Mysql);
            let sql = if own_transaction {
                // What can be rolled back commits together with its journal row: exactly once, whatever happens.
                format!("{};\n{};\n{ended};\ncommit", self.begin_sql(), statement.text())
            } else {
                pending.push(ended);
                statement.text().to_owned()
            };
            if let Err(error) = self.run_journalled(step, n, &journal, &sql).await? {
                return Err(self.broken_off(step, n, error).await);
            }
        }
        self.finish(step, &at, is_open, &pending, start).await?;
        done.push(step.done(start.elapsed()));
        done.iter().for_each(ends);
        Ok(())
    }

    /// Sends what the journal is to say, and then what it says it of. Only a failure of the latter is returned as such.
    ///
    /// On MySQL both go in one message, which halves the round trips.
    async fn run_journalled(
        &mut self,
        step: &Prepared<'_>,
        n: usize,
        journal: &[String],
        sql: &str,
    ) -> Result<Result<(), SqlError>, Stopped> {
        let doing = "writing the journal";
        let before = journal.join(";\n");
        if self.engine.dialect() != Dialect::Mysql || before.len() + sql.len() > LONGEST_MESSAGE {
            let written = self.session.run(&before).await;
            if let Err(error) = written {
                return Err(self.not_written(step, Sent::Statement(n), error, doing).await);
            }
            return Ok(self.session.run(sql).await);
        }
        match self.session.run(&format!("{before};\n{sql}")).await {
            Err(error) if error.completed < journal.len() => {
                Err(self.not_written(step, Sent::Statement(n), error, doing).await)
            }
            ran => Ok(ran),
        }
    }

    /// What dunlin says about a step that has begun could not be written. With the connection, the step's fate is unknown.
    async fn not_written(&mut self, step: &Prepared<'_>, sent: Sent, error: SqlError, doing: &'static str) -> Stopped {
        if error.trouble == Trouble::Connection {
            return Stopped::Failed(failure(
                &Failing::step(step),
                sent,
                error,
                Outcome::Unknown,
                self.engine.dialect(),
            ));
        }
        self.rollback().await;
        Stopped::Failed(Error::database(doing, error))
    }

    /// Begins a transaction of dunlin's own between the file's statements, whatever role they have set.
    fn begin_as_ourselves(&self) -> Vec<String> {
        let as_ourselves = self.survey.as_ourselves.trim_end().trim_end_matches(';');
        [self.begin_sql(), as_ourselves].into_iter().filter(|sql| !sql.is_empty()).map(str::to_owned).collect()
    }

    /// Clears the journal of steps whose history somebody mended by hand. Looking first takes no lock where there is nothing
    /// to clear: two sets share the table.
    async fn forget_what_was_mended(&mut self) -> Result<(), Stopped> {
        let rows = self.session.rows(&self.history.journal_remains()).await;
        let rows = rows.map_err(|error| Stopped::Failed(Error::database("reading the journal", error)))?;
        for id in rows.iter().filter_map(|row| row.text(0)) {
            self.send(&self.history.journal_forget_id(id), "clearing the journal").await?;
        }
        Ok(())
    }

    fn begin_sql(&self) -> &'static str {
        self.engine.dialect().facts().begin
    }

    /// Records that the step is whole, and forgets its journal.
    async fn finish(
        &mut self,
        step: &Prepared<'_>,
        at: &str,
        is_open: bool,
        pending: &[String],
        start: Instant,
    ) -> Result<(), Stopped> {
        let migration = step.migration();
        let begin = if is_open { String::new() } else { format!("{};\n", self.begin_sql()) };
        let forget = self.history.journal_forget(migration, step.step.direction, step.statements.len());
        let row = if step.is_up() {
            self.history.set_state(migration, State::Applied, micros(start.elapsed()))
        } else {
            self.history.delete(&migration.id)
        };
        let action = if step.is_up() { dunlin_core::ledger::Action::Up } else { dunlin_core::ledger::Action::Down };
        let (event, head) = self.event(action, Some(migration), Some(step.checksum()), at, step.detail());
        let restore = &self.survey.restore;
        let pending: String = pending.iter().map(|sql| format!("{sql};\n")).collect();
        let sql = format!("{restore}{begin}{pending}{forget}{row};\n{event};\ncommit");
        if let Err(error) = self.session.run(&sql).await {
            return Err(self.not_written(step, Sent::Tail, error, "recording the step").await);
        }
        (self.head, self.seq) = (head, self.seq + 1);
        Ok(())
    }

    /// Records that a statement failed. A step of which nothing is in place is taken back whole.
    async fn broken_off(&mut self, step: &Prepared<'_>, n: usize, error: SqlError) -> Stopped {
        let dialect = self.engine.dialect();
        if error.trouble == Trouble::Connection {
            return Stopped::Failed(failure(
                &Failing::step(step),
                Sent::Statement(n),
                error,
                Outcome::Unknown,
                dialect,
            ));
        }
        self.rollback().await;
        let migration = step.migration();
        let remains = step.statements.get(n).is_some_and(|statement| self.engine.leaves_remains(statement.text()));
        let nothing_in_place = n == 0 && !remains;
        let change = if nothing_in_place {
            let row = if step.is_up() {
                self.history.delete(&migration.id)
            } else {
                self.history.set_state(migration, State::Applied, 0)
            };
            format!("{}{row}", self.history.journal_forget(migration, step.step.direction, 1))
        } else {
            let earlier = (1..=n)
                .map(|n| self.history.journal_end(migration, step.step.direction, n, JournalState::Done) + ";\n");
            let state = if remains { JournalState::Started } else { JournalState::Failed };
            earlier.collect::<String>() + &self.history.journal_end(migration, step.step.direction, n + 1, state)
        };
        let sql = format!("{};\n{change};\ncommit", self.begin_sql());
        if let Err(Stopped::Failed(journal)) = self.send(&sql, "writing the journal").await {
            tracing::error!(error = %journal, "the journal could not be written");
        }
        self.log_failure(step, &error).await;
        let outcome = if nothing_in_place { Outcome::RolledBack } else { Outcome::Partial { in_place: n } };
        Stopped::Failed(failure(&Failing::step(step), Sent::Statement(n), error, outcome, dialect))
    }
}
