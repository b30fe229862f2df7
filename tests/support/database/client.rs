//! SQL without dunlin: the engines' own clients, so that a fault of dunlin cannot hide itself.

use std::io::Write;
use std::process::{Command, Stdio};

use dunlin_core::dialect::Dialect;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};
use url::Url;

use crate::support::servers::{postgres, program};

/// Runs a script and returns its rows as lines, or the message of the statement that failed.
pub(super) fn run(dialect: Dialect, url: &str, script: &str) -> Result<String, String> {
    match dialect {
        Dialect::Sqlite => sqlite(url, script),
        Dialect::Postgres => answer(psql(url), script),
        Dialect::Mysql => answer(mariadb(url)?, script).map(|rows| rows.replace('\t', "|")),
    }
}

fn psql(url: &str) -> Command {
    let program = postgres::programs().map_or_else(|| "psql".into(), |folder| folder.join("psql"));
    let mut command = Command::new(program);
    command.args(["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-P", "null=NULL", "-d", url]);
    command
}

fn mariadb(url: &str) -> Result<Command, String> {
    let program = program("mariadb").or_else(|| program("mysql")).ok_or("no `mariadb` in the PATH")?;
    let url = Url::parse(url).map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args(["--no-defaults", "--batch", "--skip-column-names", "--protocol=tcp"]);
    command.arg("--default-character-set=utf8mb4");
    command.args([
        format!("--host={}", url.host_str().unwrap_or("127.0.0.1")),
        format!("--port={}", url.port().unwrap_or(3306)),
        format!("--user={}", decoded(url.username())),
        format!("--database={}", url.path().trim_start_matches('/')),
    ]);
    command.env("MYSQL_PWD", decoded(url.password().unwrap_or_default()));
    Ok(command)
}

pub(super) fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

pub(super) fn answer(mut command: Command, script: &str) -> Result<String, String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start {}: {error}", command.get_program().display()))?;
    let mut input = child.stdin.take().expect("stdin is a pipe");
    let output = std::thread::scope(|scope| {
        // A client that stops at an error may leave the rest unread.
        scope.spawn(move || input.write_all(script.as_bytes()));
        child.wait_with_output()
    })
    .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim_end().to_owned())
    }
}

/// SQLite's client is not everywhere, and its driver is in the tests anyway.
fn sqlite(url: &str, script: &str) -> Result<String, String> {
    let run = async {
        let mut connection = SqliteConnection::connect(url).await?;
        let rows = sqlx::raw_sql(AssertSqlSafe(script)).fetch_all(&mut connection).await?;
        let lines = rows.iter().map(line).collect::<Result<Vec<_>, _>>()?;
        connection.close().await?;
        Ok::<_, sqlx::Error>(lines.join("\n"))
    };
    // The caller may be inside a runtime, in which another cannot block.
    std::thread::scope(|scope| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        scope.spawn(move || runtime.block_on(run)).join().expect("the driver does not panic")
    })
    .map_err(|error| error.to_string())
}

fn line(row: &sqlx::sqlite::SqliteRow) -> Result<String, sqlx::Error> {
    let value = |index| Ok(row.try_get_unchecked::<Option<String>, _>(index)?.unwrap_or_else(|| "NULL".to_owned()));
    Ok((0..row.len()).map(value).collect::<Result<Vec<_>, sqlx::Error>>()?.join("|"))
}
