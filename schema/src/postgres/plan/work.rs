//! What is to be done with each thing, and with what stands in its way.

use std::collections::{BTreeMap, BTreeSet};

use super::super::alter::{Way, alter};
use super::super::atom::Atom;
use super::super::column::SERIAL;
use super::super::{Postgres, written};
use super::nested;
use crate::diff::{AttributeChange, Delta, diff};
use crate::fact::{Fact, Id, Kind};
use crate::plan::Manner;
use crate::refusal::Refusal;
use crate::rules::{Change, Class, Rules as _};
use crate::schema::Schema;

/// What is to be done with each thing.
#[derive(Debug)]
pub(super) struct Work<'s> {
    pub(super) from: &'s Schema,
    pub(super) to: &'s Schema,
    manner: Manner,
    /// What a statement drops.
    pub(super) dropped: BTreeSet<Id>,
    /// What goes with something else, and with what.
    pub(super) taken: BTreeMap<Id, Id>,
    /// What is made, or made anew.
    pub(super) made: BTreeSet<Id>,
    /// What comes with something else, and with what, if that is known.
    pub(super) absorbed: BTreeMap<Id, Option<Id>>,
    /// What is altered, and how.
    pub(super) altered: BTreeMap<Id, Vec<Atom>>,
    /// What altering something changes under those that need it.
    pub(super) touched: BTreeMap<Id, BTreeSet<Id>>,
    /// Columns that let go of their default.
    pub(super) released: BTreeSet<Id>,
    /// Columns that get their default back.
    pub(super) restored: BTreeSet<Id>,
    /// Tables that come to, or leave, what they inherit from.
    pub(super) moved: BTreeSet<Id>,
    waiting: BTreeSet<Id>,
}

