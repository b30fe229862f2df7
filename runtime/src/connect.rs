//! What a run can be given: a URL, a pool or a connection of any engine.

use std::time::Duration;

use dunlin_core::dialect::Dialect;
use sqlx::Connection as _;

use crate::beside::Beside;
use crate::engine::engine;
use crate::error::Error;
use crate::options::Options;
use crate::redact::redacted;
use crate::session::{Driver, Held, Session, Spare, SqlxSession, Watched};

/// A database: made from a URL, from a pool, or from a connection.
///
/// A connection of a pool that a run leaves half way, by an error or because its future was dropped, is closed instead of
/// going back. A connection that was lent keeps what the run left on it when its future is dropped: close it then.
#[derive(Debug)]
pub struct Connect<'c>(Way<'c>);

#[derive(Debug)]
enum Way<'c> {
    Url(String),
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
        Connect(Way::Url(url.to_owned()))
    }
}

impl From<&String> for Connect<'_> {
    fn from(url: &String) -> Self {
        Connect(Way::Url(url.clone()))
    }
}

impl From<String> for Connect<'_> {
    fn from(url: String) -> Self {
        Connect(Way::Url(url))
    }
}

impl<'c> Connect<'c> {
    /// Returns the engine.
    pub fn dialect(&self) -> Result<Dialect, Error> {
        match &self.0 {
            Way::Url(url) => Dialect::of_url(url)
                .ok_or_else(|| Error::UnknownUrl { scheme: url.split(':').next().unwrap_or_default().to_owned() }),
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
            Way::Url(url) => Dialect::of_url(url).filter(|of| *of != Dialect::Sqlite).map(|_| Beside::Url(url.clone())),
            #[cfg(feature = "postgres")]
            Way::PostgresPool(pool) => Some(Beside::Postgres(pool.connect_options())),
            #[cfg(feature = "mysql")]
            Way::MysqlPool(pool) => Some(Beside::Mysql(pool.connect_options())),
            _ => None,
        }
    }

    /// Opens a session; `None` where it is for reading only and there is no database yet.
    pub(crate) async fn open(self, intent: Intent) -> Result<Option<Box<dyn Session + 'c>>, Error> {
        match self.0 {
            Way::Url(url) => open_url(&url, intent).await,
            #[cfg(feature = "sqlite")]
            Way::SqlitePool(pool) => pooled(&pool).await.map(Some),
            #[cfg(feature = "sqlite")]
            Way::Sqlite(connection) => lent::<sqlx::Sqlite>(connection).map(Some),
            #[cfg(feature = "postgres")]
            Way::PostgresPool(pool) => pooled(&pool).await.map(Some),
            #[cfg(feature = "postgres")]
            Way::Postgres(connection) => lent::<sqlx::Postgres>(connection).map(Some),
            #[cfg(feature = "mysql")]
            Way::MysqlPool(pool) => pooled(&pool).await.map(Some),
            #[cfg(feature = "mysql")]
            Way::Mysql(connection) => lent::<sqlx::MySql>(connection).map(Some),
            Way::Nothing(_) => Ok(None),
        }
    }
}

/// Opens a session to write on, and watches over it: whoever is told to stop also gives up connecting.
pub(crate) async fn open_watched<'c>(
    database: Connect<'c>,
    options: &Options,
) -> Result<Option<Box<dyn Session + 'c>>, Error> {
    let dialect = database.dialect()?;
    let engine = engine(dialect).ok_or(Error::NoEngine(dialect))?;
    let (spare, mut ear) = (Spare::new(database.beside()), options.stop.ear());
    let opened = tokio::select! {
        biased;
        () = ear.stopped() => return Err(Error::Interrupted { report: Box::default() }),
        opened = Box::pin(database.open(Intent::Write)) => opened?,
    };
    let Some(session) = opened else { return Ok(None) };
    Ok(Some(Box::new(Watched::new(session, engine, spare, ear, options.listener.clone()))))
}

pub(crate) async fn open_url<'c>(url: &str, intent: Intent) -> Result<Option<Box<dyn Session + 'c>>, Error> {
    let dialect = Dialect::of_url(url)
        .ok_or_else(|| Error::UnknownUrl { scheme: url.split(':').next().unwrap_or_default().to_owned() })?;
    match dialect {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => open_sqlite(url, intent).await,
        #[cfg(feature = "postgres")]
        Dialect::Postgres => {
            let options: sqlx::postgres::PgConnectOptions = parsed(url)?;
            // Everything is read as text, and a pooler refuses whom it would have to set this for.
            let options = options.application_name("dunlin").extra_float_digits(None);
            own::<sqlx::Postgres>(&options, url).await.map(Some)
        }
        #[cfg(feature = "mysql")]
        Dialect::Mysql => {
            // A migration runs under the server's own SQL mode, as it would in the server's own client.
            let options: sqlx::mysql::MySqlConnectOptions = parsed(&url.replacen("mariadb:", "mysql:", 1))?;
            let options = options.pipes_as_concat(false).no_engine_substitution(false).timezone(None::<String>);
            own::<sqlx::MySql>(&options, url).await.map(Some)
        }
        #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
        _ => {
            let _ = intent;
            Err(Error::NoEngine(dialect))
        }
    }
}

#[cfg(feature = "sqlite")]
async fn open_sqlite<'c>(url: &str, intent: Intent) -> Result<Option<Box<dyn Session + 'c>>, Error> {
    let options: sqlx::sqlite::SqliteConnectOptions = parsed(url)?;
    let in_memory = url.contains(":memory:") || url.contains("mode=memory");
    if !in_memory && options.get_filename().as_os_str().is_empty() {
        return Err(Error::NoFile);
    }
    if intent == Intent::Read && !in_memory && !options.get_filename().exists() {
        return Ok(None);
    }
    let has_mode = url.split_once('?').is_some_and(|(_, parameters)| parameters.contains("mode="));
    let options = if has_mode { options } else { options.create_if_missing(intent == Intent::Write) };
    own::<sqlx::Sqlite>(&options, url).await.map(Some)
}

pub(crate) fn parsed<O: std::str::FromStr<Err = sqlx::Error>>(url: &str) -> Result<O, Error> {
    url.parse().map_err(|error| cannot_connect(url, error))
}

fn cannot_connect(url: &str, error: sqlx::Error) -> Error {
    let message = match &error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Configuration(error) | sqlx::Error::Tls(error) => error.to_string(),
        error => error.to_string(),
    };
    Error::Connect { url: redacted(url), message: redacted(&message), source: error }
}

/// How long a server may take to let us in.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);

fn no_answer() -> sqlx::Error {
    let message = format!("no answer within {} s", CONNECT_LIMIT.as_secs());
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, message))
}

pub(crate) async fn own<'c, DB: Driver>(
    options: &<DB::Connection as sqlx::Connection>::Options,
    url: &str,
) -> Result<Box<dyn Session + 'c>, Error>
where
    SqlxSession<'c, DB>: Session + 'c,
{
    let connecting = tokio::time::timeout(CONNECT_LIMIT, DB::Connection::connect_with(options)).await;
    let connection = connecting.unwrap_or_else(|_| Err(no_answer())).map_err(|error| cannot_connect(url, error))?;
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
