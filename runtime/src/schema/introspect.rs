//! Reading a catalogue.

use dunlin_core::dialect::Dialect;
#[cfg(feature = "mysql")]
use dunlin_schema::mysql;
#[cfg(feature = "postgres")]
use dunlin_schema::postgres;
use dunlin_schema::{Refusal, Schema, sqlite};
use serde::{Deserialize, Serialize};

use super::error::SchemaError;
use crate::error::Error;
use crate::session::{Row, Session};

const SQLITE: &str = include_str!("sql/facts_sqlite.sql");

/// All that a database said of itself.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Catalogue {
    Sqlite(Vec<sqlite::Row>),
    #[cfg(feature = "mysql")]
    Mysql(Box<mysql::Catalogue>),
    #[cfg(feature = "postgres")]
    Postgres(Vec<postgres::Row>),
}

impl Catalogue {
    /// Makes facts of it.
    pub(super) fn schema(&self) -> Result<Schema, Refusal> {
        match self {
            Catalogue::Sqlite(rows) => sqlite::read(rows),
            #[cfg(feature = "mysql")]
            Catalogue::Mysql(catalogue) => mysql::read(catalogue),
            #[cfg(feature = "postgres")]
            Catalogue::Postgres(rows) => postgres::read(rows),
        }
    }
}

/// Returns what is asked of a catalogue: another version of dunlin may ask for more.
pub(super) fn questions(dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => SQLITE.to_owned(),
        #[cfg(feature = "mysql")]
        Dialect::Mysql => super::mysql::CATALOGUE.to_owned(),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => super::postgres::questions(),
        #[cfg(not(all(feature = "postgres", feature = "mysql")))]
        _ => String::new(),
    }
}

/// Reads the schema of the database that a session is on.
pub(super) async fn read(session: &mut dyn Session, dialect: Dialect) -> Result<Schema, SchemaError> {
    Ok(catalogue(session, dialect).await?.schema()?)
}

/// Reads the catalogue of the database that a session is on, with one query, or as few as the engine lets it be.
pub(super) async fn catalogue(session: &mut dyn Session, dialect: Dialect) -> Result<Catalogue, SchemaError> {
    match dialect {
        Dialect::Sqlite => {
            let read = session.rows(SQLITE).await;
            let rows = read.map_err(|error| Error::database("reading the schema", error))?;
            Ok(Catalogue::Sqlite(rows.iter().filter_map(row).collect()))
        }
        #[cfg(feature = "mysql")]
        Dialect::Mysql => Ok(Catalogue::Mysql(Box::new(super::mysql::catalogue(session).await?))),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => Ok(Catalogue::Postgres(super::postgres::catalogue(session).await?)),
        #[cfg(not(all(feature = "postgres", feature = "mysql")))]
        _ => Err(Error::NoEngine(dialect).into()),
    }
}

fn row(row: &Row) -> Option<sqlite::Row> {
    let text = |column| row.text(column).map(str::to_owned);
    Some(sqlite::Row { kind: text(0)?, name: text(1)?, table: text(2)?, sql: text(3)? })
}
