use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::checksum::Checksum;
use crate::migration::{Direction, MigrationId, Slug};
use crate::plan::{Applied, JournalEntry, Kind, Mark, RepairKind, State};

/// What an event says beside its columns, as JSON. This is the one list of its keys; what does not apply is left out.
///
/// Readers take what they understand: a key that they do not know, or whose value is of another form, is passed over, as a
/// newer dunlin may have written it. Two keys say what an event did to the rows of the history, whatever its action is: an
/// event that leaves a row behind has `row`, and one that takes a row away has `"change": "removed"` (but for `down`, which
/// always does) or `forgotten`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Detail {
    /// The digest of the row that the event left, of a migration or of a repeatable file: [`MigrationRow::digest`],
    /// [`RepeatableRow::digest`].
    ///
    /// [`MigrationRow::digest`]: super::MigrationRow::digest
    /// [`RepeatableRow::digest`]: super::RepeatableRow::digest
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub row: Option<Checksum>,
    /// The digest of the row that was there before, where a part of it stayed.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub row_before: Option<Checksum>,
    /// The digest of what a step left unfinished that failed or was interrupted, its row and its journal:
    /// [`unfinished_digest`](super::unfinished_digest()).
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub unfinished: Option<Checksum>,
    /// Whether a script wrote the event. SQL computes no hashes, so it comes without `row` and without its own hash; the next
    /// run adds both.
    #[serde(deserialize_with = "lenient_flag", skip_serializing_if = "is_false")]
    pub script: bool,
    /// The repeatable file that it is about.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The repeatable files that were made to count as never run.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub forgotten: Option<Forgotten>,
    /// The values that the variables of the file had.
    #[serde(deserialize_with = "lenient_values", skip_serializing_if = "BTreeMap::is_empty")]
    pub vars: BTreeMap<String, String>,
    /// What was done to the row, where nothing was run.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// The state of an unfinished step that counts as whole from now on.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// What a migration counts as from now on.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
    /// Which kind of repair it was.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub repair: Option<RepairKind>,
    /// Why somebody did it.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who held the lock that was given up, as the server told.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// The checksum that the row had before an accepted edit.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub from: Option<Checksum>,
    /// Which way a step went that failed, was interrupted, or is gone on with.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The file that failed, as it was shown to people.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line in it, from 1, as far as the server told.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Which of its statements, from 1; without it, the transaction could not be ended.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub statement: Option<usize>,
    /// How many statements it has.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub of: Option<usize>,
    /// The files that were written back, as they were shown to people.
    #[serde(deserialize_with = "lenient_list", skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// What the server said when it failed.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The server's code for it.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// How many statements of a step are in place that is gone on with.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub in_place: Option<usize>,
    /// The one of them, from 1, that the schema alone shows to be in place.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub inferred: Option<usize>,
    /// The one of them, from 1, that counts as in place because somebody says so.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub settled: Option<usize>,
    /// All that a row held which was removed or written anew, key by key.
    #[serde(flatten, skip_deserializing)]
    pub kept: Option<Kept>,
}

/// What was done to a row without running anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It was written.
    Added,
    /// The row of an unfinished step was written as whole.
    Settled,
    /// Its SQL was written anew, and all else of it stayed.
    Rewritten,
    /// It was removed.
    Removed,
}

impl Change {
    /// Returns the word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Change::Added => "added",
            Change::Settled => "settled",
            Change::Rewritten => "rewritten",
            Change::Removed => "removed",
        }
    }
}

/// Which repeatable files were made to count as never run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Forgotten {
    /// Those with these names.
    Names(Vec<String>),
    /// The word `all`: a script does not know which there are.
    Every(Every),
}

/// The word for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Every {
    /// `all`.
    All,
}

/// All that a row held before, so that nothing is lost with it. It is kept for people; dunlin never reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each is the column of its name")]
pub struct Kept {
    pub slug: Slug,
    pub parents: Vec<MigrationId>,
    pub seq: i64,
    pub kind: Kind,
    pub state: State,
    pub up_checksum: Checksum,
    pub down_checksum: Option<Checksum>,
    pub breaking: bool,
    pub applied_at: String,
    pub up_sql: Option<String>,
    pub down_sql: Option<String>,
    /// What the journal of its step says, if that began and did not end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub journal: Vec<KeptStatement>,
}

/// A statement of the journal of a step that began and did not end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptStatement {
    /// What people are told of it.
    #[serde(flatten)]
    pub entry: JournalEntry,
    /// What it means.
    pub checksum: Checksum,
    /// The fingerprint of what it names, from before it began.
    pub fingerprint: Option<String>,
}

impl From<&Applied> for Kept {
    fn from(row: &Applied) -> Kept {
        let stored = row.stored.as_ref();
        let statement = |entry: &JournalEntry| KeptStatement {
            checksum: entry.checksum,
            fingerprint: entry.fingerprint.clone(),
            entry: entry.clone(),
        };
        Kept {
            slug: row.slug.clone(),
            parents: row.parents.clone(),
            seq: row.seq,
            kind: row.kind,
            state: row.state,
            up_checksum: row.up_checksum,
            down_checksum: row.down_checksum,
            breaking: row.breaking,
            applied_at: row.applied_at.clone(),
            up_sql: stored.map(|stored| stored.up.clone()),
            down_sql: stored.and_then(|stored| stored.down.clone()),
            journal: row.journal.iter().map(statement).collect(),
        }
    }
}

/// A value, or another form of it that is passed over.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lenient<T> {
    Value(T),
    Other(serde::de::IgnoredAny),
}

fn lenient<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(match Lenient::deserialize(deserializer)? {
        Lenient::Value(value) => Some(value),
        Lenient::Other(_) => None,
    })
}

fn lenient_flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(lenient(deserializer)?.unwrap_or_default())
}

fn lenient_values<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    Ok(lenient(deserializer)?.unwrap_or_default())
}

fn lenient_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(lenient(deserializer)?.unwrap_or_default())
}

fn is_false(flag: &bool) -> bool {
    !flag
}
