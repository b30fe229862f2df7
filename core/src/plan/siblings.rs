//! What a way down takes back beside the line that was meant.

use super::{Destination, Finding, FindingKind, Verdict};
use crate::graph::Revisions;
use crate::migration::Migrations;
use crate::target::Target;

/// Says which migrations are reverted that are not on the line of the branch or the migration that was named, and,
/// where no branch was named, which branches above the migration are reverted if they are several.
///
/// `base` alone means everything, and `-N` the last applied, on whatever line they are: there is nothing to say.
pub(super) fn findings(
    migrations: &Migrations,
    revisions: &Revisions,
    reverted: &[bool],
    destination: &Destination,
    target: &Target,
) -> Vec<Finding> {
    let (members, is_open) = match destination {
        Destination::Base { line: Some(line) } | Destination::At { line: Some(line), .. } => {
            (line.members.clone(), false)
        }
        Destination::At { places, line: None } => match places[..] {
            [place] => (revisions.lineage(place), true),
            _ => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let places = || (0..reverted.len()).filter(|&place| reverted[place]);
    let finding = |places: &[usize], kind: fn(String, Vec<String>) -> FindingKind| {
        let last = *places.last()?;
        let revision = revisions.get(last)?;
        let names = places.iter().map(|&place| revisions.name(place)).collect();
        Some(Finding {
            id: revision.id.clone(),
            name: revision.name(),
            file: migrations.get(&revision.id).map(|migration| migration.up.file.clone()),
            verdict: Verdict::Warn,
            kind: kind(target.to_string(), names),
        })
    };
    let beside: Vec<usize> = places().filter(|&place| !members[place]).collect();
    let is_last = |place: &usize| !revisions.lines().after(*place).iter().any(|&child| reverted[child]);
    let ends: Vec<usize> = places().filter(|&place| members[place]).filter(is_last).collect();
    let several = if is_open && ends.len() > 1 { &ends[..] } else { &[] };
    let findings = [
        finding(several, |target, heads| FindingKind::SeveralBranches { target, heads }),
        finding(&beside, |target, reverted| FindingKind::SiblingBranch { target, reverted }),
    ];
    findings.into_iter().flatten().collect()
}
