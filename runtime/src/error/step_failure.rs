use std::fmt;

use dunlin_core::location::Location;
use dunlin_core::migration::{Direction, MigrationId};
use dunlin_core::text::count;

use crate::progress::Progress;
use crate::report::Report;

/// A step that failed: where, why, and in which state it left the database.
#[derive(Debug)]
pub struct StepFailure {
    /// The migration's id; `None` is a repeatable file.
    pub id: Option<MigrationId>,
    /// `<id>_<slug>`, or `repeatable/<name>`.
    pub name: String,
    /// Which way it was going.
    pub direction: Direction,
    /// The file.
    pub file: String,
    /// The place in it, as far as the server tells.
    pub location: Option<Location>,
    /// The lines round the place, with a caret.
    pub excerpt: Option<String>,
    /// Which statement, from 1, and of how many; `None` is none of the file's own, but the end of the transaction.
    pub statement: Option<(usize, usize)>,
    /// The server's message.
    pub message: String,
    /// SQLSTATE, or the engine's own number.
    pub code: Option<String>,
    /// The server's detail.
    pub detail: Option<String>,
    /// The server's hint.
    pub server_hint: Option<String>,
    /// In which state the database is.
    pub outcome: Outcome,
    /// Whether it is a right that is lacking.
    pub denied: bool,
    /// Whether the run was told to stop, and the statement cancelled.
    pub interrupted: bool,
    /// Whether the lease was lost, and nothing could be written any more.
    pub lease_lost: bool,
    /// What failed: one of its statements, or what dunlin writes about them.
    pub part: FailedPart,
    /// Who held the lock that was not obtained, as far as the server tells.
    pub blocker: Option<String>,
    /// How often it was tried.
    pub tries: u32,
    /// What was done before.
    pub report: Report,
    pub(crate) source: Option<sqlx::Error>,
}

/// What failed of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedPart {
    /// One of its statements, or the end of their transaction.
    Statement,
    /// What dunlin writes about them into its history.
    Record,
}

/// In which state a failed step left the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Outcome {
    /// As it was before the step.
    RolledBack,
    /// As it was before the transaction, which held several steps of the run, if not all.
    AllRolledBack,
    /// With some of the statements in place, recorded in the journal.
    Partial {
        /// How many are in place for certain.
        in_place: usize,
    },
    /// Unknown: the connection was lost. The next run will find out.
    Unknown,
}

/// What to do where a right is lacking.
pub(super) const RIGHT_TO_WRITE: &str =
    "migrating needs the right to write; `status`, `plan` and `verify` need only `select` on the history tables";

/// What to do where the connection is lost.
pub(super) const WHAT_IS_IN_PLACE: &str = "`dunlin status` shows what is in place, and the next run goes on from there";

/// What to do where the lease was lost.
pub(super) const AFTER_THE_LEASE: &str =
    "`dunlin up` goes on, when the lease is free; `--lease-ttl` gives its holder more time to renew it";

/// What to do where the history could not be written.
const AFTER_THE_RECORD: &str =
    "mend what keeps dunlin from writing its history, and `dunlin up` goes on; `dunlin status` shows what is in place";

impl StepFailure {
    pub(crate) fn progress(&self) -> Progress {
        Progress::StepFailed {
            direction: self.direction,
            name: self.name.clone(),
            message: self.message.clone(),
            code: self.code.clone(),
            outcome: self.outcome,
        }
    }

    pub(crate) fn hints(&self) -> Vec<String> {
        if self.interrupted {
            return vec!["`dunlin up` goes on".to_owned()];
        }
        if self.lease_lost {
            return vec![AFTER_THE_LEASE.to_owned()];
        }
        match self.outcome {
            Outcome::Partial { .. } if self.part == FailedPart::Record => vec![AFTER_THE_RECORD.to_owned()],
            Outcome::RolledBack | Outcome::AllRolledBack if self.denied => vec![RIGHT_TO_WRITE.to_owned()],
            Outcome::RolledBack | Outcome::AllRolledBack => {
                vec!["mend what is wrong and run again; `dunlin plan` shows what is pending".to_owned()]
            }
            Outcome::Partial { .. } if self.id.is_none() => {
                vec!["mend what is wrong and run again; the file is run whole".to_owned()]
            }
            Outcome::Partial { .. } => vec![
                "mend the file or the data, and `dunlin resume` goes on with that statement; `dunlin status` shows which are \
                 in place"
                    .to_owned(),
            ],
            Outcome::Unknown => vec![WHAT_IS_IN_PLACE.to_owned()],
        }
    }
}

