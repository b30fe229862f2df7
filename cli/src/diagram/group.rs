//! Tables that refer to one another, directly or through others, with the lines between them.

use std::collections::BTreeMap;

use dunlin::schema::engine::picture::Picture;

use super::layers::layers;
use super::order::order;
use super::place::{Extent, Segment, tops};
use super::shape::Shape;
use super::svg::LOOP_WIDTH;
use super::{GAP, Point, signed};

/// How far a line goes straight from a box before it bends: there stands what says how many.
const STUB: i64 = 20;

/// The space for bends between two columns: at least, and more for each line.
const CHANNEL: i64 = 44;
const FOR_EACH: i64 = 4;
const MOST: i64 = 25;

/// What a line that goes past takes of a column.
const LINE: i64 = 8;

/// Tables that refer to one another, at their places.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) width: i64,
    pub(super) height: i64,
    /// Tables, by their places in the picture.
    pub(super) boxes: Vec<(usize, Point)>,
    /// The ways of references: each is straight from its first point to the second, bends to the third, is straight to the fourth.
    pub(super) ways: Vec<(usize, Vec<Point>)>,
}

/// Returns the tables of each group, the largest group first, and those that neither refer to others nor are referred to.
pub(super) fn groups(picture: &Picture) -> (Vec<Vec<usize>>, Vec<usize>) {
    let mut group: Vec<usize> = (0..picture.tables.len()).collect();
    for reference in &picture.references {
        let (Some(&one), Some(&other)) = (group.get(reference.from), group.get(reference.to)) else { continue };
        group.iter_mut().filter(|own| **own == other).for_each(|own| *own = one);
    }
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    group.iter().enumerate().for_each(|(table, own)| members.entry(*own).or_default().push(table));
    let (mut groups, alone): (Vec<Vec<usize>>, Vec<Vec<usize>>) = members.into_values().partition(|own| own.len() > 1);
    groups.sort_by_key(|own| std::cmp::Reverse(own.len()));
    (groups, alone.into_iter().flatten().collect())
}

/// A group while it is put together. Nodes are its tables, then the lines that go past columns.
struct Layout<'p> {
    picture: &'p Picture,
    shapes: Vec<&'p Shape>,
    /// The layer of each node.
    layers: Vec<usize>,
    extents: Vec<Extent>,
    segments: Vec<Segment>,
    /// Lines that lead to the same column of a table go past a column as one.
    shared: BTreeMap<(usize, i64, usize), usize>,
    /// The nodes on the way of each reference, with where it leaves and arrives.
    ways: Vec<(usize, Vec<(usize, i64)>)>,
}

impl Group {
    /// Finds a place for the tables of a group, and a way for each reference between two of them.
    pub(super) fn new(members: &[usize], picture: &Picture, shapes: &[Shape]) -> Group {
        let own: BTreeMap<usize, usize> = members.iter().enumerate().map(|(node, table)| (*table, node)).collect();
        let shapes: Vec<&Shape> = members.iter().filter_map(|table| shapes.get(*table)).collect();
        let sizes: Vec<(i64, i64)> = shapes.iter().map(|shape| (shape.width, shape.height)).collect();
        let mut references: Vec<(usize, usize, usize)> = Vec::new();
        for (place, reference) in picture.references.iter().enumerate() {
            if let (Some(&from), Some(&to)) = (own.get(&reference.from), own.get(&reference.to))
                && from != to
            {
                references.push((place, from, to));
            }
        }
        let edges: Vec<(usize, usize)> = references.iter().map(|(_, from, to)| (*from, *to)).collect();
        let box_extent = |shape: &&Shape| Extent { height: shape.height, gap: GAP, is_line: false };
        let mut layout = Layout {
            picture,
            layers: layers(&sizes, &edges),
            extents: shapes.iter().map(box_extent).collect(),
            shapes,
            segments: Vec::new(),
            shared: BTreeMap::new(),
            ways: Vec::new(),
        };
        for (place, from, to) in references {
            layout.connect(place, from, to);
        }
        layout.segments.sort_unstable();
        layout.segments.dedup();
        layout.finish(members)
    }
}

