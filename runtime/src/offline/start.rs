//! What a script takes for granted of the database that it is fed to.

use dunlin_core::migration::{MigrationId, Migrations};
use dunlin_core::plan::{self, Applied, PlanError, Resolver, View};
use dunlin_core::target::Target;

use crate::history::{Head, Snapshot};

/// The state that a database must be in.
#[derive(Debug)]
pub(super) struct Start {
    /// The rows that it has, exactly, in order.
    pub(super) rows: Vec<Applied>,
    /// `<id>_<slug>` of the heads that this makes.
    pub(super) heads: Vec<String>,
    pub(super) origin: Origin,
}

/// How the state is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Somebody said it; no database was asked.
    Said,
    /// The database told it.
    Read {
        /// Whether it has a history.
        exists: bool,
        /// Its last event.
        head: Head,
    },
}

impl Start {
    /// Takes a database that stands at a place: it has that migration, what comes before it, and nothing else.
    pub(super) fn at(migrations: &Migrations, from: &Target) -> Result<Start, PlanError> {
        let view = View::new(migrations, &[], &[from]);
        let migrations = view.migrations();
        let at: Vec<MigrationId> = Resolver::new(migrations.revisions()).at(from)?;
        let places = at.iter().filter_map(|id| migrations.place(id));
        let applied = migrations.graph().with_ancestors(places);
        let applied = migrations.iter().zip(applied).filter(|(_, is_applied)| *is_applied);
        let rows = (1..).zip(applied).map(|(seq, (migration, _))| Applied::of(migration, seq));
        Ok(Start::new(migrations, rows.collect(), Origin::Said))
    }

    /// Takes a database as it is.
    pub(super) fn of(migrations: &Migrations, head: Head, snapshot: &Snapshot) -> Start {
        Start::new(migrations, snapshot.rows.clone(), Origin::Read { exists: snapshot.exists, head })
    }

    fn new(migrations: &Migrations, rows: Vec<Applied>, origin: Origin) -> Start {
        let heads = plan::applied_heads(migrations.revisions(), &rows).into_iter().map(Applied::name).collect();
        Start { rows, heads, origin }
    }

    /// Says whether the database is known to have a history.
    pub(super) fn has_history(&self) -> bool {
        match self.origin {
            Origin::Said => !self.rows.is_empty(),
            Origin::Read { exists, .. } => exists,
        }
    }
}
