//! The order: topological, and among the nodes that are free the smallest comes first. One sentence, total, the same
//! everywhere.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Graph;

impl Graph {
    /// Returns all nodes in order, or the path of one cycle, its first node repeated at the end.
    pub fn order(&self) -> Result<Vec<usize>, Vec<usize>> {
        let mut waiting: Vec<usize> = (0..self.len()).map(|node| self.before(node).len()).collect();
        let mut free: BinaryHeap<Reverse<usize>> =
            (0..waiting.len()).filter(|&node| waiting[node] == 0).map(Reverse).collect();
        let mut order = Vec::with_capacity(waiting.len());
        while let Some(Reverse(node)) = free.pop() {
            order.push(node);
            for &later in self.after(node) {
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
        let mut steps = vec![None; self.len()];
        steps[start] = Some(0);
        while let Some(&earlier) = self.before(node).iter().find(|&&earlier| waiting[earlier] > 0) {
            if let Some(begin) = steps[earlier] {
                let mut cycle = path.split_off(begin);
                cycle.reverse();
                cycle.insert(0, earlier);
                return cycle;
            }
            steps[earlier] = Some(path.len());
            path.push(earlier);
            node = earlier;
        }
        path
    }

    /// Returns the nodes one of whose direct predecessors comes before another of them: the node, the one that comes
    /// before, and the one that it comes before. The graph must be in `order`.
    ///
    /// 64 predecessors are followed back at a time, so that thousands of merges take a few passes.
    pub fn redundant(&self, order: &[usize]) -> Vec<(usize, usize, usize)> {
        let merges = order.iter().filter(|&&node| self.before(node).len() > 1);
        let starts: Vec<(usize, usize)> =
            merges.flat_map(|&node| self.before(node).iter().map(move |&from| (node, from))).collect();
        let mut found = Vec::new();
        for starts in starts.chunks(64) {
            let mut reached = vec![0_u64; self.len()];
            for (bit, &(_, from)) in starts.iter().enumerate() {
                reached[from] |= 1 << bit;
            }
            for &node in order.iter().rev() {
                for &earlier in self.before(node) {
                    reached[earlier] |= reached[node];
                }
            }
            for (bit, &(node, from)) in starts.iter().enumerate() {
                let others = self.before(node).iter().filter(|&&other| other != from);
                found.extend(others.filter(|&&other| reached[other] >> bit & 1 == 1).map(|&other| (node, other, from)));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_free_node_comes_first() {
        let diamond = Graph::new(5, [(0, 1), (0, 2), (2, 3), (1, 3)]);
        assert_eq!(diamond.order(), Ok(vec![0, 1, 2, 3, 4]));
        let backwards = Graph::new(3, [(2, 0), (1, 2)]);
        assert_eq!(backwards.order(), Ok(vec![1, 2, 0]));
    }

    #[test]
    fn a_cycle_is_named_as_a_path() {
        let graph = Graph::new(5, [(0, 1), (3, 1), (1, 2), (2, 3), (3, 4)]);
        let cycle = graph.order().unwrap_err();
        assert_eq!(cycle.first(), cycle.last());
        assert_eq!(cycle.len(), 4);
        assert!(cycle.windows(2).all(|pair| graph.after(pair[0]).contains(&pair[1])), "{cycle:?}");
        assert_eq!(Graph::new(1, [(0, 0)]).order(), Err(vec![0, 0]));
    }

    #[test]
    fn a_merge_with_its_own_ancestor_is_found_and_a_merge_of_two_lines_is_none() {
        let merge = Graph::new(4, [(0, 1), (0, 2), (1, 3), (2, 3)]);
        assert_eq!(merge.redundant(&merge.order().unwrap()), []);
        let odd = Graph::new(4, [(0, 1), (1, 2), (0, 3), (2, 3)]);
        assert_eq!(odd.redundant(&odd.order().unwrap()), [(3, 0, 2)]);
    }
}
