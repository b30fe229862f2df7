use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::checksum::Checksum;
use crate::graph::Revision;
use crate::migration::{Migration, MigrationId, SharedMigration, Slug};
use crate::statements::Recovery;

/// A row of the history: a migration that a database has.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The migration's id.
    pub id: MigrationId,
    /// Its slug when it was applied.
    pub slug: Slug,
    /// Its parents when it was applied.
    pub parents: Vec<MigrationId>,
    /// The order in which this database got its migrations.
    pub seq: i64,
    /// How it got here.
    pub kind: Kind,
    /// Whether it is here whole.
    pub state: State,
    /// The exact checksum of the up SQL.
    pub up_checksum: Checksum,
    /// The exact checksum of the down SQL; `None` is irreversible.
    pub down_checksum: Option<Checksum>,
    /// Whether binaries that do not know it must not run.
    pub breaking: bool,
    /// When, by the database's clock.
    pub applied_at: String,
    /// The stored SQL, where it was asked for.
    pub stored: Option<Stored>,
    /// What the journal says, where the state is not [`State::Applied`].
    pub journal: Vec<JournalEntry>,
}

/// The SQL that a database stores of a migration.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The way up.
    pub up: String,
    /// The way down.
    pub down: Option<String>,
}

impl Applied {
    /// Returns the row of a migration that was run, without what only the database knows.
    pub fn of(migration: &Migration, seq: i64) -> Applied {
        Applied {
            id: migration.id.clone(),
            slug: migration.slug.clone(),
            parents: migration.parents.clone(),
            seq,
            kind: Kind::Applied,
            state: State::Applied,
            up_checksum: migration.up.checksum,
            down_checksum: migration.down.as_ref().map(|down| down.checksum),
            breaking: migration.is_breaking(),
            applied_at: String::new(),
            stored: None,
            journal: Vec::new(),
        }
    }

    /// Returns `<id>_<slug>`.
    pub fn name(&self) -> String {
        format!("{}_{}", self.id, self.slug)
    }

    /// Returns a migration of the files under the id that the history has for it: `1` and `001` are the same migration, and not
    /// the same text.
    pub(super) fn as_recorded(&self, migration: &SharedMigration) -> SharedMigration {
        if self.id.as_str() == migration.id.as_str() {
            migration.clone()
        } else {
            Arc::new(Migration { id: self.id.clone(), ..Migration::clone(migration) })
        }
    }

    /// Says whether the SQL that the row stores has the checksums that it says. Without the SQL there is no doubt.
    pub fn holds_what_it_says(&self) -> bool {
        self.stored.as_ref().is_none_or(|stored| {
            let down = stored.down.as_deref().map(Checksum::of_text);
            Checksum::of_text(&stored.up) == self.up_checksum && down == self.down_checksum
        })
    }

    /// Returns the migration as the graph sees it, by what the history stores: it knows no labels and no dependencies.
    pub fn revision(&self) -> Revision {
        Revision {
            id: self.id.clone(),
            slug: self.slug.clone(),
            labels: Vec::new(),
            parents: self.parents.clone(),
            depends_on: Vec::new(),
            replaces: Vec::new(),
        }
    }
}

/// How a migration came into the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It was run.
    Applied,
    /// It was recorded without being run.
    Stamped,
    /// It stands for a schema that was there before.
    Baseline,
    /// It stands for migrations that were put together.
    Squashed,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 4] = [Kind::Applied, Kind::Stamped, Kind::Baseline, Kind::Squashed];

    /// Returns the word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Applied => "applied",
            Kind::Stamped => "stamped",
            Kind::Baseline => "baseline",
            Kind::Squashed => "squashed",
        }
    }
}

/// Whether a migration is in the database whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It is.
    Applied,
    /// Its way up began and did not end.
    Applying,
    /// Its way down began and did not end.
    Reverting,
}

impl State {
    /// Every state.
    pub const ALL: [State; 3] = [State::Applied, State::Applying, State::Reverting];

    /// Returns the word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Applied => "applied",
            State::Applying => "applying",
            State::Reverting => "reverting",
        }
    }
}

/// One statement of an unfinished step, as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JournalEntry {
    /// The statement's number in its file, from 1.
    pub n: usize,
    /// How far it got.
    pub state: JournalState,
    /// How it is found out whether it took effect, where that is not known.
    pub recovery: Recovery,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// Its first words.
    pub summary: String,
    /// What it means, as [`Statement::checksum`](crate::statements::Statement::checksum) tells.
    #[serde(skip)]
    pub checksum: Checksum,
    /// The fingerprint of what it names, from before it began.
    #[serde(skip)]
    pub fingerprint: Option<String>,
    /// The server's connection that it began on.
    #[serde(skip)]
    pub connection: Option<i64>,
    /// What the server said, where it failed.
    pub message: Option<String>,
}

/// How far a statement got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum JournalState {
    /// It began; whether it took effect is not known.
    Started,
    /// It took effect.
    Done,
    /// The server refused it; it had no effect.
    Failed,
}

impl JournalState {
    /// Every state.
    pub const ALL: [JournalState; 3] = [JournalState::Started, JournalState::Done, JournalState::Failed];

    /// Returns the word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            JournalState::Started => "started",
            JournalState::Done => "done",
            JournalState::Failed => "failed",
        }
    }
}
