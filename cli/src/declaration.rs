//! Where a project declares its schema: `schema.sql`, or a folder of files.

use std::path::{Path, PathBuf};

use dunlin::core::directory::decoded;
use dunlin::schema::{SchemaError, SchemaFile};

use crate::context::shown;
use crate::problem::Problem;

/// Reads a file, or every `.sql` file of a folder and those below it, in the order of their names. `None` is that there is
/// nothing.
///
/// A folder without any is a fault: as a schema it would be an empty one, which drops everything.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<SchemaFile>>, Problem> {
    match found(path)? {
        Some(files) if files.is_empty() => Err(Problem::NoSqlFile(path.to_owned())),
        files => Ok(files),
    }
}

fn found(path: &Path) -> Result<Option<Vec<SchemaFile>>, Problem> {
    if path.is_dir() {
        let mut files = Vec::new();
        for below in entries(path)? {
            let is_sql = below.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql"));
            if below.is_dir() || is_sql {
                files.extend(found(&below)?.unwrap_or_default());
            }
        }
        return Ok(Some(files));
    }
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(vec![text_of(path, bytes)?])),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Problem::File { path: path.to_owned(), source }),
    }
}

/// How a database of SQLite begins.
const SQLITE: &[u8] = b"SQLite format 3\0";

fn text_of(path: &Path, bytes: Vec<u8>) -> Result<SchemaFile, Problem> {
    if bytes.starts_with(SQLITE) {
        return Err(Problem::DatabaseAsText(path.to_owned()));
    }
    let name = shown(path);
    match decoded(bytes) {
        Ok(text) => Ok(SchemaFile { name, text }),
        Err((location, kind)) => {
            let message = kind.to_string();
            Err(SchemaError::File { file: name, location, message, excerpt: None, hint: None }.into())
        }
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