impl<'s> Work<'s> {
    pub(super) fn between(from: &'s Schema, to: &'s Schema, manner: Manner) -> Result<Work<'s>, Refusal> {
        let mut work = Work {
            from,
            to,
            manner,
            dropped: BTreeSet::new(),
            taken: BTreeMap::new(),
            made: BTreeSet::new(),
            absorbed: BTreeMap::new(),
            altered: BTreeMap::new(),
            touched: BTreeMap::new(),
            released: BTreeSet::new(),
            restored: BTreeSet::new(),
            moved: BTreeSet::new(),
            waiting: BTreeSet::new(),
        };
        work.sort(&diff(from, to))?;
        loop {
            let size = work.size();
            work.alter_what_waits()?;
            work.take();
            work.disturb()?;
            if work.size() == size {
                break;
            }
        }
        work.break_circles();
        work.drop_what_holds_others();
        work.absorb();
        Ok(work)
    }

    /// Says whether a column is made together with the sequence that `serial` stands for.
    pub(super) fn is_serial(&self, column: &Fact) -> bool {
        column.sql == SERIAL && serial_sequence(self.to, &column.id).is_some_and(|id| self.made.contains(&id))
    }

    /// Says whether a partition is referred to through its parent, so that it must leave that before it goes.
    pub(super) fn is_referred_to_by_its_parent(&self, partition: &Fact) -> bool {
        let is_key = |fact: &&Fact| fact.id.kind == Kind::ForeignKey && !self.is_gone(&fact.id);
        let keys: Vec<&Fact> = self.from.facts().filter(is_key).collect();
        let mut table = partition;
        while let Some(parent) = parent_table(table).and_then(|id| self.from.get(id)) {
            if keys.iter().any(|key| key.parent.as_ref() != Some(&parent.id) && key.needs.contains(&parent.id)) {
                return true;
            }
            table = parent;
        }
        false
    }

    /// Says whether something that comes with something else has what that does not bring.
    pub(super) fn has_its_own(&self, id: &Id) -> bool {
        let own = self.to.get(id).filter(|fact| is_of_partition(fact) && !fact.sql.is_empty());
        own.is_some_and(|fact| fact.id.kind != Kind::Trigger || fact.attribute("state").is_some())
    }

    fn size(&self) -> [usize; 6] {
        let Work { dropped, taken, made, altered, released, waiting, .. } = self;
        [dropped.len(), taken.len(), made.len(), altered.len(), released.len(), waiting.len()]
    }

    fn sort(&mut self, deltas: &[Delta<'_>]) -> Result<(), Refusal> {
        for delta in deltas {
            let fact = delta.fact();
            if fact.id.kind == Kind::Table
                && let Delta::Changed { attributes, .. } = delta
            {
                let is_move = |change: &AttributeChange| matches!(change.name, "partition of" | "inherits");
                self.moved.extend(attributes.iter().any(is_move).then(|| fact.id.clone()));
            }
        }
        nested::refuse(deltas, self.from)?;
        for delta in deltas {
            let fact = delta.fact();
            let rule = Postgres.rule(fact.id.kind).ok_or_else(|| unmodelled(delta))?;
            match delta {
                Delta::Added(_) => _ = self.made.insert(fact.id.clone()),
                Delta::Removed(_) => _ = self.dropped.insert(fact.id.clone()),
                Delta::Changed { from, to, attributes } => match rule.class {
                    Class::Carrier | Class::Part => _ = self.waiting.insert(fact.id.clone()),
                    Class::Satellite
                        if fact.id.kind == Kind::Trigger && is_of_partition(from) != is_of_partition(to) =>
                    {
                        self.replace_trigger(from);
                    }
                    Class::Satellite if follows(from, to, attributes) && !self.comes_from_another(from, to) => {
                        let is_own = |change: &AttributeChange| OWN.contains(&change.name);
                        let is_altered = is_of_partition(to) && attributes.iter().any(is_own);
                        self.waiting.extend(is_altered.then(|| fact.id.clone()));
                    }
                    Class::Satellite if is_overwritten(from, to) => _ = self.made.insert(fact.id.clone()),
                    Class::Satellite => self.replace(&fact.id),
                },
            }
        }
        self.leave_what_is_inherited();
        Ok(())
    }

    /// Says whether a partition that moves brings an index or a key that its new parent has otherwise.
    fn comes_from_another(&self, from: &Fact, to: &Fact) -> bool {
        let is_moved = to.parent.as_ref().is_some_and(|table| self.moved.contains(table));
        is_moved
            && is_of_partition(from)
            && is_of_partition(to)
            && from.attribute("definition") != to.attribute("definition")
    }

    /// What is removed with what it is inherited from needs no statement.
    fn leave_what_is_inherited(&mut self) {
        let is_inherited = |id: &&Id| self.from.get(id).is_some_and(|fact| fact.attribute("inherited").is_some());
        let table = |id: &Id| self.from.get(id).and_then(|fact| fact.parent.clone());
        let left: Vec<Id> = self
            .dropped
            .iter()
            .filter(is_inherited)
            .filter(|id| id.kind == Kind::Trigger || table(id).is_none_or(|table| !self.moved.contains(&table)))
            .cloned()
            .collect();
        for id in left {
            let is_moved = table(&id).is_some_and(|table| self.moved.contains(&table));
            let parent = self.from.get(&id).and_then(|fact| inherited_from(fact)).filter(|_| !is_moved).cloned();
            self.dropped.remove(&id);
            // What it comes from may be gone only for this one, and then the proof says so.
            self.taken.insert(id.clone(), parent.unwrap_or_else(|| table(&id).unwrap_or(id)));
        }
    }

    /// A trigger of a partition's own does not become its parent's: one goes, and the other comes with the partition, or goes with it.
    fn replace_trigger(&mut self, from: &Fact) {
        match &from.parent {
            Some(table) if is_of_partition(from) => self.take_one(&from.id, table),
            _ => self.replace(&from.id),
        }
    }

    fn replace(&mut self, id: &Id) {
        let is_brought = |fact: &Fact| fact.attribute("inherited").is_some() && fact.id.kind != Kind::Column;
        let stays = |fact: &Fact| self.to.get(id).is_none_or(|after| !self.comes_from_another(fact, after));
        if self.from.get(id).is_some_and(|fact| is_brought(fact) && stays(fact)) {
            return;
        }
        self.dropped.insert(id.clone());
        self.waiting.remove(id);
        self.altered.remove(id);
        if self.to.get(id).is_some() {
            self.made.insert(id.clone());
        }
    }

    fn alter_what_waits(&mut self) -> Result<(), Refusal> {
        while let Some(id) = self.waiting.pop_first() {
            let (Some(from), Some(to)) = (self.from.get(&id), self.to.get(&id)) else { continue };
            let change = Change { from, to, before: self.from, after: self.to, manner: self.manner };
            let altered = alter(&change)?;
            match altered.way {
                Way::Replaced => self.replace(&id),
                way => {
                    if way == Way::Released {
                        self.released.insert(id.clone());
                    }
                    if way == Way::Rebuilt {
                        self.take_children(&id);
                    }
                    self.touched.insert(id.clone(), altered.touched);
                    self.altered.insert(id, altered.atoms);
                }
            }
        }
        Ok(())
    }

    /// What is part of what goes, goes with it; what of that is to be there is made again.
    fn take(&mut self) {
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
    fn take_rights_of_identities(&mut self) {
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

    fn take_children(&mut self, id: &Id) {
        for child in self.from.children(id) {
            // A column that is let go of keeps its sequence for what is to be there.
            self.take_one(&child.id, id);
            self.take_children(&child.id);
        }
    }

    fn take_one(&mut self, id: &Id, with: &Id) {
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
    fn take_what_has(&mut self, column: &Id) {
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
                kind => super::is_constraint(kind),
            };
            if goes || matches!(fact.id.kind, Kind::Index | Kind::Statistics) {
                self.take_one(&fact.id, column);
                self.take_children(&fact.id);
            }
        }
        self.take_sequences(column, column);
    }

    /// A column goes with the one that it is inherited from, and comes back with it.
    fn take_inherited_columns(&mut self, column: &Id) {
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
    pub(super) fn is_left_to_heirs(&self, column: &Fact) -> bool {
        let is_kept = |fact: &Fact| {
            inherited_from(fact) == Some(&column.id)
                && self.to.get(&fact.id).is_some_and(|after| after.attribute("inherited").is_none())
        };
        self.to.get(&column.id).is_none() && self.from.facts().any(is_kept)
    }

    /// A sequence goes with the column that owns it, unless it is to stay.
    fn take_sequences(&mut self, column: &Id, with: &Id) {
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

    /// What needs something that goes or changes under it must be out of the way.
    fn disturb(&mut self) -> Result<(), Refusal> {
        let touched: BTreeSet<Id> = self.touched.values().flatten().cloned().collect();
        for fact in self.from.facts() {
            if self.is_gone(&fact.id) {
                continue;
            }
            for need in &fact.needs {
                if self.is_gone(need) && self.is_reached_by_a_parent(fact, need) {
                    continue;
                }
                if self.is_gone(need) || touched.contains(need) && is_in_the_way(fact, need) {
                    self.disturb_one(fact, need)?;
                }
            }
        }
        Ok(())
    }

    /// Says whether a foreign key refers to something that goes with a partition, through what that is a partition of and stays.
    fn is_reached_by_a_parent(&self, key: &Fact, need: &Id) -> bool {
        let own = self.from.get(need).filter(|_| key.id.kind == Kind::ForeignKey);
        let table = own
            .and_then(|own| if own.id.kind == Kind::Table { Some(own) } else { self.from.get(own.parent.as_ref()?) });
        let Some(mut table) = table.filter(|table| self.is_gone(&table.id)) else { return false };
        while let Some(parent) = parent_table(table).and_then(|id| self.from.get(id)) {
            if key.needs.contains(&parent.id) && !self.is_gone(&parent.id) {
                return true;
            }
            table = parent;
        }
        false
    }

    fn disturb_one(&mut self, fact: &Fact, need: &Id) -> Result<(), Refusal> {
        let still = self.to.get(&fact.id).is_some_and(|after| after.needs.contains(need));
        let is_type = matches!(
            need.kind,
            Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range | Kind::Extension | Kind::Collation | Kind::Table
        );
        match fact.id.kind {
            Kind::Column if inherited_from(fact) == Some(need) => {}
            Kind::Column if is_type && still && self.is_gone(need) => return Err(self.in_use(need, fact)),
            Kind::Column if fact.attribute("generated").is_some() && inherited_from(fact).is_some() => {}
            Kind::Column if fact.attribute("generated").is_some() => self.replace(&fact.id),
            Kind::Column if still => {
                self.released.insert(fact.id.clone());
                self.restored.insert(fact.id.clone());
            }
            Kind::Column | Kind::Domain if need.kind == Kind::Function && self.has_the_same_default(fact) => {
                self.released.insert(fact.id.clone());
                self.restored.insert(fact.id.clone());
            }
            Kind::Domain | Kind::Composite | Kind::Table if still && is_type => return Err(self.in_use(need, fact)),
            kind if Postgres.rule(kind).is_some_and(|rule| rule.class != Class::Satellite) => {}
            _ => self.replace(&fact.id),
        }
        Ok(())
    }

    /// Says whether a default has the same text, whatever it means.
    fn has_the_same_default(&self, column: &Fact) -> bool {
        let default = column.attribute("default");
        default.is_some() && self.to.get(&column.id).is_some_and(|after| after.attribute("default") == default)
    }

    fn in_use(&self, need: &Id, by: &Fact) -> Refusal {
        Refusal {
            object: self.from.get(need).map_or_else(|| need.to_string(), Fact::title),
            what: "it changed so that it must be dropped and made again".to_owned(),
            why: format!("{} is made of it", by.title()),
            instead: "make another under a new name, turn over to it what uses the old one, and drop that".to_owned(),
        }
    }

    fn is_gone(&self, id: &Id) -> bool {
        self.dropped.contains(id) || self.taken.contains_key(id)
    }

    /// Tables that refer to one another in a circle let go of each other before they are dropped.
    fn break_circles(&mut self) {
        let mut tables: BTreeSet<Id> = self.dropped.iter().filter(|id| id.kind == Kind::Table).cloned().collect();
        let keys: Vec<&Fact> = self.from.facts().filter(|fact| fact.id.kind == Kind::ForeignKey).collect();
        while !tables.is_empty() {
            let refer = |table: &Id| -> Vec<&&Fact> {
                let is_other =
                    |key: &&&Fact| key.parent.as_ref().is_some_and(|own| own != table && tables.contains(own));
                keys.iter().filter(is_other).filter(|key| key.needs.contains(table)).collect()
            };
            let free = tables.iter().find(|table| refer(table).is_empty()).cloned();
            let Some(next) = free.clone().or_else(|| tables.first().cloned()) else { return };
            if free.is_none() {
                let inherited = |key: &&&&Fact| key.attribute("inherited").is_none();
                let between: Vec<Id> = refer(&next).iter().filter(inherited).map(|key| key.id.clone()).collect();
                for key in between {
                    self.taken.remove(&key);
                    self.dropped.insert(key);
                }
            }
            tables.remove(&next);
        }
    }

    /// What calls a function that takes rows of its own table goes before both.
    fn drop_what_holds_others(&mut self) {
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

    /// What comes with something else needs no statement.
    fn absorb(&mut self) {
        for id in self.made.clone() {
            let Some(fact) = self.to.get(&id) else { continue };
            let table = fact.parent.clone().filter(|parent| parent.kind == Kind::Table);
            let is_inherited = fact.attribute("inherited").is_some();
            let is_new = table.as_ref().is_some_and(|table| self.made.contains(table));
            let is_moved = table.as_ref().is_some_and(|table| self.moved.contains(table));
            let is_brought = is_moved && !matches!(id.kind, Kind::Column | Kind::Check);
            if is_new && (is_inherited || id.kind == Kind::Column) || is_inherited && is_brought {
                self.absorbed.insert(id, table);
            } else if is_inherited && !is_moved {
                self.absorbed.insert(id, inherited_from(fact).cloned());
            }
        }
        let serial: Vec<&Fact> = self
            .to
            .facts()
            .filter(|fact| fact.id.kind == Kind::Column && self.made.contains(&fact.id) && self.is_serial(fact))
            .collect();
        for column in serial {
            let Some(sequence) = serial_sequence(self.to, &column.id) else { continue };
            self.absorbed.insert(Id { kind: Kind::Ownership, ..sequence.clone() }, Some(column.id.clone()));
            self.absorbed.insert(sequence, Some(column.id.clone()));
        }
    }
}

/// Returns the sequences that a column owns.
fn owned_sequences(schema: &Schema, column: &Id) -> Vec<Id> {
    let owns = |fact: &&Fact| fact.id.kind == Kind::Ownership && fact.needs.contains(column);
    schema.facts().filter(owns).map(|fact| Id { kind: Kind::Sequence, ..fact.id.clone() }).collect()
}

/// Returns the sequence that `serial` makes with a column.
fn serial_sequence(schema: &Schema, column: &Id) -> Option<Id> {
    let takes_from = |id: &Id| schema.get(column).is_some_and(|column| column.needs.contains(id));
    owned_sequences(schema, column).into_iter().find(takes_from)
}

/// Returns the table that a partition is of.
fn parent_table(partition: &Fact) -> Option<&Id> {
    partition.attribute("partition of")?;
    partition.needs.iter().find(|id| id.kind == Kind::Table)
}

/// Returns what something is inherited from: the same in a parent.
pub(super) fn inherited_from(fact: &Fact) -> Option<&Id> {
    let is_same =
        |id: &&Id| id.kind == fact.id.kind && (id.kind != Kind::Column || id.name.last() == fact.id.name.last());
    fact.attribute("inherited").and_then(|_| fact.needs.iter().find(is_same))
}

/// What an index, a constraint or a trigger of a partition may have of its own.
const OWN: [&str; 4] = ["options", "clustered", "tablespace", "state"];

/// Says whether something is an index, a constraint or a trigger that came with that of a partitioned table.
fn is_of_partition(fact: &Fact) -> bool {
    fact.attribute("inherited").is_some() && !matches!(fact.id.kind, Kind::Column | Kind::Check)
}

/// Says whether a satellite only follows what it is inherited from, or what its table does.
fn follows(from: &Fact, to: &Fact, attributes: &[AttributeChange]) -> bool {
    let is_inherited = |fact: &Fact| fact.attribute("inherited").is_some();
    is_inherited(from) && is_inherited(to) || attributes.iter().all(|change| change.name == "inherited")
}

/// Says whether what makes something can be run while another of its name is there.
fn is_overwritten(from: &Fact, to: &Fact) -> bool {
    let same = |name: &str| from.attribute(name) == to.attribute(name);
    match to.id.kind {
        Kind::Comment | Kind::ReplicaIdentity | Kind::Ownership | Kind::Owner => true,
        Kind::Function | Kind::Procedure => same("signature") && same("arguments"),
        Kind::View => {
            let columns = |fact: &Fact| fact.attribute("columns").unwrap_or_default().to_owned();
            let (before, after) = (columns(from), columns(to));
            let begins = after == before || after.starts_with(&format!("{before}, "));
            // What has no default any more would keep it.
            begins && from.attribute("defaults").is_none()
        }
        _ => false,
    }
}

/// Says whether something stands in the way of what changes under it in its place.
fn is_in_the_way(fact: &Fact, touched: &Id) -> bool {
    match fact.id.kind {
        Kind::View
        | Kind::MaterializedView
        | Kind::Rule
        | Kind::Policy
        | Kind::Trigger
        | Kind::ForeignKey
        | Kind::Function
        | Kind::Procedure
        | Kind::Aggregate => true,
        Kind::Column => fact.attribute("generated").is_some(),
        // Those are made again by PostgreSQL itself, unless their text names the type.
        Kind::Check | Kind::Index | Kind::Exclusion | Kind::Statistics => touched.kind != Kind::Column,
        _ => false,
    }
}

fn unmodelled(delta: &Delta<'_>) -> Refusal {
    let fact = delta.fact();
    let what = match delta {
        Delta::Added(_) => "it is to be made",
        Delta::Removed(_) => "it is to go",
        Delta::Changed { .. } => "it changed",
    };
    Refusal {
        object: fact.name.clone(),
        what: what.to_owned(),
        why: "things of its kind are not planned".to_owned(),
        instead: "write its migration by hand, or name it in `ignore`".to_owned(),
    }
}
