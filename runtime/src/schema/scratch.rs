//! Databases that are thrown away.

use dunlin_core::dialect::Dialect;
use dunlin_schema::{Manner, Rules, Schema, plan};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use sqlx::Connection as _;

use super::error::SchemaError;
use super::introspect;
use crate::connect::{Connect, Intent};
use crate::error::Error;
use crate::session::{Row, Session, SqlError};
use crate::stop::Stop;
use crate::tries::Terms;

/// A connection to an empty database of the same engine. SQLite has them in memory; a server's is one of its own, with a random
/// name, which the workshop drops.
pub(super) enum Scratch {
    #[cfg(feature = "sqlite")]
    Sqlite(Box<sqlx::SqliteConnection>),
    #[cfg(feature = "postgres")]
    Postgres(Box<sqlx::PgConnection>),
}

impl Scratch {
    #[cfg(feature = "sqlite")]
    pub(super) async fn in_memory() -> Result<Scratch, SchemaError> {
        let url = "sqlite::memory:";
        let connected = sqlx::SqliteConnection::connect(url).await;
        let connection = connected.map_err(|error| crate::connect::cannot_connect(url, error))?;
        Ok(Scratch::Sqlite(Box::new(connection)))
    }

    fn dialect(&self) -> Dialect {
        match *self {
            #[cfg(feature = "sqlite")]
            Scratch::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Scratch::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Returns a way to it, for a run.
    pub(super) fn connect(&mut self) -> Connect<'_> {
        match *self {
            #[cfg(feature = "sqlite")]
            Scratch::Sqlite(ref mut connection) => Connect::from(&mut **connection),
            #[cfg(feature = "postgres")]
            Scratch::Postgres(ref mut connection) => Connect::from(&mut **connection),
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
    pub(super) async fn make(&mut self, schema: &Schema, rules: &dyn Rules) -> Result<(), SchemaError> {
        let empty = self.schema().await?;
        let plan = plan(&empty, schema, rules, Manner::Shortest)?;
        let sql: Vec<&str> = plan.steps.iter().map(|step| &*step.sql).collect();
        let made = self.run(&format!("begin;\n{};\ncommit", sql.join(";\n"))).await?;
        if made.is_err() {
            // What went wrong is told, and not that it left a transaction.
            let _ = self.run("rollback").await?;
        }
        Ok(made.map_err(|error| Error::database("making a schema anew", error))?)
    }

    /// Reads its schema.
    pub(super) async fn schema(&mut self) -> Result<Schema, SchemaError> {
        let dialect = self.dialect();
        introspect::read(&mut *self.session().await?, dialect).await
    }

    #[cfg_attr(
        not(any(feature = "sqlite", feature = "postgres")),
        expect(clippy::unused_async, reason = "a build without engines waits for nothing")
    )]
    pub(super) async fn close(self) {
        // It is gone either way.
        match self {
            #[cfg(feature = "sqlite")]
            Scratch::Sqlite(connection) => drop(connection.close().await),
            #[cfg(feature = "postgres")]
            Scratch::Postgres(connection) => drop(connection.close().await),
        }
    }
}
