//! Random graphs, and what holds of them told in the plainest way.

use std::collections::HashSet;

use proptest::prelude::*;
use proptest::sample::Index;

use crate::dialect::Dialect;
use crate::directory::{Directory, Options, SourceFile};
use crate::fault::Faults;
use crate::migration::{MigrationId, Migrations};
use crate::plan::tests::row;
use crate::plan::{Applied, Plan};

/// Nodes from 0, of which each can follow those before it only; their ids are in another order.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) ids: Vec<usize>,
    pub(super) parents: Vec<Vec<usize>>,
    pub(super) depends_on: Vec<Vec<usize>>,
    pub(super) labels: Vec<Vec<String>>,
}

/// Linear, branched and merged graphs with several bases, labels and dependencies.
pub(super) fn world() -> impl Strategy<Value = World> {
    let node = (
        prop::collection::vec(any::<Index>(), 0..3),
        prop::collection::vec(any::<Index>(), 0..2),
        prop::bool::weighted(0.6),
        prop::bool::weighted(0.2),
    );
    let nodes = prop::collection::vec(node, 1..18);
    nodes.prop_flat_map(|nodes| {
        let ids: Vec<usize> = (1..=nodes.len()).collect();
        (Just(nodes), Just(ids).prop_shuffle()).prop_map(|(nodes, ids)| World::new(&nodes, ids))
    })
}

type Node = (Vec<Index>, Vec<Index>, bool, bool);

impl World {
    fn new(nodes: &[Node], ids: Vec<usize>) -> World {
        let mut world = World { ids, parents: Vec::new(), depends_on: Vec::new(), labels: Vec::new() };
        for (n, (parents, depends_on, is_linear, has_label)) in nodes.iter().enumerate() {
            let pick = |picks: &[Index]| -> Vec<usize> {
                if n == 0 { Vec::new() } else { picks.iter().map(|pick| pick.index(n)).collect() }
            };
            let mut parents = pick(parents);
            if *is_linear && n > 0 && !parents.is_empty() {
                parents[0] = n - 1;
            }
            parents.sort_unstable();
            parents.dedup();
            let above: Vec<usize> = parents.iter().flat_map(|&parent| world.lines_below(parent)).collect();
            parents.retain(|parent| !above.contains(parent));
            world.parents.push(parents);
            world.depends_on.push(pick(depends_on));
            world.labels.push(if *has_label { vec![format!("l{n}x")] } else { Vec::new() });
        }
        world
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn id(&self, node: usize) -> String {
        self.ids[node].to_string()
    }

    /// Those that revise a node.
    pub(super) fn children(&self, node: usize) -> Vec<usize> {
        (0..self.len()).filter(|&other| self.parents[other].contains(&node)).collect()
    }

    /// Those that revise a node or depend on it.
    pub(super) fn followers(&self, node: usize) -> Vec<usize> {
        let follows = |&other: &usize| self.parents[other].contains(&node) || self.depends_on[other].contains(&node);
        (0..self.len()).filter(follows).collect()
    }

    /// Everything below a node by parents, without it.
    pub(super) fn lines_below(&self, node: usize) -> HashSet<usize> {
        let direct = &self.parents[node];
        direct.iter().flat_map(|&parent| self.lines_below(parent).into_iter().chain([parent])).collect()
    }

    /// Everything below a node by parents and dependencies, without it.
    pub(super) fn below(&self, node: usize) -> HashSet<usize> {
        let direct = self.parents[node].iter().chain(&self.depends_on[node]);
        direct.flat_map(|&earlier| self.below(earlier).into_iter().chain([earlier])).collect()
    }

    /// Itself, what is above and what is below, by parents.
    pub(super) fn lineage(&self, node: usize) -> HashSet<usize> {
        let above = (0..self.len()).filter(|&other| self.lines_below(other).contains(&node));
        self.lines_below(node).into_iter().chain(above).chain([node]).collect()
    }

    /// The nodes of these ids.
    pub(super) fn nodes<'i>(&self, ids: impl IntoIterator<Item = &'i MigrationId>) -> HashSet<usize> {
        let node = |id: &MigrationId| self.ids.iter().position(|of| of.to_string() == id.as_str()).unwrap();
        ids.into_iter().map(node).collect()
    }

    pub(super) fn directory(&self) -> Result<Directory, Faults> {
        Directory::from_files("versions", self.files(), None, Options::default())
    }

    pub(super) fn files(&self) -> Vec<SourceFile> {
        let listed = |nodes: &[usize]| nodes.iter().map(|&node| self.id(node)).collect::<Vec<_>>().join(", ");
        let files = (0..self.len()).flat_map(|node| {
            let parents = &self.parents[node];
            let mut up =
                format!("-- dunlin: revises {}\n", if parents.is_empty() { "base".into() } else { listed(parents) });
            self.depends_on[node]
                .iter()
                .for_each(|on| up.push_str(&format!("-- dunlin: depends-on {}\n", self.id(*on))));
            self.labels[node].iter().for_each(|label| up.push_str(&format!("-- dunlin: label {label}\n")));
            let id = self.id(node);
            [
                (format!("{id}_m{id}.up.sql"), format!("{up}select 1;")),
                (format!("{id}_m{id}.down.sql"), "select 2;".into()),
            ]
        });
        files.map(|(name, text)| SourceFile { name: name.into(), text: text.into(), checksum: None }).collect()
    }

    pub(super) fn migrations(&self) -> Migrations {
        self.directory().unwrap().migrations(Dialect::Sqlite).unwrap()
    }

    /// Carries a plan out; every step must be possible when its turn comes.
    pub(super) fn carry_out(&self, plan: &Plan, mut history: Vec<Applied>) -> Vec<Applied> {
        for step in &plan.steps {
            let node = self.nodes([&step.migration.id]).into_iter().next().unwrap();
            let applied = self.nodes(history.iter().map(|row| &row.id));
            if step.direction == crate::migration::Direction::Up {
                assert!(!applied.contains(&node), "applied twice");
                assert!(self.below(node).is_subset(&applied), "applied before what it needs");
                let seq = history.last().map_or(1, |row| usize::try_from(row.seq).unwrap() + 1);
                history.push(row(&step.migration, seq));
            } else {
                assert!(applied.contains(&node), "reverted and not applied");
                assert!(
                    !applied.iter().any(|&other| self.below(other).contains(&node)),
                    "reverted before what needs it"
                );
                history.retain(|row| row.id != step.migration.id);
            }
        }
        history
    }
}
