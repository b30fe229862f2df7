//! Putting migrations together: which of them can become one, and what that one says.
//!
//! [`Squash::of`] decides; `text.rs` writes the header and joins the texts, `loose.rs` names the statements that a schema does
//! not show, `error.rs` says why not. What a database makes of the result is for [`crate::plan::View`] to say.

mod error;
mod loose;
mod text;

use std::collections::HashSet;

pub use error::SquashError;
pub use loose::{Loose, LooseKind};

use crate::dialect::Dialect;
use crate::directory::{Directory, Pair};
use crate::header::{Dependency, Header, Wrap};
use crate::migration::{Direction, Label, MigrationId, Script};

/// Migrations that are to become one.
#[derive(Debug)]
pub struct Squash<'d> {
    dialect: Dialect,
    /// Those whose texts count, in graph order. What one of them stands for is left out.
    members: Vec<&'d Pair>,
    replaces: Vec<MigrationId>,
    parents: Vec<MigrationId>,
    depends_on: Vec<Dependency>,
}

impl<'d> Squash<'d> {
    /// Takes migrations of a directory, as one engine has them, in graph order.
    ///
    /// What revises something else must be one of them, and all else that comes after them must come after the last one.
    pub fn of(directory: &'d Directory, ids: &[MigrationId], dialect: Dialect) -> Result<Squash<'d>, SquashError> {
        let chosen: HashSet<&MigrationId> = ids.iter().collect();
        let all: Vec<&Pair> = directory.pairs().iter().filter(|pair| chosen.contains(&pair.id)).collect();
        let stood_for: HashSet<&MigrationId> = all.iter().flat_map(|pair| pair.replaces()).collect();
        let members: Vec<&Pair> = all.iter().copied().filter(|pair| !stood_for.contains(&pair.id)).collect();
        if members.len() < 2 {
            return Err(SquashError::TooFew { name: members.first().map(|pair| pair.name()) });
        }
        let inside = |id: &MigrationId| chosen.contains(id) || stood_for.contains(id);
        let last = the_last(directory, &all)?;
        if !last.replaces().is_empty() {
            return Err(SquashError::EndsInSquash { name: last.name() });
        }
        if let Some((child, parent)) = from_the_middle(directory, &inside, last) {
            return Err(SquashError::Middle { child, parent, last: last.name() });
        }
        let is_first = |pair: &&&Pair| pair.parents.iter().any(|parent| !inside(parent));
        let first: Vec<&Pair> = members.iter().filter(is_first).copied().collect();
        if first.len() > 1 {
            return Err(SquashError::SeveralStarts { names: first.iter().map(|pair| pair.name()).collect() });
        }
        let parents = first.first().map(|pair| pair.parents.clone()).unwrap_or_default();
        if first.first().is_some_and(|pair| pair.parents.iter().any(inside)) {
            return Err(SquashError::SeveralStarts { names: first.iter().map(|pair| pair.name()).collect() });
        }
        let squash = Squash {
            dialect,
            replaces: replaced(&all, &last.id),
            parents,
            depends_on: depends_on(directory, &members, &inside),
            members,
        };
        squash.engines()?;
        Ok(squash)
    }

    /// Returns the ids that it stands for, the last of them last.
    pub fn replaces(&self) -> &[MigrationId] {
        &self.replaces
    }

    /// Returns the migrations whose texts it is made of, in graph order.
    pub fn members(&self) -> &[&'d Pair] {
        &self.members
    }

    /// Returns what it revises.
    pub fn parents(&self) -> &[MigrationId] {
        &self.parents
    }

    /// Returns the migration that has no way back, and why, if there is one.
    pub fn irreversible(&self) -> Option<(String, Option<&str>)> {
        let is_final = |pair: &&&Pair| pair.down.get(self.dialect).is_none();
        let pair = self.members.iter().find(is_final)?;
        let reason = pair.up.get(self.dialect).and_then(|up| up.header.irreversible.as_deref());
        Some((pair.name(), reason))
    }

    /// Returns the engine that its files are for; `None` is all of them.
    pub fn engine(&self) -> Option<Dialect> {
        let has_own =
            self.scripts(Direction::Up).chain(self.scripts(Direction::Down)).any(|(_, _, engine)| engine.is_some());
        has_own.then_some(self.dialect)
    }

    /// One file cannot be what several engines have files of their own for.
    fn engines(&self) -> Result<(), SquashError> {
        if self.engine().is_none() && self.members.iter().all(|pair| only_general(pair)) {
            return Ok(());
        }
        for other in Dialect::ALL.into_iter().filter(|other| *other != self.dialect) {
            if self.members.iter().all(|pair| pair.up.get(other).is_some()) {
                let own = self.members.iter().find(|pair| !only_general(pair));
                let name = own.map(|pair| pair.name()).unwrap_or_default();
                return Err(SquashError::SeveralEngines { name, dialect: self.dialect, other });
            }
        }
        Ok(())
    }

    /// Returns the files of one way with what they belong to, in graph order, and the engine that each is for.
    fn scripts(&self, way: Direction) -> impl DoubleEndedIterator<Item = (&'d Pair, &'d Script, Option<Dialect>)> {
        self.members.iter().filter_map(move |pair| {
            let half = pair.half(way);
            let own = half.exactly(Some(self.dialect)).map(|script| (*pair, script, Some(self.dialect)));
            own.or_else(|| half.exactly(None).map(|script| (*pair, script, None)))
        })
    }

    fn headers(&self, way: Direction) -> impl Iterator<Item = &'d Header> {
        self.scripts(way).map(|(_, script, _)| &script.header)
    }

