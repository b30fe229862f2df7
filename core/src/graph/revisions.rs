use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::labels::Labels;
use super::{Graph, Weave};
use crate::migration::{Label, MigrationId, Slug};

/// A migration as the graph sees it, whichever engine its files are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The migration's id.
    pub id: MigrationId,
    /// Its slug.
    pub slug: Slug,
    /// The labels that it declares.
    pub labels: Vec<Label>,
    /// What it revises; none for a base.
    pub parents: Vec<MigrationId>,
    /// What it depends on within its own set.
    pub depends_on: Vec<MigrationId>,
    /// What it stands for, the last of it last.
    pub replaces: Vec<MigrationId>,
}

impl Revision {
    /// Returns `<id>_<slug>`.
    pub fn name(&self) -> String {
        format!("{}_{}", self.id, self.slug)
    }
}

/// The migrations of one set and what comes after what. A node is a place in the order, from 0.
///
/// There are two kinds of edges. A *line* leads from a parent to what revises it. The whole [`graph`](Self::graph) has
/// the dependencies too, and is what the order and every plan follow.
#[derive(Debug, Clone, Default)]
pub struct Revisions {
    revisions: Vec<Revision>,
    places: HashMap<MigrationId, usize>,
    graph: Graph,
    /// `None` where there is no dependency: the graph is all lines.
    lines: Option<Graph>,
    labels: OnceLock<Labels>,
    hidden: Vec<Hidden>,
}

/// A migration that a database does not go by, since another one stands for it, or it for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hidden {
    pub(crate) id: MigrationId,
    /// Its slug, if it has files.
    pub(crate) slug: Option<Slug>,
    /// `<id>_<slug>` of what is there in its place.
    pub(crate) by: String,
    /// The migration that is the same place.
    pub(crate) same: Option<MigrationId>,
}

impl Hidden {
    /// Says whether this is its name in full.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let is_slug = |slug: &Slug| slug.as_str() == name || format!("{}_{slug}", self.id) == name;
        name.parse::<MigrationId>().is_ok_and(|id| id == self.id) || self.slug.as_ref().is_some_and(is_slug)
    }
}

/// Gives migrations the parents and dependencies that they have beside those which stand for others.
fn weave_in(revisions: &mut [Revision]) {
    if revisions.iter().all(|revision| revision.replaces.is_empty()) {
        return;
    }
    let ids: HashSet<&MigrationId> = revisions.iter().map(|revision| &revision.id).collect();
    let weave = Weave::new(revisions.iter().map(|revision| (&revision.id, &revision.replaces[..])));
    let woven = |revision: &Revision| {
        let parents = weave.parents(&revision.id, &revision.parents, |id| ids.contains(id));
        (parents, weave.all_seen(&revision.id, &revision.depends_on))
    };
    let woven: Vec<_> = revisions.iter().map(woven).collect();
    for (revision, (parents, depends_on)) in revisions.iter_mut().zip(woven) {
        (revision.parents, revision.depends_on) = (parents, depends_on);
    }
}

impl Revisions {
    /// Takes migrations that are in graph order. Parents and dependencies that are not among them are left out.
    ///
    /// What stands for others comes after the last of them and before all else that does, and in their place where they are not
    /// among the migrations.
    pub fn new(mut revisions: Vec<Revision>) -> Revisions {
        weave_in(&mut revisions);
        let places: HashMap<MigrationId, usize> =
            revisions.iter().enumerate().map(|(place, revision)| (revision.id.clone(), place)).collect();
        let edge = |id: &MigrationId, later: usize| places.get(id).map(|&earlier| (earlier, later));
        let mut edges: Vec<(usize, usize)> = Vec::with_capacity(revisions.len());
        for (later, revision) in revisions.iter().enumerate() {
            edges.extend(revision.parents.iter().filter_map(|id| edge(id, later)));
        }
        let dependencies = revisions
            .iter()
            .enumerate()
            .flat_map(|(later, revision)| revision.depends_on.iter().filter_map(move |id| edge(id, later)));
        let dependencies: Vec<(usize, usize)> = dependencies.collect();
        let lines = Graph::new(revisions.len(), edges.iter().copied());
        let (graph, lines) = if dependencies.is_empty() {
            (lines, None)
        } else {
            (Graph::new(revisions.len(), edges.into_iter().chain(dependencies)), Some(lines))
        };
        Revisions { revisions, places, graph, lines, labels: OnceLock::new(), hidden: Vec::new() }
    }

