//! Throw-away database servers, started on demand and shared by all test processes.
//!
//! [`address`] is the way in: it names a server that the environment gives, or one that runs already, or it starts one.
//! `supervise.sh` holds the server and stops it, data and all, ten seconds after the last process that used it is gone,
//! however that ended; `postgres` and `mariadb` know where the programs are.
//!
//! Beside these there are others: a [`Killable`] is a server that a test has to itself, and may kill; a [`Pooler`] stands in
//! front of the PostgreSQL server; a [`Cluster`] is two servers with the same data, which a test has to itself.

mod cluster;
mod home;
mod killable;
mod mariadb;
mod pooler;
pub(super) mod postgres;
mod supervisor;
mod tests;

pub(crate) use self::cluster::Cluster;
pub(crate) use self::killable::Killable;
pub(crate) use self::pooler::{Mode, Pooler};
pub(crate) use self::postgres::{programs as postgres_programs, sockets as postgres_sockets};

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::OnceLock;

use dunlin_core::dialect::Dialect;
use url::Url;

use super::environment;

/// Where a server is and as whom to speak to it. The URLs name no database.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    /// The owner of the tests' databases, with no rights beyond them.
    pub(crate) user: Url,
    /// Somebody who may do everything.
    pub(crate) superuser: Url,
}

/// A server that can be started here.
#[derive(Debug)]
struct Installation {
    /// The name of the script that knows the server.
    engine: &'static str,
    /// The name of its folder.
    name: &'static str,
    scheme: &'static str,
    /// The folders of its programs.
    programs: Vec<PathBuf>,
    /// The accounts that may run it when the tests are run by root, best first.
    accounts: &'static [&'static str],
    /// How many ports it needs.
    ports: usize,
    /// What else its script must know: variables of its environment.
    settings: Vec<(&'static str, OsString)>,
}

/// Who a server is for.
#[derive(Debug, Clone, Copy)]
enum Use {
    /// Tests that leave it running. What it writes would be lost if it were killed.
    Shared,
    /// One test at a time, which may kill it.
    Killable,
}

/// Returns the address of a server of this engine, or why there is none.
///
/// The server stays until this process ends.
///
/// # Panics
///
/// For SQLite, which has no server.
pub(crate) fn address(dialect: Dialect) -> &'static Result<Address, String> {
    static POSTGRES: OnceLock<Result<Address, String>> = OnceLock::new();
    static MYSQL: OnceLock<Result<Address, String>> = OnceLock::new();
    match dialect {
        Dialect::Postgres => POSTGRES.get_or_init(|| given_or_started(environment::POSTGRES_URL, postgres::find)),
        Dialect::Mysql => MYSQL.get_or_init(|| given_or_started(environment::MYSQL_URL, mariadb::find)),
        Dialect::Sqlite => panic!("SQLite has no server"),
    }
}

fn given_or_started(variable: &str, find: fn() -> Result<Installation, String>) -> Result<Address, String> {
    if let Some(given) = environment::text(variable) {
        let url = Url::parse(&given).map_err(|error| format!("{variable} is not a URL: {error}"))?;
        return Ok(Address { user: url.clone(), superuser: url });
    }
    let installation = find()?;
    let home = supervisor::home(&installation, Use::Shared)?;
    let ports = supervisor::join_or_start(&installation, &home, Use::Shared)?;
    Ok(supervisor::address(&installation, ports[0]))
}

/// Returns the folders that can hold programs, in the order in which they are asked.
fn program_folders() -> Vec<PathBuf> {
    let path = environment::text("PATH").unwrap_or_default();
    let usual = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"];
    std::env::split_paths(&path).chain(usual.map(PathBuf::from)).collect()
}

/// Returns the full path of a program, or `None` when it is not installed.
pub(super) fn program(name: &str) -> Option<PathBuf> {
    program_folders().into_iter().map(|folder| folder.join(name)).find(|path| path.is_file())
}
