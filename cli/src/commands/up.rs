use clap::Args;
use dunlin::core::text::count;
use dunlin::{Connect, Goal, Report, Target};

use super::plan;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;
use crate::standing;

/// Apply what is pending
///
/// Everything is verified before the first statement runs. Processes that start together wait for one another.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Up {
    /// How far: `head`, `heads`, `+N`, an id, the beginning of one, or a slug
    #[arg(allow_negative_numbers = true)]
    target: Option<Target>,

    /// Show what would be applied, apply nothing, and exit with 2 if there is something
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn run(up: Up, context: &Context<'_>) -> Result<Exit, Problem> {
    let goal = Goal::up(up.target.unwrap_or(Target::Head));
    if up.dry_run {
        return plan::show(context, goal, plan::Showing { sql: false, check: true }).await;
    }
    let url = context.url()?;
    let report = context.watched(context.migrator()?.run(url.into(), goal.clone())).await?;
    if context.wants_json() {
        context.output.json(&report);
        return Ok(Exit::Done);
    }
    healed(context, &report);
    summarise(context, &report, &goal.target, url).await?;
    Ok(Exit::Done)
}

async fn summarise(context: &Context<'_>, report: &Report, target: &Target, url: &str) -> Result<(), Problem> {
    let migrations = context.migrations()?.for_engine(Connect::from(url).dialect()?)?;
    if migrations.is_empty() && report.steps.is_empty() && report.findings.is_empty() {
        context.output.data("there are no migrations yet");
        return Ok(());
    }
    let is_to_heads = matches!(target, Target::Head | Target::Heads);
    // Where nothing is unusual, what the run itself said is enough.
    let is_usual = is_to_heads && report.findings.is_empty();
    let place = if is_usual {
        standing::of_migrations(migrations)
    } else {
        standing::of_status(&context.migrator()?.status(url).await?)
    };
    context.output.data(&match report.steps.len() {
        0 if is_usual => {
            format!("nothing is pending: the database is at {place} ({})", count(migrations.len(), "migration"))
        }
        0 if is_to_heads => format!("nothing is pending: the database is at {place}"),
        0 => format!("nothing is pending up to {target}: the database is at {place}"),
        steps => format!("{} applied, the database is at {place}", count(steps, "migration")),
    });
    Ok(())
}

/// Says which rows were brought in line with an accepted edit.
pub(super) fn healed(context: &Context<'_>, report: &Report) {
    for name in &report.healed {
        context.output.data(&format!("  healed    {name}: its history follows the accepted edit"));
    }
}
