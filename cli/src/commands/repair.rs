use clap::Args;
use dunlin::core::plan::ColumnChange;
use dunlin::core::text::{count, list, nearest};
use dunlin::{Repair as Wish, RepairKind, RepairReport, RowRepaired};
use serde::Serialize;

use crate::context::Context;
use crate::exit_code::Exit;
use crate::output::{CYAN, GREEN, Output, RED, YELLOW};
use crate::problem::Problem;

/// Repair rows of the history, without running anything
///
/// It shows what would change, column by column, exits with 2 if that is something, and changes nothing without `--yes`.
/// `cosmetic`: the rows of files that differ in comments or white space get the files' text. `missing`: the rows of migrations
/// that no file has go, if nothing that stays comes after them. `checksums`: SQL and checksums of a row that do not fit each
/// other are made to fit; with an id behind it, an edited file counts as what was applied. The log keeps what the rows held.
#[derive(Debug, Clone, Args)]
pub(crate) struct Repair {
    /// What to repair: `cosmetic`, `missing`, `checksums`, or all of them; behind that, of which migrations
    #[arg(value_name = "WHAT")]
    words: Vec<String>,

    /// Why, for the log; only `cosmetic` needs none
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: Option<String>,

    /// Do it
    #[arg(short, long)]
    yes: bool,
}

#[derive(Serialize)]
struct Document<'r> {
    #[serde(flatten)]
    report: &'r RepairReport,
    repaired: bool,
}

/// Why the words of `repair` mean nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CannotRepair {
    #[error("`{word}` is no kind of repair{}", .nearest.map_or(String::new(), |near| format!("; did you mean `{near}`?")))]
    NoKind { word: String, nearest: Option<&'static str> },
}

impl CannotRepair {
    pub(crate) fn hint(&self) -> String {
        let kinds = format!("there are {}", list(RepairKind::ALL.map(RepairKind::as_str)));
        match self {
            CannotRepair::NoKind { nearest: Some(_), .. } => kinds,
            CannotRepair::NoKind { word, nearest: None } => {
                format!("{kinds}; a migration stands behind one: `dunlin repair checksums {word}`")
            }
        }
    }
}

pub(crate) async fn run(repair: Repair, context: &Context<'_>) -> Result<Exit, Problem> {
    let wish = wish(&repair.words)?;
    let (url, migrator, output) = (context.url()?, context.migrator()?, &context.output);
    let planned = context.watched(migrator.plan_repair(url, &wish)).await?;
    if !repair.yes || planned.rows.is_empty() {
        if context.wants_json() {
            output.json(&Document { report: &planned, repaired: false });
        } else {
            output.lines(planned.rows.iter().flat_map(|row| changes(row, output)));
            tell_left(&planned, context);
            output.data(&verdict(&planned, "would be repaired"));
        }
        if planned.rows.is_empty() {
            return Ok(Exit::Done);
        }
        let reason = if planned.needs_reason && repair.reason.is_none() { " --reason \"…\"" } else { "" };
        output.hint(&format!("`--yes{reason}` does it"));
        return Ok(Exit::Pending);
    }
    context.permit(repair.yes)?;
    if !context.wants_json() {
        for line in planned.rows.iter().flat_map(|row| changes(row, output)) {
            output.talk(&line);
        }
    }
    let done = context.watched(migrator.repair(url, &wish, repair.reason.as_deref())).await?;
    if context.wants_json() {
        output.json(&Document { report: &done, repaired: true });
    } else {
        tell_left(&done, context);
        output.data(&verdict(&done, "repaired"));
    }
    Ok(Exit::Done)
}

/// Takes kinds first, then migrations.
fn wish(words: &[String]) -> Result<Wish, CannotRepair> {
    let kind = |word: &String| RepairKind::ALL.into_iter().find(|kind| kind.as_str() == word);
    let kinds: Vec<RepairKind> = words.iter().map_while(kind).collect();
    let names = words.get(kinds.len()..).unwrap_or_default();
    match names.first() {
        Some(word) if kinds.is_empty() => {
            let nearest = nearest(word, RepairKind::ALL.map(RepairKind::as_str));
            Err(CannotRepair::NoKind { word: word.clone(), nearest })
        }
        _ => Ok(Wish { kinds, names: names.to_vec() }),
    }
}

/// Says what changes in a row, as a diff does.
fn changes(row: &RowRepaired, output: &Output) -> Vec<String> {
    let mut lines =
        vec![format!("  {}  {}: {}", output.styled(YELLOW, row.repair.as_str()), row.name, row.cause.sentence())];
    for ColumnChange { column, from, to } in &row.changes {
        let is_sql = column.ends_with("_sql");
        if is_sql && from.is_some() {
            lines.push(format!("      {column}"));
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            lines.extend(output.diff(&text(from), &text(to)).map(|line| format!("        {line}")));
            continue;
        }
        for (sign, value) in [("-", from), ("+", to)] {
            let value = value.as_ref().map(|value| format!("    {sign} {column}  {}", first_line(value)));
            lines.extend(value.map(|line| output.styled(if sign == "-" { RED } else { GREEN }, &line)));
        }
    }
    lines
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Says what is wrong and is not repaired.
fn tell_left(report: &RepairReport, context: &Context<'_>) {
    let output = &context.output;
    for left in &report.left {
        output.data(&format!("  {}  {left}", output.styled(CYAN, "left")));
        if let Some(hint) = left.hint() {
            output.data(&format!("        {}", output.with_own_name(&hint)));
        }
    }
}

fn verdict(report: &RepairReport, done: &str) -> String {
    match (report.rows.len(), report.left.len()) {
        (0, 0) => "nothing is to be repaired".to_owned(),
        (0, left) => format!("nothing is repaired; {} left", count(left, "row")),
        (rows, _) => format!("{} {done}", count(rows, "row")),
    }
}
