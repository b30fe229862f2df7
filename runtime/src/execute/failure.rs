//! From a server's complaint to the file, line and statement that it is about.

use std::ops::Range;

use dunlin_core::dialect::Dialect;
use dunlin_core::location::Location;
use dunlin_core::migration::{Direction, MigrationId, Script};
use dunlin_core::statements::Statement;

use super::Prepared;
use crate::error::{Error, FailedPart, Outcome, StepFailure, excerpt, offset_of};
use crate::report::Report;
use crate::session::{Place, SqlError, Trouble};

/// What was sent when it went wrong.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sent {
    /// The whole file with its record behind it, and this before it.
    Whole {
        /// How many bytes, all of them ASCII.
        before: usize,
        /// How many statements.
        statements: usize,
    },
    /// One statement, counted from 0.
    Statement(usize),
    /// Nothing of the file: the record, or the end of the transaction.
    Tail,
}

/// What failed: a step, or a repeatable file, which has no id.
pub(super) struct Failing<'f> {
    pub(super) id: Option<MigrationId>,
    pub(super) name: String,
    pub(super) direction: Direction,
    pub(super) script: &'f Script,
    pub(super) statements: &'f [Statement<'f>],
}

impl<'f> Failing<'f> {
    /// Names a step.
    pub(super) fn step(step: &'f Prepared<'_>) -> Failing<'f> {
        let (migration, direction) = (step.migration(), step.step.direction);
        let (script, statements) = (step.script, &step.statements[..]);
        Failing { id: Some(migration.id.clone()), name: migration.name(), direction, script, statements }
    }

    /// The text from the first statement to the last: what stands behind could swallow what dunlin appends.
    pub(super) fn body(&self) -> &'f str {
        let end = self.statements.last().map_or(0, |last| last.offset() + last.text().len());
        self.script.text.get(..end).unwrap_or_default()
    }
}

/// Makes the error of what failed.
pub(super) fn failure(step: &Failing<'_>, sent: Sent, error: SqlError, outcome: Outcome, dialect: Dialect) -> Error {
    let (statement, place) = locate(step, sent, &error, dialect);
    let text = &*step.script.text;
    Error::Step(Box::new(StepFailure {
        id: step.id.clone(),
        name: step.name.clone(),
        direction: step.direction,
        file: step.script.file.clone(),
        location: place.as_ref().map(|place| Location::of(text, place.start)),
        excerpt: place.map(|place| excerpt(text, place)),
        statement: statement.map(|n| (n + 1, step.statements.len())),
        message: error.message,
        code: error.code,
        detail: error.detail,
        server_hint: error.hint,
        outcome,
        denied: error.trouble == Trouble::Denied,
        interrupted: error.trouble == Trouble::Interrupted,
        lease_lost: error.trouble == Trouble::LeaseLost,
        part: FailedPart::Statement,
        blocker: error.blocker,
        tries: 1,
        report: Report::default(),
        source: Some(error.source),
    }))
}

/// Where in a file it went wrong, counted from 1.
pub(super) struct Spot {
    /// `None` is none of the file's own statements, but the end of the transaction.
    pub(super) statement: Option<usize>,
    pub(super) line: Option<usize>,
}

/// Tells where it went wrong, for the log.
pub(super) fn spot(step: &Failing<'_>, sent: Sent, error: &SqlError, dialect: Dialect) -> Spot {
    let (statement, place) = locate(step, sent, error, dialect);
    let line = place.map(|place| Location::of(&step.script.text, place.start).line);
    Spot { statement: statement.map(|n| n + 1), line }
}

/// Returns the statement, from 0, and the bytes of the file that are meant.
fn locate(step: &Failing<'_>, sent: Sent, error: &SqlError, dialect: Dialect) -> (Option<usize>, Option<Range<usize>>) {
    let text = &*step.script.text;
    let body = step.body();
    let n = match sent {
        Sent::Tail => return (None, None),
        Sent::Statement(n) => n,
        Sent::Whole { before, statements } => {
            let own = error.completed.saturating_sub(statements);
            if own >= step.statements.len() {
                return (None, None);
            }
            // The server counts characters of everything that it was sent.
            if let Place::Character(position) = error.place {
                let in_file = position.checked_sub(before).map(Place::Character);
                // Behind the file stands dunlin's own: what is amiss there is that the last statement has no end.
                let place = in_file.and_then(|place| offset_of(body, &place, dialect)).unwrap_or_else(|| end_of(body));
                let n = step.statements.iter().rposition(|statement| statement.offset() <= place.start);
                return (n, Some(place));
            }
            own
        }
    };
    let Some(statement) = step.statements.get(n) else { return (None, None) };
    let near = offset_of(statement.text(), &error.place, dialect);
    let near = near.map(|near| near.start + statement.offset()..near.end + statement.offset());
    let first_line = statement.text().lines().next().map_or(0, str::len);
    let whole = statement.offset()..(statement.offset() + first_line).min(text.len());
    (Some(n), Some(near.unwrap_or(whole)))
}

/// The last character.
fn end_of(text: &str) -> Range<usize> {
    let last = text.chars().next_back().map_or(0, char::len_utf8);
    text.len() - last..text.len()
}
