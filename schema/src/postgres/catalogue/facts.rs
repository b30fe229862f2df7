//! Facts while they are collected, with what PostgreSQL calls them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dunlin_core::dialect::Dialect;

use super::rows::{CommentRow, DependencyRow, KeptRow};
use crate::fact::{Fact, Id, Kind};
use crate::postgres::name::literal;
use crate::schema::Schema;

/// What PostgreSQL calls a thing: its catalogue, its number, and a column's.
type Address = (String, u32, i32);

/// The name of the part of a key that is its index: no column has a blank name.
pub(super) const INDEX: &str = " index";

/// The name of the part of a column that is the sequence of its identity.
pub(super) const SEQUENCE: &str = " sequence";

/// Facts while they are collected.
#[derive(Debug, Default)]
pub(super) struct Facts {
    facts: BTreeMap<Id, Fact>,
    addresses: HashMap<Address, Id>,
    /// What a comment calls a thing: `column public.users.email`.
    handles: BTreeMap<Id, String>,
    /// What a comment calls a part that is no fact, and what it is part of.
    parts: HashMap<Address, (Id, String, String)>,
}

impl Facts {
    /// Adds a fact, by what PostgreSQL and comments call it.
    pub(super) fn add(&mut self, fact: Fact, address: (&str, u32, i32), handle: String) {
        self.call(address, &fact.id);
        self.handles.insert(fact.id.clone(), handle);
        self.facts.insert(fact.id.clone(), fact);
    }

    /// Adds a fact that PostgreSQL has no number for.
    pub(super) fn add_unnumbered(&mut self, fact: Fact) {
        self.facts.insert(fact.id.clone(), fact);
    }

    /// Says what else PostgreSQL calls it.
    pub(super) fn call(&mut self, (class, oid, sub): (&str, u32, i32), id: &Id) {
        self.addresses.insert((class.to_owned(), oid, sub), id.clone());
    }

    /// Says what a comment calls a part of something that is no fact: a column of a view.
    pub(super) fn part(&mut self, of: &Id, name: &str, (class, oid, sub): (&str, u32, i32), handle: String) {
        self.parts.insert((class.to_owned(), oid, sub), (of.clone(), name.to_owned(), handle));
    }

    /// Returns what PostgreSQL calls so: a column, or else what it is a column of.
    pub(super) fn at(&self, class: &str, oid: u32, sub: i32) -> Option<&Id> {
        let at = |sub| self.addresses.get(&(class.to_owned(), oid, sub));
        at(sub).or_else(|| at(0))
    }

    /// Returns a table or view.
    pub(super) fn relation(&self, oid: u32) -> Option<&Id> {
        self.at("pg_class", oid, 0)
    }

    /// Returns a fact.
    pub(super) fn get(&self, id: &Id) -> Option<&Fact> {
        self.facts.get(id)
    }

    /// Returns a fact, to say more.
    pub(super) fn get_mut(&mut self, id: &Id) -> Option<&mut Fact> {
        self.facts.get_mut(id)
    }

    /// Adds what is said about things.
    pub(super) fn comment(&mut self, rows: &[CommentRow]) {
        for row in rows {
            let address = (row.class.clone(), row.oid, row.sub);
            let own = self.addresses.get(&address).and_then(|id| Some((id, None, self.handles.get(id)?)));
            let part = || self.parts.get(&address).map(|(of, name, handle)| (of, Some(name), handle));
            // The index of a key is no fact, but what is said of it is not said of the key.
            let Some((of, part, handle)) = part().or(own) else { continue };
            let of = of.clone();
            let name = std::iter::once(of.kind.word().to_owned()).chain(of.name.iter().cloned()).chain(part.cloned());
            let title = self.facts.get(&of).map(Fact::title).unwrap_or_default();
            let fact = Fact {
                id: Id::new(Kind::Comment, name),
                name: match part.map(String::as_str) {
                    None => title.clone(),
                    Some(INDEX) => format!("index of {title}"),
                    Some(SEQUENCE) => format!("sequence of {title}"),
                    Some(part) => format!("column {part} of {title}"),
                },
                attributes: vec![("text", row.text.clone())],
                sql: format!("comment on {handle} is {}", literal(&row.text)),
                ..blank(Kind::Comment, Some(of))
            };
            self.facts.insert(fact.id.clone(), fact);
        }
    }

