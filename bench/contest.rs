//! Programs that run in turn, and the table of what they took.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::measure::{self, Cost};
use crate::say;

/// Programs that do the same work. The first is what the others are held against.
pub(crate) struct Contest<'c> {
    title: String,
    rounds: usize,
    contenders: Vec<Contender<'c>>,
}

struct Contender<'c> {
    name: &'static str,
    prepare: Box<dyn Fn() -> Result<()> + 'c>,
    command: Box<dyn Fn() -> Command + 'c>,
    costs: Vec<Cost>,
}

impl<'c> Contest<'c> {
    /// Begins a contest.
    pub(crate) fn new(title: impl Into<String>, rounds: usize) -> Contest<'c> {
        Contest { title: title.into(), rounds, contenders: Vec::new() }
    }

    /// Adds a program. What `prepare` does before each run is not measured.
    pub(crate) fn with(
        mut self,
        name: &'static str,
        prepare: impl Fn() -> Result<()> + 'c,
        command: impl Fn() -> Command + 'c,
    ) -> Contest<'c> {
        let (prepare, command) = (Box::new(prepare), Box::new(command));
        self.contenders.push(Contender { name, prepare, command, costs: Vec::new() });
        self
    }

    /// Runs all of them in turn, another one first in each round, and prints the table.
    pub(crate) fn run(mut self) -> Result<()> {
        for round in 0..self.rounds {
            let number = self.contenders.len();
            for turn in 0..number {
                let contender = &mut self.contenders[(round + turn) % number];
                (contender.prepare)()?;
                contender.costs.push(measure::run(&mut (contender.command)())?);
            }
        }
        self.print()
    }

    fn print(&self) -> Result<()> {
        say(&format!("\n{} (median of {} rounds)\n", self.title, self.rounds))?;
        say("| | wall | ratio | beyond | CPU | ratio | memory |")?;
        say("|---|--:|--:|--:|--:|--:|--:|")?;
        let Some(first) = self.contenders.first() else { return Ok(()) };
        for contender in &self.contenders {
            let pairs = || first.costs.iter().zip(&contender.costs);
            let ratio = |of: fn(&Cost) -> Duration| median(pairs().map(|(one, other)| ratio(of(other), of(one))));
            let beyond = median(pairs().map(|(one, other)| milliseconds(other.wall) - milliseconds(one.wall)));
            let median_of =
                |of: fn(&Cost) -> Duration| median(contender.costs.iter().map(|cost| milliseconds(of(cost))));
            let memory = contender.costs.iter().map(|cost| cost.memory).max().unwrap_or_default();
            say(&format!(
                "| {} | {:.1} ms | {:.2} | {beyond:+.1} ms | {:.1} ms | {:.2} | {:.1} MiB |",
                contender.name,
                median_of(|cost| cost.wall),
                ratio(|cost| cost.wall),
                median_of(|cost| cost.cpu),
                ratio(|cost| cost.cpu),
                mebibytes(memory),
            ))?;
        }
        Ok(())
    }
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64().max(1e-6)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "it is rounded to a tenth")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
