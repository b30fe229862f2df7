//! The event log's chain: every event carries the hash of the one before it.
//!
//! One changed, deleted, inserted or reordered event breaks the chain. The hash is over a canonical form of the row, in
//! which every field stands with its length, so that no two rows have the same.

use serde::Serialize;

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
    /// More about it, as JSON.
    pub detail: String,
}

/// The kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Action {
    /// A migration was applied.
    Up,
    /// A migration was reverted.
    Down,
    /// A step failed.
    Failed,
    /// A row was brought in line with an edit that the lock file accepts.
    Heal,
}

impl Action {
    /// Every action.
    pub const ALL: [Action; 4] = [Action::Up, Action::Down, Action::Failed, Action::Heal];

    /// Returns the word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Up => "up",
            Action::Down => "down",
            Action::Failed => "failed",
            Action::Heal => "heal",
        }
    }
}

impl Event {
    /// Hashes the event onto the one before it; the first is hashed onto `None`.
    pub fn hash(&self, previous: Option<&Checksum>) -> Checksum {
        let n = self.n.to_string();
        let (previous, checksum) =
            (previous.map(Checksum::to_string), self.checksum.map(|checksum| checksum.to_string()));
        let fields = [
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
        ];
        let mut canonical = String::new();
        for field in fields {
            match field {
                Some(text) => canonical.push_str(&format!("{}:{text},", text.len())),
                None => canonical.push_str("-,"),
            }
        }
        Checksum::of_bytes(canonical.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        Event {
            set: SetName::default(),
            n: 1,
            at: "2026-11-21T10:00:00.000000Z".into(),
            action: Action::Up,
            id: "1".parse().ok(),
            checksum: Some(Checksum::of_text("select 1")),
            db_user: "app".into(),
            os_user: "ann".into(),
            host: "box".into(),
            application: String::new(),
            tool_version: "0.1.0".into(),
            detail: "{}".into(),
        }
    }

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
