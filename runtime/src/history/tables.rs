//! Reading the tables of the history as they are, column by column: what an audit and the digests of rows take.

use std::borrow::Cow;

use dunlin_core::checksum::Checksum;
use dunlin_core::dialect::Dialect;
use dunlin_core::ledger::{
    EventRow, HeldMigration, HeldRepeatable, JournalRow, LayoutRow, MigrationRow, RepeatableRow, RowKey, Tables, Text,
    unfinished_digest,
};
use dunlin_core::migration::{Direction, MigrationId};

use super::{History, detail};
use crate::engine::Engine;
use crate::error::Error;
use crate::session::{Session, Trouble, Value, render};

/// PostgreSQL does not write the era of a year unless it is asked to.
const TIME_OF_POSTGRES: &str = "case when {} >= timestamptz '0001-01-01 00:00:00Z' then {text} else {}::text end";

/// How many rows are read at once.
const PAGE: usize = 100;

impl History {
    /// Reads all tables, of every set. Those that are not there are `None`.
    pub(crate) async fn tables(&self, session: &mut dyn Session, engine: &dyn Engine) -> Result<Tables, Error> {
        let layout = self.all(session, engine, "layout", ["id", "version"]).await?;
        for [_, version] in layout.iter().flatten() {
            self.check_layout(version.as_deref().and_then(|version| version.parse().ok()))?;
        }
        // A step that begins has its row with its journal: whoever looks at the journal first finds the row.
        let journal = self.journal_rows(session, engine).await?;
        let events = self.pages(session, engine, "events", EventRow::COLUMNS, event).await?;
        let migration = |values| HeldMigration::from(MigrationRow::from(values));
        let migrations = self.pages(session, engine, "migrations", MigrationRow::COLUMNS, migration).await?;
        let repeatable = |values| HeldRepeatable::from(RepeatableRow::from(values));
        let repeatables = self.pages(session, engine, "repeatable", RepeatableRow::COLUMNS, repeatable).await?;
        let of_layout = |[id, version]: [Text<'static>; 2]| LayoutRow { id, version };
        Ok(Tables {
            layout: layout.map(|rows| rows.into_iter().map(of_layout).collect()),
            events,
            migrations,
            repeatables,
            journal,
        })
    }

    /// Reads the journal, of every set; `None` is a table that is not there.
    pub(crate) async fn journal_rows(
        &self,
        session: &mut dyn Session,
        engine: &dyn Engine,
    ) -> Result<Option<Vec<JournalRow>>, Error> {
        let rows = self.all(session, engine, "statements", JournalRow::COLUMNS).await?;
        Ok(rows.map(|rows| rows.into_iter().map(JournalRow::from).collect()))
    }

    /// Returns the digest of an unfinished step as it stands in the tables; `None` is a step that has no row.
    pub(crate) async fn digest_of_unfinished(
        &self,
        session: &mut dyn Session,
        id: &MigrationId,
        direction: Direction,
    ) -> Result<Option<Checksum>, Error> {
        let Some(row) = self.migration_row(session, id.as_str()).await? else { return Ok(None) };
        let select = self.select("statements", JournalRow::COLUMNS);
        let template = format!("{select} where t.set_name = ? and t.id = ? and t.direction = ?");
        let key = [self.set.as_str().into(), id.as_str().into(), direction.to_string().into()];
        let journal = self.rows_of(session, &render(self.dialect, &template, &key)).await?.unwrap_or_default();
        let journal: Vec<JournalRow> = journal.into_iter().map(JournalRow::from).collect();
        Ok(Some(unfinished_digest(&row, &journal)))
    }

    /// Reads the row of a migration, by its id as the history has it.
    pub(crate) async fn migration_row(
        &self,
        session: &mut dyn Session,
        id: &str,
    ) -> Result<Option<MigrationRow<'static>>, Error> {
        let row = self.one(session, "migrations", MigrationRow::COLUMNS, "id", id).await?;
        Ok(row.map(MigrationRow::from))
    }

    /// Returns the digest of a row as it is now; `None` is a row that is not there.
    pub(crate) async fn digest_of(&self, session: &mut dyn Session, key: &RowKey) -> Result<Option<Checksum>, Error> {
        Ok(match key {
            RowKey::Migration(id) => self.migration_row(session, id.as_str()).await?.map(|row| row.digest()),
            RowKey::Repeatable(name) => {
                let row = self.one(session, "repeatable", RepeatableRow::COLUMNS, "name", name).await?;
                row.map(|row| RepeatableRow::from(row).digest())
            }
        })
    }

