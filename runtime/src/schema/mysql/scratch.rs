//! Scratch databases: fresh ones on the server, with names that nobody else has.

use dunlin_core::dialect::Dialect;

use crate::connect::{Connect, Inside, mysql_options};
use crate::error::Error;
use crate::schema::error::{LeftBehind, SchemaError};
use crate::schema::scratch::{heeding, opened};
use crate::session::{Row, Session, SqlError, Trouble};
use crate::stop::Stop;

/// A database that is dropped when it is closed. What a run that was killed left is dropped by a later one.
pub(in crate::schema) struct ScratchDatabase {
    url: String,
    name: String,
    session: Box<dyn Session>,
}

impl ScratchDatabase {
    /// Makes one on the server of a URL, with the character set of the database that this names, if there is one.
    pub(in crate::schema) async fn make(url: &str, stop: &Stop) -> Result<ScratchDatabase, SchemaError> {
        let given = mysql_options(url)?.get_database().unwrap_or_default().to_owned();
        let mut session = opened(lobby(url), stop).await?;
        let made = make(&mut *session, &given).await;
        match made {
            Ok(name) => {
                let session = heeding(session, Dialect::Mysql, stop)?;
                Ok(ScratchDatabase { url: url.to_owned(), name, session })
            }
            Err(error) => {
                let error = not_made(error, &mut *session).await;
                session.close().await;
                Err(error)
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
    pub(in crate::schema) async fn forget_settings(&mut self, stop: &Stop) -> Result<(), SchemaError> {
        let fresh = heeding(opened(self.connect(), stop).await?, Dialect::Mysql, stop)?;
        std::mem::replace(&mut self.session, fresh).close().await;
        Ok(())
    }

    /// Drops it, and ends whatever still runs in it.
    pub(in crate::schema) async fn close(self, stop: &Stop) -> Result<(), LeftBehind> {
        let ScratchDatabase { url, name, mut session } = self;
        let mut dropped = Ok(());
        if !stop.is_stopped() {
            dropped = session.run(&drop_database(&name)).await.map_err(|error| error.to_string());
        }
        session.close().await;
        if stop.is_stopped() {
            dropped = drop_from_beside(&url, &name).await;
        }
        dropped.map_err(|message| LeftBehind { name, message })
    }
}

/// Drops a database from another session: its own was told to give up the statement at hand, and its server still runs that.
async fn drop_from_beside(url: &str, name: &str) -> Result<(), String> {
    let mut session = opened(lobby(url), &Stop::new()).await.map_err(|error| error.to_string())?;
    let asked = include_str!("sql/in_it.sql").replace("{}", &Dialect::Mysql.literal(name));
    for row in session.rows(&asked).await.unwrap_or_default() {
        // It may have ended by itself.
        _ = session.run(row.text(0).unwrap_or_default()).await;
    }
    let dropped = session.run(&drop_database(name)).await;
    session.close().await;
    dropped.map_err(|error| error.to_string())
}

/// Says why none was made, and where a right is lacking, which.
async fn not_made(error: SqlError, session: &mut dyn Session) -> SchemaError {
    if error.trouble != Trouble::Denied {
        return Error::database("making a scratch database", error).into();
    }
    let user = session.rows(include_str!("sql/user.sql")).await.unwrap_or_default();
    let user = user.first().and_then(|row| row.text(0)).unwrap_or("current_user()");
    SchemaError::MayNotMake {
        message: error.to_string(),
        grant: format!(r"grant all on `dunlin\_scratch\_%`.* to {user}"),
    }
}

fn drop_database(name: &str) -> String {
    format!("drop database if exists {}", quoted(name))
}

/// Returns a way to the server, into no database.
fn lobby(url: &str) -> Connect<'static> {
    Connect::from(url.to_owned()).inside(Inside::Database(String::new()))
}

/// Returns what says how the server of a URL makes and prints things in databases like the one that this names.
pub(in crate::schema) async fn surroundings(url: &str, stop: &Stop) -> Result<String, SchemaError> {
    let given = mysql_options(url)?.get_database().unwrap_or_default().to_owned();
    let mut session = opened(lobby(url), stop).await?;
    let asked = include_str!("sql/surroundings.sql").replace("{}", &Dialect::Mysql.literal(&given));
    let rows = session.rows(&asked).await;
    session.close().await;
    let rows = rows.map_err(|error| Error::database("looking at the server", error))?;
    Ok(rows.first().and_then(|row: &Row| row.text(0)).unwrap_or_default().to_owned())
}

async fn make(session: &mut dyn Session, given: &str) -> Result<String, SqlError> {
    for stale in session.rows(include_str!("sql/stale.sql")).await?.iter().filter_map(|row| row.text(0)) {
        session.run(&drop_database(stale)).await?;
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
