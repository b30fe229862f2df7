//! Scratch databases: fresh ones on the server, with names that nobody else has.

use dunlin_core::dialect::Dialect;

use crate::connect::{Connect, Inside};
use crate::database::{Database, beside_postgres};
use crate::error::Error;
use crate::schema::error::{LeftBehind, SchemaError};
use crate::schema::scratch::{heeding, opened};
use crate::session::{Session, SqlError, Trouble, Value, render};
use crate::stop::Stop;

/// A database that is dropped when it is closed. What a run that was killed left is dropped by a later one.
pub(in crate::schema) struct ScratchDatabase {
    url: String,
    name: String,
    session: Box<dyn Session>,
    /// A session in another database: whoever is in one cannot drop it.
    lobby: Box<dyn Session>,
}

impl ScratchDatabase {
    /// Makes one on the server of a URL, with the encoding and locale of the database that this names.
    pub(in crate::schema) async fn make(url: &str, stop: &Stop) -> Result<ScratchDatabase, SchemaError> {
        let database = Database::at(url)?.stop_on(stop);
        let model = database.name().unwrap_or_default();
        let mut lobby = beside_postgres(&database, model).await?;
        let name = match make(&mut *lobby, model).await {
            Ok(name) => name,
            Err(error) => {
                let error = not_made(error, &mut *lobby).await;
                lobby.close().await;
                return Err(error);
            }
        };
        let session = match opened(inside(url, &name), stop).await {
            Ok(session) => heeding(session, Dialect::Postgres, stop),
            Err(error) => Err(error),
        };
        match session {
            Ok(session) => Ok(ScratchDatabase { url: url.to_owned(), name, session, lobby }),
            Err(error) => {
                let dropped = drop_database(lobby, &name).await;
                Err(SchemaError::from(error).leaving(dropped))
            }
        }
    }

    /// Returns a way to it, for a run.
    pub(in crate::schema) fn connect(&self) -> Connect<'static> {
        inside(&self.url, &self.name)
    }

    /// Returns a session in it.
    pub(in crate::schema) fn session(&mut self) -> &mut dyn Session {
        &mut *self.session
    }

    /// Drops it, and ends whatever still runs in it.
    pub(in crate::schema) async fn close(self) -> Result<(), LeftBehind> {
        self.session.close().await;
        drop_database(self.lobby, &self.name).await
    }
}

/// Returns what says how the server of a URL makes and prints things in databases like the one that this names.
pub(in crate::schema) async fn surroundings(url: &str, stop: &Stop) -> Result<String, SchemaError> {
    let database = Database::at(url)?.stop_on(stop);
    let model = database.name().unwrap_or_default();
    let mut lobby = beside_postgres(&database, model).await?;
    let rows =
        lobby.rows(&render(Dialect::Postgres, include_str!("sql/surroundings.sql"), &[Value::from(model)])).await;
    lobby.close().await;
    let rows = rows.map_err(|error| Error::database("looking at the server", error))?;
    Ok(rows.first().and_then(|row| row.text(0)).unwrap_or_default().to_owned())
}

fn inside(url: &str, name: &str) -> Connect<'static> {
    Connect::from(url.to_owned()).inside(Inside::Database(name.to_owned()))
}

/// Makes one, and drops those that runs before this one left.
async fn make(lobby: &mut dyn Session, model: &str) -> Result<String, SqlError> {
    let mut name = String::new();
    for row in lobby.rows(&render(Dialect::Postgres, include_str!("sql/scratch.sql"), &[Value::from(model)])).await? {
        let statement = row.text(1).unwrap_or_default();
        match row.text(0) {
            Some(own) => {
                lobby.run(statement).await?;
                own.clone_into(&mut name);
            }
            // Another run may be dropping it just now.
            None => _ = lobby.run(statement).await,
        }
    }
    Ok(name)
}

/// Says why none was made, and where a right is lacking, which.
async fn not_made(error: SqlError, lobby: &mut dyn Session) -> SchemaError {
    if error.trouble != Trouble::Denied {
        return Error::database("making a scratch database", error).into();
    }
    let user = lobby.rows("select pg_catalog.quote_ident(current_user)").await.unwrap_or_default();
    let user = user.first().and_then(|row| row.text(0)).unwrap_or("current_user");
    SchemaError::MayNotMake { message: error.to_string(), grant: format!("alter role {user} createdb") }
}

async fn drop_database(mut lobby: Box<dyn Session>, name: &str) -> Result<(), LeftBehind> {
    let dropped = lobby.run(&format!("drop database {name} with (force)")).await;
    lobby.close().await;
    dropped.map_err(|error| LeftBehind::new(name, &error))
}
