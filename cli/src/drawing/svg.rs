//! The picture as an SVG that stands alone: no script, no font, no other file.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::columns::Columns;
use super::{Drawing, Mark, Node};

/// In pixels: between rows, between columns, the radius of a migration, and what a character takes at most.
const ROW: usize = 26;
const COLUMN: usize = 20;
const RADIUS: usize = 6;
const CHARACTER: usize = 8;
const MARGIN: usize = 20;

const LINES: [&str; 6] = ["#2563eb", "#c026d3", "#0d9488", "#ea580c", "#4f46e5", "#65a30d"];

/// What the marks look like, as far as the picture has them.
const LEGEND: [Mark; 5] = [Mark::Applied, Mark::Pending, Mark::Edited, Mark::Unfinished, Mark::Unknown];

impl Drawing {
    /// Draws lanes from top to bottom and a name beside each migration. Dependencies are dashed arcs.
    pub(crate) fn svg(&self) -> String {
        let columns = Columns::new(self);
        let text_at = MARGIN + columns.count * COLUMN;
        let label = |node: &Node| format!("{}{}", node.name, node.in_brackets());
        let longest = self.nodes.iter().map(|node| label(node).width()).max().unwrap_or_default().max(40);
        let marks: Vec<Mark> =
            LEGEND.into_iter().filter(|mark| self.nodes.iter().any(|node| node.mark == *mark)).collect();
        let legend = if marks.is_empty() { 0 } else { ROW };
        let (width, height) = (text_at + longest * CHARACTER + MARGIN, 2 * MARGIN + self.nodes.len() * ROW + legend);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"ui-monospace, Menlo, Consolas, monospace\" font-size=\"13\">\n\
             <title>{} migrations</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
            self.nodes.len()
        );
        let x = |column: usize| MARGIN + column * COLUMN;
        let at = |place: usize| Point {
            x: x(columns.nodes.get(place).copied().unwrap_or_default()),
            y: MARGIN + legend + place * ROW,
        };
        draw_legend(&mut svg, &marks);
        svg.push_str("<g fill=\"none\" stroke-width=\"2\">\n");
        for (place, node) in self.nodes.iter().enumerate() {
            for (&parent, &column) in node.parents.iter().zip(columns.lines.get(place).into_iter().flatten()) {
                draw_line(&mut svg, (at(place), x(column), at(parent)), LINES[column % LINES.len()]);
            }
        }
        svg.push_str("</g>\n<g fill=\"none\" stroke=\"#6b7280\" stroke-width=\"1.5\" stroke-dasharray=\"4 3\">\n");
        for (place, node) in self.nodes.iter().enumerate() {
            node.depends_on.iter().for_each(|&on| draw_arc(&mut svg, at(place), at(on)));
        }
        svg.push_str("</g>\n");
        for (place, node) in self.nodes.iter().enumerate() {
            draw_circle(&mut svg, at(place), node.mark);
            let y = at(place).y + 4;
            let _ = writeln!(svg, "<text x=\"{text_at}\" y=\"{y}\" fill=\"#111827\">{}</text>", escaped(&label(node)));
        }
        svg.push_str("</svg>");
        svg
    }
}

#[derive(Clone, Copy)]
struct Point {
    x: usize,
    y: usize,
}

/// A line leaves its migration for its column, goes straight down, and bends to the parent in the last row.
fn draw_line(svg: &mut String, (from, x, to): (Point, usize, Point), colour: &str) {
    let bend = |from: Point, to: Point| {
        let middle = usize::midpoint(from.y, to.y);
        format!("C {} {middle} {} {middle} {} {}", from.x, to.x, to.x, to.y)
    };
    let mut path = format!("M {} {}", from.x, from.y);
    if to.y > from.y + ROW {
        let (start, end) = (Point { x, y: from.y + ROW - RADIUS }, Point { x, y: to.y - ROW + RADIUS });
        let _ = write!(path, " {} L {} {}", bend(from, start), end.x, end.y);
        let _ = write!(path, " {}", bend(end, to));
    } else {
        let _ = write!(path, " {}", bend(from, to));
    }
    let _ = writeln!(svg, "<path d=\"{path}\" stroke=\"{colour}\"/>");
}

/// An arc to the right, as far out as it is long.
fn draw_arc(svg: &mut String, from: Point, to: Point) {
    let out = COLUMN.max(to.y.abs_diff(from.y) / 4).min(3 * COLUMN);
    let x = from.x.max(to.x) + out;
    let _ = writeln!(svg, "<path d=\"M {} {} C {x} {} {x} {} {} {}\"/>", from.x, from.y, from.y, to.y, to.x, to.y);
}

fn draw_circle(svg: &mut String, at: Point, mark: Mark) {
    let (fill, outline) = mark.colours();
    let _ = writeln!(
        svg,
        "<circle cx=\"{}\" cy=\"{}\" r=\"{RADIUS}\" fill=\"{fill}\" stroke=\"{outline}\" stroke-width=\"2\"/>",
        at.x, at.y
    );
}

fn draw_legend(svg: &mut String, marks: &[Mark]) {
    let mut x = MARGIN;
    for mark in marks {
        draw_circle(svg, Point { x, y: MARGIN }, *mark);
        let word = mark.word().unwrap_or_default();
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{}\" fill=\"#374151\">{word}</text>", x + 12, MARGIN + 4);
        x += 28 + word.len() * CHARACTER;
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
