//! Nothing pending: a self-migrating program starts, finds that its database is at the head, and ends.

use anyhow::Result;
use url::Url;

use crate::clients::query;
use crate::contest::Contest;
use crate::measure;
use crate::migrations::Shape;
use crate::programs::Programs;
use crate::say;
use crate::servers::Server;

const COUNTS: [usize; 3] = [100, 1000, 10_000];
const COUNT_ROWS: &str = "select count(*) from dunlin_migrations";

/// Starts programs that carry 100, 1,000 and 10,000 migrations on databases that have them all.
pub(crate) fn run(programs: &Programs) -> Result<()> {
    for count in COUNTS {
        sqlite(programs, Shape::Rows, count)?;
    }
    sqlite(programs, Shape::Tables, 10_000)?;
    for (name, server) in [("PostgreSQL", Server::postgres()), ("MariaDB", Server::mysql())] {
        match server {
            Ok(server) => on_server(programs, name, &server)?,
            Err(error) => say(&format!("\n{name} is left out: {error:#}"))?,
        }
    }
    Ok(())
}

fn sqlite(programs: &Programs, shape: Shape, count: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let url = Url::parse(&format!("sqlite://{}", folder.path().join("database").display()))?;
    let sql = url.as_str();
    measure::run(&mut programs.program(shape, count, "up", sql))?;
    Contest::new(format!("SQLite, {}, nothing pending of {count}", shape.as_str()), 20)
        .with("the driver alone, one number read", nothing, || programs.program(shape, count, "open", sql))
        .with("sqlite3, rows counted", nothing, || query(&url, COUNT_ROWS))
        .with("dunlin, embedded", nothing, || programs.program(shape, count, "up", sql))
        .with("dunlin, command line", nothing, || programs.up_by_command_line(shape, count, sql))
        .run()
}

fn on_server(programs: &Programs, name: &str, server: &Server) -> Result<()> {
    let url = &server.url;
    for count in COUNTS {
        server.empty()?;
        measure::run(&mut programs.program(Shape::Rows, count, "up", url.as_str()))?;
        Contest::new(format!("{name}, nothing pending of {count}"), 20)
            .with("its client, rows counted", nothing, || query(url, COUNT_ROWS))
            .with("dunlin, embedded", nothing, || programs.program(Shape::Rows, count, "up", url.as_str()))
            .with("dunlin, command line", nothing, || programs.up_by_command_line(Shape::Rows, count, url.as_str()))
            .run()?;
    }
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "it stands where others prepare something")]
fn nothing() -> Result<()> {
    Ok(())
}
