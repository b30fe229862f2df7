//! A Galera cluster of two nodes that a test has to itself.
//!
//! Both nodes take writes, and what one has committed the other has certified. A node that is to show what the other has
//! just committed must be told to wait for it: `set session wsrep_sync_wait = 15`.

use std::fs::File;
use std::path::Path;

use dunlin_core::dialect::Dialect;

use super::{Address, Installation, Use, mariadb, supervisor};
use crate::support::database::Database;
use crate::support::engines;

/// Where packages put the library that makes a cluster of MariaDB servers.
const PROVIDERS: [&str; 4] = [
    "/usr/lib/galera/libgalera_smm.so",
    "/usr/lib/libgalera_smm.so",
    "/usr/lib64/galera-4/libgalera_smm.so",
    "/usr/lib64/galera/libgalera_smm.so",
];

/// Two servers with the same databases, which one test has to itself for as long as this value lives.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) nodes: [Address; 2],
    /// Held alone: who else wants the cluster waits.
    _turn: File,
}

impl Cluster {
    /// Waits for its turn and starts a cluster, or says why the test is skipped.
    ///
    /// # Panics
    ///
    /// When there is none although `DUNLIN_TEST_REQUIRE_SERVERS` is set.
    pub(crate) fn new() -> Option<Cluster> {
        engines::or_skip(started())
    }

    /// Makes a database, which both nodes have. Its URL is that on the first; [`Database::url_at`] gives the other.
    ///
    /// # Panics
    ///
    /// When a node refuses.
    pub(crate) fn database(&self) -> Database {
        let [first, second] = &self.nodes;
        let database = Database::on(Dialect::Mysql, first);
        let wait = "set session wsrep_sync_wait = 15; show databases like 'dunlin%';";
        database.try_sql_as(second.superuser.as_str(), wait).unwrap_or_else(|message| panic!("{message}"));
        database
    }
}

fn started() -> Result<Cluster, String> {
    let installation = find()?;
    let home = supervisor::home(&installation, Use::Shared)?;
    let turn = supervisor::turn(&home)?;
    let ports = supervisor::join_or_start(&installation, &home, Use::Shared)?;
    let nodes = [0, 1].map(|node| supervisor::address(&installation, ports[node]));
    Ok(Cluster { nodes, _turn: turn })
}

/// Finds MariaDB and Galera, or says what is lacking.
pub(super) fn find() -> Result<Installation, String> {
    let provider = PROVIDERS.into_iter().find(|path| Path::new(path).is_file());
    let provider = provider.ok_or_else(|| format!("Galera is not installed: none of {}", PROVIDERS.join(", ")))?;
    Ok(Installation {
        engine: "galera",
        name: "galera",
        ports: 4,
        settings: vec![("PROVIDER", provider.into())],
        ..mariadb::find()?
    })
}
