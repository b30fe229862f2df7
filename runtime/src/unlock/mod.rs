//! Giving up the lock of a run that is gone.
//!
//! `holder.rs` finds out who holds it, and what shows that they are gone; `sign.rs` is the list of what can show that. A lock is
//! given up only then: the connection that the server still has for them is ended, a lease gets another token.

mod holder;
mod sign;

use dunlin_core::ledger::{Action, Detail};
use dunlin_core::migration::SetName;
use serde::Serialize;

pub use self::holder::{HeldLock, LockHolder};
pub use self::sign::HolderSign;
use crate::connect::Connect;
use crate::error::Error;
use crate::execute::Stopped;
use crate::history::Snapshot;
use crate::locking::Locked;
use crate::migrator::Migrator;
use crate::run::Undertaking;
use crate::session::{Session, SqlError};

/// Whose lock is to be given up, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnlockReport {
    /// The set.
    pub set: SetName,
    /// Who holds its lock, or held it, and is gone; `None` is that nobody does.
    pub holder: Option<LockHolder>,
    /// Why the event log does not tell of it, where it was to.
    pub unlogged: Option<String>,
}

impl Migrator<'_> {
    /// Gives up the lock of a run that is gone, and says why in the event log.
    ///
    /// Of a lease, the row is freed with another token, so that its holder can write nothing more should it come back. A
    /// connection that the server still has for the holder is ended, and what it did not commit is rolled back. Where the
    /// holder is not known to be gone it fails with [`Error::Held`], and nothing is changed. See [`HolderSign`].
    pub async fn unlock(&self, database: impl Into<Connect<'_>>, reason: &str) -> Result<UnlockReport, Error> {
        let database = database.into();
        let mut undertaking = self.undertaking(database.dialect()?)?;
        if let Some(mut direct) = undertaking.direct().await? {
            let report = undertaking.unlock(&mut *direct, reason).await?;
            direct.close().await;
            return Ok(report);
        }
        let Some(mut session) = self.open(database).await? else { return Ok(self.nobody()) };
        let report = undertaking.unlock(&mut *session, reason).await?;
        session.close().await;
        Ok(report)
    }

    /// Says whose lock [`Migrator::unlock`] would give up, and changes nothing. It never writes.
    pub async fn plan_unlock(&self, database: impl Into<Connect<'_>>) -> Result<UnlockReport, Error> {
        let database = database.into();
        let mut undertaking = self.undertaking(database.dialect()?)?;
        let session = match undertaking.direct().await? {
            Some(direct) => Some(direct),
            None => self.open_to_read(database).await?,
        };
        let Some(mut session) = session else { return Ok(self.nobody()) };
        let holder = undertaking.holder_who_is_gone(&mut *session).await?;
        session.close().await;
        Ok(UnlockReport { holder, ..self.nobody() })
    }

    fn nobody(&self) -> UnlockReport {
        UnlockReport { set: self.set_name(), holder: None, unlogged: None }
    }
}

impl Undertaking<'_> {
    async fn unlock(&mut self, session: &mut dyn Session, reason: &str) -> Result<UnlockReport, Error> {
        let mut report = UnlockReport { set: self.migrations.set().clone(), holder: None, unlogged: None };
        while let Some(holder) = self.holder_who_is_gone(session).await? {
            if self.give_up(session, &holder).await? {
                report.unlogged = self.log_unlocked(session, &holder, reason).await;
                report.holder = Some(holder);
                break;
            }
        }
        Ok(report)
    }

    /// Returns who holds the lock and is gone.
    async fn holder_who_is_gone(&mut self, session: &mut dyn Session) -> Result<Option<LockHolder>, Error> {
        match self.find_holder(session).await? {
            Some(holder) if !holder.sign.is_gone() => Err(Error::Held(Box::new(holder))),
            holder => Ok(holder),
        }
    }

    /// Says whether it was still theirs.
    async fn give_up(&self, session: &mut dyn Session, holder: &LockHolder) -> Result<bool, Error> {
        if let Some(end) = &holder.end {
            session.run(end).await.map_err(cannot_end)?;
        }
        let Some(token) = holder.token else { return Ok(true) };
        let broken = session.rows(&self.history.lease_break(token)).await;
        let broken = broken.map_err(|error| Error::database("giving the lease up", error))?;
        Ok(broken.last().and_then(|row| row.number(0)) == Some(1))
    }

    /// Tells of it in the event log, under the lock that is free now, and returns why it does not.
    async fn log_unlocked(&mut self, session: &mut dyn Session, holder: &LockHolder, reason: &str) -> Option<String> {
        let logged = async {
            if !self.snapshot(session).await?.exists {
                return Ok(Some("there is none yet".to_owned()));
            }
            let locked = self.enter(session, false).await?;
            let logged = self.log_unlocked_locked(session, &locked, holder, reason).await;
            let left = self.leave(session, locked).await;
            logged?;
            left?;
            session.set_changed(false);
            Ok::<_, Error>(None)
        };
        // What was given up stays so.
        logged.await.unwrap_or_else(|error| Some(error.to_string()))
    }

    async fn log_unlocked_locked(
        &self,
        session: &mut dyn Session,
        locked: &Locked,
        holder: &LockHolder,
        reason: &str,
    ) -> Result<(), Error> {
        let (reason, holder) = (Some(reason.to_owned()), Some(holder.name().to_owned()));
        let detail = Detail { reason, holder, ..Detail::default() };
        loop {
            let head = self.head(session).await?;
            let mut run = self.acting(session, locked, head, &Snapshot::default());
            let noted = match run.seal().await {
                Ok(()) => run.note(Action::Unlock, &detail).await,
                stopped => stopped,
            };
            match noted {
                Ok(()) => return Ok(()),
                Err(Stopped::Moved) => {}
                Err(Stopped::Failed(error)) => return Err(error),
            }
        }
    }
}

fn cannot_end(error: SqlError) -> Error {
    let mut error = Error::database("ending the connection of a run that is gone", error);
    if let Error::Database { denied, .. } = &mut error {
        // It is not the right to migrate that is lacking, and the server says whose it is.
        *denied = false;
    }
    error
}
