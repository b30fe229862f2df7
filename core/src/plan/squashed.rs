//! Whether a database has what a migration stands for, and the rows that say so.

use std::collections::{HashMap, HashSet};

use super::{Applied, Kind, State};
use crate::header;
use crate::migration::{MigrationId, Migrations, SharedMigration};

/// Returns the migrations that stand for others of which a database with these rows has all, and that have no row of their own.
pub fn to_mark(migrations: &Migrations, rows: &[Applied]) -> Vec<SharedMigration> {
    if migrations.squashes().next().is_none() {
        return Vec::new();
    }
    let (held, ids) = (held(rows), rows.iter().map(|row| &row.id).collect::<HashSet<_>>());
    let squashes = migrations.squashes().map(|(_, squash)| squash).filter(|squash| !ids.contains(&squash.id));
    squashes.filter(|squash| absent(&squash.replaces, &held).is_empty()).cloned().collect()
}

/// Returns the rows that say so of a database that has not all of them any more.
pub fn to_unmark<'r>(migrations: &Migrations, before: &'r [Applied], after: &[Applied]) -> Vec<&'r Applied> {
    let held = held(after);
    let is_stale = |row: &&Applied| is_mark(row) && !absent(&stands_for(migrations, row), &held).is_empty();
    before.iter().filter(is_stale).collect()
}

/// Says whether a row only says that others are there too.
pub(super) fn is_mark(row: &Applied) -> bool {
    row.kind == Kind::Squashed
}

/// Returns the rows that stand for themselves.
pub(super) fn held(rows: &[Applied]) -> HashMap<&MigrationId, &Applied> {
    rows.iter().filter(|row| !is_mark(row)).map(|row| (&row.id, row)).collect()
}

/// Names those of some migrations that a database lacks; none is that it has the last of them and, by the parents of the rows,
/// all that came before it.
pub(super) fn absent(replaces: &[MigrationId], held: &HashMap<&MigrationId, &Applied>) -> Vec<MigrationId> {
    let is_there = |id: &MigrationId| held.get(id).filter(|row| row.state == State::Applied);
    let inside: HashSet<&MigrationId> = replaces.iter().collect();
    let mut open: Vec<&MigrationId> = replaces.last().into_iter().collect();
    let (mut seen, mut is_whole) = (HashSet::new(), true);
    while let Some(id) = open.pop() {
        match is_there(id) {
            Some(row) if seen.insert(id) => open.extend(row.parents.iter().filter(|id| inside.contains(id))),
            Some(_) => {}
            None => is_whole = false,
        }
    }
    if is_whole { Vec::new() } else { replaces.iter().filter(|id| is_there(id).is_none()).cloned().collect() }
}

/// Returns what a row stands for: its file says it, or the text that the database stores.
fn stands_for(migrations: &Migrations, row: &Applied) -> Vec<MigrationId> {
    if let Some(migration) = migrations.get(&row.id) {
        return migration.replaces.clone();
    }
    let header = row.stored.as_ref().and_then(|stored| header::parse(&stored.up).ok());
    header.map(|header| header.replaces).unwrap_or_default()
}
