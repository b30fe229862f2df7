//! Databases that are thrown away.

use std::fmt;
use std::sync::Arc;

use dunlin_core::dialect::Dialect;
use dunlin_core::statements::{Statement, split};
use dunlin_schema::{Grants, Manner, Refusal, Rules, Schema, plan};
#[cfg(feature = "sqlite")]
use sqlx::Connection as _;

use super::error::{LeftBehind, SchemaError};
use super::fingerprint::server;
use super::introspect::{self, Catalogue};
#[cfg(feature = "mysql")]
use super::mysql;
use super::past::Past;
#[cfg(feature = "postgres")]
use super::postgres;
use crate::connect::{Connect, Intent};
use crate::engine::engine;
use crate::error::Error;
use crate::progress::Listener;
#[cfg(feature = "sqlite")]
use crate::session::AtWork;
use crate::session::{Row, Session, Spare, SqlError, Trouble, Watched};
use crate::stop::{ScratchEar, Stop};
use crate::tries::Terms;

/// Where scratch databases are made: in memory, or on a server.
#[derive(Clone)]
pub(super) struct Ground {
    pub(super) dialect: Dialect,
    pub(super) server: Option<Server>,
    /// Whether grants and owners are part of schemas.
    pub(super) grants: Grants,
    /// What is run in them where they cannot be made of what was read.
    pub(super) past: Option<Arc<Past>>,
    /// What ends the work on them before its time.
    pub(super) stop: Stop,
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
    #[cfg(any(feature = "mysql", feature = "postgres"))]
    fn url(&self) -> Result<&str, SchemaError> {
        match &self.server {
            Some(Server::Shared(url) | Server::Own(url)) => Ok(url),
            None => Err(SchemaError::NoServer(self.dialect)),
        }
    }

    /// Returns what says, beside the statements that are run there, what becomes of a scratch database.
    #[cfg_attr(
        not(any(feature = "mysql", feature = "postgres")),
        expect(clippy::unused_async, reason = "SQLite is in the program itself")
    )]
    pub(super) async fn surroundings(&self) -> Result<String, SchemaError> {
        match self.dialect {
            // Its version is that of this program.
            Dialect::Sqlite => Ok(String::new()),
            #[cfg(feature = "mysql")]
            Dialect::Mysql => mysql::surroundings(self.url()?, &self.stop).await,
            #[cfg(feature = "postgres")]
            Dialect::Postgres => postgres::surroundings(self.url()?, &self.stop).await,
            #[cfg(not(all(feature = "postgres", feature = "mysql")))]
            _ => Err(Error::NoEngine(self.dialect).into()),
        }
    }

    /// Returns the same where scratch databases are made of what was read.
    pub(super) fn without_past(&self) -> Ground {
        Ground { past: None, ..self.clone() }
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
///
/// Invariant: from before it is made until after it is dropped, whoever tells the work to stop is heard, and the work ends at the
/// statement at hand.
pub(super) struct Scratch {
    ground: Ground,
    place: Place,
    _ear: ScratchEar,
}

enum Place {
    #[cfg(feature = "sqlite")]
    Memory(Box<sqlx::SqliteConnection>),
    #[cfg(feature = "mysql")]
    Mysql(mysql::ScratchDatabase),
    #[cfg(feature = "postgres")]
    Postgres(postgres::ScratchDatabase),
}

impl Place {
    #[cfg_attr(
        not(any(feature = "sqlite", feature = "postgres", feature = "mysql")),
        expect(clippy::unused_async, reason = "a build without engines waits for nothing")
    )]
    async fn make(ground: &Ground) -> Result<Place, SchemaError> {
        match ground.dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => {
                let url = "sqlite::memory:";
                let connected = sqlx::SqliteConnection::connect(url).await;
                Ok(Place::Memory(Box::new(connected.map_err(|error| crate::connect::cannot_connect(url, error))?)))
            }
            #[cfg(feature = "mysql")]
            Dialect::Mysql => Ok(Place::Mysql(mysql::ScratchDatabase::make(ground.url()?, &ground.stop).await?)),
            #[cfg(feature = "postgres")]
            Dialect::Postgres => {
                Ok(Place::Postgres(postgres::ScratchDatabase::make(ground.url()?, &ground.stop).await?))
            }
            #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            _ => Err(Error::NoEngine(ground.dialect).into()),
        }
    }
}

