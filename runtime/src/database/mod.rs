//! A database as a whole: waited for, made, dropped.
//!
//! [`Database`] is what is asked for; each engine has a file with the [`Keeper`] that does it, on a connection beside the
//! database where the engine wants that.

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use dunlin_core::dialect::Dialect;

#[cfg(all(feature = "postgres", feature = "schema"))]
pub(crate) use self::postgres::beside as beside_postgres;
use crate::connect::{Connect, Inside, Intent, Prospect, SHORTEST_LIMIT, cannot_connect, no_answer, prospect};
use crate::error::Error;
use crate::progress::{Listener, Progress, RunEvent};
use crate::session::Session;
use crate::stop::Stop;
use crate::tries::Terms;

/// A database that need not be there yet: what can be done with it as a whole.
#[derive(Clone)]
pub struct Database {
    url: String,
    dialect: Dialect,
    name: Option<String>,
    connect_wait: Duration,
    listener: Listener,
    stop: Stop,
}

/// Whether a database had to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// It was not there, and is.
    Created,
    /// It was there, and is as it was.
    Exists,
}

/// Whether there was a database to drop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It was there, and is not.
    Dropped,
    /// There was none.
    Absent,
}

/// What becomes of those who are connected to a database that is to be dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clients {
    /// They are left alone, and so is the database.
    Keep,
    /// Their connections are ended. PostgreSQL alone asks; the others never do so.
    Disconnect,
}

impl Database {
    /// Names a database by its URL. Nothing is asked of a server.
    ///
    /// Fails if the URL cannot be understood.
    pub fn at(url: impl Into<String>) -> Result<Database, Error> {
        let url = url.into();
        let dialect = Connect::from(&url).dialect()?;
        let name = keeper(dialect)?.name(&url)?;
        Ok(Database {
            url,
            dialect,
            name,
            connect_wait: Duration::ZERO,
            listener: Listener::default(),
            stop: Stop::new(),
        })
    }

    /// Limits how long a server is tried that cannot be reached yet; if it is not said, it is tried once.
    pub fn connect_wait(mut self, limit: Duration) -> Database {
        self.connect_wait = limit;
        self
    }

    /// Gives up connecting when it is told to stop.
    #[cfg(all(feature = "postgres", feature = "schema"))]
    pub(crate) fn stop_on(mut self, stop: &Stop) -> Database {
        self.stop = stop.clone();
        self
    }

    /// Tells a function what happens while it happens.
    pub fn on_event(mut self, listener: impl Fn(&RunEvent) + Send + Sync + 'static) -> Database {
        self.listener = Listener::new(listener);
        self
    }

    /// Returns its name: on a server that of the database, of SQLite the path of the file. Fails if the URL names none.
    pub fn name(&self) -> Result<&str, Error> {
        self.name.as_deref().ok_or(Error::NoDatabaseName)
    }

    /// Returns its engine.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Waits until the server lets us in and answers. Of SQLite, until a file that is there can be read, or one that is not
    /// could be made in its folder. It never writes, and creates nothing.
    ///
    /// A database that is not there is waited for like a server; what a person must mend, a wrong password say, is told at
    /// once. When the time is over, the error is that of the last try.
    pub async fn wait(&self, limit: Duration) -> Result<(), Error> {
        let terms = Terms { limit, listener: self.listener.clone(), stop: Stop::new() };
        let mut tries = terms.tries();
        loop {
            let Err(error) = self.answer(tries.left().max(SHORTEST_LIMIT)).await else { return Ok(()) };
            let unreachable = |waited| Progress::Unreachable { waited, message: error.reason() };
            if prospect(&error) == Prospect::Lasting || !tries.again(unreachable).await {
                return Err(error.after(tries.waited()));
            }
        }
    }

    /// Makes it, with the server's own settings; of SQLite an empty file, in a folder that must be there.
    pub async fn create(&self) -> Result<Creation, Error> {
        keeper(self.dialect)?.create(self, self.name()?).await
    }

