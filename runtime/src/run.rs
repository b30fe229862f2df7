//! The way of a run: look, decide, lock, look again, act.
//!
//! One SELECT decides whether there is anything to do. If there is, everything is read and decided again under the lock,
//! and each step makes sure, in its own transaction, that the history is still the one that was planned for.

use std::time::{Duration, Instant};

use dunlin_core::dialect::Dialect;
use dunlin_core::header::{Dependency, Wrap};
use dunlin_core::migration::{Direction, MigrationId, Migrations};
use dunlin_core::plan::{self, Finding, FindingKind, Goal, Plan, PlanError, Resumption, State, Step, View};
use dunlin_core::plan_file::PlanFile;
use dunlin_core::repeatable::{Records, Repeatables};

use crate::connect::{Connect, open_watched};
use crate::engine::Engine;
use crate::error::Error;
use crate::execute::{Loose, Prepared, Run, Stopped, beginning, prepared_resumptions};
use crate::history::{Head, History, Snapshot};
use crate::locking::{Hold, Locked};
use crate::options::Options;
use crate::patience::{LockWait, Patience};
use crate::progress::{Listener, Progress};
use crate::report::Report;
use crate::session::{Session, Trouble};
use crate::who::Who;

/// How long a run that was told to stop may wait to write that down.
const LAST_WORD: Duration = Duration::from_secs(2);

/// How long an engine may wait by itself, where it could wait much longer.
const WAITS_BY_ITSELF: Duration = Duration::from_millis(200);

/// One set on one session.
pub(crate) struct Undertaking<'u> {
    pub(crate) migrations: &'u Migrations,
    pub(crate) repeatables: &'u Repeatables,
    pub(crate) options: &'u Options,
    pub(crate) engine: &'static dyn Engine,
    pub(crate) history: History,
    pub(crate) who: Who,
    pub(crate) noticed: Vec<Finding>,
    /// The plan that was reviewed, if the run is to be exactly that.
    pub(crate) expected: Option<&'u PlanFile>,
}

/// What a run is to bring about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Aim {
    /// The database is at a place.
    Goal(Goal),
    /// Nothing is unfinished.
    Finish,
}

