//! Rows that follow accepted edits, in a script.

use dunlin_core::ledger::{Action, Detail};
use dunlin_core::plan::Heal;

use super::writer::Writer;
use crate::history::Unsealed;

impl Writer<'_> {
    /// Brings rows in line with edits that the lock file accepts, each in a transaction.
    pub(super) fn heal(&mut self, heals: &[Heal]) {
        for heal in heals {
            let migration = &heal.migration;
            self.section(&format!("heal: the history of {} follows the accepted edit", migration.name()));
            let begin = self.client.begin();
            self.push(&begin);
            let sql = self.history.heal(migration);
            self.line(&sql);
            let n = self.next_event();
            let (id, checksum) = (Some(&migration.id), Some(migration.up.checksum));
            let detail = Self::detail(Detail { from: Some(heal.from), ..Detail::default() });
            let event = Unsealed { id, checksum, detail, ..self.event(Action::Heal, &n) };
            let sql = self.history.append_unsealed(event);
            self.line(&sql);
            self.line("commit");
            self.push(&self.client.tell(&format!("  healed    {}", migration.name())));
        }
    }
}