    /// Drops it with all that is in it. Nobody is asked.
    ///
    /// Of SQLite, the files that belong to the database go with it. What is no database of SQLite stays.
    pub async fn drop(&self, clients: Clients) -> Result<Removal, Error> {
        keeper(self.dialect)?.drop(self, self.name()?, clients).await
    }

    /// Asks which tenants there are: the first column of a query's rows, each name once, in their order. The query cannot
    /// write.
    pub async fn tenants(&self, query: &str) -> Result<Vec<String>, Error> {
        let begin = match self.dialect {
            Dialect::Postgres => "begin read only",
            Dialect::Mysql => "start transaction read only",
            Dialect::Sqlite => {
                return Err(Error::TenantRefused { why: "of SQLite each is a file, with a URL of its own" });
            }
        };
        let mut session = self.session(Inside::AsSaid).await?;
        session.run(begin).await.map_err(Error::tenant_query)?;
        let rows = session.rows(query).await.map_err(Error::tenant_query)?;
        session.close().await;
        let mut names: Vec<String> = Vec::with_capacity(rows.len());
        for (n, row) in rows.iter().enumerate() {
            let name = row.text(0).filter(|name| !name.is_empty()).ok_or(Error::UnnamedTenant { row: n + 1 })?;
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    /// Makes sure that the database answers.
    async fn answer(&self, limit: Duration) -> Result<(), Error> {
        let once = Terms::once();
        let asking = async {
            match Connect::from(&self.url).open(Intent::Read, &once).await? {
                Some(mut session) => {
                    // A pooler lets us in before it has asked the server; of a file, this reads the first page.
                    let asked = session.rows("select 1 as one").await;
                    session.close().await;
                    asked.map(drop).map_err(|error| cannot_connect(&self.url, error.source))
                }
                None => keeper(self.dialect)?.could_be_made(self),
            }
        };
        let answered = tokio::time::timeout(limit, asking).await;
        answered.unwrap_or_else(|_| Err(cannot_connect(&self.url, no_answer(limit))))
    }

    /// Opens a session somewhere on the server.
    async fn session(&self, inside: Inside) -> Result<Box<dyn Session>, Error> {
        let (limit, listener) = (self.connect_wait, self.listener.clone());
        let terms = Terms { limit, listener, stop: self.stop.clone() };
        let opened = Connect::from(&self.url).inside(inside).open(Intent::Read, &terms).await?;
        opened.ok_or(Error::NoDatabaseName)
    }
}

impl fmt::Debug for Database {
    /// Leaves the URL out: it may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("dialect", &self.dialect).field("name", &self.name).finish_non_exhaustive()
    }
}

/// What one engine does with databases as wholes.
#[async_trait]
trait Keeper: Send + Sync {
    /// Returns the name that a URL gives the database, if it gives one.
    fn name(&self, url: &str) -> Result<Option<String>, Error>;

    /// Says why a database that is not there could not be made, where that can be seen without a server.
    fn could_be_made(&self, _database: &Database) -> Result<(), Error> {
        Ok(())
    }

    async fn create(&self, database: &Database, name: &str) -> Result<Creation, Error>;

    async fn drop(&self, database: &Database, name: &str, clients: Clients) -> Result<Removal, Error>;
}

#[cfg_attr(
    all(feature = "sqlite", feature = "postgres", feature = "mysql"),
    expect(clippy::unnecessary_wraps, reason = "a build without one of the engines lacks it")
)]
fn keeper(dialect: Dialect) -> Result<&'static dyn Keeper, Error> {
    match dialect {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => Ok(&sqlite::Sqlite),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => Ok(&postgres::Postgres),
        #[cfg(feature = "mysql")]
        Dialect::Mysql => Ok(&mysql::Mysql),
        #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
        _ => Err(Error::NoEngine(dialect)),
    }
}
