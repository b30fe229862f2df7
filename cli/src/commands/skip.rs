use clap::Args;

use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;

/// Count one pending migration as applied, without running it
///
/// For what somebody did by hand. What comes before it must be applied. The log says why.
#[derive(Debug, Clone, Args)]
pub(crate) struct Skip {
    /// The migration: its id, the beginning of one, or its slug
    migration: String,

    /// Why, for the log
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: String,

    /// Do it although dunlin.toml says `protected`
    #[arg(short, long)]
    yes: bool,
}

pub(crate) async fn run(skip: Skip, context: &Context<'_>) -> Result<Exit, Problem> {
    let (url, migrator) = (context.url()?, context.migrator()?);
    context.permit(skip.yes)?;
    let skipped = context.watched(migrator.skip(url, &skip.migration, &skip.reason)).await?;
    if context.wants_json() {
        context.output.json(&skipped);
    } else {
        context.output.data(&format!("{} was not run, and counts as applied from now on", skipped.name));
    }
    Ok(Exit::Done)
}
