//! The keys of locks: from database, schema, table and set, so that nobody waits for a stranger.
//!
//! They are hashes that a server can compute too, so that a script takes the same lock as a run.

use dunlin_core::standing::UNIT;
use sha2::{Digest, Sha256};

/// The hash of what is locked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyHash([u8; 32]);

impl KeyHash {
    /// Hashes the parts: `dunlin`, the database, the schema, the prefix of the tables, and the set if it is one.
    pub(crate) fn of(parts: &[&str]) -> KeyHash {
        KeyHash(Sha256::digest(parts.join(&UNIT.to_string())).into())
    }

    /// Returns the first 64 bits.
    pub(crate) fn number(self) -> i64 {
        self.0.iter().take(8).fold(0, |number, &byte| number << 8 | i64::from(byte))
    }

    /// Returns a name that says whose it is, of 47 characters.
    pub(crate) fn name(self) -> String {
        let hex: String = self.0.iter().take(20).map(|byte| format!("{byte:02x}")).collect();
        format!("dunlin:{hex}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_pinned_for_scripts_that_were_written_before() {
        let key = KeyHash::of(&["dunlin", "app", "public", "dunlin", "main"]);
        assert_eq!(
            (key.number(), &*key.name()),
            (2_584_527_452_899_777_381, "dunlin:23de160666561b65fe532737f8f8dc8d819f1114")
        );
    }
}
