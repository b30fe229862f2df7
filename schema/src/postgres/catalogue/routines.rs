//! Functions, procedures and aggregates.

use super::Catalogue;
use super::facts::{Attributes, Facts, blank};
use super::rows::{AggregateRow, RoutineRow};
use crate::fact::{Fact, Id, Kind};
use crate::postgres::name::{literal, qualified, spoken};

pub(super) fn add(catalogue: &Catalogue, facts: &mut Facts) {
    catalogue.functions.iter().for_each(|row| routine(row, Kind::Function, facts));
    catalogue.procedures.iter().for_each(|row| routine(row, Kind::Procedure, facts));
    catalogue.aggregates.iter().for_each(|row| routine(row, Kind::Aggregate, facts));
}

fn routine(row: &RoutineRow, kind: Kind, facts: &mut Facts) {
    let handle = format!("{}({})", qualified(&row.schema, &row.name), row.arguments);
    let definition = row.definition.as_deref().map(|text| text.trim_end().to_owned());
    let aggregate = || row.aggregate.as_ref().map(|own| aggregate(own, &handle)).unwrap_or_default();
    let sql = definition.unwrap_or_else(aggregate);
    // What `create or replace` cannot change.
    let signature = format!("({}) {} {}", row.arguments, row.result.as_deref().unwrap_or_default(), row.defaults);
    let attributes = Attributes::default()
        .with("definition", &sql)
        .with("signature", signature)
        .list("arguments", &row.argument_names);
    let fact = Fact {
        id: Id::new(kind, [&row.schema, &row.name, &row.types]),
        name: format!("{}({})", spoken(&row.schema, &row.name), row.types),
        attributes: attributes.done(),
        sql,
        ..blank(kind, None)
    };
    let word = if kind == Kind::Aggregate { "aggregate" } else { kind.word() };
    facts.add(fact, ("pg_proc", row.oid, 0), format!("{word} {handle}"));
}

fn aggregate(row: &AggregateRow, handle: &str) -> String {
    let text = |value: &Option<String>| value.clone();
    let quoted = |value: &Option<String>| value.as_ref().map(|value| literal(value));
    let number = |value: Option<i64>| value.map(|value| value.to_string());
    let modify = |value: &str, usual: &str| {
        let word = match value {
            "r" => "read_only",
            "s" => "shareable",
            _ => "read_write",
        };
        (value != usual).then(|| word.to_owned())
    };
    let usual = if row.kind == "n" { "r" } else { "w" };
    let parallel = match &*row.parallel {
        "s" => Some("safe".to_owned()),
        "r" => Some("restricted".to_owned()),
        _ => None,
    };
    let has_moving = row.moving_state_function.is_some();
    let options = [
        ("sfunc", Some(row.state_function.clone())),
        ("stype", Some(row.state_type.clone())),
        ("sspace", number(row.state_space)),
        ("finalfunc", text(&row.final_function)),
        ("finalfunc_modify", row.final_function.as_ref().and_then(|_| modify(&row.final_modify, usual))),
        ("combinefunc", text(&row.combine_function)),
        ("serialfunc", text(&row.serial_function)),
        ("deserialfunc", text(&row.deserial_function)),
        ("initcond", quoted(&row.initial)),
        ("msfunc", text(&row.moving_state_function)),
        ("minvfunc", text(&row.moving_inverse_function)),
        ("mstype", text(&row.moving_state_type)),
        ("msspace", number(row.moving_state_space)),
        ("mfinalfunc", text(&row.moving_final_function)),
        ("mfinalfunc_modify", has_moving.then(|| modify(&row.moving_final_modify, usual)).flatten()),
        ("minitcond", quoted(&row.moving_initial)),
        ("sortop", text(&row.sort_operator)),
        ("parallel", parallel),
    ];
    let mut clauses: Vec<String> =
        options.into_iter().filter_map(|(name, value)| Some(format!("{name} = {}", value?))).collect();
    clauses.extend(row.final_extra.then(|| "finalfunc_extra".to_owned()));
    clauses.extend(row.moving_final_extra.then(|| "mfinalfunc_extra".to_owned()));
    clauses.extend((row.kind == "h").then(|| "hypothetical".to_owned()));
    format!("create aggregate {handle} (\n    {}\n)", clauses.join(",\n    "))
}
