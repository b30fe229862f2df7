//! Tables and how they refer to one another as a picture: an SVG that stands alone, a page to look round in, and the language of
//! Mermaid.
//!
//! [`Diagram`] is where everything is. `shape.rs` says how large each box is and what stands in it; `layers.rs` puts the tables of
//! one group into columns, what is referred to on the left, `order.rs` above one another so that lines cross little, `place.rs` at
//! heights where lines are straight; `group.rs` is one group, `pack.rs` puts groups beside one another. `svg.rs` and `html.rs` draw that;
//! `mermaid.rs` leaves it to others.

mod group;
mod html;
mod layers;
mod mermaid;
mod order;
mod pack;
mod place;
mod shape;
mod svg;
#[cfg(test)]
mod tests;

use dunlin::core::text::count;
use dunlin::schema::engine::picture::Picture;

use self::group::Group;
pub(crate) use self::mermaid::mermaid;
use self::shape::Shape;

/// In pixels: round the picture, and between what stands beside or below one another.
const MARGIN: i64 = 32;
const GAP: i64 = 32;

/// A point of the picture, in pixels from its upper left corner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Point {
    x: i64,
    y: i64,
}

/// A picture of which everything has its place.
#[derive(Debug)]
pub(crate) struct Diagram<'p> {
    picture: &'p Picture,
    title: String,
    width: i64,
    height: i64,
    /// The boxes of tables, then those of views.
    boxes: Vec<Placed>,
    /// The way of each reference, in their order.
    ways: Vec<Vec<Point>>,
    headings: Vec<(Point, &'static str)>,
}

/// A box at its place.
#[derive(Debug)]
struct Placed {
    at: Point,
    shape: Shape,
}

impl<'p> Diagram<'p> {
    /// Finds a place for everything.
    pub(crate) fn of(picture: &'p Picture) -> Diagram<'p> {
        let tables: Vec<Shape> = picture.tables.iter().map(Shape::of_table).collect();
        let views: Vec<Shape> = picture.views.iter().map(Shape::of_view).collect();
        let (groups, alone) = group::groups(picture);
        let groups: Vec<Group> = groups.iter().map(|members| Group::new(members, picture, &tables)).collect();
        let mut diagram = Diagram {
            picture,
            title: title(picture),
            width: 0,
            height: 0,
            boxes: tables.into_iter().chain(views).map(|shape| Placed { at: Point::default(), shape }).collect(),
            ways: vec![Vec::new(); picture.references.len()],
            headings: Vec::new(),
        };
        diagram.arrange(&groups, &alone);
        diagram
    }

    fn arrange(&mut self, groups: &[Group], alone: &[usize]) {
        let views: Vec<usize> = (self.picture.tables.len()..self.boxes.len()).collect();
        let refers_to_itself =
            |place: usize| self.picture.references.iter().any(|own| own.from == place && own.to == place);
        let size = |place: &usize| {
            let beside = if refers_to_itself(*place) { svg::LOOP_WIDTH } else { 0 };
            self.boxes.get(*place).map_or((0, 0), |placed| (placed.shape.width + beside, placed.shape.height))
        };
        let group_sizes: Vec<(i64, i64)> = groups.iter().map(|group| (group.width, group.height)).collect();
        let (alone_sizes, view_sizes): (Vec<_>, Vec<_>) =
            (alone.iter().map(size).collect(), views.iter().map(size).collect());
        let width = pack::width(&[&group_sizes, &alone_sizes, &view_sizes].map(|sizes| &sizes[..]).concat());
        let mut top = MARGIN + svg::TITLE;
        let mut right = 0;
        let mut section = |sizes: &[(i64, i64)], heading: Option<&'static str>, headings: &mut Vec<_>| -> Vec<Point> {
            if sizes.is_empty() {
                return Vec::new();
            }
            if let Some(heading) = heading {
                headings.push((Point { x: MARGIN, y: top }, heading));
                top += svg::HEADING;
            }
            let packed = pack::pack(sizes, width);
            let places = packed.places.iter().map(|at| Point { x: MARGIN + at.x, y: top + at.y }).collect();
            (top, right) = (top + packed.height + 2 * GAP, right.max(packed.width));
            places
        };
        let has_several =
            [groups.is_empty(), alone.is_empty(), views.is_empty()].iter().filter(|none| !**none).count() > 1;
        let heading = |text: &'static str| Some(text).filter(|_| has_several);
        let mut headings = Vec::new();
        let group_places = section(&group_sizes, None, &mut headings);
        let alone_places = section(&alone_sizes, heading("Tables without references"), &mut headings);
        let view_places = section(&view_sizes, heading("Views"), &mut headings);
        for (group, at) in groups.iter().zip(group_places) {
            for (place, own) in &group.boxes {
                self.put(*place, Point { x: at.x + own.x, y: at.y + own.y });
            }
            for (reference, way) in &group.ways {
                let moved = way.iter().map(|own| Point { x: at.x + own.x, y: at.y + own.y }).collect();
                if let Some(way) = self.ways.get_mut(*reference) {
                    *way = moved;
                }
            }
        }
        alone
            .iter()
            .zip(alone_places)
            .chain(views.iter().zip(view_places))
            .for_each(|(place, at)| self.put(*place, at));
        self.loops();
        self.headings = headings;
        self.width =
            right.max(svg::legend_width()).max(shape::text_width(&self.title, shape::TITLE_CHARACTER)) + 2 * MARGIN;
        self.height = top - 2 * GAP + MARGIN + svg::LEGEND;
    }

    fn put(&mut self, place: usize, at: Point) {
        if let Some(placed) = self.boxes.get_mut(place) {
            placed.at = at;
        }
    }

    /// What refers to itself does so on its right side.
    fn loops(&mut self) {
        for (reference, way) in self.picture.references.iter().zip(&mut self.ways) {
            let Some(own) = self.boxes.get(reference.from).filter(|_| reference.from == reference.to) else { continue };
            let x = own.at.x + own.shape.width;
            let y = |columns: &[usize]| own.at.y + own.shape.row(columns.first().copied());
            *way = vec![Point { x, y: y(&reference.columns) }, Point { x, y: y(&reference.targets) }];
        }
    }
}

/// Says how much there is.
fn title(picture: &Picture) -> String {
    let parts =
        [(picture.tables.len(), "table"), (picture.views.len(), "view"), (picture.references.len(), "reference")];
    let said: Vec<String> = parts
        .iter()
        .enumerate()
        .filter(|(n, (number, _))| *n == 0 || *number > 0)
        .map(|(_, (number, noun))| count(*number, noun))
        .collect();
    said.join(" · ")
}

/// Numbers of things are small; one that is not is as large as can be.
fn signed(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
