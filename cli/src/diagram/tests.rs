use dunlin::schema::engine::picture::{Column, Picture, Reference, Table};

use super::{Diagram, Point};

/// A picture of tables that refer to one another: `(from, to)`.
fn picture(tables: usize, references: &[(usize, usize)]) -> Picture {
    let column = |name: String, primary| Column { name, kind: "integer".to_owned(), primary, ..Column::default() };
    let table = |at: usize| {
        let own = references.iter().filter(|(from, _)| *from == at);
        let foreign = own.map(|(_, to)| column(format!("table_{to}_id"), false));
        Table {
            name: format!("table_{at}"),
            columns: std::iter::once(column("id".to_owned(), true)).chain(foreign).collect(),
            ..Table::default()
        }
    };
    let reference = |place: usize, from: usize, to: usize| {
        let before = references.iter().take(place).filter(|(other, _)| *other == from).count();
        Reference { from, columns: vec![before + 1], to, targets: vec![0], optional: false, single: false }
    };
    Picture {
        tables: (0..tables).map(table).collect(),
        views: Vec::new(),
        references: references.iter().enumerate().map(|(place, (from, to))| reference(place, *from, *to)).collect(),
    }
}

/// A graph that is the same each time and has everything: a hub, circles, chains, tables that are alone.
fn tangled(tables: usize) -> Vec<(usize, usize)> {
    let mut references = Vec::new();
    let mut chance = 7_usize;
    let mut next = |below: usize| {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (chance >> 33) % below.max(1)
    };
    for from in 0..tables {
        if from % 9 == 8 {
            continue;
        }
        references.push((from, if from % 3 == 0 { 0 } else { next(tables) }));
        if from % 4 == 1 {
            references.push((from, next(tables)));
        }
    }
    references.retain(|(from, to)| to % 9 != 8 || from == to);
    references
}

fn is_inside(point: Point, left: i64, top: i64, width: i64, height: i64) -> bool {
    point.x > left && point.x < left + width && point.y > top && point.y < top + height
}

#[test]
fn boxes_never_overlap_and_straight_lines_never_cross_them() {
    for tables in [1, 2, 5, 30, 120, 300] {
        let picture = picture(tables, &tangled(tables));
        let diagram = Diagram::of(&picture);
        for (place, one) in diagram.boxes.iter().enumerate() {
            assert!(one.at.x + one.shape.width <= diagram.width && one.at.y + one.shape.height <= diagram.height);
            for other in diagram.boxes.iter().skip(place + 1) {
                let is_beside = one.at.x + one.shape.width <= other.at.x || other.at.x + other.shape.width <= one.at.x;
                let is_below = one.at.y + one.shape.height <= other.at.y || other.at.y + other.shape.height <= one.at.y;
                assert!(is_beside || is_below, "{} and {} of {tables}", one.shape.name.text, other.shape.name.text);
            }
        }
        for (reference, way) in picture.references.iter().zip(&diagram.ways) {
            assert!(!way.is_empty(), "{reference:?}");
            let ends = [way[0], way[way.len() - 1]];
            for (end, table) in ends.into_iter().zip([reference.from, reference.to]) {
                let own = &diagram.boxes[table];
                let is_on_a_side = end.x == own.at.x || end.x == own.at.x + own.shape.width;
                assert!(
                    is_on_a_side && end.y > own.at.y && end.y < own.at.y + own.shape.height,
                    "{reference:?} {end:?}"
                );
            }
            for straight in way.chunks_exact(2).filter(|_| reference.from != reference.to) {
                let middle = Point { x: i64::midpoint(straight[0].x, straight[1].x), y: straight[0].y };
                let hit = diagram
                    .boxes
                    .iter()
                    .find(|own| is_inside(middle, own.at.x, own.at.y, own.shape.width, own.shape.height));
                assert!(hit.is_none(), "{reference:?} crosses {:?}", hit.map(|own| &own.shape.name.text));
            }
        }
    }
}

#[test]
fn the_same_schema_is_the_same_picture() {
    let picture = picture(60, &tangled(60));
    assert_eq!(Diagram::of(&picture).svg(), Diagram::of(&picture).svg());
}
