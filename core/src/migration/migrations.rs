use std::sync::Arc;

use super::{Migration, MigrationId, SetName, SharedMigration};
use crate::dialect::Dialect;
use crate::graph::{Graph, Revisions};

/// The migrations of one set for one engine, checked and in graph order.
#[derive(Debug, Clone)]
pub struct Migrations {
    set: SetName,
    dialect: Dialect,
    migrations: Vec<SharedMigration>,
    revisions: Arc<Revisions>,
    /// The places of those that stand for others.
    squashes: Vec<usize>,
}

impl Migrations {
    /// Takes migrations that are in graph order, and the graph of the same migrations.
    pub(crate) fn new(
        set: SetName,
        dialect: Dialect,
        migrations: Vec<Migration>,
        revisions: Arc<Revisions>,
    ) -> Migrations {
        Migrations::shared(set, dialect, migrations.into_iter().map(Arc::new).collect(), revisions)
    }

    fn shared(
        set: SetName,
        dialect: Dialect,
        migrations: Vec<SharedMigration>,
        revisions: Arc<Revisions>,
    ) -> Migrations {
        let squashes = (0..).zip(&migrations).filter(|(_, migration)| !migration.replaces.is_empty());
        let squashes = squashes.map(|(place, _)| place).collect();
        Migrations { set, dialect, migrations, revisions, squashes }
    }

    /// Returns the same set with other migrations.
    pub(crate) fn chosen(&self, migrations: Vec<SharedMigration>, revisions: Revisions) -> Migrations {
        Migrations::shared(self.set.clone(), self.dialect, migrations, Arc::new(revisions))
    }

    /// Returns the migrations that stand for others, each with its place, in graph order.
    pub fn squashes(&self) -> impl DoubleEndedIterator<Item = (usize, &SharedMigration)> {
        self.squashes.iter().filter_map(|&place| Some((place, self.migrations.get(place)?)))
    }

    /// Returns the name of the set.
    pub fn set(&self) -> &SetName {
        &self.set
    }

    /// Returns the engine that the scripts are for.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the migrations in graph order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &SharedMigration> + DoubleEndedIterator {
        self.migrations.iter()
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.migrations.len()
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.migrations.is_empty()
    }

    /// Returns the migration with this id.
    pub fn get(&self, id: &MigrationId) -> Option<&SharedMigration> {
        self.place(id).and_then(|place| self.migrations.get(place))
    }

    /// Returns where the migration with this id stands in the order, from 0.
    pub fn place(&self, id: &MigrationId) -> Option<usize> {
        self.revisions.place(id)
    }

    /// Returns the names, lines and labels; its places are those of the order.
    pub fn revisions(&self) -> &Revisions {
        &self.revisions
    }

    /// Returns what comes after what, over parents and dependencies; its nodes are places in the order.
    pub fn graph(&self) -> &Graph {
        self.revisions.graph()
    }

    /// Returns the migrations that nothing revises, in graph order: where a new one can go on.
    pub fn heads(&self) -> Vec<&SharedMigration> {
        self.at(&self.revisions.heads())
    }

    /// Returns the migrations that nothing revises and nothing depends on, in graph order: what `head` and `heads` mean
    /// as targets.
    pub fn real_heads(&self) -> Vec<&SharedMigration> {
        self.at(&self.revisions.real_heads())
    }

    fn at(&self, places: &[usize]) -> Vec<&SharedMigration> {
        places.iter().filter_map(|&place| self.migrations.get(place)).collect()
    }
}
