use clap::Args;
use dunlin::{LockHolder, UnlockReport};
use serde::Serialize;

use crate::context::Context;
use crate::exit_code::Exit;
use crate::output::{Output, YELLOW};
use crate::problem::Problem;

/// Show who holds the lock, and give it up for a run that is gone
///
/// Without `--yes` it only shows that, and exits with 2 if there is something to give up; on a terminal, with a reason, it asks.
/// A holder who is there, or who cannot be known to be gone, keeps the lock: then it exits with 4, and says what can be
/// done. What the server still does for a run that is gone is ended and rolled back; the log says why.
#[derive(Debug, Clone, Args)]
pub(crate) struct Unlock {
    /// Why, for the log
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: Option<String>,

    /// Do it, and do not ask
    #[arg(short, long, requires = "reason")]
    yes: bool,
}

#[derive(Serialize)]
struct Document<'r> {
    #[serde(flatten)]
    report: &'r UnlockReport,
    unlocked: bool,
}

pub(crate) async fn run(unlock: Unlock, context: &Context<'_>) -> Result<Exit, Problem> {
    // No file counts for it, and they may be of another branch.
    let nothing = context.without_files()?;
    let (url, migrator, output) = (context.url()?, context.migrator_of(&nothing), &context.output);
    let planned = context.watched(migrator.plan_unlock(url)).await?;
    let Some(holder) = &planned.holder else {
        tell(context, &planned, Told::NobodyHoldsIt);
        return Ok(Exit::Done);
    };
    let reason = unlock.reason.filter(|_| unlock.yes || context.host.can_be_asked());
    let Some(reason) = reason else {
        if !context.wants_json() {
            output.lines(lines(holder, output));
        }
        tell(context, &planned, Told::WouldBeGivenUp);
        output.hint("`--yes --reason \"…\"` does it");
        return Ok(Exit::Pending);
    };
    context.permit(unlock.yes)?;
    if !context.wants_json() {
        for line in lines(holder, output) {
            output.talk(&line);
        }
    }
    let question = format!("give up the lock in {}?", dunlin::redacted(url));
    context.agree(unlock.yes, &question, Problem::NotUnlocked).await?;
    let done = context.watched(migrator.unlock(url, &reason)).await?;
    tell(context, &done, if done.holder.is_some() { Told::GivenUp } else { Told::NobodyHoldsIt });
    if let Some(why) = &done.unlogged {
        output.warning(&format!("the log of the database does not tell of it: {why}"));
    }
    Ok(Exit::Done)
}

/// What is said of the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    NobodyHoldsIt,
    WouldBeGivenUp,
    GivenUp,
}

fn tell(context: &Context<'_>, report: &UnlockReport, told: Told) {
    if context.wants_json() {
        return context.output.json(&Document { report, unlocked: told == Told::GivenUp });
    }
    context.output.data(match told {
        Told::NobodyHoldsIt => "nobody holds the lock",
        Told::WouldBeGivenUp => "the lock would be given up",
        Told::GivenUp => "the lock is free",
    });
}

/// Says who holds the lock, what shows that they are gone, and what is ended with it.
fn lines(holder: &LockHolder, output: &Output) -> Vec<String> {
    let mut lines =
        vec![format!("  {}  {}", output.styled(YELLOW, "gone"), holder.who), format!("        {}", holder.sign)];
    if let Some(connection) = holder.connection {
        lines.push(format!("        connection {connection} is ended, and what it did not commit is rolled back"));
    }
    lines
}
