//! The revision graph as a picture: with characters as `git log --graph` draws, as an SVG, and in the languages of Graphviz and
//! Mermaid.
//!
//! [`Drawing`] is what all of them draw, the newest migration on top. `text.rs` draws lanes that move up where others end
//! (`lanes.rs`), `svg.rs` lines that keep their column (`columns.rs`); `dot.rs` and `mermaid.rs` leave that to others.

mod columns;
mod dot;
mod lanes;
mod mermaid;
mod svg;
mod text;

/// The migrations to be drawn, in the order of the picture.
#[derive(Debug, Default)]
pub(crate) struct Drawing {
    pub(crate) nodes: Vec<Node>,
}

/// One migration.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// `<id>_<slug>`.
    pub(crate) name: String,
    /// What stands behind the name: labels, whether it is a head.
    pub(crate) remarks: Vec<String>,
    pub(crate) mark: Mark,
    /// The places in the picture of what it revises. What is not in the picture is left out.
    pub(crate) parents: Vec<usize>,
    /// The places of what it depends on.
    pub(crate) depends_on: Vec<usize>,
}

/// How a migration stands in the database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Mark {
    /// No database was asked.
    #[default]
    Unasked,
    Applied,
    Pending,
    Edited,
    Unfinished,
    Unknown,
}

impl Mark {
    /// Returns the word, which says what colours and shapes say.
    pub(crate) fn word(self) -> Option<&'static str> {
        match self {
            Mark::Unasked => None,
            Mark::Applied => Some("applied"),
            Mark::Pending => Some("pending"),
            Mark::Edited => Some("edited"),
            Mark::Unfinished => Some("unfinished"),
            Mark::Unknown => Some("unknown"),
        }
    }

    /// Returns the colours of its fill and its outline in pictures.
    fn colours(self) -> (&'static str, &'static str) {
        match self {
            Mark::Unasked => ("#e5e7eb", "#4b5563"),
            Mark::Applied => ("#16a34a", "#166534"),
            Mark::Pending => ("#ffffff", "#b45309"),
            Mark::Edited | Mark::Unfinished => ("#fecaca", "#b91c1c"),
            Mark::Unknown => ("#ddd6fe", "#6d28d9"),
        }
    }
}

impl Node {
    /// Returns the remarks and the mark's word in brackets, or nothing.
    fn in_brackets(&self) -> String {
        let words: Vec<&str> = self.remarks.iter().map(String::as_str).chain(self.mark.word()).collect();
        if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
    }
}

/// A drawing of lines such as `3 < 1 2`: a migration and its parents, the newest first.
#[cfg(test)]
fn drawing(graph: &str) -> Drawing {
    let ids: Vec<&str> = graph.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let place = |id: &str| ids.iter().position(|other| *other == id).unwrap();
    let node = |line: &str| {
        let (id, parents) = line.split_once('<').unwrap_or((line, ""));
        let parents = parents.split_whitespace().map(place).collect();
        Node { name: id.trim().to_owned(), parents, ..Node::default() }
    };
    Drawing { nodes: graph.lines().map(node).collect() }
}
