//! Steps that began outside a transaction and did not end: whether they can go on, and behind which statement.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::{Applied, JournalEntry, JournalState, State, Step, downgrade};
use crate::dialect::Dialect;
use crate::migration::{Direction, MigrationId, Migrations, Script};
use crate::statements::{Recovery, Statement, split};
use crate::text;

/// Which unfinished steps may go on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resume {
    /// Those that were interrupted, by a crash say, where it is certain what is in place.
    #[default]
    Interrupted,
    /// Those too in which a statement failed: it is tried again.
    Failed,
    /// Those too; the statement with this number counts as in place.
    Done(usize),
    /// Those too; the statement with this number is run, whether it is in place or not.
    Redo(usize),
}

/// Why an unfinished step does not go on by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "obstacle", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Obstacle {
    /// The server refused a statement.
    Failed {
        /// The statement, from 1.
        n: usize,
        /// What the server said.
        message: Option<String>,
    },
    /// Nothing shows whether a statement took effect.
    Unsure {
        /// The statement, from 1.
        n: usize,
    },
    /// A statement that is in place stands otherwise in the file now.
    Edited {
        /// The statement, from 1.
        n: usize,
        /// A unified diff from the SQL that ran to the file.
        diff: String,
    },
    /// A statement needs something that was in the session which is gone: the last key, a temporary table.
    SessionLost {
        /// The statement, from 1.
        n: usize,
    },
    /// There is no text to go on with.
    NoText,
}

/// A step that is to be finished.
#[derive(Debug, Clone)]
pub struct Resumption {
    /// The step.
    pub step: Step,
    /// What its journal says, in order, as far as [`Resume`] did not settle it.
    pub journal: Vec<JournalEntry>,
}

/// Returns what is to finish an unfinished row: the file where there is one, else what the history stores.
pub(super) fn resumption(migrations: &Migrations, row: &Applied, resume: Resume) -> Option<Resumption> {
    let step = match (row.state, migrations.get(&row.id)) {
        (State::Applied, _) => return None,
        (State::Applying, Some(migration)) => Step::new(Direction::Up, row.as_recorded(migration)),
        (State::Applying, None) => Step::new(Direction::Up, Arc::new(downgrade::stored(row, None))),
        (State::Reverting, _) => downgrade::step(migrations, row).ok()?,
    };
    Some(Resumption { step, journal: settled(&row.journal, resume) })
}

/// Returns why an unfinished row does not go on, if it does not.
pub(super) fn obstacle(migrations: &Migrations, row: &Applied, resume: Resume) -> Option<Obstacle> {
    let dialect = migrations.dialect();
    let Some(Resumption { step, journal }) = resumption(migrations, row, resume) else {
        return Some(Obstacle::NoText);
    };
    let script = step.migration.script(step.direction);
    let Some(statements) = script.and_then(|script| split(&script.text, dialect).ok()) else {
        return Some(Obstacle::NoText);
    };
    let stored = row.stored.as_ref().and_then(|stored| match step.direction {
        Direction::Up => Some(&*stored.up),
        Direction::Down => stored.down.as_deref(),
    });
    edited(&journal, &statements, script, stored, dialect)
        .or_else(|| in_question(&journal, resume))
        .or_else(|| session_lost(&journal, &statements, resume, dialect))
}

/// Says what the user settled.
fn settled(journal: &[JournalEntry], resume: Resume) -> Vec<JournalEntry> {
    let mut journal = journal.to_vec();
    for entry in &mut journal {
        match resume {
            Resume::Done(n) if n == entry.n => entry.state = JournalState::Done,
            // What is to be run anyway is as what never began.
            Resume::Redo(n) if n == entry.n => {
                (entry.state, entry.recovery) = (JournalState::Failed, Recovery::Again);
            }
            _ => {}
        }
    }
    journal
}

