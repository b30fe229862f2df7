//! The way that every run of a soak goes, and how one goes it that nobody disturbs.

use std::time::{Duration, Instant};

use super::stage::{Stage, Whole};

/// Up, back to nothing, and up again.
const JOURNEY: [&[&str]; 3] = [&["up"], &["down", "base"], &["up"]];

/// What one stretch of the journey leaves, and how long it takes.
pub(super) struct Stretch {
    pub(super) verb: &'static [&'static str],
    pub(super) takes: Duration,
    pub(super) leaves: Whole,
}

/// Goes the whole way.
pub(super) fn undisturbed(stage: &Stage) -> Vec<Stretch> {
    let stretch = |verb| {
        let start = Instant::now();
        stage.dunlin(verb).run().expect_code(0);
        Stretch { verb, takes: start.elapsed(), leaves: stage.whole() }
    };
    JOURNEY.into_iter().map(stretch).collect()
}
