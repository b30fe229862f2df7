//! What can be done with migrations. `choices.rs` has what can be said about how.

use dunlin_core::checksum::Checksum;
use dunlin_core::dialect::Dialect;
use dunlin_core::file_name::FileName;
use dunlin_core::ledger::{self, Audit, Event, ExpectedHead, Tables};
use dunlin_core::migration::{MigrationId, Migrations as Chosen, SetName};
use dunlin_core::plan::{
    self, Applied, Finding, FindingKind, Goal, Kind, Plan, PlanError, Resume, Stamp, State, Verdict, View,
};
use dunlin_core::repeatable::{FOLDER, RepeatableName};
use dunlin_core::target::Target;

use crate::connect::{Connect, Intent, open_watched};
use crate::engine::{Engine, engine};
use crate::error::Error;
use crate::history::{History, Schema, Snapshot};
use crate::last_failure::LastFailure;
use crate::migrations::Migrations;
use crate::offline::SqlScript;
use crate::options::Options;
use crate::progress::Progress;
use crate::report::{
    EventLog, MigrationState, MigrationStatus, RepeatableStatus, Report, SkipReport, StampReport, Status,
};
use crate::run::{Aim, Undertaking};
use crate::session::Session;
use crate::stamp::Skip;
use crate::tenant::{self};
use crate::who::Who;

/// Migrations with options: what [`Migrations::migrator`] returns.
#[derive(Debug, Clone)]
pub struct Migrator<'m> {
    pub(crate) migrations: &'m Migrations,
    pub(crate) options: Options,
}

