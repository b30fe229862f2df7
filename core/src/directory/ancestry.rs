//! Parents and order: the chain of files that state none, and the graph of those that do.

use std::collections::HashMap;

use super::Pair;
use crate::fault::{Fault, FaultKind};
use crate::graph::Graph;
use crate::migration::{MigrationId, SetName};
use crate::text::nearest;

/// Gives every migration its parents, and returns the order. Pairs come sorted by id.
///
/// Files without `revises` form a chain in id order and must come before the first file that has one.
pub(super) fn settle(pairs: &mut [Pair], set: &SetName, faults: &mut Vec<Fault>) -> Option<Vec<usize>> {
    let found = faults.len();
    let mut explicit: Option<String> = None;
    let mut previous: Option<MigrationId> = None;
    for pair in pairs.iter_mut() {
        let Some(up) = pair.up.primary() else { continue };
        match (&up.header.revises, &explicit) {
            (Some(parents), _) => {
                explicit.get_or_insert_with(|| up.file.clone());
                pair.parents.clone_from(parents);
            }
            (None, None) => pair.parents = previous.iter().cloned().collect(),
            (None, Some(explicit)) => {
                let kind = FaultKind::NoRevises { explicit: explicit.clone() };
                faults.push(Fault { file: up.file.clone(), location: None, kind });
            }
        }
        previous = Some(pair.id.clone());
    }
    check_labels(pairs, faults);
    let graph = graph(pairs, set, faults);
    if faults.len() > found {
        return None;
    }
    match graph.order() {
        Ok(order) => Some(order),
        Err(cycle) => {
            let path: Vec<String> = cycle.iter().filter_map(|&node| pairs.get(node)).map(Pair::name).collect();
            let first = cycle.first().and_then(|&node| pairs.get(node)).and_then(|pair| pair.up.primary());
            let file = first.map_or_else(String::new, |script| script.file.clone());
            faults.push(Fault { file, location: None, kind: FaultKind::Cycle(path) });
            None
        }
    }
}

fn graph(pairs: &[Pair], set: &SetName, faults: &mut Vec<Fault>) -> Graph {
    let places: HashMap<&MigrationId, usize> =
        pairs.iter().enumerate().map(|(place, pair)| (&pair.id, place)).collect();
    let mut before = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let mut nodes = Vec::new();
        let Some(up) = pair.up.primary() else {
            before.push(nodes);
            continue;
        };
        let mut fault = |kind| faults.push(Fault { file: up.file.clone(), location: None, kind });
        for parent in &pair.parents {
            match places.get(parent) {
                Some(&place) => nodes.push(place),
                None => fault(FaultKind::UnknownParent {
                    parent: parent.clone(),
                    nearest: nearest(parent.as_str(), pairs.iter().map(|pair| pair.id.as_str())).map(str::to_owned),
                }),
            }
        }
        for dependency in
            up.header.depends_on.iter().filter(|dependency| dependency.set.as_ref().is_none_or(|of| of == set))
        {
            match places.get(&dependency.id) {
                Some(&place) => nodes.push(place),
                None => fault(FaultKind::UnknownDependency(dependency.id.clone())),
            }
        }
        nodes.sort_unstable();
        nodes.dedup();
        before.push(nodes);
    }
    Graph::new(before)
}

fn check_labels(pairs: &[Pair], faults: &mut Vec<Fault>) {
    let mut owners: HashMap<&str, &str> = HashMap::new();
    for pair in pairs {
        if let Some(up) = pair.up.primary() {
            owners.insert(pair.id.as_str(), &up.file);
        }
    }
    for pair in pairs {
        let Some(up) = pair.up.primary() else { continue };
        for label in &up.header.labels {
            match owners.get(label.as_str()) {
                Some(other) => {
                    let kind = FaultKind::DuplicateLabel { label: label.clone(), other: (*other).to_owned() };
                    faults.push(Fault { file: up.file.clone(), location: None, kind });
                }
                None => {
                    owners.insert(label, &up.file);
                }
            }
        }
    }
}
