//! What a run can be given: a URL, a pool or a connection of any engine.
//!
//! [`Connect::open`] makes a [`Session`] of it, as often as it is worth trying; `prospect.rs` says when that is.

mod prospect;
mod watched;

use std::time::Duration;

use dunlin_core::dialect::Dialect;
use sqlx::Connection as _;

use crate::beside::Beside;
use crate::error::Error;
use crate::progress::Progress;
use crate::redact::redacted;
use crate::session::{Driver, Held, Session, SqlxSession};
use crate::tries::Terms;

pub(crate) use self::prospect::{Prospect, prospect};
pub(crate) use self::watched::open_watched;

/// A database: made from a URL, from a pool, or from a connection.
///
/// A connection of a pool that a run leaves half way, by an error or because its future was dropped, is closed instead of
/// going back. A connection that was lent keeps what the run left on it when its future is dropped: close it then.
#[derive(Debug)]
pub struct Connect<'c>(Way<'c>);

#[derive(Debug)]
enum Way<'c> {
    Url {
        url: String,
        inside: Inside,
    },
    #[cfg(feature = "sqlite")]
    SqlitePool(sqlx::SqlitePool),
    #[cfg(feature = "sqlite")]
    Sqlite(&'c mut sqlx::SqliteConnection),
    #[cfg(feature = "postgres")]
    PostgresPool(sqlx::PgPool),
    #[cfg(feature = "postgres")]
    Postgres(&'c mut sqlx::PgConnection),
    #[cfg(feature = "mysql")]
    MysqlPool(sqlx::MySqlPool),
    #[cfg(feature = "mysql")]
    Mysql(&'c mut sqlx::MySqlConnection),
    #[expect(dead_code, reason = "names the lifetime in builds without an engine")]
    Nothing(std::marker::PhantomData<&'c ()>),
}

/// Where on its server a URL leads.
#[derive(Debug, Clone, Default)]
pub(crate) enum Inside {
    /// Where it says itself.
    #[default]
    AsSaid,
    /// Into another database. An empty name is none, which MySQL allows.
    Database(String),
    /// On PostgreSQL, to these schemas: a search path that holds from the first moment, and that whatever resets the
    /// session leads back to. A pooler that cannot keep it refuses it.
    SearchPath(String),
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    /// Reading only: nothing is created, not even a SQLite file.
    Read,
    /// Migrating.
    Write,
}

macro_rules! from {
    ($feature:literal, $source:ty, $way:ident, $value:ident => $expression:expr) => {
        #[cfg(feature = $feature)]
        impl<'c> From<$source> for Connect<'c> {
            fn from($value: $source) -> Connect<'c> {
                Connect(Way::$way($expression))
            }
        }
    };
}

from!("sqlite", &sqlx::SqlitePool, SqlitePool, pool => pool.clone());
from!("sqlite", &'c mut sqlx::SqliteConnection, Sqlite, connection => connection);
from!("postgres", &sqlx::PgPool, PostgresPool, pool => pool.clone());
from!("postgres", &'c mut sqlx::PgConnection, Postgres, connection => connection);
from!("mysql", &sqlx::MySqlPool, MysqlPool, pool => pool.clone());
from!("mysql", &'c mut sqlx::MySqlConnection, Mysql, connection => connection);

impl From<&str> for Connect<'_> {
    fn from(url: &str) -> Self {
        Connect(Way::Url { url: url.to_owned(), inside: Inside::AsSaid })
    }
}

impl From<&String> for Connect<'_> {
    fn from(url: &String) -> Self {
        Connect(Way::Url { url: url.clone(), inside: Inside::AsSaid })
    }
}

impl From<String> for Connect<'_> {
    fn from(url: String) -> Self {
        Connect(Way::Url { url, inside: Inside::AsSaid })
    }
}

impl<'c> Connect<'c> {
    /// Returns the engine.
    pub fn dialect(&self) -> Result<Dialect, Error> {
        match &self.0 {
            Way::Url { url, .. } => dialect_of(url),
            #[cfg(feature = "sqlite")]
            Way::SqlitePool(_) | Way::Sqlite(_) => Ok(Dialect::Sqlite),
            #[cfg(feature = "postgres")]
            Way::PostgresPool(_) | Way::Postgres(_) => Ok(Dialect::Postgres),
            #[cfg(feature = "mysql")]
            Way::MysqlPool(_) | Way::Mysql(_) => Ok(Dialect::Mysql),
            Way::Nothing(_) => Err(Error::UnknownUrl { scheme: String::new() }),
        }
    }

    /// Returns a second way to the same server. An embedded engine needs none, and a connection that was lent knows none.
    pub(crate) fn beside(&self) -> Option<Beside> {
        match &self.0 {
            Way::Url { url, inside } => {
                let is_server = Dialect::of_url(url).is_some_and(|of| of != Dialect::Sqlite);
                is_server.then(|| Beside::Url { url: url.clone(), inside: inside.clone() })
            }
            #[cfg(feature = "postgres")]
            Way::PostgresPool(pool) => Some(Beside::Postgres(pool.connect_options())),
            #[cfg(feature = "mysql")]
            Way::MysqlPool(pool) => Some(Beside::Mysql(pool.connect_options())),
            _ => None,
        }
    }

    /// Returns its URL, if it is made from one.
    pub(crate) fn url(&self) -> Option<&str> {
        match &self.0 {
            Way::Url { url, .. } => Some(url),
            _ => None,
        }
    }

    /// Says whether it is a URL.
    pub(crate) fn is_url(&self) -> bool {
        matches!(self.0, Way::Url { .. })
    }

    /// Leads a URL to another place on its server.
    pub(crate) fn inside(self, inside: Inside) -> Connect<'c> {
        let Way::Url { url, .. } = self.0 else { return self };
        Connect(Way::Url { url, inside })
    }

    /// Returns the same once more, for as long as this one is not used.
    pub(crate) fn again(&mut self) -> Connect<'_> {
        Connect(match &mut self.0 {
            Way::Url { url, inside } => Way::Url { url: url.clone(), inside: inside.clone() },
            #[cfg(feature = "sqlite")]
            Way::SqlitePool(pool) => Way::SqlitePool(pool.clone()),
            #[cfg(feature = "sqlite")]
            Way::Sqlite(connection) => Way::Sqlite(connection),
            #[cfg(feature = "postgres")]
            Way::PostgresPool(pool) => Way::PostgresPool(pool.clone()),
            #[cfg(feature = "postgres")]
            Way::Postgres(connection) => Way::Postgres(connection),
            #[cfg(feature = "mysql")]
            Way::MysqlPool(pool) => Way::MysqlPool(pool.clone()),
            #[cfg(feature = "mysql")]
            Way::Mysql(connection) => Way::Mysql(connection),
            Way::Nothing(nothing) => Way::Nothing(*nothing),
        })
    }

    /// Opens a session; `None` where it is for reading only and there is no database yet. What passes is tried again, on
    /// these terms.
    pub(crate) async fn open(self, intent: Intent, terms: &Terms) -> Result<Option<Box<dyn Session + 'c>>, Error> {
        let mut ear = terms.stop.ear();
        tokio::select! {
            biased;
            () = ear.stopped() => Err(Error::Interrupted { report: Box::default() }),
            opened = self.open_at_last(intent, terms) => opened,
        }
    }

    async fn open_at_last(mut self, intent: Intent, terms: &Terms) -> Result<Option<Box<dyn Session + 'c>>, Error> {
        let mut tries = terms.tries();
        loop {
            let limit = if terms.limit.is_zero() { CONNECT_LIMIT } else { tries.left() };
            let error = match self.0 {
                #[cfg(feature = "sqlite")]
                Way::Sqlite(connection) => return lent::<sqlx::Sqlite>(connection).map(Some),
                #[cfg(feature = "postgres")]
                Way::Postgres(connection) => return lent::<sqlx::Postgres>(connection).map(Some),
                #[cfg(feature = "mysql")]
                Way::Mysql(connection) => return lent::<sqlx::MySql>(connection).map(Some),
                ref mut other => match other.try_once(intent, limit).await {
                    Ok(opened) => return Ok(opened),
                    Err(error) => error,
                },
            };
            let unreachable = |waited| Progress::Unreachable { waited, message: error.reason() };
            if prospect(&error) != Prospect::Passing || !tries.again(unreachable).await {
                return Err(error.after(tries.waited()));
            }
        }
    }
}

