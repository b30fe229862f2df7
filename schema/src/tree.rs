//! What two schemas differ in, as a tree for people.

use std::collections::BTreeMap;

use crate::diff::{AttributeChange, Delta};
use crate::fact::{Fact, Id};
use crate::schema::Schema;

/// Returns lines that begin with `+`, `-` or `~`, each part below what it is part of. A definition of several lines stands in one of
/// them, with line breaks.
pub fn tree(deltas: &[Delta<'_>], from: &Schema, to: &Schema) -> Vec<String> {
    let mut below: BTreeMap<&Id, Vec<&Delta<'_>>> = BTreeMap::new();
    let mut roots: BTreeMap<&Id, &Fact> = BTreeMap::new();
    for delta in deltas {
        let fact = delta.fact();
        let root = if matches!(delta, Delta::Removed(_)) { from.root(fact) } else { to.root(fact) };
        roots.insert(&root.id, root);
        below.entry(&root.id).or_default().push(delta);
    }
    let mut lines = Vec::new();
    for (id, root) in roots {
        let deltas = below.remove(id).unwrap_or_default();
        let own = deltas.iter().find(|delta| delta.fact().id == *id);
        lines.extend(own.map_or_else(|| vec![format!("~ {}", root.title())], |delta| delta_lines(delta, "")));
        // What comes or goes as a whole needs no list of its parts.
        if !matches!(own, Some(Delta::Added(_) | Delta::Removed(_))) {
            lines.extend(
                deltas.iter().filter(|delta| delta.fact().id != *id).flat_map(|delta| delta_lines(delta, "    ")),
            );
        }
    }
    lines.into_iter().map(|line| hanging(&line)).collect()
}

/// Puts what follows in a line of several below its sign.
fn hanging(line: &str) -> String {
    let indent = line.len() - line.trim_start().len() + 4;
    line.replace('\n', &format!("\n{}", " ".repeat(indent)))
}

fn delta_lines(delta: &Delta<'_>, indent: &str) -> Vec<String> {
    let definition = |fact: &Fact| {
        let text = fact.attribute("definition").or_else(|| fact.attribute("type")).filter(|text| !text.is_empty());
        text.map(|text| format!(": {text}")).unwrap_or_default()
    };
    let is_part = !indent.is_empty();
    let shown = |fact: &Fact| if is_part { format!("{}{}", fact.title(), definition(fact)) } else { fact.title() };
    match delta {
        Delta::Added(fact) => vec![format!("{indent}+ {}", shown(fact))],
        Delta::Removed(fact) => vec![format!("{indent}- {}", shown(fact))],
        Delta::Changed { to, attributes, .. } => {
            let mut lines = vec![format!("{indent}~ {}", to.title())];
            lines.extend(attributes.iter().flat_map(attribute_lines).map(|line| format!("{indent}    {line}")));
            lines
        }
    }
}

fn attribute_lines(change: &AttributeChange) -> Vec<String> {
    let line = |sign: char, value: &Option<String>| {
        value.as_deref().filter(|value| !value.is_empty()).map(|value| format!("{sign} {}: {value}", change.name))
    };
    [line('-', &change.from), line('+', &change.to)].into_iter().flatten().collect()
}
