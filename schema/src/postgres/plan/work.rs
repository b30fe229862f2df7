//! What is to be done with each thing, and with what stands in its way.

mod partition;
mod taking;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use self::partition::inherited_from;
use self::partition::{OWN, is_of_partition};
use self::taking::serial_sequence;

use super::super::alter::{Way, alter, attachment};
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
    /// What lets go of something first: columns and domains of their default, partitions that move of their parent.
    pub(super) released: BTreeSet<Id>,
    /// Columns and domains that get their default back.
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
        self.serial_of(column).is_some()
    }

    /// Returns the sequence that is made together with a column.
    pub(super) fn serial_of(&self, column: &Fact) -> Option<&'s Fact> {
        let sequence = serial_sequence(self.to, &column.id).filter(|_| column.sql == SERIAL)?;
        self.to.get(&sequence).filter(|sequence| self.made.contains(&sequence.id))
    }

    /// Says whether a sequence goes because its column becomes an identity.
    pub(super) fn is_followed_by_an_identity(&self, sequence: &Fact) -> bool {
        let ownership = self.from.get(&Id { kind: Kind::Ownership, ..sequence.id.clone() });
        let columns = ownership.into_iter().flat_map(|fact| &fact.needs).filter_map(|id| self.to.get(id));
        sequence.id.kind == Kind::Sequence && columns.into_iter().any(|column| column.attribute("identity").is_some())
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
                        let is_altered = is_of_partition(to) && attributes.iter().any(is_own)
                            || !is_of_partition(from) && attachment(to).is_some();
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
        let made = self.to.facts().filter(|fact| fact.id.kind == Kind::Column && self.made.contains(&fact.id));
        let serial: Vec<(&Fact, &Fact)> = made.filter_map(|column| Some((column, self.serial_of(column)?))).collect();
        for (column, sequence) in serial {
            let ownership = Id { kind: Kind::Ownership, ..sequence.id.clone() };
            self.absorbed.insert(ownership, Some(column.id.clone()));
            self.absorbed.insert(sequence.id.clone(), Some(column.id.clone()));
        }
    }
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
