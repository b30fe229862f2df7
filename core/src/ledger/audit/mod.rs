//! Holding the tables of a history against its log.
//!
//! `log.rs` follows the events of one set: the chain, and which rows they left. `rows.rs` holds the rows against that, and
//! their SQL against their checksums, `journal.rs` the journal of an unfinished step. `finding.rs` says what can be found.

mod finding;
mod journal;
mod log;
mod rows;

use std::collections::BTreeSet;

use serde::Serialize;

pub use self::finding::{LedgerFinding, LedgerFindingKind};
use self::log::Log;
use super::{EventRow, ExpectedHead, HeldMigration, HeldRepeatable, JournalRow, LayoutRow, Text};
use crate::migration::SetName;
use crate::plan::Verdict;

/// What the tables of a history hold, of all sets. `None` is a table that is not there.
///
/// The lease of a lock, `dunlin_lock`, is not among them: it tells who is at work, and is no history.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// `dunlin_layout`.
    pub layout: Option<Vec<LayoutRow>>,
    /// `dunlin_events`.
    pub events: Option<Vec<EventRow>>,
    /// `dunlin_migrations`.
    pub migrations: Option<Vec<HeldMigration>>,
    /// `dunlin_repeatable`.
    pub repeatables: Option<Vec<HeldRepeatable>>,
    /// `dunlin_statements`.
    pub journal: Option<Vec<JournalRow>>,
}

/// What an audit saw and found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Audit {
    /// The sets that the tables know, in the order of their names.
    pub sets: Vec<AuditedSet>,
    /// All that was found: first what concerns every set, then set by set, the events before the rows.
    pub findings: Vec<LedgerFinding>,
}

/// What the tables hold of one set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AuditedSet {
    /// Its name, as the tables have it.
    pub set: String,
    /// How many events.
    pub events: usize,
    /// How many migrations.
    pub migrations: usize,
    /// How many repeatable files.
    pub repeatables: usize,
    /// The hash of the last event that has one, as the log has it: what to pin.
    pub head: Option<String>,
}

impl Audit {
    /// Says whether nothing was found but what is merely worth knowing.
    pub fn is_whole(&self) -> bool {
        self.findings.iter().all(|finding| finding.verdict == Verdict::Warn)
    }

    /// Returns the head of a set.
    pub fn head(&self, set: &SetName) -> Option<&str> {
        self.sets.iter().find(|audited| audited.set == set.as_str())?.head.as_deref()
    }
}

/// Holds the tables of a history against its log, and returns all that does not agree.
///
/// `layout` is the version of the layout that the tables are to have. The log of a set may be expected to have an event with
/// a certain hash: that of a head that somebody noted down.
pub fn audit(tables: &Tables, layout: i64, expected: Option<(&SetName, &ExpectedHead)>) -> Audit {
    let mut audit = Audit::default();
    audit.findings.extend(layout_finding(tables, layout).map(|kind| LedgerFinding::new(None, kind)));
    let events = tables.events.as_deref().unwrap_or_default();
    let migrations = tables.migrations.as_deref().unwrap_or_default();
    let repeatables = tables.repeatables.as_deref().unwrap_or_default();
    let journal = tables.journal.as_deref().unwrap_or_default();
    let mut names: BTreeSet<&str> = events.iter().filter_map(|row| row.set_name.as_deref()).collect();
    names.extend(migrations.iter().filter_map(|held| held.row.set_name.as_deref()));
    names.extend(repeatables.iter().filter_map(|held| held.row.set_name.as_deref()));
    // Of a step that died, nothing else tells that a row of the journal is not where it was.
    names.extend(journal.iter().map(|row| row.set_name.as_deref().unwrap_or_default()));
    names.extend(expected.map(|(set, _)| set.as_str()));
    for set in names {
        let is_own = |name: &Text<'_>| name.as_deref() == Some(set);
        let events: Vec<&EventRow> = events.iter().filter(|row| is_own(&row.set_name)).collect();
        let migrations: Vec<_> = migrations.iter().filter(|held| is_own(&held.row.set_name)).collect();
        let repeatables: Vec<_> = repeatables.iter().filter(|held| is_own(&held.row.set_name)).collect();
        let journal: Vec<_> = journal.iter().filter(|row| row.set_name.as_deref().unwrap_or_default() == set).collect();
        let mut log = Log::follow(&events);
        audit.sets.push(AuditedSet {
            set: set.to_owned(),
            events: events.len(),
            migrations: migrations.len(),
            repeatables: repeatables.len(),
            head: log.head.map(str::to_owned),
        });
        let mut kinds = std::mem::take(&mut log.findings);
        kinds.extend(expected.filter(|(of, _)| of.as_str() == set).and_then(|(_, head)| log.lacks(head)));
        kinds.extend(rows::findings(log, &migrations, &repeatables, &journal));
        audit.findings.extend(kinds.into_iter().map(|kind| LedgerFinding::new(Some(set.to_owned()), kind)));
    }
    audit
}

/// The layout has one row, and it never changes but with the tables themselves.
fn layout_finding(tables: &Tables, layout: i64) -> Option<LedgerFindingKind> {
    let Some(rows) = &tables.layout else {
        let is_anything = tables.events.is_some() || tables.migrations.is_some() || tables.repeatables.is_some();
        return is_anything.then_some(LedgerFindingKind::LayoutChanged { found: None });
    };
    let version = layout.to_string();
    let is_right = |row: &LayoutRow| row.id.as_deref() == Some("1") && row.version.as_deref() == Some(&version);
    if matches!(&rows[..], [row] if is_right(row)) {
        return None;
    }
    let value = |value: &Text<'_>| value.as_deref().unwrap_or("null").to_owned();
    let found = rows.iter().map(|row| (value(&row.id), value(&row.version))).collect();
    Some(LedgerFindingKind::LayoutChanged { found: Some(found) })
}

#[cfg(test)]
mod tests;
