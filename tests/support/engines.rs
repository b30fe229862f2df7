//! One test, three engines.

use std::io::Write;

use dunlin_core::dialect::Dialect;

use super::database::Database;
use super::environment;

/// Makes tests `sqlite`, `postgres` and `mysql` of each function, in a module with the function's name.
///
/// Each runs on a fresh, empty database of its own, on a current-thread runtime of tokio. An engine without a server here
/// is skipped, with the reason on stderr.
macro_rules! engines {
    ($($(#[$attribute:meta])* async fn $name:ident($database:ident: $type:ty) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports, clippy::allow_attributes, reason = "a test may need nothing from its file")]
            use super::*;

            $(#[$attribute])*
            async fn $name($database: $type) $body

            #[test]
            fn sqlite() {
                $crate::support::engines::on(::dunlin_core::dialect::Dialect::Sqlite, async |database| $name(database).await);
            }

            #[test]
            fn postgres() {
                $crate::support::engines::on(::dunlin_core::dialect::Dialect::Postgres, async |database| $name(database).await);
            }

            #[test]
            fn mysql() {
                $crate::support::engines::on(::dunlin_core::dialect::Dialect::Mysql, async |database| $name(database).await);
            }
        }
    )+};
}

/// Runs a test on a fresh database, or says that it is skipped.
pub(crate) fn on(dialect: Dialect, test: impl AsyncFnOnce(&Database)) {
    let Some(database) = Database::new(dialect) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(test(&database));
}

/// Returns what a test needs, or says why the test is skipped.
///
/// # Panics
///
/// With the reason when `DUNLIN_TEST_REQUIRE_SERVERS` is set.
pub(crate) fn or_skip<T>(needed: Result<T, String>) -> Option<T> {
    match needed {
        Ok(needed) => Some(needed),
        Err(reason) if environment::servers_are_required() => panic!("{reason}"),
        Err(reason) => {
            skip(&reason);
            None
        }
    }
}

/// Says that a test is skipped, past the harness, which keeps back what a test prints.
pub(crate) fn skip(reason: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // A closed stderr is no reason to fail a test.
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {reason}");
}
