//! Auditing: the tables of the history, read as they are and held against their log.

use std::time::{Duration, Instant};

use dunlin_core::ledger::{self, Audit, ExpectedHead, Tables};

use crate::error::Error;
use crate::history::LAYOUT;
use crate::run::Undertaking;
use crate::session::Session;

impl Undertaking<'_> {
    /// Reads all tables and holds them against the log; see [`ledger::audit`].
    pub(crate) async fn audit(
        &self,
        session: &mut dyn Session,
        expected: Option<&ExpectedHead>,
    ) -> Result<Audit, Error> {
        let tables = loop {
            // Whoever changes the history appends an event: between two looks at the same last one, nothing was changed.
            let head = self.head(session).await?;
            let tables = self.tables(session).await?;
            if self.head(session).await? == head {
                break tables;
            }
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
                Err(error) if self.may_wait(&error, start) => tokio::time::sleep(Duration::from_millis(50)).await,
                other => return other,
            }
        }
    }
}
