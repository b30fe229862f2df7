//! Steps whose SQL and history commit together.

use std::time::{Duration, Instant};

use dunlin_core::dialect::Dialect;
use dunlin_core::plan::Step;

use super::failure::{Sent, failure};
use super::{Prepared, Run, Stopped, micros};
use crate::error::{Error, Outcome};
use crate::report::StepDone;
use crate::session::{Place, Row, SqlError, Trouble};

/// What stands behind a step in its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Commit,
    GoOn,
}

impl Run<'_> {
    /// Takes steps in one transaction. An error takes all of them back.
    pub(super) async fn in_transaction(
        &mut self,
        steps: &[Prepared<'_>],
        is_last: bool,
        done: &mut Vec<StepDone>,
        begins: &mut (dyn FnMut(&Step) + Send),
        ends: &mut (dyn FnMut(&StepDone) + Send),
    ) -> Result<(), Stopped> {
        let restores_foreign_keys = match steps.first() {
            Some(first) if self.switches_foreign_keys(first) => self.foreign_keys_off().await?,
            _ => false,
        };
        let known = (self.head, self.seq);
        let begun = self.begin().await;
        if begun.is_err() && restores_foreign_keys {
            self.foreign_keys_on().await?;
        }
        let at = begun?;
        let mut outcome = Ok(());
        for (n, step) in steps.iter().enumerate() {
            begins(step.step);
            let start = Instant::now();
            let end = if n + 1 == steps.len() { End::Commit } else { End::GoOn };
            if let Err(error) = self.send_step(step, &at, is_last, end, start).await {
                outcome = Err((step, error));
                break;
            }
            let migration = step.migration();
            let (direction, name) = (step.step.direction, migration.name());
            done.push(StepDone { direction, id: migration.id.clone(), name, duration: start.elapsed() });
        }
        let outcome = match outcome {
            Ok(()) => Ok(()),
            Err((step, (sent, error))) => {
                self.rollback().await;
                (self.head, self.seq) = known;
                done.clear();
                Err(self.rolled_back(step, sent, error, steps.len() > 1).await)
            }
        };
        if restores_foreign_keys {
            self.foreign_keys_on().await?;
        }
        if outcome.is_ok() {
            done.iter().for_each(ends);
        }
        outcome.map_err(Stopped::Failed)
    }

    /// Sends one step's SQL and its record; in one message where the engine takes a whole file in one.
    async fn send_step(
        &mut self,
        step: &Prepared<'_>,
        at: &str,
        is_last: bool,
        end: End,
        start: Instant,
    ) -> Result<(), (Sent, SqlError)> {
        // SQLite waits for readers when it commits, and is asked again; the others commit in the same message.
        let commits_apart = self.engine.dialect() == Dialect::Sqlite;
        let commit = if end == End::Commit && !commits_apart { ";\ncommit" } else { "" };
        let mut before_commit = self.survey.restore.clone();
        if !is_last && self.engine.dialect() == Dialect::Postgres {
            // A crash may lose the last of these steps, each with its record; the run's last commit is waited for.
            before_commit.push_str("set local synchronous_commit = off;\n");
        }
        let foreign_keys_off = self.switches_foreign_keys(step);
        if !foreign_keys_off {
            let objection = self.engine.objection(self.session, &step.statements).await;
            if let Some((n, error)) = objection.map_err(|error| (Sent::Tail, error))? {
                return Err((Sent::Statement(n), error));
            }
        }
        let limits = self.engine.limits(&step.script.header);
        let whole = self.engine.dialect().facts().sends_whole_files && !foreign_keys_off;
        let head = if whole {
            let (record, head) = self.record(step, at, micros(start.elapsed()));
            let sql = format!("{limits}{};\n{before_commit}{record}{commit}", step.body());
            self.session.run(&sql).await.map_err(|error| {
                let (before, statements) = (limits.len(), limits.lines().count());
                (Sent::Whole { before, statements }, error)
            })?;
            head
        } else {
            if !limits.is_empty() {
                self.session.run(&limits).await.map_err(|error| (Sent::Tail, error))?;
            }
            for (n, statement) in step.statements.iter().enumerate() {
                self.session.run(statement.text()).await.map_err(|error| (Sent::Statement(n), error))?;
            }
            if foreign_keys_off {
                self.check_foreign_keys().await.map_err(|error| (Sent::Tail, error))?;
            }
            let (record, head) = self.record(step, at, micros(start.elapsed()));
            let sql = format!("{before_commit}{record}{commit}");
            self.session.run(&sql).await.map_err(|error| (Sent::Tail, error))?;
            head
        };
        if end == End::Commit && commits_apart {
            self.commit_patiently().await.map_err(|error| (Sent::Tail, error))?;
        }
        (self.head, self.seq) = (head, self.seq + 1);
        Ok(())
    }

    /// Commits once no reader stands in the way, and waits for it at most as long as for a lock.
    async fn commit_patiently(&mut self) -> Result<(), SqlError> {
        let start = Instant::now();
        loop {
            match self.session.run("commit").await {
                Err(error) if error.trouble == Trouble::Busy && start.elapsed() < self.lock_wait => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                result => return result,
            }
        }
    }

    async fn foreign_keys_on(&mut self) -> Result<(), Error> {
        let switched = self.session.run("pragma foreign_keys = on").await;
        switched.map_err(|error| Error::database("switching foreign keys on again", error))
    }

    async fn rolled_back(&mut self, step: &Prepared<'_>, sent: Sent, error: SqlError, together: bool) -> Error {
        let outcome = match (error.trouble, together) {
            (Trouble::Connection, _) => Outcome::Unknown,
            (_, true) => Outcome::AllRolledBack,
            (_, false) => Outcome::RolledBack,
        };
        if outcome != Outcome::Unknown {
            self.log_failure(step, &error).await;
        }
        failure(step, sent, error, outcome, self.engine.dialect())
    }

    /// Says whether foreign keys are to be off for this step: the directive means SQLite alone.
    fn switches_foreign_keys(&self, step: &Prepared<'_>) -> bool {
        step.script.header.foreign_keys_off && self.engine.dialect() == Dialect::Sqlite
    }

    /// Switches foreign keys off, which SQLite does outside a transaction only. Says whether they were on.
    async fn foreign_keys_off(&mut self) -> Result<bool, Error> {
        let asking = |error| Error::database("switching foreign keys off", error);
        let rows = self.session.rows("pragma foreign_keys").await.map_err(asking)?;
        let on = rows.first().and_then(|row| row.number(0)) == Some(1);
        if on {
            self.session.run("pragma foreign_keys = off").await.map_err(asking)?;
        }
        Ok(on)
    }

    /// Checks every foreign key of the database, after <https://www.sqlite.org/lang_altertable.html>, step 10.
    async fn check_foreign_keys(&mut self) -> Result<(), SqlError> {
        let rows = self.session.rows("pragma foreign_key_check").await?;
        if rows.is_empty() {
            return Ok(());
        }
        let shown = |row: &Row| {
            let text = |column| row.text(column).unwrap_or("?");
            format!("row {} of `{}` refers to no row of `{}`", text(1), text(0), text(2))
        };
        let listed: Vec<String> = rows.iter().take(10).map(shown).collect();
        let more = if rows.len() > 10 { format!("; and {} more", rows.len() - 10) } else { String::new() };
        Err(SqlError {
            completed: 0,
            message: format!(
                "foreign_key_check finds {}",
                dunlin_core::text::count(rows.len(), "row without its parent")
            ),
            code: None,
            detail: Some(listed.join("; ") + &more),
            hint: None,
            place: Place::Unknown,
            trouble: Trouble::Other,
            source: sqlx::Error::RowNotFound,
        })
    }
}
