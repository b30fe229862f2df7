use clap::Args;
use dunlin::core::target::Range;
use serde_json::json;

use super::listed::{self, Listed};
use crate::context::Context;
use crate::drawing::Mark;
use crate::exit_code::Exit;
use crate::options::Format;
use crate::output::{CYAN, GREEN, RED, YELLOW};
use crate::problem::Problem;

/// Show the migrations and how they follow each other, the newest first
///
/// With a database, each is marked as applied, pending, edited, unfinished or unknown. `--verbose` adds the file, the parents and
/// when it was applied. `--format dot`, `mermaid` and `svg` draw pictures. `dunlin log` shows what was done to the database.
#[derive(Debug, Clone, Args)]
pub(crate) struct History {
    /// Show the migrations from one target to another: `a:b`, `base:billing@head`, `current:`
    #[arg(value_name = "RANGE")]
    range: Option<Range>,
    /// The same, as Alembic writes it; a range that begins with a minus needs it: `-r -3:current`
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true, conflicts_with = "range")]
    rev_range: Option<Range>,
    /// Fail if the database cannot be asked
    #[arg(short, long)]
    indicate_current: bool,
    /// Show only the newest N
    #[arg(short = 'n', long, value_name = "N")]
    last: Option<usize>,
    /// List the oldest first, without lines
    #[arg(long)]
    reverse: bool,
}

pub(crate) async fn run(arguments: History, context: &Context<'_>) -> Result<Exit, Problem> {
    let status = listed::status(context, arguments.indicate_current).await?;
    let listed = Listed::new(context.migrations()?.directory()?, status.as_ref());
    let range = arguments.range.or(arguments.rev_range).unwrap_or_default();
    let mut places: Vec<usize> =
        if range == Range::default() { (0..listed.revisions().len()).collect() } else { within(&listed, &range)? };
    places.drain(..places.len().saturating_sub(arguments.last.unwrap_or(usize::MAX)));
    let output = &context.output;
    match output.format() {
        Format::Json | Format::JsonLines => {
            let migrations = places.iter().map(|&place| listed.to_json(place));
            output.json(&json!({ "migrations": migrations.collect::<Vec<_>>() }));
        }
        Format::Dot => output.data(&listed.drawing(&listed.newest_first(&places)).dot()),
        Format::Mermaid => output.data(&listed.drawing(&listed.newest_first(&places)).mermaid()),
        Format::Svg => output.data(&listed.drawing(&listed.newest_first(&places)).svg()),
        Format::Html => return Err(Problem::Usage("`history` draws `dot`, `mermaid` and `svg`")),
        Format::Text if places.is_empty() => output.data("there are no migrations here"),
        Format::Text if arguments.reverse => write_flat(&listed, &places, context),
        Format::Text => write(&listed, &listed.newest_first(&places), context),
    }
    Ok(Exit::Done)
}

fn within(listed: &Listed<'_>, range: &Range) -> Result<Vec<usize>, Problem> {
    let ids = listed.resolver.within(range).map_err(dunlin::Error::from)?;
    Ok(ids.iter().filter_map(|id| listed.revisions().place(id)).collect())
}

fn write(listed: &Listed<'_>, shown: &[usize], context: &Context<'_>) {
    let drawing = listed.drawing(shown);
    let output = &context.output;
    for line in drawing.text() {
        let Some((node, &place)) = line.place.and_then(|row| drawing.nodes.get(row).zip(shown.get(row))) else {
            output.data(&line.lanes);
            continue;
        };
        output.data(&format!("{} {}{}", line.lanes, node.name, remarks(&node.remarks, node.mark, context)));
        if context.is_verbose {
            for (name, text) in listed.details(place) {
                output.data(&format!("{}   {name:<9}{text}", line.below));
            }
            output.data(line.below.trim_end());
        }
    }
}

fn write_flat(listed: &Listed<'_>, places: &[usize], context: &Context<'_>) {
    for &place in places {
        let Some(revision) = listed.revisions().get(place) else { continue };
        let remarks = remarks(&listed.remarks(place), listed.mark(&revision.id), context);
        context.output.data(&format!("{}{remarks}", revision.name()));
        for (name, text) in listed.details(place).into_iter().filter(|_| context.is_verbose) {
            context.output.data(&format!("  {name:<9}{text}"));
        }
    }
}

/// Writes remarks and the mark's word in brackets, the word in its colour.
fn remarks(remarks: &[String], mark: Mark, context: &Context<'_>) -> String {
    let style = match mark {
        Mark::Unasked => CYAN,
        Mark::Applied => GREEN,
        Mark::Pending | Mark::Unknown => YELLOW,
        Mark::Edited | Mark::Unfinished => RED,
    };
    let word = mark.word().map(|word| context.output.styled(style, word));
    let words: Vec<String> = remarks.iter().cloned().chain(word).collect();
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
}
