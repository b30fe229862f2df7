//! MySQL and MariaDB: a database is made and dropped on a connection without one.

use async_trait::async_trait;
use dunlin_core::dialect::Dialect;

use super::{Clients, Creation, Database, Keeper, Removal};
use crate::connect::{Inside, mysql_options};
use crate::error::Error;
use crate::session::SqlError;

pub(super) struct Mysql;

#[async_trait]
impl Keeper for Mysql {
    fn name(&self, url: &str) -> Result<Option<String>, Error> {
        let options = mysql_options(url)?;
        Ok(options.get_database().map(str::to_owned))
    }

    async fn create(&self, database: &Database, name: &str) -> Result<Creation, Error> {
        match run(database, "create", name).await? {
            Ok(()) => Ok(Creation::Created),
            Err(error) if is(&error, "1007") => Ok(Creation::Exists),
            Err(error) => Err(Error::cannot_make(name, error)),
        }
    }

    async fn drop(&self, database: &Database, name: &str, _: Clients) -> Result<Removal, Error> {
        match run(database, "drop", name).await? {
            Ok(()) => Ok(Removal::Dropped),
            Err(error) if is(&error, "1008") => Ok(Removal::Absent),
            Err(error) => Err(Error::cannot_drop(name, error)),
        }
    }
}

async fn run(database: &Database, verb: &str, name: &str) -> Result<Result<(), SqlError>, Error> {
    let mut session = database.session(Inside::Database(String::new())).await?;
    let done = session.run(&format!("{verb} database {}", Dialect::Mysql.quote(name))).await;
    session.close().await;
    Ok(done)
}

fn is(error: &SqlError, code: &str) -> bool {
    error.code.as_deref() == Some(code)
}
