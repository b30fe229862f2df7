//! What partitions and heirs have of their parents.

use super::Work;
use crate::fact::{Fact, Id, Kind};

impl Work<'_> {
    /// What is removed with what it is inherited from needs no statement.
    pub(super) fn leave_what_is_inherited(&mut self) {
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

    /// Says whether a partition that moves brings an index or a key that its new parent has otherwise.
    pub(super) fn comes_from_another(&self, from: &Fact, to: &Fact) -> bool {
        let is_moved = to.parent.as_ref().is_some_and(|table| self.moved.contains(table));
        is_moved
            && is_of_partition(from)
            && is_of_partition(to)
            && from.attribute("definition") != to.attribute("definition")
    }

    /// A trigger of a partition's own does not become its parent's: one goes, and the other comes with the partition, or goes with it.
    pub(super) fn replace_trigger(&mut self, from: &Fact) {
        match &from.parent {
            Some(table) if is_of_partition(from) => self.take_one(&from.id, table),
            _ => self.replace(&from.id),
        }
    }

    /// Says whether a partition is referred to through its parent, so that it must leave that before it goes.
    pub(in crate::postgres::plan) fn is_referred_to_by_its_parent(&self, partition: &Fact) -> bool {
        let is_key = |fact: &&Fact| fact.id.kind == Kind::ForeignKey && !self.is_gone(&fact.id);
        let keys: Vec<&Fact> = self.from.facts().filter(is_key).collect();
        let is_referred_to = |parent: &Fact| {
            keys.iter().any(|key| key.parent.as_ref() != Some(&parent.id) && key.needs.contains(&parent.id))
        };
        self.above(partition).any(is_referred_to)
    }

    /// Says whether a foreign key refers to something that goes with a partition, through what that is a partition of and stays.
    pub(super) fn is_reached_by_a_parent(&self, key: &Fact, need: &Id) -> bool {
        let own = self.from.get(need).filter(|_| key.id.kind == Kind::ForeignKey);
        let table = own
            .and_then(|own| if own.id.kind == Kind::Table { Some(own) } else { self.from.get(own.parent.as_ref()?) });
        let partition = table.filter(|table| self.is_gone(&table.id));
        let stays = |parent: &Fact| key.needs.contains(&parent.id) && !self.is_gone(&parent.id);
        partition.is_some_and(|partition| self.above(partition).any(stays))
    }

    /// Returns what a table was a partition of, and what that was one of.
    fn above<'f>(&'f self, partition: &'f Fact) -> impl Iterator<Item = &'f Fact> {
        let parent = |table: &&'f Fact| parent_table(table).and_then(|id| self.from.get(id));
        std::iter::successors(Some(partition), parent).skip(1)
    }

    /// Says whether something that comes with something else has what that does not bring.
    pub(in crate::postgres::plan) fn has_its_own(&self, id: &Id) -> bool {
        let own = self.to.get(id).filter(|fact| is_of_partition(fact) && !fact.sql.is_empty());
        own.is_some_and(|fact| fact.id.kind != Kind::Trigger || fact.attribute("state").is_some())
    }
}

/// What an index, a constraint or a trigger of a partition may have of its own.
pub(super) const OWN: [&str; 4] = ["options", "clustered", "tablespace", "state"];

/// Returns the table that a partition is of.
fn parent_table(partition: &Fact) -> Option<&Id> {
    partition.attribute("partition of")?;
    partition.needs.iter().find(|id| id.kind == Kind::Table)
}

/// Says whether something is an index, a constraint or a trigger that came with that of a partitioned table.
pub(super) fn is_of_partition(fact: &Fact) -> bool {
    fact.attribute("inherited").is_some() && !matches!(fact.id.kind, Kind::Column | Kind::Check)
}

/// Returns what something is inherited from: the same in a parent.
pub(in crate::postgres::plan) fn inherited_from(fact: &Fact) -> Option<&Id> {
    let is_same =
        |id: &&Id| id.kind == fact.id.kind && (id.kind != Kind::Column || id.name.last() == fact.id.name.last());
    fact.attribute("inherited").and_then(|_| fact.needs.iter().find(is_same))
}
