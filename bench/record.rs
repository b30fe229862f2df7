//! What the records of a step cost: the events of the ledger, and the journal of what runs outside a transaction.
//!
//! The same SQL is fed to the engine's own client alone, with one history row each, and with all the records that dunlin
//! writes, as `dunlin plan --sql` puts them into a script. The last is dunlin itself.

use std::path::Path;

use anyhow::Result;
use url::Url;

use crate::clients::{Wrap, run_script, write_script};
use crate::contest::Contest;
use crate::measure;
use crate::migrations::Shape;
use crate::programs::Programs;
use crate::say;
use crate::servers::Server;

const COUNT: usize = 300;
const ROUNDS: usize = 5;

/// The same migrations without a record, and with one row each.
#[derive(Clone, Copy)]
struct Wraps {
    unrecorded: Wrap,
    recorded: Wrap,
}

const TOGETHER: Wraps = Wraps { unrecorded: Wrap::UnrecordedOne, recorded: Wrap::One };
const INSIDE: Wraps = Wraps { unrecorded: Wrap::Unrecorded, recorded: Wrap::Each };
const OUTSIDE: Wraps = Wraps { unrecorded: Wrap::UnrecordedOutside, recorded: Wrap::Outside };

/// Applies 300 migrations, in transactions and outside of them.
pub(crate) fn run(programs: &Programs) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("database");
    let url = Url::parse(&format!("sqlite://{}", file.display()))?;
    let anew = || crate::apply::remove(&file);
    compare("SQLite: 300 migrations in one transaction", programs, Shape::Tables, TOGETHER, &url, &anew)?;
    match Server::postgres() {
        Ok(server) => {
            let (url, anew) = (&server.url, || server.empty());
            compare("PostgreSQL: 300 migrations, a transaction each", programs, Shape::Tables, INSIDE, url, &anew)?;
            compare("PostgreSQL: 300 migrations, `transaction none`", programs, Shape::Outside, OUTSIDE, url, &anew)?;
        }
        Err(error) => say(&format!("\nPostgreSQL is left out: {error:#}"))?,
    }
    match Server::mysql() {
        Ok(server) => {
            let (url, anew) = (&server.url, || server.empty());
            compare(
                "MariaDB: 300 migrations of two DDL statements and a row",
                programs,
                Shape::Tables,
                OUTSIDE,
                url,
                &anew,
            )
        }
        Err(error) => say(&format!("\nMariaDB is left out: {error:#}")),
    }
}

fn compare(
    title: &str,
    programs: &Programs,
    shape: Shape,
    wraps: Wraps,
    url: &Url,
    anew: &dyn Fn() -> Result<()>,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let scripts = ["unrecorded.sql", "recorded.sql", "dunlin.sql"].map(|name| folder.path().join(name));
    let [unrecorded, recorded, full] = &scripts;
    write_script(unrecorded, shape, 1..=COUNT, wraps.unrecorded)?;
    write_script(recorded, shape, 1..=COUNT, wraps.recorded)?;
    let anew_with_script = || {
        anew()?;
        write_full(programs, shape, url, full)
    };
    Contest::new(title, ROUNDS)
        .with("the client, no record", anew, || run_script(url, unrecorded))
        .with("the client, a row each", anew, || run_script(url, recorded))
        .with("the client, all that dunlin records", anew_with_script, || run_script(url, full))
        .with("dunlin, embedded", anew, || programs.program(shape, COUNT, "up", url.as_str()))
        .run()
}

/// The script begins where the database is, so it is made for each.
fn write_full(programs: &Programs, shape: Shape, url: &Url, script: &Path) -> Result<()> {
    measure::run_into(&mut programs.script_by_command_line(shape, COUNT, url.as_str()), script)
}
