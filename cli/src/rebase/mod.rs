//! Moving a line of migrations onto another one. Nothing is read or written here.
//!
//! [`Rebase::new`] decides what moves and what revises what afterwards; `line.rs` has the arithmetic of one move,
//! `header.rs` writes the parents into a text.

mod error;
mod header;
mod line;

use std::collections::HashMap;

use dunlin::core::graph::Revisions;
use dunlin::core::migration::MigrationId;
use dunlin::core::plan::Resolver;
use dunlin::core::target::Target;
pub(crate) use error::{CannotRebase, Fixed};
pub(crate) use header::with_revises;
use line::Lines;

/// What was asked for.
#[derive(Debug, Default)]
pub(crate) struct Wish {
    /// Migrations of the lines that are to move, one line after the other; none is the line that can.
    pub(crate) moved: Vec<Target>,
    /// Where to; `None` is the other head.
    pub(crate) onto: Option<Target>,
    /// Whether what is sealed or applied moves all the same.
    pub(crate) force: bool,
}

/// What moves.
#[derive(Debug, Default)]
pub(crate) struct Rebase {
    /// The migrations that move, in graph order.
    pub(crate) moved: Vec<MigrationId>,
    /// What they move onto.
    pub(crate) onto: String,
    /// Why it was this line and not the other, where nobody said which: a migration of the other must stay as it is.
    pub(crate) stays: Option<(String, Fixed)>,
    /// Those that have other parents afterwards, with these.
    pub(crate) parents: Vec<(MigrationId, Vec<MigrationId>)>,
}

impl Rebase {
    /// Decides what a wish comes to; nothing moves where there is one line, or all is there already. `fixed` says of a
    /// migration why it must stay as it is.
    pub(crate) fn new(
        wish: &Wish,
        revisions: &Revisions,
        fixed: &HashMap<MigrationId, Fixed>,
    ) -> Result<Rebase, CannotRebase> {
        let fixed = |place: usize| revisions.get(place).and_then(|revision| fixed.get(&revision.id)).copied();
        let fixed = |place| if wish.force { None } else { fixed(place) };
        let choice = Choice { revisions, fixed: &fixed };
        let Some((named, onto)) = choice.of(wish)? else { return Ok(Rebase::default()) };
        let stays = if wish.moved.is_empty() { choice.stays(onto) } else { None };
        let mut lines = Lines::new(revisions);
        let mut target = onto;
        let mut moved = vec![false; revisions.len()];
        for (n, &place) in named.iter().enumerate() {
            if moved.get(place) == Some(&true) {
                continue;
            }
            let now = lines.move_line(place, target);
            if !now.contains(&true) {
                let (name, onto) = (revisions.name(place), revisions.name(target));
                return Err(CannotRebase::Below { name, onto });
            }
            moved.iter_mut().zip(&now).for_each(|(moved, now)| *moved |= now);
            match lines.tips(&now)[..] {
                [tip] => target = tip,
                ref tips if n + 1 < named.len() => return Err(CannotRebase::SeveralTips(choice.names(tips))),
                _ => {}
            }
        }
        let moved: Vec<usize> = (0..moved.len()).filter(|&place| moved[place]).collect();
        if let Some((place, why)) = moved.iter().find_map(|&place| Some((place, fixed(place)?))) {
            return Err(CannotRebase::Fixed { name: revisions.name(place), why, below: choice.below(&moved) });
        }
        let id = |place: &usize| revisions.get(*place).map(|revision| revision.id.clone());
        let parents = lines
            .changed()
            .into_iter()
            .filter_map(|(place, parents)| Some((id(&place)?, parents.iter().filter_map(id).collect())));
        let (parents, onto) = (parents.collect(), revisions.name(onto));
        Ok(Rebase { moved: moved.iter().filter_map(id).collect(), onto, stays, parents })
    }
}

/// Which lines move where, as far as it was not said.
struct Choice<'c> {
    revisions: &'c Revisions,
    fixed: &'c dyn Fn(usize) -> Option<Fixed>,
}

