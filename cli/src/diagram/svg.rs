//! The picture as an SVG that stands alone: no script, no font, no other file. It is light or dark as the reader likes it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::shape::{CHARACTER, HEAD, Look, PADDING, ROW, Row, SMALL_CHARACTER, Shape, Shown, text_width};
use super::{Diagram, MARGIN, Placed, Point};

/// What title, headings and legend take, in pixels.
pub(super) const TITLE: i64 = 44;
pub(super) const HEADING: i64 = 36;
pub(super) const LEGEND: i64 = 34;

/// The colours of lines: all that lead to one table have the same.
const COLOURS: usize = 8;

/// The look of everything.
const STYLE: &str = include_str!("../../templates/schema/picture.css");

/// How far a line goes on beside what refers to itself.
const LOOP: i64 = 26;

/// What that takes in all.
pub(super) const LOOP_WIDTH: i64 = 44;

/// What the legend says of each mark.
const MARKS: [(&str, &str); 4] = [("PK", "primary key"), ("FK", "foreign key"), ("U", "unique"), ("?", "may be null")];

/// What the legend says of the ends of lines.
const ENDS: [(End, &str); 4] = [
    (End { one: false, optional: true }, "any number"),
    (End { one: true, optional: true }, "at most one"),
    (End { one: true, optional: false }, "exactly one"),
    (End { one: false, optional: false }, ""),
];

/// How many rows stand at the end of a line for one at the other.
#[derive(Debug, Clone, Copy)]
struct End {
    one: bool,
    optional: bool,
}

