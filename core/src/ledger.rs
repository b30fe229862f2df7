//! The event log's chain: every event carries the hash of the one before it.
//!
//! One changed, deleted, inserted or reordered event breaks the chain. The hash is over a canonical form of the row, in
//! which every field stands with its length, so that no two rows have the same.
//!
//! SQL cannot compute the hash, so a script leaves its events unsealed: without one, at the end of the log. The hash that
//! such an event is to get follows from its row, and [`seals`] tells it; the next run writes it.

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
    /// A row was written, removed or settled without running anything.
    Stamp,
    /// A pending migration was recorded without being run.
    Skip,
    /// A step was cut short because the run was told to stop.
    Interrupted,
    /// A step that began and did not end is gone on with.
    Resume,
    /// A repeatable file was run; without a checksum, some were made to count as never run.
    Repeat,
}

impl Action {
    /// Every action.
    pub const ALL: [Action; 9] = [
        Action::Up,
        Action::Down,
        Action::Failed,
        Action::Heal,
        Action::Stamp,
        Action::Skip,
        Action::Interrupted,
        Action::Resume,
        Action::Repeat,
    ];

    /// Returns the word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Up => "up",
            Action::Down => "down",
            Action::Failed => "failed",
            Action::Heal => "heal",
            Action::Stamp => "stamp",
            Action::Skip => "skip",
            Action::Interrupted => "interrupted",
            Action::Resume => "resume",
            Action::Repeat => "repeat",
        }
    }
}

/// An event as a log holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// The event.
    pub event: Event,
    /// Its hash; `None` is not sealed yet.
    pub hash: Option<Checksum>,
}

/// Why a log is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BrokenChain {
    /// An event's hash is not that of the row and of the event before it.
    #[error("event {n} (its hash does not fit the event before it)")]
    Changed {
        /// The event.
        n: u64,
    },
    /// An event has no hash, and a later one has.
    #[error("event {n} (it has no hash, and a later event has one)")]
    HashLost {
        /// The event.
        n: u64,
    },
}

/// Follows a log behind the event with the hash `previous`, and makes sure that it is whole. Returns the numbers of the
/// events that are not sealed yet, each with the hash that it is to get.
pub fn seals(mut previous: Option<Checksum>, log: &[Logged]) -> Result<Vec<(u64, Checksum)>, BrokenChain> {
    let mut seals: Vec<(u64, Checksum)> = Vec::new();
    for Logged { event, hash } in log {
        let own = event.hash(previous.as_ref());
        match (hash, seals.first()) {
            (None, _) => seals.push((event.n, own)),
            (Some(_), Some(&(n, _))) => return Err(BrokenChain::HashLost { n }),
            (Some(hash), None) if *hash != own => return Err(BrokenChain::Changed { n: event.n }),
            (Some(_), None) => {}
        }
        previous = Some(own);
    }
    Ok(seals)
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

    /// Three events, the first of them sealed, so many.
    fn log(sealed: usize) -> Vec<Logged> {
        let mut previous = None;
        let event = |n| Event { n, ..event() };
        let logged = (1..=3).map(|n| {
            let hash = event(n).hash(previous.as_ref());
            previous = Some(hash);
            Logged { event: event(n), hash: Some(hash) }
        });
        let mut log: Vec<Logged> = logged.collect();
        log.iter_mut().skip(sealed).for_each(|logged| logged.hash = None);
        log
    }

    #[test]
    fn an_unsealed_end_gets_the_hashes_that_a_run_would_have_written() {
        let whole = log(3);
        assert_eq!(seals(None, &whole), Ok(Vec::new()));
        let hashes = |from: usize| whole[from..].iter().map(|logged| (logged.event.n, logged.hash.unwrap())).collect();
        assert_eq!(seals(None, &log(1)), Ok(hashes(1)));
        assert_eq!(seals(None, &log(0)), Ok(hashes(0)));
        assert_eq!(seals(whole[0].hash, &log(1)[1..]), Ok(hashes(1)));
    }

    #[test]
    fn a_sealed_event_that_was_changed_is_found_and_so_is_a_hash_that_was_taken_away() {
        let mut changed = log(2);
        changed[1].event.os_user.push('x');
        assert_eq!(seals(None, &changed), Err(BrokenChain::Changed { n: 2 }));
        let mut blanked = log(3);
        blanked[1].hash = None;
        assert_eq!(seals(None, &blanked), Err(BrokenChain::HashLost { n: 2 }));
    }
}
