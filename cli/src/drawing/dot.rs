//! The picture for Graphviz, <https://graphviz.org/doc/info/lang.html>.

use super::{Drawing, Mark};

impl Drawing {
    /// Returns a digraph whose edges lead from what is revised to what revises it; dependencies are dashed.
    pub(crate) fn dot(&self) -> String {
        let mut dot = "digraph migrations {\n  rankdir = BT;\n  node [shape = box, style = \"rounded,filled\", fontname = \"sans-serif\"];\n"
            .to_owned();
        for (place, node) in self.nodes.iter().enumerate() {
            let (fill, outline) = node.mark.colours();
            let text = if node.mark == Mark::Applied { ", fontcolor = \"#ffffff\"" } else { "" };
            let label = quoted(&format!("{}{}", node.name, node.in_brackets()));
            dot.push_str(&format!(
                "  n{place} [label = {label}, fillcolor = \"{fill}\", color = \"{outline}\"{text}];\n"
            ));
        }
        for (place, node) in self.nodes.iter().enumerate() {
            node.parents.iter().for_each(|parent| dot.push_str(&format!("  n{parent} -> n{place};\n")));
            node.depends_on.iter().for_each(|on| dot.push_str(&format!("  n{on} -> n{place} [style = dashed];\n")));
        }
        dot.push('}');
        dot
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
