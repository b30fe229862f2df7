//! What the environment says to the tests: the only file of theirs that reads it.

/// A PostgreSQL server to use in place of a private one; its user must be allowed to create databases.
pub(crate) const POSTGRES_URL: &str = "DUNLIN_TEST_POSTGRES_URL";
/// A MySQL or MariaDB server to use in place of a private one; its user must be allowed to create databases.
pub(crate) const MYSQL_URL: &str = "DUNLIN_TEST_MYSQL_URL";
/// The `dunlin` binary to test, in place of one that is built.
pub(crate) const BINARY: &str = "DUNLIN_TEST_BIN";
/// In a process that a test starts to kill it: the server that it is to use.
pub(crate) const USER_OF: &str = "DUNLIN_TEST_USER_OF";
/// The seed of what happens at random, in place of a new one.
pub(crate) const SEED: &str = "DUNLIN_TEST_SEED";

/// Returns a variable's value, or `None` when it is unset or empty.
#[expect(clippy::disallowed_methods, reason = "tests have no host that could read it for them")]
pub(crate) fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Asks whether a server that cannot be had is a failure, and not a reason to skip.
pub(crate) fn servers_are_required() -> bool {
    text("DUNLIN_TEST_REQUIRE_SERVERS").is_some_and(|value| value != "0")
}

/// Returns how often to repeat what can only fail by chance: `short` every day, `long` in a soak (`tests/run --soak`).
pub(crate) fn rounds(short: usize, long: usize) -> usize {
    if text("DUNLIN_SOAK").is_some_and(|value| value != "0") { long } else { short }
}
