//! Events that scripts write: what only the server knows is an expression, and the hash is left to the next run.

use dunlin_core::checksum::Checksum;
use dunlin_core::dialect::Dialect;
use dunlin_core::ledger::Action;
use dunlin_core::migration::MigrationId;

use super::{Head, History};
use crate::session::{Value, render, render_rows};

/// An event without its hash.
#[derive(Debug, Clone)]
pub(crate) struct Unsealed<'e> {
    /// An expression for its number.
    pub(crate) n: &'e str,
    /// An expression for the time.
    pub(crate) at: &'e str,
    pub(crate) action: Action,
    pub(crate) id: Option<&'e MigrationId>,
    pub(crate) checksum: Option<Checksum>,
    /// An expression for the user as the server sees it.
    pub(crate) db_user: &'e str,
    pub(crate) os_user: &'e str,
    pub(crate) host: &'e str,
    pub(crate) application: &'e str,
    /// More about it, as JSON.
    pub(crate) detail: Value<'e>,
}

impl History {
    /// Returns a condition that holds while this is the last event.
    pub(crate) fn is_at(&self, head: Head) -> String {
        let n = Value::Number(i64::try_from(head.n).unwrap_or(i64::MAX));
        let hash = head.hash.map_or_else(String::new, |hash| hash.to_string());
        let set = self.set.as_str();
        let template = self.fill(include_str!("sql/is_at.sql"));
        render(self.dialect, template.trim_end(), &[set.into(), n, set.into(), hash.into()])
    }

    /// Appends an event to the log.
    pub(crate) fn append_unsealed(&self, event: Unsealed<'_>) -> String {
        let row: [Value<'_>; 13] = [
            self.set.as_str().into(),
            Value::Sql(event.n),
            Value::Sql(event.at),
            event.action.as_str().into(),
            Value::maybe(event.id.map(MigrationId::as_str)),
            Value::maybe(event.checksum.map(|checksum| checksum.to_string())),
            Value::Sql(event.db_user),
            event.os_user.into(),
            event.host.into(),
            event.application.into(),
            env!("CARGO_PKG_VERSION").into(),
            event.detail,
            "".into(),
        ];
        render_rows(self.dialect, &self.fill(include_str!("sql/event.sql")), [row])
    }

    /// Appends an event about a row that is to be removed, with all that the row holds.
    pub(crate) fn append_removal(&self, event: &Unsealed<'_>) -> String {
        let detail = self.fill(match self.dialect {
            Dialect::Sqlite => include_str!("sql/removed_sqlite.sql"),
            Dialect::Postgres => include_str!("sql/removed_postgres.sql"),
            Dialect::Mysql => include_str!("sql/removed_mysql.sql"),
        });
        let values: [Value<'_>; 9] = [
            Value::Sql(event.n),
            Value::Sql(event.at),
            event.action.as_str().into(),
            Value::Sql(event.db_user),
            event.application.into(),
            env!("CARGO_PKG_VERSION").into(),
            Value::Sql(detail.trim_end()),
            self.set.as_str().into(),
            event.id.map_or("", MigrationId::as_str).into(),
        ];
        render(self.dialect, self.fill(include_str!("sql/event_of_removal.sql")).trim_end(), &values)
    }
}
