//! Stamping: which rows a history is to have, without running anything.

use super::destination::Destination;
use super::rows::Rows;
use super::{Applied, FindingKind, Kind, PlanError, Policy, Resolver, State, View, to_unmark, verify};
use crate::graph::Revisions;
use crate::migration::{Migrations, SharedMigration};
use crate::target::Target;

/// What a history is to be stamped with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The places where the database is to stand.
    pub targets: Vec<Target>,
    /// Which rows go first.
    pub forget: Forget,
    /// What new rows say of themselves.
    pub kind: Kind,
}

/// Which rows a stamp removes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Forget {
    /// Those that come after a target, and those that no file has and every run would stop at.
    #[default]
    InTheWay,
    /// All of them.
    Everything,
}

impl Stamp {
    /// Stamps targets; rows of other branches stay.
    pub fn at(targets: impl IntoIterator<Item = Target>) -> Stamp {
        Stamp { targets: targets.into_iter().collect(), forget: Forget::default(), kind: Kind::Stamped }
    }

    /// Says that the migrations stand for a schema that was there before: it is never reverted.
    pub fn as_baseline(mut self) -> Stamp {
        self.kind = Kind::Baseline;
        self
    }

    /// Says which rows go first.
    pub fn forgetting(mut self, forget: Forget) -> Stamp {
        self.forget = forget;
        self
    }
}

/// What a stamp changes.
#[derive(Debug, Clone, Default)]
pub struct StampPlan {
    /// Rows to remove, each before those that it comes after.
    pub removed: Vec<Removal>,
    /// Rows to write, in graph order. One that is removed too is written anew.
    pub added: Vec<SharedMigration>,
    /// Rows of unfinished steps that are to count as whole, in graph order.
    pub settled: Vec<SharedMigration>,
    /// Targets that change nothing, because another one comes after them.
    pub redundant: Vec<Redundant>,
    /// `<id>_<slug>` of the rows that no other comes after then; none is `base`.
    pub heads: Vec<String>,
}

/// A row that is to be removed.
#[derive(Debug, Clone)]
pub struct Removal {
    /// The row.
    pub row: Applied,
    /// Whether no file has it.
    pub is_unknown: bool,
}

/// A target that another one includes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redundant {
    /// `<id>_<slug>` of the target.
    pub name: String,
    /// `<id>_<slug>` of the target that comes after it.
    pub before: String,
}

impl StampPlan {
    /// Says whether the history is so already.
    pub fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty() && self.settled.is_empty()
    }
}

/// Decides which rows a history is to have.
///
/// What is applied on the lines of the targets, over parents and dependencies, becomes exactly the targets and what comes
/// before them; rows of other branches stay. `base` is nothing at all, and `<label>@base` nothing of the line but what
/// other branches need. Rows that no file has are removed where they come after a target, or where every run would stop at
/// them. Rows come in the order of their `seq`.
///
/// Rows that stand for others are no places of their own; they go where what they stand for goes.
pub fn stamp(migrations: &Migrations, applied: &[Applied], stamp: &Stamp) -> Result<StampPlan, PlanError> {
    let named: Vec<&Target> = stamp.targets.iter().collect();
    match stamp.forget {
        Forget::InTheWay => {
            let view = View::new(migrations, applied, &named);
            let mut plan = ordinary(view.migrations(), view.rows(), stamp)?;
            plan.removed = plan.removed.into_iter().flat_map(|removal| spelled_out(&view, removal)).collect();
            let is_left = |row: &&Applied| plan.removed.iter().all(|removal| removal.row.id != row.id);
            let left: Vec<Applied> = applied.iter().filter(is_left).cloned().collect();
            let marks = to_unmark(migrations, applied, &left).into_iter();
            plan.removed.splice(0..0, marks.map(|row| Removal { row: row.clone(), is_unknown: false }));
            Ok(plan)
        }
        Forget::Everything => {
            let view = View::new(migrations, &[], &named);
            let mut plan = ordinary(view.migrations(), applied, stamp)?;
            let is_marked = |removal: &Removal| migrations.get(&removal.row.id).is_some();
            plan.removed.iter_mut().filter(|removal| is_marked(removal)).for_each(|removal| removal.is_unknown = false);
            Ok(plan)
        }
    }
}

/// Returns what is removed where something is that stands for others.
fn spelled_out(view: &View<'_>, removal: Removal) -> Vec<Removal> {
    match view.behind(&removal.row.id) {
        None => vec![removal],
        Some(rows) => rows.iter().rev().map(|&row| Removal { row: row.clone(), is_unknown: true }).collect(),
    }
}