impl Diagram<'_> {
    /// Draws it.
    pub(crate) fn svg(&self) -> String {
        let (width, height) = (self.width, self.height);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"dunlin\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
             <title>{}</title>\n<style>\n{STYLE}</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n",
            escaped(&self.title)
        );
        let _ =
            writeln!(svg, "<text class=\"title\" x=\"{MARGIN}\" y=\"{}\">{}</text>", MARGIN + 16, escaped(&self.title));
        for (at, heading) in &self.headings {
            let _ = writeln!(svg, "<text class=\"heading\" x=\"{}\" y=\"{}\">{heading}</text>", at.x, at.y + 16);
        }
        self.lines(&mut svg);
        for (place, placed) in self.boxes.iter().enumerate() {
            self.draw_box(place, placed, &mut svg);
        }
        self.legend(&mut svg);
        svg.push_str("</svg>\n");
        svg
    }

    fn lines(&self, svg: &mut String) {
        let mut colours: BTreeMap<usize, usize> = BTreeMap::new();
        for reference in &self.picture.references {
            let next = colours.len() % COLOURS;
            colours.entry(reference.to).or_insert(next);
        }
        for (reference, way) in self.picture.references.iter().zip(&self.ways) {
            let (from, to) = (self.picture.tables.get(reference.from), self.picture.tables.get(reference.to));
            let (Some(from), Some(to)) = (from, to) else { continue };
            let names = |table: &dunlin::schema::engine::picture::Table, columns: &[usize]| {
                let names: Vec<&str> =
                    columns.iter().filter_map(|at| table.columns.get(*at)).map(|column| &*column.name).collect();
                format!("{}({})", table.name, names.join(", "))
            };
            let told = format!("{} → {}", names(from, &reference.columns), names(to, &reference.targets));
            let colour = colours.get(&reference.to).copied().unwrap_or_default();
            let _ = writeln!(
                svg,
                "<g class=\"line c{colour}\" data-from=\"{}\" data-to=\"{}\"><title>{}</title>",
                reference.from,
                reference.to,
                escaped(&told)
            );
            let path = if reference.from == reference.to { looped(way) } else { bent(way) };
            let _ = writeln!(svg, "<path class=\"wide\" d=\"{path}\"/><path d=\"{path}\"/>");
            if let ([start, next, ..], [.., before, end]) = (&way[..], &way[..]) {
                let many = End { one: reference.single, optional: true };
                let one = End { one: true, optional: reference.optional };
                let out = |own: &Point, other: &Point| {
                    if own == other || reference.from == reference.to { 1 } else { (other.x - own.x).signum() }
                };
                draw_end(svg, *start, out(start, next), many);
                draw_end(svg, *end, out(end, before), one);
            }
            svg.push_str("</g>\n");
        }
    }

    fn draw_box(&self, place: usize, Placed { at, shape }: &Placed, svg: &mut String) {
        let (kind, reads) = match shape.look {
            Look::Table => ("table", String::new()),
            Look::View => ("view", self.read_by(place)),
        };
        let _ = writeln!(
            svg,
            "<g class=\"box {kind}\" id=\"b{place}\" data-name=\"{}\"{reads} transform=\"translate({} {})\">",
            escaped(shape.name.whole.as_ref().unwrap_or(&shape.name.text)),
            at.x,
            at.y
        );
        let (width, height, head) = (shape.width, shape.height, shape.head());
        let _ = writeln!(svg, "<rect class=\"frame\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>");
        let round = if shape.rows.is_empty() {
            format!("<rect class=\"head\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>")
        } else {
            format!(
                "<path class=\"head\" d=\"M 0 {head} V 6 Q 0 0 6 0 H {} Q {width} 0 {width} 6 V {head} Z\"/>",
                width - 6
            )
        };
        let _ = writeln!(svg, "{round}");
        text(svg, "name", (PADDING, HEAD / 2 + 5), &shape.name);
        if let Some(comment) = &shape.comment {
            text(svg, "comment", (PADDING, HEAD + 7), comment);
        }
        for (number, row) in shape.rows.iter().enumerate() {
            draw_row(svg, shape, row, shape.row(Some(number)));
        }
        let _ = writeln!(svg, "<rect class=\"outline\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>\n</g>");
    }

    /// Returns what a view reads, as the places of boxes.
    fn read_by(&self, place: usize) -> String {
        let views = &self.picture.views;
        let Some(view) = place.checked_sub(self.picture.tables.len()).and_then(|own| views.get(own)) else {
            return String::new();
        };
        let table = |name: &String| self.picture.tables.iter().position(|table| table.name == *name);
        let other =
            |name: &String| views.iter().position(|view| view.name == *name).map(|own| own + self.picture.tables.len());
        let places: Vec<String> = view
            .reads
            .iter()
            .filter_map(|name| table(name).or_else(|| other(name)))
            .map(|place| place.to_string())
            .collect();
        format!(" data-reads=\"{}\"", places.join(" "))
    }

    fn legend(&self, svg: &mut String) {
        let y = self.height - MARGIN + 8;
        let mut x = MARGIN;
        let _ = writeln!(svg, "<g class=\"legend\">");
        for (mark, told) in MARKS {
            let _ = writeln!(svg, "<text class=\"mark m{}\" x=\"{x}\" y=\"{y}\">{mark}</text>", mark_class(mark));
            x += text_width(mark, SMALL_CHARACTER) + 6;
            let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\">{told}</text>");
            x += text_width(told, SMALL_CHARACTER) + 22;
        }
        for (end, told) in ENDS.iter().filter(|(_, told)| !told.is_empty()) {
            let _ = writeln!(svg, "<g class=\"line c0\"><path d=\"M {x} {} h 34\"/>", y - 4);
            draw_end(svg, Point { x, y: y - 4 }, 1, *end);
            let _ = writeln!(svg, "</g><text x=\"{}\" y=\"{y}\">{told}</text>", x + 42);
            x += 42 + text_width(told, SMALL_CHARACTER) + 22;
        }
        svg.push_str("</g>\n");
    }
}

/// How wide the legend is.
pub(super) fn legend_width() -> i64 {
    let marks: i64 = MARKS
        .iter()
        .map(|(mark, told)| text_width(mark, SMALL_CHARACTER) + text_width(told, SMALL_CHARACTER) + 28)
        .sum();
    let ends: i64 =
        ENDS.iter().filter(|(_, told)| !told.is_empty()).map(|(_, told)| text_width(told, SMALL_CHARACTER) + 64).sum();
    marks + ends
}

