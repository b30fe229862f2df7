//! Steps that began outside a transaction and did not end: whether they can go on, and behind which statement.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::{Applied, JournalEntry, JournalState, State, Step, downgrade};
use crate::dialect::Dialect;
use crate::migration::{Direction, MigrationId, Migrations, Script};
use crate::statements::{Recovery, Statement, is_lost, split};
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
    /// A statement needs something that was in a session which is gone: the last key, a variable, a temporary table.
    SessionLost {
        /// The statement, from 1.
        n: usize,
    },
    /// The statement that was to be settled is not the one in question.
    NotInQuestion {
        /// The statement that was named.
        named: usize,
        /// The statement with which the step goes on; `None` is that all are in place.
        next: Option<usize>,
    },
    /// There is no text to go on with.
    NoText,
}

/// A step that is to be finished.
#[derive(Debug, Clone)]
pub struct Resumption {
    /// The step.
    pub step: Step,
    /// What its journal says, in order, and what [`Resume`] settles.
    pub journal: Vec<JournalEntry>,
    /// The statement, from 1, that counts as in place because somebody says so.
    pub settled: Option<usize>,
}

/// Returns what is to finish an unfinished row: the file where there is one, else what the history stores.
pub(super) fn resumption(migrations: &Migrations, row: &Applied, resume: Resume) -> Option<Resumption> {
    let step = match (row.state, migrations.get(&row.id)) {
        (State::Applied, _) => return None,
        (State::Applying, Some(migration)) => Step::new(Direction::Up, row.as_recorded(migration)),
        (State::Applying, None) => Step::new(Direction::Up, Arc::new(downgrade::stored(row, None))),
        (State::Reverting, _) => downgrade::step(migrations, row).ok()?,
    };
    let dialect = migrations.dialect();
    let script = step.migration.script(step.direction);
    let statements = script.and_then(|script| split(&script.text, dialect).ok()).unwrap_or_default();
    let (journal, settled) = settled(&row.journal, &statements, resume, dialect);
    Some(Resumption { step, journal, settled })
}

/// Returns why an unfinished row does not go on, if it does not.
pub(super) fn obstacle(migrations: &Migrations, row: &Applied, resume: Resume) -> Option<Obstacle> {
    let dialect = migrations.dialect();
    let Some(Resumption { step, journal, .. }) = resumption(migrations, row, resume) else {
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
        .or_else(|| not_in_question(&row.journal, &statements, resume))
        .or_else(|| session_lost(&journal, &statements, resume, dialect))
}

/// Returns the journal with what the user settled, and the statement that counts as in place by that.
fn settled(
    journal: &[JournalEntry],
    statements: &[Statement<'_>],
    resume: Resume,
    dialect: Dialect,
) -> (Vec<JournalEntry>, Option<usize>) {
    let (mut journal, mut settled) = (journal.to_vec(), None);
    let next = first_left(&journal, statements);
    match resume {
        Resume::Done(n) if Some(n) == next => {
            journal.retain(|entry| entry.n != n);
            let statement = n.checked_sub(1).and_then(|n| statements.get(n));
            journal.extend(statement.map(|statement| in_place(n, statement, dialect)));
            journal.sort_by_key(|entry| entry.n);
            settled = Some(n);
        }
        // What is to be run anyway is as what never began.
        Resume::Redo(n) if Some(n) == next => {
            for entry in journal.iter_mut().filter(|entry| entry.n == n) {
                (entry.state, entry.recovery) = (JournalState::Failed, Recovery::Again);
            }
        }
        Resume::Interrupted | Resume::Failed | Resume::Done(_) | Resume::Redo(_) => {}
    }
    (journal, settled)
}

/// What the journal says of a statement that is in place.
fn in_place(n: usize, statement: &Statement<'_>, dialect: Dialect) -> JournalEntry {
    JournalEntry {
        n,
        state: JournalState::Done,
        recovery: statement.recovery(dialect),
        line: statement.line(),
        summary: statement.summary(),
        checksum: statement.checksum(dialect),
        fingerprint: None,
        connection: None,
        message: None,
    }
}

/// Returns the first statement, from 1, that is not known to be in place.
fn first_left(journal: &[JournalEntry], statements: &[Statement<'_>]) -> Option<usize> {
    let is_done = |n: usize| journal.iter().any(|entry| entry.n == n && entry.state == JournalState::Done);
    (1..=statements.len()).find(|&n| !is_done(n))
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

/// To settle another statement would run those again that are in place behind it, or settle nothing.
fn not_in_question(journal: &[JournalEntry], statements: &[Statement<'_>], resume: Resume) -> Option<Obstacle> {
    let next = first_left(journal, statements);
    match resume {
        Resume::Done(named) | Resume::Redo(named) if Some(named) != next => {
            Some(Obstacle::NotInQuestion { named, next })
        }
        Resume::Interrupted | Resume::Failed | Resume::Done(_) | Resume::Redo(_) => None,
    }
}

/// What is to run next may need what a session had in which the rest ran. What comes behind it is looked at in its turn.
fn session_lost(
    journal: &[JournalEntry],
    statements: &[Statement<'_>],
    resume: Resume,
    dialect: Dialect,
) -> Option<Obstacle> {
    let n = first_left(journal, statements)?;
    let is_lost = resume != Resume::Redo(n) && is_lost(statements, n - 1, n - 1, dialect);
    is_lost.then_some(Obstacle::SessionLost { n })
}

impl Obstacle {
    /// Returns the ways out of it, for the migration with this id.
    pub(super) fn hint(&self, id: &MigrationId) -> String {
        let by_hand = format!("`dunlin mark {id} applied --reason \"…\"` or `… reverted …` settles it as a whole");
        match self {
            Obstacle::Failed { .. } => {
                format!("mend the file or the data, and `dunlin resume` goes on with that statement; {by_hand}")
            }
            Obstacle::Unsure { n } => format!(
                "look, and go on with `dunlin resume --done {n}` if it is in place, or `dunlin resume --redo {n}` if not; \
                 {by_hand}"
            ),
            Obstacle::SessionLost { n } => format!(
                "do by hand what it does and go on with `dunlin resume --done {n}`, or with `dunlin resume --redo {n}` if it \
                 needs nothing of that; {by_hand}"
            ),
            Obstacle::Edited { .. } => format!(
                "put that statement back as it ran (`dunlin restore {id}` writes the file that ran); what comes behind it \
                 may change; {by_hand}"
            ),
            Obstacle::NotInQuestion { next: Some(next), .. } => {
                format!("`dunlin resume --done {next}` or `dunlin resume --redo {next}` settles that one")
            }
            Obstacle::NotInQuestion { next: None, .. } => "`dunlin resume` finishes it".to_owned(),
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
                write!(f, "statement {n} may need what was in a session that is gone")
            }
            Obstacle::NotInQuestion { named, next: Some(next) } => {
                write!(f, "statement {named} is not in question, statement {next} is the next to run")
            }
            Obstacle::NotInQuestion { named, next: None } => {
                write!(f, "statement {named} is not in question, all statements are in place")
            }
            Obstacle::NoText => f.write_str("there is no SQL to finish it with"),
        }
    }
}
