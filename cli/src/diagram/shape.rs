//! How large a box is, and what stands in it.

use dunlin::schema::engine::picture::{Column, Table, View};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::signed;

/// What a character takes at most, in pixels: in rows, in marks and comments, in names of tables, in the title.
pub(super) const CHARACTER: i64 = 8;
pub(super) const SMALL_CHARACTER: i64 = 7;
pub(super) const TITLE_CHARACTER: i64 = 10;

/// The heights of a row, of a box's head, of the comment in it, and of what is left free below the last row.
pub(super) const ROW: i64 = 22;
pub(super) const HEAD: i64 = 32;
pub(super) const COMMENT: i64 = 18;
const FOOT: i64 = 6;

/// Between a box's border and its text, and between two columns of text.
pub(super) const PADDING: i64 = 12;
const BETWEEN: i64 = 18;

/// How many characters of a text are shown.
const LONGEST_NAME: usize = 44;
const LONGEST_TYPE: usize = 30;
const LONGEST_COMMENT: usize = 48;

/// What kind of thing a box is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Table,
    View,
}

/// A box.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) look: Look,
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) name: Shown,
    /// What stands small below the name.
    pub(super) comment: Option<Shown>,
    pub(super) rows: Vec<Row>,
    /// Where names and types begin and end, from the left.
    pub(super) name_at: i64,
    pub(super) type_to: i64,
}

/// A line of a box.
#[derive(Debug)]
pub(super) struct Row {
    /// `PK`, `FK`, `U`.
    pub(super) marks: Vec<&'static str>,
    pub(super) name: Shown,
    pub(super) kind: Shown,
    pub(super) nullable: bool,
    pub(super) comment: Option<String>,
}

/// A text as it is shown, and whole where that is less.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) whole: Option<String>,
}

impl Shown {
    fn new(text: &str, longest: usize) -> Shown {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.width() <= longest {
            return Shown { text: line, whole: None };
        }
        let mut taken = 0;
        let fits = |c: &char| {
            taken += c.width().unwrap_or_default();
            taken < longest
        };
        Shown {
            text: line.chars().take_while(fits).collect::<String>().trim_end().to_owned() + "…",
            whole: Some(text.to_owned()),
        }
    }
}

impl Shape {
    pub(super) fn of_table(table: &Table) -> Shape {
        let partitions = match table.partitions {
            0 => None,
            1 => Some("1 partition".to_owned()),
            number => Some(format!("{number} partitions")),
        };
        let comment: Vec<String> = partitions.into_iter().chain(table.comment.clone()).collect();
        let rows = table.columns.iter().map(Row::of_column).collect();
        Shape::new(Look::Table, &table.name, Some(comment.join(" · ")), rows)
    }

    pub(super) fn of_view(view: &View) -> Shape {
        let kind = view.materialized.then(|| "materialized".to_owned());
        let comment: Vec<String> = kind.into_iter().chain(view.comment.clone()).collect();
        let row = |name: &String| Row {
            marks: Vec::new(),
            name: Shown::new(name, LONGEST_NAME),
            kind: Shown::default(),
            nullable: false,
            comment: None,
        };
        Shape::new(Look::View, &view.name, Some(comment.join(" · ")), view.reads.iter().map(row).collect())
    }

    fn new(look: Look, name: &str, comment: Option<String>, rows: Vec<Row>) -> Shape {
        let name = Shown::new(name, LONGEST_NAME);
        let comment = comment.filter(|text| !text.is_empty()).map(|text| Shown::new(&text, LONGEST_COMMENT));
        let widest = |of: &dyn Fn(&Row) -> i64| rows.iter().map(of).max().unwrap_or_default();
        let marks = widest(&|row| text_width(&row.marks.join(" "), SMALL_CHARACTER));
        let names = widest(&|row| text_width(&row.name.text, CHARACTER));
        let kinds = widest(&|row| text_width(&row.kind.text, CHARACTER) + if row.nullable { CHARACTER } else { 0 });
        let name_at = PADDING + if marks == 0 { 0 } else { marks + 10 };
        let row = name_at + names + if kinds == 0 { 0 } else { BETWEEN + kinds } + PADDING;
        let head = text_width(&name.text, CHARACTER + 1);
        let below = comment.as_ref().map_or(0, |comment| text_width(&comment.text, SMALL_CHARACTER));
        let width = row.max(head.max(below) + 2 * PADDING).max(120);
        let rows_height = if rows.is_empty() { 0 } else { signed(rows.len()) * ROW + FOOT };
        let height = HEAD + if comment.is_some() { COMMENT } else { 0 } + rows_height;
        Shape { look, width, height, name, comment, rows, name_at, type_to: width - PADDING }
    }

    /// Returns the height of the head.
    pub(super) fn head(&self) -> i64 {
        HEAD + if self.comment.is_some() { COMMENT } else { 0 }
    }

    /// Returns how far down the middle of a row is; that of the head, where there is none.
    pub(super) fn row(&self, row: Option<usize>) -> i64 {
        match row.filter(|row| *row < self.rows.len()) {
            Some(row) => self.head() + signed(row) * ROW + ROW / 2 + FOOT / 2,
            None => HEAD / 2,
        }
    }
}

impl Row {
    fn of_column(column: &Column) -> Row {
        let marks = [(column.primary, "PK"), (column.foreign, "FK"), (column.unique, "U")];
        Row {
            marks: marks.into_iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| mark).collect(),
            name: Shown::new(&column.name, LONGEST_NAME),
            kind: Shown::new(&column.kind, LONGEST_TYPE),
            nullable: column.nullable,
            comment: column.comment.clone(),
        }
    }
}

/// Returns how wide a text is at most.
pub(super) fn text_width(text: &str, character: i64) -> i64 {
    signed(text.width()) * character
}
