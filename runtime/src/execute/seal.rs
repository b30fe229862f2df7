//! Sealing what scripts wrote into the log.

use std::collections::HashMap;

use dunlin_core::checksum::Checksum;
use dunlin_core::ledger::{Logged, rows_left, seals};

use super::{Run, Stopped};
use crate::error::Error;
use crate::history::{Head, History, detail};
use crate::session::Session;

impl Run<'_> {
    /// Completes the last events, where scripts left them without hashes and the digests of their rows: SQL cannot compute
    /// them.
    ///
    /// Nothing is sent where the last event has its hash.
    pub(crate) async fn seal(&mut self) -> Result<(), Stopped> {
        if self.head.n == 0 || self.head.hash.is_some() {
            return Ok(());
        }
        self.begin().await?;
        let (sql, seals) = match sealing(self.history, self.session).await {
            Ok(sealing) => sealing,
            Err(error) => {
                self.rollback().await;
                return Err(Stopped::Failed(error));
            }
        };
        self.send(&format!("{sql}{}", self.commit_sql()), "sealing the log").await?;
        if let Some(&(n, hash)) = seals.last() {
            self.head = Head { n, hash: Some(hash) };
        }
        Ok(())
    }
}

/// Returns the SQL that completes the events that scripts wrote, and the hashes that they get. It writes nothing.
pub(crate) async fn sealing(
    history: &History,
    session: &mut dyn Session,
) -> Result<(String, Vec<(u64, Checksum)>), Error> {
    let (previous, mut events) = history.unsealed(session).await?;
    add_digests(history, session, &mut events).await?;
    let details: HashMap<u64, &str> = events.iter().map(|logged| (logged.event.n, &*logged.event.detail)).collect();
    let seals = seals(previous, &events)?;
    let sql = seals.iter().filter_map(|(n, hash)| Some(history.seal(*n, details.get(n)?, hash) + ";\n"));
    Ok((sql.collect(), seals))
}

/// Adds the digests of the rows that scripts left, as they are now, to the events that tell of them.
async fn add_digests(history: &History, session: &mut dyn Session, events: &mut [Logged]) -> Result<(), Error> {
    for (n, key) in rows_left(events) {
        let Some(digest) = history.digest_of(session, &key).await? else { continue };
        for Logged { event, .. } in events.iter_mut().filter(|logged| logged.event.n == n) {
            if let Some(detail) = detail::with_row(&event.detail, &digest) {
                event.detail = detail;
            }
        }
    }
    Ok(())
}
