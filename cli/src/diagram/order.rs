//! In which order what stands in a column stands above one another, so that lines cross little.

/// How often the columns are gone through, there and back.
const SWEEPS: usize = 12;

/// Puts the nodes of each layer in order. Segments lead from a node of one layer to one of the next.
pub(super) fn order(layers: &mut Vec<Vec<usize>>, segments: &[(usize, usize)]) {
    let nodes = layers.iter().flatten().copied().max().map_or(0, |last| last + 1);
    let (mut left, mut right) = (vec![Vec::new(); nodes], vec![Vec::new(); nodes]);
    for (one, other) in segments {
        right[*one].push(*other);
        left[*other].push(*one);
    }
    let mut best = layers.clone();
    let mut fewest = crossings(&best, &right);
    for sweep in 0..SWEEPS {
        if fewest == 0 {
            break;
        }
        let there = sweep % 2 == 0;
        let places: Vec<usize> =
            if there { (1..layers.len()).collect() } else { (0..layers.len().saturating_sub(1)).rev().collect() };
        for place in places {
            let beside = if there { place - 1 } else { place + 1 };
            let ranks = ranks(&layers[beside], nodes);
            let neighbours = if there { &left } else { &right };
            sort(&mut layers[place], &ranks, neighbours);
        }
        let crossings = crossings(layers, &right);
        if crossings < fewest {
            (best, fewest) = (layers.clone(), crossings);
        }
    }
    *layers = best;
}

/// Sorts by the mean place of neighbours. What has none stays where it is among the others.
fn sort(layer: &mut [usize], ranks: &[usize], neighbours: &[Vec<usize>]) {
    // In thousandths of a place.
    let mean = |(own, node): (usize, &usize)| {
        let places: Vec<usize> = neighbours[*node].iter().map(|node| ranks[*node] * 1000).collect();
        if places.is_empty() { own * 1000 } else { places.iter().sum::<usize>() / places.len() }
    };
    let mut keyed: Vec<(usize, usize)> =
        layer.iter().enumerate().map(|(own, node)| (mean((own, node)), *node)).collect();
    keyed.sort_by_key(|(mean, _)| *mean);
    layer.iter_mut().zip(keyed).for_each(|(place, (_, node))| *place = node);
}

fn ranks(layer: &[usize], nodes: usize) -> Vec<usize> {
    let mut ranks = vec![0; nodes];
    layer.iter().enumerate().for_each(|(rank, node)| ranks[*node] = rank);
    ranks
}

fn crossings(layers: &[Vec<usize>], right: &[Vec<usize>]) -> usize {
    let nodes = right.len();
    let mut all = 0;
    for pair in layers.windows(2) {
        let [one, other] = pair else { continue };
        let ranks = ranks(other, nodes);
        let mut before: Vec<usize> = Vec::new();
        for node in one {
            let ends: Vec<usize> = right[*node].iter().map(|node| ranks[*node]).collect();
            all += ends.iter().map(|end| before.iter().filter(|other| *other > end).count()).sum::<usize>();
            before.extend(ends);
        }
    }
    all
}
