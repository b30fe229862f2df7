//! What a run does about repeatable files: it asks which of them ran, and runs those that are due behind its steps.

use std::time::{Duration, Instant};

use dunlin_core::plan::Plan;
use dunlin_core::repeatable::Records;

use crate::error::Error;
use crate::execute::PreparedRepeat;
use crate::history::Snapshot;
use crate::locking::Locked;
use crate::run::Undertaking;
use crate::session::Session;

impl Undertaking<'_> {
    /// Reads which repeatable files ran; `None` where there is no table of them.
    pub(crate) async fn records(&self, session: &mut dyn Session) -> Result<Option<Records>, Error> {
        let here = self.engine.here(&format!("{}_repeatable", self.options.history_prefix));
        let start = Instant::now();
        loop {
            match self.history.records(session, &here).await {
                Err(error) if self.may_wait(&error, start) => tokio::time::sleep(Duration::from_millis(50)).await,
                other => return other,
            }
        }
    }

    /// Takes apart what is to be run. Nothing is sent.
    pub(crate) fn prepared_repeats<'p>(&self, plan: &'p Plan) -> Result<Vec<PreparedRepeat<'p>>, Error> {
        plan.repeats.iter().map(|repeat| PreparedRepeat::new(repeat, self.engine.dialect())).collect()
    }

    /// Makes the table when it is first needed.
    pub(crate) async fn create_repeatable(
        &self,
        session: &mut dyn Session,
        locked: &Locked,
        plan: &Plan,
        snapshot: &Snapshot,
    ) -> Result<(), Error> {
        if plan.repeats.is_empty() || snapshot.records.is_some() {
            return Ok(());
        }
        self.make(session, locked, &format!("{};\n", self.history.create_repeatable().trim_end())).await
    }
}
