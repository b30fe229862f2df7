//! Schemas that are made up, and what is tried with them.

use dunlin::schema::engine::{Allow, Hazard, HazardKind, Pair as Ways};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use super::pairs::Pair;
use crate::support::environment::{SEED, rounds, text};

/// The tables that a schema may have.
pub(super) const TABLES: [&str; 4] = ["a", "b", "c", "d"];

/// What decides what a schema has.
pub(super) struct Chance(StdRng);

impl Chance {
    /// Says yes, this often of once.
    pub(super) fn may(&mut self, often: f64) -> bool {
        self.0.random_bool(often)
    }

    pub(super) fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.0.random_range(0..of.len())]
    }

    /// Returns a number up to this one.
    pub(super) fn up_to(&mut self, most: usize) -> usize {
        self.0.random_range(0..=most)
    }

    pub(super) fn shuffle<T>(&mut self, all: &mut [T]) {
        all.shuffle(&mut self.0);
    }
}

/// Makes up pairs of schemas: as many as are tried daily, or in a soak. The environment names the first one's seed, or it is another
/// each time.
///
/// Each table is given a row of defaults, by the statement in which its name takes the place of `{}`.
pub(super) fn pairs(daily: usize, soak: usize, row: &str, made_up: fn(&mut Chance) -> String) -> Vec<Pair> {
    let said = text(SEED).and_then(|seed| seed.parse().ok());
    let first: u64 = said.unwrap_or_else(rand::random);
    let seeds = (0_u64..).take(rounds(daily, soak)).map(|n| first.wrapping_add(n));
    let pair = |seed| {
        let mut chance = Chance(StdRng::seed_from_u64(seed));
        let (from, to) = (made_up(&mut chance), made_up(&mut chance));
        let tries = TABLES.iter().map(|table| row.replace("{}", table)).collect();
        Pair { name: format!("{SEED}={seed}"), from, rows: Vec::new(), to, tries }
    };
    seeds.map(pair).collect()
}

/// Says what is wrong with a pair that was made up.
pub(super) fn told(pair: &Pair, error: &str) -> String {
    format!("{}\n{}->\n{}\n{error}", pair.name, pair.from, pair.to)
}

/// Says whether there rightly is no way: what is made up may be no schema, or may not be turned into the other, which is refused by name.
pub(super) fn is_right(error: &str) -> bool {
    let is_refused = error.starts_with("refused: ") && !error.starts_with("refused: the way ");
    error.starts_with("schema.sql:") || is_refused && error.contains(" — ")
}

/// Says whether a way may rightly fail for what rows hold.
pub(super) fn may_fail(ways: &Ways) -> bool {
    let demands = |hazard: &Hazard| hazard.kind == HazardKind::MayFail || hazard.allow == Some(Allow::NarrowType);
    ways.up.steps.iter().chain(&ways.down.steps).flat_map(|step| &step.hazards).any(demands)
}
