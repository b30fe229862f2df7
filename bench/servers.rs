//! PostgreSQL and MariaDB servers that are as durable as a user's: every commit waits for the disk.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;
use url::Url;

use crate::clients;

/// A server with a database for the benchmark.
pub(crate) struct Server {
    /// The database.
    pub(crate) url: Url,
    started: Option<(Child, TempDir)>,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((server, _)) = &mut self.started {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

impl Server {
    /// Takes the PostgreSQL server that `DUNLIN_TEST_POSTGRES_URL` names, or starts one.
    pub(crate) fn postgres() -> Result<Server> {
        Server::given_or("DUNLIN_TEST_POSTGRES_URL", start_postgres)
    }

    /// Takes the server that `DUNLIN_TEST_MYSQL_URL` names, or starts a MariaDB server.
    pub(crate) fn mysql() -> Result<Server> {
        Server::given_or("DUNLIN_TEST_MYSQL_URL", start_mariadb)
    }

    fn given_or(variable: &str, start: fn() -> Result<Server>) -> Result<Server> {
        #[expect(clippy::disallowed_methods, reason = "the one place where the benchmark reads the environment")]
        let given = std::env::var(variable).ok();
        let mut server = match given {
            Some(url) => Server { url: Url::parse(&url)?, started: None },
            None => start()?,
        };
        server.url.set_path("dunlin_bench");
        Ok(server)
    }

    /// Puts an empty database in the place of the one that is there.
    pub(crate) fn empty(&self) -> Result<()> {
        let mut lobby = self.url.clone();
        lobby.set_path(if self.is_postgres() { "postgres" } else { "" });
        for sql in ["drop database if exists dunlin_bench", "create database dunlin_bench"] {
            crate::measure::run(&mut clients::query(&lobby, sql))?;
        }
        if self.is_postgres() {
            crate::measure::run(&mut clients::query(&lobby, "checkpoint"))?;
        }
        Ok(())
    }

    fn is_postgres(&self) -> bool {
        self.url.scheme().starts_with("postgres")
    }
}

fn start_postgres() -> Result<Server> {
    let folder = folder(&["postgres", "nobody"])?;
    let (port, data) = (free_port()?, folder.path().join("data"));
    let programs = newest_postgres();
    let initdb = programs.join("initdb");
    let made = account(&["postgres", "nobody"], &initdb)
        .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-instructions"])
        .arg("--pgdata")
        .arg(&data)
        .stdout(Stdio::null())
        .status();
    if !made.context("PostgreSQL is not installed")?.success() {
        bail!("initdb failed");
    }
    let server = account(&["postgres", "nobody"], &programs.join("postgres"))
        .arg("-D")
        .arg(&data)
        .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c"])
        .arg(format!("unix_socket_directories={}", folder.path().display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let url = Url::parse(&format!("postgres://postgres@127.0.0.1:{port}/postgres"))?;
    ready(Server { url, started: Some((server, folder)) })
}

fn start_mariadb() -> Result<Server> {
    let folder = folder(&["mysql", "nobody"])?;
    let (port, data) = (free_port()?, folder.path().join("data"));
    let made = account(&["mysql", "nobody"], Path::new("mariadb-install-db"))
        .args(["--no-defaults", "--skip-test-db", "--auth-root-authentication-method=normal"])
        .arg(format!("--datadir={}", data.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !made.context("MariaDB is not installed")?.success() {
        bail!("mariadb-install-db failed");
    }
    let server = account(&["mysql", "nobody"], Path::new("mariadbd"))
        .args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-grant-tables"])
        .args([format!("--datadir={}", data.display()), format!("--port={port}")])
        .arg(format!("--socket={}", folder.path().join("socket").display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let url = Url::parse(&format!("mysql://root@127.0.0.1:{port}/"))?;
    ready(Server { url, started: Some((server, folder)) })
}

/// Waits until a server answers.
fn ready(server: Server) -> Result<Server> {
    let start = Instant::now();
    loop {
        match crate::measure::run(&mut clients::query(&server.url, "select 1")) {
            Ok(_) => return Ok(server),
            Err(error) if start.elapsed() > Duration::from_mins(1) => {
                return Err(error.context("the server is not ready"));
            }
            Err(_) => sleep(Duration::from_millis(100)),
        }
    }
}

fn newest_postgres() -> PathBuf {
    let versions = Path::new("/usr/lib/postgresql").read_dir().into_iter().flatten().flatten();
    let version = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let newest = versions.map(|entry| entry.path()).max_by_key(version);
    newest.map_or_else(PathBuf::new, |folder| folder.join("bin"))
}

/// Makes a folder that the server's account owns.
fn folder(accounts: &[&str]) -> Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("dunlin-bench-").tempdir()?;
    if let Some(account) = other_account(accounts) {
        Command::new("chown").arg(account).arg(folder.path()).status()?;
    }
    Ok(folder)
}

/// Returns a run of a server's program, which refuses to be run by root. It ends with the benchmark.
fn account(accounts: &[&str], program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.arg("--pdeathsig=KILL");
    if let Some(account) = other_account(accounts) {
        command.args([format!("--reuid={account}"), "--clear-groups".to_owned()]);
    }
    command.arg(program).current_dir("/");
    command
}

fn other_account<'a>(accounts: &[&'a str]) -> Option<&'a str> {
    use std::os::unix::fs::MetadataExt as _;
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0);
    let known = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let is_known = |name: &&str| known.lines().any(|line| line.split(':').next() == Some(name));
    accounts.iter().copied().find(|name| is_root && is_known(name))
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
