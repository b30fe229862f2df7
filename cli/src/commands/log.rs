use clap::Args;
use dunlin::core::ledger::{Action, Change, Detail, Event};
use dunlin::core::text::count;
use dunlin::{EventLog, Mark, RepairKind};
use serde_json::json;

use super::status::time;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::output::{CYAN, GREEN, RED, YELLOW};
use crate::problem::Problem;
use crate::table::{self, Cell};

/// Show what was done to the database, when, and by whom
///
/// The log is chained by hashes; that the chain is whole is verified, and its head is shown, which `verify --ledger
/// --expect-head` takes later. It reads only.
#[derive(Debug, Clone, Args)]
pub(crate) struct Log {
    /// Show only the last N events
    #[arg(short = 'n', long, value_name = "N")]
    last: Option<usize>,
}

pub(crate) async fn run(arguments: &Log, context: &Context<'_>) -> Result<Exit, Problem> {
    let url = context.url()?;
    let EventLog { mut events, head, .. } = context.watched(context.migrator()?.log(url)).await?;
    let all = events.len();
    if let Some(last) = arguments.last {
        events.drain(..events.len().saturating_sub(last));
    }
    let output = &context.output;
    if context.wants_json() {
        output.json(&json!({ "events": events, "head": head }));
    } else if events.is_empty() {
        output.data("nothing was done to the database yet");
    } else {
        let header = ["when (UTC)", "action", "migration", "who", ""];
        let mut rows: Vec<[Cell; 5]> = vec![header.map(Cell::from)];
        rows.extend(events.iter().map(row));
        output.lines(table::lines(&rows, output));
        let left_out = if events.len() < all { format!("{} of ", events.len()) } else { String::new() };
        let head = head.map(|head| format!(", head {head}")).unwrap_or_default();
        output.data(&format!("\n{left_out}{}; the chain is whole{head}", count(all, "event")));
    }
    Ok(Exit::Done)
}

fn row(event: &Event) -> [Cell; 5] {
    let style = match event.action {
        Action::Up => GREEN,
        Action::Down => YELLOW,
        Action::Failed => RED,
        _ => CYAN,
    };
    let told: Detail = serde_json::from_str(&event.detail).unwrap_or_default();
    let repeatable = || told.name.clone().unwrap_or_default();
    let migration = event.id.as_ref().map_or_else(repeatable, ToString::to_string);
    let action = Cell::coloured(event.action.as_str(), style);
    let who = who(&event.os_user, &event.host, &event.db_user, &event.application);
    [time(&event.at).into(), action, migration.into(), who.into(), detail(&told).into()]
}

/// Why a step failed, what was done to the row and why, which files were restored, and whether it was a script.
fn detail(detail: &Detail) -> String {
    // What a row is marked as says more than what became of it.
    let change = detail.mark.map(Mark::as_str).or(detail.change.map(Change::as_str));
    let repair = detail.repair.map(RepairKind::as_str);
    let holder = detail.holder.as_ref().map(|holder| format!("held by {holder}"));
    let texts = [detail.message.as_deref(), repair, change, detail.reason.as_deref(), holder.as_deref()];
    let texts = texts.into_iter().flatten().map(|text| text.lines().collect::<Vec<_>>().join(" "));
    let mut parts: Vec<String> = texts.collect();
    parts.extend(detail.files.iter().cloned());
    if detail.script {
        parts.push("by a script".to_owned());
    }
    parts.join(", ")
}

/// Says who did something, from where, and with what.
pub(super) fn who(os_user: &str, host: &str, db_user: &str, application: &str) -> String {
    let mut who = match (os_user, host) {
        ("", "") => String::new(),
        (user, "") => user.to_owned(),
        (user, host) => format!("{user}@{host}"),
    };
    for (preposition, name) in [("as", db_user), ("with", application)] {
        if !name.is_empty() {
            who.push_str(&format!(" {preposition} {name}"));
        }
    }
    who.trim_start().to_owned()
}