impl<'m> Migrator<'m> {
    pub(crate) fn new(migrations: &'m Migrations) -> Migrator<'m> {
        Migrator { migrations, options: Options::default() }
    }

    /// Applies what is pending, up to the one head.
    ///
    /// Everything is verified first. If nothing is pending, one SELECT was all, and neither lock nor any right to write
    /// was needed. Processes that start together wait for one another; each migration runs once.
    ///
    /// Fails with nothing changed if files and history disagree or there are several heads; see [`Error`] for the rest.
    pub async fn up(&self, database: impl Into<Connect<'_>>) -> Result<Report, Error> {
        self.run(database.into(), Goal::up(Target::Head)).await
    }

    /// Applies what is pending up to a target, and never reverts.
    pub async fn up_to(&self, database: impl Into<Connect<'_>>, target: Target) -> Result<Report, Error> {
        self.run(database.into(), Goal::up(target)).await
    }

    /// Reverts what lies behind a target, the last applied first, and never applies.
    ///
    /// The whole way is planned first; if one migration on it is irreversible, nothing is reverted. Migrations that this
    /// binary does not know are reverted with the SQL that the history stores.
    pub async fn down(&self, database: impl Into<Connect<'_>>, target: Target) -> Result<Report, Error> {
        self.run(database.into(), Goal::down(target)).await
    }

    /// Brings a database to a target, up or down, whichever leads there.
    pub async fn to(&self, database: impl Into<Connect<'_>>, target: Target) -> Result<Report, Error> {
        self.run(database.into(), Goal::to(target)).await
    }

    /// Finishes steps that began and did not end, and does nothing else.
    ///
    /// What a step has in place stays. `resume` says which of them may go on: a run goes on by itself with those that were
    /// interrupted, and here those in which a statement failed can be tried again ([`Resume::Failed`]), and statements of
    /// which nothing shows whether they took effect be settled.
    pub async fn resume(&self, database: impl Into<Connect<'_>>, resume: Resume) -> Result<Report, Error> {
        let database = database.into();
        let mut migrator = self.clone();
        migrator.options.policy.unfinished = resume;
        let engine = database.dialect()?;
        let migrator = migrator.begins(engine);
        let result = Box::pin(migrator.resume_told(database, engine)).await;
        migrator.ends(result)
    }

    async fn resume_told(&self, database: Connect<'_>, engine: Dialect) -> Result<Report, Error> {
        let mut undertaking = self.undertaking(engine)?;
        let Some(mut session) = self.open(database).await? else { return Ok(Report::default()) };
        let report = undertaking.run(&mut *session, &Aim::Finish).await?;
        session.close().await;
        Ok(report)
    }

    /// Decides what [`Migrator::to`] would do, and does nothing. It never writes.
    pub async fn plan(&self, database: impl Into<Connect<'_>>, target: Target) -> Result<Plan, Error> {
        self.plan_goal(database, Goal::to(target)).await
    }

    /// Decides what a run to a goal would do, and does nothing. It never writes.
    pub async fn plan_goal(&self, database: impl Into<Connect<'_>>, goal: Goal) -> Result<Plan, Error> {
        let (undertaking, snapshot) = self.read(database.into()).await?;
        Ok(undertaking.decide(&snapshot, &Aim::Goal(goal))?)
    }

    /// Says how the set stands in a database. It never writes, and creates nothing.
    pub async fn status(&self, database: impl Into<Connect<'_>>) -> Result<Status, Error> {
        let database = database.into();
        let undertaking = self.undertaking(database.dialect()?)?;
        let (mut snapshot, mut failures) = (Snapshot::default(), Vec::new());
        if let Some(mut session) = self.open_to_read(database).await? {
            snapshot = undertaking.look_with_times(&mut *session).await?;
            if snapshot.exists {
                failures = undertaking.history.failures(&mut *session).await?;
            }
            session.close().await;
        }
        let Snapshot { rows, records, .. } = snapshot;
        let last_failure = LastFailure::among(&failures, undertaking.migrations, &rows);
        let mut findings = undertaking.noticed.clone();
        findings.extend(plan::verify(undertaking.migrations, &rows, &self.options.policy));
        let engine = undertaking.migrations.dialect();
        let set = undertaking.migrations.set().clone();
        let heads = heads(undertaking.migrations, &rows);
        let repeatables = RepeatableStatus::all(undertaking.repeatables, &records.unwrap_or_default());
        let migrations = states(undertaking.migrations, &rows);
        Ok(Status { set, engine, migrations, heads, repeatables, findings, last_failure })
    }

    /// Says on what the history and the migrations do not agree. It never writes.
    pub async fn verify(&self, database: impl Into<Connect<'_>>) -> Result<Vec<Finding>, Error> {
        Ok(self.status(database).await?.findings)
    }

    /// Reads the event log, oldest first, and makes sure that its chain is whole. It never writes.
    pub async fn history(&self, database: impl Into<Connect<'_>>) -> Result<Vec<Event>, Error> {
        Ok(self.log(database).await?.events)
    }

    /// Reads the event log as [`Migrator::history`] does, and its head, which stands for all of it. It never writes.
    pub async fn log(&self, database: impl Into<Connect<'_>>) -> Result<EventLog, Error> {
        let database = database.into();
        let undertaking = self.undertaking(database.dialect()?)?;
        let Some(mut session) = self.open_to_read(database).await? else { return Ok(EventLog::default()) };
        let logged = undertaking.history.events(&mut *session, &undertaking.here()).await;
        session.close().await;
        let logged = logged?;
        ledger::seals(None, &logged)?;
        let head = logged.iter().rev().find_map(|logged| logged.hash);
        Ok(EventLog { events: logged.into_iter().map(|logged| logged.event).collect(), head })
    }

    /// Holds the history tables against the event log: each event against the one before it, each row against the event that
    /// left it, stored SQL against stored checksums. It never writes.
    ///
    /// The tables are audited as a whole, with the rows of other sets. The log of this set may be expected to have an event
    /// with a certain hash, a head that was noted down before: a log whose end was cut off, or that was written anew, has it
    /// no more. All that is found is returned; an error is a history that cannot be read.
    pub async fn audit(
        &self,
        database: impl Into<Connect<'_>>,
        expected: Option<&ExpectedHead>,
    ) -> Result<Audit, Error> {
        let database = database.into();
        let undertaking = self.undertaking(database.dialect()?)?;
        let Some(mut session) = self.open_to_read(database).await? else {
            return Ok(undertaking.hold(&Tables::default(), expected));
        };
        let audit = undertaking.audit(&mut *session, expected).await?;
        session.close().await;
        Ok(audit)
    }

    /// Brings the rows of the history to where they should be, without running anything.
    ///
    /// What is applied on the lines of the targets becomes exactly the targets and what comes before them; rows of other
    /// branches stay. All changes are one transaction, under the lock, with an event each: those of rows that go keep all
    /// that they held. See [`plan::stamp`] for what is decided.
    pub async fn stamp(&self, database: impl Into<Connect<'_>>, stamp: &Stamp) -> Result<StampReport, Error> {
        let database = database.into();
        let mut undertaking = self.undertaking(database.dialect()?)?;
        let Some(mut session) = self.open(database).await? else {
            return Ok(StampReport::default());
        };
        let plan = undertaking.amend(&mut *session, stamp).await?;
        session.close().await;
        Ok(StampReport::new(self.migrations.set_name(), &plan))
    }

    /// Decides what [`Migrator::stamp`] would change, and changes nothing. It never writes.
    pub async fn plan_stamp(&self, database: impl Into<Connect<'_>>, stamp: &Stamp) -> Result<StampReport, Error> {
        let (undertaking, snapshot) = self.read(database.into()).await?;
        let plan = plan::stamp(undertaking.migrations, &snapshot.rows, stamp)?;
        Ok(StampReport::new(self.migrations.set_name(), &plan))
    }

    /// Records one pending migration as if it were applied, without running it, and says why in the event log.
    ///
    /// Its parents and dependencies must be applied.
    pub async fn skip(&self, database: impl Into<Connect<'_>>, name: &str, reason: &str) -> Result<SkipReport, Error> {
        let database = database.into();
        let mut undertaking = self.undertaking(database.dialect()?)?;
        let Some(mut session) = self.open(database).await? else {
            return Err(PlanError::NoDatabase.into());
        };
        let migration = undertaking.amend(&mut *session, &Skip { name, reason }).await?;
        session.close().await;
        let (id, name, reason) = (migration.id.clone(), migration.name(), reason.to_owned());
        Ok(SkipReport { set: self.migrations.set_name(), id, name, reason })
    }

    /// Writes what a run to a goal would send to a database that stands at `from`, for the engine's own client. No database
    /// is asked.
    ///
    /// The script fails, with nothing changed, on a database that does not have exactly `from`, what comes before it, and
    /// nothing else of the set.
    pub fn script(&self, engine: Dialect, from: &Target, goal: &Goal) -> Result<SqlScript, Error> {
        self.undertaking(engine)?.script(from, goal)
    }

    /// Writes what a stamp would change in a database that stands at `from`; see [`Migrator::script`].
    pub fn stamp_script(&self, engine: Dialect, from: &Target, stamp: &Stamp) -> Result<SqlScript, Error> {
        self.undertaking(engine)?.stamp_script(from, stamp)
    }

    /// Brings a database to a goal.
    pub async fn run(&self, database: Connect<'_>, goal: Goal) -> Result<Report, Error> {
        let engine = database.dialect()?;
        let migrator = self.begins(engine);
        let result = Box::pin(migrator.run_told(database, engine, goal)).await;
        migrator.ends(result)
    }

    async fn run_told(&self, database: Connect<'_>, dialect: Dialect, goal: Goal) -> Result<Report, Error> {
        let digest = self.migrations.digest(dialect).filter(|_| goal == Goal::up(Target::Head));
        let engine = engine(dialect).ok_or(Error::NoEngine(dialect))?;
        if digest.is_none() {
            self.migrations.for_engine(dialect)?;
        }
        let Some(mut session) = self.open(database).await? else { return Ok(Report::default()) };
        let result = match digest {
            Some(digest)
                if self.stands_at(&mut *session, engine, &digest).await
                    && self.repeats_nothing(&mut *session, engine).await =>
            {
                Ok(self.nothing_to_do())
            }
            _ => Box::pin(self.undertaking(dialect)?.run(&mut *session, &Aim::Goal(goal))).await,
        };
        if result.is_ok() {
            session.close().await;
        }
        result
    }

    /// Tells that a run begins, and returns what tells of it.
    pub(crate) fn begins(&self, engine: Dialect) -> Migrator<'m> {
        let mut migrator = self.clone();
        migrator.options.listener = self.options.listener.of_a_run(self.migrations.set_name());
        migrator.options.listener.tell(Progress::RunStarted { engine });
        migrator
    }

