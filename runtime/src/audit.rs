//! Auditing: the tables of the history, read as they are and held against their log.

use std::time::{Duration, Instant};

use dunlin_core::ledger::{self, Audit, ExpectedHead, Tables};

use crate::error::Error;
use crate::history::LAYOUT;
use crate::run::Undertaking;
use crate::session::Session;

/// How often it is tried to look at a journal that stands still.
const TRIES: u32 = 5;

/// How long is waited between two tries.
const BETWEEN: Duration = Duration::from_millis(50);

impl Undertaking<'_> {
    /// Reads all tables and holds them against the log; see [`ledger::audit`].
    pub(crate) async fn audit(
        &self,
        session: &mut dyn Session,
        expected: Option<&ExpectedHead>,
    ) -> Result<Audit, Error> {
        let mut tries = 0;
        let tables = loop {
            // Whoever changes the history appends an event: between two looks at the same last one, nothing was changed.
            let head = self.head(session).await?;
            let tables = self.tables(session).await?;
            if self.head(session).await? != head {
                continue;
            }
            // But the journal, which changes while a step is under way, and ends before the event of one that failed.
            tries += 1;
            let has_journal = tables.journal.as_ref().is_some_and(|rows| !rows.is_empty());
            if !has_journal
                || tries == TRIES
                || self.history.journal_rows(session, self.engine).await? == tables.journal
            {
                break tables;
            }
            tokio::time::sleep(BETWEEN).await;
        };
        Ok(self.hold(&tables, expected))
    }

    /// Holds tables against their log.
    pub(crate) fn hold(&self, tables: &Tables, expected: Option<&ExpectedHead>) -> Audit {
        ledger::audit(tables, LAYOUT, expected.map(|head| (self.migrations.set(), head)))
    }

    async fn tables(&self, session: &mut dyn Session) -> Result<Tables, Error> {
        let start = Instant::now();
        loop {
            match self.history.tables(session, self.engine).await {
                Err(error) if self.may_wait(&error, start) => tokio::time::sleep(BETWEEN).await,
                other => return other,
            }
        }
    }
}
