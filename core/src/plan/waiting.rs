//! What must be applied before one migration can be.

use super::{Applied, State};
use crate::header::Dependency;
use crate::migration::{Migration, MigrationId, Migrations};

/// Names the parents and dependencies of a migration that are not applied whole, each once, those of other sets last.
///
/// `elsewhere` are those of the migrations of other sets that it depends on which are applied.
pub(super) fn waits_for(
    migrations: &Migrations,
    migration: &Migration,
    applied: &[Applied],
    elsewhere: &[Dependency],
) -> Vec<String> {
    let row = |id: &MigrationId| applied.iter().find(|row| row.id == *id);
    let is_here = |dependency: &&Dependency| dependency.set.as_ref().is_none_or(|set| set == migrations.set());
    let (here, away): (Vec<_>, Vec<_>) = migration.depends_on.iter().partition(is_here);
    let before = migration.parents.iter().chain(here.into_iter().map(|dependency| &dependency.id));
    let name = |id: &MigrationId| match (migrations.get(id), row(id)) {
        (Some(migration), _) => migration.name(),
        (None, Some(row)) => row.name(),
        (None, None) => id.to_string(),
    };
    let mut waits_for: Vec<String> = Vec::new();
    for name in before.filter(|id| row(id).is_none_or(|row| row.state != State::Applied)).map(name) {
        if !waits_for.contains(&name) {
            waits_for.push(name);
        }
    }
    let away = away.into_iter().filter(|dependency| !elsewhere.contains(dependency));
    waits_for.extend(away.filter_map(|dependency| Some(format!("{}/{}", dependency.set.as_ref()?, dependency.id))));
    waits_for
}
