//! Scratch databases: fresh ones on the server, with names that nobody else has.

use dunlin_core::dialect::Dialect;

use crate::connect::{Connect, Inside, mysql_options};
use crate::error::Error;
use crate::schema::SchemaError;
use crate::schema::scratch::opened;
use crate::session::{Row, Session, SqlError};

/// A database that is dropped when it is closed. What a run that was killed left is dropped by a later one.
pub(in crate::schema) struct ScratchDatabase {
    url: String,
    name: String,
    session: Box<dyn Session>,
}

impl ScratchDatabase {
    /// Makes one on the server of a URL, with the character set of the database that this names, if there is one.
    pub(in crate::schema) async fn make(url: &str) -> Result<ScratchDatabase, SchemaError> {
        let given = mysql_options(url)?.get_database().unwrap_or_default().to_owned();
        let mut session = opened(Connect::from(url.to_owned()).inside(Inside::Database(String::new()))).await?;
        let made = make(&mut *session, &given).await;
        match made {
            Ok(name) => Ok(ScratchDatabase { url: url.to_owned(), name, session }),
            Err(error) => {
                session.close().await;
                Err(Error::database("making a scratch database", error).into())
            }
        }
    }

    /// Returns a way to it, for a run.
    pub(in crate::schema) fn connect(&self) -> Connect<'static> {
        Connect::from(&self.url).inside(Inside::Database(self.name.clone()))
    }

    /// Returns a session in it.
    pub(in crate::schema) fn session(&mut self) -> &mut dyn Session {
        &mut *self.session
    }

    /// Goes on in another session, under nothing that was set in this one.
    pub(in crate::schema) async fn forget_settings(&mut self) -> Result<(), SchemaError> {
        let fresh = opened(self.connect()).await?;
        std::mem::replace(&mut self.session, fresh).close().await;
        Ok(())
    }

    /// Drops it.
    pub(in crate::schema) async fn close(mut self) {
        // What is left is dropped by a later run.
        if let Err(error) = self.session.run(&format!("drop database {}", quoted(&self.name))).await {
            tracing::debug!(%error, "a scratch database could not be dropped");
        }
        self.session.close().await;
    }
}

/// Returns what says how the server of a URL makes and prints things in databases like the one that this names.
pub(in crate::schema) async fn surroundings(url: &str) -> Result<String, SchemaError> {
    let given = mysql_options(url)?.get_database().unwrap_or_default().to_owned();
    let mut session = opened(Connect::from(url.to_owned()).inside(Inside::Database(String::new()))).await?;
    let asked = include_str!("sql/surroundings.sql").replace("{}", &Dialect::Mysql.literal(&given));
    let rows = session.rows(&asked).await;
    session.close().await;
    let rows = rows.map_err(|error| Error::database("looking at the server", error))?;
    Ok(rows.first().and_then(|row: &Row| row.text(0)).unwrap_or_default().to_owned())
}

async fn make(session: &mut dyn Session, given: &str) -> Result<String, SqlError> {
    for stale in session.rows(include_str!("sql/stale.sql")).await?.iter().filter_map(|row| row.text(0)) {
        session.run(&format!("drop database if exists {}", quoted(stale))).await?;
    }
    let asked = include_str!("sql/scratch.sql").replace("{}", &Dialect::Mysql.literal(given));
    let rows = session.rows(&asked).await?;
    let text = |column| rows.first().and_then(|row: &Row| row.text(column));
    let name = text(0).unwrap_or_default().to_owned();
    let charset = text(1).zip(text(2)).map(|(set, collation)| format!(" character set {set} collate {collation}"));
    session.run(&format!("create database {}{}", quoted(&name), charset.unwrap_or_default())).await?;
    session.run(&format!("use {}", quoted(&name))).await?;
    Ok(name)
}

fn quoted(name: &str) -> String {
    Dialect::Mysql.quote(name)
}
