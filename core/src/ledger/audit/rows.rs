//! Holding the rows of one set against what its log says.

use std::collections::BTreeMap;

use super::super::{HeldMigration, HeldRepeatable, JournalRow, MigrationRow, RowKey, Text};
use super::LedgerFindingKind;
use super::journal::{self, UnfinishedRow};
use super::log::Log;
use crate::checksum::Checksum;
use crate::migration::Direction;
use crate::plan::State;
use crate::repeatable::FOLDER;

/// Returns all that is found about the rows, in the order in which the database got them; then what they lack.
pub(super) fn findings(
    log: Log<'_>,
    migrations: &[&HeldMigration],
    repeatables: &[&HeldRepeatable],
    journal: &[&JournalRow],
) -> Vec<LedgerFindingKind> {
    let mut holding = Holding { log, findings: Vec::new(), not_covered: Vec::new(), unfinished: None };
    let mut migrations: Vec<&HeldMigration> = migrations.to_vec();
    let seq = |row: &MigrationRow<'_>| row.seq.as_deref().and_then(|seq| seq.parse::<i64>().ok());
    migrations.sort_by(|one, other| (seq(&one.row), &one.row.id).cmp(&(seq(&other.row), &other.row.id)));
    for row in &migrations {
        holding.migration(row);
    }
    holding.same_seq(&migrations);
    holding.findings.extend(journal::findings(&holding.log, holding.unfinished.as_ref(), journal));
    for row in repeatables {
        holding.repeatable(row);
    }
    holding.end()
}

struct Holding<'e> {
    log: Log<'e>,
    findings: Vec<LedgerFindingKind>,
    not_covered: Vec<String>,
    /// The row of an unfinished step, once one was seen: a run leaves no second.
    unfinished: Option<UnfinishedRow>,
}

/// A row as it is.
struct Held<'r> {
    row: String,
    digest: Checksum,
    checksum: Option<&'r str>,
    /// Whether its state is one that the log allows.
    is_settled: bool,
}

impl Holding<'_> {
    fn migration(&mut self, held: &HeldMigration) {
        let row = &held.row;
        let id = row.id.as_deref().unwrap_or_default();
        let name = format!("{id}_{}", row.slug.as_deref().unwrap_or_default());
        self.sql(&name, Some(Direction::Up), held.up, &row.up_checksum);
        self.sql(&name, Some(Direction::Down), held.down, &row.down_checksum);
        let key = RowKey::migration(id);
        let state = row.state.as_deref().unwrap_or_default();
        let is_known = key.as_ref().is_some_and(|key| self.log.left.get(key).is_some());
        // What begins leaves a row before its event is written, and what is taken back still has one.
        let unfinished =
            [State::Applying, State::Reverting].into_iter().find(|unfinished| unfinished.as_str() == state);
        let unfinished =
            unfinished.filter(|state| self.unfinished.is_none() && is_known == (*state == State::Reverting));
        if let Some(state) = unfinished {
            if let Some(RowKey::Migration(id)) = key.clone() {
                self.unfinished = Some(UnfinishedRow { id, state, digest: held.digest });
            }
            self.findings.push(LedgerFindingKind::Unfinished { row: name.clone(), state });
            if state == State::Applying {
                return;
            }
        }
        let digest = if unfinished.is_some() { held.settled } else { held.digest };
        let is_settled = unfinished.is_some() || state == State::Applied.as_str();
        self.hold(key, Held { row: name, digest, checksum: row.up_checksum.as_deref(), is_settled });
    }

    fn repeatable(&mut self, HeldRepeatable { row, digest, stored }: &HeldRepeatable) {
        let key = row.name.as_deref().unwrap_or_default();
        let name = format!("{FOLDER}/{key}");
        self.sql(&name, None, *stored, &row.checksum);
        let held = Held { row: name, digest: *digest, checksum: row.checksum.as_deref(), is_settled: true };
        self.hold(Some(RowKey::Repeatable(key.to_owned())), held);
    }

    /// Holds a row against the event that left it.
    fn hold(&mut self, key: Option<RowKey>, Held { row, digest, checksum, is_settled }: Held<'_>) {
        let Some(left) = key.and_then(|key| self.log.left.take(&key)) else {
            return self.findings.push(LedgerFindingKind::RowWithoutEvent { row });
        };
        // The event tells what ran, so that of a row that it does not cover the SQL is held against it all the same.
        let has_other_sql = left.checksum.is_some() && left.checksum != checksum;
        if !is_settled || has_other_sql || left.digest.is_some_and(|of_event| of_event != digest) {
            let (event, action) = (left.n, left.action.to_owned());
            self.findings.push(LedgerFindingKind::RowDiffers { row, event, action });
        } else if left.digest.is_none() && left.is_sealed {
            self.not_covered.push(row);
        }
    }

    /// Makes sure that stored SQL is that of its checksum.
    fn sql(&mut self, row: &str, direction: Option<Direction>, sql: Option<Checksum>, checksum: &Text<'_>) {
        let stored = sql.map(|sql| sql.to_string());
        if stored.as_deref() != checksum.as_deref() {
            let recorded = checksum.as_deref().map(str::to_owned);
            self.findings.push(LedgerFindingKind::SqlDiffers { row: row.to_owned(), direction, recorded, stored });
        }
    }

    fn same_seq(&mut self, migrations: &[&HeldMigration]) {
        let mut by_seq: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for HeldMigration { row, .. } in migrations {
            let id = row.id.as_deref().unwrap_or_default();
            by_seq.entry(row.seq.as_deref().unwrap_or_default()).or_default().push(id.to_owned());
        }
        let shared = by_seq.into_iter().filter(|(_, rows)| rows.len() > 1);
        self.findings.extend(shared.map(|(seq, rows)| LedgerFindingKind::SeqShared { seq: seq.to_owned(), rows }));
    }

    /// What events left and is not there; at the very end, what no event covers.
    fn end(self) -> Vec<LedgerFindingKind> {
        let mut findings = self.findings;
        let mut lacking: Vec<(u64, String, &str)> = self
            .log
            .left
            .into_rows()
            .map(|(key, left)| {
                let row = match key {
                    RowKey::Migration(id) => id.to_string(),
                    RowKey::Repeatable(name) => format!("{FOLDER}/{name}"),
                };
                (left.n, row, left.action)
            })
            .collect();
        lacking.sort();
        findings.extend(lacking.into_iter().map(|(event, row, action)| LedgerFindingKind::EventWithoutRow {
            row,
            event,
            action: action.to_owned(),
        }));
        if !self.not_covered.is_empty() {
            findings.push(LedgerFindingKind::NotCovered { rows: self.not_covered });
        }
        findings
    }
}
