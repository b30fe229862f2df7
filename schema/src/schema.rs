//! All that a catalogue says.

use std::collections::{BTreeMap, BTreeSet};

use dunlin_core::dialect::Dialect;

use crate::fact::{Fact, Id};
use crate::ignore::Ignored;

/// A set of facts: all that a database says of its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    dialect: Dialect,
    facts: BTreeMap<Id, Fact>,
    /// What is part of each thing, in the order of [`Schema::children`].
    children: BTreeMap<Id, Vec<Id>>,
}

impl Schema {
    /// Returns one with these facts.
    pub fn new(dialect: Dialect, facts: impl IntoIterator<Item = Fact>) -> Schema {
        let facts: BTreeMap<Id, Fact> = facts.into_iter().map(|fact| (fact.id.clone(), fact)).collect();
        let mut children: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
        for fact in facts.values() {
            if let Some(parent) = &fact.parent {
                children.entry(parent.clone()).or_default().push(fact.id.clone());
            }
        }
        let rank = |id: &Id| facts.get(id).and_then(|fact| fact.rank).unwrap_or(usize::MAX);
        for of in children.values_mut() {
            of.sort_by_key(rank);
        }
        Schema { dialect, facts, children }
    }

    /// Returns the engine.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns every fact, sorted by kind and name.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.facts.values()
    }

    /// Returns a fact.
    pub fn get(&self, id: &Id) -> Option<&Fact> {
        self.facts.get(id)
    }

    /// Returns what is part of something: what has a rank first, by rank, then the rest by kind and name.
    pub fn children(&self, parent: &Id) -> Vec<&Fact> {
        self.children.get(parent).into_iter().flatten().filter_map(|id| self.get(id)).collect()
    }

    /// Returns what is a fact's outermost parent, or the fact itself.
    pub fn root<'s>(&'s self, fact: &'s Fact) -> &'s Fact {
        match fact.parent.as_ref().and_then(|parent| self.get(parent)) {
            Some(parent) => self.root(parent),
            None => fact,
        }
    }

    /// Returns the schema without what is ignored, and without all that is part of it.
    pub fn without(&self, ignored: &Ignored) -> Schema {
        self.only(|root| !ignored.matches(&root.name))
    }

    /// Returns the outermost things that a condition holds for, with all that is part of them.
    pub fn only(&self, condition: impl Fn(&Fact) -> bool) -> Schema {
        Schema::new(self.dialect, self.facts().filter(|fact| condition(self.root(fact))).cloned())
    }

    /// Returns the schema with the grants and owners that its things have in another one: those that are not planned stay as they are.
    pub fn keeping(&self, before: &Schema) -> Schema {
        let kept = |fact: &Fact| before.get(&fact.id).map_or_else(|| fact.kept.clone(), |own| own.kept.clone());
        Schema::new(self.dialect, self.facts().map(|fact| Fact { kept: kept(fact), ..fact.clone() }))
    }

    /// Returns the schema with these outermost things, and all that is part of them, as they are in another one.
    pub fn with(&self, roots: &BTreeSet<Id>, other: &Schema) -> Schema {
        let rest = self.only(|root| !roots.contains(&root.id));
        let others = other.only(|root| roots.contains(&root.id));
        Schema::new(self.dialect, rest.facts.into_values().chain(others.facts.into_values()))
    }
}
