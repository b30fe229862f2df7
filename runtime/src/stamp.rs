//! Recording without running: stamping targets, and skipping one migration.

use dunlin_core::ledger::{Action, Change, Detail};
use dunlin_core::migration::SharedMigration;
use dunlin_core::plan::{self, Applied, Removal, Stamp, StampPlan, State};

use crate::error::Error;
use crate::execute::{Recording, Stopped, Written};
use crate::locking::Locked;
use crate::run::Undertaking;
use crate::session::Session;

impl Undertaking<'_> {
    /// Brings the rows of the history to where a stamp says they should be, in one transaction under the lock.
    pub(crate) async fn stamp(&mut self, session: &mut dyn Session, stamp: &Stamp) -> Result<StampPlan, Error> {
        let snapshot = self.look(session).await?;
        let plan = plan::stamp(self.migrations, &snapshot.rows, stamp)?;
        if plan.is_empty() {
            return Ok(plan);
        }
        // A step that seems unfinished may be under way, and then this waits for its end.
        let is_unfinished = |removal: &Removal| removal.row.state != State::Applied;
        let outside = !plan.settled.is_empty() || plan.removed.iter().any(is_unfinished);
        if let Some(mut direct) = self.direct().await? {
            let plan = Box::pin(self.stamp_on(&mut *direct, stamp, outside)).await?;
            direct.close().await;
            return Ok(plan);
        }
        self.stamp_on(session, stamp, outside).await
    }

    async fn stamp_on(&mut self, session: &mut dyn Session, stamp: &Stamp, outside: bool) -> Result<StampPlan, Error> {
        let locked = self.enter(session, outside).await?;
        let stamped = self.stamp_locked(session, stamp, &locked).await;
        let left = self.leave(session, locked).await;
        let plan = stamped?;
        left?;
        session.set_changed(false);
        Ok(plan)
    }

    async fn stamp_locked(
        &self,
        session: &mut dyn Session,
        stamp: &Stamp,
        locked: &Locked,
    ) -> Result<StampPlan, Error> {
        loop {
            let head = self.head(session).await?;
            let snapshot = self.look(session).await?;
            let plan = plan::stamp(self.migrations, &snapshot.rows, stamp)?;
            if plan.is_empty() {
                return Ok(plan);
            }
            if !snapshot.exists {
                self.create(session, locked).await?;
            }
            let mut removed: Vec<Applied> = plan.removed.iter().map(|removal| removal.row.clone()).collect();
            let ids: Vec<_> = removed.iter().map(|row| row.id.clone()).collect();
            self.history.add_stored(session, &mut removed, &ids).await?;
            let written = self.written(&plan, &snapshot.rows);
            let recording = Recording { action: Action::Stamp, removed: &removed, written: &written };
            let mut run = self.acting(&mut *session, locked, head, &snapshot);
            let mut done = run.seal().await;
            if done.is_ok() {
                done = run.record_only(&recording).await;
            }
            match done {
                Ok(()) => return Ok(plan),
                Err(Stopped::Moved) => {}
                Err(Stopped::Failed(error)) => return Err(error),
            }
        }
    }

    /// Records one pending migration without running it.
    pub(crate) async fn skip(
        &mut self,
        session: &mut dyn Session,
        name: &str,
        reason: &str,
    ) -> Result<SharedMigration, Error> {
        let snapshot = self.look(session).await?;
        plan::skip(self.migrations, &snapshot.rows, &snapshot.elsewhere, name)?;
        if let Some(mut direct) = self.direct().await? {
            let migration = Box::pin(self.skip_on(&mut *direct, name, reason)).await?;
            direct.close().await;
            return Ok(migration);
        }
        self.skip_on(session, name, reason).await
    }

    async fn skip_on(&mut self, session: &mut dyn Session, name: &str, reason: &str) -> Result<SharedMigration, Error> {
        let locked = self.enter(session, false).await?;
        let skipped = self.skip_locked(session, name, reason, &locked).await;
        let left = self.leave(session, locked).await;
        let migration = skipped?;
        left?;
        session.set_changed(false);
        Ok(migration)
    }

    async fn skip_locked(
        &self,
        session: &mut dyn Session,
        name: &str,
        reason: &str,
        locked: &Locked,
    ) -> Result<SharedMigration, Error> {
        loop {
            let head = self.head(session).await?;
            let snapshot = self.look(session).await?;
            let migration = plan::skip(self.migrations, &snapshot.rows, &snapshot.elsewhere, name)?;
            if !snapshot.exists {
                self.create(session, locked).await?;
            }
            let detail = Detail { reason: Some(reason.to_owned()), ..Detail::default() };
            let written = [Written { migration: &migration, detail, settles: None }];
            let recording = Recording { action: Action::Skip, removed: &[], written: &written };
            let mut run = self.acting(&mut *session, locked, head, &snapshot);
            let mut done = run.seal().await;
            if done.is_ok() {
                done = run.record_only(&recording).await;
            }
            match done {
                Ok(()) => return Ok(migration),
                Err(Stopped::Moved) => {}
                Err(Stopped::Failed(error)) => return Err(error),
            }
        }
    }

    /// Returns the rows to write, in graph order: those that are new, and those of unfinished steps that count as whole now.
    fn written<'p>(&self, plan: &'p StampPlan, rows: &'p [Applied]) -> Vec<Written<'p>> {
        let added = plan.added.iter().map(|migration| Written {
            migration,
            detail: Detail { change: Some(Change::Added), ..Detail::default() },
            settles: None,
        });
        let settled = plan.settled.iter().map(|migration| {
            let row = rows.iter().find(|row| row.id == migration.id);
            let state = row.map(|row| row.state);
            let detail = Detail { change: Some(Change::Settled), state, ..Detail::default() };
            Written { migration, detail, settles: row }
        });
        let mut written: Vec<Written<'p>> = settled.chain(added).collect();
        written.sort_by_key(|row| self.migrations.place(&row.migration.id));
        written
    }
}
