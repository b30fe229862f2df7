//! The rows that a history is to have.

use std::collections::HashSet;

use super::{Applied, Kind, State, Step};
use crate::migration::{Direction, Migration, MigrationId};

/// Returns the rows that a database has when steps were taken.
pub fn rows_after(rows: &[Applied], steps: &[Step]) -> Vec<Applied> {
    let of = |way: Direction| steps.iter().filter(move |step| step.direction == way).map(|step| &step.migration);
    let reverted: HashSet<&MigrationId> = of(Direction::Down).map(|migration| &migration.id).collect();
    let mut after: Vec<Applied> = rows.iter().filter(|row| !reverted.contains(&row.id)).cloned().collect();
    let last = rows.last().map_or(0, |row| row.seq);
    after.extend((1..).zip(of(Direction::Up)).map(|(n, migration)| row(migration, last.saturating_add(n))));
    after
}

/// Returns the row of a migration that was run.
pub(crate) fn row(migration: &Migration, seq: i64) -> Applied {
    Applied {
        id: migration.id.clone(),
        slug: migration.slug.clone(),
        parents: migration.parents.clone(),
        seq,
        kind: Kind::Applied,
        state: State::Applied,
        up_checksum: migration.up.checksum,
        down_checksum: migration.down.as_ref().map(|down| down.checksum),
        breaking: migration.is_breaking(),
        applied_at: String::new(),
        stored: None,
        journal: Vec::new(),
    }
}
