//! The one bridge to the drivers. Nothing else in dunlin names sqlx's query functions.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt};
use sqlx::error::DatabaseError;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, ColumnIndex, Connection, Database, Decode, Either, Executor, Row as _};

use super::{Place, Row, Session, SqlError, Trouble};

/// What the bridge must know of a driver beyond sqlx's own traits.
pub(crate) trait Driver: Database {
    /// Reads what only this driver's errors tell.
    fn read(error: &dyn DatabaseError) -> DriverError;

    /// Has an engine that is embedded in this process look at a flag while it runs a statement.
    fn look_at(
        _connection: &mut Self::Connection,
        _interrupt: Arc<AtomicBool>,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send {
        std::future::ready(Ok(()))
    }
}

/// What only a driver's own error type tells.
#[derive(Debug)]
pub(crate) struct DriverError {
    pub(crate) code: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) hint: Option<String>,
    pub(crate) place: Place,
    pub(crate) trouble: Trouble,
}

/// Whose connection it is.
pub(crate) enum Held<'c, DB: Database> {
    Pooled(PoolConnection<DB>),
    Own(DB::Connection),
    Borrowed(&'c mut DB::Connection),
}

/// A session over one sqlx connection.
pub(crate) struct SqlxSession<'c, DB: Database> {
    held: Option<Held<'c, DB>>,
    changed: bool,
}

impl<'c, DB: Database> SqlxSession<'c, DB> {
    pub(crate) fn new(held: Held<'c, DB>) -> SqlxSession<'c, DB> {
        SqlxSession { held: Some(held), changed: false }
    }

    fn connection(&mut self) -> Option<&mut DB::Connection> {
        match self.held.as_mut()? {
            Held::Pooled(connection) => Some(connection),
            Held::Own(connection) => Some(connection),
            Held::Borrowed(connection) => Some(connection),
        }
    }
}

/// A cancelled run drops its session half way: a pooled connection in an unknown state must not go back.
impl<DB: Database> Drop for SqlxSession<'_, DB> {
    fn drop(&mut self) {
        if let Some(Held::Pooled(connection)) = &mut self.held
            && self.changed
        {
            connection.close_on_drop();
        }
    }
}

#[async_trait]
impl<DB> Session for SqlxSession<'_, DB>
where
    DB: Driver,
    for<'e> &'e mut DB::Connection: Executor<'e, Database = DB>,
    for<'r> String: Decode<'r, DB>,
    usize: ColumnIndex<DB::Row>,
{
    async fn run_telling(&mut self, sql: &str, done: &mut (dyn FnMut() + Send)) -> Result<(), SqlError> {
        let mut completed = 0;
        let connection = self.connection().ok_or_else(closed)?;
        let mut results = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_many(connection);
        while let Some(result) = results.next().await {
            match result {
                Ok(Either::Left(_)) => {
                    completed += 1;
                    done();
                }
                Ok(Either::Right(_)) => {}
                Err(error) => return Err(sql_error::<DB>(error, completed)),
            }
        }
        Ok(())
    }

    async fn rows(&mut self, sql: &str) -> Result<Vec<Row>, SqlError> {
        let connection = self.connection().ok_or_else(closed)?;
        let mut rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(connection);
        let mut read = Vec::new();
        while let Some(row) = rows.try_next().await.map_err(|error| sql_error::<DB>(error, 0))? {
            let values = (0..row.len()).map(|column| row.try_get_unchecked(column));
            read.push(Row(values.collect::<Result<_, _>>().map_err(|error| sql_error::<DB>(error, 0))?));
        }
        Ok(read)
    }

    async fn look_at(&mut self, interrupt: Arc<AtomicBool>) {
        if let Some(connection) = self.connection()
            && let Err(error) = DB::look_at(connection, interrupt).await
        {
            tracing::debug!(%error, "a statement will not be interrupted");
        }
    }

    fn set_changed(&mut self, changed: bool) {
        self.changed = changed;
    }

    async fn close(mut self: Box<Self>) {
        if let Some(Held::Own(connection)) = self.held.take_if(|held| matches!(held, Held::Own(_))) {
            // Nothing is lost if the farewell does not arrive.
            let _ = connection.close().await;
        }
    }
}

fn closed() -> SqlError {
    SqlError {
        completed: 0,
        message: "the connection is closed".to_owned(),
        code: None,
        detail: None,
        hint: None,
        place: Place::Unknown,
        blocker: None,
        trouble: Trouble::Connection,
        source: sqlx::Error::PoolClosed,
    }
}

/// Takes a driver's error apart.
pub(crate) fn sql_error<DB: Driver>(error: sqlx::Error, completed: usize) -> SqlError {
    match &error {
        sqlx::Error::Database(from_server) => {
            let DriverError { code, detail, hint, place, trouble } = DB::read(&**from_server);
            let message = from_server.message().to_owned();
            SqlError { completed, message, code, detail, hint, place, blocker: None, trouble, source: error }
        }
        _ => {
            let lost = matches!(error, sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_));
            let trouble = if lost { Trouble::Connection } else { Trouble::Other };
            let (place, message) = (Place::Unknown, error.to_string());
            SqlError {
                completed,
                message,
                code: None,
                detail: None,
                hint: None,
                place,
                blocker: None,
                trouble,
                source: error,
            }
        }
    }
}
