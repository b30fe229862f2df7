//! Columns that lines keep from their beginning to their end, for pictures in which nothing needs to move up.

use super::Drawing;

/// Where everything stands, from column 0.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// Each migration's column.
    pub(super) nodes: Vec<usize>,
    /// For each migration the columns in which the lines to its parents go down.
    pub(super) lines: Vec<Vec<usize>>,
    /// How many columns there are.
    pub(super) count: usize,
}

impl Columns {
    /// Gives every migration the leftmost column whose line leads to it, and every line a column that is free.
    pub(super) fn new(drawing: &Drawing) -> Columns {
        let mut leads_to: Vec<Option<usize>> = Vec::new();
        let mut columns = Columns::default();
        for (place, node) in drawing.nodes.iter().enumerate() {
            let column = leads_to.iter().position(|&to| to == Some(place)).unwrap_or_else(|| free(&mut leads_to));
            leads_to.iter_mut().filter(|to| **to == Some(place)).for_each(|to| *to = None);
            let mut lines = Vec::with_capacity(node.parents.len());
            for (nth, &parent) in node.parents.iter().enumerate() {
                let line = if nth == 0 { column } else { free(&mut leads_to) };
                if let Some(to) = leads_to.get_mut(line) {
                    *to = Some(parent);
                }
                lines.push(line);
            }
            columns.nodes.push(column);
            columns.lines.push(lines);
            columns.count = columns.count.max(leads_to.len());
        }
        columns
    }
}

fn free(leads_to: &mut Vec<Option<usize>>) -> usize {
    leads_to.iter().position(Option::is_none).unwrap_or_else(|| {
        leads_to.push(None);
        leads_to.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use super::super::drawing;
    use super::*;

    #[test]
    fn a_column_is_free_again_where_its_line_has_ended() {
        let columns = Columns::new(&drawing("6 < 5\n5 < 4 3\n4 < 2\n3 < 2\n2 < 1 0\n1\n0"));
        assert_eq!(columns.nodes, [0, 0, 0, 1, 0, 0, 1]);
        assert_eq!(columns.lines[1], [0, 1]);
        assert_eq!(columns.count, 2);
    }

    #[test]
    fn a_line_never_runs_through_a_migration() {
        let drawing = drawing("9 < 2\n8 < 5\n7 < 1\n5\n4 < 3\n3\n2 < 1\n1");
        let columns = Columns::new(&drawing);
        for (place, node) in drawing.nodes.iter().enumerate() {
            for (&parent, &line) in node.parents.iter().zip(&columns.lines[place]) {
                assert!((place + 1..parent).all(|between| columns.nodes[between] != line), "{place} {columns:?}");
            }
        }
    }
}
