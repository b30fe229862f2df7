//! Programs that run at the same time, and programs that are killed.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::command::{Command, Outcome, Running};
use super::environment;

/// Runs programs that all begin at the same moment, as nearly as this machine can, to their ends.
///
/// Their outcomes stand in the order of the commands. They get no input.
///
/// # Panics
///
/// When one cannot be started, or hangs.
pub(crate) fn run_together(commands: &[Command]) -> Vec<Outcome> {
    let mut all: Vec<_> = commands.iter().map(Command::start_behind_gate).collect();
    // Time for the last shell to come to its gate; a late one only begins late.
    std::thread::sleep(Duration::from_millis(100));
    for running in &mut all {
        running.open_gate();
    }
    all.into_iter().map(Running::finish).collect()
}

/// What became of a program that was to be killed.
#[derive(Debug)]
pub(crate) enum End {
    /// It was killed, and this is what came out until then.
    Killed(Outcome),
    /// It ended by itself before its time.
    Finished(Outcome),
}

impl End {
    /// Stops the test unless the program was killed, or ended with this exit code.
    pub(crate) fn expect_code(self, code: i32) -> End {
        match self {
            End::Finished(outcome) => End::Finished(outcome.expect_code(code)),
            End::Killed(outcome) => End::Killed(outcome),
        }
    }
}

/// Starts a program, and kills it as `kill -9` does once this time is over.
pub(crate) fn run_and_kill(command: &Command, after: Duration) -> End {
    let mut running = command.start();
    let finished = running.wait(after).is_some();
    let outcome = running.kill();
    if finished || outcome.code.is_some() { End::Finished(outcome) } else { End::Killed(outcome) }
}

/// Chance that can be repeated: the seed is printed, and `DUNLIN_TEST_SEED` gives it back.
#[derive(Debug)]
pub(crate) struct Chance {
    numbers: StdRng,
}

impl Chance {
    pub(crate) fn new() -> Chance {
        let given = environment::text(environment::SEED);
        let seed = given.map_or_else(rand::random, |text| text.parse().expect("DUNLIN_TEST_SEED is a number"));
        println!("{}={seed}", environment::SEED);
        Chance { numbers: StdRng::seed_from_u64(seed) }
    }

    /// Returns a time from zero to just under `longest`.
    pub(crate) fn delay(&mut self, longest: Duration) -> Duration {
        longest.mul_f64(self.numbers.random_range(0.0..1.0))
    }

    /// Returns a number from zero to just under `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.numbers.random_range(0..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::project::Project;

    fn shell(script: &str) -> Command {
        Command::new("sh").arguments(["-c", script])
    }

    #[test]
    fn sixteen_programs_run_at_the_same_time() {
        let project = Project::new();
        let each_waits_for_all = "echo >>here; until [ $(wc -l <here) = 16 ]; do sleep 0.01; done";
        let commands = vec![shell(each_waits_for_all).within(project.path()); 16];
        assert!(run_together(&commands).iter().all(|outcome| outcome.code == Some(0)));
    }

    #[test]
    fn a_program_is_killed_when_its_time_is_over() {
        let end = run_and_kill(&shell("exec sleep 600"), Duration::from_millis(20));
        assert!(matches!(&end, End::Killed(outcome) if outcome.code.is_none()), "{end:?}");
    }

    #[test]
    fn a_program_that_is_faster_is_not_killed() {
        let end = run_and_kill(&shell("exit 5"), Duration::from_mins(1));
        assert!(matches!(&end, End::Finished(outcome) if outcome.code == Some(5)), "{end:?}");
    }

    #[test]
    fn chance_stays_in_its_bounds() {
        let mut chance = Chance::new();
        for _ in 0..environment::rounds(100, 10_000) {
            assert!(chance.delay(Duration::from_millis(3)) < Duration::from_millis(3));
            assert!(chance.below(3) < 3);
        }
    }
}
