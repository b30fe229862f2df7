//! Indexes, views, triggers, rules, policies and statistics.

use std::collections::HashSet;

use super::facts::{Attributes, Facts, blank};
use super::rows::{EventTriggerRow, IndexRow, PolicyRow, StatisticsRow, TriggerRow, ViewColumnRow, ViewRow};
use super::{Catalogue, inherited};
use crate::fact::{Fact, Id, Kind};
use crate::postgres::name::{items, literal, qualified, quoted, spoken};

pub(super) fn add(catalogue: &Catalogue, names: &HashSet<(&str, &str)>, facts: &mut Facts) {
    catalogue.views.iter().for_each(|row| view(row, facts));
    catalogue.materialized_views.iter().for_each(|row| materialized_view(row, facts));
    catalogue.indexes.iter().for_each(|row| index(row, catalogue, names, facts));
    catalogue.triggers.iter().for_each(|row| trigger(row, Kind::Trigger, catalogue, facts));
    catalogue.rules.iter().for_each(|row| trigger(row, Kind::Rule, catalogue, facts));
    catalogue.policies.iter().for_each(|row| policy(row, facts));
    catalogue.statistics.iter().for_each(|row| statistics(row, facts));
    catalogue.event_triggers.iter().for_each(|row| event_trigger(row, facts));
    for row in &catalogue.unmodelled {
        facts.add_unnumbered(Fact {
            id: Id::new(Kind::Unmodelled, [&row.kind, &row.name]),
            name: format!("{} {}", row.kind, row.name),
            attributes: Attributes::default().with("definition", &row.definition).done(),
            ..blank(Kind::Unmodelled, None)
        });
    }
}

fn view(row: &ViewRow, facts: &mut Facts) {
    let name = qualified(&row.schema, &row.name);
    let definition = body(&row.definition);
    let columns: Vec<String> = row.columns.iter().map(view_column).collect();
    let defaults = row.columns.iter().filter_map(|column| {
        let default = column.default.as_ref()?;
        Some(format!("alter view {name} alter column {} set default {default}", quoted(&column.name)))
    });
    let defaults: Vec<String> = defaults.collect();
    let attributes = Attributes::default()
        .with("definition", definition)
        .with("columns", columns.join(", "))
        .list("options", &row.options)
        .maybe("defaults", (!defaults.is_empty()).then(|| defaults.join(";\n")));
    let head = format!("create or replace view {name}{} as\n{definition}", with(&row.options));
    let fact = Fact {
        id: Id::new(Kind::View, [&row.schema, &row.name]),
        name: spoken(&row.schema, &row.name),
        attributes: attributes.done(),
        sql: std::iter::once(head).chain(defaults).collect::<Vec<_>>().join(";\n"),
        ..blank(Kind::View, None)
    };
    columns_of(row, &fact.id, &name, facts);
    facts.add(fact, ("pg_class", row.oid, 0), format!("view {name}"));
}

fn columns_of(row: &ViewRow, id: &Id, name: &str, facts: &mut Facts) {
    for (number, column) in (1..).zip(&row.columns) {
        facts.part(id, &column.name, ("pg_class", row.oid, number), format!("column {name}.{}", quoted(&column.name)));
    }
}

/// What makes a materialized view that is to be filled later. Whether it was filled is no part of the schema.
pub(in crate::postgres) const WITHOUT_DATA: &str = "\nwith no data";

fn materialized_view(row: &ViewRow, facts: &mut Facts) {
    let name = qualified(&row.schema, &row.name);
    let definition = body(&row.definition);
    let settings: Vec<String> = row.columns.iter().flat_map(settings).collect();
    let attributes = Attributes::default()
        .with("definition", definition)
        .list("options", &row.options)
        .maybe("tablespace", row.tablespace.as_ref())
        .maybe("access method", row.access_method.as_ref())
        .maybe("column settings", (!settings.is_empty()).then(|| settings.join("; ")));
    let mut sql = format!("create materialized view {name}");
    sql.extend(row.access_method.as_ref().map(|method| format!(" using {method}")));
    sql.push_str(&with(&row.options));
    sql.extend(row.tablespace.as_ref().map(|space| format!(" tablespace {}", quoted(space))));
    sql.push_str(&format!(" as\n{definition}{}", if row.is_populated { "" } else { WITHOUT_DATA }));
    sql.extend(settings.iter().map(|clause| format!(";\nalter materialized view {name} {clause}")));
    let fact = Fact {
        id: Id::new(Kind::MaterializedView, [&row.schema, &row.name]),
        name: spoken(&row.schema, &row.name),
        attributes: attributes.done(),
        sql,
        ..blank(Kind::MaterializedView, None)
    };
    columns_of(row, &fact.id, &name, facts);
    facts.add(fact, ("pg_class", row.oid, 0), format!("materialized view {name}"));
}

