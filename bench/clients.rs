//! The engines' own clients, and the script that makes them do what dunlin does.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;
use url::Url;

use crate::migrations::Shape;

/// How a client's script holds migrations together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrap {
    /// Each in a transaction of its own, with its history row.
    Each,
    /// As [`Wrap::Each`], and PostgreSQL does not wait for the disk after each.
    EachAsynchronous,
    /// All of them in one.
    One,
    /// All of them in one, and no history.
    UnrecordedOne,
    /// Each in a transaction of its own, and no history.
    Unrecorded,
    /// One statement after the other, and no history.
    UnrecordedOutside,
    /// One statement after the other, and then its history row.
    Outside,
}

const HISTORY: &str = "create table if not exists client_history (id bigint primary key, name varchar(200) not null, \
                       checksum varchar(70) not null, applied_at timestamp not null default current_timestamp);\n";

/// Writes the migrations of a range as a script: the same SQL, with a row of a history each if that is wanted.
pub(crate) fn write_script(
    file: &Path,
    shape: Shape,
    range: std::ops::RangeInclusive<usize>,
    wrap: Wrap,
) -> Result<()> {
    let (before, after) = match wrap {
        Wrap::Each | Wrap::Unrecorded => ("begin;\n", "commit;\n"),
        Wrap::EachAsynchronous => ("begin;\nset local synchronous_commit = off;\n", "commit;\n"),
        Wrap::One | Wrap::UnrecordedOne | Wrap::UnrecordedOutside | Wrap::Outside => ("", ""),
    };
    let is_recorded = !matches!(wrap, Wrap::Unrecorded | Wrap::UnrecordedOne | Wrap::UnrecordedOutside);
    let is_one = matches!(wrap, Wrap::One | Wrap::UnrecordedOne);
    let mut script = HISTORY.to_owned();
    if is_one {
        script.push_str("begin;\n");
    }
    for n in range {
        let (up, checksum) = (shape.up(n), "0".repeat(64));
        write!(script, "{before}{up}")?;
        if is_recorded {
            let row = format!("{n}, '{n}_step', '{checksum}'");
            writeln!(script, "insert into client_history (id, name, checksum) values ({row});")?;
        }
        script.push_str(after);
    }
    if is_one {
        script.push_str("commit;\n");
    }
    Ok(fs::write(file, script)?)
}

/// Returns a run of `sqlite3`, `psql` or `mariadb`, whichever the URL is for, that reads a script.
pub(crate) fn run_script(url: &Url, script: &Path) -> Command {
    let (mut command, script) = (client(url), script.display());
    match url.scheme() {
        "sqlite" => command.arg(format!(".read {script}")),
        "postgres" | "postgresql" => command.arg(format!("--file={script}")),
        _ => command.arg(format!("--execute=source {script}")),
    };
    command.stdin(Stdio::null());
    command
}

/// Returns a run of a client that answers one query.
pub(crate) fn query(url: &Url, sql: &str) -> Command {
    let mut command = client(url);
    match url.scheme() {
        "sqlite" => command.arg(sql),
        "postgres" | "postgresql" => command.args(["-c", sql]),
        _ => command.args(["-e", sql]),
    };
    command.stdin(Stdio::null());
    command
}

fn client(url: &Url) -> Command {
    match url.scheme() {
        "sqlite" => {
            let mut command = Command::new("sqlite3");
            command.args(["-bail", url.path()]);
            command
        }
        "postgres" | "postgresql" => {
            let mut command = Command::new("psql");
            command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", url.as_str()]);
            command
        }
        _ => {
            let mut command = Command::new("mariadb");
            command.args(["--no-defaults", "--protocol=tcp", "--skip-ssl"]);
            command.arg(format!("--host={}", url.host_str().unwrap_or("127.0.0.1")));
            command.arg(format!("--port={}", url.port().unwrap_or(3306)));
            command.arg(format!("--user={}", url.username()));
            command.env("MYSQL_PWD", url.password().unwrap_or_default());
            command.args(url.path().strip_prefix('/').filter(|database| !database.is_empty()));
            command
        }
    }
}
