//! Merging another commit in memory.

use std::collections::BTreeMap;

use dunlin::core::directory::{Directory, Options, Pair, SourceFile, UpOnly};
use dunlin::core::fault::Faults;
use dunlin::core::file_name::claims_to_be_sql;
use dunlin::core::lockfile::{self, LockFile};
use dunlin::core::migration::MigrationId;
use dunlin::core::repeatable::in_folder;

use super::files::{Files, up_file};
use super::foretold::{Foretold, Heads, Moved, Sided};
use super::three_way::{self, Merged, lines_of_lock};
use crate::commands::listed;
use crate::context::shown;
use crate::git::{Git, Object};
use crate::problem::Problem;

/// The files of a commit, those here, and those from which both come.
pub(super) struct Against {
    /// What the user calls the commit.
    name: String,
    theirs: State,
    ours: State,
    base: State,
}

/// A state of the directory: its scripts and its lock file.
struct State {
    scripts: three_way::Files,
    lock: Option<String>,
}

impl Against {
    /// Finds a commit, and the one where it parted from the present branch, and reads the files of both.
    pub(super) fn find(name: &str, files: &Files) -> Result<Against, Problem> {
        let git = Git::at(&files.dir)?;
        let commit = git.commit(name)?;
        let there = git.files(&commit)?;
        let before = git.parted(name, &commit)?.map_or_else(|| Ok(BTreeMap::new()), |parted| git.files(&parted))?;
        let objects: Vec<Object> = there.values().chain(before.values()).cloned().collect();
        let texts = git.texts(&objects)?;
        let state = |listed: BTreeMap<String, Object>| {
            State::of(listed.into_iter().filter_map(|(name, object)| Some((name, texts.get(&object)?.clone()))))
        };
        Ok(Against { name: name.to_owned(), theirs: state(there), ours: on_disk(files), base: state(before) })
    }

    /// Says what the merge would make.
    pub(super) fn foretell(&self, files: &Files) -> Foretold {
        let Merged { files: scripts, conflicts } =
            three_way::merge(&self.base.scripts, &self.ours.scripts, &self.theirs.scripts);
        let lines = three_way::merge(&self.base.lock_lines(), &self.ours.lock_lines(), &self.theirs.lock_lines());
        let lock: String = lines.files.values().map(|line| format!("{line}\n")).collect();
        let is_readable = self.ours.lock.as_deref().is_none_or(|lock| LockFile::parse(lock).is_ok());
        let faults = match read(files, &scripts, Some(&lock).filter(|_| is_readable), files.options.up_only) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.iter().filter(|fault| !files.faults.contains(fault)).cloned().collect(),
        };
        let directory = read(files, &scripts, None, UpOnly::Allow).ok();
        let sided = |file: &str| self.sided(file, files);
        let changed = |side: &State| side.lock.is_some() && side.lock != self.base.lock;
        Foretold {
            name: self.name.clone(),
            is_empty_there: self.theirs.scripts.is_empty(),
            conflicts: conflicts.into_iter().map(|(file, how)| (shown(&files.dir.join(file)), how)).collect(),
            differing_lines: lines.conflicts.into_iter().map(|(id, _)| id).collect(),
            faults: faults.into_iter().map(|fault| (sided(&fault.file), fault)).collect(),
            moved: directory.as_ref().map(|merged| self.moved(files, merged)).unwrap_or_default(),
            heads: directory.map(|directory| self.heads(files, &directory)),
            is_lock_changed_twice: changed(&self.ours) && changed(&self.theirs) && self.ours.lock != self.theirs.lock,
        }
    }

    fn heads(&self, files: &Files, merged: &Directory) -> Heads {
        let revisions = merged.revisions();
        let heads = revisions.real_heads();
        let file = |&head: &usize| Some(self.sided(up_file(merged.pairs().get(head)?)?, files));
        Heads {
            names: heads.iter().map(|&head| revisions.name(head)).collect(),
            files: heads.iter().filter_map(file).collect(),
            after: if heads.len() > 1 { listed::common(revisions, &heads) } else { Vec::new() },
        }
    }

    /// Says which side alone has a file, if one does.
    fn sided(&self, path: &str, files: &Files) -> Sided {
        let name = path.strip_prefix(&shown(&files.dir)).map_or(path, |name| name.trim_start_matches('/'));
        let from = match (self.ours.scripts.contains_key(name), self.theirs.scripts.contains_key(name)) {
            (true, false) => Some("here".to_owned()),
            (false, true) => Some(self.name.clone()),
            _ => None,
        };
        Sided { file: path.to_owned(), from }
    }

    /// Finds what another place in the chain of ids would give a new parent that only our side has.
    fn moved(&self, files: &Files, merged: &Directory) -> Vec<Moved> {
        let Ok(theirs) = read(files, &self.theirs.scripts, None, UpOnly::Allow) else { return Vec::new() };
        let is_new = |parent: &&MigrationId| theirs.revisions().place(parent).is_none();
        let moved = |pair: &Pair| {
            let up = pair.up.primary().filter(|up| up.header.revises.is_none())?;
            let after = theirs.pairs().get(theirs.revisions().place(&pair.id)?)?.parents.clone();
            let new: Vec<MigrationId> = pair.parents.iter().filter(is_new).cloned().collect();
            let is_moved = after != pair.parents && !new.is_empty();
            is_moved.then(|| Moved { file: self.sided(&up.file, files), after, new })
        };
        merged.pairs().iter().filter_map(moved).collect()
    }
}

impl State {
    fn of(files: impl IntoIterator<Item = (String, String)>) -> State {
        let mut scripts: three_way::Files = files.into_iter().filter(|(name, _)| is_kept(name)).collect();
        let lock = scripts.remove(lockfile::FILE_NAME);
        State { scripts, lock }
    }

    fn lock_lines(&self) -> three_way::Files {
        self.lock.as_deref().map(lines_of_lock).unwrap_or_default()
    }
}

/// Says whether a file of a commit is one that is read, by its path from the directory.
fn is_kept(path: &str) -> bool {
    let is_here = |path: &str| claims_to_be_sql(path) && !path.contains('/');
    path == lockfile::FILE_NAME || is_here(path) || in_folder(path).is_some_and(is_here)
}

/// Reads the folder as it is. What cannot be read is a fault of another check.
fn on_disk(files: &Files) -> State {
    let text = |name: String| {
        let bytes = std::fs::read(files.dir.join(&name)).ok()?;
        Some((name, String::from_utf8_lossy(&bytes).into_owned()))
    };
    State::of(files.names().into_iter().filter_map(text))
}

fn read(
    files: &Files,
    scripts: &three_way::Files,
    lock: Option<&String>,
    up_only: UpOnly,
) -> Result<Directory, Faults> {
    let source = |(name, text): (&String, &String)| SourceFile {
        name: name.clone().into(),
        text: text.clone().into(),
        checksum: None,
    };
    let options = Options { up_only, ..files.options.clone() };
    Directory::from_files(&shown(&files.dir), scripts.iter().map(source).collect(), lock.map(String::as_str), options)
}