fn view_column(row: &ViewColumnRow) -> String {
    let collation = row.collation.as_ref().map(|name| format!(" collate {name}")).unwrap_or_default();
    format!("{} {}{collation}", quoted(&row.name), row.r#type)
}

/// Returns what is said of a column of a materialized view beside the query.
fn settings(row: &ViewColumnRow) -> Vec<String> {
    let column = quoted(&row.name);
    let set = |what: String| format!("alter column {column} {what}");
    let mut clauses = Vec::new();
    clauses.extend(row.storage.as_ref().map(|storage| set(format!("set storage {storage}"))));
    clauses.extend(row.compression.as_ref().map(|method| set(format!("set compression {method}"))));
    clauses.extend(row.statistics.map(|target| set(format!("set statistics {target}"))));
    clauses.extend((!row.options.is_empty()).then(|| set(format!("set ({})", row.options.join(", ")))));
    clauses
}

/// Returns a view's query without its end.
fn body(definition: &str) -> &str {
    definition.trim_end().trim_end_matches(';')
}

fn with(options: &[String]) -> String {
    if options.is_empty() { String::new() } else { format!(" with ({})", options.join(", ")) }
}

fn index(row: &IndexRow, catalogue: &Catalogue, names: &HashSet<(&str, &str)>, facts: &mut Facts) {
    let Some(of) = facts.relation(row.table).cloned() else { return };
    let name = qualified(&row.schema, &row.name);
    // The index of a partitioned table is that of its partitions too, unless it waits for theirs.
    let definition =
        if row.is_valid { row.definition.replacen(" ON ONLY ", " ON ", 1) } else { row.definition.clone() };
    let parent = row.parent.and_then(|oid| catalogue.indexes.iter().find(|other| other.oid == oid));
    let is_free = |name: &str| name == row.name || !names.contains(&(&*row.schema, name));
    let of_table = of.name.last().map_or("", String::as_str);
    let mut sql = match row.parent {
        Some(_) => inherited::index(row, parent, of_table, is_free),
        None => vec![definition.clone()],
    };
    sql.extend(row.tablespace.as_ref().map(|space| format!("alter index {name} set tablespace {}", quoted(space))));
    for line in &row.statistics {
        let (column, target) = line.split_once(' ').unwrap_or((line, "-1"));
        sql.push(format!("alter index {name} alter column {column} set statistics {target}"));
    }
    let table = of.name.iter().map(|part| quoted(part)).collect::<Vec<_>>().join(".");
    sql.extend(row.is_clustered.then(|| format!("alter table {table} cluster on {}", quoted(&row.name))));
    let attributes = Attributes::default()
        .with("definition", &definition)
        .flag("invalid", !row.is_valid)
        .flag("inherited", row.parent.is_some())
        .list("options", if row.parent.is_some() { &row.options } else { &[] })
        .flag("clustered", row.is_clustered)
        .maybe("tablespace", row.tablespace.as_ref())
        .list("statistics", &row.statistics);
    let mut fact = Fact {
        id: Id::new(Kind::Index, [&row.schema, &row.name]),
        name: spoken(&row.schema, &row.name),
        attributes: attributes.done(),
        sql: sql.join(";\n"),
        ..blank(Kind::Index, Some(of))
    };
    // A new partition would get one of its own, and this would wait no more.
    if !row.is_valid {
        fact.needs.extend(catalogue.heirs_of(row.table));
    }
    // A partition's key that is there is taken for its index.
    let keys = catalogue.constraints.iter().filter(|key| key.attached_to == Some(row.oid));
    fact.needs.extend(keys.filter_map(|key| facts.at("pg_constraint", key.oid, 0)).cloned());
    facts.add(fact, ("pg_class", row.oid, 0), format!("index {name}"));
}

fn trigger(row: &TriggerRow, kind: Kind, catalogue: &Catalogue, facts: &mut Facts) {
    let Some(of) = facts.relation(row.table).cloned() else { return };
    let (name, table) = (quoted(&row.name), of.name.iter().map(|part| quoted(part)).collect::<Vec<_>>().join("."));
    let word = kind.word();
    let definition = row.definition.trim_end().trim_end_matches(';');
    let state = state(&row.enabled);
    let set = format!("alter table {table} {state} {word} {name}");
    let above = row.parent.and_then(|oid| catalogue.triggers.iter().find(|other| other.oid == oid));
    let usual = above.map_or("O", |above| &*above.enabled);
    let is_own = row.enabled != usual;
    let sql = match row.parent {
        Some(_) => set,
        None if is_own => format!("{definition};\n{set}"),
        None => definition.to_owned(),
    };
    let attributes = Attributes::default()
        .with("definition", definition)
        .flag("inherited", row.parent.is_some())
        .maybe("state", is_own.then_some(state));
    let fact = Fact {
        id: Id::new(kind, of.name.iter().chain([&row.name])),
        name: format!("{}.{}", facts.get(&of).map_or("", |of| &of.name), row.name),
        attributes: attributes.done(),
        sql,
        ..blank(kind, Some(of))
    };
    let class = if kind == Kind::Rule { "pg_rewrite" } else { "pg_trigger" };
    facts.add(fact, (class, row.oid, 0), format!("{word} {name} on {table}"));
}

/// Returns the words that have a trigger or a rule fire when it does.
fn state(enabled: &str) -> &'static str {
    match enabled {
        "D" => "disable",
        "R" => "enable replica",
        "A" => "enable always",
        _ => "enable",
    }
}