    /// Tells how the run ended.
    pub(crate) fn ends(&self, result: Result<Report, Error>) -> Result<Report, Error> {
        let listener = &self.options.listener;
        match &result {
            Ok(report) => listener.tell(Progress::RunDone { steps: report.steps.len() }),
            Err(error) => {
                if let Error::Step(failure) = error {
                    listener.tell(failure.progress());
                }
                let message = error.to_string().lines().next().unwrap_or_default().to_owned();
                listener.tell(Progress::RunFailed { message });
            }
        }
        result
    }

    /// Opens a session to write on, and watches over it.
    pub(crate) async fn open<'c>(&self, database: Connect<'c>) -> Result<Option<Box<dyn Session + 'c>>, Error> {
        open_watched(database, &self.options).await
    }

    /// Opens a session to read on.
    pub(crate) async fn open_to_read<'c>(&self, database: Connect<'c>) -> Result<Option<Box<dyn Session + 'c>>, Error> {
        let database = tenant::lead(database, &self.options)?;
        Box::pin(database.open(Intent::Read, &self.options.connect_terms())).await
    }

    /// Says whether the history is what these migrations would make of an empty database. One SELECT is all it takes.
    async fn stands_at(&self, session: &mut dyn Session, engine: &dyn Engine, digest: &Checksum) -> bool {
        let history = self.history_of(self.migrations.set_name(), engine.dialect());
        let here = engine.here(&format!("{}_layout", self.options.history_prefix));
        history.digest(session, &here).await.as_ref() == Some(digest)
    }

    /// Says whether the repeatable files that are embedded ran as they are. Where there are some, it is one SELECT.
    async fn repeats_nothing(&self, session: &mut dyn Session, engine: &dyn Engine) -> bool {
        let carried = self.migrations.carried(engine.dialect());
        if carried.is_empty() {
            return true;
        }
        let history = self.history_of(self.migrations.set_name(), engine.dialect());
        let here = engine.here(&format!("{}_repeatable", self.options.history_prefix));
        // Whatever stands in the way of reading it, a run says what that is.
        let Ok(Some(records)) = history.records(session, &here).await else { return false };
        let ran = |(name, checksum): (&RepeatableName, &Checksum)| {
            records.get(name.as_str()).is_some_and(|recorded| recorded.checksum == *checksum)
        };
        carried.iter().all(ran)
    }

    fn nothing_to_do(&self) -> Report {
        let findings: Vec<Finding> = self.stale().into_iter().collect();
        for finding in &findings {
            self.options.listener.tell(Progress::Noticed { warning: Box::new(finding.clone()) });
        }
        Report { set: self.migrations.set_name(), findings, ..Report::default() }
    }

    /// Reverts migrations and applies them again: the last applied one, or those that a target names.
    pub async fn redo(&self, url: &str, target: Target) -> Result<(Report, Report), Error> {
        let down = self.down(url, target).await?;
        let migrations = self.migrations.for_engine(Connect::from(url).dialect()?)?;
        let mut up = Report { set: down.set.clone(), ..Report::default() };
        for step in down.steps.iter().rev().filter(|step| migrations.get(&step.id).is_some()) {
            let applied = self.up_to(url, Target::Migration(step.id.to_string())).await?;
            up.steps.extend(applied.steps);
            up.repeated.extend(applied.repeated);
            up.findings.extend(
                applied.findings.into_iter().filter(|finding| !up.findings.contains(finding)).collect::<Vec<_>>(),
            );
        }
        Ok((down, up))
    }

    /// Returns the name of the set, without looking at a file.
    pub(crate) fn set_name(&self) -> SetName {
        self.migrations.set_name()
    }

    pub(crate) fn undertaking(&self, dialect: Dialect) -> Result<Undertaking<'_>, Error> {
        let engine = engine(dialect).ok_or(Error::NoEngine(dialect))?;
        let migrations = self.migrations.for_engine(dialect)?;
        let repeatables = self.migrations.repeatables(dialect)?;
        let history = self.history_of(migrations.set().clone(), dialect);
        let application = self.options.application.as_deref().unwrap_or(self.migrations.application());
        let who = Who::am_i(application);
        let noticed = self.stale().into_iter().collect();
        let (options, expected) = (&self.options, None);
        Ok(Undertaking { migrations, repeatables, options, engine, history, who, noticed, expected })
    }

    fn history_of(&self, set: SetName, dialect: Dialect) -> History {
        let prefix = self.options.history_prefix.clone();
        // A tenant's tables are its own, wherever unqualified names lead.
        let tenant = self.options.tenant.as_ref().filter(|_| dialect == Dialect::Postgres).map(|tenant| &tenant.name);
        let schema = self.options.history_schema.as_ref().or(tenant).cloned().map(Schema::Named);
        History { dialect, set, prefix, schema }
    }

    pub(crate) async fn read(&self, database: Connect<'_>) -> Result<(Undertaking<'_>, Snapshot), Error> {
        let undertaking = self.undertaking(database.dialect()?)?;
        let Some(mut session) = self.open_to_read(database).await? else {
            return Ok((undertaking, Snapshot::default()));
        };
        let snapshot = undertaking.look_with_times(&mut *session).await?;
        session.close().await;
        Ok((undertaking, snapshot))
    }

    fn stale(&self) -> Option<Finding> {
        let files = self.migrations.stale_files();
        let version = files.iter().find_map(|file| FileName::parse(file).ok());
        let version = version.map(|file| (format!("{}_{}", file.id, file.slug), file.id));
        // A repeatable file has no id; that of its finding is the folder.
        let repeatable = || Some((files.first()?.trim_end_matches(".sql").to_owned(), FOLDER.parse().ok()?));
        let (name, id) = version.or_else(repeatable)?;
        Some(Finding { id, name, file: None, verdict: Verdict::Warn, kind: FindingKind::StaleBinary { files } })
    }
}