impl Way<'_> {
    /// Tries once to open what can be opened more than once.
    async fn try_once<'c>(&self, intent: Intent, limit: Duration) -> Result<Option<Box<dyn Session + 'c>>, Error> {
        match self {
            Way::Url { url, inside } => open_url(url, inside, intent, limit.clamp(SHORTEST_LIMIT, CONNECT_LIMIT)).await,
            #[cfg(feature = "sqlite")]
            Way::SqlitePool(pool) => pooled(pool).await.map(Some),
            #[cfg(feature = "postgres")]
            Way::PostgresPool(pool) => pooled(pool).await.map(Some),
            #[cfg(feature = "mysql")]
            Way::MysqlPool(pool) => pooled(pool).await.map(Some),
            _ => Ok(None),
        }
    }
}

fn dialect_of(url: &str) -> Result<Dialect, Error> {
    Dialect::of_url(url)
        .ok_or_else(|| Error::UnknownUrl { scheme: url.split(':').next().unwrap_or_default().to_owned() })
}

pub(crate) async fn open_url<'c>(
    url: &str,
    inside: &Inside,
    intent: Intent,
    limit: Duration,
) -> Result<Option<Box<dyn Session + 'c>>, Error> {
    let dialect = dialect_of(url)?;
    match dialect {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => open_sqlite(url, intent, limit).await,
        #[cfg(feature = "postgres")]
        Dialect::Postgres => {
            // Everything is read as text, and a pooler refuses whom it would have to set this for.
            let mut options = postgres_options(url)?.application_name("dunlin").extra_float_digits(None);
            options = match inside {
                Inside::AsSaid => options,
                Inside::Database(name) => options.database(name),
                Inside::SearchPath(path) => options.options([("search_path", path)]),
            };
            own::<sqlx::Postgres>(&options, url, limit).await.map(Some)
        }
        #[cfg(feature = "mysql")]
        Dialect::Mysql => {
            // A migration runs under the server's own SQL mode, as it would in the server's own client.
            let options = mysql_options(url)?;
            let mut options = options.pipes_as_concat(false).no_engine_substitution(false).timezone(None::<String>);
            if let Inside::Database(name) = inside {
                options = options.database(name);
            }
            own::<sqlx::MySql>(&options, url, limit).await.map(Some)
        }
        #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
        _ => {
            let _ = (inside, intent, limit);
            Err(Error::NoEngine(dialect))
        }
    }
}

