//! The revision graph: order, heads, lines, and who comes after whom.
//!
//! [`Graph`] is arithmetic on numbers: edges here, order and cycles in `order.rs`. [`Revisions`] gives the numbers
//! their names and tells parents from dependencies; `labels.rs` says which labels a migration carries, `weave.rs` where one has its place that
//! stands for others.

mod labels;
mod order;
mod revisions;
mod weave;

pub(crate) use revisions::Hidden;
pub use revisions::{Revision, Revisions};
pub(crate) use weave::Weave;

/// Nodes from 0, and which of them come directly before which.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    before: Edges,
    after: Edges,
}

/// For each node its neighbours on one side, all in one list.
#[derive(Debug, Clone, Default)]
struct Edges {
    /// Where each node's neighbours begin in the list, and at the end where the last one's end.
    starts: Vec<usize>,
    neighbours: Vec<usize>,
}

impl Edges {
    /// Takes pairs of a node and its neighbour, sorted.
    fn new(nodes: usize, sorted: &[(usize, usize)]) -> Edges {
        let mut starts = vec![0; nodes + 1];
        for &(node, _) in sorted {
            starts[node + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        Edges { starts, neighbours: sorted.iter().map(|&(_, neighbour)| neighbour).collect() }
    }

    fn of(&self, node: usize) -> &[usize] {
        &self.neighbours[self.starts[node]..self.starts[node + 1]]
    }
}

impl Graph {
    /// Takes the edges as pairs of an earlier and a later node. Every number must be below `nodes`; an edge that comes
    /// twice counts once.
    pub fn new(nodes: usize, edges: impl IntoIterator<Item = (usize, usize)>) -> Graph {
        let mut edges: Vec<(usize, usize)> = edges.into_iter().map(|(earlier, later)| (later, earlier)).collect();
        edges.sort_unstable();
        edges.dedup();
        let before = Edges::new(nodes, &edges);
        for (one, other) in &mut edges {
            std::mem::swap(one, other);
        }
        edges.sort_unstable();
        Graph { before, after: Edges::new(nodes, &edges) }
    }

    /// Returns how many nodes there are.
    pub fn len(&self) -> usize {
        self.before.starts.len().saturating_sub(1)
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the nodes directly before one, in order of their numbers.
    pub fn before(&self, node: usize) -> &[usize] {
        self.before.of(node)
    }

    /// Returns the nodes directly after one, in order of their numbers.
    pub fn after(&self, node: usize) -> &[usize] {
        self.after.of(node)
    }

    /// Returns the nodes that nothing comes before.
    pub fn first(&self) -> Vec<usize> {
        (0..self.len()).filter(|&node| self.before(node).is_empty()).collect()
    }

    /// Returns the nodes that nothing comes after.
    pub fn last(&self) -> Vec<usize> {
        (0..self.len()).filter(|&node| self.after(node).is_empty()).collect()
    }

    /// Marks the given nodes and everything before them.
    pub fn with_ancestors(&self, nodes: impl IntoIterator<Item = usize>) -> Vec<bool> {
        self.reach(&self.before, nodes)
    }

    /// Marks the given nodes and everything after them.
    pub fn with_descendants(&self, nodes: impl IntoIterator<Item = usize>) -> Vec<bool> {
        self.reach(&self.after, nodes)
    }

    fn reach(&self, edges: &Edges, nodes: impl IntoIterator<Item = usize>) -> Vec<bool> {
        let mut reached = vec![false; self.len()];
        let mut open: Vec<usize> = nodes.into_iter().collect();
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut reached[node], true) {
                open.extend(edges.of(node));
            }
        }
        reached
    }

    /// Returns those of the marked nodes that no other marked node comes after, over whatever lies between.
    pub fn maximal(&self, marked: &[bool]) -> Vec<usize> {
        let nodes = || (0..self.len()).filter(|&node| marked.get(node) == Some(&true));
        let covered = self.with_ancestors(nodes().flat_map(|node| self.before(node)).copied());
        nodes().filter(|&node| !covered[node]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_an_edge_know_it_once() {
        let graph = Graph::new(4, [(0, 2), (1, 2), (0, 2), (2, 3)]);
        assert_eq!((graph.before(2), graph.after(0)), (&[0, 1][..], &[2][..]));
        assert_eq!((graph.first(), graph.last()), (vec![0, 1], vec![3]));
        assert_eq!(graph.with_ancestors([2]), [true, true, true, false]);
        assert_eq!(graph.with_descendants([1]), [false, true, true, true]);
        assert!(Graph::default().is_empty() && Graph::default().first().is_empty());
    }

    #[test]
    fn what_is_covered_over_a_gap_is_not_maximal() {
        let chain = Graph::new(3, [(0, 1), (1, 2)]);
        assert_eq!(chain.maximal(&[true, false, true]), [2]);
        let fork = Graph::new(3, [(0, 1), (0, 2)]);
        assert_eq!(fork.maximal(&[true, true, true]), [1, 2]);
        assert_eq!(fork.maximal(&[true, false, false]), [0]);
    }
}
