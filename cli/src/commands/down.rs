use clap::Args;
use dunlin::core::plan::PlanError;
use dunlin::core::text::count;
use dunlin::{Error, Goal, Target};

use super::plan;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;
use crate::standing;

/// Revert what was applied last, one migration if nothing else is said
///
/// The whole way is planned first; if one migration on it is irreversible, nothing is reverted. Migrations whose files are
/// not here are reverted with the SQL that the database stores.
#[derive(Debug, Clone, Args)]
pub(crate) struct Down {
    /// How far: `-N` for the last N, `base` for all, or the migration that stays as the last one [default: -1]
    #[arg(allow_negative_numbers = true, conflicts_with = "all")]
    target: Option<Target>,

    /// Revert everything, as `base` does
    #[arg(long)]
    all: bool,

    /// Do not ask; off a terminal it never does
    #[arg(short, long)]
    yes: bool,

    /// Show what would be reverted, revert nothing, and exit with 2 if there is something
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn run(down: Down, context: &Context<'_>) -> Result<Exit, Problem> {
    let usual = if down.all { Target::Base } else { Target::Back(1) };
    let goal = Goal::down(down.target.unwrap_or(usual));
    if down.dry_run {
        return plan::show(context, goal, plan::Showing { sql: false, check: true }).await;
    }
    let url = context.url()?;
    let migrator = context.migrator()?;
    let someone_is_there = context.host.stdin_is_terminal && context.host.stderr_is_terminal;
    if someone_is_there && !down.yes {
        let plan = migrator.plan_goal(url, goal.clone()).await.map_err(|error| explained(error, &goal))?;
        if !plan.steps.is_empty() {
            let names: Vec<String> = plan.steps.iter().map(|step| format!("  {}", step.migration.name())).collect();
            context.output.talk(&format!("to be reverted in {}:\n{}", dunlin::redacted(url), names.join("\n")));
            if !context.output.confirm(&format!("revert {}?", count(names.len(), "migration"))).await {
                return Err(Problem::Declined);
            }
        }
    }
    let report =
        context.watched(migrator.run(url.into(), goal.clone())).await.map_err(|error| explained(error, &goal))?;
    if context.wants_json() {
        context.output.json(&report);
        return Ok(Exit::Done);
    }
    let place = standing::of_status(&migrator.status(url).await?);
    context.output.data(&match report.steps.len() {
        0 => format!("nothing to revert: the database is at {place}"),
        steps => format!("{} reverted, the database is at {place}", count(steps, "migration")),
    });
    Ok(Exit::Done)
}

/// A number without a sign is an id; whoever meant a number of steps is told how to say it.
fn explained(error: Error, goal: &Goal) -> Problem {
    match (&error, &goal.target) {
        (Error::Plan(PlanError::UnknownTarget { .. } | PlanError::AmbiguousTarget { .. }), Target::Migration(name)) => {
            match name.parse() {
                Ok(steps) if name.len() < 4 => Problem::StepsWithoutSign { steps, error },
                _ => error.into(),
            }
        }
        _ => error.into(),
    }
}
