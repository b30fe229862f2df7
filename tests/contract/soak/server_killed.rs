//! Servers that are killed at a random moment of a run, as a loss of power does.
//!
//! The run ends and says so. What the history then says is what is there, and the next run goes on from it to where one
//! ends that nobody disturbed.

use std::collections::BTreeSet;
use std::time::Duration;

use dunlin::{Dialect, MigrationState, MigrationStatus};

use super::journey::undisturbed;
use super::stage::Stage;
use crate::support::command::Outcome;
use crate::support::environment::rounds;
use crate::support::process::Chance;
use crate::support::servers::Killable;

/// How often a stretch of the way loses its server, at most.
const KILLS_A_STRETCH: usize = 2;

/// Kills a server until this many runs were cut off by it, and holds every end against that of a run on one that was not.
fn runs_on_killed_servers_go_on(dialect: Dialect, kills: usize) {
    let (Some(server), mut chance) = (Killable::new(dialect), Chance::new()) else { return };
    let reference = Stage::on(dialect, &server.address);
    let stretches = undisturbed(&reference);
    let (mut cut_off, mut inferred) = (0, 0);
    'stages: while cut_off < kills {
        let stage = Stage::on(dialect, &server.address);
        for stretch in &stretches {
            for _ in 0..KILLS_A_STRETCH {
                let outcome = run_and_kill_the_server(&server, &stage, stretch.verb, chance.delay(stretch.takes));
                if has_kept_a_dropped_file(&outcome) {
                    continue 'stages;
                }
                let told = stage.hold_together();
                hold_what_was_said(&outcome, dialect, &told);
                if outcome.code == Some(0) {
                    break;
                }
                cut_off += 1;
            }
            let outcome = stage.dunlin(stretch.verb).run();
            if has_kept_a_dropped_file(&outcome) {
                continue 'stages;
            }
            outcome.expect_code(0);
            stage.whole().expect(&stretch.leaves, stretch.verb[0]);
        }
        inferred += stage.inferred();
        for verb in ["verify", "history"] {
            stage.dunlin(&[verb]).run().expect_code(0);
        }
    }
    println!("{cut_off} runs were cut off; {inferred} statements were in place and not recorded");
}

/// Says whether a table could not be made because MariaDB kept the file of one of that name when it was killed in the middle of
/// dropping it. Nobody but who may remove that file gets further; dunlin has to say what the server says.
fn has_kept_a_dropped_file(outcome: &Outcome) -> bool {
    let is_kept = outcome.stderr.contains("errno: 184 \"Tablespace already exists\"");
    if is_kept {
        assert_eq!(outcome.code, Some(6), "{}", outcome.snapshot());
        println!("the server kept a file: {}", outcome.snapshot());
    }
    is_kept
}

/// Starts a run, kills the server on its way, and waits until that is back. The run ends by itself.
fn run_and_kill_the_server(server: &Killable, stage: &Stage, verb: &[&str], after: Duration) -> Outcome {
    let mut running = stage.dunlin(verb).start();
    running.wait(after);
    server.kill();
    let outcome = running.finish();
    server.await_again();
    println!("killed after {after:?}: {}", outcome.snapshot());
    outcome
}

/// Stops the test unless a run that lost its server ended as documented, and said nothing that is not so.
fn hold_what_was_said(outcome: &Outcome, dialect: Dialect, told: &[MigrationStatus]) {
    let said = &outcome.stderr;
    assert!(!said.contains("panicked"), "{}", outcome.snapshot());
    // The server was not there, or went away in the middle of a step.
    let is_said = said.lines().any(|line| line.starts_with("error: "));
    assert!(outcome.code == Some(0) || (matches!(outcome.code, Some(1 | 6)) && is_said), "{}", outcome.snapshot());
    // PostgreSQL is asked to wait for the last commit of a run alone: those before it may be lost, from the end.
    let stay = ["stay as they are", "stays as it is"].iter().any(|words| said.contains(words));
    if dialect == Dialect::Postgres && outcome.code != Some(0) && !stay {
        return;
    }
    let names = |word: &str| -> BTreeSet<&str> {
        let lines = said.lines().filter_map(|line| line.trim_start().strip_prefix(word));
        lines.filter_map(|line| line.split_whitespace().next()).collect()
    };
    for status in told {
        let (applied, reverted) =
            (names("applied ").contains(&*status.name), names("reverted ").contains(&*status.name));
        assert!(!applied || status.state == MigrationState::Applied, "{}\n{told:?}", outcome.snapshot());
        assert!(!reverted || status.state == MigrationState::Pending, "{}\n{told:?}", outcome.snapshot());
    }
}

mod a_run_that_loses_its_server_goes_on_and_everything_happens_once {
    use super::*;

    #[test]
    fn postgres() {
        runs_on_killed_servers_go_on(Dialect::Postgres, rounds(2, 20));
    }

    #[test]
    fn mysql() {
        runs_on_killed_servers_go_on(Dialect::Mysql, rounds(2, 20));
    }
}
