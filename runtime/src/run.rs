//! The way of a run: look, decide, lock, look again, act.
//!
//! One SELECT decides whether there is anything to do. If there is, everything is read and decided again under the lock,
//! and each step makes sure, in its own transaction, that the history is still the one that was planned for.

use std::time::{Duration, Instant};

use dunlin_core::dialect::Dialect;
use dunlin_core::header::{Dependency, Wrap};
use dunlin_core::migration::{Direction, Migrations};
use dunlin_core::plan::{self, Finding, FindingKind, Goal, Plan, PlanError, Resumption, Step};
use dunlin_core::repeatable::{Records, Repeatables};

use crate::engine::{Attempt, Engine, Lock, LockKey, Survey};
use crate::error::Error;
use crate::execute::{Prepared, Run, Stopped, prepared_resumptions};
use crate::history::{Head, History, Schema, Snapshot};
use crate::lock_key::KeyHash;
use crate::options::Options;
use crate::progress::Progress;
use crate::report::{Report, StepDone};
use crate::session::{Session, Trouble};
use crate::who::Who;

/// One set on one session.
pub(crate) struct Undertaking<'u> {
    pub(crate) migrations: &'u Migrations,
    pub(crate) repeatables: &'u Repeatables,
    pub(crate) options: &'u Options,
    pub(crate) engine: &'static dyn Engine,
    pub(crate) history: History,
    pub(crate) who: Who,
    pub(crate) noticed: Vec<Finding>,
}

/// What a run is to bring about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Aim {
    /// The database is at a place.
    Goal(Goal),
    /// Nothing is unfinished.
    Finish,
}

/// What is known of a session that holds the lock.
pub(crate) struct Locked {
    pub(crate) survey: Survey,
    pub(crate) key: LockKey,
    lock: Lock,
}

