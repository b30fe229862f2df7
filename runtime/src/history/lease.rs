//! The SQL of the lease: one row a set, taken by comparing and swapping its token. All times are the database's clock.

use std::time::Duration;

use dunlin_core::dialect::Dialect;

use super::History;
use crate::session::{Row, Value, render};

/// What the row of a set says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LeaseState {
    pub(crate) token: i64,
    pub(crate) owner: String,
    /// The server that its holder worked on.
    pub(crate) node: String,
    pub(crate) connection: Option<i64>,
    pub(crate) is_free: bool,
    /// Whether it was not renewed in its time.
    pub(crate) is_expired: bool,
    /// Whether not in twice its time either.
    pub(crate) is_long_expired: bool,
    /// How long ago it was taken.
    pub(crate) held_for: Duration,
}

impl LeaseState {
    pub(crate) fn read(row: &Row) -> LeaseState {
        let text = |column| row.text(column).unwrap_or_default().to_owned();
        LeaseState {
            token: row.number(0).unwrap_or_default(),
            owner: text(1),
            node: text(2),
            connection: row.number(3),
            is_free: row.number(4) == Some(1),
            is_expired: row.number(5) == Some(1),
            is_long_expired: row.number(6) == Some(1),
            held_for: Duration::from_millis(row.number(7).and_then(|ms| u64::try_from(ms).ok()).unwrap_or_default()),
        }
    }
}

impl History {
    /// Makes the table of leases where it is not there.
    pub(crate) fn create_lock(&self) -> String {
        self.fill(include_str!("sql/lock.sql"))
    }

    /// Makes the set's row, which nobody holds; it fails where there is one.
    pub(crate) fn lease_row(&self) -> String {
        let template = self.fill(
            "insert into {lock} (set_name, token, owner, node, connection, acquired_at, renewed_at, ttl) \
             values (?, 0, '', '', null, 0, 0, 0)",
        );
        render(self.dialect, &template, &[self.set.as_str().into()])
    }

    /// Asks how the lease stands, to be read by [`LeaseState::read`].
    pub(crate) fn lease_state(&self) -> String {
        self.lease_sql(include_str!("sql/lease_state.sql"), &[self.set.as_str().into()])
    }

    /// Takes the lease if its token is still this, and answers 1 if that was so.
    pub(crate) fn lease_take(&self, token: i64, owner: &str, node: &str, ttl: Duration) -> String {
        let ttl = Value::Number(i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX));
        let values = [owner.into(), node.into(), ttl, self.set.as_str().into(), Value::Number(token)];
        self.answering(&self.lease_sql(include_str!("sql/lease_take.sql"), &values))
    }

    /// Renews the lease if it is still held with this token and in its time, and answers 1 if that was so.
    pub(crate) fn lease_keep(&self, token: i64) -> String {
        self.answering(&self.keep(token))
    }

    /// Asks, without a lock on the row, whether the lease is still held with this token and in its time: then there is a row.
    pub(crate) fn lease_held(&self, token: i64) -> String {
        let template =
            "select 1 from {lock} where set_name = ? and token = ? and owner <> '' and renewed_at + ttl > {now}";
        self.lease_sql(template, &[self.set.as_str().into(), Value::Number(token)])
    }

    /// Does the same as [`History::lease_keep`], and fails if that was not so, so that a transaction with it commits nothing. One statement a line
    /// of the result.
    pub(crate) fn lease_fence(&self, token: i64) -> Vec<String> {
        let keep = self.keep(token);
        match self.dialect {
            Dialect::Postgres => {
                vec![format!("with kept as ({keep} returning 1) select 1 / count(*) from kept")]
            }
            Dialect::Mysql | Dialect::Sqlite => {
                vec![keep, "select case when row_count() = 1 then 1 else (select 1 union select 2) end".to_owned()]
            }
        }
    }

    /// Gives the lease back if it is held with this token.
    pub(crate) fn lease_free(&self, token: i64) -> String {
        let values = [self.set.as_str().into(), Value::Number(token)];
        self.answering(&self.lease_sql(include_str!("sql/lease_free.sql"), &values))
    }

    /// Takes the lease from whoever holds it with this token, and counts the token up, so that they write nothing more.
    pub(crate) fn lease_break(&self, token: i64) -> String {
        let values = [self.set.as_str().into(), Value::Number(token)];
        self.answering(&self.lease_sql(include_str!("sql/lease_break.sql"), &values))
    }

    fn keep(&self, token: i64) -> String {
        let values = [self.set.as_str().into(), Value::Number(token)];
        self.lease_sql(include_str!("sql/lease_keep.sql"), &values)
    }

    fn lease_sql(&self, template: &str, values: &[Value<'_>]) -> String {
        let facts = self.dialect.facts();
        let template = self.fill(template.trim_end());
        let template = template.replace("{now}", facts.clock_in_milliseconds);
        let template = template.replace("{connection}", facts.connection.unwrap_or("null"));
        render(self.dialect, &template, values)
    }

    /// Lets an update answer how many rows it found.
    fn answering(&self, update: &str) -> String {
        match self.dialect {
            Dialect::Postgres => format!("{update} returning 1"),
            Dialect::Mysql | Dialect::Sqlite => format!("{update};\nselect row_count()"),
        }
    }
}
