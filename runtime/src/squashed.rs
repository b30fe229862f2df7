//! Rows that say that a database has what a migration stands for, though it was never run there.
//!
//! Nothing is decided by them: which way a database took, the rows of what was run tell. They are for people, and for whoever
//! reads the history by other means. So they are written behind the steps of a run, and taken away before steps that make them
//! untrue; a run that is cut short between the two leaves a history that is as good as before.

use dunlin_core::ledger::{Action, Change, Detail};
use dunlin_core::migration::{Direction, MigrationId};
use dunlin_core::plan::{self, Applied, Kind, Plan};

use crate::error::Error;
use crate::execute::{Recording, RowChange, Run, Stopped, What};
use crate::history::Snapshot;
use crate::locking::Locked;
use crate::report::Report;
use crate::run::{Aim, Undertaking};
use crate::session::Session;

impl Undertaking<'_> {
    /// Says whether a run that has nothing else to do has such rows to write.
    pub(crate) fn has_marks_to_set(&self, aim: &Aim, snapshot: &Snapshot) -> bool {
        snapshot.exists && sets_marks(aim) && !plan::to_mark(self.migrations, &snapshot.rows).is_empty()
    }

    /// Writes such rows, if the database has come to where they are true.
    pub(crate) async fn set_marks(
        &self,
        session: &mut dyn Session,
        aim: &Aim,
        locked: &Locked,
        report: &mut Report,
    ) -> Result<(), Error> {
        if !sets_marks(aim) || self.migrations.squashes().next().is_none() {
            return Ok(());
        }
        loop {
            let (head, snapshot) = self.look_for(session, aim).await?;
            let marks = plan::to_mark(self.migrations, &snapshot.rows);
            if marks.is_empty() {
                return Ok(());
            }
            let detail = || Detail { change: Some(Change::Added), ..Detail::default() };
            let change = |migration| RowChange {
                what: What::Written { migration, in_place_of: None, kind: Kind::Squashed },
                detail: detail(),
            };
            let changes: Vec<RowChange<'_>> = marks.iter().map(change).collect();
            let recording = Recording { action: Action::Squash, changes: &changes };
            match self.record(session, locked, head, &snapshot, &recording).await {
                Ok(()) => {
                    report.squashed.extend(marks.iter().map(|migration| migration.name()));
                    return Ok(());
                }
                Err(Stopped::Moved) => {}
                Err(Stopped::Failed(error)) => return Err(error.with_report(report)),
            }
        }
    }

    /// Returns the rows that say what is not so any more when a plan was carried out, with their SQL.
    pub(crate) async fn untrue_marks(
        &self,
        session: &mut dyn Session,
        snapshot: &Snapshot,
        plan: &Plan,
    ) -> Result<Vec<Applied>, Error> {
        let after = plan::rows_after(&snapshot.rows, &plan.steps);
        let untrue = plan::to_unmark(self.migrations, &snapshot.rows, &after);
        let mut untrue: Vec<Applied> = untrue.into_iter().cloned().collect();
        if !untrue.is_empty() {
            let ids: Vec<MigrationId> = untrue.iter().map(|row| row.id.clone()).collect();
            self.history.add_stored(session, &mut untrue, &ids).await?;
        }
        Ok(untrue)
    }
}

impl Run<'_> {
    /// Takes rows away that are not true any more when the next steps were taken.
    pub(crate) async fn take_marks(&mut self, untrue: &[Applied]) -> Result<(), Stopped> {
        if untrue.is_empty() {
            return Ok(());
        }
        let changes: Vec<RowChange<'_>> = untrue.iter().map(RowChange::removed).collect();
        self.record_only(&Recording { action: Action::Squash, changes: &changes }).await
    }
}

/// Only who brings a database further says what it has then.
fn sets_marks(aim: &Aim) -> bool {
    matches!(aim, Aim::Goal(goal) if goal.direction != Some(Direction::Down))
}
