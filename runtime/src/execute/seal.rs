//! Sealing what scripts wrote into the log.

use dunlin_core::ledger::seals;

use super::{Run, Stopped};
use crate::history::Head;

impl Run<'_> {
    /// Writes the hashes of the last events, where scripts left them without: SQL cannot compute them.
    ///
    /// Nothing is sent where the last event has its hash.
    pub(crate) async fn seal(&mut self) -> Result<(), Stopped> {
        if self.head.n == 0 || self.head.hash.is_some() {
            return Ok(());
        }
        self.begin().await?;
        let read = self.history.unsealed(self.session).await;
        let seals = read.and_then(|(previous, events)| Ok(seals(previous, &events)?));
        let seals = match seals {
            Ok(seals) => seals,
            Err(error) => {
                self.rollback().await;
                return Err(Stopped::Failed(error));
            }
        };
        let mut sql: String = seals.iter().map(|(n, hash)| self.history.seal(*n, hash) + ";\n").collect();
        sql.push_str(&self.commit_sql());
        self.send(&sql, "sealing the log").await?;
        if let Some(&(n, hash)) = seals.last() {
            self.head = Head { n, hash: Some(hash) };
        }
        Ok(())
    }
}
