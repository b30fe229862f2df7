//! Databases that are thrown away.

use dunlin_core::dialect::Dialect;
use dunlin_schema::{Kind, Schema, order};
#[cfg(feature = "sqlite")]
use sqlx::Connection as _;

use super::error::SchemaError;
use super::introspect;
use crate::connect::{Connect, Intent};
use crate::error::Error;
use crate::session::{Row, Session, SqlError};
use crate::stop::Stop;
use crate::tries::Terms;

/// An empty database of the same engine.
pub(super) struct Scratch {
    dialect: Dialect,
    held: Held,
}

/// What holds a scratch database. SQLite has it in memory, for as long as its connection lasts; that of a server would be one of
/// its own with a random name, dropped when it is closed.
enum Held {
    #[cfg(feature = "sqlite")]
    Memory(Box<sqlx::SqliteConnection>),
}

impl Scratch {
    #[cfg_attr(
        not(feature = "sqlite"),
        expect(clippy::unused_async, reason = "a build without SQLite waits for nothing")
    )]
    pub(super) async fn open(dialect: Dialect) -> Result<Scratch, SchemaError> {
        match dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => {
                let url = "sqlite::memory:";
                let connected = sqlx::SqliteConnection::connect(url).await;
                let connection = connected.map_err(|error| crate::connect::cannot_connect(url, error))?;
                Ok(Scratch { dialect, held: Held::Memory(Box::new(connection)) })
            }
            #[cfg(not(feature = "sqlite"))]
            Dialect::Sqlite => Err(Error::NoEngine(dialect).into()),
            Dialect::Postgres | Dialect::Mysql => Err(SchemaError::UnknownEngine(dialect)),
        }
    }

    /// Returns a way to it, for a run.
    pub(super) fn connect(&mut self) -> Connect<'_> {
        match self.held {
            #[cfg(feature = "sqlite")]
            Held::Memory(ref mut connection) => Connect::from(&mut **connection),
        }
    }

    /// Returns a session on it.
    pub(super) async fn session(&mut self) -> Result<Box<dyn Session + '_>, SchemaError> {
        let once = Terms {
            limit: std::time::Duration::ZERO,
            listener: crate::progress::Listener::default(),
            stop: Stop::new(),
        };
        let opened = self.connect().open(Intent::Write, &once).await?;
        Ok(opened.ok_or(Error::NoDatabaseName)?)
    }

    /// Runs statements.
    pub(super) async fn run(&mut self, sql: &str) -> Result<Result<(), SqlError>, SchemaError> {
        Ok(self.session().await?.run(sql).await)
    }

    pub(super) async fn rows(&mut self, sql: &str) -> Result<Vec<Row>, SchemaError> {
        let rows = self.session().await?.rows(sql).await;
        Ok(rows.map_err(|error| Error::database("looking at a scratch database", error))?)
    }

    /// Makes all that a schema has.
    pub(super) async fn make(&mut self, schema: &Schema) -> Result<(), SchemaError> {
        for fact in order(schema).iter().filter_map(|id| schema.get(id)).filter(|fact| fact.id.kind != Kind::Column) {
            let made = self.run(&fact.sql).await?;
            made.map_err(|error| Error::database("making a schema anew", error))?;
        }
        Ok(())
    }

    /// Reads its schema.
    pub(super) async fn schema(&mut self) -> Result<Schema, SchemaError> {
        let dialect = self.dialect;
        introspect::read(&mut *self.session().await?, dialect).await
    }

    #[cfg_attr(
        not(feature = "sqlite"),
        expect(clippy::unused_async, reason = "a build without SQLite waits for nothing")
    )]
    pub(super) async fn close(self) {
        match self.held {
            #[cfg(feature = "sqlite")]
            Held::Memory(connection) => {
                // It is gone either way.
                let _ = connection.close().await;
            }
        }
    }
}
