//! Files that a verb writes: none is overwritten by accident, and no half of one is ever seen.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::problem::Problem;

/// Files that are to be written together: if one cannot be, the others are taken back.
#[derive(Debug, Default)]
pub(super) struct Written {
    new: Vec<PathBuf>,
}

impl Written {
    /// Writes a file that must not be there yet.
    pub(super) fn create(&mut self, path: &Path, text: &str) -> Result<(), Problem> {
        let write = || {
            let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
            let written = file.write_all(text.as_bytes());
            if written.is_err() {
                let _ = std::fs::remove_file(path);
            }
            written
        };
        match write() {
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
        replace(path, text).inspect_err(|_| self.take_back())
    }

    /// Returns the files that are new.
    pub(super) fn new_files(&self) -> &[PathBuf] {
        &self.new
    }

    fn take_back(&mut self) {
        for path in self.new.drain(..) {
            // One that cannot be removed is told of by the next command that reads the directory.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Writes a file whole, in the place of one that may be there: whoever reads it sees the old text or the new one.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), Problem> {
    let failed = |source: io::Error| Problem::File { path: path.to_owned(), source };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        failed(error)
    })
}
