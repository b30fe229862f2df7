//! Following the log of one set.

use std::collections::BTreeMap;

use super::super::effect::{RowsLeft, effect, leaves_a_row};
use super::super::{Action, Detail, EventRow, ExpectedHead};
use super::LedgerFindingKind;
use crate::checksum::Checksum;
use crate::migration::MigrationId;

/// What a log says, and what is wrong with it.
pub(super) struct Log<'e> {
    pub(super) findings: Vec<LedgerFindingKind>,
    /// The rows that must be there.
    pub(super) left: RowsLeft<Left<'e>>,
    /// The steps that must be unfinished.
    pub(super) unfinished: BTreeMap<MigrationId, LeftUnfinished<'e>>,
    /// The hash of the last event that has one.
    pub(super) head: Option<&'e str>,
    hashes: Vec<&'e str>,
}

/// What an event says about a row that it left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Left<'e> {
    /// The event's number.
    pub(super) n: u64,
    /// The event's action.
    pub(super) action: &'e str,
    /// The checksum of the SQL that the row must hold.
    pub(super) checksum: Option<&'e str>,
    /// The row's digest; events of scripts and of earlier builds have none.
    pub(super) digest: Option<Checksum>,
    /// Whether the event has its hash. One that has none gets a digest, too.
    pub(super) is_sealed: bool,
}

/// What the last event about an unfinished step says of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum LeftUnfinished<'e> {
    /// It was left with a row and a journal that have this digest.
    At {
        /// The event's number.
        event: u64,
        /// The event's action.
        action: &'e str,
        /// The digest.
        digest: Checksum,
    },
    /// Somebody went on with it, when so many of its statements were in place.
    GoesOn {
        /// How many.
        in_place: usize,
    },
}

impl<'e> Log<'e> {
    /// Follows events, in whichever order they come.
    pub(super) fn follow(events: &[&'e EventRow]) -> Log<'e> {
        let (left, unfinished) = (RowsLeft::default(), BTreeMap::new());
        let mut log = Log { findings: Vec::new(), left, unfinished, head: None, hashes: Vec::new() };
        let mut numbered: Vec<(u64, &'e EventRow)> = Vec::new();
        for event in events {
            let number = event.n.as_deref().unwrap_or_default();
            match number.parse() {
                Ok(n) if n > 0 => numbered.push((n, event)),
                _ => log.findings.push(LedgerFindingKind::WrongNumber { number: number.to_owned() }),
            }
        }
        numbered.sort_by_key(|(n, _)| *n);
        log.chain(&numbered);
        log.fold(&numbered);
        log
    }

    /// Finds out where the chain is broken.
    ///
    /// Each event is held against the hash that stands before it, right or wrong, so that one break is told once.
    fn chain(&mut self, events: &[(u64, &'e EventRow)]) {
        let sealed = events.iter().rposition(|(_, event)| hash(event).is_some()).map_or(0, |last| last + 1);
        let (mut previous, mut next, mut unsealed) = (None::<String>, 1, Vec::new());
        for (place, &(n, event)) in events.iter().enumerate() {
            let own = event.hash_onto(previous.as_deref()).to_string();
            // What is behind a gap cannot be held against what was there.
            let is_behind_gap = n > next;
            if is_behind_gap {
                self.findings.push(LedgerFindingKind::EventsMissing { from: next, to: n - 1 });
            } else if n < next {
                self.findings.push(LedgerFindingKind::WrongNumber { number: n.to_string() });
            }
            next = n.saturating_add(1);
            match hash(event) {
                Some(hash) if hash != own && !is_behind_gap => {
                    self.findings.push(LedgerFindingKind::ChainBroken { event: n });
                }
                Some(_) => {}
                None if place >= sealed && is_left_unsealed(&event.details) => unsealed.push(n),
                None => self.findings.push(LedgerFindingKind::HashLost { event: n }),
            }
            previous = Some(hash(event).map_or(own, str::to_owned));
        }
        self.hashes = events.iter().filter_map(|(_, event)| hash(event)).collect();
        self.head = self.hashes.last().copied();
        if let (Some(&from), Some(&to)) = (unsealed.first(), unsealed.last()) {
            self.findings.push(LedgerFindingKind::Unsealed { from, to });
        }
    }

    /// Finds out which rows must be there.
    fn fold(&mut self, events: &[(u64, &'e EventRow)]) {
        let mut unknown: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for &(n, event) in events {
            let (action, digest) = (event.action.as_deref().unwrap_or_default(), event.details.row);
            let known = Action::from(action);
            if let Action::Unknown(_) = known {
                unknown.entry(action).or_default().push(n);
            }
            // What a newer dunlin means by the checksum of its own events is not known.
            let checksum = event.checksum.as_deref().filter(|_| leaves_a_row(&known));
            let is_sealed = hash(event).is_some();
            self.unfinished(n, &known, event);
            let left = Left { n, action, checksum, digest, is_sealed };
            let before = self.left.follow(effect(&known, event.id.as_deref(), &event.details), left);
            if let (Some(before), Some(found)) = (before, event.details.row_before)
                && before.digest.is_some_and(|digest| digest != found)
            {
                let row = event.id.as_deref().or(event.details.name.as_deref()).unwrap_or_default().to_owned();
                self.findings.push(LedgerFindingKind::RowDiffered { row, event: before.n, before: n });
            }
        }
        let unknown = unknown.into_iter();
        self.findings.extend(
            unknown.map(|(action, events)| LedgerFindingKind::UnknownAction { action: action.to_owned(), events }),
        );
    }

    /// Follows what an event says of an unfinished step. Whatever else happens to a migration ends that.
    fn unfinished(&mut self, n: u64, action: &Action, event: &'e EventRow) {
        let Some(id) = event.id.as_deref().and_then(|id| id.parse::<MigrationId>().ok()) else { return };
        // It says nothing of the database.
        if *action == Action::Restore {
            return;
        }
        let detail = &event.details;
        let left = match (action, detail.unfinished) {
            (Action::Resume, _) => Some(LeftUnfinished::GoesOn { in_place: detail.in_place.unwrap_or_default() }),
            (_, Some(digest)) => {
                Some(LeftUnfinished::At { event: n, action: event.action.as_deref().unwrap_or_default(), digest })
            }
            (_, None) => None,
        };
        match left {
            Some(left) => drop(self.unfinished.insert(id, left)),
            None => drop(self.unfinished.remove(&id)),
        }
    }

    /// Says that the log lacks a head that was noted down, if it does.
    pub(super) fn lacks(&self, head: &ExpectedHead) -> Option<LedgerFindingKind> {
        let matching = self.hashes.iter().filter(|hash| head.is_of(hash)).count();
        (matching != 1).then(|| LedgerFindingKind::HeadMissing { expected: head.to_string(), matching })
    }
}

/// Scripts write events without a hash; when they get one, they get the digest of their row with it.
fn is_left_unsealed(detail: &Detail) -> bool {
    detail.script && detail.row.is_none()
}

fn hash(event: &EventRow) -> Option<&str> {
    event.hash.as_deref().filter(|hash| !hash.is_empty())
}
