//! PgBouncer in front of the PostgreSQL server that the tests share.
//!
//! It is configured as Debian does, and so takes no start-up parameter that it does not know. Its pools are small: two
//! connections to the server for each database.

use dunlin_core::dialect::Dialect;

use super::{Address, Installation, Use, postgres, program, supervisor};
use crate::support::{engines, environment};

/// For how long a client of a pooler keeps the connection to the server that it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Until it leaves.
    Session,
    /// Until its transaction ends.
    Transaction,
    /// Until its statement ends. There are no transactions of several statements.
    Statement,
}

impl Mode {
    pub(crate) const ALL: [Mode; 3] = [Mode::Session, Mode::Transaction, Mode::Statement];

    /// Returns PgBouncer's word for it, and the name of the folder in which such a pooler lives.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Mode::Session => ("session", "pgbouncer-session"),
            Mode::Transaction => ("transaction", "pgbouncer-transaction"),
            Mode::Statement => ("statement", "pgbouncer-statement"),
        }
    }
}

/// A pooler that stands in front of every database of the PostgreSQL server, and stays until this process ends.
#[derive(Debug)]
pub(crate) struct Pooler {
    /// Where it is; [`Database::url_at`](crate::support::database::Database::url_at) makes the URL of a database of it.
    pub(crate) address: Address,
}

impl Pooler {
    /// Joins or starts a pooler, or says why the test is skipped: also where the PostgreSQL server is not ours.
    ///
    /// # Panics
    ///
    /// When there is none although `DUNLIN_TEST_REQUIRE_SERVERS` is set.
    pub(crate) fn new(mode: Mode) -> Option<Pooler> {
        if environment::text(environment::POSTGRES_URL).is_some() {
            engines::skip("the server is not ours, and no pooler stands in front of it");
            return None;
        }
        engines::or_skip(started(mode))
    }
}

fn started(mode: Mode) -> Result<Pooler, String> {
    let installation = find(mode)?;
    super::address(Dialect::Postgres).clone()?;
    let home = supervisor::home(&installation, Use::Shared)?;
    let ports = supervisor::join_or_start(&installation, &home, Use::Shared)?;
    Ok(Pooler { address: supervisor::address(&installation, ports[0]) })
}

/// Finds PgBouncer and the server that it is to stand in front of, or says what is lacking.
pub(super) fn find(mode: Mode) -> Result<Installation, String> {
    let pgbouncer = program("pgbouncer").ok_or("PgBouncer is not installed: no `pgbouncer` in the PATH")?;
    let server = postgres::find()?;
    let sockets = supervisor::home(&server, Use::Shared)?.folder.join("sockets");
    let (pool_mode, name) = mode.names();
    Ok(Installation {
        engine: "pgbouncer",
        name,
        programs: pgbouncer.parent().map(ToOwned::to_owned).into_iter().chain(server.programs).collect(),
        settings: vec![("POOL_MODE", pool_mode.into()), ("UPSTREAM", sockets.into())],
        ..server
    })
}
