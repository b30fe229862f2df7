//! Stamping by a script.

use dunlin_core::ledger::{Action, Change, Detail};
use dunlin_core::plan::{Kind, StampPlan, State};

use super::writer::Writer;
use crate::history::Unsealed;

impl Writer<'_> {
    /// Writes what a stamp changes, as one transaction.
    pub(super) fn stamp(&mut self, plan: &StampPlan) {
        self.section("stamp: only the history is changed");
        let begin = self.client.begin();
        self.push(&begin);
        for removal in &plan.removed {
            let n = self.next_event();
            let event = Unsealed { id: Some(&removal.row.id), ..self.event(Action::Stamp, &n) };
            let sql = self.history.append_removal(&event);
            self.line(&sql);
            let sql = self.history.delete(&removal.row.id);
            self.line(&sql);
        }
        for migration in &plan.added {
            let sql = self.insert(migration, Kind::Stamped, State::Applied);
            self.line(&sql);
        }
        for migration in &plan.added {
            let n = self.next_event();
            let (id, checksum) = (Some(&migration.id), Some(migration.up.checksum));
            let detail = Self::detail(Detail { change: Some(Change::Added), ..Detail::default() });
            let event = Unsealed { id, checksum, detail, ..self.event(Action::Stamp, &n) };
            let sql = self.history.append_unsealed(event);
            self.line(&sql);
        }
        self.line("commit");
    }
}
