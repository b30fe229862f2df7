use serde::Serialize;

use super::{Action, canonical};
use crate::checksum::Checksum;
use crate::migration::{MigrationId, SetName};

/// What happened to a set in a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// The set.
    pub set: SetName,
    /// The event's number in its set, from 1.
    pub n: u64,
    /// When, by the database's clock: `2026-11-21T10:00:00.123456Z`.
    pub at: String,
    /// What.
    pub action: Action,
    /// The migration that it happened to, if it was one.
    pub id: Option<MigrationId>,
    /// The exact checksum of the SQL that ran or was recorded.
    pub checksum: Option<Checksum>,
    /// Who: the user as the server sees it.
    pub db_user: String,
    /// Who: the user of the operating system.
    pub os_user: String,
    /// Where from: the name of the machine.
    pub host: String,
    /// The application that embeds the migrations, with its version; empty for the command line.
    pub application: String,
    /// The version of dunlin.
    pub tool_version: String,
    /// More about it, as JSON: a [`Detail`](super::Detail).
    pub detail: String,
}

impl Event {
    /// Hashes the event onto the one before it; the first is hashed onto `None`.
    pub fn hash(&self, previous: Option<&Checksum>) -> Checksum {
        let n = self.n.to_string();
        let (previous, checksum) =
            (previous.map(Checksum::to_string), self.checksum.map(|checksum| checksum.to_string()));
        canonical::hash([
            previous.as_deref(),
            Some(self.set.as_str()),
            Some(&n),
            Some(&self.at),
            Some(self.action.as_str()),
            self.id.as_ref().map(MigrationId::as_str),
            checksum.as_deref(),
            Some(&self.db_user),
            Some(&self.os_user),
            Some(&self.host),
            Some(&self.application),
            Some(&self.tool_version),
            Some(&self.detail),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::super::chain::tests::event;
    use super::*;

    #[test]
    fn event_hashes_are_pinned_for_ever() {
        assert_eq!(
            event().hash(None).to_string(),
            "b3:53f8b1c3c095a37aee3fd88298de014adbe8e55388561f4db5d0a13d6b878185"
        );
    }

    #[test]
    fn a_word_that_moves_to_the_next_field_changes_the_hash() {
        let moved = Event { os_user: "annb".into(), host: "ox".into(), ..event() };
        assert_ne!(event().hash(None), moved.hash(None));
        assert_ne!(event().hash(None), event().hash(Some(&Checksum::of_text(""))));
    }
}
