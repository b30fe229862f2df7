//! Adding a migration to a directory: what `new` and `merge` share, and `init` in part.

use std::path::{Path, PathBuf};

use dunlin::core::checksum::Checksum;
use dunlin::core::directory::{self, Directory, SourceFile, UpOnly, sql_names};
use dunlin::core::fault::{Fault, FaultKind, Faults};
use dunlin::core::location::Location;
use dunlin::core::lockfile::{self, LockFile};
use dunlin::core::migration::MigrationId;
use dunlin::core::target::Target;
use dunlin::core::text::list;
use serde_json::json;

use super::written::Written;
use crate::context::{Context, shown};
use crate::exit_code::Exit;
use crate::new_migration::{Manner, NewMigration, Templates, Wish};
use crate::problem::Problem;
use crate::program::{Editor, run_hook};

/// Writes migrations and their lines in the lock file, runs the hooks, and opens an editor if one is given. Each comes after the
/// one before it.
///
/// Everything is decided before anything is written.
pub(super) fn add(
    wishes: Vec<(Wish, Templates)>,
    editor: Option<&Editor>,
    context: &Context<'_>,
) -> Result<Exit, Problem> {
    let dir = context.existing_directory()?;
    let mut sources = sources(&dir)?;
    let mut all: Vec<NewMigration> = Vec::new();
    let mut lock = None;
    for (mut wish, templates) in wishes {
        if let Some(before) = all.last() {
            wish.heads = vec![Target::Migration(before.id.to_string())];
        }
        let manner = Manner { templates, ..manner(context) };
        let (made, with_it) = decide(&wish, &manner, sources.clone(), &dir, context.reading())?;
        sources.extend(made.files.iter().map(|(name, text)| source(name, text.clone())));
        all.push(made);
        lock = Some(with_it);
    }
    let files: Vec<PathBuf> = all.iter().flat_map(|made| &made.files).map(|(name, _)| dir.join(name)).collect();
    let mut written = Written::default();
    for (path, (_, text)) in files.iter().zip(all.iter().flat_map(|made| &made.files)) {
        written.create(path, text)?;
    }
    if let Some(lock) = lock {
        written.replace(&dir.join(lockfile::FILE_NAME), &lock.render())?;
    }

    let paths: Vec<String> = files.iter().map(|path| shown(path)).collect();
    if !context.wants_json() {
        context.output.lines(paths.iter().map(|path| format!("wrote {path}")));
        if let Some(parents) = all.first().map(|made| &made.parents).filter(|parents| !parents.is_empty()) {
            let which = if all.len() > 1 { "the first revises" } else { "it revises" };
            context.output.talk(&format!("{which} {}", list(parents)));
        }
    }
    let hooks = &context.settings.making.after_write;
    for (path, hook) in files.iter().flat_map(|path| hooks.iter().map(move |hook| (path, hook))) {
        run_hook(hook, path, context.settings.folder(), &paths)?;
    }
    if let Some(editor) = editor {
        editor.open(&files)?;
    }
    if editor.is_some() || !hooks.is_empty() {
        let may_be_empty = editor.is_none();
        recheck(&dir, &files, context, |kind| may_be_empty && *kind == FaultKind::Empty)?;
    }
    if context.wants_json() {
        let (id, revises) = (all.last().map(|made| &made.id), all.first().map(|made| &made.parents));
        context.output.json(&json!({ "id": id, "files": paths, "revises": revises, "ids": ids(&all) }));
    }
    Ok(Exit::Done)
}

fn ids(all: &[NewMigration]) -> Vec<&MigrationId> {
    all.iter().map(|made| &made.id).collect()
}

/// Says how migrations are made here and now, from dunlin's own templates.
pub(super) fn manner(context: &Context<'_>) -> Manner {
    let host = &context.host;
    let making = context.settings.making.clone();
    Manner { making, templates: Templates::default(), time: host.time_as_id(), chance: host.chance() }
}

/// Decides everything: the files, and the lock file with their line.
pub(super) fn decide(
    wish: &Wish,
    manner: &Manner,
    mut files: Vec<SourceFile>,
    dir: &Path,
    reading: directory::Options,
) -> Result<(NewMigration, LockFile), Problem> {
    let mut lock = read_lock(dir)?;
    let made = NewMigration::new(wish, manner, &outline(files.clone(), dir, reading.clone())?)?;
    files.extend(made.files.iter().map(|(name, text)| source(name, text.clone())));
    lock.follow(outline(files, dir, reading)?.pairs());
    Ok((made, lock))
}

/// Puts a directory together of which only names and headers count: migrations may still be empty or half written.
pub(super) fn outline(files: Vec<SourceFile>, dir: &Path, reading: directory::Options) -> Result<Directory, Problem> {
    let reading = directory::Options { up_only: UpOnly::Allow, ..reading };
    Ok(Directory::from_files(&shown(dir), files, None, reading)?)
}

/// Reads the SQL files as they are.
pub(super) fn sources(dir: &Path) -> Result<Vec<SourceFile>, Problem> {
    let read = |name: &String| {
        let path = dir.join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(source(name, text)),
            Err(source) => Err(Problem::File { path, source }),
        }
    };
    sql_names(dir, &shown(dir))?.iter().map(read).collect()
}

/// A text with its checksum counts as checked.
pub(super) fn source(name: &str, text: String) -> SourceFile {
    let checksum = Some(Checksum::of_text(&text));
    SourceFile { name: name.to_owned().into(), text: text.into(), checksum }
}

/// Checks files that a person or a program has edited, and says what is wrong with them.
pub(super) fn recheck(
    dir: &Path,
    files: &[PathBuf],
    context: &Context<'_>,
    may_pass: impl Fn(&FaultKind) -> bool,
) -> Result<(), Problem> {
    let Err(faults) = Directory::read(dir, &shown(dir), context.reading()) else { return Ok(()) };
    let is_own = |fault: &&Fault| files.iter().any(|file| shown(file) == fault.file) && !may_pass(&fault.kind);
    Ok(Faults::none_or(faults.iter().filter(is_own).cloned().collect())?)
}

pub(super) fn read_lock(dir: &Path) -> Result<LockFile, Problem> {
    let path = dir.join(lockfile::FILE_NAME);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(LockFile::default()),
        Err(source) => return Err(Problem::File { path, source }),
    };
    LockFile::parse(&text).map_err(|mut bad| {
        if let Some(line) = text.lines().position(|line| line.starts_with("<<<<<<< ")) {
            bad = vec![(
                line + 1,
                "git left a conflict here: keep the lines of both sides, without the marks".to_owned(),
            )];
        }
        let fault = |(line, message)| Fault {
            file: shown(&path),
            location: Some(Location { line, column: 1 }),
            kind: FaultKind::Lock(message),
        };
        match Faults::none_or(bad.into_iter().map(fault).collect()) {
            Err(faults) => faults.into(),
            Ok(()) => Problem::Usage("the lock file cannot be read"),
        }
    })
}
