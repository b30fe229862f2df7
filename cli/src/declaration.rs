//! Where a project declares its schema: `schema.sql`, or a folder of files.

use std::path::{Path, PathBuf};

use dunlin::schema::SchemaFile;

use crate::context::shown;
use crate::problem::Problem;

/// Reads a file, or every `.sql` file of a folder and those below it, in the order of their names. `None` is that there is
/// nothing.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<SchemaFile>>, Problem> {
    if path.is_dir() {
        let mut files = Vec::new();
        for below in entries(path)? {
            let is_sql = below.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql"));
            if below.is_dir() || is_sql {
                files.extend(read(&below)?.unwrap_or_default());
            }
        }
        return Ok(Some(files));
    }
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(vec![SchemaFile { name: shown(path), text }])),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Problem::File { path: path.to_owned(), source }),
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let unreadable = |source| Problem::File { path: folder.to_owned(), source };
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(unreadable)?;
    paths.sort();
    Ok(paths)
}
