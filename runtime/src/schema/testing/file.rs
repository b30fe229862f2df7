use std::path::Path;

use dunlin_core::directory::sql_names;
use dunlin_core::fault::{Fault, FaultKind, Faults};
use dunlin_core::graph::Revisions;
use dunlin_core::test_file::{TestFileName, of_folder};

use crate::error::Error;

/// A seed or the checks of a migration: `<id>.seed.sql`, `<id>.check.sql`.
///
/// A seed runs before its migration, and its rows stay there while the migration goes up, down and up again. A check runs when the
/// migration is up. Each of its queries must return a row, and no value in its rows may be null, false, 0 or empty.
#[derive(Debug, Clone)]
pub struct TestFile {
    /// Its name, taken apart.
    pub name: TestFileName,
    /// Its path, as it is shown to people.
    pub shown: String,
    /// Its text.
    pub text: String,
}

impl TestFile {
    /// Reads the files of a folder that belong to these migrations. A folder that is not there has none.
    ///
    /// A file that is called as if it belonged to a migration and does not is a fault; see [`of_folder`].
    pub fn of_folder(folder: &Path, shown: &str, revisions: &Revisions) -> Result<Vec<TestFile>, Error> {
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let names = sql_names(folder, shown).map_err(Error::Files)?;
        let read = |name: TestFileName| {
            let shown = format!("{}/{}", shown.trim_end_matches('/'), name.name);
            match std::fs::read_to_string(folder.join(&name.name)) {
                Ok(text) => Ok(TestFile { name, shown, text }),
                Err(error) => {
                    let kind = FaultKind::Unreadable(error.to_string());
                    Err(Error::Files(Faults::one(Fault { file: shown, location: None, kind })))
                }
            }
        };
        of_folder(shown, &names, revisions).map_err(Error::Files)?.into_iter().map(read).collect()
    }
}
