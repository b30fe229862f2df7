//! Failures of steps that nothing has come after yet.

use dunlin_core::ledger::{Action, Logged};

use super::History;
use crate::error::Error;
use crate::session::{Session, Trouble, render};

impl History {
    /// Reads the last failures, the newest first, each of another migration that nothing has changed since.
    pub(crate) async fn failures(&self, session: &mut dyn Session) -> Result<Vec<Logged>, Error> {
        let (failed, restore) = (Action::Failed, Action::Restore);
        let values = [self.set.as_str().into(), failed.as_str().into(), restore.as_str().into()];
        let sql = render(self.dialect, &self.fill(include_str!("sql/failures.sql")), &values);
        match session.rows(&sql).await {
            Ok(rows) => rows.iter().map(|row| self.event(row)).collect(),
            Err(error) if error.trouble == Trouble::MissingTable => Ok(Vec::new()),
            Err(error) => Err(Error::database("reading the log", error)),
        }
    }
}
