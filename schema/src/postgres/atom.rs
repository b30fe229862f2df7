//! Statements before they are put together.

use super::name::spoken;
use crate::fact::{Fact, Kind};
use crate::hazard::Hazard;
use crate::plan::Step;

/// A statement, or a clause of one that others can be put beside.
#[derive(Debug, Clone)]
pub(super) struct Atom {
    pub(super) text: Text,
    pub(super) about: String,
    pub(super) before: Vec<String>,
    pub(super) behind: Vec<String>,
    pub(super) hazards: Vec<Hazard>,
}

/// What a statement says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    /// All of it.
    Whole(String),
    /// What makes a table: lines can be added to its body.
    Table { name: String, sql: String },
    /// A clause of `alter table`.
    Clause { table: String, clause: String },
}

impl Atom {
    pub(super) fn whole(about: &Fact, sql: impl Into<String>) -> Atom {
        Atom::of(about, Text::Whole(sql.into()))
    }

    pub(super) fn clause(about: &Fact, table: impl Into<String>, clause: impl Into<String>) -> Atom {
        Atom::of(about, Text::Clause { table: table.into(), clause: clause.into() })
    }

    pub(super) fn of(about: &Fact, text: Text) -> Atom {
        Atom { text, about: subject(about), before: Vec::new(), behind: Vec::new(), hazards: Vec::new() }
    }

    pub(super) fn with(mut self, hazard: Hazard) -> Atom {
        self.hazards.push(hazard);
        self
    }

    pub(super) fn followed(mut self, line: impl Into<String>) -> Atom {
        self.behind.push(line.into());
        self
    }

    pub(super) fn into_step(self) -> Step {
        let sql = self.sql();
        let Atom { about, before, behind, hazards, .. } = self;
        Step { sql, about, before, behind, hazards }
    }

    pub(super) fn sql(&self) -> String {
        match &self.text {
            Text::Whole(sql) | Text::Table { sql, .. } => sql.clone(),
            Text::Clause { table, clause } if clause.starts_with('\n') => format!("alter table {table}{clause}"),
            Text::Clause { table, clause } => format!("alter table {table} {clause}"),
        }
    }
}

/// Returns what a statement is about, for people: of all that is part of a table, the table.
fn subject(fact: &Fact) -> String {
    match fact.parent.as_ref().map(|parent| (parent.kind, &parent.name[..])) {
        Some((Kind::Table | Kind::Column, [schema, table, ..])) => {
            format!("{} {}", Kind::Table.word(), spoken(schema, table))
        }
        _ => fact.title(),
    }
}
