use clap::Args;
use dunlin::core::ledger::{Action, Event};
use dunlin::core::text::count;
use serde_json::json;

use super::status::time;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::output::{CYAN, GREEN, RED, YELLOW};
use crate::problem::Problem;
use crate::table::{self, Cell};

/// Show what was done to the database, when, and by whom
///
/// The log is chained by hashes; that the chain is whole is verified. It reads only.
#[derive(Debug, Clone, Args)]
pub(crate) struct History {
    /// Show only the last N events
    #[arg(short = 'n', long, value_name = "N")]
    last: Option<usize>,
}

pub(crate) async fn run(arguments: &History, context: &Context<'_>) -> Result<Exit, Problem> {
    let url = context.url()?;
    let mut events = context.watched(context.migrator()?.history(url)).await?;
    if let Some(last) = arguments.last {
        events.drain(..events.len().saturating_sub(last));
    }
    let output = &context.output;
    if context.wants_json() {
        output.json(&json!({ "events": events }));
    } else if events.is_empty() {
        output.data("nothing was done to the database yet");
    } else {
        let mut rows: Vec<[Cell; 4]> = vec![["when (UTC)".into(), "action".into(), "migration".into(), "who".into()]];
        rows.extend(events.iter().map(row));
        table::lines(&rows, output).iter().for_each(|line| output.data(line));
        output.data(&format!("\n{}, and their chain is whole", count(events.len(), "event")));
    }
    Ok(Exit::Done)
}

fn row(event: &Event) -> [Cell; 4] {
    let style = match event.action {
        Action::Up => GREEN,
        Action::Down => YELLOW,
        Action::Failed => RED,
        _ => CYAN,
    };
    let migration = event.id.as_ref().map(ToString::to_string).unwrap_or_default();
    [time(&event.at).into(), Cell::coloured(event.action.as_str(), style), migration.into(), who(event).into()]
}

fn who(event: &Event) -> String {
    let mut who = match (&*event.os_user, &*event.host) {
        ("", "") => String::new(),
        (user, "") => user.to_owned(),
        (user, host) => format!("{user}@{host}"),
    };
    for (preposition, name) in [("as", &event.db_user), ("with", &event.application)] {
        if !name.is_empty() {
            who.push_str(&format!(" {preposition} {name}"));
        }
    }
    who.trim_start().to_owned()
}
