//! Where a database is: computed from what is applied, never stored.

use super::Applied;
use crate::graph::Revisions;
use crate::migration::MigrationId;

/// Returns the heads of a database: the rows that no other row comes after, over parents and dependencies, in the order
/// of the rows.
///
/// Rows that no file has come after the parents that the history stores of them.
pub fn applied_heads<'a>(revisions: &Revisions, rows: impl IntoIterator<Item = &'a Applied>) -> Vec<&'a Applied> {
    let rows: Vec<&Applied> = rows.into_iter().collect();
    let unknown = rows.iter().filter(|row| revisions.place(&row.id).is_none());
    let all = revisions.with(unknown.map(|row| row.revision()));
    let heads = heads(&all, rows.iter().map(|row| &row.id));
    rows.into_iter().filter(|row| all.place(&row.id).is_some_and(|place| heads.binary_search(&place).is_ok())).collect()
}

/// Returns the places of those among applied migrations that no other comes after, in graph order.
pub(super) fn heads<'a>(revisions: &Revisions, applied: impl Iterator<Item = &'a MigrationId>) -> Vec<usize> {
    let mut is_applied = vec![false; revisions.len()];
    for place in applied.filter_map(|id| revisions.place(id)) {
        is_applied[place] = true;
    }
    revisions.graph().maximal(&is_applied)
}
