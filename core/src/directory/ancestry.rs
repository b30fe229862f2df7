//! Parents and order: the chain of files that state none, and the graph of those that do.

use std::collections::{HashMap, HashSet};

use super::{Pair, squashes};
use crate::fault::{Fault, FaultKind};
use crate::graph::{Graph, Revision, Revisions, Weave};
use crate::migration::{Label, MigrationId, Script, SetName};
use crate::text::nearest;

/// Gives every migration its parents, and returns the order. Pairs come sorted by id.
///
/// Files without `revises` form a chain in id order and must come before the first file that has one.
pub(super) fn settle(
    pairs: &mut [Pair],
    set: &SetName,
    checking: Checking,
    faults: &mut Vec<Fault>,
) -> Option<Vec<usize>> {
    let found = faults.len();
    let mut explicit: Option<String> = None;
    let mut previous: Option<MigrationId> = None;
    let mut gone = squashes::gone(pairs).into_iter().peekable();
    for pair in pairs.iter_mut() {
        let Some(up) = pair.up.primary() else { continue };
        // What something else stands for is still a link of the chain.
        while let Some(id) = gone.next_if(|id| *id < pair.id) {
            previous = Some(id);
        }
        match (&up.header.revises, &explicit) {
            (Some(parents), _) => {
                explicit.get_or_insert_with(|| up.file.clone());
                pair.parents.clone_from(parents);
            }
            (None, None) => pair.parents = previous.iter().cloned().collect(),
            (None, Some(explicit)) => faults.push(fault(up, FaultKind::NoRevises { explicit: explicit.clone() })),
        }
        previous = Some(pair.id.clone());
    }
    check_labels(pairs, faults);
    squashes::check(pairs, faults);
    let edges = edges(pairs, set, faults);
    let graph = Graph::new(pairs.len(), edges.parents.iter().copied().chain(edges.dependencies));
    let order = match graph.order() {
        Ok(order) => order,
        Err(cycle) => {
            faults.extend(cyclic(pairs, &cycle));
            return None;
        }
    };
    if checking == Checking::Whole {
        check_merges(pairs, &Graph::new(pairs.len(), edges.parents), &order, faults);
    }
    (faults.len() == found).then_some(order)
}

/// How much of the graph is to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checking {
    /// All of it.
    Whole,
    /// What the order needs: the rest was looked at when the binary was built.
    Order,
}

/// Returns the graph of pairs that are in order.
pub(super) fn revisions(pairs: &[Pair], set: &SetName) -> Revisions {
    let ids: HashSet<&MigrationId> = pairs.iter().map(|pair| &pair.id).collect();
    let revision = |pair: &Pair| {
        let header = pair.up.primary().map(|up| &up.header);
        // Those that it stands for declare its labels while they are there.
        let labels = header.filter(|_| pair.replaces().last().is_none_or(|last| !ids.contains(last)));
        Revision {
            id: pair.id.clone(),
            slug: pair.slug.clone(),
            labels: labels.map(|header| header.labels.clone()).unwrap_or_default(),
            parents: pair.parents.clone(),
            depends_on: pair.up.primary().into_iter().flat_map(|up| here(up, set)).cloned().collect(),
            replaces: pair.replaces().to_vec(),
        }
    };
    Revisions::new(pairs.iter().map(revision).collect())
}

/// Returns what a file depends on in its own set.
fn here<'s>(up: &'s Script, set: &'s SetName) -> impl Iterator<Item = &'s MigrationId> {
    let is_here = move |of: &Option<SetName>| of.as_ref().is_none_or(|of| of == set);
    up.header.depends_on.iter().filter(move |dependency| is_here(&dependency.set)).map(|dependency| &dependency.id)
}

fn fault(up: &Script, kind: FaultKind) -> Fault {
    Fault { file: up.file.clone(), location: None, kind }
}

#[derive(Default)]
struct Edges {
    parents: Vec<(usize, usize)>,
    dependencies: Vec<(usize, usize)>,
}

