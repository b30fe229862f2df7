//! PostgreSQL: databases that are made beside the one that matters, and what is read of a catalogue.

use dunlin_core::dialect::Dialect;
use dunlin_schema::{Schema, postgres};
use sqlx::{Connection as _, PgConnection};

use super::error::SchemaError;
use crate::connect::{cannot_connect, postgres_options};
use crate::database::{Database, beside_postgres};
use crate::error::Error;
use crate::session::{Row, Session, SqlError, Value, render};

/// What is asked of a catalogue, in one snapshot, each statement about one kind of thing. They return two columns.
const CATALOGUE: [&str; 17] = [
    include_str!("postgres/schemas.sql"),
    include_str!("postgres/extensions.sql"),
    include_str!("postgres/types.sql"),
    include_str!("postgres/sequences.sql"),
    include_str!("postgres/tables.sql"),
    include_str!("postgres/columns.sql"),
    include_str!("postgres/constraints.sql"),
    include_str!("postgres/indexes.sql"),
    include_str!("postgres/views.sql"),
    include_str!("postgres/routines.sql"),
    include_str!("postgres/triggers.sql"),
    include_str!("postgres/policies.sql"),
    include_str!("postgres/statistics.sql"),
    include_str!("postgres/comments.sql"),
    include_str!("postgres/kept.sql"),
    include_str!("postgres/dependencies.sql"),
    include_str!("postgres/unmodelled.sql"),
];

/// A snapshot, with an empty search path: so every name in a text of the server has its schema.
const BEGIN: &str = include_str!("postgres/begin.sql");
const SCRATCH: &str = include_str!("postgres/scratch.sql");

/// Reads the schema of the database that a session is on, in one message.
pub(super) async fn read(session: &mut dyn Session) -> Result<Schema, SchemaError> {
    let sql = [BEGIN].into_iter().chain(CATALOGUE).chain(["commit"]).collect::<Vec<_>>().join(";\n");
    let rows = session.rows(&sql).await;
    if rows.is_err() {
        // What went wrong is told, and not that it left a transaction.
        let _ = session.run("rollback").await;
    }
    let rows = rows.map_err(|error| Error::database("reading the schema", error))?;
    Ok(postgres::read(&rows.iter().filter_map(row).collect::<Vec<_>>())?)
}

fn row(row: &Row) -> Option<postgres::Row> {
    Some(postgres::Row { about: row.text(0)?.to_owned(), json: row.text(1)?.to_owned() })
}

/// A server with scratch databases.
pub(super) struct Server {
    url: String,
    /// A session on another database of it: from there databases are made and dropped.
    lobby: Box<dyn Session>,
    model: String,
    made: Vec<String>,
}

impl Server {
    /// Connects to a server, beside the database that a URL names.
    pub(super) async fn at(url: &str) -> Result<Server, SchemaError> {
        let database = Database::at(url)?;
        let model = database.name().unwrap_or_default().to_owned();
        let lobby = beside_postgres(&database, &model).await?;
        Ok(Server { url: url.to_owned(), lobby, model, made: Vec::new() })
    }

    /// Makes an empty database with the settings of the one that the URL names, and connects to it. Those that a run before this
    /// one left behind go first.
    pub(super) async fn make(&mut self) -> Result<PgConnection, SchemaError> {
        let sql = render(Dialect::Postgres, SCRATCH, &[Value::from(&*self.model)]);
        let rows = self.lobby.rows(&sql).await.map_err(failed)?;
        let (Some(first), stale) = (rows.first(), rows.get(1..).unwrap_or_default()) else {
            return Err(SchemaError::UnknownEngine(Dialect::Postgres));
        };
        for row in stale {
            // Another run may be dropping it just now.
            let _ = self.lobby.run(row.text(1).unwrap_or_default()).await;
        }
        let name = first.text(0).unwrap_or_default().to_owned();
        self.lobby.run(first.text(1).unwrap_or_default()).await.map_err(failed)?;
        self.made.push(name.clone());
        let options = postgres_options(&self.url)?.application_name("dunlin").extra_float_digits(None).database(&name);
        let connected = PgConnection::connect_with(&options).await;
        Ok(connected.map_err(|error| cannot_connect(&self.url, error))?)
    }

    /// Drops all that were made.
    pub(super) async fn sweep(mut self) -> Result<(), SchemaError> {
        let mut outcome = Ok(());
        for name in &self.made {
            let dropped = self.lobby.run(&format!("drop database if exists {name} with (force)")).await;
            outcome = outcome.and(dropped.map_err(failed));
        }
        self.lobby.close().await;
        outcome
    }
}

fn failed(error: SqlError) -> SchemaError {
    Error::database("making a scratch database", error).into()
}
