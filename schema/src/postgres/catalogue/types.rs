//! Schemas, extensions, collations, types and sequences.

use super::Catalogue;
use super::facts::{Attributes, Facts, blank};
use super::rows::{AttributeRow, CollationRow, SequenceRow, TypeRow};
use crate::fact::{Fact, Id, Kind};
use crate::postgres::name::{literal, qualified, quoted, spoken};
use crate::postgres::sequence::Shape;

pub(super) fn add(catalogue: &Catalogue, facts: &mut Facts) {
    for row in &catalogue.schemas {
        let name = quoted(&row.name);
        let fact = Fact {
            id: Id::new(Kind::Schema, [&row.name]),
            name: row.name.clone(),
            sql: format!("create schema {name}"),
            ..blank(Kind::Schema, None)
        };
        facts.add(fact, ("pg_namespace", row.oid, 0), format!("schema {name}"));
    }
    for row in &catalogue.extensions {
        let (name, schema) = (quoted(&row.name), quoted(&row.schema));
        let fact = Fact {
            id: Id::new(Kind::Extension, [&row.name]),
            name: row.name.clone(),
            attributes: Attributes::default().with("schema", &row.schema).done(),
            sql: format!("create extension if not exists {name} with schema {schema}"),
            ..blank(Kind::Extension, None)
        };
        facts.add(fact, ("pg_extension", row.oid, 0), format!("extension {name}"));
    }
    catalogue.collations.iter().for_each(|row| collation(row, facts));
    catalogue.enums.iter().for_each(|row| enumerated(row, facts));
    catalogue.composites.iter().for_each(|row| composite(row, facts));
    catalogue.domains.iter().for_each(|row| domain(row, facts));
    catalogue.ranges.iter().for_each(|row| range(row, facts));
    catalogue.sequences.iter().filter(|row| !row.is_identity).for_each(|row| sequence(row, facts));
}

fn collation(row: &CollationRow, facts: &mut Facts) {
    let both = row.lc_collate == row.lc_ctype;
    let mut options = vec![format!("provider = {}", row.provider)];
    let mut option = |name: &str, value: &Option<String>| {
        options.extend(value.as_ref().map(|value| format!("{name} = {}", literal(value))));
    };
    option("locale", if both && row.locale.is_none() { &row.lc_collate } else { &row.locale });
    if !both {
        option("lc_collate", &row.lc_collate);
        option("lc_ctype", &row.lc_ctype);
    }
    option("rules", &row.rules);
    if !row.is_deterministic {
        options.push("deterministic = false".to_owned());
    }
    let name = qualified(&row.schema, &row.name);
    let options = options.join(", ");
    let fact = Fact {
        id: Id::new(Kind::Collation, [&row.schema, &row.name]),
        name: spoken(&row.schema, &row.name),
        attributes: Attributes::default().with("definition", &options).done(),
        sql: format!("create collation {name} ({options})"),
        ..blank(Kind::Collation, None)
    };
    facts.add(fact, ("pg_collation", row.oid, 0), format!("collation {name}"));
}

fn enumerated(row: &TypeRow, facts: &mut Facts) {
    let labels: Vec<String> = row.labels.iter().flatten().map(|label| literal(label)).collect();
    let attributes = Attributes::default().with("values", labels.join(", "));
    let text = format!("create type {} as enum ({})", qualified(&row.schema, &row.name), labels.join(", "));
    add_type(row, Kind::Enum, attributes, text, facts);
}

fn composite(row: &TypeRow, facts: &mut Facts) {
    let lines: Vec<String> = row.attributes.iter().flatten().map(attribute).collect();
    let attributes = Attributes::default().with("attributes", lines.join(",\n"));
    let body = if lines.is_empty() { "()".to_owned() } else { format!("(\n    {}\n)", lines.join(",\n    ")) };
    let text = format!("create type {} as {body}", qualified(&row.schema, &row.name));
    add_type(row, Kind::Composite, attributes, text, facts);
}

