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

/// Returns what two schemas differ in with all that has to do with it, as the outermost things: what it needs, what needs it, and
/// what that needs in turn. The database itself always has.
pub fn concerned(from: &Schema, to: &Schema) -> BTreeSet<Id> {
    let deltas = diff(from, to);
    let mut concerned: BTreeSet<Id> = [from, to]
        .into_iter()
        .flat_map(|schema| schema.facts().filter(|fact| fact.id.kind == Kind::Database))
        .map(|fact| fact.id.clone())
        .collect();
    for schema in [from, to] {
        let roots = |ids: &BTreeSet<Id>| -> BTreeSet<Id> {
            ids.iter().filter_map(|id| schema.get(id)).map(|fact| schema.root(fact).id.clone()).collect()
        };
        let own = roots(&deltas.iter().map(|delta| delta.fact().id.clone()).collect());
        let others = roots(&dependants(schema, &own));
        let all: BTreeSet<Id> = own.into_iter().chain(others).collect();
        // A part may need what its whole does not.
        let parts =
            schema.facts().filter(|fact| all.contains(&schema.root(fact).id)).map(|fact| fact.id.clone()).collect();
        concerned.extend(roots(&needed(schema, &parts)));
        concerned.extend(all);
    }
    concerned
}