    /// Adds what is to be said again of things that are made anew.
    pub(super) fn keep(&mut self, rows: Vec<KeptRow>) {
        for row in rows {
            let address = (row.class, row.oid, row.sub);
            let id = self.addresses.get(&address).or_else(|| self.parts.get(&address).map(|(of, ..)| of));
            if let Some(fact) = id.and_then(|id| self.facts.get_mut(id)) {
                let semicolon = if fact.kept.is_empty() { "" } else { ";\n" };
                fact.kept.push_str(&format!("{semicolon}{}", row.text));
            }
        }
    }

    /// Adds what needs what.
    pub(super) fn connect(&mut self, rows: &[DependencyRow]) {
        for row in rows {
            let one = self.at(&row.class, row.oid, row.sub).cloned();
            let other = self.at(&row.on_class, row.on_oid, row.on_sub).cloned();
            let (Some(one), Some(other)) = (one, other) else { continue };
            // A sequence comes before the column that it goes with; `Kind::Ownership` says that it does.
            let is_ownership = one.kind == Kind::Sequence && matches!(other.kind, Kind::Column | Kind::Table);
            // A key of a partition's own comes before the index that takes it for one of its own.
            let is_taken =
                other.kind == Kind::Index && self.facts.get(&other).is_some_and(|by| by.needs.contains(&one));
            if one == other || is_ownership || is_part(&other, &one) || is_taken {
                continue;
            }
            if let Some(fact) = self.facts.get_mut(&one) {
                fact.needs.insert(other);
            }
        }
    }

    pub(super) fn finish(mut self) -> Schema {
        // What needs a column needs its table, if PostgreSQL has not said so.
        for fact in self.facts.values_mut() {
            let tables = fact.needs.iter().filter(|id| id.kind == Kind::Column).map(table_of);
            let tables: BTreeSet<Id> = tables.filter(|id| *id != fact.id && Some(id) != fact.parent.as_ref()).collect();
            fact.needs.extend(tables);
        }
        Schema::new(Dialect::Postgres, self.facts.into_values())
    }
}

/// Returns the table of a column.
pub(super) fn table_of(column: &Id) -> Id {
    Id::new(Kind::Table, column.name.iter().take(2).cloned())
}

/// A fact of which nothing is known but its kind and what it is part of.
pub(in crate::postgres) fn blank(kind: Kind, parent: Option<Id>) -> Fact {
    Fact {
        id: Id::new(kind, [""; 0]),
        name: String::new(),
        parent,
        attributes: Vec::new(),
        rank: None,
        needs: BTreeSet::new(),
        sql: String::new(),
        kept: String::new(),
    }
}

/// Collects attributes of which only those count that there are.
#[derive(Debug, Default)]
pub(super) struct Attributes(Vec<(&'static str, String)>);

impl Attributes {
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Attributes {
        self.0.push((name, value.into()));
        self
    }

    pub(super) fn maybe(mut self, name: &'static str, value: Option<impl ToString>) -> Attributes {
        self.0.extend(value.map(|value| (name, value.to_string())));
        self
    }

    pub(super) fn flag(self, name: &'static str, is_so: bool) -> Attributes {
        self.maybe(name, is_so.then_some("yes"))
    }

    pub(super) fn list(self, name: &'static str, values: &[String]) -> Attributes {
        let mut sorted = values.to_vec();
        sorted.sort();
        self.maybe(name, (!sorted.is_empty()).then(|| sorted.join(", ")))
    }

    pub(super) fn done(self) -> Vec<(&'static str, String)> {
        self.0
    }
}

fn is_part(column: &Id, table: &Id) -> bool {
    column.kind == Kind::Column && table_of(column) == *table
}
