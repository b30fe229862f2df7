//! Whatever is done to a row is found.

use proptest::prelude::*;

use super::super::*;
use super::history::{history, text};
use crate::ledger::{MigrationRow, RepeatableRow, Text};

/// One thing that is done to one row.
#[derive(Debug, Clone)]
pub(super) enum Meddling {
    Change { column: usize, value: Option<String> },
    Delete,
    Insert { key: String },
    Swap,
}

/// Does it to a row of values, whose key is at `key`. Says whether anything is different then.
pub(super) fn meddle<const N: usize>(
    rows: &mut Vec<[Text<'static>; N]>,
    key: usize,
    at: usize,
    meddling: &Meddling,
) -> bool {
    if rows.is_empty() {
        return false;
    }
    let (at, before) = (at % rows.len(), rows.clone());
    match meddling {
        Meddling::Change { column, value } => rows[at][column % N] = value.as_deref().and_then(text),
        Meddling::Delete => drop(rows.remove(at)),
        Meddling::Insert { key: other } => {
            let mut row = rows[at].clone();
            row[key] = text(other);
            rows.push(row);
        }
        Meddling::Swap => {
            let next = (at + 1) % rows.len();
            let own = rows[at][key].clone();
            rows[at][key] = rows[next][key].clone();
            rows[next][key] = own;
        }
    }
    *rows != before
}

/// Anything that can be done.
pub(super) fn anything() -> impl Strategy<Value = Meddling> {
    let change = (0..16_usize, prop::option::of("[a-z0-9]{0,3}"));
    prop_oneof![
        6 => change.prop_map(|(column, value)| Meddling::Change { column, value }),
        1 => Just(Meddling::Delete),
        1 => "[0-9]{1,2}".prop_map(|key| Meddling::Insert { key }),
        1 => Just(Meddling::Swap),
    ]
}

proptest! {
    #[test]
    fn whatever_is_done_to_a_row_is_found(table in 0..4_usize, at in 0..32_usize, meddling in anything()) {
        let mut meddled = history();
        let tables = &mut meddled.0;
        let is_changed = match table {
            0 => {
                let rows = tables.events.take().unwrap_or_default();
                let mut values: Vec<_> = rows.iter().map(event_values).collect();
                let is_changed = meddle(&mut values, 1, at, &meddling);
                // What was read from the detail that a run wrote stays: only the text of it is hashed.
                let details = |n: &Text<'_>| rows.iter().find(|row| row.n == *n).map(|row| row.details.clone());
                tables.events = Some(values.into_iter().map(|values| {
                    let details = details(&values[1]).unwrap_or_default();
                    EventRow::new(values, details)
                }).collect());
                is_changed
            }
            1 => {
                let mut values: Vec<_> = tables.migrations.take().unwrap_or_default().into_iter().map(migration_values).collect();
                let is_changed = meddle(&mut values, 1, at, &meddling);
                tables.migrations = Some(values.into_iter().map(MigrationRow::from).collect());
                is_changed
            }
            2 => {
                let mut values: Vec<_> = tables.repeatables.take().unwrap_or_default().into_iter().map(repeatable_values).collect();
                let is_changed = meddle(&mut values, 1, at, &meddling);
                tables.repeatables = Some(values.into_iter().map(RepeatableRow::from).collect());
                is_changed
            }
            _ => {
                let mut values: Vec<_> = tables.layout.take().unwrap_or_default().into_iter().map(|row| [row.id, row.version]).collect();
                let is_changed = meddle(&mut values, 0, at, &meddling);
                tables.layout = Some(values.into_iter().map(|[id, version]| LayoutRow { id, version }).collect());
                is_changed
            }
        };
        prop_assert_eq!(meddled.audit().is_whole(), !is_changed, "{:?}", meddled.audit());
    }
}

fn event_values(row: &EventRow) -> [Text<'static>; 13] {
    let EventRow { set_name, n, at, action, id, checksum, db_user, os_user, .. } = row.clone();
    let EventRow { host, application, tool_version, detail, hash, .. } = row.clone();
    [set_name, n, at, action, id, checksum, db_user, os_user, host, application, tool_version, detail, hash]
}

pub(super) fn migration_values(row: MigrationRow<'static>) -> [Text<'static>; 15] {
    [
        row.set_name,
        row.id,
        row.slug,
        row.parents,
        row.seq,
        row.kind,
        row.state,
        row.up_checksum,
        row.down_checksum,
        row.up_sql,
        row.down_sql,
        row.breaking,
        row.applied_at,
        row.duration_us,
        row.tool_version,
    ]
}

fn repeatable_values(row: RepeatableRow<'static>) -> [Text<'static>; 7] {
    [row.set_name, row.name, row.checksum, row.stored_sql, row.applied_at, row.duration_us, row.tool_version]
}
