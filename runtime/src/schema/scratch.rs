//! Databases that are thrown away.

use std::fmt;

use dunlin_core::dialect::Dialect;
use dunlin_core::statements::{Statement, split};
use dunlin_schema::{Class, Fact, Refusal, Rules, Schema, order};
#[cfg(feature = "sqlite")]
use sqlx::Connection as _;

use super::error::SchemaError;
use super::introspect;
#[cfg(feature = "mysql")]
use super::mysql::ScratchDatabase;
use crate::connect::Connect;
use crate::error::Error;
use crate::session::{Row, Session, SqlError};

/// Where scratch databases are made: in memory, or on a server.
#[derive(Clone)]
pub(super) struct Ground {
    pub(super) dialect: Dialect,
    pub(super) server: Option<Server>,
}

/// A server on which scratch databases are made, by its URL.
#[derive(Clone)]
pub(super) enum Server {
    /// The one of the database itself, on which there is more that must be left alone.
    Shared(String),
    /// One that is there for this.
    Own(String),
}

impl Ground {
    #[cfg(feature = "mysql")]
    fn url(&self) -> Result<&str, SchemaError> {
        match &self.server {
            Some(Server::Shared(url) | Server::Own(url)) => Ok(url),
            None => Err(SchemaError::NoServer(self.dialect)),
        }
    }

    /// Says whether there is more on the server than scratch databases.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self.server, Some(Server::Shared(_)))
    }
}

impl fmt::Debug for Ground {
    /// Leaves the URL out: it may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ground").field("dialect", &self.dialect).finish_non_exhaustive()
    }
}

/// An empty database of the same engine. SQLite has them in memory; on a server it is one of its own, with a name that nobody
/// else has. It is dropped when it is closed.
pub(super) struct Scratch {
    dialect: Dialect,
    /// There is more on its server.
    is_shared: bool,
    place: Place,
}

enum Place {
    #[cfg(feature = "sqlite")]
    Memory(Box<sqlx::SqliteConnection>),
    #[cfg(feature = "mysql")]
    Mysql(ScratchDatabase),
}

/// A session in it, opened for this or kept.
enum Access<'s> {
    #[cfg(feature = "sqlite")]
    Opened(Box<dyn Session + 's>),
    #[cfg_attr(not(feature = "mysql"), expect(dead_code, reason = "a build without a server keeps none"))]
    Kept(&'s mut dyn Session),
}

impl Access<'_> {
    fn get(&mut self) -> &mut dyn Session {
        match *self {
            #[cfg(feature = "sqlite")]
            Access::Opened(ref mut session) => &mut **session,
            Access::Kept(ref mut session) => &mut **session,
        }
    }
}

impl Scratch {
    pub(super) async fn open(ground: &Ground) -> Result<Scratch, SchemaError> {
        let dialect = ground.dialect;
        match dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => {
                let url = "sqlite::memory:";
                let connected = sqlx::SqliteConnection::connect(url).await;
                let connection = connected.map_err(|error| crate::connect::cannot_connect(url, error))?;
                Ok(Scratch { dialect, is_shared: false, place: Place::Memory(Box::new(connection)) })
            }
            #[cfg(feature = "mysql")]
            Dialect::Mysql => {
                let database = ScratchDatabase::make(ground.url()?).await?;
                Ok(Scratch { dialect, is_shared: ground.is_shared(), place: Place::Mysql(database) })
            }
            _ => Err(SchemaError::UnknownEngine(dialect)),
        }
    }

    /// Returns a way to it, for a run.
    pub(super) fn connect(&mut self) -> Connect<'_> {
        match self.place {
            #[cfg(feature = "sqlite")]
            Place::Memory(ref mut connection) => Connect::from(&mut **connection),
            #[cfg(feature = "mysql")]
            Place::Mysql(ref database) => database.connect(),
        }
    }

    /// Returns a session on it.
    async fn session(&mut self) -> Result<Access<'_>, SchemaError> {
        match self.place {
            #[cfg(feature = "sqlite")]
            Place::Memory(ref mut connection) => {
                let once = crate::tries::Terms::once();
                let opened = Connect::from(&mut **connection).open(crate::connect::Intent::Write, &once).await?;
                Ok(Access::Opened(opened.ok_or(Error::NoDatabaseName)?))
            }
            #[cfg(feature = "mysql")]
            Place::Mysql(ref mut database) => Ok(Access::Kept(database.session())),
        }
    }

    /// Runs statements.
    pub(super) async fn run(&mut self, sql: &str) -> Result<Result<(), SqlError>, SchemaError> {
        Ok(self.session().await?.get().run(sql).await)
    }

    pub(super) async fn rows(&mut self, sql: &str) -> Result<Vec<Row>, SchemaError> {
        let rows = self.session().await?.get().rows(sql).await;
        Ok(rows.map_err(|error| Error::database("looking at a scratch database", error))?)
    }

    /// Makes all that a schema has.
    pub(super) async fn make(&mut self, schema: &Schema, rules: &dyn Rules) -> Result<(), SchemaError> {
        let nothing = Schema::new(self.dialect, []);
        for fact in order(schema).iter().filter_map(|id| schema.get(id)) {
            if rules.rule(fact.id.kind).is_none_or(|rule| rule.class == Class::Part) {
                continue;
            }
            for step in rules.makes(fact, &nothing, schema) {
                self.stays_inside(fact, &step.sql).await?;
                let made = self.run(&step.sql).await?;
                made.map_err(|error| Error::database("making a schema anew", error))?;
            }
        }
        Ok(())
    }

    /// Makes sure that something which another database has does nothing elsewhere when rows are put in.
    async fn stays_inside(&mut self, fact: &Fact, sql: &str) -> Result<(), SchemaError> {
        if !self.is_shared {
            return Ok(());
        }
        for statement in split(sql, self.dialect).unwrap_or_default() {
            if let Some(why) = self.reaches_out(&statement).await? {
                return Err(SchemaError::Refused(Refusal {
                    object: fact.title(),
                    what: "nothing can be tried with it".to_owned(),
                    why,
                    instead: "set `scratch-url` under `[schema]` in dunlin.toml to a server that is there for this"
                        .to_owned(),
                }));
            }
        }
        Ok(())
    }

    /// Says why a statement would change something beside this database, on a server where there is more; `None` is that it does
    /// not.
    #[cfg_attr(not(feature = "mysql"), expect(unused_variables, reason = "elsewhere nothing reaches out"))]
    pub(super) async fn reaches_out(&mut self, statement: &Statement<'_>) -> Result<Option<String>, SchemaError> {
        match self.place {
            #[cfg(feature = "mysql")]
            Place::Mysql(ref mut database) => Ok(super::mysql::reaches_out(statement, database.session()).await?),
            #[cfg(feature = "sqlite")]
            Place::Memory(_) => Ok(None),
        }
    }

    /// Reads its schema.
    pub(super) async fn schema(&mut self) -> Result<Schema, SchemaError> {
        let dialect = self.dialect;
        introspect::read(self.session().await?.get(), dialect).await
    }

    pub(super) async fn close(self) {
        match self.place {
            // It is gone either way.
            #[cfg(feature = "sqlite")]
            Place::Memory(connection) => _ = connection.close().await,
            #[cfg(feature = "mysql")]
            Place::Mysql(database) => database.close().await,
        }
    }
}