fn policy(row: &PolicyRow, facts: &mut Facts) {
    let Some(of) = facts.relation(row.table).cloned() else { return };
    let (name, table) = (quoted(&row.name), of.name.iter().map(|part| quoted(part)).collect::<Vec<_>>().join("."));
    let mut text = String::new();
    text.push_str(if row.is_permissive { "" } else { " as restrictive" });
    text.push_str(&if row.command == "all" { String::new() } else { format!(" for {}", row.command) });
    text.push_str(&if row.roles == ["public"] { String::new() } else { format!(" to {}", row.roles.join(", ")) });
    text.extend(row.using.as_ref().map(|expression| format!(" using ({expression})")));
    text.extend(row.with_check.as_ref().map(|expression| format!(" with check ({expression})")));
    let fact = Fact {
        id: Id::new(Kind::Policy, of.name.iter().chain([&row.name])),
        name: format!("{}.{}", facts.get(&of).map_or("", |of| &of.name), row.name),
        attributes: Attributes::default().with("definition", text.trim_start()).done(),
        sql: format!("create policy {name} on {table}{text}"),
        ..blank(Kind::Policy, Some(of))
    };
    facts.add(fact, ("pg_policy", row.oid, 0), format!("policy {name} on {table}"));
}

fn statistics(row: &StatisticsRow, facts: &mut Facts) {
    let Some(of) = facts.relation(row.table).cloned() else { return };
    let name = qualified(&row.schema, &row.name);
    let mut sql = row.definition.clone();
    sql.extend(row.target.map(|target| format!(";\nalter statistics {name} set statistics {target}")));
    let fact = Fact {
        id: Id::new(Kind::Statistics, [&row.schema, &row.name]),
        name: spoken(&row.schema, &row.name),
        attributes: Attributes::default()
            .with("definition", in_no_order(&row.definition))
            .maybe("target", row.target)
            .done(),
        sql,
        ..blank(Kind::Statistics, Some(of))
    };
    facts.add(fact, ("pg_statistic_ext", row.oid, 0), format!("statistics {name}"));
}

/// Returns the text of statistics with their columns sorted: the server prints those in the order of the table's, which means nothing.
fn in_no_order(definition: &str) -> String {
    let parts = definition.split_once(" ON ").and_then(|(head, rest)| Some((head, rest.rsplit_once(" FROM ")?)));
    let Some((head, (columns, table))) = parts else { return definition.to_owned() };
    let mut items = items(columns);
    items.sort_unstable();
    format!("{head} ON {} FROM {table}", items.join(", "))
}

fn event_trigger(row: &EventTriggerRow, facts: &mut Facts) {
    let name = quoted(&row.name);
    let tags: Vec<String> = row.tags.iter().map(|tag| literal(tag)).collect();
    let when = if tags.is_empty() { String::new() } else { format!(" when tag in ({})", tags.join(", ")) };
    let definition = format!("create event trigger {name} on {}{when} execute function {}()", row.event, row.function);
    let state = (row.enabled != "O").then(|| state(&row.enabled));
    let mut sql = definition.clone();
    sql.extend(state.map(|state| format!(";\nalter event trigger {name} {state}")));
    let fact = Fact {
        id: Id::new(Kind::EventTrigger, [&row.name]),
        name: row.name.clone(),
        attributes: Attributes::default().with("definition", definition).maybe("state", state).done(),
        sql,
        ..blank(Kind::EventTrigger, None)
    };
    facts.add(fact, ("pg_event_trigger", row.oid, 0), format!("event trigger {name}"));
}
