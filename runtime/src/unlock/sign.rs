use std::fmt;

use serde::Serialize;

use crate::clients::Client;
use crate::history::LeaseState;

/// What shows that the holder of a lock is gone, or that nothing shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum HolderSign {
    /// Gone: its client was on this machine, and no process has its end of the connection open any more.
    ClientGone,
    /// Gone: its lease is over, and the server does not have its connection any more.
    ConnectionGone,
    /// Gone: its lease was not renewed in twice its time. It worked on another server of a cluster.
    LongOver,
    /// It is there: a process on this machine has its end of the connection open.
    ClientAlive,
    /// It may be anywhere: its client cannot be seen from here.
    ClientUnseen,
    /// It is there: its lease was renewed in its time.
    Renewed,
    /// It may hang: its lease is over, and the server still has its connection.
    Connected,
    /// Nothing can be known yet: its lease is over, but not for so long again, and it worked on another server of a cluster.
    Elsewhere,
    /// It is there: the system takes such a lock back when the process ends.
    Process,
}

impl HolderSign {
    /// Says whether the holder is known to be gone.
    pub fn is_gone(self) -> bool {
        match self {
            HolderSign::ClientGone | HolderSign::ConnectionGone | HolderSign::LongOver => true,
            HolderSign::ClientAlive
            | HolderSign::ClientUnseen
            | HolderSign::Renewed
            | HolderSign::Connected
            | HolderSign::Elsewhere
            | HolderSign::Process => false,
        }
    }

    /// What the client of a connection shows that holds a server's own lock.
    pub(super) fn of_client(client: Client) -> HolderSign {
        match client {
            Client::Gone => HolderSign::ClientGone,
            Client::Alive => HolderSign::ClientAlive,
            Client::Unseen => HolderSign::ClientUnseen,
        }
    }

    /// What a lease shows. Of a connection to this server there is a client, as far as it can be seen.
    pub(super) fn of_lease(state: &LeaseState, connection: LeaseConnection) -> HolderSign {
        match connection {
            LeaseConnection::Here(Client::Gone) => HolderSign::ClientGone,
            _ if !state.is_expired => HolderSign::Renewed,
            LeaseConnection::Here(Client::Alive | Client::Unseen) => HolderSign::Connected,
            LeaseConnection::None => HolderSign::ConnectionGone,
            LeaseConnection::OnAnotherServer if state.is_long_expired => HolderSign::LongOver,
            LeaseConnection::OnAnotherServer => HolderSign::Elsewhere,
        }
    }

    /// Returns what can be done about it by hand, where it is not gone.
    pub(super) fn ways(self, end: Option<&str>) -> Vec<String> {
        let end = end.map(|end| format!("who knows that it is gone ends its connection: `{end}`"));
        let own = match self {
            HolderSign::ClientGone | HolderSign::ConnectionGone | HolderSign::LongOver => return Vec::new(),
            HolderSign::ClientAlive | HolderSign::Process => {
                return vec!["wait for it, or end that process: the lock ends with it".to_owned()];
            }
            HolderSign::ClientUnseen => "run this on the machine that its client was on, where it can be seen",
            HolderSign::Renewed => "wait for it, or end that run; a lease that is not renewed is over after its time",
            HolderSign::Connected => "end that process, if it is stopped or hangs",
            HolderSign::Elsewhere => "try again when it is over for twice its time",
        };
        let end = end.filter(|_| matches!(self, HolderSign::ClientUnseen | HolderSign::Connected));
        std::iter::once(own.to_owned()).chain(end).collect()
    }
}

impl fmt::Display for HolderSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HolderSign::ClientGone => "its process is gone, and the server still works for it",
            HolderSign::ConnectionGone => "its lease is over, and its connection has ended",
            HolderSign::LongOver => "its lease is over for twice its time, and it was on another server of the cluster",
            HolderSign::ClientAlive => "the process of its holder is running on this machine",
            HolderSign::ClientUnseen => "its holder is not on this machine, and may be at work",
            HolderSign::Renewed => "its holder renewed the lease in its time",
            HolderSign::Connected => "the lease is over, and its holder is still connected",
            HolderSign::Elsewhere => {
                "the lease is over, but not yet for twice its time, and its holder was on another server of the cluster"
            }
            HolderSign::Process => "the process of its holder is running",
        })
    }
}

/// Where the connection is that took a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LeaseConnection {
    /// On this server, and there is a client behind it.
    Here(Client),
    /// It was on this server.
    None,
    /// This server does not know.
    OnAnotherServer,
}

#[cfg(test)]
mod tests {
    use super::LeaseConnection::{Here, None, OnAnotherServer};
    use super::*;

    #[test]
    fn a_lease_is_given_up_only_when_its_holder_is_gone() {
        let renewed = LeaseState::default();
        let over = LeaseState { is_expired: true, ..LeaseState::default() };
        let long_over = LeaseState { is_long_expired: true, ..over.clone() };
        for (state, connection, expected) in [
            (&renewed, Here(Client::Alive), HolderSign::Renewed),
            (&renewed, Here(Client::Unseen), HolderSign::Renewed),
            (&renewed, None, HolderSign::Renewed),
            (&renewed, OnAnotherServer, HolderSign::Renewed),
            (&renewed, Here(Client::Gone), HolderSign::ClientGone),
            (&over, Here(Client::Gone), HolderSign::ClientGone),
            (&over, Here(Client::Alive), HolderSign::Connected),
            (&long_over, Here(Client::Unseen), HolderSign::Connected),
            (&over, None, HolderSign::ConnectionGone),
            (&over, OnAnotherServer, HolderSign::Elsewhere),
            (&long_over, OnAnotherServer, HolderSign::LongOver),
        ] {
            assert_eq!(HolderSign::of_lease(state, connection), expected, "{state:?}, {connection:?}");
            assert_eq!(expected.ways(Option::None).is_empty(), expected.is_gone(), "{expected:?}");
        }
    }
}
