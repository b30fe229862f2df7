//! Reading a catalogue.

use dunlin_core::dialect::Dialect;
use dunlin_schema::{Schema, sqlite};

use super::error::SchemaError;
use crate::error::Error;
use crate::session::{Row, Session};

/// Reads the schema of the database that a session is on, with one query.
pub(super) async fn read(session: &mut dyn Session, dialect: Dialect) -> Result<Schema, SchemaError> {
    match dialect {
        Dialect::Sqlite => {
            let read = session.rows(include_str!("sql/facts_sqlite.sql")).await;
            let rows = read.map_err(|error| Error::database("reading the schema", error))?;
            Ok(sqlite::read(&rows.iter().filter_map(row).collect::<Vec<_>>())?)
        }
        #[cfg(feature = "mysql")]
        Dialect::Mysql => super::mysql::read(session).await,
        #[cfg(feature = "postgres")]
        Dialect::Postgres => super::postgres::read(session).await,
        #[cfg(not(all(feature = "postgres", feature = "mysql")))]
        _ => Err(Error::NoEngine(dialect).into()),
    }
}

fn row(row: &Row) -> Option<sqlite::Row> {
    let text = |column| row.text(column).map(str::to_owned);
    Some(sqlite::Row { kind: text(0)?, name: text(1)?, table: text(2)?, sql: text(3)? })
}
