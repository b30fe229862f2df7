//! What is to be written: files, and lines of the lock file.

use std::path::{Path, PathBuf};

use dunlin::FilesRestored;
use dunlin::core::directory::SourceFile;
use dunlin::core::lockfile::{self, LockFile, Seal};
use dunlin::core::restore::{FileRestored, Restoration};
use dunlin::core::text::{count, diff, list};
use serde_json::{Value, json};

use crate::commands::adding;
use crate::commands::written::Written;
use crate::context::{Context, shown};
use crate::output::{CYAN, GREEN, Output, RED};
use crate::problem::Problem;

/// The reason that an edit of the lock file gives.
const REASON: &str = "restored from the history of a database";

/// Files that are to be written, and the lock file as it is to be.
pub(super) struct Work {
    dir: PathBuf,
    restorations: Vec<Restoration>,
    lock: Lock,
}

/// What becomes of the lock file.
#[derive(Default)]
struct Lock {
    /// The whole of it, if it changes.
    changed: Option<LockFile>,
    /// Migrations whose seal was another.
    sealed: Vec<String>,
    /// Migrations that had no line.
    opened: Vec<String>,
    /// Why nothing is known of it.
    unread: Option<Problem>,
}

impl Work {
    pub(super) fn new(restorations: Vec<Restoration>, files: &[SourceFile], dir: &Path, context: &Context<'_>) -> Work {
        let lock = if dir.join(lockfile::FILE_NAME).exists() {
            let decided = Lock::of(&restorations, files, dir, context);
            decided.unwrap_or_else(|problem| Lock { unread: Some(problem), ..Lock::default() })
        } else {
            Lock::default()
        };
        Work { dir: dir.to_owned(), restorations, lock }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files().next().is_none() && self.lock.changed.is_none()
    }

    /// Says whether something is lost that somebody wrote.
    pub(super) fn overwrites(&self) -> bool {
        self.files().any(|file| file.former.is_some()) || !self.lock.sealed.is_empty()
    }

    /// Writes all of it. If one file cannot be written, the others become what they were.
    pub(super) fn write(&self) -> Result<(), Problem> {
        let mut written = Written::default();
        for file in self.files() {
            let path = self.dir.join(&file.name);
            match file.former {
                Some(_) => written.replace(&path, &file.text)?,
                None => written.create(&path, &file.text)?,
            }
        }
        if let Some(lock) = &self.lock.changed {
            written.replace(&self.dir.join(lockfile::FILE_NAME), &lock.render())?;
        }
        Ok(())
    }

    /// Returns what the log is to tell.
    pub(super) fn restored(&self) -> Vec<FilesRestored> {
        let changed = self.restorations.iter().filter(|restoration| !restoration.files.is_empty());
        let restored = changed.map(|restoration| FilesRestored {
            id: restoration.id.clone(),
            checksum: restoration.checksum,
            files: restoration.files.iter().map(|file| self.shown(&file.name)).collect(),
        });
        restored.collect()
    }

    /// Says what is written, with what changes in files that are there.
    pub(super) fn lines(&self, output: &Output) -> Vec<String> {
        let mut lines = Vec::new();
        for file in self.files() {
            let Some(former) = &file.former else {
                lines.push(format!("  {}   {}", output.styled(GREEN, "create"), self.shown(&file.name)));
                continue;
            };
            lines.push(format!("  {}  {}", output.styled(RED, "replace"), self.shown(&file.name)));
            lines.extend(output.diff(former, &file.text).map(|line| format!("    {line}")));
        }
        let lock = self.shown(lockfile::FILE_NAME);
        let mut of_lock = |word, what: &str, names: &[String]| {
            let line = |name| format!("  {}  {lock}: `{name}` {what}", output.styled(CYAN, word));
            lines.extend(names.iter().map(line));
        };
        of_lock("seal   ", "was sealed with another text, which stays in `was=`", &self.lock.sealed);
        of_lock("open   ", "had no line", &self.lock.opened);
        for restoration in &self.restorations {
            let down = restoration.unknown_down.iter().map(|down| self.shown(down));
            let left = |down| format!("  {}    {down}: the database stores no way down", output.styled(CYAN, "leave"));
            lines.extend(down.map(left));
        }
        if let Some(problem) = &self.lock.unread {
            let first = problem.to_string().lines().next().unwrap_or_default().to_owned();
            lines.push(format!("  {}    {lock}: {first}", output.styled(CYAN, "leave")));
        }
        lines
    }

    /// Sums it up.
    pub(super) fn verdict(&self, done: &str) -> String {
        let files = self.files().count();
        let names: Vec<&str> = self.restorations.iter().map(|restoration| &*restoration.name).collect();
        match files {
            0 if self.lock.changed.is_some() => format!("the lines of {} {done}", list(names)),
            0 if names.is_empty() => "nothing to restore: the files hold what the database stores".to_owned(),
            0 => format!("nothing to restore: the files of {} hold what the database stores", list(names)),
            _ => format!("{} {done}", count(files, "file")),
        }
    }

    pub(super) fn to_json(&self, logged: Option<bool>) -> Value {
        let file = |file: &FileRestored| {
            let was = if file.former.is_some() { "edited" } else { "missing" };
            let diff = file.former.as_ref().map(|former| diff(former, &file.text));
            json!({ "file": self.shown(&file.name), "was": was, "diff": diff })
        };
        let restored = self.restorations.iter().map(|restoration| {
            let files: Vec<Value> = restoration.files.iter().map(file).collect();
            json!({ "id": restoration.id, "name": restoration.name, "files": files })
        });
        json!({
            "restored": restored.collect::<Vec<Value>>(),
            "sealed": self.lock.sealed,
            "opened": self.lock.opened,
            "logged": logged,
        })
    }

    fn files(&self) -> impl Iterator<Item = &FileRestored> {
        self.restorations.iter().flat_map(|restoration| &restoration.files)
    }

    fn shown(&self, name: &str) -> String {
        shown(&self.dir.join(name))
    }
}

impl Lock {
    /// Holds the lock file against the files as they are to be: what is restored has a line, and a seal that fits.
    fn of(
        restorations: &[Restoration],
        files: &[SourceFile],
        dir: &Path,
        context: &Context<'_>,
    ) -> Result<Lock, Problem> {
        let former = adding::read_lock(dir)?;
        let written = || restorations.iter().flat_map(|restoration| &restoration.files);
        let stays = |file: &&SourceFile| written().all(|restored| restored.name != file.name);
        let mut files: Vec<SourceFile> = files.iter().filter(stays).cloned().collect();
        files.extend(written().map(|restored| adding::source(&restored.name, restored.text.clone())));
        let directory = adding::outline(files, dir, context.reading())?;
        let mut lock = former.clone();
        lock.follow(directory.pairs());
        let (mut sealed, mut opened) = (Vec::new(), Vec::new());
        for Restoration { id, name, .. } in restorations {
            let Some(pair) = directory.pairs().iter().find(|pair| pair.id == *id) else { continue };
            match former.get(id) {
                None => opened.push(name.clone()),
                Some(entry) if entry.seal.as_ref().is_some_and(|seal| *seal != Seal::of(pair)) => {
                    lock.accept(pair, None, REASON);
                    sealed.push(name.clone());
                }
                Some(_) => {}
            }
        }
        Ok(Lock { changed: (lock != former).then_some(lock), sealed, opened, unread: None })
    }
}
