//! Migrations that stand for others: whether what they say of them can be.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Pair;
use crate::fault::{Fault, FaultKind};
use crate::migration::MigrationId;

/// Returns the ids that migrations stand for and no file has, in order.
pub(super) fn gone(pairs: &[Pair]) -> BTreeSet<MigrationId> {
    if pairs.iter().all(|pair| pair.replaces().is_empty()) {
        return BTreeSet::new();
    }
    let there: HashSet<&MigrationId> = pairs.iter().map(|pair| &pair.id).collect();
    pairs.iter().flat_map(Pair::replaces).filter(|id| !there.contains(id)).cloned().collect()
}

/// Returns what says whether one of two up files stands for the other, or another one for both.
pub(super) fn stand_for(pairs: &[Pair]) -> impl Fn(&str, &str) -> bool {
    let file = |pair: &Pair| pair.up.primary().map(|up| up.file.clone());
    let files: HashMap<&MigrationId, String> = pairs.iter().filter_map(|pair| Some((&pair.id, file(pair)?))).collect();
    let squashes = pairs.iter().filter(|pair| !pair.replaces().is_empty()).filter_map(|pair| {
        let replaces: HashSet<String> = pair.replaces().iter().filter_map(|id| files.get(id).cloned()).collect();
        Some((file(pair)?, replaces))
    });
    let squashes: Vec<(String, HashSet<String>)> = squashes.collect();
    move |one, other| {
        squashes
            .iter()
            .any(|(file, replaces)| file == one && replaces.contains(other) || file == other && replaces.contains(one))
    }
}

/// Checks what migrations stand for.
pub(super) fn check(pairs: &[Pair], faults: &mut Vec<Fault>) {
    if pairs.iter().all(|pair| pair.replaces().is_empty()) {
        return;
    }
    let by_id: HashMap<&MigrationId, &Pair> = pairs.iter().map(|pair| (&pair.id, pair)).collect();
    for squash in pairs.iter().filter(|pair| !pair.replaces().is_empty()) {
        let found: Vec<FaultKind> = faults_of(squash, pairs, &by_id).collect();
        faults.extend(found.into_iter().map(|kind| fault(squash, kind)));
        let Some(last) = squash.replaces().last() else { continue };
        let inside: HashSet<&MigrationId> = squash.replaces().iter().collect();
        let is_outside = |pair: &&Pair| !inside.contains(&pair.id) && pair.id != squash.id;
        // What stands for some of them and more is seen to by itself.
        let is_wider = |pair: &&Pair| pair.replaces().iter().any(|id| inside.contains(id));
        for pair in pairs.iter().filter(is_outside).filter(|pair| !is_wider(pair)) {
            let inner = pair.parents.iter().filter(|id| inside.contains(id) && *id != last);
            faults.extend(inner.map(|parent| {
                let (parent, squash, last) = (parent.clone(), squash.name(), last.clone());
                fault(pair, FaultKind::RevisesReplaced { parent, squash, last })
            }));
        }
    }
}

fn fault(pair: &Pair, kind: FaultKind) -> Fault {
    let file = pair.up.primary().map_or_else(|| pair.name(), |up| up.file.clone());
    Fault { file, location: None, kind }
}

fn faults_of<'p>(
    squash: &'p Pair,
    pairs: &'p [Pair],
    by_id: &HashMap<&MigrationId, &'p Pair>,
) -> impl Iterator<Item = FaultKind> {
    let inside: HashSet<&MigrationId> = squash.replaces().iter().collect();
    let itself = inside.contains(&squash.id).then_some(FaultKind::ReplacesItself);
    let members: Vec<&Pair> = squash.replaces().iter().filter_map(|id| by_id.get(id).copied()).collect();
    let partly = partly(squash, &members);
    let outline = if partly.is_none() { outline(squash, &members) } else { None };
    [itself, partly, twice(squash, pairs), outline].into_iter().flatten()
}

/// All of them are there, or none; but those that one among them stands for may be gone alone.
fn partly(squash: &Pair, members: &[&Pair]) -> Option<FaultKind> {
    let there: HashSet<&MigrationId> =
        members.iter().flat_map(|member| member.replaces().iter().chain([&member.id])).collect();
    let is_there = |id: &MigrationId| there.contains(id);
    let gone: Vec<String> = squash.replaces().iter().filter(|id| !is_there(id)).map(ToString::to_string).collect();
    let there: Vec<String> = members.iter().map(|member| member.id.to_string()).collect();
    (!gone.is_empty() && !there.is_empty()).then_some(FaultKind::ReplacesPartly { gone, there })
}

/// Of two that stand for one migration, one stands for the other and all that it stands for.
fn twice(squash: &Pair, pairs: &[Pair]) -> Option<FaultKind> {
    let holds = |one: &Pair, other: &Pair| {
        let inside: HashSet<&MigrationId> = one.replaces().iter().collect();
        inside.contains(&other.id) && other.replaces().iter().all(|id| inside.contains(id))
    };
    let others = pairs
        .iter()
        .filter(|other| !other.replaces().is_empty())
        .filter(|other| other.id != squash.id && !holds(squash, other) && !holds(other, squash));
    others.into_iter().find_map(|other| {
        let theirs: HashSet<&MigrationId> = other.replaces().iter().collect();
        let id = squash.replaces().iter().find(|id| theirs.contains(id))?;
        let file = other.up.primary().map_or_else(|| other.name(), |up| up.file.clone());
        Some(FaultKind::ReplacedTwice { id: id.clone(), other: file })
    })
}

/// While they are there: the last comes last, and the parents are theirs.
fn outline(squash: &Pair, members: &[&Pair]) -> Option<FaultKind> {
    let last = squash.replaces().last()?;
    if members.iter().all(|member| member.id != *last) {
        return None;
    }
    let below: HashSet<&MigrationId> =
        members.iter().flat_map(|member| member.parents.iter().chain(member.replaces())).collect();
    let plain = members.iter().filter(|member| member.replaces().is_empty());
    if let Some(after) = plain.into_iter().find(|member| member.id != *last && !below.contains(&member.id)) {
        return Some(FaultKind::ReplacesOrder { last: last.clone(), after: after.name() });
    }
    let inside: HashSet<&MigrationId> = squash.replaces().iter().collect();
    let expected: Vec<MigrationId> =
        members.iter().flat_map(|member| &member.parents).filter(|id| !inside.contains(id)).cloned().collect();
    let same = |one: &[MigrationId], other: &[MigrationId]| one.iter().all(|id| other.contains(id));
    let (stated, expected) = (squash.parents.clone(), deduplicated(expected));
    (!same(&stated, &expected) || !same(&expected, &stated))
        .then_some(FaultKind::ReplacesElsewhere { stated, expected })
}

fn deduplicated(ids: Vec<MigrationId>) -> Vec<MigrationId> {
    let mut seen = HashSet::new();
    ids.into_iter().filter(|id| seen.insert(id.clone())).collect()
}