fn edges(pairs: &[Pair], set: &SetName, faults: &mut Vec<Fault>) -> Edges {
    let places: HashMap<&MigrationId, usize> =
        pairs.iter().enumerate().map(|(place, pair)| (&pair.id, place)).collect();
    let near = |id: &MigrationId| nearest(id.as_str(), pairs.iter().map(|pair| pair.id.as_str())).map(str::to_owned);
    let weave = Weave::new(pairs.iter().map(|pair| (&pair.id, pair.replaces())));
    let gone = squashes::gone(pairs);
    let mut edges = Edges::default();
    for (place, pair) in pairs.iter().enumerate() {
        let Some(up) = pair.up.primary() else { continue };
        if !weave.is_empty() {
            let woven = weave.parents(&pair.id, &pair.parents, |id| places.contains_key(id));
            edges.parents.extend(woven.iter().filter_map(|parent| places.get(parent)).map(|&earlier| (earlier, place)));
        }
        for (n, parent) in pair.parents.iter().enumerate() {
            match places.get(weave.seen(parent, &pair.id)) {
                _ if pair.parents.iter().take(n).any(|earlier| earlier == parent) => {
                    faults.push(fault(up, FaultKind::DuplicateParent(parent.clone())));
                }
                Some(&earlier) if weave.is_empty() => edges.parents.push((earlier, place)),
                Some(_) => {}
                // That some of what belongs together is gone is a fault of its own.
                None if gone.contains(parent) => {}
                None => {
                    faults.push(fault(up, FaultKind::UnknownParent { parent: parent.clone(), nearest: near(parent) }));
                }
            }
        }
        for on in here(up, set) {
            match places.get(weave.seen(on, &pair.id)) {
                Some(&earlier) => edges.dependencies.push((earlier, place)),
                None => faults.push(fault(up, FaultKind::UnknownDependency { id: on.clone(), nearest: near(on) })),
            }
        }
    }
    edges
}

fn cyclic(pairs: &[Pair], cycle: &[usize]) -> Option<Fault> {
    let path: Vec<String> = cycle.iter().filter_map(|&node| pairs.get(node)).map(Pair::name).collect();
    let first = cycle.first().and_then(|&node| pairs.get(node)).and_then(|pair| pair.up.primary())?;
    Some(fault(first, FaultKind::Cycle(path)))
}

fn check_merges(pairs: &[Pair], lines: &Graph, order: &[usize], faults: &mut Vec<Fault>) {
    let name = |place: usize| pairs.get(place).map(Pair::name).unwrap_or_default();
    for (merge, ancestor, parent) in lines.redundant(order) {
        if let Some(up) = pairs.get(merge).and_then(|pair| pair.up.primary()) {
            let kind = FaultKind::AncestorParent { ancestor: name(ancestor), parent: name(parent) };
            faults.push(fault(up, kind));
        }
    }
}

/// Labels and ids share one name space.
fn check_labels(pairs: &[Pair], faults: &mut Vec<Fault>) {
    if pairs.iter().all(|pair| pair.up.primary().is_none_or(|up| up.header.labels.is_empty())) {
        return;
    }
    let files = |pair: &'_ Pair| pair.up.primary().map(|up| up.file.clone());
    let ids: HashMap<&MigrationId, String> = pairs.iter().filter_map(|pair| Some((&pair.id, files(pair)?))).collect();
    let mut owners: HashMap<&Label, &str> = HashMap::new();
    let is_stood_for = squashes::stand_for(pairs);
    for up in pairs.iter().filter_map(|pair| pair.up.primary()) {
        for label in &up.header.labels {
            let id = label.as_str().parse::<MigrationId>().ok();
            if let Some(other) = id.and_then(|id| ids.get(&id)) {
                let kind = FaultKind::LabelIsId { label: label.to_string(), other: other.clone() };
                faults.push(fault(up, kind));
            }
            if let Some(other) = owners.insert(label, &up.file).filter(|other| !is_stood_for(other, &up.file)) {
                let kind = FaultKind::DuplicateLabel { label: label.to_string(), other: other.to_owned() };
                faults.push(fault(up, kind));
            }
        }
    }
}