    async fn one<const N: usize>(
        &self,
        session: &mut dyn Session,
        table: &str,
        columns: [&str; N],
        key: &str,
        value: &str,
    ) -> Result<Option<[Text<'static>; N]>, Error> {
        let select = self.select(table, columns);
        let template = format!("{select} where t.set_name = ? and t.{key} = ?");
        let sql = render(self.dialect, &template, &[self.set.as_str().into(), Value::from(value)]);
        Ok(self.rows_of(session, &sql).await?.and_then(|rows| rows.into_iter().next()))
    }

    /// Reads a table that stores SQL, a page at a time, and keeps of each row what `held` makes of it.
    async fn pages<const N: usize, T>(
        &self,
        session: &mut dyn Session,
        engine: &dyn Engine,
        table: &str,
        columns: [&str; N],
        held: impl Fn([Text<'static>; N]) -> T,
    ) -> Result<Option<Vec<T>>, Error> {
        let mut kept = Vec::new();
        loop {
            // Keys that somebody meddled with need not be comparable, so that pages are counted. The first two columns are
            // the key.
            let key = columns.first_chunk::<2>().map(|[set, key]| format!(" order by t.{set}, t.{key}"));
            let page = format!("{} limit {PAGE} offset {}", key.unwrap_or_default(), kept.len());
            let Some(rows) = self.some(session, engine, table, columns, &page).await? else { return Ok(None) };
            let is_last = rows.len() < PAGE;
            kept.extend(rows.into_iter().map(&held));
            if is_last {
                return Ok(Some(kept));
            }
        }
    }

    async fn all<const N: usize>(
        &self,
        session: &mut dyn Session,
        engine: &dyn Engine,
        table: &str,
        columns: [&str; N],
    ) -> Result<Option<Vec<[Text<'static>; N]>>, Error> {
        self.some(session, engine, table, columns, "").await
    }

    async fn some<const N: usize>(
        &self,
        session: &mut dyn Session,
        engine: &dyn Engine,
        table: &str,
        columns: [&str; N],
        which: &str,
    ) -> Result<Option<Vec<[Text<'static>; N]>>, Error> {
        let here = if self.schema.is_some() { String::new() } else { engine.here(&format!("{}_{table}", self.prefix)) };
        self.rows_of(session, &format!("{} {here}{which}", self.select(table, columns))).await
    }

    async fn rows_of<const N: usize>(
        &self,
        session: &mut dyn Session,
        sql: &str,
    ) -> Result<Option<Vec<[Text<'static>; N]>>, Error> {
        let rows = match session.rows(sql).await {
            Ok(rows) => rows,
            Err(error) if error.trouble == Trouble::MissingTable => return Ok(None),
            Err(error) => return Err(self.explain(session, error).await),
        };
        let texts = rows.into_iter().map(|row| {
            let mut values = row.0.into_iter().map(|value| value.map(Cow::Owned));
            std::array::from_fn(|_| values.next().flatten())
        });
        Ok(Some(texts.collect()))
    }

    fn select<const N: usize>(&self, table: &str, columns: [&str; N]) -> String {
        let columns = columns.map(|column| self.as_text(column));
        format!("select {} from {} t", columns.join(", "), self.table(table))
    }

    /// Returns SQL for the one text of a column's value, so that whatever is changed in it changes the text.
    fn as_text(&self, column: &str) -> String {
        let value = format!("t.{column}");
        let facts = self.dialect.facts();
        match (self.dialect, column) {
            // A value may have any type, and bytes would be read as the text that they spell.
            (Dialect::Sqlite, _) => format!("iif(typeof({value}) = 'blob', quote({value}), {value})"),
            (Dialect::Postgres, "breaking") => format!("{value}::int"),
            (Dialect::Postgres, "at" | "applied_at" | "started_at") => {
                TIME_OF_POSTGRES.replace("{text}", facts.time_as_text).replace("{}", &value)
            }
            (Dialect::Mysql, "at" | "applied_at" | "started_at") => facts.time_as_text.replace("{}", &value),
            (Dialect::Postgres | Dialect::Mysql, _) => value,
        }
    }
}

fn event(values: [Text<'static>; 13]) -> EventRow {
    let mut row = EventRow::new(values, dunlin_core::ledger::Detail::default());
    row.details = detail::read(row.detail.as_deref().unwrap_or_default());
    row
}
