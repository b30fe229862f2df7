use std::fmt;

use serde::{Serialize, Serializer};

/// The kinds of events.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
    /// A migration was made to count as applied or as reverted, without running anything.
    Mark,
    /// The files of a migration were written back from the SQL that the history stores.
    Restore,
    /// A row was brought in line with its file or with itself, or removed because no file has it.
    Repair,
    /// The lock of a run that was gone was given up for it.
    Unlock,
    /// A row was written that says that the database has what a migration stands for, or removed since it has not any more.
    Squash,
    /// Something that only a newer dunlin does, in its word.
    Unknown(String),
}

impl Action {
    /// Every action that this dunlin knows.
    pub const ALL: [Action; 14] = [
        Action::Up,
        Action::Down,
        Action::Failed,
        Action::Heal,
        Action::Stamp,
        Action::Skip,
        Action::Interrupted,
        Action::Resume,
        Action::Repeat,
        Action::Mark,
        Action::Restore,
        Action::Repair,
        Action::Unlock,
        Action::Squash,
    ];

    /// Returns the word in the database.
    pub fn as_str(&self) -> &str {
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
            Action::Mark => "mark",
            Action::Restore => "restore",
            Action::Repair => "repair",
            Action::Unlock => "unlock",
            Action::Squash => "squash",
            Action::Unknown(word) => word,
        }
    }
}

impl From<&str> for Action {
    /// Reads the word in the database. One that this dunlin does not know is kept as it is, so that its event still hashes
    /// to its hash.
    fn from(word: &str) -> Action {
        let known = Action::ALL.into_iter().find(|action| action.as_str() == word);
        known.unwrap_or_else(|| Action::Unknown(word.to_owned()))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_as_it_was_written_whether_it_is_known_or_not() {
        for action in Action::ALL {
            assert_eq!(Action::from(action.as_str()), action);
        }
        assert_eq!(Action::from("Lock-Steal"), Action::Unknown("Lock-Steal".to_owned()));
        assert_eq!(Action::from("Lock-Steal").as_str(), "Lock-Steal");
    }
}
