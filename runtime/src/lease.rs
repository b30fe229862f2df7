//! The lease: a lock that is a row, for servers whose own locks do not hold everywhere, as in a cluster.
//!
//! Whoever holds it renews it over a second connection, and every write of the history makes sure in its own transaction
//! that it still holds it (fencing). One that is not renewed in its time is over, even if nobody takes it: a process that
//! was stopped finds that out before it sends another statement, by its own clock, which runs on.

use std::time::{Duration, Instant};

use crate::engine::Engine;
use crate::error::Error;
use crate::history::{History, LeaseState};
use crate::session::{Session, Spare, SqlError, Trouble};

/// A lease that this run holds, or held.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    token: i64,
    ttl: Duration,
    /// When the last renewal was sent that succeeded; `None` is that it was lost.
    renewed: Option<Instant>,
    /// When the last renewal was sent.
    tried: Instant,
    /// SQL that renews it.
    keep: String,
    /// SQL that has a row if it is still ours.
    held: String,
}

/// What became of a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Renewal {
    Kept,
    /// Another may hold it.
    Lost,
    /// The server did not answer.
    Unknown,
}

/// What one try to take it gave.
#[derive(Debug)]
pub(crate) enum Taking {
    Taken(Lease),
    Held(LeaseState),
}

impl Lease {
    pub(crate) fn token(&self) -> i64 {
        self.token
    }

    /// Says whether its time is over, by this process's clock.
    pub(crate) fn is_over(&self) -> bool {
        self.renewed.is_none_or(|renewed| renewed.elapsed() >= self.ttl)
    }

    pub(crate) fn next_renewal(&self) -> Instant {
        let due = self.renewed.map_or_else(Instant::now, |renewed| renewed + self.ttl / 3);
        due.max(self.tried + self.ttl / 20)
    }

    pub(crate) fn give_up(&mut self) {
        self.renewed = None;
    }

    /// Renews it over a connection other than the working one.
    pub(crate) async fn renew(&mut self, spare: &mut Spare) -> Renewal {
        let sent = Instant::now();
        self.tried = sent;
        let left = self.renewed.map_or(Duration::ZERO, |renewed| self.ttl.saturating_sub(renewed.elapsed()));
        // One that does not answer may be lost, and there must be time for another.
        match spare.ask(&self.keep, left.min(self.ttl / 3)).await {
            Ok(rows) if rows.last().and_then(|row| row.number(0)) == Some(1) => {
                self.renewed = Some(sent);
                Renewal::Kept
            }
            Ok(_) => Renewal::Lost,
            Err(_) => Renewal::Unknown,
        }
    }

    /// Says whether the server says that it is another's, or over. It waits for no transaction that is still open.
    pub(crate) async fn is_lost(&self, spare: &mut Spare) -> bool {
        spare.ask(&self.held, self.ttl / 3).await.is_ok_and(|rows| rows.is_empty())
    }
}

/// Makes sure that the table and the set's row are there. Others may make them at the same time.
pub(crate) async fn prepare(session: &mut dyn Session, history: &History) -> Result<(), Error> {
    let preparing = |error| Error::database("making the table of leases", error);
    let mut tries = 0;
    loop {
        match session.rows(&history.lease_state()).await {
            Ok(rows) if !rows.is_empty() => return Ok(()),
            Ok(_) => {
                if let Err(error) = session.run(&history.lease_row()).await {
                    tracing::debug!(%error, "making the row of the lease");
                }
            }
            Err(error) if error.trouble == Trouble::MissingTable => {
                if let Err(error) = session.run(history.create_lock().trim_end()).await
                    && error.trouble == Trouble::Denied
                {
                    return Err(preparing(error));
                }
            }
            Err(error) => return Err(preparing(error)),
        }
        tries += 1;
        if tries > 50 {
            let message = "others seem to take it away again".to_owned();
            return Err(preparing(SqlError::own(message)));
        }
        session.pause(Duration::from_millis(20)).await.map_err(preparing)?;
    }
}

/// Tries once to take the lease: where nobody holds it, or its time is over and the connection of its holder is gone.
///
/// A holder's connection to another server of a cluster cannot be seen from here; its lease is waited for twice its time.
pub(crate) async fn try_take(
    session: &mut dyn Session,
    engine: &dyn Engine,
    history: &History,
    owner: &str,
    node: &str,
    ttl: Duration,
) -> Result<Taking, SqlError> {
    let rows = session.rows(&history.lease_state()).await?;
    let Some(state) = rows.first().map(LeaseState::read) else { return Ok(Taking::Held(LeaseState::default())) };
    let may_be_taken = state.is_free
        || (state.is_expired
            && if state.node == node { !is_connected(session, engine, &state).await? } else { state.is_long_expired });
    if !may_be_taken {
        return Ok(Taking::Held(state));
    }
    let sent = Instant::now();
    match session.rows(&history.lease_take(state.token, owner, node, ttl)).await {
        Ok(rows) if rows.last().and_then(|row| row.number(0)) == Some(1) => {
            let token = state.token + 1;
            Ok(Taking::Taken(Lease {
                token,
                ttl,
                renewed: Some(sent),
                tried: sent,
                keep: history.lease_keep(token),
                held: history.lease_held(token),
            }))
        }
        Ok(_) => Ok(Taking::Held(state)),
        // In a cluster the loser of a race is told when it commits.
        Err(error) if error.trouble == Trouble::Conflict => Ok(Taking::Held(state)),
        Err(error) => Err(error),
    }
}

/// Says whether this server still has the connection that took the lease. Another one may have its number by now.
pub(crate) async fn is_connected(
    session: &mut dyn Session,
    engine: &dyn Engine,
    state: &LeaseState,
) -> Result<bool, SqlError> {
    let question = state.connection.and_then(|connection| engine.is_connected(connection, state.held_for));
    let Some(question) = question else { return Ok(false) };
    Ok(!session.rows(&question).await?.is_empty())
}