fn draw_row(svg: &mut String, shape: &Shape, row: &Row, middle: i64) {
    let y = middle + 4;
    if let Some(comment) = &row.comment {
        let _ = writeln!(svg, "<g><title>{}</title>", escaped(comment));
    }
    let mut x = PADDING;
    for mark in &row.marks {
        let _ = writeln!(svg, "<text class=\"mark m{}\" x=\"{x}\" y=\"{y}\">{mark}</text>", mark_class(mark));
        x += text_width(mark, SMALL_CHARACTER) + SMALL_CHARACTER;
    }
    text(svg, if row.marks.contains(&"PK") { "key" } else { "column" }, (shape.name_at, y), &row.name);
    if row.nullable {
        let _ = writeln!(svg, "<text class=\"null\" x=\"{}\" y=\"{y}\">?</text>", shape.type_to - CHARACTER);
    }
    // Where a mark may stand behind them, types end before it.
    let has_marks = shape.rows.iter().any(|row| row.nullable);
    let to = shape.type_to - if has_marks { CHARACTER } else { 0 };
    text(svg, "type", (to, y), &row.kind);
    if row.comment.is_some() {
        let _ = writeln!(
            svg,
            "<rect class=\"said\" width=\"{}\" y=\"{}\" height=\"{ROW}\"/></g>",
            shape.width,
            middle - ROW / 2
        );
    }
}

fn mark_class(mark: &str) -> &'static str {
    match mark {
        "PK" => "pk",
        "FK" => "fk",
        "U" => "u",
        _ => "null",
    }
}

fn text(svg: &mut String, class: &str, (x, y): (i64, i64), shown: &Shown) {
    if shown.text.is_empty() {
        return;
    }
    let whole = shown.whole.as_ref().map(|whole| format!("<title>{}</title>", escaped(whole))).unwrap_or_default();
    let _ = writeln!(svg, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}{whole}</text>", escaped(&shown.text));
}

/// Draws a crow's foot or a bar, with a circle before it where there may be none. The line leaves the box to the right (1) or left.
fn draw_end(svg: &mut String, at: Point, out: i64, end: End) {
    let x = |distance: i64| at.x + out * distance;
    let mut path = String::new();
    let behind = if end.one {
        let _ = write!(path, "M {0} {1} V {2}", x(8), at.y - 6, at.y + 6);
        8
    } else {
        let _ = write!(path, "M {0} {1} L {2} {3} L {0} {4}", x(0), at.y - 6, x(11), at.y, at.y + 6);
        11
    };
    let _ = write!(svg, "<path class=\"end\" d=\"{path}\"/>");
    if end.optional {
        let _ = write!(svg, "<circle class=\"end\" cx=\"{}\" cy=\"{}\" r=\"3.5\"/>", x(behind + 4), at.y);
    }
    svg.push('\n');
}

/// Straight from the first of four points to the second, bent to the third, straight to the fourth.
fn bent(way: &[Point]) -> String {
    let mut path = String::new();
    let mut last: Option<Point> = None;
    for pair in way.chunks_exact(2) {
        let [from, to] = pair else { continue };
        match last {
            None => _ = write!(path, "M {} {}", from.x, from.y),
            Some(last) => {
                let middle = i64::midpoint(last.x, from.x);
                let _ = write!(path, " C {middle} {} {middle} {} {} {}", last.y, from.y, from.x, from.y);
            }
        }
        let _ = write!(path, " L {} {}", to.x, to.y);
        last = Some(*to);
    }
    path
}

fn looped(way: &[Point]) -> String {
    let [from, to] = way else { return String::new() };
    let x = from.x + LOOP;
    // A row that refers to itself goes round its own place.
    let bulge = if from.y == to.y { ROW } else { 0 };
    format!("M {} {} C {} {} {} {} {} {}", from.x, from.y, x + LOOP, from.y + bulge, x + LOOP, to.y - bulge, to.x, to.y)
}

pub(super) fn escaped(text: &str) -> String {
    let is_shown = |c: &char| !c.is_control() || *c == '\n' || *c == '\t';
    let text: String = text.chars().filter(is_shown).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
