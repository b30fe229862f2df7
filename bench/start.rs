//! A fleet of replicas that start in the same moment on a database at which nothing is pending.

use std::process::{Command, Stdio};

use anyhow::Result;
use url::Url;

use crate::clients::query;
use crate::contest::Contest;
use crate::measure;
use crate::migrations::Shape;
use crate::programs::Programs;
use crate::say;
use crate::servers::Server;

const PROCESSES: usize = 200;
const COUNT: usize = 100;
const ROUNDS: usize = 5;
const COUNT_ROWS: &str = "select count(*) from dunlin_migrations";

/// Starts 200 programs at once that carry 100 migrations.
pub(crate) fn run(programs: &Programs) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = Url::parse(&format!("sqlite://{}", folder.path().join("database").display()))?;
    at_once(programs, "SQLite", &file)?;
    for (name, server) in [("PostgreSQL", Server::postgres()), ("MariaDB", Server::mysql())] {
        match server {
            Ok(server) => {
                server.empty()?;
                at_once(programs, name, &server.url)?;
            }
            Err(error) => say(&format!("\n{name} is left out: {error:#}"))?,
        }
    }
    Ok(())
}

fn at_once(programs: &Programs, name: &str, url: &Url) -> Result<()> {
    let up = || programs.program(Shape::Rows, COUNT, "up", url.as_str());
    measure::run(&mut up())?;
    let nothing = || Ok(());
    Contest::new(format!("{name}, nothing pending, {PROCESSES} processes at once"), ROUNDS)
        .with("its client, rows counted, one after the other", nothing, || many(&query(url, COUNT_ROWS), 1))
        .with("dunlin, embedded, one after the other", nothing, || many(&up(), 1))
        .with("dunlin, embedded, at once", nothing, || many(&up(), PROCESSES))
        .run()
}

/// Returns a run of so many of the same command, so many of them at the same time. It fails if one of them does.
fn many(command: &Command, at_once: usize) -> Command {
    let mut all = Command::new("sh");
    let script = "processes=$1; at_once=$2; shift 2; seq \"$processes\" | xargs -P \"$at_once\" -I{} \"$@\"";
    all.args(["-c", script, "sh", &PROCESSES.to_string(), &at_once.to_string()])
        .arg(command.get_program())
        .args(command.get_args());
    for (key, value) in command.get_envs() {
        if let Some(value) = value {
            all.env(key, value);
        }
    }
    all.stdin(Stdio::null());
    all
}
