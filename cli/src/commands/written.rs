//! Files that a verb writes: none is overwritten by accident, and no half of one is ever seen.

use std::io;
use std::path::{Path, PathBuf};

use crate::problem::Problem;

/// Files that are to be written together: if one cannot be, the others become what they were.
#[derive(Debug, Default)]
pub(super) struct Written {
    new: Vec<PathBuf>,
    /// Files that were replaced or deleted, with the text that they had.
    replaced: Vec<(PathBuf, Vec<u8>)>,
}

impl Written {
    /// Writes a file that must not be there yet.
    pub(super) fn create(&mut self, path: &Path, text: &str) -> Result<(), Problem> {
        match create(path, text) {
            Ok(()) => {
                self.new.push(path.to_owned());
                Ok(())
            }
            Err(source) => {
                self.take_back();
                Err(Problem::File { path: path.to_owned(), source })
            }
        }
    }

    /// Writes a file whole, in the place of one that may be there.
    pub(super) fn replace(&mut self, path: &Path, text: &str) -> Result<(), Problem> {
        let former = std::fs::read(path).ok();
        replace(path, text).inspect_err(|_| self.take_back())?;
        match former {
            Some(former) => self.replaced.push((path.to_owned(), former)),
            None => self.new.push(path.to_owned()),
        }
        Ok(())
    }

    /// Makes the files what they were.
    pub(super) fn undo(mut self) {
        self.take_back();
    }

    /// Deletes a file.
    pub(super) fn delete(&mut self, path: &Path) -> Result<(), Problem> {
        let deleted = std::fs::read(path).and_then(|former| std::fs::remove_file(path).map(|()| former));
        match deleted {
            Ok(former) => {
                self.replaced.push((path.to_owned(), former));
                Ok(())
            }
            Err(source) => {
                self.take_back();
                Err(Problem::File { path: path.to_owned(), source })
            }
        }
    }

    fn take_back(&mut self) {
        for path in self.new.drain(..) {
            // One that cannot be removed is told of by the next command that reads the directory.
            let _ = std::fs::remove_file(path);
        }
        for (path, former) in self.replaced.drain(..) {
            // It could be written a moment ago; if it cannot be now, git has the former text.
            let _ = std::fs::write(path, former);
        }
    }
}

/// Writes a file that must not be there yet: whoever reads it sees nothing or all of it.
fn create(path: &Path, text: &str) -> io::Result<()> {
    let beside = beside(path);
    let linked = std::fs::write(&beside, text).and_then(|()| std::fs::hard_link(&beside, path));
    let _ = std::fs::remove_file(&beside);
    match linked {
        // Not every file system has links.
        Err(error) if error.kind() == io::ErrorKind::Unsupported || error.kind() == io::ErrorKind::PermissionDenied => {
            use io::Write as _;
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path)?;
            file.write_all(text.as_bytes()).inspect_err(|_| {
                let _ = std::fs::remove_file(path);
            })
        }
        linked => linked,
    }
}

/// Writes a file whole, in the place of one that may be there: whoever reads it sees the old text or the new one.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), Problem> {
    let beside = beside(path);
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|source| {
        let _ = std::fs::remove_file(&beside);
        Problem::File { path: path.to_owned(), source }
    })
}

/// A name beside a file that no other process uses.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    path.with_file_name(name)
}