/// What is in place must still stand in the file, in its place.
fn edited(
    journal: &[JournalEntry],
    statements: &[Statement<'_>],
    script: Option<&Script>,
    stored: Option<&str>,
    dialect: Dialect,
) -> Option<Obstacle> {
    let stands = |entry: &JournalEntry| {
        let statement = entry.n.checked_sub(1).and_then(|n| statements.get(n));
        statement.is_some_and(|statement| statement.checksum(dialect) == entry.checksum)
    };
    // A statement that only perhaps took effect counts, too: what would tell belongs to the one that ran.
    let counts = |entry: &&JournalEntry| entry.state == JournalState::Done || is_in_question(entry);
    let changed = journal.iter().filter(counts).find(|entry| !stands(entry))?;
    let now = script.map_or("", |script| &*script.text);
    Some(Obstacle::Edited { n: changed.n, diff: text::diff(stored.unwrap_or_default(), now) })
}

fn is_in_question(entry: &JournalEntry) -> bool {
    entry.state == JournalState::Started
        && matches!(entry.recovery, Recovery::Schema | Recovery::Pieces | Recovery::Concurrent | Recovery::Unsure)
}

fn in_question(journal: &[JournalEntry], resume: Resume) -> Option<Obstacle> {
    journal.iter().find_map(|entry| match (entry.state, entry.recovery) {
        (JournalState::Started, Recovery::Unsure) => Some(Obstacle::Unsure { n: entry.n }),
        (JournalState::Failed, _) if resume == Resume::Interrupted => {
            Some(Obstacle::Failed { n: entry.n, message: entry.message.clone() })
        }
        _ => None,
    })
}

/// What is left to run may need what the session had in which the rest ran.
fn session_lost(
    journal: &[JournalEntry],
    statements: &[Statement<'_>],
    resume: Resume,
    dialect: Dialect,
) -> Option<Obstacle> {
    let is_done = |n: usize| journal.iter().any(|entry| entry.n == n && entry.state == JournalState::Done);
    let first_left = (1..=statements.len()).find(|&n| !is_done(n))?;
    if first_left == 1 || resume == Resume::Redo(first_left) {
        return None;
    }
    let is_lost = |(n, statement): &(usize, &Statement<'_>)| {
        if *n < first_left {
            statement.makes_something_temporary(dialect)
        } else {
            *n == first_left && statement.needs_its_session(dialect)
        }
    };
    let lost = (1..).zip(statements).find(is_lost)?;
    Some(Obstacle::SessionLost { n: lost.0.max(first_left) })
}

impl Obstacle {
    /// Returns the ways out of it, for the migration with this id.
    pub(super) fn hint(&self, id: &MigrationId) -> String {
        let by_hand = format!("`dunlin mark {id} applied --reason \"…\"` or `… reverted …` settles it as a whole");
        match self {
            Obstacle::Failed { .. } => {
                format!("mend the file or the data, and `dunlin resume` goes on with that statement; {by_hand}")
            }
            Obstacle::Unsure { n } | Obstacle::SessionLost { n } => format!(
                "look, and go on with `dunlin resume --done {n}` if it is in place, or `dunlin resume --redo {n}` if not; \
                 {by_hand}"
            ),
            Obstacle::Edited { .. } => format!(
                "put that statement back as it ran (`dunlin restore {id}` writes the file that ran); what comes behind it \
                 may change; {by_hand}"
            ),
            Obstacle::NoText => by_hand,
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Obstacle::Failed { n, message: None } => write!(f, "statement {n} failed"),
            Obstacle::Failed { n, message: Some(message) } => write!(f, "statement {n} failed: {message}"),
            Obstacle::Unsure { n } => write!(f, "nothing shows whether statement {n} took effect"),
            Obstacle::Edited { n, diff } => {
                write!(f, "statement {n} is in place, or may be, and the file was edited there")?;
                diff.lines().try_for_each(|line| write!(f, "\n  {line}"))
            }
            Obstacle::SessionLost { n } => {
                write!(f, "statement {n} may need what was in the session that began the step")
            }
            Obstacle::NoText => f.write_str("there is no SQL to finish it with"),
        }
    }
}