impl Undertaking<'_> {
    /// Reads the history, with the stored SQL of what is in question.
    pub(crate) async fn look(&self, session: &mut dyn Session) -> Result<Snapshot, Error> {
        let mut snapshot = self.snapshot(session).await?;
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

    /// Reads the history, and where the way may lead down the stored SQL of what another migration stands for.
    async fn look_toward(&self, session: &mut dyn Session, aim: &Aim) -> Result<Snapshot, Error> {
        let mut snapshot = self.look(session).await?;
        if !matches!(aim, Aim::Goal(goal) if goal.direction == Some(Direction::Up)) {
            self.add_covered(session, &mut snapshot).await?;
        }
        Ok(snapshot)
    }

    async fn add_covered(&self, session: &mut dyn Session, snapshot: &mut Snapshot) -> Result<(), Error> {
        let view = View::new(self.migrations, &snapshot.rows, &[]);
        let covered: Vec<MigrationId> = view.covered().cloned().collect();
        drop(view);
        if covered.is_empty() {
            return Ok(());
        }
        self.history.add_stored(session, &mut snapshot.rows, &covered).await
    }

    /// Reads the last event, and then all that a run looks at. What changes between the two is noticed when a step
    /// begins.
    pub(crate) async fn look_for(&self, session: &mut dyn Session, aim: &Aim) -> Result<(Head, Snapshot), Error> {
        let goes_up = matches!(aim, Aim::Goal(goal) if goal.direction == Some(Direction::Up));
        let head = self.head(session).await?;
        let mut snapshot = self.look_toward(session, aim).await?;
        if snapshot.exists && self.repeatables.is_empty() && !goes_up {
            // A way down makes those count as never run that another binary ran.
            snapshot.records = self.records(session).await?;
        }
        Ok((head, snapshot))
    }

    /// Reads the rows of the history, without their SQL.
    pub(crate) async fn snapshot(&self, session: &mut dyn Session) -> Result<Snapshot, Error> {
        let here = self.here();
        let start = Instant::now();
        loop {
            match self.history.snapshot(session, &here).await {
                Err(error) if self.may_wait(&error, start) => tokio::time::sleep(Duration::from_millis(50)).await,
                other => return other,
            }
        }
    }

    /// Reads the history, with when each row came.
    pub(crate) async fn look_with_times(&self, session: &mut dyn Session) -> Result<Snapshot, Error> {
        let mut snapshot = self.look(session).await?;
        self.add_covered(session, &mut snapshot).await?;
        self.history.add_times(session, &mut snapshot.rows).await?;
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
        busy && self.engine.dialect() == Dialect::Sqlite && start.elapsed() < self.options.lock_wait.limit()
    }

    /// Returns the condition under which history tables that unqualified names find are this session's own.
    pub(crate) fn here(&self) -> String {
        self.engine.here(&format!("{}_layout", self.options.history_prefix))
    }

    /// Returns what pending migrations depend on in other sets.
    fn pending_dependencies(&self, snapshot: &Snapshot) -> Vec<&Dependency> {
        let dependencies = self.migrations.iter().filter(|migration| !migration.depends_on.is_empty());
        let is_whole = |id: &MigrationId| snapshot.rows.iter().any(|row| row.id == *id && row.state == State::Applied);
        let pending = dependencies.filter(|migration| !is_whole(&migration.id));
        let all = pending.flat_map(|migration| &migration.depends_on);
        all.filter(|dependency| dependency.set.as_ref().is_some_and(|set| set != self.migrations.set())).collect()
    }

    /// Decides. Findings that the runtime itself made come first.
    pub(crate) fn decide(&self, snapshot: &Snapshot, aim: &Aim) -> Result<Plan, PlanError> {
        let goal = match aim {
            Aim::Goal(goal) => goal,
            Aim::Finish => {
                let mut plan = plan::resume(self.migrations, &snapshot.rows, &self.options.policy)?;
                plan.fill(&self.options.values)?;
                return Ok(plan);
            }
        };
        let mut plan = self.outline(snapshot, goal)?;
        plan.fill(&self.options.values)?;
        plan.findings.splice(0..0, self.noticed.iter().cloned());
        Ok(plan)
    }

    /// Decides what is to run, as far as that can be known without the values of variables.
    pub(crate) fn outline(&self, snapshot: &Snapshot, goal: &Goal) -> Result<Plan, PlanError> {
        let mut plan = plan::plan(self.migrations, &snapshot.rows, goal, &self.options.policy)?;
        let unmet = plan::unmet_dependencies(self.migrations.set(), &plan.steps, &snapshot.elsewhere);
        if !unmet.is_empty() {
            return Err(PlanError::Refused(unmet));
        }
        let none = Records::new();
        let records = snapshot.records.as_ref().unwrap_or(&none);
        plan.repeat(self.migrations, &snapshot.rows, goal, self.repeatables, records);
        Ok(plan)
    }

    /// Brings the database to the goal.
    pub(crate) async fn run(&mut self, session: &mut dyn Session, aim: &Aim) -> Result<Report, Error> {
        let mut report = Report { set: self.migrations.set().clone(), ..Report::default() };
        let snapshot = self.look_toward(session, aim).await?;
        self.expect_state_at_first(session, &snapshot).await?;
        let plan = match self.decide(&snapshot, aim) {
            Ok(plan) if plan.is_empty() && !self.has_marks_to_set(aim, &snapshot) => {
                self.expect_plan(session, &snapshot, &plan, &report).await?;
                report.nothing_to_do = plan.nothing_to_do;
                self.notice(plan.findings, &mut report);
                return Ok(report);
            }
            Ok(plan) => Some(plan),
            // Another run may be in the middle of it: the lock will tell.
            Err(PlanError::Refused(findings)) if findings.iter().any(is_unfinished) => None,
            Err(error) => return Err(error.into()),
        };
        let outside =
            plan.as_ref().is_none_or(|plan| !plan.resumptions.is_empty() || plan.steps.iter().any(runs_outside));
        let idle = plan.filter(Plan::is_empty);
        match (self.run_at_hand(session, aim, outside, report).await, idle) {
            // What else there is to write is for people only.
            (Err(Error::Database { denied: true, .. }), Some(plan)) => {
                let (set, nothing_to_do) = (self.migrations.set().clone(), plan.nothing_to_do);
                let mut report = Report { set, nothing_to_do, ..Report::default() };
                self.notice(plan.findings, &mut report);
                Ok(report)
            }
            (ran, _) => ran,
        }
    }

    /// Runs on the session, or past the pooler that it leads through.
    async fn run_at_hand(
        &mut self,
        session: &mut dyn Session,
        aim: &Aim,
        outside: bool,
        report: Report,
    ) -> Result<Report, Error> {
        if let Some(mut direct) = self.direct().await? {
            let report = Box::pin(self.run_on(&mut *direct, aim, outside, report)).await?;
            direct.close().await;
            return Ok(report);
        }
        self.run_on(session, aim, outside, report).await
    }

    /// Opens a session on the URL that leads past poolers, where there is one.
    pub(crate) async fn direct(&self) -> Result<Option<Box<dyn Session>>, Error> {
        let Some(url) = &self.options.direct_url else { return Ok(None) };
        let database = Connect::from(url.as_str());
        if database.dialect()? != self.engine.dialect() {
            return Err(Error::OtherEngine { of: "the direct URL" });
        }
        open_watched(database, self.options).await
    }

    /// Takes the lock on a session, and brings the database to the goal.
    async fn run_on(
        &mut self,
        session: &mut dyn Session,
        aim: &Aim,
        outside: bool,
        mut report: Report,
    ) -> Result<Report, Error> {
        let locked = self.enter(session, outside).await?;
        let mut ran = self.run_locked(session, aim, &locked, &mut report).await;
        if ran.is_ok() {
            ran = self.set_marks(session, aim, &locked, &mut report).await;
        }
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
            journal: self.options.journal,
            has_journal: false,
            keeps_rows: locked.survey.keeps_rows,
            fence: self.fence(&locked.hold),
            holds_none: matches!(locked.hold, Hold::ByStep),
            limits: self.options.limits,
            listener: &self.options.listener,
            begun: 0,
            steps: 0,
            next: None,
            loose: Loose::None,
        }
    }

    /// Returns what every transaction that writes the history does before it commits.
    pub(crate) fn fence(&self, hold: &Hold) -> Vec<String> {
        match hold {
            Hold::Lease(lease) => self.history.lease_fence(lease.token()),
            Hold::Own(_) | Hold::ByStep => Vec::new(),
        }
    }

    async fn run_locked(
        &self,
        session: &mut dyn Session,
        aim: &Aim,
        locked: &Locked,
        report: &mut Report,
    ) -> Result<(), Error> {
        loop {
            let (head, snapshot) = self.look_for(session, aim).await?;
            self.expect_state(session, head, &snapshot, report).await?;
            let mut plan = self.decide(&snapshot, aim)?;
            self.expect_plan(session, &snapshot, &plan, report).await?;
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
            if matches!(locked.hold, Hold::ByStep) && plan.steps.iter().any(runs_outside) {
                return Err(Error::Pooled.with_report(report));
            }
            let steps = prepared(&plan.steps, self.engine)?;
            let repeats = self.prepared_repeats(&plan)?;
            if !snapshot.exists {
                self.create(session, locked).await?;
            }
            self.create_repeatable(session, locked, &plan, &snapshot).await?;
            let untrue = self.untrue_marks(session, &snapshot, &plan).await?;
            let mut run = self.acting(&mut *session, locked, head, &snapshot);
            self.options.listener.tell(Progress::Planned { steps: steps.len() });
            let is_fresh = snapshot.takes_together(self.engine.dialect());
            let mut done = run.seal().await;
            if done.is_ok() {
                done = run.heal(&plan.heals, report).await;
            }
            if done.is_ok() {
                done = run.take_marks(&untrue).await;
            }
            if done.is_ok() {
                done = run.forget(&plan.forgets).await;
            }
            if done.is_ok() {
                done = run.take(&steps, is_fresh, report).await;
            }
            if done.is_ok() {
                done = run.repeat(&repeats, report).await;
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
        listener.tell(Progress::Planned { steps: prepared.len() });
        run.steps = prepared.len();
        for resumption in &prepared {
            report.steps.push(run.resume(resumption).await?);
        }
        Ok(())
    }

    fn notice(&self, findings: Vec<Finding>, report: &mut Report) {
        for finding in findings.into_iter().filter(|finding| !report.findings.contains(finding)).collect::<Vec<_>>() {
            self.options.listener.tell(Progress::Noticed { warning: Box::new(finding.clone()) });
            report.findings.push(finding);
        }
    }

    /// Makes the history tables. Two sets hold two locks, so on PostgreSQL, where `if not exists` races, a third guards it.
    pub(crate) async fn create(&self, session: &mut dyn Session, locked: &Locked) -> Result<(), Error> {
        self.make(session, locked, &self.history.create()).await
    }

    /// Makes tables, by statements that each end in a semicolon.
    pub(crate) async fn make(&self, session: &mut dyn Session, locked: &Locked, tables: &str) -> Result<(), Error> {
        let Locked { key, hold, .. } = locked;
        let making = |error| Error::database("making the history tables", error);
        let guard = self.engine.lock_in_transaction(key.tables, false);
        let mut patience = Patience::new(self.options.lock_wait);
        loop {
            begin_patiently(session, self.engine, self.options.lock_wait, &self.options.listener).await?;
            let locked = guard.is_empty() || {
                let rows = session.rows(&guard).await.map_err(making)?;
                rows.first().and_then(|row| row.number(0)) == Some(1)
            };
            if locked {
                let fence: String = self.fence(hold).iter().map(|sql| format!("{sql};\n")).collect();
                let made = session.run(&format!("{tables}{fence}commit")).await;
                if made.is_err() {
                    let _ = session.run("rollback").await;
                }
                return made.map_err(making);
            }
            session.run("rollback").await.map_err(making)?;
            patience.wait(session, &self.options.listener, None).await?;
        }
    }
}

/// Begins a transaction once nobody else is writing, and waits for it at most as long as for a lock.
pub(crate) async fn begin_patiently(
    session: &mut dyn Session,
    engine: &dyn Engine,
    wait: LockWait,
    listener: &Listener,
) -> Result<(), Error> {
    // Inside the engine nothing can be told, and nobody is heard who tells the run to stop: then it is for a last word.
    let at_once = if session.is_stopped() { LAST_WORD } else { WAITS_BY_ITSELF };
    let take_back = engine.shorten_wait(session, wait.limit().min(at_once)).await.map_err(beginning)?;
    let mut patience = Patience::brief(wait);
    let begun = loop {
        match session.run(engine.dialect().facts().begin).await {
            Err(error) if error.trouble == Trouble::Busy => {
                if let Err(error) = patience.wait(session, listener, None).await {
                    break Err(error);
                }
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
