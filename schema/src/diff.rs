//! What two schemas differ in. Nothing here knows a kind or an engine.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::fact::{Fact, Id};
use crate::schema::Schema;

/// The name of the attribute that says in which order something's parts stand.
const ORDER: &str = "order";

/// One thing in which two schemas differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delta<'s> {
    /// It is in the second only.
    Added(&'s Fact),
    /// It is in the first only.
    Removed(&'s Fact),
    /// It is in both, and not the same.
    Changed {
        /// As it is in the first.
        from: &'s Fact,
        /// As it is in the second.
        to: &'s Fact,
        /// In what it differs.
        attributes: Vec<AttributeChange>,
    },
}

/// An attribute that is not the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttributeChange {
    /// Which one.
    pub name: &'static str,
    /// What it was; `None` is that there was none.
    pub from: Option<String>,
    /// What it is to be.
    pub to: Option<String>,
}

impl<'s> Delta<'s> {
    /// Returns the fact as it is where it is: in the second schema, if it is in both.
    pub fn fact(&self) -> &'s Fact {
        match self {
            Delta::Added(fact) | Delta::Removed(fact) | Delta::Changed { to: fact, .. } => fact,
        }
    }
}

/// Returns what two schemas differ in, sorted by kind and name.
///
/// Where siblings have ranks, those that both schemas have must stand in the same order; what is added between them or removed
/// changes nothing about that.
pub fn diff<'s>(from: &'s Schema, to: &'s Schema) -> Vec<Delta<'s>> {
    let mut deltas = BTreeMap::<&Id, Delta<'s>>::new();
    for fact in from.facts().filter(|fact| to.get(&fact.id).is_none()) {
        deltas.insert(&fact.id, Delta::Removed(fact));
    }
    for fact in to.facts() {
        let Some(before) = from.get(&fact.id) else {
            deltas.insert(&fact.id, Delta::Added(fact));
            continue;
        };
        let attributes = changes(before, fact).into_iter().chain(reordered(from, to, &fact.id)).collect::<Vec<_>>();
        if !attributes.is_empty() {
            deltas.insert(&fact.id, Delta::Changed { from: before, to: fact, attributes });
        }
    }
    deltas.into_values().collect()
}

fn changes(from: &Fact, to: &Fact) -> Vec<AttributeChange> {
    let mut names: Vec<&'static str> = from.attributes.iter().chain(&to.attributes).map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    let parent = |fact: &Fact| fact.parent.as_ref().map(Id::to_string);
    let of =
        |name, from: Option<String>, to: Option<String>| (from != to).then_some(AttributeChange { name, from, to });
    let value = |fact: &Fact, name| fact.attribute(name).map(str::to_owned);
    let attributes = names.into_iter().filter_map(|name| of(name, value(from, name), value(to, name)));
    attributes.chain(of("parent", parent(from), parent(to))).collect()
}

fn reordered(from: &Schema, to: &Schema, parent: &Id) -> Option<AttributeChange> {
    let common = |of: &Schema, other: &Schema| -> Vec<String> {
        let children = of.children(parent).into_iter().filter(|fact| fact.rank.is_some());
        let both = children.filter(|fact| other.get(&fact.id).is_some());
        both.map(|fact| fact.id.name.last().cloned().unwrap_or_default()).collect()
    };
    let (before, after) = (common(from, to), common(to, from));
    (before != after).then(|| AttributeChange {
        name: ORDER,
        from: Some(before.join(", ")),
        to: Some(after.join(", ")),
    })
}