    /// Returns these migrations and behind them others: those that a database has and no file does. Others that are
    /// known here already are left out. The others need not be in order.
    pub fn with(&self, others: impl IntoIterator<Item = Revision>) -> Cow<'_, Revisions> {
        let mut seen = HashSet::new();
        let mut others: Vec<Revision> = others
            .into_iter()
            .filter(|other| self.place(&other.id).is_none() && seen.insert(other.id.clone()))
            .collect();
        if others.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut all = self.revisions.clone();
        all.append(&mut others);
        Cow::Owned(Revisions::new(all).hiding(self.hidden.clone()))
    }

    /// Returns the same that knows of migrations which are not among them.
    pub(crate) fn hiding(mut self, hidden: Vec<Hidden>) -> Revisions {
        self.hidden = hidden;
        self
    }

    /// Returns the migrations that are not among them, and what is there in their place.
    pub(crate) fn hidden(&self) -> &[Hidden] {
        &self.hidden
    }

    /// Returns the migrations in graph order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Revision> + DoubleEndedIterator {
        self.revisions.iter()
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.revisions.len()
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.revisions.is_empty()
    }

    /// Returns the migration at a place.
    pub fn get(&self, place: usize) -> Option<&Revision> {
        self.revisions.get(place)
    }

    /// Returns `<id>_<slug>` of the migration at a place.
    pub fn name(&self, place: usize) -> String {
        self.get(place).map(Revision::name).unwrap_or_default()
    }

    /// Returns where the migration with this id stands in the order, from 0.
    pub fn place(&self, id: &MigrationId) -> Option<usize> {
        self.places.get(id).copied()
    }

    /// Returns what comes after what, over parents and dependencies.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Returns what revises what: the edges from parents only.
    pub fn lines(&self) -> &Graph {
        self.lines.as_ref().unwrap_or(&self.graph)
    }

    /// Returns the migrations that revise nothing.
    pub fn bases(&self) -> Vec<usize> {
        self.lines().first()
    }

    /// Returns the migrations that nothing revises: where a new one can go on.
    pub fn heads(&self) -> Vec<usize> {
        self.lines().last()
    }

    /// Returns the migrations that nothing revises and nothing depends on: what `head` and `heads` mean as targets.
    ///
    /// A head of one line that another line depends on is applied on the way to the other, so it is no goal of its own.
    pub fn real_heads(&self) -> Vec<usize> {
        self.graph.last()
    }

    /// Returns the migrations that several others revise.
    pub fn branch_points(&self) -> Vec<usize> {
        (0..self.len()).filter(|&place| self.lines().after(place).len() > 1).collect()
    }

    /// Marks the line of a migration: itself, its ancestors and its descendants, by parents only.
    pub fn lineage(&self, place: usize) -> Vec<bool> {
        let mut marked = self.lines().with_ancestors([place]);
        let after = self.lines().with_descendants([place]);
        marked.iter_mut().zip(after).for_each(|(marked, after)| *marked |= after);
        marked
    }

    /// Returns the labels that a migration carries, its own and those that it inherits, in the order in which they are
    /// declared.
    ///
    /// A label holds for the migration that declares it and for all that descend from it. Where these are one chain
    /// without fork and merge, it also holds backwards as far as the chain goes on: up to the migration that forks, or
    /// that something else depends on, or that is a merge, which does not carry it.
    pub fn labels(&self, place: usize) -> impl Iterator<Item = &Label> {
        self.labels.get_or_init(|| Labels::spread(self)).of(place)
    }
}
