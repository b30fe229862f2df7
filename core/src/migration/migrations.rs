use std::collections::HashMap;
use std::sync::Arc;

use super::{Migration, MigrationId, SetName, SharedMigration};
use crate::dialect::Dialect;
use crate::graph::Graph;

/// The migrations of one set for one engine, checked and in graph order.
#[derive(Debug, Clone)]
pub struct Migrations {
    set: SetName,
    dialect: Dialect,
    migrations: Vec<SharedMigration>,
    places: HashMap<MigrationId, usize>,
    graph: Graph,
}

impl Migrations {
    /// Takes migrations that are in graph order. Parents and dependencies that are not among them are left out of the
    /// graph; the directory has refused them before.
    pub(crate) fn in_order(set: SetName, dialect: Dialect, migrations: Vec<Migration>) -> Migrations {
        let places: HashMap<MigrationId, usize> =
            migrations.iter().enumerate().map(|(place, migration)| (migration.id.clone(), place)).collect();
        let before = migrations.iter().map(|migration| {
            let same_set =
                migration.depends_on.iter().filter(|dependency| dependency.set.as_ref().is_none_or(|of| *of == set));
            let ids = migration.parents.iter().chain(same_set.map(|dependency| &dependency.id));
            ids.filter_map(|id| places.get(id).copied()).collect()
        });
        let graph = Graph::new(before.collect());
        Migrations { set, dialect, migrations: migrations.into_iter().map(Arc::new).collect(), places, graph }
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
        self.places.get(id).copied()
    }

    /// Returns the revision graph; its nodes are places in the order.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Returns the migrations that are nobody's parent, in graph order.
    pub fn heads(&self) -> Vec<&SharedMigration> {
        let mut is_parent = vec![false; self.len()];
        for place in self.migrations.iter().flat_map(|migration| &migration.parents).filter_map(|id| self.place(id)) {
            is_parent[place] = true;
        }
        self.migrations
            .iter()
            .zip(is_parent)
            .filter(|(_, is_parent)| !is_parent)
            .map(|(migration, _)| migration)
            .collect()
    }
}
