//! What goes with something else.

use super::super::is_constraint;
use super::partition::{inherited_from, is_of_partition};
use super::{Work, written};
use crate::fact::{Fact, Id, Kind};
use crate::schema::Schema;

impl Work<'_> {
    /// What is part of what goes, goes with it; what of that is to be there is made again.
    pub(super) fn take(&mut self) {
        for id in self.dropped.clone() {
            self.take_children(&id);
            match id.kind {
                Kind::Column => {
                    self.take_what_has(&id);
                    self.take_inherited_columns(&id);
                }
                Kind::Table => self.from.children(&id).iter().for_each(|part| self.take_sequences(&part.id, &id)),
                _ => {}
            }
        }
        self.take_rights_of_identities();
        for fact in self.from.facts().filter(|fact| is_of_partition(fact)) {
            let is_moved = fact.parent.as_ref().is_some_and(|table| self.moved.contains(table));
            let origin = inherited_from(fact).filter(|origin| self.is_gone(origin) && !is_moved).cloned();
            if let Some(origin) = origin.filter(|_| !self.is_gone(&fact.id)) {
                self.take_one(&fact.id, &origin);
                self.take_children(&fact.id);
            }
        }
    }

    /// Who may use the sequence of an identity, goes with that.
    pub(super) fn take_rights_of_identities(&mut self) {
        let altered: Vec<Id> = self.altered.keys().filter(|id| id.kind == Kind::Column).cloned().collect();
        for id in altered {
            let is_identity = |of: &Schema| of.get(&id).is_some_and(|column| column.attribute("identity").is_some());
            let goes = is_identity(self.from) && !is_identity(self.to);
            let of_sequence = |right: &&&Fact| right.id.kind == Kind::Privilege && right.sql.contains(" on sequence ");
            for right in self.from.children(&id).iter().filter(of_sequence).filter(|_| goes) {
                self.take_one(&right.id, &id);
            }
        }
    }

    pub(super) fn take_children(&mut self, id: &Id) {
        for child in self.from.children(id) {
            // A column that is let go of keeps its sequence for what is to be there.
            self.take_one(&child.id, id);
            self.take_children(&child.id);
        }
    }

    pub(super) fn take_one(&mut self, id: &Id, with: &Id) {
        if self.taken.contains_key(id) {
            return;
        }
        self.dropped.remove(id);
        self.waiting.remove(id);
        self.altered.remove(id);
        self.taken.insert(id.clone(), with.clone());
        if self.to.get(id).is_some() {
            self.made.insert(id.clone());
        }
    }

    /// Indexes and constraints go with any of their columns.
    pub(super) fn take_what_has(&mut self, column: &Id) {
        let table = self.from.get(column).and_then(|fact| fact.parent.clone());
        for fact in self.from.facts().filter(|fact| fact.parent == table && fact.needs.contains(column)) {
            // A constraint goes with its own columns alone, not with those that its condition mentions or that it refers to.
            let refers_to_itself = || {
                let own = format!(" REFERENCES {}(", written(&fact.id, 2));
                fact.attribute("definition").is_some_and(|text| text.contains(&own))
            };
            let goes = match fact.id.kind {
                Kind::Exclusion => false,
                Kind::ForeignKey => !refers_to_itself(),
                kind => is_constraint(kind),
            };
            if goes || matches!(fact.id.kind, Kind::Index | Kind::Statistics) {
                self.take_one(&fact.id, column);
                self.take_children(&fact.id);
            }
        }
        self.take_sequences(column, column);
    }

    /// A column goes with the one that it is inherited from, and comes back with it.
    pub(super) fn take_inherited_columns(&mut self, column: &Id) {
        if !self.made.contains(column) {
            return;
        }
        for fact in self.from.facts().filter(|fact| inherited_from(fact) == Some(column)) {
            if fact.attribute("inherited") == Some("yes") && !self.is_gone(&fact.id) {
                self.take_one(&fact.id, column);
                self.take_children(&fact.id);
                self.take_what_has(&fact.id);
                self.take_inherited_columns(&fact.id);
            }
        }
    }

    /// Says whether what inherits a column keeps it when that goes.
    pub(in crate::postgres::plan) fn is_left_to_heirs(&self, column: &Fact) -> bool {
        let is_kept = |fact: &Fact| {
            inherited_from(fact) == Some(&column.id)
                && self.to.get(&fact.id).is_some_and(|after| after.attribute("inherited").is_none())
        };
        self.to.get(&column.id).is_none() && self.from.facts().any(is_kept)
    }

    /// A sequence goes with the column that owns it, unless it is to stay.
    pub(super) fn take_sequences(&mut self, column: &Id, with: &Id) {
        for sequence in owned_sequences(self.from, column) {
            if self.to.get(&sequence).is_some() {
                let ownership = Id { kind: Kind::Ownership, ..sequence };
                self.replace(&ownership);
            } else {
                self.take_one(&sequence, with);
                self.take_children(&sequence);
            }
        }
    }

    /// What calls a function that takes rows of its own table goes before both.
    pub(super) fn drop_what_holds_others(&mut self) {
        let goes_with_its_table = |fact: &&Fact| {
            let is_kind = matches!(fact.id.kind, Kind::Index | Kind::Check | Kind::Exclusion | Kind::Policy);
            let table = fact.parent.as_ref().filter(|table| self.taken.get(&fact.id) == Some(table));
            let takes_its_rows = |table: &Id, need: &Id| {
                self.dropped.contains(need) && self.from.get(need).is_some_and(|fact| fact.needs.contains(table))
            };
            is_kind && table.is_some_and(|table| fact.needs.iter().any(|need| takes_its_rows(table, need)))
        };
        let parts: Vec<Id> = self.from.facts().filter(goes_with_its_table).map(|fact| fact.id.clone()).collect();
        for part in parts {
            self.taken.remove(&part);
            self.dropped.insert(part);
        }
    }
}

/// Returns the sequences that a column owns.
pub(super) fn owned_sequences(schema: &Schema, column: &Id) -> Vec<Id> {
    let owns = |fact: &&Fact| fact.id.kind == Kind::Ownership && fact.needs.contains(column);
    schema.facts().filter(owns).map(|fact| Id { kind: Kind::Sequence, ..fact.id.clone() }).collect()
}

/// Returns the sequence that `serial` makes with a column.
pub(super) fn serial_sequence(schema: &Schema, column: &Id) -> Option<Id> {
    let takes_from = |id: &Id| schema.get(column).is_some_and(|column| column.needs.contains(id));
    owned_sequences(schema, column).into_iter().find(takes_from)
}
