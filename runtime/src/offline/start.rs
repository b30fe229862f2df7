//! What a script takes for granted of the database that it is fed to.

use std::collections::HashSet;

use dunlin_core::migration::{Direction, Migration, MigrationId, Migrations};
use dunlin_core::plan::{self, Applied, Kind, PlanError, Resolver, State, Step};
use dunlin_core::target::Target;

/// The state that a database must be in.
#[derive(Debug)]
pub(super) struct Start {
    /// The rows that it has, exactly, in graph order.
    pub(super) rows: Vec<Applied>,
    /// `<id>_<slug>` of the heads that this makes.
    pub(super) heads: Vec<String>,
}

impl Start {
    /// Takes a database that stands at a place: it has that migration, what comes before it, and nothing else.
    pub(super) fn new(migrations: &Migrations, from: &Target) -> Result<Start, PlanError> {
        let at: Vec<MigrationId> = Resolver::new(migrations.revisions()).at(from)?;
        let places = at.iter().filter_map(|id| migrations.place(id));
        let applied = migrations.graph().with_ancestors(places);
        let applied = migrations.iter().zip(applied).filter(|(_, is_applied)| *is_applied);
        let rows: Vec<Applied> = applied.enumerate().map(|(n, (migration, _))| row(migration, n)).collect();
        let heads = plan::applied_heads(migrations.revisions(), &rows).into_iter().map(Applied::name).collect();
        Ok(Start { rows, heads })
    }

    /// Returns the rows that the database has when steps were taken.
    pub(super) fn after(&self, steps: &[Step]) -> Vec<Applied> {
        let of = |way: Direction| steps.iter().filter(move |step| step.direction == way).map(|step| &step.migration);
        let reverted: HashSet<&MigrationId> = of(Direction::Down).map(|migration| &migration.id).collect();
        let mut rows: Vec<Applied> = self.rows.iter().filter(|row| !reverted.contains(&row.id)).cloned().collect();
        rows.extend(of(Direction::Up).enumerate().map(|(n, migration)| row(migration, self.rows.len() + n)));
        rows
    }
}

/// Returns the row that a migration has when `before` were applied before it.
fn row(migration: &Migration, before: usize) -> Applied {
    Applied {
        id: migration.id.clone(),
        slug: migration.slug.clone(),
        parents: migration.parents.clone(),
        seq: i64::try_from(before).unwrap_or(i64::MAX).saturating_add(1),
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