/// A session in it, opened for this or kept.
enum Access<'s> {
    #[cfg(feature = "sqlite")]
    Opened(Box<dyn Session + 's>),
    #[cfg_attr(
        not(any(feature = "mysql", feature = "postgres")),
        expect(dead_code, reason = "a build without a server keeps none")
    )]
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
    /// Works in a fresh one, and drops it. What was told to stop meanwhile has come to nothing.
    pub(super) async fn within<T>(
        ground: &Ground,
        work: impl AsyncFnOnce(&mut Scratch) -> Result<T, SchemaError>,
    ) -> Result<T, SchemaError> {
        let mut scratch = Scratch::open(ground).await?;
        let done = work(&mut scratch).await;
        scratch.close(done).await
    }

    pub(super) async fn open(ground: &Ground) -> Result<Scratch, SchemaError> {
        let ear = ground.stop.scratch_ear();
        if ground.stop.is_stopped() {
            return Err(SchemaError::Interrupted { left: None });
        }
        let place = Place::make(ground).await?;
        Ok(Scratch { ground: ground.clone(), place, _ear: ear })
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.ground.dialect
    }

    /// Says whether there is more on its server.
    pub(super) fn is_shared(&self) -> bool {
        self.ground.is_shared()
    }

    /// Returns a way to it, for a run.
    pub(super) fn connect(&mut self) -> Connect<'_> {
        match self.place {
            #[cfg(feature = "sqlite")]
            Place::Memory(ref mut connection) => Connect::from(&mut **connection),
            #[cfg(feature = "mysql")]
            Place::Mysql(ref database) => database.connect(),
            #[cfg(feature = "postgres")]
            Place::Postgres(ref database) => database.connect(),
        }
    }

    /// Returns a session on it.
    #[cfg_attr(not(feature = "sqlite"), expect(clippy::unused_async, reason = "SQLite alone opens one"))]
    async fn session(&mut self) -> Result<Access<'_>, SchemaError> {
        match self.place {
            #[cfg(feature = "sqlite")]
            Place::Memory(ref mut connection) => {
                let session = opened(Connect::from(&mut **connection), &self.ground.stop).await?;
                let mut session = heeding(session, Dialect::Sqlite, &self.ground.stop)?;
                session.attend(AtWork::Embedded).await;
                Ok(Access::Opened(session))
            }
            #[cfg(feature = "mysql")]
            Place::Mysql(ref mut database) => Ok(Access::Kept(database.session())),
            #[cfg(feature = "postgres")]
            Place::Postgres(ref mut database) => Ok(Access::Kept(database.session())),
        }
    }

    /// Runs statements, and returns what the server says if one of them fails.
    pub(super) async fn run(&mut self, sql: &str) -> Result<Result<(), SqlError>, SchemaError> {
        let ran = self.session().await?.get().run(sql).await;
        self.said(ran)
    }

    pub(super) async fn rows(&mut self, sql: &str) -> Result<Vec<Row>, SchemaError> {
        let rows = self.try_rows(sql).await?;
        Ok(rows.map_err(|error| Error::database("looking at a scratch database", error))?)
    }

    /// Asks, and returns what the server says if it cannot answer.
    pub(super) async fn try_rows(&mut self, sql: &str) -> Result<Result<Vec<Row>, SqlError>, SchemaError> {
        let rows = self.session().await?.get().rows(sql).await;
        self.said(rows)
    }

    /// Tells what a server says of a statement from what ends the work: nothing more is to be sent then.
    fn said<T>(&self, outcome: Result<T, SqlError>) -> Result<Result<T, SqlError>, SchemaError> {
        if self.ground.stop.is_stopped() {
            return Err(SchemaError::Interrupted { left: None });
        }
        if let Err(SqlError { trouble: Trouble::Connection, message, .. }) = outcome {
            return Err(SchemaError::Lost { at: "on a scratch database".to_owned(), message });
        }
        Ok(outcome)
    }

    /// Makes all that a schema has, with one message; or runs the migrations that make it, and more.
    pub(super) async fn make(&mut self, schema: &Schema, rules: &dyn Rules) -> Result<(), SchemaError> {
        if let Some(past) = self.ground.past.clone() {
            return Box::pin(past.run(self)).await;
        }
        let empty = self.schema().await?;
        let plan = plan(&empty, schema, rules, Manner::Shortest)?;
        let mut sql = "begin".to_owned();
        for step in &plan.steps {
            self.stays_inside(&step.about, &step.sql).await?;
            // A text may end with a comment.
            sql.extend(["\n;\n", &step.sql]);
        }
        let made = self.run(&(sql + "\n;\ncommit")).await?;
        made.map_err(|error| SchemaError::NotMade { message: Error::database("making it", error).to_string() })
    }

    /// Makes sure that something which another database has does nothing elsewhere when rows are put in.
    pub(super) async fn stays_inside(&mut self, object: &str, sql: &str) -> Result<(), SchemaError> {
        if !self.is_shared() {
            return Ok(());
        }
        for statement in split(sql, self.ground.dialect).unwrap_or_default() {
            if let Some(why) = self.reaches_out(&statement).await? {
                return Err(SchemaError::Refused(Refusal {
                    object: object.to_owned(),
                    what: "nothing can be tried with it".to_owned(),
                    why,
                    instead: "set `scratch-url` under `[schema]` in dunlin.toml to a server that is there for this"
                        .to_owned(),
                }));
            }
        }
        Ok(())
    }

    /// Makes sure that no statement of a file reaches out of it.
    pub(super) async fn holds(&mut self, file: &str, statements: &[Statement<'_>]) -> Result<(), SchemaError> {
        for statement in statements {
            if let Some(why) = self.reaches_out(statement).await? {
                return Err(SchemaError::Reaches { file: file.to_owned(), line: statement.line(), why });
            }
        }
        Ok(())
    }

    /// Says why a statement would change something beside this database, on a server where there is more; `None` is that it does
    /// not.
    #[cfg_attr(
        not(any(feature = "mysql", feature = "postgres")),
        expect(unused_variables, reason = "out of memory nothing reaches")
    )]
    #[cfg_attr(not(feature = "mysql"), expect(clippy::unused_async, reason = "MySQL alone is asked"))]
    pub(super) async fn reaches_out(&mut self, statement: &Statement<'_>) -> Result<Option<String>, SchemaError> {
        match self.place {
            #[cfg(feature = "mysql")]
            Place::Mysql(ref mut database) => Ok(mysql::reaches_out(statement, database.session()).await?),
            #[cfg(feature = "postgres")]
            Place::Postgres(_) => Ok(postgres::reaches_out(statement)),
            #[cfg(feature = "sqlite")]
            Place::Memory(_) => Ok(None),
        }
    }

    /// Has nothing hold any more that was set: what a catalogue says depends on it on MySQL.
    #[cfg_attr(not(feature = "mysql"), expect(clippy::unused_async, reason = "MySQL alone opens another session"))]
    pub(super) async fn forget_settings(&mut self) -> Result<(), SchemaError> {
        match self.place {
            #[cfg(feature = "mysql")]
            Place::Mysql(ref mut database) => database.forget_settings(&self.ground.stop).await,
            #[cfg(feature = "postgres")]
            Place::Postgres(_) => Ok(()),
            #[cfg(feature = "sqlite")]
            Place::Memory(_) => Ok(()),
        }
    }

    /// Reads its catalogue.
    pub(super) async fn catalogue(&mut self) -> Result<Catalogue, SchemaError> {
        let dialect = self.dialect();
        introspect::catalogue(self.session().await?.get(), dialect).await
    }

    /// Reads its schema.
    pub(super) async fn schema(&mut self) -> Result<Schema, SchemaError> {
        let dialect = self.dialect();
        let schema = introspect::read(self.session().await?.get(), dialect).await?;
        let seen = match &self.ground.past {
            Some(past) => past.seen(&schema),
            None => schema,
        };
        Ok(self.ground.grants.seen_in(seen))
    }

    /// Returns the kind and version of its server.
    pub(super) async fn server(&mut self) -> Result<String, SchemaError> {
        let dialect = self.dialect();
        server(self.session().await?.get(), dialect).await
    }

    /// Drops it, and returns what was done in it, unless that was told to stop.
    pub(super) async fn close<T>(self, done: Result<T, SchemaError>) -> Result<T, SchemaError> {
        let Scratch { ground, place, _ear } = self;
        let dropped = place.drop(&ground.stop).await;
        if let Err(LeftBehind { name, message }) = &dropped {
            tracing::debug!(name, message, "a scratch database could not be dropped");
        }
        if ground.stop.is_stopped() { Err(SchemaError::Interrupted { left: dropped.err() }) } else { done }
    }
}