/// Returns where a database stands. What stands for all that it has is a place, and the last of them is the same one.
fn heads(files: &Chosen, rows: &[Applied]) -> Vec<MigrationId> {
    let view = View::new(files, rows, &[]);
    let whole = view.rows().iter().filter(|row| row.state == State::Applied);
    let heads = plan::applied_heads(view.migrations().revisions(), whole);
    let seen = |row: &Applied| {
        let squash =
            view.represented().map(|(squash, _)| squash).find(|squash| squash.replaces.last() == Some(&row.id));
        squash.map_or_else(|| row.id.clone(), |squash| squash.id.clone())
    };
    heads.into_iter().map(seen).collect()
}

fn states(files: &Chosen, rows: &[Applied]) -> Vec<MigrationStatus> {
    let view = View::new(files, rows, &[]);
    let (migrations, rows) = (view.migrations(), view.rows());
    let kind = |row: &Applied| if view.behind(&row.id).is_some() { Kind::Squashed } else { row.kind };
    let by_id: std::collections::HashMap<_, _> = rows.iter().map(|row| (&row.id, row)).collect();
    let mut represented: Vec<MigrationStatus> = Vec::new();
    for (squash, row) in view.represented() {
        represented.push(MigrationStatus {
            id: squash.id.clone(),
            name: squash.name(),
            file: Some(squash.up.file.clone()),
            parents: squash.parents.clone(),
            state: MigrationState::Applied,
            kind: Some(Kind::Squashed),
            applied_at: row.map(|row| row.applied_at.clone()),
            journal: Vec::new(),
        });
    }
    let known = migrations.iter().map(|migration| {
        let row = by_id.get(&migration.id).copied();
        MigrationStatus {
            id: migration.id.clone(),
            name: migration.name(),
            file: Some(migration.up.file.clone()),
            parents: migration.parents.clone(),
            state: match row.map(|row| row.state) {
                None => MigrationState::Pending,
                Some(State::Applied) => MigrationState::Applied,
                Some(State::Applying | State::Reverting) => MigrationState::Unfinished,
            },
            kind: row.map(kind),
            applied_at: row.map(|row| row.applied_at.clone()),
            journal: row.map(|row| row.journal.clone()).unwrap_or_default(),
        }
    });
    let unknown = rows.iter().filter(|row| migrations.get(&row.id).is_none()).map(|row| MigrationStatus {
        id: row.id.clone(),
        name: row.name(),
        file: None,
        parents: row.parents.clone(),
        state: MigrationState::Unknown,
        kind: Some(row.kind),
        applied_at: Some(row.applied_at.clone()),
        journal: row.journal.clone(),
    });
    let mut states: Vec<MigrationStatus> = known.chain(unknown).collect();
    if !represented.is_empty() {
        // Each where its file has its place.
        states.extend(represented);
        states.sort_by_key(|status| files.place(&status.id).unwrap_or(usize::MAX));
    }
    states
}
