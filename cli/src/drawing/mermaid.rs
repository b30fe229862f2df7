//! The picture for Mermaid, <https://mermaid.js.org/syntax/flowchart.html>.

use super::{Drawing, Mark};

const MARKS: [Mark; 5] = [Mark::Applied, Mark::Pending, Mark::Edited, Mark::Unfinished, Mark::Unknown];

impl Drawing {
    /// Returns a flowchart whose arrows lead from what is revised to what revises it; dependencies are dotted.
    pub(crate) fn mermaid(&self) -> String {
        let mut chart = "flowchart BT\n".to_owned();
        for (place, node) in self.nodes.iter().enumerate() {
            let class = node.mark.word().map_or_else(String::new, |word| format!(":::{word}"));
            let label = escaped(&format!("{}{}", node.name, node.in_brackets()));
            chart.push_str(&format!("  n{place}[\"{label}\"]{class}\n"));
        }
        for (place, node) in self.nodes.iter().enumerate() {
            node.parents.iter().for_each(|parent| chart.push_str(&format!("  n{parent} --> n{place}\n")));
            node.depends_on.iter().for_each(|on| chart.push_str(&format!("  n{on} -.-> n{place}\n")));
        }
        for mark in MARKS.into_iter().filter(|mark| self.nodes.iter().any(|node| node.mark == *mark)) {
            let (fill, outline) = mark.colours();
            let text = if mark == Mark::Applied { ",color:#ffffff" } else { "" };
            let word = mark.word().unwrap_or_default();
            chart.push_str(&format!("  classDef {word} fill:{fill},stroke:{outline}{text}\n"));
        }
        chart.trim_end().to_owned()
    }
}

/// Entities without an ampersand are Mermaid's own.
fn escaped(text: &str) -> String {
    text.replace('#', "#35;").replace('"', "#quot;").replace('<', "#lt;").replace('>', "#gt;")
}