impl Place {
    #[cfg_attr(
        not(any(feature = "sqlite", feature = "postgres", feature = "mysql")),
        expect(clippy::unused_async, reason = "a build without engines waits for nothing")
    )]
    #[cfg_attr(not(feature = "mysql"), expect(unused_variables, reason = "MySQL alone drops it in another way then"))]
    async fn drop(self, stop: &Stop) -> Result<(), LeftBehind> {
        match self {
            #[cfg(feature = "sqlite")]
            Place::Memory(connection) => {
                // It is gone either way.
                _ = connection.close().await;
                Ok(())
            }
            #[cfg(feature = "mysql")]
            Place::Mysql(database) => database.close(stop).await,
            #[cfg(feature = "postgres")]
            Place::Postgres(database) => database.close().await,
        }
    }
}

/// Opens a session, at the first try.
pub(super) async fn opened<'c>(connect: Connect<'c>, stop: &Stop) -> Result<Box<dyn Session + 'c>, Error> {
    let terms = Terms { stop: stop.clone(), ..Terms::once() };
    connect.open(Intent::Write, &terms).await?.ok_or(Error::NoDatabaseName)
}

/// Has a session give up the statement at hand when it is told to stop. On a server that goes on until its session is ended; there is
/// nothing that it could spoil.
pub(super) fn heeding<'c>(
    session: Box<dyn Session + 'c>,
    dialect: Dialect,
    stop: &Stop,
) -> Result<Box<dyn Session + 'c>, Error> {
    let engine = engine(dialect).ok_or(Error::NoEngine(dialect))?;
    Ok(Box::new(Watched::new(session, engine, Spare::new(None), stop.ear(), Listener::default())))
}
