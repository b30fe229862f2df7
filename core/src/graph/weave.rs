//! Where migrations that stand for others have their place among them.
//!
//! While the others are still there, such a migration comes right behind the last of them and before all that comes after that
//! one; when they are gone, it stands where they were. Either way there is one graph.

use std::collections::HashSet;

use crate::migration::MigrationId;

/// The migrations that stand for others, the one for the most first.
pub(crate) struct Weave<'w>(Vec<Squash<'w>>);

struct Squash<'w> {
    id: &'w MigrationId,
    replaces: HashSet<&'w MigrationId>,
    last: &'w MigrationId,
}

impl<'w> Weave<'w> {
    /// Takes all migrations, each with what it stands for.
    pub(crate) fn new(all: impl IntoIterator<Item = (&'w MigrationId, &'w [MigrationId])>) -> Weave<'w> {
        let squash = |(id, replaces): (_, &'w [MigrationId])| {
            Some(Squash { id, replaces: replaces.iter().collect(), last: replaces.last()? })
        };
        let mut squashes: Vec<Squash<'w>> = all.into_iter().filter_map(squash).collect();
        squashes.sort_by_key(|squash| std::cmp::Reverse(squash.replaces.len()));
        Weave(squashes)
    }

    /// Says whether no migration stands for others.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns what a migration is to another one that comes after it: itself, or what stands for it and not for the other.
    pub(crate) fn seen<'i>(&self, id: &'i MigrationId, from: &MigrationId) -> &'i MigrationId
    where
        'w: 'i,
    {
        let is_apart = |squash: &&Squash<'w>| !squash.replaces.contains(from) && squash.id != from;
        let squash = self.0.iter().filter(is_apart).find(|squash| squash.replaces.contains(id));
        squash.map_or(id, |squash| squash.id)
    }

    /// Returns the parents that a migration has in the graph, of those that it states.
    pub(crate) fn parents(
        &self,
        id: &MigrationId,
        stated: &[MigrationId],
        is_there: impl Fn(&MigrationId) -> bool,
    ) -> Vec<MigrationId> {
        let own = self.0.iter().find(|squash| squash.id == id).map(|squash| squash.last);
        if let Some(last) = own.filter(|last| is_there(last)) {
            return vec![last.clone()];
        }
        self.all_seen(id, stated)
    }

    /// Returns what several migrations are to another one that comes after them, each once.
    pub(crate) fn all_seen(&self, from: &MigrationId, ids: &[MigrationId]) -> Vec<MigrationId> {
        let mut seen: Vec<MigrationId> = Vec::with_capacity(ids.len());
        for id in ids.iter().map(|id| self.seen(id, from)) {
            if !seen.contains(id) {
                seen.push(id.clone());
            }
        }
        seen
    }
}
