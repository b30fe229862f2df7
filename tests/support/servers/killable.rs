//! A server that a test has to itself, and may kill as a loss of power would.
//!
//! Its supervisor starts it again, on the same data and the same port. It writes all that a user's server writes, and
//! leaves out only the wait for the disk: what was written outlives the process.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use dunlin_core::dialect::Dialect;

use super::home::Home;
use super::{Address, Use, mariadb, postgres, supervisor};
use crate::support::engines;

/// A server that one test has to itself for as long as this value lives.
#[derive(Debug)]
pub(crate) struct Killable {
    pub(crate) address: Address,
    home: Home,
    /// Held alone: who else wants the server waits.
    _turn: File,
}

impl Killable {
    /// Starts a server, or says why the test is skipped.
    ///
    /// # Panics
    ///
    /// When there is none although `DUNLIN_TEST_REQUIRE_SERVERS` is set, and for SQLite, which has no server.
    pub(crate) fn new(dialect: Dialect) -> Option<Killable> {
        engines::or_skip(started(dialect))
    }

    /// Kills it as `kill -9` does, with every process of it. Its supervisor then starts it again.
    pub(crate) fn kill(&self) {
        let server = self.home.folder.join("server");
        let server = fs::read_to_string(server).expect("it runs").trim().to_owned();
        fs::remove_file(self.home.folder.join("ports")).expect("it answers");
        // From here on it starts no more children, each of which leads a process group of its own.
        signal("STOP", std::slice::from_ref(&server));
        let mut processes = children(&server);
        processes.push(server);
        signal("KILL", &processes);
    }

    /// Waits until it answers again.
    ///
    /// # Panics
    ///
    /// With its log when it cannot be started again.
    pub(crate) fn await_again(&self) {
        supervisor::await_again(&self.home).unwrap_or_else(|reason| panic!("{reason}"));
    }
}

fn started(dialect: Dialect) -> Result<Killable, String> {
    let installation = match dialect {
        Dialect::Postgres => postgres::find()?,
        Dialect::Mysql => mariadb::find()?,
        Dialect::Sqlite => panic!("SQLite has no server"),
    };
    let home = supervisor::home(&installation, Use::Killable)?;
    let turn = supervisor::turn(&home)?;
    let ports = supervisor::join_or_start(&installation, &home, Use::Killable)?;
    Ok(Killable { address: supervisor::address(&installation, ports[0]), home, _turn: turn })
}

fn children(parent: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").expect("there is a /proc").flatten();
    let is_child = |process: &Path| {
        let status = fs::read_to_string(process.join("status")).unwrap_or_default();
        status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|of| of.trim() == parent))
    };
    let children = processes.filter(|process| is_child(&process.path()));
    children.filter_map(|process| process.file_name().into_string().ok()).collect()
}

/// Sends a signal to processes.
pub(super) fn signal(name: &str, processes: &[String]) {
    // A child may have ended by itself since it was listed.
    let script = r#"signal=$1; shift; kill -s "$signal" "$@" || :"#;
    let sent = Command::new("sh").args(["-c", script, "sh", name]).args(processes).status();
    assert!(sent.expect("a shell starts").success());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::database::Database;

    #[test]
    fn a_server_that_was_killed_has_what_was_committed() {
        for dialect in [Dialect::Postgres, Dialect::Mysql] {
            let Some(server) = Killable::new(dialect) else { continue };
            let database = Database::on(dialect, &server.address);
            for n in 1..=2 {
                database.sql(&format!("create table bird_{n} (id integer); insert into bird_{n} values ({n});"));
                server.kill();
                server.await_again();
                assert_eq!(database.sql(&format!("select id from bird_{n}")), n.to_string());
            }
        }
    }
}
