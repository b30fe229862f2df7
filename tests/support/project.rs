//! A user's project on disk.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder with a `versions` folder in it, gone when this value is.
#[derive(Debug)]
pub(crate) struct Project {
    folder: TempDir,
}

impl Project {
    /// Makes a project without migrations.
    pub(crate) fn new() -> Project {
        let folder = tempfile::Builder::new().prefix("dunlin-").tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("versions")).expect("a new folder");
        Project { folder }
    }

    /// Returns the project's folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the folder of the migrations.
    pub(crate) fn versions(&self) -> PathBuf {
        self.path().join("versions")
    }

    /// Writes a file, in the place of one that is there. `name` is relative to the project.
    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> &Project {
        let path = self.path().join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).expect("a folder");
        }
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self
    }

    /// Writes both files of a migration. `name` is `<id>_<slug>`.
    pub(crate) fn migration(&self, name: &str, up: &str, down: &str) -> &Project {
        self.file(&format!("versions/{name}.up.sql"), up).file(&format!("versions/{name}.down.sql"), down)
    }

    /// Removes a file.
    pub(crate) fn remove(&self, name: &str) -> &Project {
        let path = self.path().join(name);
        fs::remove_file(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self
    }

    /// Reads a file.
    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.path().join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Returns the names of all files, relative to the project, in order.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut folders = vec![self.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry")) {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    names.push(path.strip_prefix(self.path()).expect("a path below").display().to_string());
                }
            }
        }
        names.sort();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_is_two_files() {
        let project = Project::new();
        project.migration("1_bird", "create table bird (id int);", "drop table bird;").file("dunlin.toml", "");
        assert_eq!(project.files(), ["dunlin.toml", "versions/1_bird.down.sql", "versions/1_bird.up.sql"]);
        assert_eq!(project.read("versions/1_bird.down.sql"), "drop table bird;");
        project.remove("versions/1_bird.down.sql");
        assert!(!project.versions().join("1_bird.down.sql").exists());
    }
}
