//! The steps up.

use super::{Applied, Destination, NothingToDo, PlanError, Resolver, Step, Way};
use crate::migration::{Direction, Migrations};

/// Returns the pending migrations that lead to a destination, in graph order.
pub(super) fn way(
    migrations: &Migrations,
    applied: &[Applied],
    resolver: &Resolver<'_>,
    destination: &Destination,
) -> Result<Way, PlanError> {
    let mut wanted = vec![true; migrations.len()];
    for place in applied.iter().filter_map(|row| migrations.place(&row.id)) {
        wanted[place] = false;
    }
    let graph = resolver.revisions().graph();
    let nothing_to_do = match destination {
        Destination::Everything { heads } => {
            heads.as_ref().map(|heads| resolver.only_head(heads, None)).transpose()?;
            NothingToDo::NothingPending { branch: None }
        }
        Destination::At { places, .. } => {
            keep(&mut wanted, &graph.with_ancestors(places.iter().copied()));
            NothingToDo::AlreadyApplied {
                names: places.iter().map(|&place| resolver.revisions().name(place)).collect(),
            }
        }
        Destination::Base { .. } | Destination::AllBut { .. } => {
            wanted.fill(false);
            NothingToDo::PastBase
        }
        Destination::Next { steps, line } => {
            let is_member = |place: &usize| line.as_ref().is_none_or(|line| line.members[*place]);
            let pending: Vec<usize> = (0..wanted.len()).filter(|&place| wanted[place]).filter(is_member).collect();
            let branch = line.as_ref().map(|line| line.name.clone());
            if !pending.is_empty() && pending.len() < *steps {
                let (available, asked) = (pending.len(), *steps);
                return Err(PlanError::TooFar { available, asked, direction: Direction::Up, branch });
            }
            keep(&mut wanted, &graph.with_ancestors(pending.into_iter().take(*steps)));
            NothingToDo::NothingPending { branch }
        }
    };
    let pending = migrations.iter().zip(wanted).filter(|(_, wanted)| *wanted);
    let steps: Vec<Step> = pending.map(|(migration, _)| Step::new(Direction::Up, migration.clone())).collect();
    let nothing_to_do = steps.is_empty().then_some(nothing_to_do);
    Ok(Way { steps, findings: Vec::new(), nothing_to_do })
}

fn keep(wanted: &mut [bool], needed: &[bool]) {
    wanted.iter_mut().zip(needed).for_each(|(wanted, needed)| *wanted &= needed);
}
