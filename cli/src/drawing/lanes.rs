//! Which column each migration stands in.
//!
//! A lane is a column with a line in it that leads down to a migration. Going from the top, a migration takes the leftmost
//! lane that leads to it, and the others that do end in it. Its own lane then leads to its first parent, and its other
//! parents get lanes directly beside it.

use super::Drawing;

/// A row of the picture: a migration and the lines round it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Where the lanes above lead that end here, before the migration: pairs of columns, from the right one to the left one, one
    /// after the other, each as the columns are when its turn comes.
    pub(super) joins: Vec<(usize, usize)>,
    /// The migration's column.
    pub(super) column: usize,
    /// How many columns there are in its row.
    pub(super) width: usize,
    /// How many new columns open to the right of it.
    pub(super) opens: usize,
    /// Whether its own column ends here.
    pub(super) ends: bool,
    /// For each column below, the place that it leads to.
    pub(super) below: Vec<usize>,
}

/// Lays the rows out.
pub(super) fn rows(drawing: &Drawing) -> Vec<Row> {
    let mut lanes: Vec<usize> = Vec::new();
    let mut rows = Vec::with_capacity(drawing.nodes.len());
    for (place, node) in drawing.nodes.iter().enumerate() {
        let column = lanes.iter().position(|&leads_to| leads_to == place).unwrap_or_else(|| {
            lanes.push(place);
            lanes.len() - 1
        });
        let mut joins = Vec::new();
        while let Some(right) = lanes.iter().rposition(|&leads_to| leads_to == place).filter(|&right| right > column) {
            lanes.remove(right);
            joins.push((right, column));
        }
        let width = lanes.len();
        let (opens, ends) = match &node.parents[..] {
            [] => {
                lanes.remove(column);
                (0, true)
            }
            [first, others @ ..] => {
                lanes[column] = *first;
                for &other in others.iter().rev() {
                    lanes.insert(column + 1, other);
                }
                (others.len(), false)
            }
        };
        rows.push(Row { joins, column, width, opens, ends, below: lanes.clone() });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::super::drawing;
    use super::*;

    #[test]
    fn lanes_open_at_a_merge_and_join_at_a_fork() {
        let rows = rows(&drawing("4 < 3 2\n3 < 1\n2 < 1\n1"));
        let columns: Vec<_> = rows.iter().map(|row| (row.column, row.opens, row.joins.len(), row.ends)).collect();
        assert_eq!(columns, [(0, 1, 0, false), (0, 0, 0, false), (1, 0, 0, false), (0, 0, 1, true)]);
    }

    #[test]
    fn a_line_that_begins_anew_stands_beside_the_others() {
        let rows = rows(&drawing("3 < 2\n9 < 8\n2\n8"));
        let columns: Vec<_> = rows.iter().map(|row| row.column).collect();
        assert_eq!(columns, [0, 1, 0, 0]);
    }
}
