use clap::Args;
use dunlin::core::migration::Direction;
use dunlin::core::text::count;
use dunlin::{Connect, Goal, Report, Target};

use super::offline::{Offline, Way};
use super::plan;
use super::planned::{Planned, run_to};
use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;
use crate::standing;

/// Apply what is pending
///
/// Everything is verified before the first statement runs. Processes that start together wait for one another.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Up {
    /// How far: `head`, `heads`, `+N`, an id, the beginning of one, a slug, `<label>@head`
    ///
    /// With `--sql`, a range says where the database stands: `<from>:<to>`; without a start it stands at `base`.
    #[arg(allow_negative_numbers = true, conflicts_with = "plan")]
    target: Option<Way>,

    /// Show what would be applied, apply nothing, and exit with 2 if there is something
    #[arg(long, conflicts_with = "sql")]
    dry_run: bool,

    #[command(flatten)]
    planned: Planned,

    #[command(flatten)]
    offline: Offline,
}

impl Up {
    pub(super) fn writes_script(&self) -> bool {
        self.offline.sql
    }
}

pub(crate) async fn run(up: Up, context: &Context<'_>) -> Result<Exit, Problem> {
    let file = up.planned.read(Some(Direction::Up))?;
    if up.offline.is_asked(file.as_ref())? {
        let (from, to) = up.target.map_or((None, Some(Target::Head)), Way::ends);
        return up.offline.run(&from.unwrap_or(Target::Base), &Goal::up(to.unwrap_or(Target::Heads)), context);
    }
    let goal = match &file {
        Some(file) => file.goal.clone(),
        None => Goal::up(up.target.map_or(Ok(Target::Head), Way::target)?),
    };
    if up.dry_run {
        return plan::show_run(context, goal, file.as_ref()).await;
    }
    let (url, migrator) = (context.url()?, context.migrator()?);
    let report = context.watched(run_to(&migrator, url, &goal, file.as_ref())).await?;
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
    if migrations.is_empty() && report.steps.is_empty() && report.repeated.is_empty() && report.findings.is_empty() {
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
    context.output.data(&match done(report) {
        Some(done) => format!("{done}, the database is at {place}"),
        None if is_usual => {
            format!("nothing is pending: the database is at {place} ({})", count(migrations.len(), "migration"))
        }
        None if is_to_heads => format!("nothing is pending: the database is at {place}"),
        None => {
            let why = report.nothing_to_do.as_ref().map_or_else(String::new, |why| format!(": {why}"));
            format!("nothing to do{why}; the database is at {place}")
        }
    });
    Ok(())
}

/// Says what a way up did, if it did something.
pub(super) fn done(report: &Report) -> Option<String> {
    let applied = Some(report.steps.len()).filter(|steps| *steps > 0);
    let applied = applied.map(|steps| format!("{} applied", count(steps, "migration")));
    let ran = Some(report.repeated.len()).filter(|files| *files > 0);
    let ran = ran.map(|files| format!("{} run", count(files, "repeatable file")));
    let parts: Vec<String> = applied.into_iter().chain(ran).collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}

/// Says which rows were brought in line with an accepted edit, and which say that a squash is there.
pub(super) fn healed(context: &Context<'_>, report: &Report) {
    for name in &report.healed {
        context.output.data(&format!("  healed    {name}: its history follows the accepted edit"));
    }
    for name in &report.squashed {
        context.output.data(&format!("  squashed  {name}: all that it stands for is applied"));
    }
}