/// Where a step failed and why, and nothing about the database that it left: that is a scratch database.
#[cfg(feature = "schema")]
pub(crate) struct OnScratch<'f>(&'f StepFailure);

#[cfg(feature = "schema")]
impl StepFailure {
    pub(crate) fn on_scratch(&self) -> OnScratch<'_> {
        OnScratch(self)
    }
}

#[cfg(feature = "schema")]
impl fmt::Display for OnScratch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.what_was_said(f)?;
        match self.0.statement {
            Some((n, of)) => write!(f, "\n  statement {n} of {of} failed on a scratch database"),
            None => f.write_str("\n  its statements ran on a scratch database, and the transaction could not be ended"),
        }
    }
}

impl StepFailure {
    /// Writes the place, what the server said, and what is known beside that.
    fn what_was_said(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.message)?;
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        if let Some(excerpt) = &self.excerpt {
            write!(f, "\n{excerpt}")?;
        }
        if let Some(detail) = &self.detail {
            write!(f, "\n  detail: {detail}")?;
        }
        if let Some(hint) = &self.server_hint {
            write!(f, "\n  hint: {hint}")?;
        }
        if let Some(blocker) = &self.blocker {
            write!(f, "\n  in the way: {blocker}")?;
        }
        if self.tries > 1 {
            write!(f, "\n  it was tried {} times", self.tries)?;
        }
        Ok(())
    }

    /// Returns the file, with the place in it as far as it is known.
    pub(crate) fn place(&self) -> String {
        let location = self.location.map(|location| format!(":{location}"));
        format!("{}{}", self.file, location.unwrap_or_default())
    }
}

impl fmt::Display for StepFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what_was_said(f)?;
        f.write_str("\n  ")?;
        match self.statement {
            Some((n, of)) if self.outcome == Outcome::Unknown => {
                write!(f, "the connection was lost at statement {n} of {of}, and what became of it is not known")?;
            }
            None if self.outcome == Outcome::Unknown => {
                f.write_str("the connection was lost behind its last statement, and what became of it is not known")?;
            }
            Some((n, of)) if self.part == FailedPart::Record => {
                write!(f, "the journal could not be written, so that statement {n} of {of} did not run")?;
            }
            None if self.part == FailedPart::Record => {
                f.write_str("its statements ran, and that could not be recorded")?;
            }
            Some((n, of)) if self.interrupted => write!(f, "interrupted at statement {n} of {of}")?,
            Some((n, of)) => write!(f, "statement {n} of {of} failed")?,
            None => f.write_str("its statements ran, and the transaction could not be ended")?,
        }
        let before = self.report.steps.len() + self.report.repeated.len();
        match self.outcome {
            Outcome::RolledBack => write!(f, "; `{}` was rolled back", self.name)?,
            Outcome::AllRolledBack if before == 0 => {
                f.write_str("; the whole run was rolled back, nothing was applied")?;
            }
            Outcome::AllRolledBack => write!(f, "; `{}` and the steps in its transaction were rolled back", self.name)?,
            Outcome::Partial { .. } if self.part == FailedPart::Record && self.statement.is_none() => {
                f.write_str("; all of them are in place")?;
            }
            Outcome::Partial { in_place: 0 } if self.part == FailedPart::Record => {
                f.write_str("; nothing of it is in place")?;
            }
            Outcome::Partial { in_place: 0 } => f.write_str("; it may have left something behind")?,
            Outcome::Partial { in_place: 1 } => f.write_str("; the one before it is in place")?,
            Outcome::Partial { in_place } => write!(f, "; the {in_place} before it are in place")?,
            Outcome::Unknown => {}
        }
        if before > 0 && self.outcome == Outcome::Unknown {
            let steps = count(before, "step");
            write!(f, "; {steps} before it were done, of which a server that crashed may have lost the last")?;
        } else if before > 0 {
            write!(f, "; {}", staying(before))?;
        }
        Ok(())
    }
}

/// Says that the steps before one that failed are not undone.
pub(super) fn staying(steps: usize) -> String {
    match steps {
        1 => "1 step before it stays as it is".to_owned(),
        _ => format!("{steps} steps before it stay as they are"),
    }
}

impl std::error::Error for StepFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
