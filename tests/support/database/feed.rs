//! Feeding a script to an engine's own client, as its first lines say.

use std::path::PathBuf;
use std::process::Command;

use dunlin_core::dialect::Dialect;
use url::Url;

use super::client::{answer, decoded};
use crate::support::servers::{postgres, program};

/// Feeds a script, and returns what the client wrote; an error is what it wrote to stderr.
pub(super) fn feed(dialect: Dialect, url: &str, script: &str) -> Result<String, String> {
    let program = client(dialect).ok_or_else(|| format!("no client of {dialect} in the PATH"))?;
    let mut command = Command::new(program);
    match dialect {
        Dialect::Sqlite => command.arg(url.trim_start_matches("sqlite://")),
        Dialect::Postgres => command.args(["-X", "-d", url]),
        Dialect::Mysql => {
            let url = Url::parse(url).map_err(|error| error.to_string())?;
            command.env("MYSQL_PWD", decoded(url.password().unwrap_or_default()));
            command.args(["--no-defaults", "--comments", "--protocol=tcp"]).args([
                format!("--host={}", url.host_str().unwrap_or("127.0.0.1")),
                format!("--port={}", url.port().unwrap_or(3306)),
                format!("--user={}", decoded(url.username())),
                url.path().trim_start_matches('/').to_owned(),
            ])
        }
    };
    answer(command, script)
}

/// Finds the client.
pub(super) fn client(dialect: Dialect) -> Option<PathBuf> {
    match dialect {
        Dialect::Sqlite => program("sqlite3"),
        Dialect::Postgres => postgres::programs().map(|folder| folder.join("psql")).or_else(|| program("psql")),
        Dialect::Mysql => program("mariadb").or_else(|| program("mysql")),
    }
}
