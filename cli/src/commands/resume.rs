use clap::Args;
use dunlin::core::text::count;
use dunlin::{Report, Resume as Which};

use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;
use crate::standing;

/// Finish a migration whose statements are partly in place
///
/// What is in place stays, and the file may be mended behind it. `up` goes on by itself after an interruption; this also tries
/// a statement again that failed. Where nothing shows whether a statement took effect, look, and say so.
#[derive(Debug, Clone, Args)]
pub(crate) struct Resume {
    /// Count statement N as in place
    #[arg(long, value_name = "N", conflicts_with = "redo")]
    done: Option<usize>,

    /// Run statement N, whether it is in place or not
    #[arg(long, value_name = "N")]
    redo: Option<usize>,

    /// Do it although dunlin.toml says `protected`
    #[arg(short, long)]
    yes: bool,
}

pub(crate) async fn run(resume: Resume, context: &Context<'_>) -> Result<Exit, Problem> {
    let url = context.url()?;
    let which = match (resume.done, resume.redo) {
        (Some(n), _) => Which::Done(n),
        (None, Some(n)) => Which::Redo(n),
        (None, None) => Which::Failed,
    };
    // To go on is what every run does; to say what the database does not show sets its history by hand.
    if which != Which::Failed {
        context.permit(resume.yes)?;
    }
    let migrator = context.migrator()?;
    let report = context.watched(migrator.resume(url, which)).await?;
    if context.wants_json() {
        context.output.json(&report);
        return Ok(Exit::Done);
    }
    let status = migrator.status(url).await?;
    let place = standing::of_status(&status);
    let pending = match status.pending() {
        0 => String::new(),
        pending => format!("; {} still pending", count(pending, "migration")),
    };
    context.output.data(&format!("{}: the database is at {place}{pending}", finished(&report)));
    Ok(Exit::Done)
}

fn finished(report: &Report) -> String {
    match report.steps.len() {
        0 => "nothing is unfinished".to_owned(),
        steps => format!("{} finished", count(steps, "migration")),
    }
}
