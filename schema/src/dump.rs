//! A schema as the text of a file that makes it.

use std::collections::BTreeMap;

use dunlin_core::dialect::Dialect;
use dunlin_core::statements::{TokenKind, tokens};

use crate::fact::{Fact, Id, Kind};
use crate::plan::{Manner, Plan, Step, plan};
use crate::refusal::Refusal;
use crate::rules::{Rules, rules};
use crate::schema::Schema;

/// Whether grants and owners are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Grants {
    /// They are a matter of each server.
    #[default]
    LeftOut,
    /// They are part of the schema; the roles must be there where it is loaded.
    Written,
}

impl Grants {
    /// Returns a schema as it is compared.
    pub fn seen_in(self, schema: Schema) -> Schema {
        match self {
            Grants::LeftOut => schema,
            Grants::Written => rules(schema.dialect()).with_grants(schema),
        }
    }
}

/// Plans the statements that make a schema of what an empty database has, in the order of a file for people: what belongs to a
/// table stands behind it where it can.
///
/// Fails for what no statement is known for.
pub fn making(empty: &Schema, schema: &Schema, rules: &dyn Rules, grants: Grants) -> Result<Plan, Refusal> {
    // What is to be granted on things that are yet to come is said when all of them are there, and so it is with the rest.
    let bare = |fact: &Fact| Fact { kept: String::new(), ..fact.clone() };
    let seen = |schema: &Schema| match grants {
        Grants::LeftOut => Schema::new(schema.dialect(), schema.facts().map(bare)),
        Grants::Written => rules.with_grants(schema.clone()),
    };
    let schema = seen(schema);
    let Plan { steps, directives } = plan(&seen(empty), &schema, rules, Manner::Shortest)?;
    let steps = if rules.indexes_need_tables_alone() { indexes_behind_tables(steps, &schema) } else { steps };
    Ok(Plan { steps, directives })
}

/// Returns the text of a file that an engine's own client can read as well as dunlin.
pub fn dump(plan: &Plan, rules: &dyn Rules) -> String {
    let mut text = String::new();
    let mut about = None;
    if let Some(preamble) = rules.preamble().filter(|_| !plan.is_empty()) {
        text.push_str(&format!("{preamble};\n\n"));
    }
    for step in &plan.steps {
        // What belongs together stands together.
        if about.is_some_and(|about| about != &step.about) {
            text.push('\n');
        }
        about = Some(&step.about);
        text.push_str(&rules.written(&step.sql));
        text.push('\n');
    }
    text
}

/// Returns what is there to be said that the engine's catalogue has and nothing is known of, by what it is called.
pub fn unmodelled(schema: &Schema) -> Vec<String> {
    schema.facts().filter(|fact| fact.id.kind == Kind::Unmodelled).map(|fact| fact.name.clone()).collect()
}

/// Returns a statement with what ends it, behind a comment on a line of its own.
pub(crate) fn ended(sql: &str, terminator: &str, dialect: Dialect) -> String {
    let last = tokens(sql, dialect).ok().and_then(|tokens| tokens.last().map(|token| token.kind));
    let newline = if last == Some(TokenKind::Comment) { "\n" } else { "" };
    format!("{sql}{newline}{terminator}")
}

fn indexes_behind_tables(steps: Vec<Step>, schema: &Schema) -> Vec<Step> {
    let tables: BTreeMap<String, &Id> = schema
        .facts()
        .filter(|fact| fact.id.kind == Kind::Index)
        .filter_map(|fact| Some((fact.title(), fact.parent.as_ref()?)))
        .collect();
    let (indexes, mut rest): (Vec<Step>, Vec<Step>) =
        steps.into_iter().partition(|step| tables.contains_key(&step.about));
    for index in indexes.into_iter().rev() {
        let table = tables.get(&index.about).and_then(|id| schema.get(id)).map(Fact::title);
        let place = rest.iter().position(|step| Some(&step.about) == table.as_ref());
        rest.insert(place.map_or(rest.len(), |place| place + 1), index);
    }
    rest
}