impl Layout<'_> {
    /// Leads a reference through the columns between its two tables.
    fn connect(&mut self, place: usize, from: usize, to: usize) {
        let Some(reference) = self.picture.references.get(place) else { return };
        let port = |node: usize, columns: &[usize]| self.shapes[node].row(columns.first().copied());
        let (start, end) = (port(from, &reference.columns), port(to, &reference.targets));
        let (first, last) = (self.layers[from], self.layers[to]);
        let between: Vec<usize> =
            if last < first { (last + 1..first).rev().collect() } else { (first + 1..last).collect() };
        let mut way = vec![(from, start)];
        for layer in between {
            let next = self.extents.len();
            let node = *self.shared.entry((to, end, layer)).or_insert(next);
            if node == next {
                self.extents.push(Extent { height: 0, gap: LINE, is_line: true });
                self.layers.push(layer);
            }
            way.push((node, 0));
        }
        way.push((to, end));
        for pair in way.windows(2) {
            let [one, other] = *pair else { continue };
            let (left, right) = if self.layers[one.0] < self.layers[other.0] { (one, other) } else { (other, one) };
            self.segments.push(Segment { left, right });
        }
        self.ways.push((place, way));
    }

    fn finish(self, members: &[usize]) -> Group {
        let count = self.layers.iter().max().map_or(0, |last| last + 1);
        let mut columns: Vec<Vec<usize>> = vec![Vec::new(); count];
        self.layers.iter().enumerate().for_each(|(node, layer)| columns[*layer].push(node));
        let pairs: Vec<(usize, usize)> =
            self.segments.iter().map(|segment| (segment.left.0, segment.right.0)).collect();
        order(&mut columns, &pairs);
        let tops = tops(&columns, &self.extents, &self.segments);
        let (left, right) = self.sides(&columns);
        let boxes = members
            .iter()
            .enumerate()
            .map(|(node, table)| (*table, Point { x: left[self.layers[node]], y: tops[node] }));
        let ways = self.ways.iter().map(|(place, way)| (*place, self.way(way, &tops, &left, &right)));
        let below = |node: usize| tops[node] + self.extents[node].height;
        Group {
            width: right.last().copied().unwrap_or_default() + self.beside(members, count),
            height: (0..self.extents.len()).map(below).max().unwrap_or_default(),
            boxes: boxes.collect(),
            ways: ways.collect(),
        }
    }

    /// Returns what is taken on the right of the last column by tables there that refer to themselves.
    fn beside(&self, members: &[usize], count: usize) -> i64 {
        let is_last = |node: usize| self.layers.get(node).is_some_and(|layer| layer + 1 == count);
        let refers_to_itself =
            |table: usize| self.picture.references.iter().any(|own| own.from == table && own.to == table);
        let is_beside = members.iter().enumerate().any(|(node, table)| is_last(node) && refers_to_itself(*table));
        if is_beside { LOOP_WIDTH } else { 0 }
    }

    /// Returns where each column begins and ends.
    fn sides(&self, columns: &[Vec<usize>]) -> (Vec<i64>, Vec<i64>) {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let mut x = 0;
        for (layer, nodes) in columns.iter().enumerate() {
            let width = nodes
                .iter()
                .filter_map(|node| self.shapes.get(*node))
                .map(|shape| shape.width)
                .max()
                .unwrap_or_default();
            let lines = self.segments.iter().filter(|segment| self.layers[segment.left.0] == layer).count();
            left.push(x);
            right.push(x + width);
            x += width + 2 * STUB + CHANNEL + FOR_EACH * signed(lines).min(MOST);
        }
        (left, right)
    }

    fn way(&self, way: &[(usize, i64)], tops: &[i64], left: &[i64], right: &[i64]) -> Vec<Point> {
        let (Some(first), Some(last)) = (way.first(), way.last()) else { return Vec::new() };
        let goes_left = self.layers[last.0] < self.layers[first.0];
        let mut points = Vec::new();
        for (place, (node, port)) in way.iter().enumerate() {
            let (layer, y) = (self.layers[*node], tops[*node] + port);
            let (begin, end) = (left[layer], right[layer]);
            let edge = begin + self.shapes.get(*node).map_or(0, |shape| shape.width);
            let xs = match (place == 0, place + 1 == way.len(), goes_left) {
                (true, _, true) => [begin, begin - STUB],
                (true, _, false) => [edge, end + STUB],
                (_, true, true) => [end + STUB, edge],
                (_, true, false) => [begin - STUB, begin],
                (_, _, true) => [end + STUB, begin - STUB],
                (_, _, false) => [begin - STUB, end + STUB],
            };
            points.extend(xs.map(|x| Point { x, y }));
        }
        points
    }
}
