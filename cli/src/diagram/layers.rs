//! Which column of the picture each table of a group stands in: what is referred to on the left of what refers to it.

use super::GAP;

/// How much wider than high a group is to be, in tenths.
const ASPECT: i64 = 15;

/// Returns the layer of each node, the leftmost is 0. Edges lead from what refers to what is referred to; what is referred to in a
/// circle stands where it must.
///
/// A layer that is high enough takes no more, so that many that refer to one table stand in several columns.
pub(super) fn layers(sizes: &[(i64, i64)], edges: &[(usize, usize)]) -> Vec<usize> {
    let forward = without_circles(sizes.len(), edges);
    let area: i64 = sizes.iter().map(|(width, height)| (width + 3 * GAP) * (height + GAP)).sum();
    let highest = sizes.iter().map(|(_, height)| *height).max().unwrap_or_default();
    let limit = (area * 10 / ASPECT).isqrt().max(highest);
    let mut layers = vec![0; sizes.len()];
    let mut filled: Vec<i64> = Vec::new();
    for node in behind_what_they_need(sizes.len(), &forward) {
        let height = sizes.get(node).map_or(0, |(_, height)| height + GAP);
        let needs = forward.iter().filter(|(from, _)| *from == node).filter_map(|(_, to)| layers.get(*to));
        let mut layer: usize = needs.map(|layer| layer + 1).max().unwrap_or_default();
        while filled.get(layer).is_some_and(|full| full + height > limit) {
            layer += 1;
        }
        filled.resize(filled.len().max(layer + 1), 0);
        if let Some(filled) = filled.get_mut(layer) {
            *filled += height;
        }
        if let Some(own) = layers.get_mut(node) {
            *own = layer;
        }
    }
    nearer(&mut layers, sizes, &forward, &mut filled, limit);
    layers
}

/// Moves what is referred to from afar alone towards those that refer to it, where there is room.
fn nearer(layers: &mut [usize], sizes: &[(i64, i64)], edges: &[(usize, usize)], filled: &mut [i64], limit: i64) {
    let mut nodes: Vec<usize> = (0..layers.len()).collect();
    nodes.sort_by_key(|node| std::cmp::Reverse(layers.get(*node).copied()));
    for node in nodes {
        let own = layers.get(node).copied().unwrap_or_default();
        let height = sizes.get(node).map_or(0, |(_, height)| height + GAP);
        let nearest = edges.iter().filter(|(_, to)| *to == node).filter_map(|(from, _)| layers.get(*from)).min();
        let Some(nearest) = nearest.map(|layer| layer.saturating_sub(1)) else { continue };
        // What it refers to itself should not become farther.
        let refers = edges.iter().any(|(from, _)| *from == node);
        let has_room = |layer: &usize| filled.get(*layer).is_some_and(|full| full + height <= limit);
        let wanted = (own + 1..=nearest).rev().find(has_room).filter(|_| !refers);
        if let Some(wanted) = wanted {
            if let Some(filled) = filled.get_mut(own) {
                *filled -= height;
            }
            if let Some(filled) = filled.get_mut(wanted) {
                *filled += height;
            }
            if let Some(layer) = layers.get_mut(node) {
                *layer = wanted;
            }
        }
    }
}

/// Returns the edges, those turned round that close a circle.
fn without_circles(nodes: usize, edges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        Unseen,
        Open,
        Done,
    }
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    for (from, to) in edges {
        if let Some(below) = below.get_mut(*from) {
            below.push(*to);
        }
    }
    let mut states = vec![State::Unseen; nodes];
    let mut forward = Vec::new();
    for start in 0..nodes {
        let mut stack = vec![(start, 0_usize)];
        while let Some((node, next)) = stack.pop() {
            if next == 0 {
                if states.get(node) != Some(&State::Unseen) {
                    continue;
                }
                states[node] = State::Open;
            }
            let Some(&to) = below.get(node).and_then(|below| below.get(next)) else {
                states[node] = State::Done;
                continue;
            };
            stack.push((node, next + 1));
            match states.get(to) {
                Some(State::Open) => forward.push((to, node)),
                Some(State::Unseen) => {
                    forward.push((node, to));
                    stack.push((to, 0));
                }
                _ => forward.push((node, to)),
            }
        }
    }
    forward.sort_unstable();
    forward.dedup();
    forward
}

/// Returns the nodes, each behind all that it refers to; of those that could come next, the one that most refer to.
fn behind_what_they_need(nodes: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut waiting: Vec<usize> =
        (0..nodes).map(|node| edges.iter().filter(|(from, _)| *from == node).count()).collect();
    let popularity: Vec<usize> = (0..nodes).map(|node| edges.iter().filter(|(_, to)| *to == node).count()).collect();
    let mut ready: Vec<usize> = (0..nodes).filter(|node| waiting.get(*node) == Some(&0)).collect();
    let mut sorted = Vec::with_capacity(nodes);
    while !ready.is_empty() {
        ready.sort_by_key(|node| (popularity.get(*node).copied(), std::cmp::Reverse(*node)));
        let Some(node) = ready.pop() else { break };
        sorted.push(node);
        for (from, _) in edges.iter().filter(|(_, to)| *to == node) {
            if let Some(left) = waiting.get_mut(*from) {
                *left -= 1;
                if *left == 0 {
                    ready.push(*from);
                }
            }
        }
    }
    sorted
}
