//! Rows as an audit holds them: without their SQL, and with what that hashes to. So memory grows with the largest file alone.

use super::{MigrationRow, RepeatableRow, Text};
use crate::checksum::Checksum;
use crate::plan::State;

/// A row of `dunlin_migrations`, of which only hashes of the SQL are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldMigration {
    /// The row; its SQL is taken out.
    pub(super) row: MigrationRow<'static>,
    /// The digest of the whole row.
    pub(super) digest: Checksum,
    /// The digest that it would have if its step were whole.
    pub(super) settled: Checksum,
    /// The checksum of the stored way up.
    pub(super) up: Option<Checksum>,
    /// The checksum of the stored way down.
    pub(super) down: Option<Checksum>,
}

impl From<MigrationRow<'static>> for HeldMigration {
    fn from(mut row: MigrationRow<'static>) -> HeldMigration {
        let (digest, applied) = (row.digest(), Some(State::Applied.as_str().into()));
        let state = std::mem::replace(&mut row.state, applied);
        let settled = if state == row.state { digest } else { row.digest() };
        let (up, down) = (of_text(&row.up_sql.take()), of_text(&row.down_sql.take()));
        row.state = state;
        HeldMigration { row, digest, settled, up, down }
    }
}

/// A row of `dunlin_repeatable`, of which only hashes of the SQL are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRepeatable {
    /// The row; its SQL is taken out.
    pub(super) row: RepeatableRow<'static>,
    /// The digest of the whole row.
    pub(super) digest: Checksum,
    /// The checksum of the stored SQL.
    pub(super) stored: Option<Checksum>,
}

impl From<RepeatableRow<'static>> for HeldRepeatable {
    fn from(mut row: RepeatableRow<'static>) -> HeldRepeatable {
        let (digest, stored) = (row.digest(), of_text(&row.stored_sql.take()));
        HeldRepeatable { row, digest, stored }
    }
}

fn of_text(sql: &Text<'_>) -> Option<Checksum> {
    sql.as_deref().map(Checksum::of_text)
}
