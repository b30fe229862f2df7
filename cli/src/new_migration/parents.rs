//! What a new migration comes after.

use dunlin::core::directory::{Directory, Pair};
use dunlin::core::graph::Revisions;
use dunlin::core::header::Dependency;
use dunlin::core::migration::{MigrationId, SetName};
use dunlin::core::plan::Resolver;
use dunlin::core::target::Target;

use super::{CannotAdd, Wish};

/// Returns what it is to revise: what was named, or the one head; none is a base.
pub(super) fn parents<'d>(wish: &Wish, directory: &'d Directory) -> Result<Vec<&'d Pair>, CannotAdd> {
    let revisions = directory.revisions();
    if wish.heads.is_empty() {
        return Ok(pairs(&one_head(revisions)?, directory));
    }
    let places = places(&wish.heads, revisions)?;
    check(&places, wish.splice, revisions)?;
    Ok(pairs(&places, directory))
}

/// Returns the places that targets mean, each once: `head` and `heads` are what nothing revises.
pub(crate) fn places(targets: &[Target], revisions: &Revisions) -> Result<Vec<usize>, CannotAdd> {
    let mut places = Vec::new();
    for target in targets {
        let found = match target {
            Target::Head => one_head(revisions)?,
            Target::Heads => revisions.heads(),
            Target::Base if targets.len() > 1 => return Err(CannotAdd::BaseBesideOthers),
            target => Resolver::new(revisions).at(target)?.iter().filter_map(|id| revisions.place(id)).collect(),
        };
        places.extend(found);
    }
    let mut seen = std::collections::HashSet::new();
    places.retain(|place| seen.insert(*place));
    Ok(places)
}

fn one_head(revisions: &Revisions) -> Result<Vec<usize>, CannotAdd> {
    let heads = revisions.heads();
    if heads.len() < 2 { Ok(heads) } else { Err(CannotAdd::SeveralHeads(names(&heads, revisions))) }
}

fn check(places: &[usize], may_splice: bool, revisions: &Revisions) -> Result<(), CannotAdd> {
    for &place in places {
        let ancestors = revisions.lines().with_ancestors(revisions.lines().before(place).iter().copied());
        if let Some(&ancestor) = places.iter().find(|&&other| ancestors.get(other) == Some(&true)) {
            let (ancestor, parent) = (revisions.name(ancestor), revisions.name(place));
            return Err(CannotAdd::Ancestor { ancestor, parent });
        }
    }
    for &place in places {
        let by = names(revisions.lines().after(place), revisions);
        if !by.is_empty() && !may_splice {
            return Err(CannotAdd::NoHead { name: revisions.name(place), by });
        }
    }
    Ok(())
}

/// Returns what it is to depend on. Names of the own set become full ids; those of others must be ids already.
pub(super) fn dependencies(names: &[String], directory: &Directory) -> Result<Vec<Dependency>, CannotAdd> {
    let resolver = Resolver::new(directory.revisions());
    let mut dependencies: Vec<Dependency> = Vec::new();
    for name in names {
        let dependency = match name.split_once('/') {
            Some((set, id)) if set != directory.set().as_str() => {
                Dependency { set: Some(SetName::new(set.to_owned())?), id: id.parse()? }
            }
            own => {
                let name = own.map_or(&**name, |(_, name)| name);
                let found = match name.parse::<Target>() {
                    Ok(target) => resolver.at(&target)?,
                    Err(_) => vec![resolver.named(name)?],
                };
                let [id] = &found[..] else {
                    return Err(several(name, &found, directory.revisions()));
                };
                Dependency { set: None, id: id.clone() }
            }
        };
        if !dependencies.contains(&dependency) {
            dependencies.push(dependency);
        }
    }
    Ok(dependencies)
}

fn several(name: &str, found: &[MigrationId], revisions: &Revisions) -> CannotAdd {
    let places: Vec<usize> = found.iter().filter_map(|id| revisions.place(id)).collect();
    CannotAdd::SeveralDependencies(name.to_owned(), names(&places, revisions))
}

fn names(places: &[usize], revisions: &Revisions) -> Vec<String> {
    places.iter().map(|&place| revisions.name(place)).collect()
}

fn pairs<'d>(places: &[usize], directory: &'d Directory) -> Vec<&'d Pair> {
    places.iter().filter_map(|&place| directory.pairs().get(place)).collect()
}
