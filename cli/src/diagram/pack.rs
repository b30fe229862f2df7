//! Puts things of different sizes beside one another, in rows.

use super::{GAP, Point};

/// How much wider than high all of it is to be, in tenths.
const ASPECT: i64 = 16;

/// Things in rows.
#[derive(Debug, Default)]
pub(super) struct Packed {
    pub(super) width: i64,
    pub(super) height: i64,
    /// Where each of them is, in their order.
    pub(super) places: Vec<Point>,
}

/// Returns how wide a row may be.
pub(super) fn width(sizes: &[(i64, i64)]) -> i64 {
    let area: i64 = sizes.iter().map(|(width, height)| (width + GAP) * (height + GAP)).sum();
    let widest = sizes.iter().map(|(width, _)| *width).max().unwrap_or_default();
    (area * ASPECT / 10).isqrt().max(widest)
}

/// Fills rows, the highest first, so that what stands in one row is about as high.
pub(super) fn pack(sizes: &[(i64, i64)], width: i64) -> Packed {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(sizes[*place].1));
    let mut packed = Packed { places: vec![Point::default(); sizes.len()], ..Packed::default() };
    let (mut at, mut row) = (Point::default(), 0);
    for place in order {
        let (own_width, own_height) = sizes[place];
        if at.x > 0 && at.x + own_width > width {
            at = Point { x: 0, y: at.y + row + GAP };
            row = 0;
        }
        packed.places[place] = at;
        row = row.max(own_height);
        packed.width = packed.width.max(at.x + own_width);
        packed.height = packed.height.max(at.y + own_height);
        at.x += own_width + GAP;
    }
    packed
}