#[cfg(feature = "postgres")]
pub(crate) fn postgres_options(url: &str) -> Result<sqlx::postgres::PgConnectOptions, Error> {
    parsed(url, url)
}

#[cfg(feature = "mysql")]
pub(crate) fn mysql_options(url: &str) -> Result<sqlx::mysql::MySqlConnectOptions, Error> {
    parsed(url, &url.replacen("mariadb:", "mysql:", 1))
}

#[cfg(feature = "sqlite")]
async fn open_sqlite<'c>(url: &str, intent: Intent, limit: Duration) -> Result<Option<Box<dyn Session + 'c>>, Error> {
    let options: sqlx::sqlite::SqliteConnectOptions = parsed(url, url)?;
    let file = sqlite_file(url)?;
    if intent == Intent::Read && file.is_some_and(|file| !file.exists()) {
        return Ok(None);
    }
    let has_mode = url.split_once('?').is_some_and(|(_, parameters)| parameters.contains("mode="));
    let options = if has_mode { options } else { options.create_if_missing(intent == Intent::Write) };
    own::<sqlx::Sqlite>(&options, url, limit).await.map(Some)
}

/// Returns the file that a SQLite URL names; `None` is a database in memory.
#[cfg(feature = "sqlite")]
pub(crate) fn sqlite_file(url: &str) -> Result<Option<std::path::PathBuf>, Error> {
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Ok(None);
    }
    let options: sqlx::sqlite::SqliteConnectOptions = parsed(url, url)?;
    let file = options.get_filename();
    if file.as_os_str().is_empty() { Err(Error::NoFile) } else { Ok(Some(file.to_owned())) }
}

fn parsed<O: std::str::FromStr<Err = sqlx::Error>>(url: &str, spelled: &str) -> Result<O, Error> {
    spelled.parse().map_err(|error| cannot_connect(url, error))
}

pub(crate) fn cannot_connect(url: &str, error: sqlx::Error) -> Error {
    let message = match &error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Configuration(error) | sqlx::Error::Tls(error) => error.to_string(),
        error => error.to_string(),
    };
    let waited = Duration::ZERO;
    Error::Connect { url: redacted(url), message: redacted(&message), waited, source: error }
}

/// How long a server may take to let us in.
pub(crate) const CONNECT_LIMIT: Duration = Duration::from_secs(30);

/// Less time than this is none to judge a server by, however little is left.
pub(crate) const SHORTEST_LIMIT: Duration = Duration::from_secs(1);

pub(crate) fn no_answer(limit: Duration) -> sqlx::Error {
    let message = format!("no answer for {} s", limit.as_secs());
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, message))
}

pub(crate) async fn own<'c, DB: Driver>(
    options: &<DB::Connection as sqlx::Connection>::Options,
    url: &str,
    limit: Duration,
) -> Result<Box<dyn Session + 'c>, Error>
where
    SqlxSession<'c, DB>: Session + 'c,
{
    let connecting = tokio::time::timeout(limit, DB::Connection::connect_with(options)).await;
    let connection =
        connecting.unwrap_or_else(|_| Err(no_answer(limit))).map_err(|error| cannot_connect(url, error))?;
    Ok(Box::new(SqlxSession::<DB>::new(Held::Own(connection))))
}

async fn pooled<'c, DB: Driver>(pool: &sqlx::Pool<DB>) -> Result<Box<dyn Session + 'c>, Error>
where
    SqlxSession<'c, DB>: Session + 'c,
{
    let connection = pool.acquire().await.map_err(|error| cannot_connect("the pool's database", error))?;
    Ok(Box::new(SqlxSession::<DB>::new(Held::Pooled(connection))))
}

fn lent<'c, DB: Driver>(connection: &'c mut DB::Connection) -> Result<Box<dyn Session + 'c>, Error>
where
    SqlxSession<'c, DB>: Session + 'c,
{
    // Its transaction would be committed, or rolled back, together with the first step.
    if connection.is_in_transaction() {
        return Err(Error::InTransaction);
    }
    Ok(Box::new(SqlxSession::<DB>::new(Held::Borrowed(connection))))
}
