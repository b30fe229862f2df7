//! What may become of a connection that could not be had: whether waiting helps.

use std::io;

use sqlx::error::DatabaseError;

use crate::error::Error;

/// What waiting may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prospect {
    /// The server may be there soon: nobody listens yet, it starts up or goes down, it lets nobody more in.
    Passing,
    /// The server is there and the database is not. Somebody may make it.
    Absent,
    /// Nothing, until somebody mends it: a wrong password, a URL that means nothing.
    Lasting,
}

/// What servers say that waiting mends: PostgreSQL's SQLSTATE or MySQL's number.
///
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>,
/// <https://mariadb.com/kb/en/mariadb-error-code-reference/>.
const CODES: [(&str, Prospect); 12] = [
    // Too many connections; shut down by an administrator or after a crash; starting up, or shutting down.
    ("53300", Prospect::Passing),
    ("57P01", Prospect::Passing),
    ("57P02", Prospect::Passing),
    ("57P03", Prospect::Passing),
    ("3D000", Prospect::Absent),
    // Too many connections, of all and of this user; a node of a cluster that is not ready; shutting down.
    ("1040", Prospect::Passing),
    ("1203", Prospect::Passing),
    ("1226", Prospect::Passing),
    ("1047", Prospect::Passing),
    ("1053", Prospect::Passing),
    ("1049", Prospect::Absent),
    // Whoever has no right to a database is told this of one that is not there, too.
    ("1044", Prospect::Absent),
];

/// What PgBouncer says of servers that it cannot reach yet, all under the code of a protocol violation.
const POOLER: [&str; 4] = ["query_wait_timeout", "server_login_retry", "cannot connect to server", "max_client_conn"];

/// Says what waiting may do about an error.
pub(crate) fn prospect(error: &Error) -> Prospect {
    match error {
        Error::Connect { source, .. } => of_driver(source),
        Error::Database { disconnected: true, .. } => Prospect::Passing,
        _ => Prospect::Lasting,
    }
}

fn of_driver(error: &sqlx::Error) -> Prospect {
    match error {
        sqlx::Error::Io(error) => of_io(error),
        sqlx::Error::Tls(error) => {
            let io = error.downcast_ref::<io::Error>();
            io.or_else(|| error.source()?.downcast_ref()).map_or(Prospect::Lasting, of_io)
        }
        sqlx::Error::PoolTimedOut => Prospect::Passing,
        sqlx::Error::Database(error) => of_server(&**error),
        _ => Prospect::Lasting,
    }
}

/// A name that leads nowhere and a socket that is not there are passing, too: in a cluster that starts, they come with
/// the server.
fn of_io(error: &io::Error) -> Prospect {
    use io::ErrorKind::{InvalidData, InvalidInput, PermissionDenied, Unsupported};
    match error.kind() {
        PermissionDenied | InvalidInput | InvalidData | Unsupported => Prospect::Lasting,
        _ => Prospect::Passing,
    }
}

fn of_server(error: &dyn DatabaseError) -> Prospect {
    #[cfg(feature = "sqlite")]
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        // The low byte is the primary result code; <https://www.sqlite.org/rescode.html>.
        return match error.code().and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff) {
            Some(5 | 6) => Prospect::Passing,
            Some(14) => Prospect::Absent,
            _ => Prospect::Lasting,
        };
    }
    #[cfg(feature = "mysql")]
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return of_code(&error.number().to_string());
    }
    match error.code().as_deref() {
        Some("08P01") if POOLER.iter().any(|phrase| error.message().contains(phrase)) => Prospect::Passing,
        Some(code) if code.starts_with("08") && code != "08P01" => Prospect::Passing,
        Some(code) => of_code(code),
        None => Prospect::Lasting,
    }
}

fn of_code(code: &str) -> Prospect {
    CODES.iter().find(|(known, _)| *known == code).map_or(Prospect::Lasting, |(_, prospect)| *prospect)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn io(kind: io::ErrorKind) -> Prospect {
        of_driver(&sqlx::Error::Io(io::Error::new(kind, "so")))
    }

    #[test]
    fn what_a_starting_server_says_passes_and_what_a_person_must_mend_does_not() {
        use io::ErrorKind::{ConnectionRefused, ConnectionReset, NotFound, Other, PermissionDenied, TimedOut};
        for kind in [ConnectionRefused, ConnectionReset, NotFound, Other, TimedOut] {
            assert_eq!(io(kind), Prospect::Passing, "{kind}");
        }
        assert_eq!(io(PermissionDenied), Prospect::Lasting);
        assert_eq!(of_driver(&sqlx::Error::PoolTimedOut), Prospect::Passing);
        assert_eq!(of_driver(&sqlx::Error::Configuration("no host".into())), Prospect::Lasting);
        let reset = io::Error::from(ConnectionReset);
        assert_eq!(of_driver(&sqlx::Error::Tls(Box::new(reset))), Prospect::Passing);
        assert_eq!(of_driver(&sqlx::Error::Tls("no TLS here".into())), Prospect::Lasting);
        assert_eq!(
            [of_code("57P03"), of_code("1049"), of_code("28P01")],
            [Prospect::Passing, Prospect::Absent, Prospect::Lasting]
        );
    }
}
