//! Plans that are made once, reviewed, and then run as they are or not at all.
//!
//! [`Undertaking::frozen`] makes a plan file of a plan. A run that expects one holds both against it under the lock: the
//! state that it reads there, and the plan that it makes from that.

use dunlin_core::ledger::Logged;
use dunlin_core::migration::Direction;
use dunlin_core::plan::{self, Applied, Finding, Goal, Plan, Policy, Resume, State};
use dunlin_core::plan_file::{Basis, Holding, Moved, PlanFile, PlannedHeal, PlannedRepeat, PlannedStep};
use dunlin_core::repeatable::Repeat;
use dunlin_core::standing;
use dunlin_core::statements::Statement;

use crate::connect::Connect;
use crate::error::{Error, StalePlan};
use crate::execute::{Prepared, sealing};
use crate::history::{Head, Snapshot};
use crate::migrator::Migrator;
use crate::report::Report;
use crate::run::{Aim, Undertaking};
use crate::session::Session;

/// The state of a database that a plan is made from.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) snapshot: Snapshot,
    /// The last event.
    pub(crate) head: Head,
    /// The same with the hash that it has or, if a script wrote it, that the next run gives it.
    pub(crate) sealed: Head,
    /// Whether there may be tables whose rows no rollback takes back.
    pub(crate) keeps_rows: bool,
}

impl Migrator<'_> {
    /// Makes sure that a plan would still be run as it stands, and runs nothing. It never writes.
    ///
    /// Fails with [`Error::Stale`] where [`Migrator::run_plan`] would.
    pub async fn check_plan(&self, database: impl Into<Connect<'_>>, file: &PlanFile) -> Result<Plan, Error> {
        let database = database.into();
        let migrator = self.for_plan(file, &database)?;
        let undertaking = migrator.expecting(file)?;
        let none = Report::default();
        let (found, since) = match self.open_to_read(database).await? {
            None => (Found::default(), Vec::new()),
            Some(mut session) => {
                let found = undertaking.find(&mut *session, &file.goal).await?;
                let since = undertaking.since(&mut *session, found.sealed, &found.snapshot).await?;
                session.close().await;
                (found, since)
            }
        };
        undertaking.compare_state(found.sealed, &found.snapshot, &since, &none)?;
        let plan = undertaking.decide(&found.snapshot, &Aim::Goal(file.goal.clone()))?;
        undertaking.compare_plan(&found.snapshot, &plan, found.keeps_rows, &none)?;
        Ok(plan)
    }

    /// Brings a database to the goal of a plan, by exactly the steps that it holds.
    ///
    /// Under the lock, the state of the database must be the one that the plan was made from, and the plan that is made then
    /// must have the same steps with the same SQL. What the plan allowed is allowed, and its variables have the values that
    /// they have in it, unless they are given.
    ///
    /// Fails with [`Error::Stale`] and nothing done if anything moved.
    pub async fn run_plan(&self, database: impl Into<Connect<'_>>, file: &PlanFile) -> Result<Report, Error> {
        let database = database.into();
        let migrator = self.for_plan(file, &database)?.begins(file.engine);
        let result = Box::pin(migrator.run_plan_told(database, file)).await;
        migrator.ends(result)
    }

    async fn run_plan_told(&self, database: Connect<'_>, file: &PlanFile) -> Result<Report, Error> {
        let mut undertaking = self.expecting(file)?;
        let Some(mut session) = self.open(database).await? else { return Ok(Report::default()) };
        let report = undertaking.run(&mut *session, &Aim::Goal(file.goal.clone())).await?;
        session.close().await;
        Ok(report)
    }

    /// Takes what a plan was made with, where this has not been told otherwise.
    fn for_plan(&self, file: &PlanFile, database: &Connect<'_>) -> Result<Self, Error> {
        let elsewhere = file.elsewhere(&self.migrations.set_name(), database.dialect()?);
        if !elsewhere.is_empty() {
            return Err(StalePlan { is_done: false, moved: elsewhere, report: Report::default() }.into());
        }
        let mut migrator = self.clone();
        migrator.options.policy = file.policy;
        for (name, value) in file.values() {
            migrator.options.values.entry(name).or_insert(value);
        }
        Ok(migrator)
    }

    /// Undertakes a plan that is for this engine.
    fn expecting<'e>(&'e self, file: &'e PlanFile) -> Result<Undertaking<'e>, Error> {
        Ok(Undertaking { expected: Some(file), ..self.undertaking(file.engine)? })
    }
}

