use clap::Args;
use dunlin::core::text::list;
use serde_json::json;

use super::listed::{Listed, common};
use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;

/// Show the migrations that nothing revises: where new ones go on
///
/// It looks at the files only. With several heads it says from where they go apart, and what joins them.
#[derive(Debug, Clone, Args)]
pub(crate) struct Heads {
    /// Leave out heads that other migrations depend on, as Alembic does
    #[arg(long)]
    resolve_dependencies: bool,
}

pub(crate) fn run(arguments: &Heads, context: &Context<'_>) -> Result<Exit, Problem> {
    let listed = Listed::new(context.migrations()?.directory()?, None);
    let revisions = listed.revisions();
    let real = revisions.real_heads();
    let heads = if arguments.resolve_dependencies { real.clone() } else { revisions.heads() };
    let output = &context.output;
    if context.wants_json() {
        let heads = heads.iter().map(|&head| listed.to_json(head));
        output.json(&json!({ "heads": heads.collect::<Vec<_>>() }));
        return Ok(Exit::Done);
    }
    if heads.is_empty() {
        output.data("there are no migrations yet");
    }
    for &head in &heads {
        let mut remarks = listed.remarks(head);
        remarks.retain(|remark| remark != "head");
        if !real.contains(&head) {
            let dependants = revisions.graph().after(head).iter().map(|&after| revisions.name(after));
            remarks.push(format!("{} depends on it", list(dependants.collect::<Vec<_>>())));
        }
        let remarks = if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join(", ")) };
        output.data(&format!("{}{remarks}", revisions.name(head)));
        for (name, text) in listed.details(head).into_iter().filter(|_| context.is_verbose) {
            output.data(&format!("  {name:<9}{text}"));
        }
    }
    if real.len() > 1 {
        let apart = common(revisions, &real);
        let from = if apart.is_empty() {
            "have no common parent".to_owned()
        } else {
            format!("go apart after {}", list(&apart))
        };
        output.note(&format!("there are {} heads, which {from}", real.len()));
        output.hint("`dunlin merge` joins them with a migration, `dunlin rebase` puts one line behind the other");
    }
    Ok(Exit::Done)
}
