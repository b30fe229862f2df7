use super::{Detail, Event};
use crate::checksum::Checksum;

/// An event as a log holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// The event.
    pub event: Event,
    /// What its `detail` says.
    pub detail: Detail,
    /// Its hash; `None` is not sealed yet.
    pub hash: Option<Checksum>,
}

/// Why a log is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BrokenChain {
    /// An event's hash is not that of the row and of the event before it.
    #[error("event {n} (its hash does not fit the event before it)")]
    Changed {
        /// The event.
        n: u64,
    },
    /// An event has no hash, and a later one has.
    #[error("event {n} (it has no hash, and a later event has one)")]
    HashLost {
        /// The event.
        n: u64,
    },
    /// An event has no hash, and only those of scripts are written without.
    #[error("event {n} (it has no hash, and no script wrote it)")]
    NeverHashed {
        /// The event.
        n: u64,
    },
}

/// Follows a log behind the event with the hash `previous`, and makes sure that it is whole. Returns the numbers of the
/// events that are not sealed yet, each with the hash that it is to get.
pub fn seals(mut previous: Option<Checksum>, log: &[Logged]) -> Result<Vec<(u64, Checksum)>, BrokenChain> {
    let mut seals: Vec<(u64, Checksum)> = Vec::new();
    for Logged { event, detail, hash } in log {
        let own = event.hash(previous.as_ref());
        match (hash, seals.first()) {
            (None, _) if !detail.script => return Err(BrokenChain::NeverHashed { n: event.n }),
            (None, _) => seals.push((event.n, own)),
            (Some(_), Some(&(n, _))) => return Err(BrokenChain::HashLost { n }),
            (Some(hash), None) if *hash != own => return Err(BrokenChain::Changed { n: event.n }),
            (Some(_), None) => {}
        }
        previous = Some(own);
    }
    Ok(seals)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ledger::Action;
    use crate::migration::SetName;

    pub(in crate::ledger) fn event() -> Event {
        Event {
            set: SetName::default(),
            n: 1,
            at: "2026-11-21T10:00:00.000000Z".into(),
            action: Action::Up,
            id: "1".parse().ok(),
            checksum: Some(Checksum::of_text("select 1")),
            db_user: "app".into(),
            os_user: "ann".into(),
            host: "box".into(),
            application: String::new(),
            tool_version: "0.1.0".into(),
            detail: "{}".into(),
        }
    }

    /// Three events of scripts, the first of them sealed, so many.
    fn log(sealed: usize) -> Vec<Logged> {
        let mut previous = None;
        let event = |n| Event { n, ..event() };
        let logged = (1..=3).map(|n| {
            let hash = event(n).hash(previous.as_ref());
            previous = Some(hash);
            Logged { event: event(n), detail: Detail { script: true, ..Detail::default() }, hash: Some(hash) }
        });
        let mut log: Vec<Logged> = logged.collect();
        log.iter_mut().skip(sealed).for_each(|logged| logged.hash = None);
        log
    }

    #[test]
    fn an_unsealed_end_gets_the_hashes_that_a_run_would_have_written() {
        let whole = log(3);
        assert_eq!(seals(None, &whole), Ok(Vec::new()));
        let hashes = |from: usize| whole[from..].iter().map(|logged| (logged.event.n, logged.hash.unwrap())).collect();
        assert_eq!(seals(None, &log(1)), Ok(hashes(1)));
        assert_eq!(seals(None, &log(0)), Ok(hashes(0)));
        assert_eq!(seals(whole[0].hash, &log(1)[1..]), Ok(hashes(1)));
    }

    #[test]
    fn a_sealed_event_that_was_changed_is_found_and_so_is_a_hash_that_was_taken_away() {
        let mut changed = log(2);
        changed[1].event.os_user.push('x');
        assert_eq!(seals(None, &changed), Err(BrokenChain::Changed { n: 2 }));
        let mut blanked = log(3);
        blanked[1].hash = None;
        assert_eq!(seals(None, &blanked), Err(BrokenChain::HashLost { n: 2 }));
    }

    #[test]
    fn a_hash_that_was_taken_from_the_event_of_a_run_is_not_written_anew() {
        let mut blanked = log(2);
        blanked[2].detail.script = false;
        assert_eq!(seals(None, &blanked), Err(BrokenChain::NeverHashed { n: 3 }));
    }
}