impl Undertaking<'_> {
    /// Makes a plan file of what was decided. The head is sealed.
    ///
    /// Steps that go on where an earlier run ended have no place in one: how they go on, only the run itself finds out.
    pub(crate) fn frozen(
        &self,
        goal: &Goal,
        head: Head,
        snapshot: &Snapshot,
        plan: &Plan,
        keeps_rows: bool,
    ) -> Result<PlanFile, Error> {
        refuse_unfinished(&snapshot.rows)?;
        let after = plan::rows_after(&snapshot.rows, &plan.steps);
        let heals = plan.heals.iter().map(|heal| PlannedHeal {
            id: heal.migration.id.clone(),
            slug: heal.migration.slug.clone(),
            from: heal.from,
            up: heal.migration.up.checksum,
            down: heal.migration.down.as_ref().map(|down| down.checksum),
        });
        Ok(PlanFile {
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            set: self.migrations.set().clone(),
            engine: self.engine.dialect(),
            goal: goal.clone(),
            policy: Policy { unfinished: Resume::default(), ..self.options.policy },
            basis: self.basis(head, snapshot),
            to: self.heads(&after),
            warnings: plan.findings.iter().map(Finding::to_string).collect(),
            heals: heals.collect(),
            forgets: plan.forgets.clone(),
            steps: self.planned_steps(snapshot, plan, keeps_rows)?,
            repeats: plan.repeats.iter().map(|repeat| self.planned_repeat(repeat)).collect::<Result<_, _>>()?,
        })
    }

    fn basis(&self, head: Head, snapshot: &Snapshot) -> Basis {
        Basis {
            heads: self.heads(&snapshot.rows),
            event: head.n,
            hash: head.hash,
            rows: snapshot.rows.len(),
            digest: standing::digest_of_rows(&snapshot.rows),
        }
    }

    fn heads(&self, rows: &[Applied]) -> Vec<String> {
        plan::applied_heads(self.migrations.revisions(), rows).into_iter().map(Applied::name).collect()
    }

    fn planned_steps(&self, snapshot: &Snapshot, plan: &Plan, mut keeps_rows: bool) -> Result<Vec<PlannedStep>, Error> {
        let together = snapshot.takes_together(self.engine.dialect());
        let mut may_share = false;
        let mut steps = Vec::with_capacity(plan.steps.len());
        for step in &plan.steps {
            let prepared = Prepared::new(step, self.engine)?;
            keeps_rows |= prepared.makes_tables_without_transactions();
            let shares = together && prepared.may_share();
            let holding = match (prepared.atomic && !keeps_rows, shares && may_share) {
                (true, true) => Holding::Shared,
                (true, false) => Holding::Own,
                (false, _) => Holding::None,
            };
            may_share = shares;
            let migration = prepared.migration();
            steps.push(PlannedStep {
                direction: step.direction,
                id: migration.id.clone(),
                slug: migration.slug.clone(),
                file: prepared.script.file.clone(),
                parents: migration.parents.clone(),
                up: migration.up.checksum,
                down: migration.down.as_ref().map(|down| down.checksum),
                holding,
                values: step.values.clone(),
                sql: prepared.script.text.to_string(),
            });
        }
        Ok(steps)
    }

    fn planned_repeat(&self, repeat: &Repeat) -> Result<PlannedRepeat, Error> {
        let dialect = self.engine.dialect();
        let statements = dunlin_core::directory::statements(&repeat.script, Direction::Up, dialect)?;
        Ok(PlannedRepeat {
            name: repeat.repeatable.name.to_string(),
            file: repeat.script.file.clone(),
            checksum: repeat.script.checksum,
            holding: if Statement::all_roll_back(&statements, dialect) { Holding::Own } else { Holding::None },
            values: repeat.values.clone(),
            sql: repeat.script.text.to_string(),
        })
    }

    /// Reads all that a plan is made from.
    pub(crate) async fn find(&self, session: &mut dyn Session, goal: &Goal) -> Result<Found, Error> {
        let (head, snapshot) = self.look_for(session, &Aim::Goal(goal.clone())).await?;
        let (sealed, keeps_rows) = (self.sealed(session, head).await?, self.keeps_rows(session).await?);
        Ok(Found { snapshot, head, sealed, keeps_rows })
    }

    async fn keeps_rows(&self, session: &mut dyn Session) -> Result<bool, Error> {
        let Some(condition) = self.engine.keeps_rows_here() else { return Ok(false) };
        let rows = session.rows(&format!("select {condition}")).await;
        let rows = rows.map_err(|error| Error::database("asking the server", error))?;
        Ok(rows.first().and_then(|row| row.number(0)) == Some(1))
    }

    /// Returns the last event with the hash that it has or, if a script wrote it, that the next run gives it.
    async fn sealed(&self, session: &mut dyn Session, head: Head) -> Result<Head, Error> {
        if head.n == 0 || head.hash.is_some() {
            return Ok(head);
        }
        let (_, seals) = sealing(&self.history, session).await?;
        Ok(seals.last().map_or(head, |&(n, hash)| Head { n, hash: Some(hash) }))
    }

    /// Reads what happened since the expected plan was made, from its own last event on.
    async fn since(&self, session: &mut dyn Session, sealed: Head, snapshot: &Snapshot) -> Result<Vec<Logged>, Error> {
        match self.expected {
            Some(PlanFile { basis, .. }) if snapshot.exists && (sealed.n, sealed.hash) != (basis.event, basis.hash) => {
                self.history.events_from(session, basis.event).await
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Makes sure, before the lock is waited for, that the state is the one that the expected plan was made from.
    pub(crate) async fn expect_state_at_first(
        &self,
        session: &mut dyn Session,
        snapshot: &Snapshot,
    ) -> Result<(), Error> {
        if self.expected.is_none() {
            return Ok(());
        }
        let head = self.head(session).await?;
        self.expect_state(session, head, snapshot, &Report::default()).await
    }

    /// Makes sure that the state is the one that the expected plan was made from, if one is expected.
    pub(crate) async fn expect_state(
        &self,
        session: &mut dyn Session,
        head: Head,
        snapshot: &Snapshot,
        report: &Report,
    ) -> Result<(), Error> {
        if self.expected.is_none() {
            return Ok(());
        }
        let sealed = self.sealed(session, head).await?;
        let since = self.since(session, sealed, snapshot).await?;
        self.compare_state(sealed, snapshot, &since, report)
    }

    /// Makes sure that what was decided is what the expected plan holds, if one is expected. The state is that of the plan.
    pub(crate) async fn expect_plan(
        &self,
        session: &mut dyn Session,
        snapshot: &Snapshot,
        plan: &Plan,
        report: &Report,
    ) -> Result<(), Error> {
        if self.expected.is_none() {
            return Ok(());
        }
        let keeps_rows = self.keeps_rows(session).await?;
        self.compare_plan(snapshot, plan, keeps_rows, report)
    }

    fn compare_state(&self, sealed: Head, snapshot: &Snapshot, since: &[Logged], report: &Report) -> Result<(), Error> {
        let Some(expected) = self.expected else { return Ok(()) };
        let names = unfinished(&snapshot.rows);
        let moved = if names.is_empty() {
            expected.basis.moved(&self.basis(sealed, snapshot), since)
        } else {
            Some(Moved::Unfinished { names })
        };
        refuse(expected, moved.into_iter().collect(), snapshot, report)
    }

    fn compare_plan(&self, snapshot: &Snapshot, plan: &Plan, keeps_rows: bool, report: &Report) -> Result<(), Error> {
        let Some(expected) = self.expected else { return Ok(()) };
        let head = Head { n: expected.basis.event, hash: expected.basis.hash };
        let now = self.frozen(&expected.goal, head, snapshot, plan, keeps_rows)?;
        refuse(expected, expected.moved(&now), snapshot, report)
    }
}

/// Refuses a plan of which something moved.
fn refuse(expected: &PlanFile, moved: Vec<Moved>, snapshot: &Snapshot, report: &Report) -> Result<(), Error> {
    if moved.is_empty() {
        return Ok(());
    }
    let records = snapshot.records.clone().unwrap_or_default();
    let is_done = expected.is_done(&snapshot.rows, &records);
    Err(StalePlan { is_done, moved, report: report.clone() }.into())
}

/// Refuses to foresee what only the run itself finds out.
pub(crate) fn refuse_unfinished(rows: &[Applied]) -> Result<(), Error> {
    let names = unfinished(rows);
    if names.is_empty() { Ok(()) } else { Err(Error::Unfinished { names }) }
}

fn unfinished(rows: &[Applied]) -> Vec<String> {
    rows.iter().filter(|row| row.state != State::Applied).map(Applied::name).collect()
}
