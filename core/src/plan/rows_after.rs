//! The rows that a history is to have.

use std::collections::HashSet;

use super::{Applied, Step};
use crate::migration::{Direction, MigrationId};

/// Returns the rows that a database has when steps were taken.
pub fn rows_after(rows: &[Applied], steps: &[Step]) -> Vec<Applied> {
    let of = |way: Direction| steps.iter().filter(move |step| step.direction == way).map(|step| &step.migration);
    let reverted: HashSet<&MigrationId> = of(Direction::Down).map(|migration| &migration.id).collect();
    let mut after: Vec<Applied> = rows.iter().filter(|row| !reverted.contains(&row.id)).cloned().collect();
    let last = rows.last().map_or(0, |row| row.seq);
    after.extend((1..).zip(of(Direction::Up)).map(|(n, migration)| Applied::of(migration, last.saturating_add(n))));
    after
}
