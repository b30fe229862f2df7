//! The picture for Mermaid, <https://mermaid.js.org/syntax/entityRelationshipDiagram.html>.

use std::collections::BTreeSet;

use dunlin::schema::engine::picture::{Column, Picture, Reference, Table};

/// Returns an `erDiagram`. Views are entities that read others along dotted lines.
pub(crate) fn mermaid(picture: &Picture) -> String {
    let mut names = Names::default();
    let tables: Vec<String> = picture.tables.iter().map(|table| names.of(&table.name)).collect();
    let views: Vec<String> = picture.views.iter().map(|view| names.of(&view.name)).collect();
    let mut chart = "erDiagram\n".to_owned();
    for (table, name) in picture.tables.iter().zip(&tables) {
        chart.push_str(&entity(table, name));
    }
    for reference in &picture.references {
        let (Some(from), Some(to)) = (tables.get(reference.from), tables.get(reference.to)) else { continue };
        let line = if reference.single { "|o--" } else { "}o--" };
        let end = if reference.optional { "o|" } else { "||" };
        chart.push_str(&format!("    {from} {line}{end} {to} : \"{}\"\n", label(reference, picture)));
    }
    if !views.is_empty() {
        chart.push_str("    %% views\n");
    }
    for (view, name) in picture.views.iter().zip(&views) {
        chart.push_str(&format!("    {name} {{\n    }}\n"));
        for read in &view.reads {
            let table = picture.tables.iter().position(|table| table.name == *read).and_then(|at| tables.get(at));
            let other = || picture.views.iter().position(|view| view.name == *read).and_then(|at| views.get(at));
            if let Some(other) = table.or_else(other) {
                chart.push_str(&format!("    {name} }}o..o{{ {other} : reads\n"));
            }
        }
    }
    chart
}

fn entity(table: &Table, name: &str) -> String {
    let attributes: String = table.columns.iter().map(attribute).collect();
    format!("    {name} {{\n{attributes}    }}\n")
}

/// `type name PK, FK "comment"`. A type and a name are one word each; what a word cannot hold becomes `_`.
fn attribute(column: &Column) -> String {
    let marks = [(column.primary, "PK"), (column.foreign, "FK"), (column.unique, "UK")];
    let marks: Vec<&str> = marks.into_iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| mark).collect();
    let kind = if column.kind.is_empty() { "any" } else { &column.kind };
    let name = word(&column.name);
    // What the word does not say is said behind it.
    let own = Some(&column.name).filter(|own| **own != name);
    let said: Vec<String> = own
        .into_iter()
        .chain(&column.comment)
        .map(|text| quoted(text))
        .chain(column.nullable.then(|| "null".to_owned()))
        .collect();
    let mut line = format!("        {} {name}", word(kind));
    if !marks.is_empty() {
        line.push_str(&format!(" {}", marks.join(", ")));
    }
    if !said.is_empty() {
        line.push_str(&format!(" \"{}\"", said.join("; ")));
    }
    line + "\n"
}

fn label(reference: &Reference, picture: &Picture) -> String {
    let columns = picture.tables.get(reference.from).map(|table| &table.columns[..]).unwrap_or_default();
    let names: Vec<String> =
        reference.columns.iter().filter_map(|at| columns.get(*at)).map(|column| quoted(&column.name)).collect();
    names.join(", ")
}

/// A word begins with a letter and has letters, digits, hyphens, underscores and brackets.
fn word(text: &str) -> String {
    let is_kept = |c: char| c.is_ascii_alphanumeric() || "-_()[]".contains(c) || ('\u{c0}'..='\u{ffff}').contains(&c);
    // A comma ends a word; what looks like one does not.
    let kept = |c: char| match c {
        ',' => '\u{201a}',
        c if is_kept(c) => c,
        _ => '_',
    };
    let mut word: String = text.trim().chars().map(kept).collect();
    while word.contains("__") && !text.contains("__") {
        word = word.replace("__", "_");
    }
    if word.starts_with(|c: char| c.is_ascii_digit() || "-()[]".contains(c)) || word.is_empty() {
        word.insert(0, '_');
    }
    word
}

/// What stands between quotes holds neither quotes nor line breaks, nor what begins a comment.
fn quoted(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // It is taken for HTML, too.
    let text = text.replace('<', "\u{2039}").replace('>', "\u{203a}");
    text.replace('"', "'").replace('%', "\u{ff05}").replace('\\', "/")
}

/// The names of entities: in quotes, each another.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    fn of(&mut self, name: &str) -> String {
        let name = quoted(name);
        let name = if name.is_empty() { "_".to_owned() } else { name };
        let mut own = name.clone();
        let mut number = 2;
        while !self.0.insert(own.clone()) {
            own = format!("{name} {number}");
            number += 1;
        }
        format!("\"{own}\"")
    }
}
