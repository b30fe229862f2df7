//! Holding the journal of one set against its log and the step that is unfinished.

use std::collections::BTreeMap;

use super::super::journal_row::of_unfinished;
use super::super::{JournalRow, RowKey};
use super::LedgerFindingKind;
use super::log::{LeftUnfinished, Log};
use crate::checksum::Checksum;
use crate::migration::{Direction, MigrationId};
use crate::plan::State;

/// The step that a row of the history says to be unfinished.
#[derive(Debug)]
pub(super) struct UnfinishedRow {
    pub(super) id: MigrationId,
    pub(super) state: State,
    pub(super) digest: Checksum,
}

/// Returns all that is found about the journal: first row by row, then about the step.
pub(super) fn findings(
    log: &Log<'_>,
    unfinished: Option<&UnfinishedRow>,
    journal: &[&JournalRow],
) -> Vec<LedgerFindingKind> {
    let mut findings = Vec::new();
    let mut own: BTreeMap<usize, &JournalRow> = BTreeMap::new();
    for row in journal {
        let (name, statement) = (text(&row.id), text(&row.n));
        if !row.is_whole() {
            findings.push(LedgerFindingKind::StatementDiffers { row: name.clone(), statement: statement.clone() });
        }
        let is_own = unfinished.is_some_and(|unfinished| is_of(row, unfinished));
        match row.number().filter(|&n| is_own && n > 0) {
            Some(n) if !own.contains_key(&n) => drop(own.insert(n, row)),
            _ => findings.push(LedgerFindingKind::StatementAstray {
                row: name,
                direction: text(&row.direction),
                statement,
            }),
        }
    }
    if let Some(unfinished) = unfinished {
        findings.extend(of_step(log, unfinished, &own));
    }
    let lost = log.unfinished.iter().filter(|(id, _)| unfinished.is_none_or(|unfinished| unfinished.id != **id));
    findings.extend(lost.filter_map(|(id, left)| match left {
        LeftUnfinished::At { event, action, .. } => {
            Some(LedgerFindingKind::UnfinishedLost { row: id.to_string(), event: *event, action: (*action).to_owned() })
        }
        LeftUnfinished::GoesOn { .. } => None,
    }));
    findings
}

/// Holds the journal of the unfinished step against the last event about it.
fn of_step(log: &Log<'_>, step: &UnfinishedRow, own: &BTreeMap<usize, &JournalRow>) -> Vec<LedgerFindingKind> {
    let mut findings = Vec::new();
    let left = log.unfinished.get(&step.id);
    let in_place = match left {
        Some(LeftUnfinished::GoesOn { in_place }) => *in_place,
        Some(LeftUnfinished::At { .. }) | None => 0,
    };
    let mut next = 1;
    for n in own.keys().copied().chain((in_place > 0).then_some(in_place + 1)) {
        if n > next {
            let row = step.id.to_string();
            findings.push(LedgerFindingKind::StatementsMissing { row, from: next, to: n - 1 });
        }
        next = next.max(n + 1);
    }
    if let Some(LeftUnfinished::At { event, action, digest }) = left
        && of_unfinished(&step.digest, own.values().copied()) != *digest
    {
        let (row, action) = (step.id.to_string(), (*action).to_owned());
        findings.push(LedgerFindingKind::UnfinishedDiffers { row, event: *event, action });
    }
    findings
}

fn is_of(row: &JournalRow, unfinished: &UnfinishedRow) -> bool {
    let direction = match unfinished.state {
        State::Reverting => Direction::Down,
        State::Applying | State::Applied => Direction::Up,
    };
    let key = row.id.as_deref().and_then(RowKey::migration);
    key == Some(RowKey::Migration(unfinished.id.clone())) && row.direction.as_deref() == Some(&*direction.to_string())
}

fn text(value: &super::Text<'_>) -> String {
    value.as_deref().unwrap_or("null").to_owned()
}
