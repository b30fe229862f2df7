//! Adding a migration to a directory: what `new` and `merge` share, and `init` in part.

use std::path::{Path, PathBuf};

use dunlin::core::checksum::Checksum;
use dunlin::core::directory::{self, Directory, SourceFile, UpOnly, sql_names};
use dunlin::core::fault::{Fault, FaultKind, Faults};
use dunlin::core::location::Location;
use dunlin::core::lockfile::{self, LockFile};
use dunlin::core::text::list;
use serde_json::json;

use super::written::Written;
use crate::context::{Context, shown};
use crate::exit_code::Exit;
use crate::new_migration::{Manner, NewMigration, Templates, Wish};
use crate::problem::Problem;
use crate::program::{Editor, run_hook};

/// Writes a migration and its line in the lock file, runs the hooks, and opens an editor if one is given.
///
/// Everything is decided before anything is written.
pub(super) fn add(
    wish: &Wish,
    templates: Templates,
    editor: Option<&Editor>,
    context: &Context<'_>,
) -> Result<Exit, Problem> {
    let dir = context.existing_directory()?;
    let manner = Manner { templates, ..manner(context) };
    let (made, lock) = decide(wish, &manner, sources(&dir)?, &dir, context.reading())?;
    let files: Vec<PathBuf> = made.files.iter().map(|(name, _)| dir.join(name)).collect();
    let mut written = Written::default();
    for (path, (_, text)) in files.iter().zip(&made.files) {
        written.create(path, text)?;
    }
    written.replace(&dir.join(lockfile::FILE_NAME), &lock.render())?;

    let paths: Vec<String> = files.iter().map(|path| shown(path)).collect();
    if !context.wants_json() {
        context.output.lines(paths.iter().map(|path| format!("wrote {path}")));
        if !made.parents.is_empty() {
            context.output.talk(&format!("it revises {}", list(&made.parents)));
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
        context.output.json(&json!({ "id": made.id, "files": paths, "revises": made.parents }));
    }
    Ok(Exit::Done)
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