/// Decides it where nothing stands for anything.
fn ordinary(migrations: &Migrations, applied: &[Applied], stamp: &Stamp) -> Result<StampPlan, PlanError> {
    let resolver = Resolver::new(migrations.revisions());
    let destinations: Result<Vec<Destination>, PlanError> =
        stamp.targets.iter().map(|target| destination(&resolver, target)).collect();
    let unknown = applied.iter().filter(|row| migrations.get(&row.id).is_none());
    // Behind the migrations, at whose places nothing changes.
    let all = migrations.revisions().with(unknown.map(Applied::revision));
    let (tops, redundant) = tops(&all, &destinations?);
    let rows = Rows::new(&all, applied);
    let held = rows.all();
    let unfinished = applied.iter().filter(|row| row.state != State::Applied).filter_map(|row| all.place(&row.id));
    let unfinished: Vec<usize> = unfinished.collect();
    let removed = match stamp.forget {
        Forget::Everything => held.clone(),
        Forget::InTheWay => in_the_way(migrations, applied, &all, &tops),
    };
    let wanted = all.graph().with_ancestors(tops.at.iter().copied());
    let result: Vec<bool> = (0..all.len()).map(|place| wanted[place] || held[place] && !removed[place]).collect();
    let is_gone = |place: usize| held[place] && (stamp.forget == Forget::Everything || !result[place]);
    let gone: Vec<bool> = (0..all.len()).map(is_gone).collect();
    let of = |is_meant: &dyn Fn(usize) -> bool| -> Vec<SharedMigration> {
        let meant = migrations.iter().enumerate().filter(|(place, _)| is_meant(*place));
        meant.map(|(_, migration)| migration.clone()).collect()
    };
    let removal = |row: &Applied| Removal { row: row.clone(), is_unknown: migrations.get(&row.id).is_none() };
    Ok(StampPlan {
        removed: rows.last_first(&gone).into_iter().map(removal).collect(),
        added: of(&|place| result[place] && (!held[place] || gone[place])),
        settled: of(&|place| wanted[place] && !gone[place] && unfinished.contains(&place)),
        redundant,
        heads: all.graph().maximal(&result).into_iter().map(|place| all.name(place)).collect(),
    })
}

/// Says what a target means; `-N` goes back from the heads of the files, for nothing is to be reverted.
fn destination(resolver: &Resolver<'_>, target: &Target) -> Result<Destination, PlanError> {
    let destination = Destination::of(resolver, target)?;
    let places = || -> Result<Vec<usize>, PlanError> {
        Ok(resolver.at(target)?.iter().filter_map(|id| resolver.revisions().place(id)).collect())
    };
    Ok(match destination {
        Destination::At { .. } | Destination::Base { .. } => destination,
        Destination::Everything { .. } => match places()? {
            heads if heads.is_empty() => {
                return Err(PlanError::UnknownTarget { name: target.to_string(), nearest: None });
            }
            heads => Destination::At { places: heads, line: None },
        },
        Destination::AllBut { line, .. } => match places()? {
            places if places.is_empty() => Destination::Base { line },
            places => Destination::At { places, line },
        },
        Destination::Next { .. } => return Err(PlanError::NoStart(target.clone())),
    })
}

/// Where the targets are, those apart that another one includes.
struct Tops {
    /// Migrations, none before another.
    at: Vec<usize>,
    /// Lines of which nothing is to be left, by the migration that names each; `None` is all of them.
    bases: Vec<Option<usize>>,
}

fn tops(all: &Revisions, destinations: &[Destination]) -> (Tops, Vec<Redundant>) {
    let mut at: Vec<usize> = Vec::new();
    let mut bases = Vec::new();
    for destination in destinations {
        match destination {
            Destination::At { places, .. } => at.extend(places),
            Destination::Base { line } => bases.push(line.as_ref().map(|line| line.place)),
            Destination::Everything { .. } | Destination::AllBut { .. } | Destination::Next { .. } => {}
        }
    }
    at.sort_unstable();
    at.dedup();
    let covering = |place: usize| {
        let after = all.graph().with_descendants([place]);
        at.iter().copied().find(|&other| other != place && after[other])
    };
    let covered: Vec<(usize, Option<usize>)> = at.iter().map(|&place| (place, covering(place))).collect();
    let redundant = covered
        .iter()
        .filter_map(|&(place, by)| Some(Redundant { name: all.name(place), before: all.name(by?) }))
        .collect();
    let at = covered.into_iter().filter(|(_, by)| by.is_none()).map(|(place, _)| place).collect();
    (Tops { at, bases }, redundant)
}

/// Marks the rows that come after a target, those of lines of which nothing is to be left, and those that no file has and
/// every run would stop at.
fn in_the_way(migrations: &Migrations, applied: &[Applied], all: &Revisions, tops: &Tops) -> Vec<bool> {
    let graph = all.graph();
    let mut removed = graph.with_descendants(tops.at.iter().copied());
    tops.at.iter().for_each(|&place| removed[place] = false);
    let mut mark = |more: &[bool]| removed.iter_mut().zip(more).for_each(|(removed, more)| *removed |= more);
    let missing = verify(migrations, applied, &Policy::default());
    let missing = missing.iter().filter(|finding| finding.kind == FindingKind::Missing);
    mark(&graph.with_descendants(missing.filter_map(|finding| all.place(&finding.id))));
    if tops.bases.contains(&None) {
        mark(&vec![true; all.len()]);
    }
    mark(&graph.with_descendants(tops.bases.iter().flatten().copied()));
    let mut held = vec![false; all.len()];
    applied.iter().filter_map(|row| all.place(&row.id)).for_each(|place| held[place] = true);
    for &line in tops.bases.iter().flatten() {
        let below = all.lines().with_ancestors([line]);
        // From the last to the first, so that what comes after a migration is settled before it.
        for place in (0..all.len()).rev().filter(|&place| below[place]) {
            removed[place] |= !graph.after(place).iter().any(|&after| held[after] && !removed[after]);
        }
    }
    removed
}

#[cfg(test)]
mod tests;
