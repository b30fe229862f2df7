//! Where scratch databases are made, and that all of them are dropped.

use std::fmt;

use dunlin_core::dialect::Dialect;
#[cfg(feature = "postgres")]
use tokio::sync::Mutex;

use super::error::SchemaError;
use super::scratch::Scratch;

/// The place where scratch databases are made: in memory, or on a server.
pub(super) struct Workshop {
    dialect: Dialect,
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "only servers are told by a URL"))]
    url: Option<String>,
    #[cfg(feature = "postgres")]
    server: Mutex<Option<super::postgres::Server>>,
}

impl fmt::Debug for Workshop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workshop").field("dialect", &self.dialect).finish_non_exhaustive()
    }
}

impl Workshop {
    /// Takes an engine, and the URL of a database on the server that is to have the scratch databases. They are made beside it.
    pub(super) fn new(dialect: Dialect, url: Option<String>) -> Workshop {
        Workshop {
            dialect,
            url,
            #[cfg(feature = "postgres")]
            server: Mutex::new(None),
        }
    }

    /// Returns another one in the same place.
    pub(super) fn beside(&self) -> Workshop {
        Workshop::new(self.dialect, self.url.clone())
    }

    /// Makes an empty database.
    #[cfg_attr(
        not(any(feature = "sqlite", feature = "postgres")),
        expect(clippy::unused_async, reason = "a build without engines waits for nothing")
    )]
    pub(super) async fn open(&self) -> Result<Scratch, SchemaError> {
        match self.dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => Scratch::in_memory().await,
            #[cfg(feature = "postgres")]
            Dialect::Postgres => {
                let url = self.url.as_ref().ok_or(SchemaError::NoServer(self.dialect))?;
                let mut server = self.server.lock().await;
                let own = match server.take() {
                    Some(own) => own,
                    None => super::postgres::Server::at(url).await?,
                };
                let connection = server.insert(own).make().await?;
                Ok(Scratch::Postgres(Box::new(connection)))
            }
            #[cfg(not(feature = "sqlite"))]
            Dialect::Sqlite => Err(crate::error::Error::NoEngine(self.dialect).into()),
            #[cfg(not(feature = "postgres"))]
            Dialect::Postgres => Err(crate::error::Error::NoEngine(self.dialect).into()),
            Dialect::Mysql => Err(SchemaError::UnknownEngine(self.dialect)),
        }
    }

    /// Drops every database that was made here, whatever came of it.
    pub(super) async fn swept<T>(
        &self,
        outcome: impl Future<Output = Result<T, SchemaError>>,
    ) -> Result<T, SchemaError> {
        let outcome = outcome.await;
        #[cfg(feature = "postgres")]
        if let Some(server) = self.server.lock().await.take() {
            let swept = server.sweep().await;
            return outcome.and_then(|outcome| swept.map(|()| outcome));
        }
        outcome
    }
}
