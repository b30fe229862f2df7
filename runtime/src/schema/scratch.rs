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

/// An empty database of the same engine. SQLite has them in memory; a server's would be one of its own, with a random name,
/// dropped when it is closed.
pub(super) struct Scratch {
    dialect: Dialect,
    #[cfg(feature = "sqlite")]
    connection: sqlx::SqliteConnection,
}

impl Scratch {
    pub(super) async fn open(dialect: Dialect) -> Result<Scratch, SchemaError> {
        match dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => {
                let url = "sqlite::memory:";
                let connected = sqlx::SqliteConnection::connect(url).await;
                let connection = connected.map_err(|error| crate::connect::cannot_connect(url, error))?;
                Ok(Scratch { dialect, connection })
            }
            _ => Err(SchemaError::UnknownEngine(dialect)),
        }
    }

    /// Returns a way to it, for a run.
    pub(super) fn connect(&mut self) -> Connect<'_> {
        Connect::from(&mut self.connection)
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

    pub(super) async fn close(self) {
        // It is gone either way.
        let _ = self.connection.close().await;
    }
}
