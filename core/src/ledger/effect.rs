//! What events do to the rows of the history.

use std::collections::BTreeMap;

use super::{Action, Change, Detail, Forgotten, Logged};
use crate::migration::MigrationId;

/// Which row of a set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKey {
    /// The row of the migration with this id.
    Migration(MigrationId),
    /// The row of the repeatable file with this name.
    Repeatable(String),
}

impl RowKey {
    /// Returns the key of the row of a migration; `None` is no id.
    pub(super) fn migration(id: &str) -> Option<RowKey> {
        id.parse().ok().map(RowKey::Migration)
    }
}

/// What one event did.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It left a row as it was to be from then on.
    Left(RowKey),
    /// It took rows away, where they were there.
    Took(Vec<RowKey>),
    /// It took the rows of all repeatable files away.
    TookRepeatables,
    /// It changed no row.
    Nothing,
}

/// Returns what an event did. Of one whose action this dunlin does not know, its detail says it.
pub(super) fn effect(action: &Action, id: Option<&str>, detail: &Detail) -> Effect {
    match &detail.forgotten {
        Some(Forgotten::Every(_)) => return Effect::TookRepeatables,
        Some(Forgotten::Names(names)) => {
            return Effect::Took(names.iter().cloned().map(RowKey::Repeatable).collect());
        }
        None => {}
    }
    let key = match id {
        Some(id) => RowKey::migration(id),
        None => detail.name.clone().map(RowKey::Repeatable),
    };
    let Some(key) = key else { return Effect::Nothing };
    if *action == Action::Down || detail.change == Some(Change::Removed) {
        Effect::Took(vec![key])
    } else if detail.row.is_some() || leaves_a_row(action) {
        Effect::Left(key)
    } else {
        Effect::Nothing
    }
}

/// Says whether an event leaves a row even where it does not say so: events of scripts and of earlier builds carry no digest.
/// Its checksum is that of the SQL that the row holds.
pub(super) fn leaves_a_row(action: &Action) -> bool {
    match action {
        Action::Up | Action::Heal | Action::Stamp | Action::Skip | Action::Repeat => true,
        // Marks, repairs and squashes that leave one say so.
        Action::Down
        | Action::Failed
        | Action::Interrupted
        | Action::Resume
        | Action::Mark
        | Action::Restore
        | Action::Repair
        | Action::Unlock
        | Action::Squash
        | Action::Unknown(_) => false,
    }
}

/// The rows that events have left, each with what is to be known of it.
#[derive(Debug)]
pub(super) struct RowsLeft<T>(BTreeMap<RowKey, T>);

impl<T> Default for RowsLeft<T> {
    fn default() -> RowsLeft<T> {
        RowsLeft(BTreeMap::new())
    }
}

impl<T> RowsLeft<T> {
    /// Follows an event, of which `known` is to be known if it leaves a row. Returns what was known of that row before.
    pub(super) fn follow(&mut self, effect: Effect, known: T) -> Option<T> {
        match effect {
            Effect::Left(key) => return self.0.insert(key, known),
            Effect::Took(keys) => keys.iter().for_each(|key| drop(self.0.remove(key))),
            Effect::TookRepeatables => self.0.retain(|key, _| matches!(key, RowKey::Migration(_))),
            Effect::Nothing => {}
        }
        None
    }

    /// Takes what is known of a row out.
    pub(super) fn take(&mut self, key: &RowKey) -> Option<T> {
        self.0.remove(key)
    }

    /// Returns what is known of a row.
    pub(super) fn get(&self, key: &RowKey) -> Option<&T> {
        self.0.get(key)
    }

    /// Returns those that are there.
    pub(super) fn into_rows(self) -> impl Iterator<Item = (RowKey, T)> {
        self.0.into_iter()
    }
}

/// Returns the rows that a piece of a log left behind, each with the number of the event that did so last.
pub fn rows_left(log: &[Logged]) -> Vec<(u64, RowKey)> {
    let mut left = RowsLeft::default();
    for Logged { event, detail, .. } in log {
        left.follow(effect(&event.action, event.id.as_ref().map(MigrationId::as_str), detail), event.n);
    }
    let mut left: Vec<(u64, RowKey)> = left.into_rows().map(|(key, n)| (n, key)).collect();
    left.sort();
    left
}
