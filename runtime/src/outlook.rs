//! What a run would do, decided on a database as it was found: to be shown, kept in a file, or written as a script.

use std::fmt;

use dunlin_core::plan::{Goal, Plan};
use dunlin_core::plan_file::PlanFile;

use crate::connect::Connect;
use crate::error::Error;
use crate::migrator::Migrator;
use crate::offline::SqlScript;
use crate::planned::{Found, refuse_unfinished};
use crate::run::{Aim, Undertaking};

/// What a run to a goal would do to a database, and the state that the database was found in.
pub struct Outlook<'m> {
    undertaking: Undertaking<'m>,
    goal: Goal,
    found: Found,
    plan: Plan,
}

impl Migrator<'_> {
    /// Decides what a run to a goal would do, and does nothing. It never writes.
    pub async fn outlook(&self, database: impl Into<Connect<'_>>, goal: Goal) -> Result<Outlook<'_>, Error> {
        let database = database.into();
        let undertaking = self.undertaking(database.dialect()?)?;
        let found = match self.open_to_read(database).await? {
            None => Found::default(),
            Some(mut session) => {
                let found = undertaking.find(&mut *session, &goal).await?;
                session.close().await;
                found
            }
        };
        let plan = undertaking.decide(&found.snapshot, &Aim::Goal(goal.clone()))?;
        Ok(Outlook { undertaking, goal, found, plan })
    }
}

impl Outlook<'_> {
    /// Returns what would be done.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Writes it down for review, with the state that it was made from. [`Migrator::run_plan`] runs it while both hold.
    ///
    /// Fails with [`Error::Unfinished`] where a step began and did not end.
    pub fn file(&self) -> Result<PlanFile, Error> {
        let Found { snapshot, sealed, keeps_rows, .. } = &self.found;
        self.undertaking.frozen(&self.goal, *sealed, snapshot, &self.plan, *keeps_rows)
    }

    /// Writes what the run would send, for the engine's own client. It leaves what the run leaves, but for times, how long
    /// each step took, and the hashes of its events, which the next run writes.
    ///
    /// The script fails, with nothing changed, on a database in any other state: on another one, on this one once something
    /// was done there, and so when it is fed a second time.
    ///
    /// Fails with [`Error::Unfinished`] where a step began and did not end, and with [`Error::Script`] where the client would
    /// read a file otherwise than the server.
    pub fn script(&self) -> Result<SqlScript, Error> {
        refuse_unfinished(&self.found.snapshot.rows)?;
        self.undertaking.script_of(self.found.head, &self.found.snapshot, self.plan.clone())
    }
}

impl fmt::Debug for Outlook<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outlook").field("goal", &self.goal).field("plan", &self.plan).finish_non_exhaustive()
    }
}
