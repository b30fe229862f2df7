use clap::Args;
use dunlin::Target;
use dunlin::core::migration::Direction;
use dunlin::core::text::count;
use serde_json::json;

use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;
use crate::standing;

/// Revert what was applied last and apply it again, while it is being written
#[derive(Debug, Clone, Args)]
pub(crate) struct Redo {
    /// How far back: `-N` for the last N, or the migration that stays as the last one
    #[arg(allow_negative_numbers = true, default_value = "-1")]
    target: Target,

    /// Do it although dunlin.toml says `protected`
    #[arg(short, long)]
    yes: bool,
}

pub(crate) async fn run(redo: Redo, context: &Context<'_>) -> Result<Exit, Problem> {
    let url = context.url()?;
    context.permit(redo.yes)?;
    let migrator = context.migrator()?;
    let redone = context.watched(migrator.redo(url, redo.target)).await;
    if let Err(dunlin::Error::Step(failure)) = &redone
        && failure.direction == Direction::Up
        && failure.id.is_some()
    {
        context.output.note(&format!("`{}` was reverted before that, and is pending now", failure.name));
    }
    let (down, up) = redone?;
    if context.wants_json() {
        context.output.json(&json!({ "down": down, "up": up }));
        return Ok(Exit::Done);
    }
    let place = standing::of_status(&migrator.status(url).await?);
    context.output.data(&match (down.steps.len(), up.steps.len()) {
        (0, _) => format!("nothing to redo: the database is at {place}"),
        (reverted, applied) if reverted == applied => {
            format!("{} redone, the database is at {place}", count(applied, "migration"))
        }
        (reverted, applied) => {
            format!("{} reverted and {applied} applied, the database is at {place}", count(reverted, "migration"))
        }
    });
    Ok(Exit::Done)
}
