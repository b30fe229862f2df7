//! From what was typed to a migration and a direction.

use super::{Applied, Goal, PlanError};
use crate::migration::{Direction, MigrationId, Migrations};
use crate::target::Target;
use crate::text::nearest;

/// Returns the way that leads to a goal.
pub(super) fn direction(migrations: &Migrations, applied: &[Applied], goal: &Goal) -> Result<Direction, PlanError> {
    let way = match &goal.target {
        Target::Head | Target::Heads | Target::Forward(_) => Direction::Up,
        Target::Base | Target::Back(_) => Direction::Down,
        Target::Migration(name) => {
            let id = migration(migrations, applied, name)?;
            let is_applied = applied.iter().any(|row| row.id == id);
            goal.direction.unwrap_or(if is_applied { Direction::Down } else { Direction::Up })
        }
    };
    match goal.direction {
        Some(direction) if direction != way => Err(PlanError::WrongWay { target: goal.target.clone(), direction }),
        _ => Ok(way),
    }
}

/// Returns the id that a name means: an id, a slug, `<id>_<slug>`, or the beginning of exactly one id.
pub(super) fn migration(migrations: &Migrations, applied: &[Applied], name: &str) -> Result<MigrationId, PlanError> {
    let known = migrations.iter().map(|migration| (&migration.id, migration.slug.as_str(), migration.name()));
    let unknown = applied.iter().filter(|row| migrations.get(&row.id).is_none());
    let all: Vec<_> = known.chain(unknown.map(|row| (&row.id, row.slug.as_str(), row.name()))).collect();
    if let Ok(id) = name.parse::<MigrationId>()
        && all.iter().any(|(of, ..)| **of == id)
    {
        return Ok(id);
    }
    let exact: Vec<_> = all.iter().filter(|(_, slug, full)| *slug == name || full == name).collect();
    let found =
        if exact.is_empty() { all.iter().filter(|(id, ..)| id.as_str().starts_with(name)).collect() } else { exact };
    match found[..] {
        [(id, ..)] => Ok((*id).clone()),
        [] => {
            let names = all.iter().flat_map(|(id, slug, _)| [id.as_str(), slug]);
            Err(PlanError::UnknownTarget { name: name.to_owned(), nearest: nearest(name, names).map(str::to_owned) })
        }
        _ => {
            let candidates = found.iter().map(|(.., full)| full.clone()).collect();
            Err(PlanError::AmbiguousTarget { name: name.to_owned(), candidates })
        }
    }
}
