use std::path::Path;

use clap::Args;
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
use crate::new_migration::{NewMigration, Wish};
use crate::problem::Problem;

/// Write the files of a new migration, and its line in dunlin.lock
///
/// It comes after the head. Nothing is overwritten, and nothing is written unless everything can be.
#[derive(Debug, Clone, Args)]
pub(crate) struct New {
    /// What it does: `create users` makes `<id>_create_users`
    #[arg(value_name = "SLUG", conflicts_with = "message")]
    words: Vec<String>,

    /// What it does, as one text
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,

    /// Give it this id, in place of the time in UTC, or of the next number where ids are short numbers
    #[arg(long)]
    id: Option<String>,

    /// Let it come after these migrations and not after the head; several are a merge, `base` is none
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    revises: Vec<String>,

    /// Write no down file, and say why there is no way back
    #[arg(long, value_name = "WHY")]
    irreversible: Option<String>,
}

pub(crate) fn run(new: &New, context: &Context<'_>) -> Result<Exit, Problem> {
    let dir = context.existing_directory()?;
    let wish = Wish {
        words: new.message.clone().unwrap_or_else(|| new.words.join(" ")),
        id: new.id.clone(),
        revises: new.revises.clone(),
        irreversible: new.irreversible.clone(),
        time: context.host.time_as_id(),
    };
    let files = sources(&dir)?;
    let (made, lock) = decide(&wish, files, &dir, context.reading())?;

    let mut written = Written::default();
    for (name, text) in &made.files {
        written.create(&dir.join(name), text)?;
    }
    written.replace(&dir.join(lockfile::FILE_NAME), &lock.render())?;

    let paths: Vec<String> = written.new_files().iter().map(|path| shown(path)).collect();
    if context.wants_json() {
        context.output.json(&json!({ "files": paths, "revises": made.parents }));
    } else {
        context.output.lines(paths.iter().map(|path| format!("wrote {path}")));
        if !made.parents.is_empty() {
            context.output.talk(&format!("it revises {}", list(made.parents)));
        }
    }
    Ok(Exit::Done)
}

/// Decides everything: the files, and the lock file with their line.
pub(super) fn decide(
    wish: &Wish,
    mut files: Vec<SourceFile>,
    dir: &Path,
    reading: directory::Options,
) -> Result<(NewMigration, LockFile), Problem> {
    // Other migrations may still be empty or half written: only names and headers count here.
    let reading = directory::Options { up_only: UpOnly::Allow, ..reading };
    let mut lock = read_lock(dir)?;
    let before = Directory::from_files(&shown(dir), files.clone(), None, reading.clone())?;
    let made = NewMigration::new(wish, &before)?;
    files.extend(made.files.iter().map(|(name, text)| source(name, text.clone())));
    let after = Directory::from_files(&shown(dir), files, None, reading)?;
    lock.follow(after.pairs());
    Ok((made, lock))
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
fn source(name: &str, text: String) -> SourceFile {
    let checksum = Some(Checksum::of_text(&text));
    SourceFile { name: name.to_owned().into(), text: text.into(), checksum }
}

fn read_lock(dir: &Path) -> Result<LockFile, Problem> {
    let path = dir.join(lockfile::FILE_NAME);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(LockFile::default()),
        Err(source) => return Err(Problem::File { path, source }),
    };
    LockFile::parse(&text).map_err(|bad| {
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
