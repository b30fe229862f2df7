//! Writing the history: SQL that travels with the step that it records.

use dunlin_core::checksum::Checksum;
use dunlin_core::ledger::{Event, MigrationRow};
use dunlin_core::migration::{Migration, MigrationId};
use dunlin_core::plan::{Kind, State};

use super::{Head, History};
use crate::session::{Value, known, render, render_rows};

/// What a row of a migration says beside the migration itself.
#[derive(Debug, Clone)]
pub(crate) struct Record<'r> {
    pub(crate) kind: Kind,
    pub(crate) state: State,
    pub(crate) seq: Value<'r>,
    /// The database's clock.
    pub(crate) at: Value<'r>,
    /// In microseconds.
    pub(crate) duration: i64,
}

impl History {
    /// Makes the tables where they are not there; the one that says that all are there comes last, since MySQL commits each.
    pub(crate) fn create(&self) -> String {
        self.fill(match self.dialect {
            dunlin_core::dialect::Dialect::Sqlite => include_str!("sql/create_sqlite.sql"),
            dunlin_core::dialect::Dialect::Postgres => include_str!("sql/create_postgres.sql"),
            dunlin_core::dialect::Dialect::Mysql => include_str!("sql/create_mysql.sql"),
        })
    }

    /// Records that migrations are applied, or that their way up has begun.
    pub(crate) fn insert<'m>(&self, rows: impl IntoIterator<Item = (&'m Migration, Record<'m>)>) -> String {
        let rows = rows.into_iter().map(|(migration, record)| self.row(migration, &record));
        render_rows(self.dialect, &self.fill(include_str!("sql/insert.sql")), rows)
    }

    /// Returns the digest of the row that [`History::insert`] writes; `None` where only the server knows all of it.
    pub(crate) fn row_digest(&self, migration: &Migration, record: &Record<'_>) -> Option<Checksum> {
        known(self.row(migration, record)).map(|values| MigrationRow::from(values).digest())
    }

    /// The columns are those of [`MigrationRow::COLUMNS`].
    fn row<'m>(&'m self, migration: &'m Migration, record: &Record<'m>) -> [Value<'m>; 15] {
        let parents: Vec<&str> = migration.parents.iter().map(MigrationId::as_str).collect();
        let (up, down) = (&migration.up, migration.down.as_ref());
        [
            self.set.as_str().into(),
            migration.id.as_str().into(),
            migration.slug.as_str().into(),
            parents.join(",").into(),
            record.seq.clone(),
            record.kind.as_str().into(),
            record.state.as_str().into(),
            up.checksum.to_string().into(),
            Value::maybe(down.map(|down| down.checksum.to_string())),
            (&*up.text).into(),
            Value::maybe(down.map(|down| &*down.text)),
            Value::Flag(migration.is_breaking()),
            record.at.clone(),
            Value::Number(record.duration),
            env!("CARGO_PKG_VERSION").into(),
        ]
    }

    /// Records that a way down outside a transaction has begun, or that nothing of it is in place. All else of the row stays.
    pub(crate) fn set_state(&self, migration: &Migration, state: State) -> String {
        let template = self.fill("update {migrations} set state = ? where set_name = ? and id = ?");
        let values = [state.as_str().into(), self.set.as_str().into(), migration.id.as_str().into()];
        render(self.dialect, &template, &values)
    }

    /// Records that a way up outside a transaction is whole, and how long it took in microseconds.
    pub(crate) fn set_applied(&self, migration: &Migration, duration: i64) -> String {
        let template = self.fill("update {migrations} set state = ?, duration_us = ? where set_name = ? and id = ?");
        let (state, duration) = (State::Applied.as_str().into(), Value::Number(duration));
        let values = [state, duration, self.set.as_str().into(), migration.id.as_str().into()];
        render(self.dialect, &template, &values)
    }

    /// Records that a migration is applied no longer.
    pub(crate) fn delete(&self, migration: &MigrationId) -> String {
        let template = self.fill("delete from {migrations} where set_name = ? and id = ?");
        render(self.dialect, &template, &[self.set.as_str().into(), migration.as_str().into()])
    }

    /// Gives a row the SQL of a migration, and keeps when and how it came.
    pub(crate) fn heal(&self, migration: &Migration) -> String {
        let template = self.fill(
            "update {migrations} set up_checksum = ?, up_sql = ?, down_checksum = ?, down_sql = ?, breaking = ? \
             where set_name = ? and id = ?",
        );
        let down = migration.down.as_ref();
        let values = [
            migration.up.checksum.to_string().into(),
            (&*migration.up.text).into(),
            Value::maybe(down.map(|down| down.checksum.to_string())),
            Value::maybe(down.map(|down| &*down.text)),
            Value::Flag(migration.is_breaking()),
            self.set.as_str().into(),
            migration.id.as_str().into(),
        ];
        render(self.dialect, &template, &values)
    }

    /// Appends events to the log; returns the SQL and the head that the log has then.
    pub(crate) fn append(&self, events: &[Event], mut head: Head) -> (String, Head) {
        let rows = events.iter().map(|event| {
            let hash = event.hash(head.hash.as_ref());
            head = Head { n: event.n, hash: Some(hash) };
            self.event_row(event, hash)
        });
        let sql = render_rows(self.dialect, &self.fill(include_str!("sql/event.sql")), rows);
        (sql, head)
    }

    fn event_row<'e>(&'e self, event: &'e Event, hash: Checksum) -> [Value<'e>; 13] {
        [
            self.set.as_str().into(),
            Value::Number(i64::try_from(event.n).unwrap_or(i64::MAX)),
            Value::Time(&event.at),
            event.action.as_str().into(),
            Value::maybe(event.id.as_ref().map(MigrationId::as_str)),
            Value::maybe(event.checksum.map(|checksum: Checksum| checksum.to_string())),
            (&*event.db_user).into(),
            (&*event.os_user).into(),
            (&*event.host).into(),
            (&*event.application).into(),
            (&*event.tool_version).into(),
            (&*event.detail).into(),
            hash.to_string().into(),
        ]
    }

    /// Completes an event that has no hash.
    pub(crate) fn seal(&self, n: u64, detail: &str, hash: &Checksum) -> String {
        let template = self.fill("update {events} set detail = ?, hash = ? where set_name = ? and n = ?");
        let n = Value::Number(i64::try_from(n).unwrap_or(i64::MAX));
        render(self.dialect, &template, &[detail.into(), hash.to_string().into(), self.set.as_str().into(), n])
    }
}
