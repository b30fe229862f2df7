use std::collections::HashMap;
use std::path::Path;

use clap::Args;
use dunlin::Target;
use dunlin::core::directory::{Directory, Pair, SourceFile};
use dunlin::core::lockfile::{self, LockFile};
use dunlin::core::migration::{MigrationId, Script};
use dunlin::core::text::{count, list};
use serde_json::{Value, json};

use super::written::Written;
use super::{adding, applied};
use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;
use crate::rebase::{self, Fixed};

/// Move a line of migrations that is not applied yet after the other head, so that there is one
///
/// It rewrites what the first of them revises. What is sealed in dunlin.lock or applied in the database does not move; of two
/// heads, the one whose line can move moves onto the other.
#[derive(Debug, Clone, Args)]
pub(crate) struct Rebase {
    /// Migrations of the lines that move, one line after the other; what comes after them moves along
    #[arg(value_name = "TARGET")]
    moved: Vec<Target>,

    /// Where to, if not to the other head
    #[arg(long, value_name = "TARGET")]
    onto: Option<Target>,

    /// Do not ask the database what it has applied
    #[arg(long)]
    offline: bool,

    /// Move what is sealed or applied all the same
    #[arg(long)]
    force: bool,

    /// Show what would be rewritten, rewrite nothing, and exit with 2 if there is something
    #[arg(long)]
    dry_run: bool,
}

/// A file that is to be rewritten.
struct Rewritten {
    name: String,
    text: String,
}

pub(crate) async fn run(arguments: &Rebase, context: &Context<'_>) -> Result<Exit, Problem> {
    let dir = context.existing_directory()?;
    let mut sources = adding::sources(&dir)?;
    let before = adding::outline(sources.clone(), &dir, context.reading())?;
    let mut lock = adding::read_lock(&dir)?;
    let fixed = fixed(arguments, &lock, context).await?;
    let wish = rebase::Wish { moved: arguments.moved.clone(), onto: arguments.onto.clone(), force: arguments.force };
    let rebase = rebase::Rebase::new(&wish, before.revisions(), &fixed)?;
    if rebase.parents.is_empty() {
        return Ok(nothing(&before, context));
    }
    let rewritten = rewritten(&rebase, &before, &sources)?;
    for Rewritten { name, text } in &rewritten {
        sources.retain(|source| source.name != *name);
        sources.push(adding::source(name, text.clone()));
    }
    // A dependency could lead back to what it was moved after.
    let after = adding::outline(sources, &dir, context.reading())?;
    if !arguments.dry_run {
        follow(&mut lock, &after, &rebase);
        write(&dir, &rewritten, &lock)?;
    }
    tell(&rebase, &before, &after, arguments.dry_run, context);
    Ok(if arguments.dry_run { Exit::Pending } else { Exit::Done })
}

/// Says which migrations must stay as they are.
async fn fixed(
    arguments: &Rebase,
    lock: &LockFile,
    context: &Context<'_>,
) -> Result<HashMap<MigrationId, Fixed>, Problem> {
    let mut fixed = HashMap::new();
    if !arguments.offline && !arguments.force {
        fixed.extend(applied::ids(context).await?.into_iter().map(|id| (id, Fixed::Applied)));
    }
    let sealed = lock.entries().iter().filter(|entry| entry.seal.is_some());
    fixed.extend(sealed.map(|entry| (entry.id.clone(), Fixed::Sealed)));
    Ok(fixed)
}

fn nothing(directory: &Directory, context: &Context<'_>) -> Exit {
    let heads: Vec<String> =
        directory.revisions().heads().into_iter().map(|place| directory.revisions().name(place)).collect();
    if context.wants_json() {
        context.output.json(&json!({ "moved": [], "rewritten": [], "heads": heads }));
    } else {
        context.output.data(&match &heads[..] {
            [] => "there are no migrations yet".to_owned(),
            [head] => format!("there is nothing to rebase: the one head is `{head}`"),
            _ => "there is nothing to rebase: it comes after that already".to_owned(),
        });
    }
    Exit::Done
}

