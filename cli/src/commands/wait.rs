use std::time::{Duration, Instant};

use clap::Args;
use dunlin::Target;
use serde_json::json;

use crate::context::Context;
use crate::duration;
use crate::exit_code::Exit;
use crate::problem::Problem;

/// Wait until the database answers, or until everything is applied
///
/// It reads only, and creates nothing. A server that starts up and a database that is not there yet are waited for; what a
/// person must mend, a wrong password say, is told at once. When the time is over it exits with 1 if the database cannot be
/// reached, with 2 if something is pending, and with 3 if something else stands in the way.
#[derive(Debug, Clone, Args)]
pub(crate) struct Wait {
    /// Wait until nothing is pending up to a target, and nothing stands in the way [default target: heads]
    #[arg(long, value_name = "TARGET", num_args = 0..=1, default_missing_value = "heads", allow_negative_numbers = true)]
    applied: Option<Target>,

    /// Give up after this time
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration::parse)]
    timeout: Duration,
}

pub(crate) async fn run(wait: Wait, context: &Context<'_>) -> Result<Exit, Problem> {
    let since = Instant::now();
    let done = match wait.applied {
        Some(target) => {
            let to = if target == Target::Heads { String::new() } else { format!(" up to `{target}`") };
            context.migrator()?.wait(context.url()?, target, wait.timeout).await?;
            format!("nothing is pending{to}")
        }
        None => {
            context.database()?.wait(wait.timeout).await?;
            "the database answers".to_owned()
        }
    };
    if context.wants_json() {
        context.output.json(&json!({ "waited_us": u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX) }));
    } else {
        context.output.data(&done);
    }
    Ok(Exit::Done)
}
