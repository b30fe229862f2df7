use clap::Args;
use dunlin::core::migration::Direction;
use dunlin::core::plan::{Plan, PlanError};
use dunlin::core::text::count;
use dunlin::{Error, Goal, Target};

use super::offline::{Offline, Way};
use super::plan;
use super::planned::{Planned, plan_of, run_to};
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
    ///
    /// With `--sql`, a range says where the database stands, and how far: `<from>:<to>`.
    #[arg(allow_negative_numbers = true, conflicts_with_all = ["all", "plan"])]
    target: Option<Way>,

    /// Revert everything, as `base` does
    #[arg(long, conflicts_with_all = ["sql", "plan"])]
    all: bool,

    /// Do not ask; off a terminal it never does. Where dunlin.toml says `protected`, nothing is reverted without this
    #[arg(short, long)]
    yes: bool,

    /// Show what would be reverted, revert nothing, and exit with 2 if there is something
    #[arg(long, conflicts_with = "sql")]
    dry_run: bool,

    #[command(flatten)]
    planned: Planned,

    #[command(flatten)]
    offline: Offline,
}

impl Down {
    /// Says whether it asks, where somebody can be asked.
    pub(super) fn asks(&self) -> bool {
        !self.yes && !self.dry_run && !self.offline.sql
    }

    pub(super) fn writes_script(&self) -> bool {
        self.offline.sql
    }
}

pub(crate) async fn run(down: Down, context: &Context<'_>) -> Result<Exit, Problem> {
    let file = down.planned.read(Some(Direction::Down))?;
    if down.offline.is_asked(file.as_ref())? {
        let (Some(from), Some(to)) = down.target.map_or((None, None), Way::ends) else {
            return Err(Problem::Usage("`down --sql` needs where the database stands, and how far: `head:base`"));
        };
        return down.offline.run(&from, &Goal::down(to), context);
    }
    let usual = if down.all { Target::Base } else { Target::Back(1) };
    let goal = match &file {
        Some(file) => file.goal.clone(),
        None => Goal::down(down.target.map_or(Ok(usual), Way::target)?),
    };
    if down.dry_run {
        return plan::show_run(context, goal, file.as_ref()).await;
    }
    let url = context.url()?;
    context.permit(down.yes)?;
    let migrator = context.migrator()?;
    if !down.yes && context.host.can_be_asked() {
        let plan = plan_of(&migrator, url, &goal, file.as_ref()).await.map_err(|error| explained(error, &goal))?;
        ask(&plan, url, context).await?;
    }
    let ran = context.watched(run_to(&migrator, url, &goal, file.as_ref())).await;
    let report = ran.map_err(|error| explained(error, &goal))?;
    if context.wants_json() {
        context.output.json(&report);
        return Ok(Exit::Done);
    }
    let place = standing::of_status(&migrator.status(url).await?);
    context.output.data(&match report.steps.len() {
        0 => {
            let why = report.nothing_to_do.as_ref().map_or_else(String::new, |why| format!(": {why}"));
            format!("nothing to revert{why}; the database is at {place}")
        }
        steps => format!("{} reverted, the database is at {place}", count(steps, "migration")),
    });
    Ok(Exit::Done)
}

/// Shows what a plan reverts, and asks whether that is meant.
pub(super) async fn ask(plan: &Plan, url: &str, context: &Context<'_>) -> Result<(), Problem> {
    let reverted = plan.steps.iter().filter(|step| step.direction == Direction::Down);
    let names: Vec<String> = reverted.map(|step| format!("  {}", step.migration.name())).collect();
    if names.is_empty() {
        return Ok(());
    }
    context.output.talk(&format!("to be reverted in {}:\n{}", dunlin::redacted(url), names.join("\n")));
    plan.findings.iter().for_each(|finding| context.output.finding(finding));
    if context.output.confirm(&format!("revert {}?", count(names.len(), "migration"))).await {
        Ok(())
    } else {
        Err(Problem::Declined)
    }
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
