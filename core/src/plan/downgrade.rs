//! The steps down.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use super::{Applied, PlanError, Step, resolve};
use crate::checksum::{Checksum, differ_cosmetically};
use crate::header;
use crate::migration::{Direction, Migration, MigrationId, Migrations, Script, SharedMigration};
use crate::target::Target;

/// Returns the applied migrations to revert, the last applied first. All of them must be reversible.
pub(super) fn steps(migrations: &Migrations, applied: &[Applied], target: &Target) -> Result<Vec<Step>, PlanError> {
    let mut rows: Vec<&Applied> = match target {
        Target::Base => applied.iter().collect(),
        Target::Back(n) if applied.is_empty() || *n <= applied.len() => {
            applied.iter().skip(applied.len().saturating_sub(*n)).collect()
        }
        Target::Back(n) => return Err(PlanError::TooFar { applied: applied.len(), asked: *n }),
        Target::Migration(name) => {
            let id = resolve::migration(migrations, applied, name)?;
            if !applied.iter().any(|row| row.id == id) {
                return Err(PlanError::NotApplied(name.clone()));
            }
            after(migrations, applied, &id)
        }
        Target::Head | Target::Heads | Target::Forward(_) => {
            return Err(PlanError::WrongWay { target: target.clone(), direction: Direction::Down });
        }
    };
    rows.reverse();
    rows.into_iter().map(|row| step(migrations, row)).collect()
}

/// Returns the rows that come after a migration, by the files for those that have one, by the history for the others.
fn after<'a>(migrations: &Migrations, applied: &'a [Applied], id: &MigrationId) -> Vec<&'a Applied> {
    let mut reached: HashSet<&MigrationId> = HashSet::from([id]);
    loop {
        let found = reached.len();
        for row in applied {
            let known = migrations.get(&row.id);
            let parents = known.map_or(&row.parents, |migration| &migration.parents);
            let depends_on = known.map(|migration| &migration.depends_on[..]).unwrap_or_default();
            let here = depends_on.iter().filter(|on| on.set.as_ref().is_none_or(|set| set == migrations.set()));
            if parents.iter().chain(here.map(|on| &on.id)).any(|before| reached.contains(before)) {
                reached.insert(&row.id);
            }
        }
        if reached.len() == found {
            break;
        }
    }
    reached.remove(id);
    applied.iter().filter(|row| reached.contains(&row.id)).collect()
}

fn step(migrations: &Migrations, row: &Applied) -> Result<Step, PlanError> {
    let migration = match migrations.get(&row.id) {
        Some(migration) if !is_edited(migrations, migration, row) => migration.clone(),
        known => Arc::new(stored(row, known)),
    };
    if migration.down.is_none() {
        let reason = migration.up.header.irreversible.clone();
        return Err(PlanError::Irreversible { name: migration.name(), reason });
    }
    Ok(Step { direction: Direction::Down, migration })
}

/// What was applied is reverted: an edited file's way down may fit the edit only.
fn is_edited(migrations: &Migrations, migration: &Migration, row: &Applied) -> bool {
    let stored = row.stored.as_ref().map(|stored| &*stored.up);
    row.up_checksum != migration.up.checksum
        && !migration.was.contains(&row.up_checksum)
        && stored.is_some_and(|stored| !differ_cosmetically(stored, &migration.up.text, migrations.dialect()))
}

fn stored(row: &Applied, known: Option<&SharedMigration>) -> Migration {
    let name = known.map_or_else(|| row.name(), |migration| migration.name());
    let script = |half: &str, text: &str| {
        Arc::new(Script {
            file: format!("{name}.{half}.sql (stored in the database)"),
            text: Cow::Owned(text.to_owned()),
            checksum: Checksum::of_text(text),
            header: header::parse(text).unwrap_or_default(),
        })
    };
    Migration {
        id: row.id.clone(),
        slug: row.slug.clone(),
        parents: row.parents.clone(),
        depends_on: Vec::new(),
        up: script("up", row.stored.as_ref().map_or("", |stored| &stored.up)),
        down: row.stored.as_ref().and_then(|stored| stored.down.as_deref()).map(|down| script("down", down)),
        was: Vec::new(),
    }
}
