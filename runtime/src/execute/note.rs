//! An event of the log that is about no row.

use dunlin_core::ledger::{Action, Detail};

use super::{Run, Stopped};
use crate::error::Error;

impl Run<'_> {
    /// Writes an event about the set as a whole.
    pub(crate) async fn note(&mut self, action: Action, detail: &Detail) -> Result<(), Stopped> {
        let at = self.begin().await?;
        let (event, head) = self.event(action, None, None, &at, detail);
        self.send(&event, "recording").await?;
        if let Err(error) = self.commit_patiently().await {
            self.rollback().await;
            return Err(Stopped::Failed(Error::database("recording", error)));
        }
        self.head = head;
        Ok(())
    }
}
