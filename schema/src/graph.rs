//! What needs what.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::diff;
use crate::fact::{Fact, Id, Kind};
use crate::schema::Schema;

/// Returns every fact of a schema, each behind its parent and what it needs.
///
/// Where things need one another in a circle, the first by kind and name comes first: what makes them can be run all the same,
/// or else the proof refuses it.
pub fn order(schema: &Schema) -> Vec<Id> {
    let mut waiting: BTreeMap<&Id, BTreeSet<&Id>> = BTreeMap::new();
    let mut needed_by: BTreeMap<&Id, Vec<&Id>> = BTreeMap::new();
    for fact in schema.facts() {
        let needs: BTreeSet<&Id> =
            fact.needs.iter().chain(&fact.parent).filter(|id| schema.get(id).is_some()).collect();
        needs.iter().filter(|&&id| *id != fact.id).for_each(|id| needed_by.entry(id).or_default().push(&fact.id));
        waiting.insert(&fact.id, needs.into_iter().filter(|&id| *id != fact.id).collect());
    }
    let mut ready: BTreeSet<&Id> = waiting.iter().filter(|(_, needs)| needs.is_empty()).map(|(id, _)| *id).collect();
    let mut order = Vec::with_capacity(waiting.len());
    while let Some(id) = ready.pop_first().or_else(|| waiting.keys().next().copied()) {
        waiting.remove(id);
        order.push(id.clone());
        for &behind in needed_by.get(id).into_iter().flatten() {
            if let Some(needs) = waiting.get_mut(behind) {
                needs.remove(id);
                if needs.is_empty() {
                    ready.insert(behind);
                }
            }
        }
    }
    order
}

/// Returns what needs any of these things, directly or through others, or is part of what does.
pub(crate) fn dependants(schema: &Schema, of: &BTreeSet<Id>) -> BTreeSet<Id> {
    let mut found = BTreeSet::new();
    loop {
        let is_hit = |id: &Id| of.contains(id) || found.contains(id);
        let next: Vec<Id> = schema
            .facts()
            .filter(|fact| !is_hit(&fact.id) && fact.needs.iter().chain(&fact.parent).any(is_hit))
            .map(|fact| fact.id.clone())
            .collect();
        if next.is_empty() {
            return found;
        }
        found.extend(next);
    }
}

/// Returns what any of these things needs, directly or through others.
pub(crate) fn needed(schema: &Schema, by: &BTreeSet<Id>) -> BTreeSet<Id> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<&Fact> = by.iter().filter_map(|id| schema.get(id)).collect();
    while let Some(fact) = waiting.pop() {
        for id in fact.needs.iter().chain(&fact.parent) {
            if found.insert(id.clone()) {
                waiting.extend(schema.get(id));
            }
        }
    }
    found
}

/// What belongs to no part of a schema more than to another.
const EVERYWHERE: [Kind; 4] = [Kind::Database, Kind::Schema, Kind::Extension, Kind::EventTrigger];

/// Returns what two schemas differ in with all that has to do with it, as the outermost things: what it needs or mentions, what needs
/// it, and what that needs in turn.
pub fn concerned(from: &Schema, to: &Schema) -> BTreeSet<Id> {
    let changed: BTreeSet<Id> = diff(from, to).iter().map(|delta| delta.fact().id.clone()).collect();
    let sides = [Wholes::of(from), Wholes::of(to)];
    let mut concerned: BTreeSet<Id> = sides.iter().flat_map(|side| side.touched(&changed)).collect();
    // What one side needs, the other one may have too, and need more for it.
    loop {
        let needed: BTreeSet<Id> = sides.iter().flat_map(|side| side.needed(&concerned)).collect();
        if needed == concerned {
            return concerned;
        }
        concerned = needed;
    }
}

/// The outermost things of a schema, each with its parts.
struct Wholes<'s> {
    schema: &'s Schema,
    parts: BTreeMap<&'s Id, Vec<&'s Fact>>,
    /// What is found by its bare name.
    named: BTreeMap<String, Vec<&'s Id>>,
}

impl<'s> Wholes<'s> {
    fn of(schema: &'s Schema) -> Wholes<'s> {
        let mut wholes = Wholes { schema, parts: BTreeMap::new(), named: BTreeMap::new() };
        for fact in schema.facts() {
            let root = schema.root(fact);
            wholes.parts.entry(&root.id).or_default().push(fact);
            if fact.id == root.id {
                wholes.named.entry(bare(&fact.name)).or_default().push(&fact.id);
            }
        }
        wholes
    }

    fn root(&self, id: &Id) -> Option<&'s Id> {
        self.schema.get(id).map(|fact| &self.schema.root(fact).id)
    }

    /// Returns what these are part of, and what needs that.
    fn touched(&self, ids: &BTreeSet<Id>) -> BTreeSet<Id> {
        let own: BTreeSet<Id> = ids.iter().filter_map(|id| self.root(id)).cloned().collect();
        let others = dependants(self.schema, &own);
        let others = others.iter().filter_map(|id| self.root(id)).cloned();
        let everywhere = self.parts.keys().filter(|id| EVERYWHERE.contains(&id.kind)).map(|&id| id.clone());
        others.chain(everywhere).chain(own.iter().cloned()).collect()
    }

    /// Returns these, and what any part of them needs or mentions, directly or through others.
    fn needed(&self, by: &BTreeSet<Id>) -> BTreeSet<Id> {
        let mut found = by.clone();
        let mut waiting: Vec<Id> = by.iter().cloned().collect();
        while let Some(whole) = waiting.pop() {
            for fact in self.parts.get(&whole).into_iter().flatten() {
                let needs = fact.needs.iter().filter_map(|id| self.root(id));
                for id in needs.chain(self.mentioned(fact)) {
                    if found.insert(id.clone()) {
                        waiting.push(id.clone());
                    }
                }
            }
        }
        found
    }

    /// Returns what the texts of a fact mention: what the body of a function does with others, no catalogue says.
    fn mentioned(&self, fact: &Fact) -> impl Iterator<Item = &'s Id> {
        words(fact).into_iter().filter_map(|word| self.named.get(&word)).flatten().copied()
    }
}

/// Returns the words of all texts of a fact, in lower case.
pub(crate) fn words(fact: &Fact) -> BTreeSet<String> {
    let texts = fact.attributes.iter().map(|(_, text)| text).chain([&fact.sql]);
    // A name may have a `$` in it, and may stand beside the quote of a body.
    texts
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$'))
        .flat_map(|word| word.split('$').chain([word]))
        .map(str::to_lowercase)
        .collect()
}

/// Returns a name without the schema in front of it and without what a function takes, in lower case.
pub(crate) fn bare(name: &str) -> String {
    let name = name.split('(').next().unwrap_or(name);
    name.rsplit('.').next().unwrap_or(name).to_lowercase()
}
