use clap::Args;
use dunlin::core::migration::Direction;
use dunlin::core::plan::Kind;
use dunlin::core::text::count;
use dunlin::{FindingKind, LastFailure, MigrationState, MigrationStatus, RepeatableState, RepeatableStatus};
use serde::Serialize;

use super::log;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::output::{CYAN, GREEN, RED, YELLOW};
use crate::problem::{Problem, stands_in_the_way};
use crate::table::Cell;
use crate::{findings, standing, table};

/// Show which migrations are applied and which are pending, and what does not agree
///
/// It reads only, and creates nothing.
#[derive(Debug, Clone, Args)]
pub(crate) struct Status {
    /// Exit with 2 if something is pending, and with 3 if something does not agree
    #[arg(long)]
    check: bool,
}

#[derive(Serialize)]
struct Document<'s> {
    #[serde(flatten)]
    status: &'s dunlin::Status,
    pending: usize,
}

pub(crate) async fn run(arguments: &Status, context: &Context<'_>) -> Result<Exit, Problem> {
    let url = context.url()?;
    let status = context.watched(context.migrator()?.status(url)).await?;
    let pending = status.pending();
    if context.wants_json() {
        context.output.json(&Document { status: &status, pending });
    } else {
        write(&status, context);
    }
    Ok(match arguments.check {
        true if stands_in_the_way(&status.findings) => Exit::Disagree,
        true if pending > 0 || status.repeatables_due() > 0 => Exit::Pending,
        _ => Exit::Done,
    })
}

fn write(status: &dunlin::Status, context: &Context<'_>) {
    let output = &context.output;
    if status.migrations.is_empty() {
        output.data("there are no migrations yet");
    } else {
        let mut rows: Vec<[Cell; 3]> = vec![["state".into(), "migration".into(), "applied at (UTC)".into()]];
        rows.extend(status.migrations.iter().map(|migration| {
            let applied_at = migration.applied_at.as_deref().map(time).unwrap_or_default();
            [state(migration, status), migration.name.clone().into(), applied_at.into()]
        }));
        output.lines(table::lines(&rows, output));
        output.data(&format!("\n{}", summary(status)));
    }
    write_repeatables(&status.repeatables, context);
    if !status.findings.is_empty() {
        output.data("");
        findings::write(output, &status.findings);
    }
    if let Some(failure) = &status.last_failure {
        write_failure(failure, context);
    }
}

/// Says what failed last, what became of it, and which commands help.
fn write_failure(failure: &LastFailure, context: &Context<'_>) {
    let output = &context.output;
    let what = where_and_why(failure).replace('\n', "\n  ");
    output.data(&format!("\n{} {what}", output.styled(RED, "last failure:")));
    output.lines(circumstances(failure).map(|line| format!("  {line}")));
    if let Some(hint) = way_out(failure) {
        output.data(&format!("{} {}", output.styled(CYAN, "hint:"), output.with_own_name(&hint)));
    }
}

/// Returns file and line, and what the server said.
pub(super) fn where_and_why(failure: &LastFailure) -> String {
    let line = failure.line.map_or_else(String::new, |line| format!(":{line}"));
    let code = failure.code.as_ref().map_or_else(String::new, |code| format!(" ({code})"));
    format!("{}{line}: {}{code}", failure.file, failure.message)
}

/// Says who tried what and when, and what became of it.
pub(super) fn circumstances(failure: &LastFailure) -> [String; 2] {
    let LastFailure { name, direction, at, .. } = failure;
    let who = log::who(&failure.os_user, &failure.host, &failure.db_user, &failure.application);
    let failed = match (failure.statement, failure.of) {
        (Some(n), Some(of)) => format!("statement {n} of {of} failed"),
        (None, Some(_)) => "its statements ran, and the transaction could not be ended".to_owned(),
        (_, None) => "it failed".to_owned(),
    };
    let outcome = match (direction, failure.rolled_back) {
        (Direction::Up, true) => "it was rolled back, and nothing of it is in place",
        (Direction::Down, true) => "it was rolled back, and all of it is in place as before",
        (_, false) => "it is unfinished",
    };
    [format!("`{name}`, going {direction} at {} UTC, run by {who}", time(at)), format!("{failed}; {outcome}")]
}

/// Returns the commands that help. What is unfinished has a finding of its own, with its ways out.
pub(super) fn way_out(failure: &LastFailure) -> Option<String> {
    let LastFailure { id, file, .. } = failure;
    let by_hand = |mark: &str| format!("if it was done by hand, `dunlin mark {id} {mark} --reason \"…\"`");
    let again = match failure.direction {
        _ if !failure.rolled_back => return None,
        Direction::Up => format!("run `dunlin up`; {}", by_hand("applied")),
        Direction::Down => format!("go down again; {}", by_hand("reverted")),
    };
    Some(if failure.edited_since {
        format!("{file} was edited since: {again}")
    } else {
        format!("mend {file} and {again}")
    })
}

fn write_repeatables(repeatables: &[RepeatableStatus], context: &Context<'_>) {
    if repeatables.is_empty() {
        return;
    }
    let mut rows: Vec<[Cell; 3]> = vec![["state".into(), "repeatable".into(), "run at (UTC)".into()]];
    rows.extend(repeatables.iter().map(|repeatable| {
        let state = match repeatable.state {
            RepeatableState::Current => Cell::coloured("current", GREEN),
            RepeatableState::Changed => Cell::coloured("changed", YELLOW),
            _ => Cell::coloured("new", YELLOW),
        };
        let run_at = repeatable.applied_at.as_deref().map(time).unwrap_or_default();
        [state, repeatable.name.clone().into(), run_at.into()]
    }));
    context.output.data("");
    context.output.lines(table::lines(&rows, &context.output));
}

fn state(migration: &MigrationStatus, status: &dunlin::Status) -> Cell {
    let is_edited =
        |finding: &dunlin::Finding| finding.id == migration.id && matches!(finding.kind, FindingKind::Edited { .. });
    match migration.state {
        MigrationState::Applied if status.findings.iter().any(is_edited) => Cell::coloured("edited", RED),
        MigrationState::Applied if migration.kind == Some(Kind::Squashed) => Cell::coloured("squashed", GREEN),
        MigrationState::Applied => Cell::coloured("applied", GREEN),
        MigrationState::Pending => Cell::coloured("pending", YELLOW),
        MigrationState::Unfinished => Cell::coloured("unfinished", RED),
        _ => Cell::coloured("unknown", YELLOW),
    }
}

fn summary(status: &dunlin::Status) -> String {
    let number = |state: MigrationState| status.migrations.iter().filter(|migration| migration.state == state).count();
    let pending = number(MigrationState::Pending);
    let mut parts = vec![format!("{} applied", number(MigrationState::Applied)), format!("{pending} pending")];
    for (state, word) in [(MigrationState::Unfinished, "unfinished"), (MigrationState::Unknown, "unknown here")] {
        if number(state) > 0 {
            parts.push(format!("{} {word}", number(state)));
        }
    }
    let all = count(status.migrations.len(), "migration");
    format!("{all}: {}; the database is at {}", parts.join(", "), standing::of_status(status))
}

/// Returns a time of the history as people read it.
pub(super) fn time(text: &str) -> String {
    text.get(..19).unwrap_or(text).replacen('T', " ", 1)
}
