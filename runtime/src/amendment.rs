//! Changing the history alone: what stamps, skips, marks and repairs share.

use dunlin_core::ledger::Action;
use dunlin_core::migration::MigrationId;

use crate::error::Error;
use crate::execute::{Recording, RowChange, Stopped};
use crate::history::{Head, Snapshot};
use crate::locking::Locked;
use crate::run::Undertaking;
use crate::session::Session;

/// Something that changes rows of the history without running anything.
///
/// It is decided from what the history says, and decided again under the lock, and whenever the history changed meanwhile.
pub(crate) trait Amendment: Sync {
    /// What was decided.
    type Plan: Send + Sync;

    /// What the events are to say.
    const ACTION: Action;

    /// Decides what is to be changed.
    fn decide(&self, undertaking: &Undertaking<'_>, snapshot: &Snapshot) -> Result<Self::Plan, Error>;

    /// Says whether the SQL of rows counts that nothing else is asked of.
    fn reads_all_sql(&self) -> bool {
        false
    }

    /// Says whether a step is settled that may be under way: then this waits for its end.
    fn settles(&self, plan: &Self::Plan) -> bool;

    /// Names the rows whose SQL the events are to keep.
    fn kept(&self, plan: &Self::Plan) -> Vec<MigrationId>;

    /// Lists the changes, in the order of their events; none is that the history is so already.
    fn changes<'p>(
        &self,
        undertaking: &Undertaking<'_>,
        plan: &'p Self::Plan,
        snapshot: &'p Snapshot,
    ) -> Vec<RowChange<'p>>;
}

impl Undertaking<'_> {
    /// Decides an amendment, and changes nothing. It never writes.
    pub(crate) async fn plan_amendment<A: Amendment>(
        &self,
        session: &mut dyn Session,
        amendment: &A,
    ) -> Result<(A::Plan, Snapshot), Error> {
        let snapshot = self.look_at_amended(session, amendment).await?;
        Ok((amendment.decide(self, &snapshot)?, snapshot))
    }

    /// Makes an amendment in one transaction under the lock.
    pub(crate) async fn amend<A: Amendment>(
        &mut self,
        session: &mut dyn Session,
        amendment: &A,
    ) -> Result<A::Plan, Error> {
        let (plan, snapshot) = self.plan_amendment(session, amendment).await?;
        if amendment.changes(self, &plan, &snapshot).is_empty() {
            return Ok(plan);
        }
        let outside = amendment.settles(&plan);
        if let Some(mut direct) = self.direct().await? {
            let plan = Box::pin(self.amend_on(&mut *direct, amendment, outside)).await?;
            direct.close().await;
            return Ok(plan);
        }
        self.amend_on(session, amendment, outside).await
    }

    async fn amend_on<A: Amendment>(
        &mut self,
        session: &mut dyn Session,
        amendment: &A,
        outside: bool,
    ) -> Result<A::Plan, Error> {
        let locked = self.enter(session, outside).await?;
        let amended = self.amend_locked(session, amendment, &locked).await;
        let left = self.leave(session, locked).await;
        let plan = amended?;
        left?;
        session.set_changed(false);
        Ok(plan)
    }

    async fn amend_locked<A: Amendment>(
        &self,
        session: &mut dyn Session,
        amendment: &A,
        locked: &Locked,
    ) -> Result<A::Plan, Error> {
        loop {
            // In this order: what changes between the two is noticed when the transaction begins.
            let head = self.head(session).await?;
            let (plan, mut snapshot) = self.plan_amendment(session, amendment).await?;
            self.history.add_stored(session, &mut snapshot.rows, &amendment.kept(&plan)).await?;
            let changes = amendment.changes(self, &plan, &snapshot);
            if changes.is_empty() {
                return Ok(plan);
            }
            if !snapshot.exists {
                self.create(session, locked).await?;
            }
            let recording = Recording { action: A::ACTION, changes: &changes };
            match self.record(session, locked, head, &snapshot, &recording).await {
                Ok(()) => return Ok(plan),
                Err(Stopped::Moved) => {}
                Err(Stopped::Failed(error)) => return Err(error),
            }
        }
    }

    /// Writes changes of rows down, if the history is still the one that `head` names.
    pub(crate) async fn record(
        &self,
        session: &mut dyn Session,
        locked: &Locked,
        head: Head,
        snapshot: &Snapshot,
        recording: &Recording<'_>,
    ) -> Result<(), Stopped> {
        let mut run = self.acting(session, locked, head, snapshot);
        run.seal().await?;
        run.record_only(recording).await
    }

    async fn look_at_amended<A: Amendment>(&self, session: &mut dyn Session, amendment: &A) -> Result<Snapshot, Error> {
        let mut snapshot = self.look(session).await?;
        if amendment.reads_all_sql() {
            self.history.add_doubtful(session, &mut snapshot.rows).await?;
        }
        Ok(snapshot)
    }
}
