//! `restore`: writing files back from the SQL that a database stores.
//!
//! Core decides which files (`dunlin::core::restore`); a [`Work`](work::Work) holds them with what becomes of the lock file, shows
//! and writes them.

mod work;

use std::path::Path;

use clap::Args;
use dunlin::Dialect;
use dunlin::core::directory::{SourceFile, sql_names};
use dunlin::core::graph::Revisions;
use dunlin::core::migration::MigrationId;
use dunlin::core::plan::{Applied, PlanError, Resolver};
use dunlin::core::restore::{CannotRestore, Restoration, is_in_place, restoration};

use self::work::Work;
use super::adding;
use crate::context::{Context, shown};
use crate::exit_code::Exit;
use crate::problem::Problem;

/// Write the files of a migration back from the SQL that the database stores
///
/// Only what is missing or differs is written, each file whole, and its name stays what it was. A file that was edited is
/// shown with what changes, and overwritten after a question, or with `--yes`. Its line in dunlin.lock is kept right. The log
/// of the database tells which files were written.
#[derive(Debug, Clone, Args)]
pub(crate) struct Restore {
    /// The migrations: ids, beginnings of them, or slugs, as the database has them
    #[arg(value_name = "MIGRATION", required_unless_present = "all")]
    migrations: Vec<String>,

    /// Every migration that the database has
    #[arg(long, conflicts_with = "migrations")]
    all: bool,

    /// Overwrite what was edited, without asking
    #[arg(short, long)]
    yes: bool,

    /// Show what would be written, write nothing, and exit with 2 if there is something
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: &Restore, context: &Context<'_>) -> Result<Exit, Problem> {
    let dir = context.existing_directory()?;
    let (url, output) = (context.url()?, &context.output);
    let files = sources(&dir)?;
    let restorations = restorations(arguments, &files, &dir, url, context).await?;
    let work = Work::new(restorations, &files, &dir, context);
    if !work.is_empty() && !arguments.dry_run {
        if !context.wants_json() {
            for line in work.lines(output) {
                output.talk(&line);
            }
        }
        if work.overwrites() && !arguments.yes {
            if !context.host.can_be_asked() {
                return Err(Problem::Unconfirmed("what was edited would be overwritten"));
            }
            context.agree(false, "overwrite what was edited?", Problem::NotRestored).await?;
        }
        work.write()?;
        let nothing = context.without_files()?;
        let logged = context.watched(context.migrator_of(&nothing).log_restored(url, &work.restored())).await;
        if let Err(error) = &logged {
            output.warning(&format!("the files are written; the log of the database does not tell of it: {error}"));
        }
        if context.wants_json() {
            output.json(&work.to_json(Some(logged.is_ok())));
        } else {
            output.data(&work.verdict("restored"));
        }
        return Ok(Exit::Done);
    }
    if context.wants_json() {
        output.json(&work.to_json(None));
    } else {
        output.lines(work.lines(output));
        output.data(&work.verdict("would be restored"));
    }
    Ok(if work.is_empty() { Exit::Done } else { Exit::Pending })
}

/// Reads the SQL files as far as they are text: one that is not differs from what was applied.
fn sources(dir: &Path) -> Result<Vec<SourceFile>, Problem> {
    let read = |name: &String| {
        let path = dir.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(adding::source(name, String::from_utf8_lossy(&bytes).into_owned())),
            Err(source) => Err(Problem::File { path, source }),
        }
    };
    sql_names(dir, &shown(dir))?.iter().map(read).collect()
}

/// Asks the database for the SQL, and decides what is to be written. No file needs to be in order.
async fn restorations(
    arguments: &Restore,
    files: &[SourceFile],
    dir: &Path,
    url: &str,
    context: &Context<'_>,
) -> Result<Vec<Restoration>, Problem> {
    let dialect = Dialect::of_url(url).ok_or(Problem::NoUrl)?;
    let nothing = context.without_files()?;
    let mut unheard = Vec::new();
    let choose = |rows: &[Applied]| -> Result<Vec<MigrationId>, PlanError> {
        if arguments.all {
            let differs = rows.iter().filter(|row| !is_in_place(row, files, dialect));
            return Ok(differs.map(|row| row.id.clone()).collect());
        }
        let revisions = Revisions::new(rows.iter().map(Applied::revision).collect());
        let resolver = Resolver::new(&revisions);
        let mut chosen = Vec::new();
        for name in &arguments.migrations {
            match resolver.named(name) {
                Ok(id) => chosen.push(id),
                Err(PlanError::UnknownTarget { name, nearest }) => unheard.push((name, nearest)),
                Err(error) => return Err(error),
            }
        }
        Ok(chosen)
    };
    let mut rows = context.watched(context.migrator_of(&nothing).stored(url, choose)).await?;
    if !unheard.is_empty() {
        let removed = context.watched(context.migrator_of(&nothing).removed(url)).await?;
        rows.extend(named_among(&removed, unheard, context)?);
    }
    let lock = adding::read_lock(dir).ok();
    let decide = |row: &Applied| restoration(row, files, lock.as_ref(), dialect);
    Ok(rows.iter().map(decide).collect::<Result<_, _>>()?)
}

/// Finds migrations that have no row any more among those whose SQL the log keeps.
fn named_among(
    removed: &[Applied],
    names: Vec<(String, Option<String>)>,
    context: &Context<'_>,
) -> Result<Vec<Applied>, Problem> {
    let revisions = Revisions::new(removed.iter().map(Applied::revision).collect());
    let resolver = Resolver::new(&revisions);
    let mut found: Vec<Applied> = Vec::new();
    for (name, nearest) in names {
        let id = match resolver.named(&name) {
            Ok(id) => id,
            Err(PlanError::UnknownTarget { nearest: removed, .. }) => {
                return Err(CannotRestore::Unheard { name, nearest: nearest.or(removed) }.into());
            }
            Err(error) => return Err(dunlin::Error::from(error).into()),
        };
        if let Some(row) = removed.iter().find(|row| row.id == id)
            && found.iter().all(|row| row.id != id)
        {
            context.output.talk(&format!("`{}` was removed from the history; its log keeps the SQL", row.name()));
            found.push(row.clone());
        }
    }
    Ok(found)
}
