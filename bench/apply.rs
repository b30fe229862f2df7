//! Applying: the same SQL in the same transactions as the client, with a history row each.

use std::path::Path;

use anyhow::Result;
use url::Url;

use crate::clients::{Wrap, run_script, write_script};
use crate::contest::Contest;
use crate::migrations::Shape;
use crate::programs::Programs;
use crate::say;
use crate::servers::Server;

const COUNT: usize = 1000;

/// Applies 1,000 migrations, each of which makes a table with an index and writes a row.
pub(crate) fn run(programs: &Programs) -> Result<()> {
    sqlite(programs)?;
    match Server::postgres() {
        Ok(server) => postgres(programs, &server)?,
        Err(error) => say(&format!("\nPostgreSQL is left out: {error:#}"))?,
    }
    match Server::mysql() {
        Ok(server) => mysql(programs, &server),
        Err(error) => say(&format!("\nMariaDB is left out: {error:#}")),
    }
}

/// A fresh file takes all of them in one transaction.
fn sqlite(programs: &Programs) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (file, script) = (folder.path().join("database"), folder.path().join("one.sql"));
    let url = Url::parse(&format!("sqlite://{}", file.display()))?;
    write_script(&script, Shape::Tables, 1..=COUNT, Wrap::One)?;
    Contest::new("SQLite, a fresh file: 1,000 migrations in one transaction", 5)
        .with("sqlite3", || remove(&file), || run_script(&url, &script))
        .with("dunlin, embedded", || remove(&file), || programs.program(Shape::Tables, COUNT, "up", url.as_str()))
        .with(
            "dunlin, command line",
            || remove(&file),
            || programs.up_by_command_line(Shape::Tables, COUNT, url.as_str()),
        )
        .run()
}

fn postgres(programs: &Programs, server: &Server) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (waits, does_not) = (folder.path().join("waits.sql"), folder.path().join("does-not.sql"));
    write_script(&waits, Shape::Tables, 1..=COUNT, Wrap::Each)?;
    write_script(&does_not, Shape::Tables, 1..=COUNT, Wrap::EachAsynchronous)?;
    let url = &server.url;
    Contest::new("PostgreSQL: 1,000 migrations, a transaction each", 5)
        .with("psql, synchronous_commit = off", || server.empty(), || run_script(url, &does_not))
        .with("psql", || server.empty(), || run_script(url, &waits))
        .with("dunlin, embedded", || server.empty(), || programs.program(Shape::Tables, COUNT, "up", url.as_str()))
        .run()
}

fn mysql(programs: &Programs, server: &Server) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("each.sql");
    write_script(&script, Shape::Tables, 1..=COUNT, Wrap::Each)?;
    let url = &server.url;
    Contest::new("MariaDB: 1,000 migrations of two DDL statements and a row", 3)
        .with("mariadb", || server.empty(), || run_script(url, &script))
        .with("dunlin, embedded", || server.empty(), || programs.program(Shape::Tables, COUNT, "up", url.as_str()))
        .run()
}

/// Removes a SQLite database.
pub(crate) fn remove(file: &Path) -> Result<()> {
    for end in ["", "-journal", "-wal", "-shm"] {
        let path = format!("{}{end}", file.display());
        if Path::new(&path).exists() {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}
