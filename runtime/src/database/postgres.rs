//! PostgreSQL: a database is made and dropped from another one.

use async_trait::async_trait;
use dunlin_core::dialect::Dialect;

use super::{Clients, Creation, Database, Keeper, Removal};
use crate::connect::{Inside, Prospect, postgres_options, prospect};
use crate::error::Error;
use crate::session::{Session, SqlError, Value, render};

/// Databases that a server has of its own, best first. The manual, "Template Databases".
const MAINTENANCE: [&str; 2] = ["postgres", "template1"];

const CLIENTS: &str = include_str!("sql/clients_postgres.sql");

pub(super) struct Postgres;

#[async_trait]
impl Keeper for Postgres {
    fn name(&self, url: &str) -> Result<Option<String>, Error> {
        let options = postgres_options(url)?;
        Ok(options.get_database().map(str::to_owned))
    }

    async fn create(&self, database: &Database, name: &str) -> Result<Creation, Error> {
        // Whoever is let in needs no right to another database to know that there is this one.
        match database.session(Inside::AsSaid).await {
            Ok(session) => {
                session.close().await;
                return Ok(Creation::Exists);
            }
            Err(error) if prospect(&error) == Prospect::Absent => {}
            Err(error) => return Err(error),
        }
        let mut session = beside(database, name).await?;
        let created = session.run(&format!("create database {}", Dialect::Postgres.quote(name))).await;
        session.close().await;
        match created {
            Ok(()) => Ok(Creation::Created),
            // Another one made it just now: the second code is what the loser of such a race is told.
            Err(error) if is(&error, "42P04") || is(&error, "23505") => Ok(Creation::Exists),
            Err(error) => Err(Error::cannot_make(name, error)),
        }
    }

    async fn drop(&self, database: &Database, name: &str, clients: Clients) -> Result<Removal, Error> {
        let mut session = beside(database, name).await?;
        let force = if clients == Clients::Disconnect { " with (force)" } else { "" };
        let dropped = session.run(&format!("drop database {}{force}", Dialect::Postgres.quote(name))).await;
        let done = match dropped {
            Ok(()) => Ok(Removal::Dropped),
            Err(error) if is(&error, "3D000") => Ok(Removal::Absent),
            Err(error) if is(&error, "55006") && clients == Clients::Keep => {
                match connected(name, &mut *session).await {
                    Ok(clients) if !clients.is_empty() => Err(Error::InUse { name: name.to_owned(), clients }),
                    _ => Err(Error::cannot_drop(name, error)),
                }
            }
            Err(error) => Err(Error::cannot_drop(name, error)),
        };
        session.close().await;
        done
    }
}

/// Opens a session on the same server, in another database.
pub(crate) async fn beside(database: &Database, name: &str) -> Result<Box<dyn Session>, Error> {
    let mut first = None;
    for other in MAINTENANCE.into_iter().filter(|other| *other != name) {
        match database.session(Inside::Database(other.to_owned())).await {
            Ok(session) => return Ok(session),
            // The next one may let us in.
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or(Error::NoDatabaseName))
}

async fn connected(name: &str, session: &mut dyn Session) -> Result<Vec<String>, SqlError> {
    let rows = session.rows(&render(Dialect::Postgres, CLIENTS, &[Value::from(name)])).await?;
    Ok(rows.iter().filter_map(|row| row.text(0)).map(str::to_owned).collect())
}

fn is(error: &SqlError, code: &str) -> bool {
    error.code.as_deref() == Some(code)
}
