use clap::Args;
use dunlin::Target;
use dunlin::core::text::list;
use serde_json::json;

use super::adding;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::new_migration::{self, CannotAdd, Templates, Wish, Words};
use crate::problem::Problem;
use crate::program::Editor;

/// Write a migration that joins lines, so that there is one head
///
/// It comes after all heads, or after those that are named.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Merge {
    /// The heads that it joins, by any of their names
    #[arg(value_name = "TARGET")]
    targets: Vec<Target>,

    /// Why, as one text, which the up file begins with
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,

    /// Give the line from here on this label
    #[arg(long, value_name = "NAME", alias = "branch-label")]
    label: Vec<String>,

    /// Give it this id
    #[arg(long, alias = "rev-id")]
    id: Option<String>,

    /// Open the files in the editor that VISUAL or EDITOR names, and check them afterwards
    #[arg(long)]
    edit: bool,
}

pub(crate) fn run(merge: &Merge, context: &Context<'_>) -> Result<Exit, Problem> {
    let editor = merge.edit.then(|| Editor::of(&context.host)).transpose()?;
    let dir = context.existing_directory()?;
    let directory = adding::outline(adding::sources(&dir)?, &dir, context.reading())?;
    let revisions = directory.revisions();
    let heads = match &merge.targets[..] {
        [] | [Target::Heads] => revisions.real_heads(),
        targets => new_migration::places(targets, revisions)?,
    };
    let names: Vec<String> = heads.iter().map(|&place| revisions.name(place)).collect();
    if names.len() < 2 {
        return nothing(merge, &names, context);
    }
    let ids = heads.iter().filter_map(|&place| revisions.get(place)).map(|revision| revision.id.to_string());
    let words = merge.message.clone().unwrap_or_else(|| format!("merge {}", names.join(" and ")));
    let wish = Wish {
        words: Words::Message(words),
        id: merge.id.clone(),
        heads: ids.map(Target::Migration).collect(),
        labels: merge.label.clone(),
        ..Wish::default()
    };
    adding::add(vec![(wish, Templates::own("merge"))], editor.as_ref(), context)
}

fn nothing(merge: &Merge, names: &[String], context: &Context<'_>) -> Result<Exit, Problem> {
    if !merge.targets.is_empty() && merge.targets[..] != [Target::Heads] {
        return Err(CannotAdd::OneToMerge(names.to_vec()).into());
    }
    if context.wants_json() {
        context.output.json(&json!({ "files": [], "revises": names }));
    } else if names.is_empty() {
        context.output.data("there are no migrations yet");
    } else {
        context.output.data(&format!("there is nothing to merge: the one head is {}", list(names)));
    }
    Ok(Exit::Done)
}
