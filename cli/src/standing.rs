//! Where a database stands, in words.

use dunlin::core::migration::{MigrationId, Migrations};
use dunlin::core::text::list;
use dunlin::{MigrationState, Status};

/// Returns the last applied migrations: those that no applied one revises.
pub(crate) fn of_status(status: &Status) -> String {
    let is_in_place = |state: MigrationState| matches!(state, MigrationState::Applied | MigrationState::Unknown);
    let applied: Vec<_> = status.migrations.iter().filter(|migration| is_in_place(migration.state)).collect();
    let parents: std::collections::HashSet<&MigrationId> =
        applied.iter().flat_map(|migration| &migration.parents).collect();
    in_words(
        applied.iter().filter(|migration| !parents.contains(&migration.id)).map(|migration| migration.name.clone()),
    )
}

/// Returns the heads.
pub(crate) fn of_migrations(migrations: &Migrations) -> String {
    in_words(migrations.heads().into_iter().map(|migration| migration.name()))
}

fn in_words(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    match &names[..] {
        [] => "base".to_owned(),
        [name] => name.clone(),
        _ => list(names),
    }
}
