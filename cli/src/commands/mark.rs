use clap::{Args, ValueEnum};
use dunlin::core::plan::State;
use dunlin::{Mark as As, MarkReport};

use crate::context::Context;
use crate::exit_code::Exit;
use crate::output::{GREEN, Output, RED, YELLOW};
use crate::problem::Problem;
use crate::table::{self, Cell};

/// Count one migration as applied or as reverted, without running anything
///
/// For a step that began and did not end, once the rest was done or what is in place was taken back by hand, and for a
/// migration that somebody put in place or took back by hand. What counts as applied must come after what is applied, and
/// nothing that is applied may come after what counts as reverted. The log says why, and keeps what the history had.
#[derive(Debug, Clone, Args)]
pub(crate) struct Mark {
    /// The migration: its id, the beginning of one, or its slug
    migration: String,

    /// What it counts as from now on
    #[arg(value_name = "applied|reverted", hide_possible_values = true)]
    mark: Marked,

    /// Why, for the log
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: String,

    /// Do not ask; off a terminal it never does. Where dunlin.toml says `protected`, nothing is marked without this
    #[arg(short, long)]
    yes: bool,

    /// Show what would be changed, change nothing, and exit with 2
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Marked {
    Applied,
    Reverted,
}

impl From<Marked> for As {
    fn from(mark: Marked) -> As {
        match mark {
            Marked::Applied => As::Applied,
            Marked::Reverted => As::Reverted,
        }
    }
}

impl Mark {
    /// Says whether it asks, where somebody can be asked.
    pub(super) fn asks(&self) -> bool {
        !self.yes && !self.dry_run
    }
}

pub(crate) async fn run(mark: Mark, context: &Context<'_>) -> Result<Exit, Problem> {
    let (url, migrator, output) = (context.url()?, context.migrator()?, &context.output);
    let (name, wanted) = (&*mark.migration, As::from(mark.mark));
    let planned = context.watched(migrator.plan_mark(url, name, wanted, &mark.reason)).await?;
    if mark.dry_run {
        if context.wants_json() {
            output.json(&planned);
        } else {
            output.lines(changes(&planned, output));
            output.data(&verdict(&planned, "would count"));
        }
        return Ok(Exit::Pending);
    }
    context.permit(mark.yes)?;
    if !context.wants_json() {
        for line in changes(&planned, output) {
            output.talk(&line);
        }
    }
    let question = format!("count `{}` as {} in {}?", planned.name, wanted.as_str(), dunlin::redacted(url));
    context.agree(mark.yes, &question, Problem::NotMarked).await?;
    let done = context.watched(migrator.mark(url, name, wanted, &mark.reason)).await?;
    if context.wants_json() {
        output.json(&done);
    } else {
        output.data(&verdict(&done, "counts"));
    }
    Ok(Exit::Done)
}

/// Says what happens to the row, and shows the journal that is forgotten.
fn changes(report: &MarkReport, output: &Output) -> Vec<String> {
    let (word, style) = match (report.mark, report.state) {
        (As::Applied, Some(_)) => ("settle", YELLOW),
        (As::Applied, None) => ("add", GREEN),
        (As::Reverted, _) => ("remove", RED),
    };
    let began = |direction, counts| format!("its way {direction} began and did not end, and counts as {counts}");
    let remark = match (report.state, report.mark) {
        (Some(State::Applying), As::Applied) => began("up", "whole"),
        (Some(State::Applying), As::Reverted) => began("up", "taken back"),
        (Some(State::Reverting), As::Applied) => began("down", "taken back"),
        (Some(State::Reverting), As::Reverted) => began("down", "whole"),
        (Some(State::Applied) | None, _) => "nothing is run".to_owned(),
    };
    let row: [Cell; 3] = [Cell::coloured(word, style), report.name.clone().into(), remark.into()];
    let lines = table::lines(&[row], output).into_iter().map(|line| format!("  {line}"));
    lines.chain(report.journal.iter().map(|entry| format!("    {entry}"))).collect()
}

fn verdict(report: &MarkReport, counts: &str) -> String {
    format!("{} {counts} as {} from now on", report.name, report.mark.as_str())
}