impl Undertaking<'_> {
    /// Reads the history, with the stored SQL of what is in question.
    pub(crate) async fn look(&self, session: &mut dyn Session) -> Result<Snapshot, Error> {
        let here = self.here();
        let start = Instant::now();
        let mut snapshot = loop {
            match self.history.snapshot(session, &here).await {
                Err(error) if self.may_wait(&error, start) => tokio::time::sleep(Duration::from_millis(50)).await,
                other => break other?,
            }
        };
        let in_question = plan::needs_stored_sql(self.migrations, &snapshot.rows);
        if !in_question.is_empty() {
            self.history.add_stored(session, &mut snapshot.rows, &in_question).await?;
        }
        let asked = self.pending_dependencies(&snapshot);
        if snapshot.exists && !asked.is_empty() {
            snapshot.elsewhere = self.history.applied_elsewhere(session, &asked).await?;
        }
        if snapshot.exists && !self.repeatables.is_empty() {
            snapshot.records = self.records(session).await?;
        }
        Ok(snapshot)
    }

    /// Reads the last event.
    pub(crate) async fn head(&self, session: &mut dyn Session) -> Result<Head, Error> {
        let start = Instant::now();
        loop {
            match self.history.last(session).await {
                Err(error) if self.may_wait(&error, start) => tokio::time::sleep(Duration::from_millis(50)).await,
                other => return other,
            }
        }
    }

    /// Says whether somebody only commits just now, and there is time to wait for it.
    pub(crate) fn may_wait(&self, error: &Error, start: Instant) -> bool {
        let busy = matches!(error, Error::Database { source, .. } if is_busy(source));
        busy && self.engine.dialect() == Dialect::Sqlite && start.elapsed() < self.options.lock_wait
    }

    /// Returns the condition under which history tables that unqualified names find are this session's own.
    pub(crate) fn here(&self) -> String {
        self.engine.here(&format!("{}_layout", self.options.history_prefix))
    }

    /// Returns what pending migrations depend on in other sets.
    fn pending_dependencies(&self, snapshot: &Snapshot) -> Vec<&Dependency> {
        let dependencies = self.migrations.iter().filter(|migration| !migration.depends_on.is_empty());
        let pending = dependencies.filter(|migration| !snapshot.rows.iter().any(|row| row.id == migration.id));
        let all = pending.flat_map(|migration| &migration.depends_on);
        all.filter(|dependency| dependency.set.as_ref().is_some_and(|set| set != self.migrations.set())).collect()
    }

    /// Decides. Findings that the runtime itself made come first.
    pub(crate) fn decide(&self, snapshot: &Snapshot, aim: &Aim) -> Result<Plan, PlanError> {
        let (rows, policy) = (&snapshot.rows, &self.options.policy);
        let goal = match aim {
            Aim::Goal(goal) => goal,
            Aim::Finish => {
                let mut plan = plan::resume(self.migrations, rows, policy)?;
                plan.fill(&self.options.values)?;
                return Ok(plan);
            }
        };
        let mut plan = plan::plan(self.migrations, rows, goal, policy)?;
        let unmet = plan::unmet_dependencies(self.migrations.set(), &plan.steps, &snapshot.elsewhere);
        if !unmet.is_empty() {
            return Err(PlanError::Refused(unmet));
        }
        let none = Records::new();
        let records = snapshot.records.as_ref().unwrap_or(&none);
        plan.repeat(self.migrations, &snapshot.rows, goal, self.repeatables, records);
        plan.fill(&self.options.values)?;
        plan.findings.splice(0..0, self.noticed.iter().cloned());
        Ok(plan)
    }

    /// Brings the database to the goal.
    pub(crate) async fn run(&mut self, session: &mut dyn Session, aim: &Aim) -> Result<Report, Error> {
        let mut report = Report { set: self.migrations.set().clone(), ..Report::default() };
        let snapshot = self.look(session).await?;
        let plan = match self.decide(&snapshot, aim) {
            Ok(plan) if plan.is_empty() => {
                report.nothing_to_do = plan.nothing_to_do;
                self.notice(plan.findings, &mut report);
                return Ok(report);
            }
            Ok(plan) => Some(plan),
            // Another run may be in the middle of it: the lock will tell.
            Err(PlanError::Refused(findings)) if findings.iter().any(is_unfinished) => None,
            Err(error) => return Err(error.into()),
        };
        let outside = plan.is_none_or(|plan| !plan.resumptions.is_empty() || plan.steps.iter().any(runs_outside));
        let locked = self.enter(session, outside).await?;
        let ran = self.run_locked(session, aim, &locked, &mut report).await;
        // A database in memory would end with its connection.
        let in_memory = self.engine.dialect() == Dialect::Sqlite && locked.survey.database.is_empty();
        let left = self.leave(session, locked).await;
        ran?;
        left.map_err(|error| error.with_report(&report))?;
        // A file may have set what no list of settings names; what closing the connection costs is little.
        let ran = !report.steps.is_empty() || !report.repeated.is_empty();
        session.set_changed(ran && !in_memory);
        Ok(report)
    }

    /// Settles where the history is, and takes the lock. `outside` is for what no transaction holds.
    pub(crate) async fn enter(&mut self, session: &mut dyn Session, outside: bool) -> Result<Locked, Error> {
        session.set_changed(true);
        let survey = self.engine.survey(session).await.map_err(|error| Error::database("asking the server", error))?;
        self.settle_where(&survey)?;
        let key = self.key(&survey, outside);
        let lock = self.lock(session, &key).await?;
        Ok(Locked { survey, key, lock })
    }

    /// Gives the lock back. After a failure the connection is to be closed, and the lock ends with it all the same.
    pub(crate) async fn leave(&self, session: &mut dyn Session, locked: Locked) -> Result<(), Error> {
        let unlocked = self.engine.unlock(session, &locked.key, locked.lock).await;
        unlocked.map_err(|error| Error::database("giving the lock back", error))
    }

    /// Returns what acts on a locked session, from the state that was read on it.
    pub(crate) fn acting<'r>(
        &'r self,
        session: &'r mut dyn Session,
        locked: &'r Locked,
        head: Head,
        snapshot: &Snapshot,
    ) -> Run<'r> {
        Run {
            session,
            engine: self.engine,
            history: &self.history,
            survey: &locked.survey,
            key: &locked.key,
            who: &self.who,
            head,
            seq: snapshot.rows.last().map_or(0, |row| row.seq),
            lock_wait: self.options.lock_wait,
            has_journal: false,
            keeps_rows: locked.survey.keeps_rows,
        }
    }

    async fn run_locked(
        &self,
        session: &mut dyn Session,
        aim: &Aim,
        locked: &Locked,
        report: &mut Report,
    ) -> Result<(), Error> {
        let goes_up = matches!(aim, Aim::Goal(goal) if goal.direction == Some(Direction::Up));
        loop {
            // In this order: what changes between the two is noticed when a step begins.
            let head = self.head(session).await?;
            let mut snapshot = self.look(session).await?;
            if snapshot.exists && self.repeatables.is_empty() && !goes_up {
                // A way down makes those count as never run that another binary ran.
                snapshot.records = self.records(session).await?;
            }
            let mut plan = self.decide(&snapshot, aim)?;
            if plan.is_empty() {
                report.nothing_to_do = plan.nothing_to_do.filter(|_| report.steps.is_empty());
                self.notice(plan.findings, report);
                return Ok(());
            }
            self.notice(std::mem::take(&mut plan.findings), report);
            if !plan.resumptions.is_empty() {
                match self.finish(session, locked, head, &snapshot, &plan.resumptions, report).await {
                    Ok(()) | Err(Stopped::Moved) => continue,
                    Err(Stopped::Failed(error)) => return Err(error.with_report(report)),
                }
            }
            let steps = prepared(&plan.steps, self.engine)?;
            let repeats = self.prepared_repeats(&plan)?;
            if !snapshot.exists {
                self.create(session, &locked.key).await?;
            }
            self.create_repeatable(session, &locked.key, &plan, &snapshot).await?;
            let mut run = self.acting(&mut *session, locked, head, &snapshot);
            self.options.listener.tell(&Progress::Planned { steps: steps.len() });
            let is_fresh = snapshot.rows.is_empty() && self.engine.dialect() == Dialect::Sqlite;
            let mut done = run.seal().await;
            if done.is_ok() {
                done = run.heal(&plan.heals, report).await;
            }
            if done.is_ok() {
                done = run.forget(&plan.forgets).await;
            }
            if done.is_ok() {
                done = self.take(&mut run, &steps, is_fresh, report).await;
            }
            if done.is_ok() {
                done = self.repeat(&mut run, &repeats, report).await;
            }
            match done {
                Ok(()) => return Ok(()),
                Err(Stopped::Moved) => {}
                Err(Stopped::Failed(error)) => return Err(error),
            }
        }
    }

    /// Finishes what earlier runs began. What is to be done behind it is then decided anew.
    async fn finish(
        &self,
        session: &mut dyn Session,
        locked: &Locked,
        head: Head,
        snapshot: &Snapshot,
        resumptions: &[Resumption],
        report: &mut Report,
    ) -> Result<(), Stopped> {
        let listener = &self.options.listener;
        let prepared = prepared_resumptions(resumptions, self.engine)?;
        let mut run = self.acting(session, locked, head, snapshot);
        run.seal().await?;
        listener.tell(&Progress::Planned { steps: prepared.len() });
        for (n, resumption) in (1..).zip(&prepared) {
            let (direction, name) = (resumption.step.step.direction, resumption.step.migration().name());
            listener.tell(&Progress::StepStarted { n, direction, name: name.clone() });
            let done = run.resume(resumption).await?;
            listener.tell(&Progress::StepDone { direction, name, duration: done.duration });
            report.steps.push(done);
        }
        Ok(())
    }

    async fn take(
        &self,
        run: &mut Run<'_>,
        steps: &[Prepared<'_>],
        is_fresh: bool,
        report: &mut Report,
    ) -> Result<(), Stopped> {
        let listener = &self.options.listener;
        let mut n = 0;
        let begins = |step: &Step| {
            n += 1;
            listener.tell(&Progress::StepStarted { n, direction: step.direction, name: step.migration.name() });
        };
        let ends = |done: &StepDone| {
            let (direction, name, duration) = (done.direction, done.name.clone(), done.duration);
            listener.tell(&Progress::StepDone { direction, name, duration });
        };
        run.take(steps, is_fresh, report, begins, ends).await
    }

    fn notice(&self, findings: Vec<Finding>, report: &mut Report) {
        for finding in findings.into_iter().filter(|finding| !report.findings.contains(finding)).collect::<Vec<_>>() {
            self.options.listener.tell(&Progress::Noticed(finding.clone()));
            report.findings.push(finding);
        }
    }

    /// From here on every table's name is qualified.
    fn settle_where(&mut self, survey: &Survey) -> Result<(), Error> {
        if self.engine.dialect() != Dialect::Sqlite && self.history.schema.is_none() {
            let what = if self.engine.dialect() == Dialect::Mysql { "database" } else { "schema" };
            self.history.schema = Some(Schema::Named(survey.schema.clone().ok_or(Error::NoSchema { what })?));
        }
        Ok(())
    }

    fn key(&self, survey: &Survey, outside: bool) -> LockKey {
        let schema = match &self.history.schema {
            Some(Schema::Named(schema)) => schema.as_str(),
            Some(Schema::Variable(_)) | None => "",
        };
        let parts = ["dunlin", &survey.database, schema, &self.history.prefix, self.history.set.as_str()];
        let set = KeyHash::of(&parts);
        let [parts @ .., _] = parts;
        #[cfg(feature = "sqlite")]
        let file = if outside { crate::engine::lock_file(&survey.database) } else { None };
        #[cfg(not(feature = "sqlite"))]
        let file = None;
        let file = file.filter(|_| outside && self.engine.dialect() == Dialect::Sqlite);
        LockKey { number: set.number(), tables: KeyHash::of(&parts).number(), name: set.name(), file }
    }

    async fn lock(&self, session: &mut dyn Session, key: &LockKey) -> Result<Lock, Error> {
        let start = Instant::now();
        let mut pause = Duration::from_millis(20);
        let mut told = Duration::ZERO;
        loop {
            let attempt = self.engine.try_lock(session, key).await;
            let holder = match attempt.map_err(|error| Error::database("taking the lock", error))? {
                Attempt::Obtained(lock) => return Ok(lock),
                Attempt::Held(holder) => holder,
            };
            let waited = start.elapsed();
            if waited >= self.options.lock_wait {
                return Err(Error::Locked { waited, holder });
            }
            if waited >= told {
                told = waited + Duration::from_secs(10);
                if waited > Duration::from_millis(500) {
                    self.options.listener.tell(&Progress::Waiting { waited, holder });
                }
            }
            // Polls of many waiters spread by the time that each has been waiting.
            let jitter = Duration::from_micros(u64::from(waited.subsec_nanos()) % 20_000);
            tokio::time::sleep(pause.min(self.options.lock_wait.saturating_sub(waited)) + jitter).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    /// Makes the history tables. Two sets hold two locks, so on PostgreSQL, where `if not exists` races, a third guards it.
    pub(crate) async fn create(&self, session: &mut dyn Session, key: &LockKey) -> Result<(), Error> {
        self.make(session, key, &self.history.create()).await
    }

    /// Makes tables, by statements that each end in a semicolon.
    pub(crate) async fn make(&self, session: &mut dyn Session, key: &LockKey, tables: &str) -> Result<(), Error> {
        let making = |error| Error::database("making the history tables", error);
        let guard = self.engine.lock_in_transaction(key.tables);
        let start = Instant::now();
        loop {
            begin_patiently(session, self.engine, self.options.lock_wait).await?;
            let locked = guard.is_empty() || {
                let rows = session.rows(&guard).await.map_err(making)?;
                rows.first().and_then(|row| row.number(0)) == Some(1)
            };
            if locked {
                let made = session.run(&format!("{tables}commit")).await;
                if made.is_err() {
                    let _ = session.run("rollback").await;
                }
                return made.map_err(making);
            }
            session.run("rollback").await.map_err(making)?;
            if start.elapsed() >= self.options.lock_wait {
                return Err(Error::Locked { waited: start.elapsed(), holder: None });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Begins a transaction once nobody else is writing, and waits for it at most as long as for a lock.
pub(crate) async fn begin_patiently(
    session: &mut dyn Session,
    engine: &dyn Engine,
    wait: Duration,
) -> Result<(), Error> {
    let beginning = |error| Error::database("beginning a transaction", error);
    let start = Instant::now();
    let take_back = engine.shorten_wait(session, wait).await.map_err(beginning)?;
    let begun = loop {
        match session.run(engine.dialect().facts().begin).await {
            Err(error) if error.trouble == Trouble::Busy => {
                if start.elapsed() >= wait {
                    break Err(Error::Locked { waited: start.elapsed(), holder: None });
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            result => break result.map_err(beginning),
        }
    };
    if !take_back.is_empty() {
        session.run(&take_back).await.map_err(beginning)?;
    }
    begun
}

/// SQLite's `SQLITE_BUSY` and `SQLITE_LOCKED`: somebody commits just now.
fn is_busy(error: &sqlx::Error) -> bool {
    let code =
        error.as_database_error().and_then(sqlx::error::DatabaseError::code).and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| matches!(code & 0xff, 5 | 6))
}

fn is_unfinished(finding: &Finding) -> bool {
    matches!(finding.kind, FindingKind::Unfinished { .. })
}

fn runs_outside(step: &Step) -> bool {
    step.script.as_ref().is_some_and(|script| script.header.wrap == Wrap::None)
}

fn prepared<'s>(steps: &'s [Step], engine: &dyn Engine) -> Result<Vec<Prepared<'s>>, Error> {
    steps.iter().map(|step| Prepared::new(step, engine)).collect()
}
