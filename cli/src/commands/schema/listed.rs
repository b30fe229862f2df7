//! A schema as a list.

use dunlin::schema::engine::picture::{Outline, Picture};
use dunlin::schema::engine::{Fact, Kind, Rules, Schema};
use serde_json::{Value, json};

use super::kept::Kept;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;
use crate::table::{self, Cell};

/// What begins the lines of parts.
const BELOW: &str = "    ";

/// Returns a line for each thing, its parts below it, tables with their columns first.
pub(super) fn text(schema: &Schema, rules: &dyn Rules, context: &Context<'_>) -> String {
    let is_own = |fact: &&Fact| fact.parent.is_none() && fact.id.kind != Kind::Database && !is_everywhere(fact, schema);
    let roots = schema.facts().filter(is_own);
    let mut lines = Vec::new();
    for root in roots {
        lines.push(root.title());
        if matches!(root.id.kind, Kind::Table | Kind::VirtualTable) {
            lines.extend(columns(&rules.outline(schema, root), context));
        }
        lines.extend(parts(root, schema));
    }
    if lines.is_empty() {
        lines.push("there is nothing in it".to_owned());
    }
    lines.join("\n") + "\n"
}

/// Says whether every database of PostgreSQL has it: the schema `public`, as a server makes it.
fn is_everywhere(fact: &Fact, schema: &Schema) -> bool {
    let is_as_made = |part: &Fact| {
        part.id.kind == Kind::Comment && ["definition", "text"].iter().any(|name| part.attribute(name) == Some(PUBLIC))
    };
    fact.id.kind == Kind::Schema && fact.name == "public" && schema.children(&fact.id).into_iter().all(is_as_made)
}

/// What a server writes of the schema `public`.
const PUBLIC: &str = "standard public schema";

fn columns(outline: &Outline, context: &Context<'_>) -> Vec<String> {
    let is_primary = |name: &str| {
        let primary = outline.keys.iter().filter(|key| key.is_primary);
        primary.flat_map(|key| &key.columns).any(|own| own == name || own.to_lowercase() == name.to_lowercase())
    };
    let rows: Vec<[Cell; 3]> = outline
        .columns
        .iter()
        .map(|column| {
            let said = if is_primary(&column.name) {
                Some("primary key")
            } else {
                Some("not null").filter(|_| !column.nullable)
            };
            let comment = column.comment.as_ref().map(|text| format!("-- {}", first_line(text)));
            let remarks: Vec<String> = said.map(str::to_owned).into_iter().chain(comment).collect();
            [column.name.as_str().into(), column.kind.as_str().into(), remarks.join(" ").as_str().into()]
        })
        .collect();
    table::lines(&rows, &context.output).iter().map(|line| format!("{BELOW}{line}").trim_end().to_owned()).collect()
}

/// Returns the lines of what is part of something, and of what is part of that; its columns have theirs already.
fn parts(of: &Fact, schema: &Schema) -> Vec<String> {
    let mut lines = Vec::new();
    let is_table = matches!(of.id.kind, Kind::Table | Kind::VirtualTable);
    for part in schema.children(&of.id).into_iter().filter(|part| !(is_table && part.id.kind == Kind::Column)) {
        let is_nameless = matches!(part.id.kind, Kind::Comment | Kind::Privilege | Kind::Owner);
        let name = if is_nameless { String::new() } else { format!(" {}", own_name(part)) };
        lines.push(format!("{BELOW}{}{name}{}", part.id.kind.word(), definition(part)));
        lines.extend(parts(part, schema).into_iter().map(|line| format!("{BELOW}{line}")));
    }
    lines
}

fn own_name(part: &Fact) -> &str {
    part.attribute("name").or_else(|| part.id.name.last().map(String::as_str)).unwrap_or(&part.name)
}

/// Returns what a part says, on one line.
fn definition(fact: &Fact) -> String {
    let said = ["definition", "type", "text", "by", "role"].into_iter().find_map(|name| fact.attribute(name));
    let said = said.filter(|_| fact.id.kind != Kind::Trigger).unwrap_or_default();
    if said.is_empty() { String::new() } else { format!(": {}", first_line(said)) }
}

fn first_line(text: &str) -> String {
    let more = if text.trim_end().contains('\n') { " …" } else { "" };
    format!("{}{more}", text.lines().next().unwrap_or_default())
}

/// Writes all that is known, and what pictures are made of.
pub(super) fn write_json(
    schema: &Schema,
    rules: &dyn Rules,
    kept: &Kept<'_>,
    context: &Context<'_>,
) -> Result<Exit, Problem> {
    let objects: Vec<Value> = schema.facts().map(object).collect();
    let document = json!({
        "engine": schema.dialect(),
        "fingerprint": schema.fingerprint(),
        "objects": objects,
        "picture": Picture::of(schema, rules),
    });
    let text = serde_json::to_string_pretty(&document).unwrap_or_default() + "\n";
    kept.json(&text, document, context)
}

fn object(fact: &Fact) -> Value {
    let attributes: serde_json::Map<String, Value> =
        fact.attributes.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let parent = fact.parent.as_ref().map(|id| json!({ "kind": id.kind, "name": id.name.join(".") }));
    json!({ "kind": fact.id.kind, "name": fact.name, "part_of": parent, "attributes": attributes })
}
