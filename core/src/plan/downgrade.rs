//! The steps down.

use std::borrow::Cow;
use std::sync::Arc;

use super::resolve::Line;
use super::rows::Rows;
use super::{Applied, Destination, Kind, NothingToDo, PlanError, Resolver, Step, Way, siblings};
use crate::checksum::{Checksum, differ_cosmetically};
use crate::header;
use crate::migration::{Direction, Migration, Migrations, Script, SharedMigration};
use crate::target::Target;

/// Returns the applied migrations to revert, the last applied first. All of them must be reversible.
///
/// Which they are, the files tell of those that have one, and the history of the others.
pub(super) fn way(
    migrations: &Migrations,
    applied: &[Applied],
    resolver: &Resolver<'_>,
    destination: &Destination,
    target: &Target,
) -> Result<Way, PlanError> {
    let rows = Rows::new(resolver.revisions(), applied);
    let (reverted, nothing_to_do) = reverted(resolver, &rows, destination, target)?;
    let findings = siblings::findings(migrations, resolver.revisions(), &reverted, destination, target);
    let steps: Result<Vec<Step>, PlanError> =
        rows.last_first(&reverted).into_iter().map(|row| step(migrations, row)).collect();
    let steps = steps?;
    let nothing_to_do = steps.is_empty().then_some(nothing_to_do);
    Ok(Way { steps, findings, nothing_to_do })
}

/// Marks what is to be reverted; beside it, what is to be said if that is nothing.
fn reverted(
    resolver: &Resolver<'_>,
    rows: &Rows<'_, '_>,
    destination: &Destination,
    target: &Target,
) -> Result<(Vec<bool>, NothingToDo), PlanError> {
    let lines = rows.revisions.lines();
    let nothing_of =
        |line: &Option<Line>| NothingToDo::NothingApplied { branch: line.as_ref().map(|line| line.name.clone()) };
    let wrong = || Err(PlanError::WrongWay { target: target.clone(), direction: Direction::Down });
    match destination {
        Destination::At { places, line } => match places[..] {
            [place] => rows.above(place, line.as_ref(), target),
            _ => wrong(),
        },
        Destination::Everything { heads: Some(heads) } => match resolver.only_head(heads, None)? {
            Some(head) => rows.above(head, None, target),
            None => wrong(),
        },
        Destination::Base { line: None } => Ok((rows.all(), nothing_of(&None))),
        Destination::Base { line: line @ Some(of) } => {
            let below = lines.with_ancestors([of.place]);
            let bases = rows.revisions.bases().into_iter().filter(|&base| below[base]);
            Ok((rows.from(bases), nothing_of(line)))
        }
        Destination::AllBut { steps, line } => Ok((rows.last(*steps, line.as_ref())?, nothing_of(line))),
        Destination::Everything { heads: None } | Destination::Next { .. } => wrong(),
    }
}

pub(super) fn step(migrations: &Migrations, row: &Applied) -> Result<Step, PlanError> {
    if row.kind == Kind::Baseline {
        let reason = Some("it stands for what was in this database before".to_owned());
        return Err(PlanError::Irreversible { name: row.name(), reason });
    }
    let migration = match migrations.get(&row.id) {
        Some(migration) if !is_edited(migrations, migration, row) => row.as_recorded(migration),
        known => Arc::new(stored(row, known)),
    };
    if migration.down.is_none() {
        let reason = migration.up.header.irreversible.clone();
        return Err(PlanError::Irreversible { name: migration.name(), reason });
    }
    Ok(Step::new(Direction::Down, migration))
}

/// What was applied is reverted: an edited file's way down may fit the edit only.
fn is_edited(migrations: &Migrations, migration: &Migration, row: &Applied) -> bool {
    let stored = row.stored.as_ref().map(|stored| &*stored.up);
    row.up_checksum != migration.up.checksum
        && !migration.was.contains(&row.up_checksum)
        && stored.is_some_and(|stored| !differ_cosmetically(stored, &migration.up.text, migrations.dialect()))
}

/// Makes a migration of what the history stores.
pub(super) fn stored(row: &Applied, known: Option<&SharedMigration>) -> Migration {
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
        replaces: Vec::new(),
        up: script("up", row.stored.as_ref().map_or("", |stored| &stored.up)),
        down: row.stored.as_ref().and_then(|stored| stored.down.as_deref()).map(|down| script("down", down)),
        was: Vec::new(),
    }
}
