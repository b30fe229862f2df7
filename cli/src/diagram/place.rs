//! How high what stands in a column stands, so that lines are as straight as can be.

use super::signed;

/// How often the columns are gone through.
const SWEEPS: usize = 10;

/// How much more a line wants to go straight on than a box wants to stand beside what it refers to.
const STRAIGHT: i64 = 6;

/// Something in a column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) height: i64,
    /// What is left free below it.
    pub(super) gap: i64,
    /// Whether it is a line that goes past.
    pub(super) is_line: bool,
}

/// A line from one column to the next, with where it leaves and arrives below the tops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Segment {
    pub(super) left: (usize, i64),
    pub(super) right: (usize, i64),
}

/// Returns the top of each node; the highest is 0.
pub(super) fn tops(layers: &[Vec<usize>], extents: &[Extent], segments: &[Segment]) -> Vec<i64> {
    let mut tops = vec![0; extents.len()];
    for layer in layers {
        let mut top = 0;
        for node in layer {
            tops[*node] = top;
            top += extents[*node].height + extents[*node].gap;
        }
    }
    let (mut left, mut right) = (vec![Vec::new(); extents.len()], vec![Vec::new(); extents.len()]);
    for segment in segments {
        right[segment.left.0].push((segment.left.1, segment.right));
        left[segment.right.0].push((segment.right.1, segment.left));
    }
    for sweep in 0..SWEEPS {
        let there = sweep % 2 == 0;
        let is_last = sweep + 2 >= SWEEPS;
        let places: Vec<usize> = if there { (0..layers.len()).collect() } else { (0..layers.len()).rev().collect() };
        for place in places {
            let wanted = |node: &usize| {
                let (one, other) = if there { (&left[*node], &right[*node]) } else { (&right[*node], &left[*node]) };
                let both = is_last || one.is_empty();
                let lines = one.iter().chain(other.iter().filter(|_| both));
                let heights: Vec<i64> = lines.map(|(own, (end, port))| tops[*end] + port - own).collect();
                if heights.is_empty() { tops[*node] } else { heights.iter().sum::<i64>() / signed(heights.len()) }
            };
            let wishes: Vec<i64> = layers[place].iter().map(wanted).collect();
            let apart = apart(&layers[place], &wishes, extents);
            layers[place].iter().zip(apart).for_each(|(node, top)| tops[*node] = top);
        }
    }
    let highest = tops.iter().copied().min().unwrap_or_default();
    tops.iter().map(|top| top - highest).collect()
}

/// Returns the tops that are nearest to what is wished where nothing lies on anything else and the order stays: what would overlap
/// is put together, and stands where all of it is best off.
fn apart(layer: &[usize], wishes: &[i64], extents: &[Extent]) -> Vec<i64> {
    struct Block {
        /// The sum of what each wishes for the first of them, and its weight.
        sum: i64,
        weight: i64,
        nodes: usize,
        height: i64,
    }
    let mut blocks: Vec<Block> = Vec::new();
    let top = |block: &Block| block.sum / block.weight;
    for (node, wish) in layer.iter().zip(wishes) {
        let extent = extents[*node];
        let weight = if extent.is_line { STRAIGHT } else { 1 };
        let mut block = Block { sum: wish * weight, weight, nodes: 1, height: extent.height + extent.gap };
        while let Some(above) = blocks.pop_if(|above| top(above) + above.height > top(&block)) {
            block = Block {
                sum: above.sum + block.sum - above.height * block.weight,
                weight: above.weight + block.weight,
                nodes: above.nodes + block.nodes,
                height: above.height + block.height,
            };
        }
        blocks.push(block);
    }
    let mut nodes = layer.iter();
    let mut tops = Vec::with_capacity(layer.len());
    for block in blocks {
        let mut at = top(&block);
        for node in nodes.by_ref().take(block.nodes) {
            tops.push(at);
            at += extents[*node].height + extents[*node].gap;
        }
    }
    tops
}
