//! Recording without running: stamping targets, and skipping one migration.

use dunlin_core::ledger::{Action, Change, Detail};
use dunlin_core::migration::{MigrationId, SharedMigration};
use dunlin_core::plan::{self, Kind, Removal, Stamp, StampPlan, State};

use crate::amendment::Amendment;
use crate::error::Error;
use crate::execute::{RowChange, What};
use crate::history::Snapshot;
use crate::run::Undertaking;

impl Amendment for Stamp {
    type Plan = StampPlan;

    const ACTION: Action = Action::Stamp;

    fn decide(&self, undertaking: &Undertaking<'_>, snapshot: &Snapshot) -> Result<StampPlan, Error> {
        Ok(plan::stamp(undertaking.migrations, &snapshot.rows, self)?)
    }

    fn settles(&self, plan: &StampPlan) -> bool {
        let is_unfinished = |removal: &Removal| removal.row.state != State::Applied;
        !plan.settled.is_empty() || plan.removed.iter().any(is_unfinished)
    }

    fn kept(&self, plan: &StampPlan) -> Vec<MigrationId> {
        plan.removed.iter().map(|removal| removal.row.id.clone()).collect()
    }

    fn changes<'p>(
        &self,
        undertaking: &Undertaking<'_>,
        plan: &'p StampPlan,
        snapshot: &'p Snapshot,
    ) -> Vec<RowChange<'p>> {
        let row = |id: &MigrationId| snapshot.rows.iter().find(|row| row.id == *id);
        let removed = plan.removed.iter().filter_map(|removal| row(&removal.row.id)).map(RowChange::removed);
        let settled = plan.settled.iter().map(|migration| {
            let row = row(&migration.id);
            let state = row.map(|row| row.state);
            (migration, row, Detail { change: Some(Change::Settled), state, ..Detail::default() })
        });
        let added = plan
            .added
            .iter()
            .map(|migration| (migration, None, Detail { change: Some(Change::Added), ..Detail::default() }));
        let mut written: Vec<_> = settled.chain(added).collect();
        written.sort_by_key(|(migration, ..)| undertaking.migrations.place(&migration.id));
        let written = written.into_iter().map(|(migration, in_place_of, detail)| RowChange {
            what: What::Written { migration, in_place_of, kind: self.kind },
            detail,
        });
        removed.chain(written).collect()
    }
}

/// A migration that is to be recorded without being run, and why.
pub(crate) struct Skip<'s> {
    pub(crate) name: &'s str,
    pub(crate) reason: &'s str,
}

impl Amendment for Skip<'_> {
    type Plan = SharedMigration;

    const ACTION: Action = Action::Skip;

    fn decide(&self, undertaking: &Undertaking<'_>, snapshot: &Snapshot) -> Result<SharedMigration, Error> {
        Ok(plan::skip(undertaking.migrations, &snapshot.rows, &snapshot.elsewhere, self.name)?)
    }

    fn settles(&self, _: &SharedMigration) -> bool {
        false
    }

    fn kept(&self, _: &SharedMigration) -> Vec<MigrationId> {
        Vec::new()
    }

    fn changes<'p>(&self, _: &Undertaking<'_>, migration: &'p SharedMigration, _: &'p Snapshot) -> Vec<RowChange<'p>> {
        let detail = Detail { reason: Some(self.reason.to_owned()), ..Detail::default() };
        vec![RowChange { what: What::Written { migration, in_place_of: None, kind: Kind::Stamped }, detail }]
    }
}
