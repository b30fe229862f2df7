//! Reading a directory from the file system.

use std::borrow::Cow;
use std::path::Path;

use super::{Directory, Options, Sealing, SourceFile, parallel, path};
use crate::fault::{Fault, FaultKind, Faults};
use crate::file_name::claims_to_be_sql;
use crate::location::Location;
use crate::lockfile;
use crate::repeatable;

impl Directory {
    /// Reads a directory and collects every fault of every file. `shown` is how its path is shown to people.
    ///
    /// Every `*.sql`, in any case, must be a migration's file; other files and folders are left alone.
    pub fn read(dir: &Path, shown: &str, options: Options) -> Result<Directory, Faults> {
        Self::read_with(dir, shown, options, Sealing::Enforced)
    }

    /// Reads a directory without holding it against its lock file, for the commands that mend the lock file.
    pub fn read_unsealed(dir: &Path, shown: &str, options: Options) -> Result<Directory, Faults> {
        Self::read_with(dir, shown, options, Sealing::Ignored)
    }

    fn read_with(dir: &Path, shown: &str, options: Options, sealing: Sealing) -> Result<Directory, Faults> {
        let mut faults = Vec::new();
        let mut files = Vec::new();
        let mut names = sql_names(dir, shown)?;
        names.extend(repeatable_names(dir, shown)?);
        let read = parallel::map(names, |name| (text(&dir.join(&name)), name));
        for (text, name) in read {
            match text {
                Ok(text) => files.push(SourceFile { name: name.into(), text: Cow::Owned(text), checksum: None }),
                Err((location, kind)) => faults.push(Fault { file: path(shown, &name), location, kind }),
            }
        }
        faults.extend(folders_of_sql(dir, shown));
        let lock = match std::fs::read_to_string(dir.join(lockfile::FILE_NAME)) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                let kind = FaultKind::Unreadable(error.to_string());
                faults.push(Fault { file: path(shown, lockfile::FILE_NAME), location: None, kind });
                None
            }
        };
        Self::put_together(shown, files, lock.as_deref(), options, faults, sealing)
    }
}

/// Returns the names of a directory's SQL files, sorted.
///
/// A folder is no file, whatever it is called.
pub fn sql_names(dir: &Path, shown: &str) -> Result<Vec<String>, Faults> {
    let listed = || -> std::io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(dir)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if claims_to_be_sql(&name) && !is_folder(&entry) {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    };
    listed().map_err(|error| {
        Faults::one(Fault { file: shown.to_owned(), location: None, kind: FaultKind::Unreadable(error.to_string()) })
    })
}

/// Returns the names of a directory's repeatable files, sorted, each with its folder.
pub fn repeatable_names(dir: &Path, shown: &str) -> Result<Vec<String>, Faults> {
    let folder = dir.join(repeatable::FOLDER);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let names = sql_names(&folder, &path(shown, repeatable::FOLDER))?;
    Ok(names.into_iter().map(|name| format!("{}/{name}", repeatable::FOLDER)).collect())
}

/// Finds folders as diesel and prisma make them.
fn folders_of_sql(dir: &Path, shown: &str) -> Vec<Fault> {
    let folders = std::fs::read_dir(dir).into_iter().flatten().flatten().filter(is_folder);
    let folders = folders.filter(|folder| folder.file_name() != repeatable::FOLDER);
    let fault = |folder: std::fs::DirEntry| {
        let script = ["up.sql", "migration.sql"].into_iter().find(|script| folder.path().join(script).is_file())?;
        let file = path(shown, &folder.file_name().to_string_lossy());
        Some(Fault { file, location: None, kind: FaultKind::FolderOfSql(script.to_owned()) })
    };
    folders.filter_map(fault).collect()
}

fn is_folder(entry: &std::fs::DirEntry) -> bool {
    // Only a link makes it necessary to ask the file system once more for each of thousands.
    match entry.file_type() {
        Ok(kind) if !kind.is_symlink() => kind.is_dir(),
        _ => entry.path().is_dir(),
    }
}

fn text(file: &Path) -> Result<String, (Option<Location>, FaultKind)> {
    let bytes = std::fs::read(file).map_err(|error| (None, FaultKind::Unreadable(error.to_string())))?;
    decoded(bytes).map_err(|(location, kind)| (Some(location), kind))
}

/// Returns the text of a file, or where it is none.
pub fn decoded(bytes: Vec<u8>) -> Result<String, (Location, FaultKind)> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let byte = error.as_bytes().get(good).copied().unwrap_or_default();
        let before = String::from_utf8_lossy(error.as_bytes().get(..good).unwrap_or_default()).into_owned();
        (Location::of(&before, good), FaultKind::NotUtf8 { byte })
    })
}
