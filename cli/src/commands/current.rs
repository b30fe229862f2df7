use clap::Args;
use dunlin::core::text::list;
use serde_json::json;

use super::listed::{self, Listed};
use crate::context::Context;
use crate::drawing::Mark;
use crate::exit_code::Exit;
use crate::problem::Problem;

/// Show where the database is: the applied migrations that no applied one comes after
///
/// A migration that no file has is shown too, and the exit code is then 3. `--verbose` adds the file and when it was applied.
#[derive(Debug, Clone, Args)]
pub(crate) struct Current {
    /// Exit with 2 if the database is not at every head of the files
    #[arg(long)]
    check_heads: bool,
}

pub(crate) async fn run(arguments: &Current, context: &Context<'_>) -> Result<Exit, Problem> {
    let status = listed::status(context, true).await?;
    let listed = Listed::new(context.migrations()?.directory()?, status.as_ref());
    let revisions = listed.revisions();
    let ids = || status.iter().flat_map(|status| &status.heads);
    let places: Vec<usize> = ids().filter_map(|id| revisions.place(id)).collect();
    let output = &context.output;
    if context.wants_json() {
        let current = places.iter().map(|&place| listed.to_json(place));
        output.json(&json!({ "current": current.collect::<Vec<_>>() }));
    } else if places.is_empty() {
        output.data("base");
    } else {
        for &place in &places {
            let Some(revision) = revisions.get(place) else { continue };
            let mut remarks = listed.remarks(place);
            remarks.retain(|remark| remark != "current");
            let mark = listed.mark(&revision.id);
            remarks.extend(mark.word().filter(|_| mark != Mark::Applied).map(str::to_owned));
            let remarks = if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join(", ")) };
            output.data(&format!("{}{remarks}", revision.name()));
            for (name, text) in listed.details(place).into_iter().filter(|_| context.is_verbose) {
                output.data(&format!("  {name:<9}{text}"));
            }
        }
    }
    let unknown: Vec<String> = ids()
        .filter(|id| listed.mark(id) == Mark::Unknown)
        .filter_map(|id| Some(revisions.get(revisions.place(id)?)?.name()))
        .collect();
    if !unknown.is_empty() {
        output.warning(&format!("no file here has {}", list(&unknown)));
        output.hint("`dunlin doctor` says where it may be, and `dunlin stamp` how to go on without it");
        return Ok(Exit::Disagree);
    }
    let directory = context.migrations()?.directory()?;
    let heads = directory.revisions().real_heads();
    let is_at = |&head: &usize| directory.revisions().get(head).is_some_and(|head| listed.is_current(&head.id));
    Ok(if arguments.check_heads && !heads.iter().all(is_at) { Exit::Pending } else { Exit::Done })
}
