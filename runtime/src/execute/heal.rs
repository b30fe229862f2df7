//! Rows that follow edits which the lock file accepts.

use dunlin_core::ledger::{Action, Detail, MigrationRow};
use dunlin_core::migration::Migration;
use dunlin_core::plan::Heal;

use super::{Run, Stopped};
use crate::report::Report;

impl Run<'_> {
    /// Brings rows in line with edits that the lock file accepts.
    ///
    /// Only the SQL of a row changes, so the event tells how it was before as well: a row that somebody else had changed
    /// does not become a good one with it.
    pub(crate) async fn heal(&mut self, heals: &[Heal], report: &mut Report) -> Result<(), Stopped> {
        for Heal { migration, from } in heals {
            let at = self.begin().await?;
            let Some(before) = self.history.migration_row(self.session, migration.id.as_str()).await? else {
                self.rollback().await;
                return Err(Stopped::Moved);
            };
            let detail = Detail {
                row: Some(healed(&before, migration).digest()),
                row_before: Some(before.digest()),
                from: Some(*from),
                ..Detail::default()
            };
            let (event, head) = self.event(Action::Heal, Some(migration), Some(migration.up.checksum), &at, &detail);
            let sql = format!("{};\n{event};\n{}", self.history.heal(migration), self.commit_sql());
            self.send(&sql, "recording an accepted edit").await?;
            self.head = head;
            report.healed.push(migration.name());
        }
        Ok(())
    }
}

/// Returns what [`History::heal`](crate::history::History::heal) makes of a row.
pub(super) fn healed<'r>(row: &MigrationRow<'r>, migration: &'r Migration) -> MigrationRow<'r> {
    let down = migration.down.as_ref();
    MigrationRow {
        up_checksum: Some(migration.up.checksum.to_string().into()),
        up_sql: Some((&*migration.up.text).into()),
        down_checksum: down.map(|down| down.checksum.to_string().into()),
        down_sql: down.map(|down| (&*down.text).into()),
        breaking: Some(if migration.is_breaking() { "1" } else { "0" }.into()),
        ..row.clone()
    }
}
