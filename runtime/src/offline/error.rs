/// Why a script cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// A file for MySQL goes to another database, and SQL cannot go back to one whose name it does not know.
    #[error("{file}:{line}: `use` leads away from the database that a script is fed to")]
    Use {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// SQLite's client reads a line of the file as its own.
    #[error("{file}:{line}: the client `sqlite3` takes the line `{text}` for the end of a statement")]
    Terminator {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What stands there.
        text: String,
    },
}

impl ScriptError {
    /// Returns the ways out.
    pub fn hints(&self) -> Vec<String> {
        vec![match self {
            ScriptError::Use { .. } => "qualify the names in place of it, or let `dunlin up` run the file".to_owned(),
            ScriptError::Terminator { .. } => "put more on the line, or let `dunlin up` run the file".to_owned(),
        }]
    }
}
