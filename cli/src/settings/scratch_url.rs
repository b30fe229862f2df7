//! The server for scratch databases that the settings file names.

use std::path::PathBuf;

use dunlin::core::dialect::Dialect;
use dunlin::core::location::Location;

use crate::database_url::DatabaseUrl;

/// What `scratch-url` says. Whether that can be, matters where scratch databases are made, and nowhere else.
#[derive(Debug, Clone)]
pub(crate) struct ScratchUrl {
    pub(super) file: PathBuf,
    pub(super) location: Location,
    /// The variable that it is to come from.
    pub(super) variable: Option<String>,
    /// What is there, which need not be a URL.
    pub(super) value: Option<DatabaseUrl>,
}

/// Why scratch databases cannot be made where the settings say.
#[derive(Debug, thiserror::Error)]
#[error("{}:{location}: `scratch-url` {why}", .file.display())]
pub(crate) struct BadScratchUrl {
    file: PathBuf,
    location: Location,
    why: String,
}

/// How the URL of a server begins.
const SERVERS: [(Dialect, &str); 2] =
    [(Dialect::Postgres, "postgres://user@host/database"), (Dialect::Mysql, "mysql://user@host/database")];

impl ScratchUrl {
    /// Returns the URL of a server of an engine. SQLite has its scratch databases in memory.
    pub(crate) fn of(&self, dialect: Dialect) -> Result<Option<&str>, BadScratchUrl> {
        let Some((_, form)) = SERVERS.into_iter().find(|(server, _)| *server == dialect) else { return Ok(None) };
        let bad = |why| BadScratchUrl { file: self.file.clone(), location: self.location, why };
        let variable = self.variable.as_deref();
        let Some(url) = &self.value else {
            let name = variable.unwrap_or_default();
            return Err(bad(format!("is to come from the environment variable `{name}`, which is not set")));
        };
        let found = match (Dialect::of_url(url.expose()), variable) {
            (Some(found), _) if found == dialect => return Ok(Some(url.expose())),
            (Some(found), None) => format!("leads to {}", found.facts().name),
            (Some(found), Some(name)) => format!("leads to {}, as `{name}` says", found.facts().name),
            (None, None) => format!("is `{url}`, which is no database URL"),
            (None, Some(name)) => format!("comes from the environment variable `{name}`, which holds no database URL"),
        };
        Err(bad(format!("{found}; it must be that of a server of {}: `{form}`", dialect.facts().name)))
    }
}
