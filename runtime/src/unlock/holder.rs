use std::time::Duration;

use dunlin_core::dialect::Dialect;
use serde::Serialize;

use super::sign::{HolderSign, LeaseConnection};
use crate::clients::client_of;
use crate::engine::Survey;
use crate::error::Error;
use crate::history::LeaseState;
use crate::lease;
use crate::locking;
use crate::run::Undertaking;
use crate::session::{Session, SqlError, Trouble};

/// Who holds the lock of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LockHolder {
    /// What is held.
    pub lock: HeldLock,
    /// Who, from which connection and since when, and what they are running, as far as the server tells.
    pub who: String,
    /// What shows that they are gone, or that nothing shows it.
    pub sign: HolderSign,
    /// Their connection, where this server has it.
    pub connection: Option<i64>,
    /// SQL that ends that connection.
    pub end: Option<String>,
    #[serde(skip)]
    pub(super) token: Option<i64>,
}

/// Which kind of lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum HeldLock {
    /// The server's own.
    Server,
    /// A row in `dunlin_lock`.
    Lease,
    /// That of the system on a file of SQLite.
    File,
}

impl LockHolder {
    /// Returns who it is, without what they are running: that may hold a secret.
    pub(super) fn name(&self) -> &str {
        self.who.split(", running").next().unwrap_or_default()
    }

    /// Returns who it is, and what can be done.
    pub(crate) fn hints(&self) -> Vec<String> {
        let held = format!("it is held by {}", self.who);
        std::iter::once(held).chain(self.sign.ways(self.end.as_deref())).collect()
    }
}

/// How long SQLite itself may wait for a writer.
const AT_ONCE: Duration = Duration::from_millis(100);

impl Undertaking<'_> {
    /// Finds out who holds the lock: a lease, or the server's own. It takes none, and writes nothing.
    pub(super) async fn find_holder(&mut self, session: &mut dyn Session) -> Result<Option<LockHolder>, Error> {
        let asking = |error| Error::database("asking who holds the lock", error);
        let survey = self.engine.survey(session).await.map_err(asking)?;
        self.settle_where(&survey)?;
        let found = if self.engine.dialect() == Dialect::Sqlite {
            self.holder_of_file(session, &survey).await
        } else {
            match self.holder_of_lease(session, &survey).await {
                Ok(None) => self.holder_of_server(session, &survey).await,
                found => found,
            }
        };
        found.map_err(asking)
    }

    async fn holder_of_lease(
        &self,
        session: &mut dyn Session,
        survey: &Survey,
    ) -> Result<Option<LockHolder>, SqlError> {
        let rows = match session.rows(&self.history.lease_state()).await {
            Err(error) if error.trouble == Trouble::MissingTable => return Ok(None),
            rows => rows?,
        };
        let Some(state) = rows.first().map(LeaseState::read).filter(|state| !state.is_free) else { return Ok(None) };
        let connection = if state.node != survey.node {
            LeaseConnection::OnAnotherServer
        } else if is_of_another_time(&state, survey) || !lease::is_connected(session, self.engine, &state).await? {
            LeaseConnection::None
        } else {
            LeaseConnection::Here(client_of(session, self.engine, state.connection).await)
        };
        let number = state.connection.filter(|_| matches!(connection, LeaseConnection::Here(_)));
        Ok(Some(LockHolder {
            lock: HeldLock::Lease,
            who: locking::holder(&state, &survey.node).who,
            sign: HolderSign::of_lease(&state, connection),
            connection: number,
            end: number.and_then(|number| self.engine.end(number)),
            token: Some(state.token),
        }))
    }

    async fn holder_of_server(
        &self,
        session: &mut dyn Session,
        survey: &Survey,
    ) -> Result<Option<LockHolder>, SqlError> {
        let Some(holder) = self.engine.holder(session, &self.key(survey, false)).await? else { return Ok(None) };
        let client = client_of(session, self.engine, holder.connection).await;
        Ok(Some(LockHolder {
            lock: HeldLock::Server,
            who: holder.who,
            sign: HolderSign::of_client(client),
            connection: holder.connection,
            end: holder.connection.and_then(|connection| self.engine.end(connection)),
            token: None,
        }))
    }

    /// Looks at the file of runs outside transactions, and whether somebody is writing.
    async fn holder_of_file(&self, session: &mut dyn Session, survey: &Survey) -> Result<Option<LockHolder>, SqlError> {
        let who = match self.engine.holder(session, &self.key(survey, true)).await? {
            Some(holder) => holder.who,
            None if self.is_written(session).await? => "somebody who writes to the database".to_owned(),
            None => return Ok(None),
        };
        let (lock, sign) = (HeldLock::File, HolderSign::Process);
        Ok(Some(LockHolder { lock, who, sign, connection: None, end: None, token: None }))
    }

    async fn is_written(&self, session: &mut dyn Session) -> Result<bool, SqlError> {
        let take_back = self.engine.shorten_wait(session, AT_ONCE).await?;
        let begun = session.run("begin immediate; rollback").await;
        if !take_back.is_empty() {
            session.run(&take_back).await?;
        }
        // Whoever may not write cannot tell.
        Ok(begun.is_err_and(|error| error.trouble == Trouble::Busy))
    }
}

/// Says whether the server began anew since the lease was taken, and its numbers of connections with it.
fn is_of_another_time(state: &LeaseState, survey: &Survey) -> bool {
    let up_for = survey.up_for.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
    // The server counts whole seconds.
    up_for.is_some_and(|up_for| up_for + Duration::from_secs(2) < state.held_for)
}
