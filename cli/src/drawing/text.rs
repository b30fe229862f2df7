//! The picture in characters.

use super::lanes::{Row, rows};
use super::{Drawing, Mark, Node};

/// A line of the picture. One that only carries lanes on has no migration.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The lanes, without space at the end.
    pub(crate) lanes: String,
    /// The migration's place.
    pub(crate) place: Option<usize>,
    /// The lanes that go on beside what is said of the migration.
    pub(crate) below: String,
}

impl Drawing {
    /// Draws with `*`, `|`, `/`, `\` and `_`, as `git log --graph` does. An applied migration is `*`, any other `o`.
    pub(crate) fn text(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut width = 0;
        for (place, (node, row)) in self.nodes.iter().zip(rows(self)).enumerate() {
            for &(right, left) in &row.joins {
                lines.push(lanes(join(width, right, left)));
                width -= 1;
            }
            lines.push(Line { lanes: node_row(node, &row), place: Some(place), below: below(&row) });
            for n in 0..row.opens {
                lines.push(lanes(open(row.width + n, row.column)));
            }
            if row.ends && row.column + 1 < row.width {
                lines.push(lanes(close(row.width, row.column)));
            }
            width = row.below.len();
        }
        lines
    }
}

fn lanes(cells: Vec<char>) -> Line {
    Line { lanes: cells.into_iter().collect::<String>().trim_end().to_owned(), place: None, below: String::new() }
}

fn node_row(node: &Node, row: &Row) -> String {
    let glyph = if matches!(node.mark, Mark::Unasked | Mark::Applied) { "*" } else { "o" };
    let cells = (0..row.width).map(|column| if column == row.column { glyph } else { "|" });
    cells.collect::<Vec<_>>().join(" ")
}

fn below(row: &Row) -> String {
    let cells = (0..row.width).map(|column| if row.ends && column == row.column { " " } else { "|" });
    cells.collect::<Vec<_>>().join(" ")
}

/// Straight lines in so many columns, with room for one more.
fn straight(columns: usize) -> Vec<char> {
    (0..2 * columns + 2).map(|cell| if cell % 2 == 0 && cell < 2 * columns { '|' } else { ' ' }).collect()
}

/// One column ends in another to its left, and those right of it move up.
fn join(columns: usize, right: usize, left: usize) -> Vec<char> {
    let mut cells = straight(columns);
    (2 * left + 1..2 * right - 1).filter(|cell| cell % 2 == 1).for_each(|cell| cells[cell] = '_');
    lean_left(&mut cells, right, columns);
    cells
}

/// A column ends, and those right of it move up.
fn close(columns: usize, ended: usize) -> Vec<char> {
    let mut cells = straight(columns);
    cells[2 * ended] = ' ';
    lean_left(&mut cells, ended + 1, columns);
    cells
}

fn lean_left(cells: &mut [char], from: usize, to: usize) {
    for column in from..to {
        cells[2 * column] = ' ';
        cells[2 * column - 1] = '/';
    }
}

/// A column opens right of one, and those further right make room.
fn open(columns: usize, beside: usize) -> Vec<char> {
    let mut cells = straight(columns);
    cells[2 * beside + 1] = '\\';
    for column in beside + 1..columns {
        cells[2 * column] = ' ';
        cells[2 * column + 1] = '\\';
    }
    cells
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::super::drawing;

    fn check(graph: &str, expected: &Expect) {
        let drawing = drawing(graph);
        let name = |place: usize| format!(" {}", drawing.nodes[place].name);
        let lines =
            drawing.text().into_iter().map(|line| line.lanes + &line.place.map(name).unwrap_or_default() + "\n");
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn a_chain_is_one_line() {
        check(
            "2 < 1\n1",
            &expect![[r"
            * 2
            * 1
        "]],
        );
    }

    #[test]
    fn a_diamond_opens_and_closes() {
        check(
            "5 < 4\n4 < 3 2\n3 < 1\n2 < 1\n1",
            &expect![[r"
            * 5
            * 4
            |\
            * | 3
            | * 2
            |/
            * 1
        "]],
        );
    }

    #[test]
    fn lines_that_end_make_room_and_far_ones_cross() {
        check(
            "9 < 2\n8 < 5\n7 < 1\n5\n2 < 1\n1",
            &expect![[r"
            * 9
            | * 8
            | | * 7
            | * | 5
            |  /
            * | 2
            |/
            * 1
        "]],
        );
        check(
            "9 < 1\n8 < 2\n7 < 1\n6 < 2\n1\n2",
            &expect![[r#"
                * 9
                | * 8
                | | * 7
                | | | * 6
                |_|/ /
                * | | 1
                 / /
                |/
                * 2
            "#]],
        );
    }

    #[test]
    fn a_merge_of_three_opens_two() {
        check(
            "4 < 1 2 3\n3\n2\n1",
            &expect![[r#"
                * 4
                |\
                |\ \
                | | * 3
                | * 2
                * 1
            "#]],
        );
    }
}
