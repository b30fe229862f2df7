//! Deleting the files of migrations that others stand for.

use std::collections::HashSet;
use std::path::PathBuf;

use dunlin::core::directory::{Directory, Pair, sql_names};
use dunlin::core::lockfile;
use dunlin::core::migration::MigrationId;
use dunlin::core::plan::Resolver;
use dunlin::core::test_file::of_folder;
use serde_json::json;

use super::super::written::Written;
use super::super::{adding, applied, auto};
use super::CannotSquash;
use crate::context::{Context, shown};
use crate::exit_code::Exit;
use crate::problem::Problem;

pub(super) async fn run(names: &[String], context: &Context<'_>) -> Result<Exit, Problem> {
    let migrations = auto::on_disk(context)?;
    let directory = migrations.directory()?;
    let squashes = squashes(names, directory)?;
    let applied = applied::ids(context).await?;
    for squash in &squashes {
        refuse_in_the_middle(squash, &applied)?;
    }
    let stood_for: HashSet<&MigrationId> = squashes.iter().flat_map(|squash| squash.replaces()).collect();
    let gone: Vec<&Pair> = directory.pairs().iter().filter(|pair| stood_for.contains(&pair.id)).collect();
    let dir = context.existing_directory()?;
    let scripts = gone.iter().flat_map(|pair| pair.up.iter().chain(pair.down.iter())).map(|(_, script)| script);
    let mut paths: Vec<PathBuf> =
        scripts.map(|script| dir.join(script.file.rsplit('/').next().unwrap_or(&script.file))).collect();

    let is_gone = |name: &str| paths.iter().any(|path| path.file_name().is_some_and(|file| file == name));
    let left = adding::sources(&dir)?.into_iter().filter(|source| !is_gone(&source.name)).collect();
    let after = Directory::from_files(&shown(&dir), left, None, context.reading())?;
    let mut lock = adding::read_lock(&dir)?;
    lock.follow(after.pairs());
    paths.extend(tests_of(&stood_for, directory, context)?);
    let mut written = Written::default();
    for path in &paths {
        written.delete(path)?;
    }
    written.replace(&dir.join(lockfile::FILE_NAME), &lock.render())?;

    let paths: Vec<String> = paths.iter().map(|path| shown(path)).collect();
    if context.wants_json() {
        context.output.json(&json!({ "deleted": paths }));
    } else if paths.is_empty() {
        context.output.data("there is nothing to delete");
    } else {
        context.output.lines(paths.iter().map(|path| format!("deleted {path}")));
    }
    Ok(Exit::Done)
}

/// Returns the seeds and checks of migrations: without them they would belong to none, which is a fault.
fn tests_of(
    gone: &HashSet<&MigrationId>,
    directory: &Directory,
    context: &Context<'_>,
) -> Result<Vec<PathBuf>, Problem> {
    let folder = context.settings.tests_folder();
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let files = of_folder(&shown(&folder), &sql_names(&folder, &shown(&folder))?, directory.revisions())?;
    Ok(files.into_iter().filter(|file| gone.contains(&file.id)).map(|file| folder.join(file.name)).collect())
}

/// Returns the migrations that are named, or all, that stand for others.
fn squashes<'d>(names: &[String], directory: &'d Directory) -> Result<Vec<&'d Pair>, Problem> {
    let resolver = Resolver::new(directory.revisions());
    let ids: Vec<MigrationId> = names.iter().map(|name| resolver.named(name)).collect::<Result<_, _>>()?;
    let is_meant = |pair: &&Pair| if names.is_empty() { !pair.replaces().is_empty() } else { ids.contains(&pair.id) };
    let meant: Vec<&Pair> = directory.pairs().iter().filter(is_meant).collect();
    match meant.iter().find(|pair| pair.replaces().is_empty()) {
        Some(pair) => Err(CannotSquash::NoSquash(pair.name()).into()),
        None => Ok(meant),
    }
}

/// A database that has some of them and not the last needs their files.
fn refuse_in_the_middle(squash: &Pair, applied: &HashSet<MigrationId>) -> Result<(), CannotSquash> {
    let (there, missing): (Vec<&MigrationId>, Vec<&MigrationId>) =
        squash.replaces().iter().partition(|id| applied.contains(*id));
    let has_last = squash.replaces().last().is_some_and(|last| applied.contains(last));
    if there.is_empty() || has_last {
        return Ok(());
    }
    let missing = missing.into_iter().map(ToString::to_string).collect();
    Err(CannotSquash::InTheMiddle { squash: squash.name(), missing })
}
