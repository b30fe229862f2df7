//! Marking one migration as applied or as reverted.

use dunlin_core::ledger::{Action, Change};
use dunlin_core::migration::{MigrationId, SetName};
use dunlin_core::plan::{self, JournalEntry, Kind, Mark, MarkChange, MarkPlan, PlanError, State};
use serde::Serialize;

use crate::amendment::Amendment;
use crate::connect::Connect;
use crate::error::Error;
use crate::execute::{RowChange, What};
use crate::history::Snapshot;
use crate::migrator::Migrator;
use crate::run::Undertaking;

/// What marking a migration changes, or has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MarkReport {
    /// The set.
    pub set: SetName,
    /// The migration's id.
    pub id: MigrationId,
    /// `<id>_<slug>`.
    pub name: String,
    /// What it counts as from now on.
    pub mark: Mark,
    /// Why.
    pub reason: String,
    /// How far it had come; `None` is that there was no row of it.
    pub state: Option<State>,
    /// What the journal said, where a step of it began and did not end.
    pub journal: Vec<JournalEntry>,
}

impl Migrator<'_> {
    /// Makes one migration count as applied or as reverted, without running anything, and says why in the event log.
    ///
    /// It settles a step that began and did not end, or says what somebody put in place or took back by hand. See
    /// [`plan::mark`] for what is refused. The row and its event commit together, and the event keeps what the row and
    /// the journal held before.
    pub async fn mark(
        &self,
        database: impl Into<Connect<'_>>,
        name: &str,
        mark: Mark,
        reason: &str,
    ) -> Result<MarkReport, Error> {
        let database = database.into();
        let mut undertaking = self.undertaking(database.dialect()?)?;
        let Some(mut session) = self.open(database).await? else {
            return Err(PlanError::NoDatabase.into());
        };
        let marking = Marking { name, mark, reason };
        let plan = undertaking.amend(&mut *session, &marking).await?;
        session.close().await;
        Ok(marking.report(self.set_name(), plan))
    }

    /// Decides what [`Migrator::mark`] would change, and changes nothing. It never writes.
    pub async fn plan_mark(
        &self,
        database: impl Into<Connect<'_>>,
        name: &str,
        mark: Mark,
        reason: &str,
    ) -> Result<MarkReport, Error> {
        let marking = Marking { name, mark, reason };
        let (undertaking, snapshot) = self.read(database.into()).await?;
        let plan = marking.decide(&undertaking, &snapshot)?;
        Ok(marking.report(self.set_name(), plan))
    }
}

/// A migration, what it is to count as, and why.
struct Marking<'m> {
    name: &'m str,
    mark: Mark,
    reason: &'m str,
}

impl Marking<'_> {
    fn report(&self, set: SetName, plan: MarkPlan) -> MarkReport {
        let (state, journal) = plan.row.map(|row| (row.state, row.journal)).unzip();
        let (mark, reason, journal) = (self.mark, self.reason.to_owned(), journal.unwrap_or_default());
        MarkReport { set, id: plan.id, name: plan.name, mark, reason, state, journal }
    }
}

impl Amendment for Marking<'_> {
    type Plan = MarkPlan;

    const ACTION: Action = Action::Mark;

    fn decide(&self, undertaking: &Undertaking<'_>, snapshot: &Snapshot) -> Result<MarkPlan, Error> {
        Ok(plan::mark(undertaking.migrations, &snapshot.rows, &snapshot.elsewhere, self.name, self.mark)?)
    }

    fn settles(&self, plan: &MarkPlan) -> bool {
        plan.row.as_ref().is_some_and(|row| row.state != State::Applied)
    }

    fn kept(&self, plan: &MarkPlan) -> Vec<MigrationId> {
        plan.row.iter().map(|row| row.id.clone()).collect()
    }

    fn changes<'p>(&self, _: &Undertaking<'_>, plan: &'p MarkPlan, snapshot: &'p Snapshot) -> Vec<RowChange<'p>> {
        let row = snapshot.rows.iter().find(|row| row.id == plan.id);
        let (what, change) = match (&plan.change, row) {
            (MarkChange::Written(migration), Some(_)) => {
                (What::Written { migration, in_place_of: row, kind: Kind::Stamped }, Change::Settled)
            }
            (MarkChange::Written(migration), None) => {
                (What::Written { migration, in_place_of: None, kind: Kind::Stamped }, Change::Added)
            }
            (MarkChange::TakenBack(migration), Some(row)) => (What::TakenBack(row, migration), Change::Settled),
            (MarkChange::Removed, Some(row)) => (What::Removed(row), Change::Removed),
            (MarkChange::TakenBack(_) | MarkChange::Removed, None) => return Vec::new(),
        };
        let mut change = RowChange::of(what, change, row).because(Some(self.reason));
        change.detail.mark = Some(self.mark);
        vec![change]
    }
}