    fn labels(&self) -> Vec<&'d Label> {
        let primary = self.members.iter().filter_map(|pair| pair.up.primary());
        primary.flat_map(|script| &script.header.labels).collect()
    }

    /// Says whether a file runs outside transactions.
    pub fn wrap(&self, way: Direction) -> Wrap {
        let is_outside = self.headers(way).any(|header| header.wrap == Wrap::None);
        if is_outside { Wrap::None } else { Wrap::Transaction }
    }
}

fn only_general(pair: &Pair) -> bool {
    pair.up.iter().chain(pair.down.iter()).all(|(engine, _)| engine.is_none())
}

/// Returns the one that nothing else of them comes before.
fn the_last<'d>(directory: &'d Directory, all: &[&'d Pair]) -> Result<&'d Pair, SquashError> {
    let mut marked = vec![false; directory.pairs().len()];
    all.iter().filter_map(|pair| directory.revisions().place(&pair.id)).for_each(|place| marked[place] = true);
    let ends = directory.revisions().graph().maximal(&marked);
    match ends[..] {
        [end] => directory.pairs().get(end).ok_or(SquashError::TooFew { name: None }),
        _ => Err(SquashError::SeveralEnds { names: ends.iter().map(|&end| directory.revisions().name(end)).collect() }),
    }
}

/// Finds something that comes after one of them without coming after the last: its name, and the other's.
fn from_the_middle(
    directory: &Directory,
    inside: &impl Fn(&MigrationId) -> bool,
    last: &Pair,
) -> Option<(String, String)> {
    let outside = directory.pairs().iter().filter(|pair| !inside(&pair.id));
    outside.into_iter().find_map(|pair| {
        let parent = pair.parents.iter().find(|parent| inside(parent) && **parent != last.id)?;
        let named = directory.pairs().iter().find(|pair| pair.id == *parent).map(Pair::name);
        Some((pair.name(), named.unwrap_or_else(|| parent.to_string())))
    })
}

/// Names all of them and what they stand for, in graph order, the last one last.
fn replaced(all: &[&Pair], last: &MigrationId) -> Vec<MigrationId> {
    let mut seen = HashSet::from([last]);
    let ids = all.iter().flat_map(|pair| pair.replaces().iter().chain([&pair.id]));
    ids.filter(|id| seen.insert(id)).chain([last]).cloned().collect()
}

fn depends_on(directory: &Directory, members: &[&Pair], inside: &impl Fn(&MigrationId) -> bool) -> Vec<Dependency> {
    let is_here = |on: &Dependency| on.set.as_ref().is_none_or(|set| set == directory.set());
    let mut all: Vec<Dependency> = Vec::new();
    for on in members.iter().filter_map(|pair| pair.up.primary()).flat_map(|up| &up.header.depends_on) {
        let is_met = is_here(on) && inside(&on.id);
        if !is_met && !all.contains(on) {
            all.push(on.clone());
        }
    }
    all
}
