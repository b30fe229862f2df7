//! Rows in columns, without borders.

use clap::builder::styling::Style;
use unicode_width::UnicodeWidthStr as _;

use crate::output::Output;

/// A word in a table, with its colour if it has one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    text: String,
    style: Option<Style>,
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Cell {
        Cell { text: text.into(), style: None }
    }
}

impl Cell {
    pub(crate) fn coloured(text: &str, style: Style) -> Cell {
        Cell { text: text.to_owned(), style: Some(style) }
    }
}

/// Lays rows out: every column is as wide as its widest word, and the last one ends where it ends.
pub(crate) fn lines<const N: usize>(rows: &[[Cell; N]], output: &Output) -> Vec<String> {
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.text.width()).max();
    let widths: Vec<usize> = (0..N).map(|column| width(column).unwrap_or_default()).collect();
    let line = |row: &[Cell; N]| {
        let mut line = String::new();
        let mut gap = 0;
        for (cell, width) in row.iter().zip(&widths).filter(|(_, width)| **width > 0) {
            if !cell.text.is_empty() {
                line.push_str(&" ".repeat(gap));
                line.push_str(&cell.style.map_or_else(|| cell.text.clone(), |style| output.styled(style, &cell.text)));
                gap = 0;
            }
            gap += width - cell.text.width() + 2;
        }
        line
    };
    rows.iter().map(line).collect()
}
