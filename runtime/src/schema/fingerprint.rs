//! Fingerprints: what migrations make of a schema, noted in the lock file, and a database held against that.

use std::collections::HashSet;

use dunlin_core::dialect::Dialect;
use dunlin_core::directory::Pair;
use dunlin_core::fingerprint::{Fingerprint, Things, behind};
use dunlin_core::migration::MigrationId;
use dunlin_core::target::Target;

use super::error::SchemaError;
use super::scratch::Scratch;
use super::{Schemas, introspect, is_whole, stays_inside, without_history};
use crate::connect::Connect;
use crate::error::Error;
use crate::migrator::Migrator;
use crate::report::MigrationState;
use crate::session::Session;

/// What migrations make of a schema, on one kind of server.
#[derive(Debug)]
pub struct Fingerprints {
    /// The kind of server: `sqlite`, `postgres-15`, `mariadb-10.11`.
    pub server: String,
    /// Those that the lock file does not have as they are, in order.
    pub new: Vec<(MigrationId, Fingerprint)>,
}

/// What came of holding a database against the fingerprints of what is applied to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// The kind of server: `sqlite`, `postgres-15`, `mariadb-10.11`. It is empty where there is no database yet.
    pub server: String,
    /// What should be there and is not.
    pub missing: Vec<String>,
    /// What is there, and is not as it should be.
    pub changed: Vec<String>,
    /// What none of these migrations made, or what one of them dropped. It is nobody's business here.
    pub strangers: Vec<String>,
}

impl Likeness {
    /// Says whether the schema is what the applied migrations make.
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty() && self.changed.is_empty()
    }
}

impl Schemas<'_> {
    /// Replays the migrations, and returns the fingerprints that the lock file does not have as they are.
    pub async fn fingerprints(&self) -> Result<Fingerprints, SchemaError> {
        let bare = self.bare()?;
        let migrator = Migrator { migrations: &bare, options: self.bare_options() };
        Scratch::within(&self.ground, async |scratch| self.taken(scratch, &migrator).await).await
    }

    async fn taken(&self, scratch: &mut Scratch, migrator: &Migrator<'_>) -> Result<Fingerprints, SchemaError> {
        let directory = migrator.migrations.directory()?;
        stays_inside(directory, scratch).await?;
        let server = scratch.server().await?;
        let of_all = behind(directory.pairs(), self.dialect);
        let (mut new, mut things) = (Vec::new(), Things::new());
        // Which are known are so from the beginning on: those behind an unknown one are taken anew.
        let is_known =
            |(pair, behind): &(&Pair, &String)| pair.fingerprint(&server).is_some_and(|known| known.behind == **behind);
        let known = directory.pairs().iter().zip(&of_all).take_while(is_known).count();
        if known == of_all.len() {
            return Ok(Fingerprints { server, new });
        }
        for (n, (pair, behind)) in directory.pairs().iter().zip(of_all).enumerate() {
            migrator.up_to(scratch.connect(), Target::Migration(pair.id.to_string())).await?;
            match pair.fingerprint(&server).filter(|_| n < known) {
                Some(known) => known.follow(&mut things),
                None => {
                    let now = self.same_each_time(directory, self.seen(&scratch.schema().await?))?.things();
                    new.push((pair.id.clone(), Fingerprint::between(&things, &now, behind)));
                    things = now;
                }
            }
        }
        Ok(Fingerprints { server, new })
    }
}

impl Migrator<'_> {
    /// Holds a database's schema against the fingerprints in the lock file, those of the migrations that are applied to it. No scratch
    /// database is needed, nothing is written, and it costs two queries.
    ///
    /// A database that is not there yet has no server, and nothing differs in it: a program that makes it may ask before.
    ///
    /// Fails if the lock file does not have them for this kind of server, or the migrations were applied in another order.
    pub async fn likeness(&self, database: impl Into<Connect<'_>>) -> Result<Likeness, SchemaError> {
        let mut database = database.into();
        let status = self.status(database.again()).await?;
        is_whole(&status)?;
        let applied = status.migrations.iter().filter(|migration| migration.state == MigrationState::Applied);
        let applied: HashSet<&MigrationId> = applied.map(|migration| &migration.id).collect();
        let dialect = status.engine;
        let Some(mut session) = self.open_to_read(database).await? else {
            return Ok(Likeness {
                server: String::new(),
                missing: Vec::new(),
                changed: Vec::new(),
                strangers: Vec::new(),
            });
        };
        let read = read(&mut *session, dialect).await;
        session.close().await;
        let (server, schema) = read?;
        let expected = self.migrations.directory()?.expected(dialect, &server, &applied)?;
        let found = without_history(&schema, &self.options.history_prefix).things();
        let named = |things: &mut dyn Iterator<Item = &String>| things.map(|thing| title(thing)).collect();
        Ok(Likeness {
            server,
            missing: named(&mut expected.keys().filter(|thing| !found.contains_key(*thing))),
            changed: named(
                &mut expected
                    .keys()
                    .filter(|thing| found.get(*thing).is_some_and(|hash| expected.get(*thing) != Some(hash))),
            ),
            strangers: named(&mut found.keys().filter(|thing| !expected.contains_key(*thing))),
        })
    }
}

async fn read(session: &mut dyn Session, dialect: Dialect) -> Result<(String, dunlin_schema::Schema), SchemaError> {
    Ok((server(session, dialect).await?, introspect::read(session, dialect).await?))
}

/// Returns the kind and version of a server, as far as it prints schemas in its own way.
pub(super) async fn server(session: &mut dyn Session, dialect: Dialect) -> Result<String, SchemaError> {
    let asked = match dialect {
        Dialect::Sqlite => return Ok("sqlite".to_owned()),
        Dialect::Postgres => "show server_version",
        Dialect::Mysql => "select version()",
    };
    let rows = session.rows(asked).await.map_err(|error| Error::database("asking for the server's version", error))?;
    Ok(named(dialect, rows.first().and_then(|row| row.text(0)).unwrap_or_default()))
}

/// Names a kind of server by its version. What one prints is the same for all 15.x of PostgreSQL, all 10.11.x of MariaDB.
fn named(dialect: Dialect, version: &str) -> String {
    let numbers: Vec<&str> = version.split(|sign: char| !sign.is_ascii_digit()).take(2).collect();
    match dialect {
        Dialect::Sqlite => "sqlite".to_owned(),
        Dialect::Postgres => format!("postgres-{}", numbers.first().unwrap_or(&"")),
        Dialect::Mysql if version.contains("MariaDB") => format!("mariadb-{}", numbers.join(".")),
        Dialect::Mysql => format!("mysql-{}", numbers.join(".")),
    }
}

/// Writes `table:users` for people.
fn title(thing: &str) -> String {
    thing.replacen(':', " ", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_server_is_named_by_its_version() {
        assert_eq!(named(Dialect::Postgres, "15.14 (Debian 15.14-0+deb12u1)"), "postgres-15");
        assert_eq!(named(Dialect::Mysql, "10.11.14-MariaDB-0+deb12u2"), "mariadb-10.11");
        assert_eq!(named(Dialect::Mysql, "8.0.36-0ubuntu0.22.04.1"), "mysql-8.0");
    }
}
