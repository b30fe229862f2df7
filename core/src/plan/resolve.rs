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

/// Returns the id that a name means, among the migrations and those that only the history knows.
pub(super) fn migration(migrations: &Migrations, applied: &[Applied], name: &str) -> Result<MigrationId, PlanError> {
    let known = migrations.iter().map(|migration| (&migration.id, migration.slug.as_str()));
    let unknown = applied.iter().filter(|row| migrations.get(&row.id).is_none());
    named(known.chain(unknown.map(|row| (&row.id, row.slug.as_str()))), name)
}

/// Returns the id that a name means: an id, a slug, `<id>_<slug>`, or the beginning of exactly one id.
pub fn named<'a>(
    all: impl IntoIterator<Item = (&'a MigrationId, &'a str)>,
    name: &str,
) -> Result<MigrationId, PlanError> {
    let all: Vec<_> = all.into_iter().collect();
    if let Ok(id) = name.parse::<MigrationId>()
        && all.iter().any(|(of, _)| **of == id)
    {
        return Ok(id);
    }
    let is_exact = |id: &MigrationId, slug: &str| {
        slug == name || name.split_once('_').is_some_and(|(start, rest)| start == id.as_str() && rest == slug)
    };
    let exact: Vec<_> = all.iter().filter(|(id, slug)| is_exact(id, slug)).collect();
    let found =
        if exact.is_empty() { all.iter().filter(|(id, _)| id.as_str().starts_with(name)).collect() } else { exact };
    match found[..] {
        [(id, _)] => Ok((*id).clone()),
        [] => {
            let names = all.iter().flat_map(|(id, slug)| [id.as_str(), slug]);
            Err(PlanError::UnknownTarget { name: name.to_owned(), nearest: nearest(name, names).map(str::to_owned) })
        }
        _ => {
            let candidates = found.iter().map(|(id, slug)| format!("{id}_{slug}")).collect();
            Err(PlanError::AmbiguousTarget { name: name.to_owned(), candidates })
        }
    }
}
