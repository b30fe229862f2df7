//! Repairing rows of the history.

use dunlin_core::ledger::{Action, Change};
use dunlin_core::migration::{MigrationId, SetName};
use dunlin_core::plan::{self, Cause, ColumnChange, Left, Mend, Repair, RepairKind, RepairPlan};
use serde::Serialize;

use crate::amendment::Amendment;
use crate::connect::Connect;
use crate::error::Error;
use crate::execute::{Before, RowChange, What};
use crate::history::Snapshot;
use crate::migrator::Migrator;
use crate::run::Undertaking;

/// What a repair changes, or has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RepairReport {
    /// The set.
    pub set: SetName,
    /// The rows, in the order in which they are changed.
    pub rows: Vec<RowRepaired>,
    /// What is wrong and is not repaired.
    pub left: Vec<Left>,
    /// Whether the rows change what the history says was done, so that a reason is wanted.
    pub needs_reason: bool,
}

/// A row that is repaired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RowRepaired {
    /// The migration's id.
    pub id: MigrationId,
    /// `<id>_<slug>`.
    pub name: String,
    /// Which kind of repair it is.
    pub repair: RepairKind,
    /// Why.
    pub cause: Cause,
    /// What changes. Of a row that goes, all columns become nothing.
    pub changes: Vec<ColumnChange>,
}

impl RepairReport {
    fn new(set: SetName, plan: &RepairPlan) -> RepairReport {
        let row = |mend: &Mend| RowRepaired {
            id: mend.id().clone(),
            name: mend.row.name(),
            repair: mend.cause.kind(),
            cause: mend.cause,
            changes: mend.changes(),
        };
        let (rows, left) = (plan.mends.iter().map(row).collect(), plan.left.clone());
        RepairReport { set, rows, left, needs_reason: plan.needs_reason() }
    }
}

impl Migrator<'_> {
    /// Brings rows of the history in line with their files or with themselves, or removes them, without running anything.
    ///
    /// All changes are one transaction, under the lock, with an event each, which keeps what the row held. What changes
    /// what the history says was done needs a reason. See [`plan::repair`] for what is decided.
    pub async fn repair(
        &self,
        database: impl Into<Connect<'_>>,
        repair: &Repair,
        reason: Option<&str>,
    ) -> Result<RepairReport, Error> {
        let database = database.into();
        let mut undertaking = self.undertaking(database.dialect()?)?;
        let Some(mut session) = self.open(database).await? else {
            return Ok(RepairReport::default());
        };
        let plan = undertaking.amend(&mut *session, &Repairing { repair, reason }).await?;
        session.close().await;
        Ok(RepairReport::new(self.set_name(), &plan))
    }

    /// Decides what [`Migrator::repair`] would change, and changes nothing. It never writes.
    pub async fn plan_repair(&self, database: impl Into<Connect<'_>>, repair: &Repair) -> Result<RepairReport, Error> {
        let database = database.into();
        let undertaking = self.undertaking(database.dialect()?)?;
        let Some(mut session) = self.open_to_read(database).await? else {
            return Ok(RepairReport { set: self.set_name(), ..RepairReport::default() });
        };
        // Nothing is done, so that nobody needs to say why.
        let (plan, _) = undertaking.plan_amendment(&mut *session, &Repairing { repair, reason: Some("") }).await?;
        session.close().await;
        Ok(RepairReport::new(self.set_name(), &plan))
    }
}

/// What is to be repaired, and why.
struct Repairing<'r> {
    repair: &'r Repair,
    reason: Option<&'r str>,
}

impl Amendment for Repairing<'_> {
    type Plan = RepairPlan;

    const ACTION: Action = Action::Repair;

    fn decide(&self, undertaking: &Undertaking<'_>, snapshot: &Snapshot) -> Result<RepairPlan, Error> {
        let plan = plan::repair(undertaking.migrations, &snapshot.rows, self.repair)?;
        if plan.needs_reason() && self.reason.is_none() { Err(Error::NoReason) } else { Ok(plan) }
    }

    fn reads_all_sql(&self) -> bool {
        self.repair.kinds.is_empty() || self.repair.kinds.contains(&RepairKind::Checksums)
    }

    fn settles(&self, _: &RepairPlan) -> bool {
        false
    }

    fn kept(&self, plan: &RepairPlan) -> Vec<MigrationId> {
        plan.mends.iter().map(|mend| mend.id().clone()).collect()
    }

    fn changes<'p>(&self, _: &Undertaking<'_>, plan: &'p RepairPlan, snapshot: &'p Snapshot) -> Vec<RowChange<'p>> {
        let change = |mend: &'p Mend| {
            let row = snapshot.rows.iter().find(|row| row.id == *mend.id())?;
            let mut change = match &mend.becomes {
                Some(migration) => {
                    let before = if mend.cause == Cause::Altered { Before::Altered } else { Before::AsLeft };
                    RowChange::of(What::Rewritten { row, migration, before }, Change::Rewritten, Some(row))
                }
                None => RowChange::removed(row),
            };
            change.detail.repair = Some(mend.cause.kind());
            Some(change.because(self.reason))
        };
        plan.mends.iter().filter_map(change).collect()
    }
}