/// Returns an attribute as it stands in the text that makes its type.
fn attribute(row: &AttributeRow) -> String {
    let collation = row.collation.as_ref().map(|name| format!(" collate {name}")).unwrap_or_default();
    format!("{} {}{collation}", quoted(&row.name), row.r#type)
}

fn domain(row: &TypeRow, facts: &mut Facts) {
    let base = row.base.clone().unwrap_or_default();
    let attributes = Attributes::default()
        .with("type", &base)
        .maybe("collation", row.collation.as_ref())
        .maybe("default", row.default.as_ref())
        .flag("not null", row.not_null);
    let mut text = format!("create domain {} as {base}", qualified(&row.schema, &row.name));
    text.extend(row.collation.as_ref().map(|name| format!(" collate {name}")));
    text.extend(row.default.as_ref().map(|default| format!(" default {default}")));
    text.push_str(if row.not_null { " not null" } else { "" });
    add_type(row, Kind::Domain, attributes, text, facts);
}

fn range(row: &TypeRow, facts: &mut Facts) {
    let own = format!("{}_multirange", row.name.strip_suffix("range").unwrap_or(&row.name));
    let usual = [qualified(&row.schema, &own), qualified(&row.schema, &row.name.replacen("range", "multirange", 1))];
    let multirange = row.multirange.clone().filter(|name| !usual.contains(name));
    let options = [
        ("subtype", &row.subtype),
        ("subtype_opclass", &row.operator_class),
        ("collation", &row.range_collation),
        ("canonical", &row.canonical),
        ("subtype_diff", &row.difference),
        ("multirange_type_name", &multirange),
    ];
    let set = options.into_iter().filter_map(|(name, value)| Some(format!("{name} = {}", value.as_ref()?)));
    let set = set.collect::<Vec<_>>().join(", ");
    let text = format!("create type {} as range ({set})", qualified(&row.schema, &row.name));
    add_type(row, Kind::Range, Attributes::default().with("definition", set), text, facts);
}

fn add_type(row: &TypeRow, kind: Kind, attributes: Attributes, sql: String, facts: &mut Facts) {
    let fact = Fact {
        id: Id::new(kind, [&row.schema, &row.name]),
        name: spoken(&row.schema, &row.name),
        attributes: attributes.done(),
        sql,
        ..blank(kind, None)
    };
    let id = fact.id.clone();
    let word = if kind == Kind::Domain { "domain" } else { "type" };
    facts.add(fact, ("pg_type", row.oid, 0), format!("{word} {}", qualified(&row.schema, &row.name)));
    if let Some(relation) = row.relation {
        let name = qualified(&row.schema, &row.name);
        for (number, attribute) in (1..).zip(row.attributes.iter().flatten()) {
            let handle = format!("column {name}.{}", quoted(&attribute.name));
            facts.part(&id, &attribute.name, ("pg_class", relation, number), handle);
        }
        facts.call(("pg_class", relation, 0), &id);
    }
}

fn sequence(row: &SequenceRow, facts: &mut Facts) {
    let name = qualified(&row.schema, &row.name);
    let shape = Shape::of(&row.r#type, [row.start, row.increment, row.minimum, row.maximum, row.cache], row.cycle);
    let unlogged = if row.unlogged { "unlogged " } else { "" };
    let attributes = Attributes::default().with("type", &row.r#type).flag("unlogged", row.unlogged);
    let mut attributes = attributes.done();
    attributes.extend(shape.attributes(["start", "increment", "minimum", "maximum", "cache", "cycle"]));
    let mut clauses = vec![String::new()];
    clauses.extend((row.r#type != "bigint").then(|| format!("as {}", row.r#type)));
    clauses.extend(shape.clauses());
    let fact = Fact {
        id: Id::new(Kind::Sequence, [&row.schema, &row.name]),
        name: spoken(&row.schema, &row.name),
        attributes,
        sql: format!("create {unlogged}sequence {name}{}", clauses.join(" ")),
        ..blank(Kind::Sequence, None)
    };
    facts.add(fact, ("pg_class", row.oid, 0), format!("sequence {name}"));
}
