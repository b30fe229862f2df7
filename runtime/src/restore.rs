//! The SQL that a history stores, for whoever writes it back into files.

use dunlin_core::checksum::Checksum;
use dunlin_core::ledger::{Action, Detail};
use dunlin_core::migration::MigrationId;
use dunlin_core::plan::{Applied, PlanError};

use crate::connect::Connect;
use crate::error::Error;
use crate::execute::{Recording, RowChange, Stopped, What};
use crate::history::{Snapshot, removed};
use crate::locking::Locked;
use crate::migrator::Migrator;
use crate::run::Undertaking;
use crate::session::Session;

/// Files that were written back from what a history stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesRestored {
    /// The migration's id.
    pub id: MigrationId,
    /// The checksum of its up SQL.
    pub checksum: Checksum,
    /// The files, as they are shown to people.
    pub files: Vec<String>,
}

impl Migrator<'_> {
    /// Returns rows of the history with the SQL that they store. `choose` is given all rows, in the order in which they
    /// came, and says which. It never writes, and looks at no file.
    pub async fn stored(
        &self,
        database: impl Into<Connect<'_>>,
        choose: impl FnOnce(&[Applied]) -> Result<Vec<MigrationId>, PlanError> + Send,
    ) -> Result<Vec<Applied>, Error> {
        let database = database.into();
        let undertaking = self.undertaking(database.dialect()?)?;
        let Some(mut session) = self.open_to_read(database).await? else {
            choose(&[])?;
            return Ok(Vec::new());
        };
        let mut rows = undertaking.snapshot(&mut *session).await?.rows;
        let chosen = choose(&rows)?;
        rows.retain(|row| chosen.contains(&row.id));
        undertaking.history.add_stored(&mut *session, &mut rows, &chosen).await?;
        session.close().await;
        Ok(rows)
    }

    /// Returns the rows that were removed from the history, with the SQL that its log keeps of them: of each migration that has
    /// no row now, as the last one was, in the order in which they went. It never writes, and looks at no file.
    pub async fn removed(&self, database: impl Into<Connect<'_>>) -> Result<Vec<Applied>, Error> {
        let database = database.into();
        let undertaking = self.undertaking(database.dialect()?)?;
        let Some(mut session) = self.open_to_read(database).await? else { return Ok(Vec::new()) };
        let events = undertaking.history.events(&mut *session, &undertaking.here()).await?;
        let there = undertaking.snapshot(&mut *session).await?.rows;
        session.close().await;
        let mut gone: Vec<Applied> = Vec::new();
        for row in events.iter().filter_map(removed).filter(|row| there.iter().all(|there| there.id != row.id)) {
            gone.retain(|earlier| earlier.id != row.id);
            gone.push(row);
        }
        Ok(gone)
    }

    /// Says in the event log that files were written back, an event for each migration. No row changes.
    pub async fn log_restored(
        &self,
        database: impl Into<Connect<'_>>,
        restored: &[FilesRestored],
    ) -> Result<(), Error> {
        let database = database.into();
        let mut undertaking = self.undertaking(database.dialect()?)?;
        let Some(mut session) = self.open(database).await? else {
            return Err(PlanError::NoDatabase.into());
        };
        let locked = undertaking.enter(&mut *session, false).await?;
        let logged = undertaking.log_restored(&mut *session, restored, &locked).await;
        let left = undertaking.leave(&mut *session, locked).await;
        logged?;
        left?;
        session.set_changed(false);
        session.close().await;
        Ok(())
    }
}

impl Undertaking<'_> {
    async fn log_restored(
        &self,
        session: &mut dyn Session,
        restored: &[FilesRestored],
        locked: &Locked,
    ) -> Result<(), Error> {
        let changes = restored.iter().map(|FilesRestored { id, checksum, files }| RowChange {
            what: What::Noted { id, checksum: Some(*checksum) },
            detail: Detail { files: files.clone(), ..Detail::default() },
        });
        let changes: Vec<RowChange<'_>> = changes.collect();
        let recording = Recording { action: Action::Restore, changes: &changes };
        loop {
            let head = self.head(session).await?;
            match self.record(session, locked, head, &Snapshot::default(), &recording).await {
                Ok(()) => return Ok(()),
                Err(Stopped::Moved) => {}
                Err(Stopped::Failed(error)) => return Err(error),
            }
        }
    }
}
