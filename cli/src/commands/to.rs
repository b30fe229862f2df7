use clap::Args;
use dunlin::core::migration::Direction;
use dunlin::core::text::count;
use dunlin::{Goal, Target};

use super::planned::{Planned, plan_of, run_to};
use super::{down, plan};
use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;
use crate::standing;

/// Bring the database to a migration, up or down, whichever leads there
#[derive(Debug, Clone, Args)]
pub(crate) struct To {
    /// Where to: `head`, `base`, an id, the beginning of one, a slug, `<label>@head`, `<id>-1`
    #[arg(allow_hyphen_values = true, required_unless_present = "plan", conflicts_with = "plan")]
    target: Option<Target>,

    /// Do not ask before something is reverted; off a terminal it never does
    #[arg(short, long)]
    yes: bool,

    /// Show what would be done, do nothing, and exit with 2 if there is something
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    planned: Planned,
}

impl To {
    /// Says whether it asks, where somebody can be asked.
    pub(super) fn asks(&self) -> bool {
        !self.yes && !self.dry_run
    }
}

pub(crate) async fn run(to: To, context: &Context<'_>) -> Result<Exit, Problem> {
    let file = to.planned.read(None)?;
    let goal = match &file {
        Some(file) => file.goal.clone(),
        None => Goal::to(to.target.unwrap_or(Target::Head)),
    };
    if to.dry_run {
        return plan::show_run(context, goal, file.as_ref()).await;
    }
    let (url, migrator) = (context.url()?, context.migrator()?);
    let plan = plan_of(&migrator, url, &goal, file.as_ref()).await?;
    if plan.steps.iter().any(|step| step.direction == Direction::Down) {
        context.permit(to.yes)?;
        if !to.yes && context.host.can_be_asked() {
            down::ask(&plan, url, context).await?;
        }
    }
    let report = context.watched(run_to(&migrator, url, &goal, file.as_ref())).await?;
    if context.wants_json() {
        context.output.json(&report);
        return Ok(Exit::Done);
    }
    let place = standing::of_status(&migrator.status(url).await?);
    let down: Vec<_> = report.steps.iter().filter(|step| step.direction == Direction::Down).collect();
    context.output.data(&match (super::up::done(&report), down.len()) {
        (None, 0) => {
            let why = report.nothing_to_do.as_ref().map_or_else(String::new, |why| format!(": {why}"));
            format!("nothing to do{why}; the database is at {place}")
        }
        (Some(done), 0) => format!("{done}, the database is at {place}"),
        (_, down) => format!("{} reverted, the database is at {place}", count(down, "migration")),
    });
    Ok(Exit::Done)
}
