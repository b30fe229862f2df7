//! What revises what, while lines are moved.

use dunlin::core::graph::{Graph, Revisions};

/// The parents of every migration, by its place.
pub(super) struct Lines {
    former: Vec<Vec<usize>>,
    parents: Vec<Vec<usize>>,
}

impl Lines {
    pub(super) fn new(revisions: &Revisions) -> Lines {
        // In the order in which the files name them.
        let parents: Vec<Vec<usize>> = revisions
            .iter()
            .map(|revision| revision.parents.iter().filter_map(|id| revisions.place(id)).collect())
            .collect();
        Lines { former: parents.clone(), parents }
    }

    /// Moves a migration, with what it alone comes after, onto a target that is on another line; what comes after it goes
    /// with it. Returns what has moved.
    pub(super) fn move_line(&mut self, place: usize, target: usize) -> Vec<bool> {
        let graph = self.graph();
        let stays = graph.with_ancestors([target]);
        let mut chain = graph.with_ancestors([place]);
        chain.iter_mut().zip(&stays).for_each(|(chain, stays)| *chain &= !stays);
        for (of, parents) in self.parents.iter_mut().enumerate().filter(|(of, _)| chain[*of]) {
            let mut kept: Vec<usize> =
                parents.iter().copied().filter(|&parent| chain[parent] || !stays[parent]).collect();
            let comes_after_target =
                kept.iter().any(|&parent| chain[parent] || graph.with_ancestors([parent]).get(target) == Some(&true));
            if !comes_after_target && of != target {
                kept.insert(0, target);
            }
            *parents = kept;
        }
        let moved = self.graph().with_descendants((0..chain.len()).filter(|&place| chain[place]));
        self.leave_out_ancestors(&moved);
        moved
    }

    /// Leaves parents out that other parents come after now: what joined two lines may stand on one.
    fn leave_out_ancestors(&mut self, moved: &[bool]) {
        let graph = self.graph();
        for (_, parents) in self.parents.iter_mut().enumerate().filter(|(of, parents)| moved[*of] && parents.len() > 1)
        {
            let before: Vec<usize> = parents.iter().flat_map(|&parent| graph.before(parent)).copied().collect();
            let ancestors = graph.with_ancestors(before);
            parents.retain(|&parent| !ancestors[parent]);
        }
    }

    /// Returns those of the marked migrations that nothing revises.
    pub(super) fn tips(&self, marked: &[bool]) -> Vec<usize> {
        let graph = self.graph();
        (0..marked.len()).filter(|&place| marked[place] && graph.after(place).is_empty()).collect()
    }

    /// Returns the migrations that have other parents than at first, with these.
    pub(super) fn changed(&self) -> Vec<(usize, Vec<usize>)> {
        let pairs = self.parents.iter().zip(&self.former).enumerate();
        pairs.filter(|(_, (now, former))| now != former).map(|(place, (now, _))| (place, now.clone())).collect()
    }

    fn graph(&self) -> Graph {
        let edges = self.parents.iter().enumerate();
        Graph::new(self.parents.len(), edges.flat_map(|(place, of)| of.iter().map(move |&parent| (parent, place))))
    }
}