/// Rewrites the files that state what a migration revises, those of its own and those that stated none so far.
fn rewritten(rebase: &rebase::Rebase, before: &Directory, sources: &[SourceFile]) -> Result<Vec<Rewritten>, Problem> {
    let parents: HashMap<&MigrationId, &Vec<MigrationId>> = rebase.parents.iter().map(|(id, of)| (id, of)).collect();
    let mut pairs: Vec<&Pair> = before.pairs().iter().collect();
    pairs.sort_by_key(|pair| &pair.id);
    let (mut rewritten, mut is_chain) = (Vec::new(), true);
    for pair in pairs {
        let has_line = |script: &Script| script.header.revises.is_some();
        let is_stated = pair.up.primary().is_some_and(has_line);
        let new = parents.get(&pair.id).copied();
        is_chain &= !is_stated && new.is_none();
        // Files without a line of their own must come before the first that has one.
        let Some(parents) = new.or((!is_chain && !is_stated).then_some(&pair.parents)) else { continue };
        for (n, (_, script)) in pair.up.iter().enumerate() {
            let name = script.file.rsplit('/').next().unwrap_or(&script.file);
            let source = sources.iter().find(|source| source.name == name);
            let Some(source) = source.filter(|_| n == 0 || has_line(script)) else { continue };
            let text = rebase::with_revises(&source.text, parents).ok_or(Problem::Usage(
                "the header of a file cannot be rewritten; state `revises` in a line of its own",
            ))?;
            rewritten.push(Rewritten { name: name.to_owned(), text });
        }
    }
    Ok(rewritten)
}

/// Brings the lock file in line: its order, and the checksums of what was sealed and moved by force.
fn follow(lock: &mut LockFile, after: &Directory, rebase: &rebase::Rebase) {
    lock.follow(after.pairs());
    for (id, _) in &rebase.parents {
        let is_sealed = lock.get(id).is_some_and(|entry| entry.seal.is_some());
        if let Some(pair) = after.pairs().iter().find(|pair| pair.id == *id).filter(|_| is_sealed) {
            lock.accept(pair, None, &format!("rebased onto {}", rebase.onto));
        }
    }
}

fn write(dir: &Path, rewritten: &[Rewritten], lock: &LockFile) -> Result<(), Problem> {
    let mut written = Written::default();
    for Rewritten { name, text } in rewritten {
        written.replace(&dir.join(name), text)?;
    }
    written.replace(&dir.join(lockfile::FILE_NAME), &lock.render())
}

fn tell(rebase: &rebase::Rebase, before: &Directory, after: &Directory, is_dry: bool, context: &Context<'_>) {
    let name = |id: &MigrationId| {
        let revisions = after.revisions();
        revisions.place(id).map_or_else(|| id.to_string(), |place| revisions.name(place))
    };
    let former = |id: &MigrationId| {
        let pair = before.pairs().iter().find(|pair| pair.id == *id);
        pair.map(|pair| pair.parents.clone()).unwrap_or_default()
    };
    let ids = |ids: &[MigrationId]| {
        if ids.is_empty() {
            "base".to_owned()
        } else {
            ids.iter().map(MigrationId::as_str).collect::<Vec<_>>().join(", ")
        }
    };
    let heads: Vec<String> = after.revisions().heads().into_iter().map(|place| after.revisions().name(place)).collect();
    let output = &context.output;
    if context.wants_json() {
        let rewritten = rebase
            .parents
            .iter()
            .map(|(id, parents)| json!({ "id": id, "name": name(id), "revises": parents, "revised": former(id) }));
        let rewritten: Vec<Value> = rewritten.collect();
        let moved: Vec<String> = rebase.moved.iter().map(name).collect();
        let onto = &rebase.onto;
        output
            .json(&json!({ "moved": moved, "onto": onto, "rewritten": rewritten, "heads": heads, "dry_run": is_dry }));
        return;
    }
    if let Some((stays, why)) = &rebase.stays {
        output.talk(&format!("the other line stays, for `{stays}` is {why}"));
    }
    for (id, parents) in &rebase.parents {
        let (parents, former) = (ids(parents), ids(&former(id)));
        output.data(&format!("  {}  it revises {parents}, and not {former}", name(id)));
    }
    let moved = count(rebase.moved.len(), "migration");
    let heads = if heads.len() == 1 {
        format!("the head is {}", list(&heads))
    } else {
        format!("the heads are {}", list(&heads))
    };
    output.data(&if is_dry {
        format!("{moved} to move onto `{}`; nothing was written", rebase.onto)
    } else {
        format!("{moved} moved onto `{}`; {heads}", rebase.onto)
    });
}
