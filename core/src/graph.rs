//! The revision graph: order, heads, and who comes after whom.
//!
//! Nodes are numbers here; [`crate::migration::Migrations`] gives them their names. The order is topological over parents
//! and dependencies, and among the nodes that are free the smallest comes first: one sentence, total, the same everywhere.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// For each node, the nodes that come directly before it. Nodes are numbered in the order of their ids.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
}

impl Graph {
    /// Takes, for each node, the nodes directly before it. Every number must be below the length.
    pub fn new(before: Vec<Vec<usize>>) -> Graph {
        let mut after = vec![Vec::new(); before.len()];
        for (node, nodes_before) in before.iter().enumerate() {
            for &earlier in nodes_before {
                after[earlier].push(node);
            }
        }
        Graph { before, after }
    }

    /// Returns all nodes in order, or the path of one cycle, its first node repeated at the end.
    pub fn order(&self) -> Result<Vec<usize>, Vec<usize>> {
        let mut waiting: Vec<usize> = self.before.iter().map(Vec::len).collect();
        let mut free: BinaryHeap<Reverse<usize>> =
            (0..waiting.len()).filter(|&node| waiting[node] == 0).map(Reverse).collect();
        let mut order = Vec::with_capacity(waiting.len());
        while let Some(Reverse(node)) = free.pop() {
            order.push(node);
            for &later in &self.after[node] {
                waiting[later] -= 1;
                if waiting[later] == 0 {
                    free.push(Reverse(later));
                }
            }
        }
        if order.len() == waiting.len() { Ok(order) } else { Err(self.cycle(&waiting)) }
    }

    /// Walks backwards among nodes that still wait; each of them has one before it that waits too.
    fn cycle(&self, waiting: &[usize]) -> Vec<usize> {
        let Some(start) = (0..waiting.len()).find(|&node| waiting[node] > 0) else { return Vec::new() };
        let (mut path, mut node) = (vec![start], start);
        while let Some(&earlier) = self.before[node].iter().find(|&&earlier| waiting[earlier] > 0) {
            if let Some(begin) = path.iter().position(|&seen| seen == earlier) {
                let mut cycle = path.split_off(begin);
                cycle.reverse();
                cycle.insert(0, earlier);
                return cycle;
            }
            path.push(earlier);
            node = earlier;
        }
        path
    }

    /// Marks the given nodes and everything before them.
    pub fn with_ancestors(&self, nodes: impl IntoIterator<Item = usize>) -> Vec<bool> {
        Self::reach(&self.before, nodes)
    }

    /// Marks the given nodes and everything after them.
    pub fn with_descendants(&self, nodes: impl IntoIterator<Item = usize>) -> Vec<bool> {
        Self::reach(&self.after, nodes)
    }

    fn reach(edges: &[Vec<usize>], nodes: impl IntoIterator<Item = usize>) -> Vec<bool> {
        let mut reached = vec![false; edges.len()];
        let mut open: Vec<usize> = nodes.into_iter().collect();
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut reached[node], true) {
                open.extend(&edges[node]);
            }
        }
        reached
    }

    /// Returns the nodes directly after one.
    pub fn after(&self, node: usize) -> &[usize] {
        &self.after[node]
    }

    /// Returns the nodes directly before one.
    pub fn before(&self, node: usize) -> &[usize] {
        &self.before[node]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_free_node_comes_first() {
        let diamond = Graph::new(vec![vec![], vec![0], vec![0], vec![2, 1], vec![]]);
        assert_eq!(diamond.order(), Ok(vec![0, 1, 2, 3, 4]));
        let backwards = Graph::new(vec![vec![2], vec![], vec![1]]);
        assert_eq!(backwards.order(), Ok(vec![1, 2, 0]));
    }

    #[test]
    fn a_cycle_is_named_as_a_path() {
        let graph = Graph::new(vec![vec![], vec![0, 3], vec![1], vec![2], vec![3]]);
        let cycle = graph.order().unwrap_err();
        assert_eq!(cycle.first(), cycle.last());
        assert_eq!(cycle.len(), 4);
        assert!(cycle.windows(2).all(|pair| graph.after(pair[0]).contains(&pair[1])), "{cycle:?}");
        assert_eq!(Graph::new(vec![vec![0]]).order(), Err(vec![0, 0]));
    }
}