impl Choice<'_> {
    fn of(&self, wish: &Wish) -> Result<Option<(Vec<usize>, usize)>, CannotRebase> {
        let heads = self.revisions.heads();
        let onto = wish.onto.as_ref().map(|target| self.one(target)).transpose()?;
        let named = wish.moved.iter().map(|target| self.one(target)).collect::<Result<Vec<_>, _>>()?;
        let Some(&first) = named.first() else {
            return match onto {
                Some(onto) => {
                    let others = heads.iter().copied().filter(|&head| !self.comes_before(onto, head)).collect();
                    Ok(self.movable(others)?.map(|head| (vec![head], onto)))
                }
                None if heads.len() < 2 => Ok(None),
                None => {
                    let Some(head) = self.movable(heads.clone())? else { return Ok(None) };
                    let others: Vec<usize> = heads.into_iter().filter(|&other| other != head).collect();
                    Ok(Some((vec![head], self.only(&others)?)))
                }
            };
        };
        let onto = match onto {
            Some(onto) => onto,
            None => {
                let is_other = |&head: &usize| !named.iter().any(|&place| self.comes_before(place, head));
                let others: Vec<usize> = heads.into_iter().filter(is_other).collect();
                if others.is_empty() {
                    return Err(CannotRebase::NoOtherHead(self.revisions.name(first)));
                }
                self.only(&others)?
            }
        };
        Ok(Some((named, onto)))
    }

    fn one(&self, target: &Target) -> Result<usize, CannotRebase> {
        let found = Resolver::new(self.revisions).at(target)?;
        let places: Vec<usize> = found.iter().filter_map(|id| self.revisions.place(id)).collect();
        match places[..] {
            [place] => Ok(place),
            [] => Err(CannotRebase::NoMigration(target.to_string())),
            ref several => Err(CannotRebase::Several(self.names(several))),
        }
    }

    /// Says whether one migration is another, or an ancestor of it.
    fn comes_before(&self, ancestor: usize, place: usize) -> bool {
        self.revisions.lines().with_ancestors([place]).get(ancestor) == Some(&true)
    }

    /// Returns the one head whose line can move; `None` if there is no head to move.
    fn movable(&self, heads: Vec<usize>) -> Result<Option<usize>, CannotRebase> {
        let stays = |head: &usize| self.stays(*head);
        if heads.is_empty() {
            return Ok(None);
        }
        let (movable, staying): (Vec<usize>, Vec<usize>) = heads.into_iter().partition(|head| stays(head).is_none());
        match movable[..] {
            [head] => Ok(Some(head)),
            [] => Err(CannotRebase::NoneMoves(staying.iter().filter_map(stays).collect())),
            ref several => Err(CannotRebase::Several(self.names(several))),
        }
    }

    /// Returns what keeps the line of a head, as far as it is no other's, from moving.
    fn stays(&self, head: usize) -> Option<(String, Fixed)> {
        let others = self.revisions.heads().into_iter().filter(|&other| other != head);
        let shared = self.revisions.lines().with_ancestors(others);
        let own = self.revisions.lines().with_ancestors([head]);
        let mut alone = (0..own.len()).filter(|&place| own[place] && !shared[place]);
        alone.find_map(|place| Some((self.revisions.name(place), (self.fixed)(place)?)))
    }

    fn only(&self, places: &[usize]) -> Result<usize, CannotRebase> {
        match places {
            [place] => Ok(*place),
            several => Err(CannotRebase::Onto(self.names(several))),
        }
    }

    /// The target that takes a moved line back, and no other: `<its first migration>@<what that comes after>`.
    fn below(&self, moved: &[usize]) -> String {
        let id = |place: usize| self.revisions.get(place).map(|revision| revision.id.to_string());
        let first = moved.first().copied();
        let below = first.and_then(|first| self.revisions.lines().before(first).first().copied()).and_then(id);
        let first = first.and_then(id).unwrap_or_default();
        format!("{first}@{}", below.as_deref().unwrap_or("base"))
    }

    fn names(&self, places: &[usize]) -> Vec<String> {
        places.iter().map(|&place| self.revisions.name(place)).collect()
    }
}

#[cfg(test)]
mod tests;
