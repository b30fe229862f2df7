//! A fresh, empty database for one test.
//!
//! [`Database`] is made by [`Database::new`] and dropped with the value. `client` runs SQL in it without any part of
//! dunlin: through `psql` and `mariadb`, and for SQLite through the driver; `feed` gives scripts to the engines' own clients,
//! and `schema` writes down what is in it.

mod client;
mod feed;
mod schema;

use std::hash::{BuildHasher, RandomState};

use dunlin_core::dialect::Dialect;
use tempfile::TempDir;
use url::Url;

use super::{engines, environment, servers};

/// A database that nobody else uses, gone when this value is.
#[derive(Debug)]
pub(crate) struct Database {
    /// Where it is, for the user who owns it.
    pub(crate) url: String,
    pub(crate) dialect: Dialect,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// The folder of a SQLite file. It goes with the value.
    Folder { _folder: TempDir },
    /// A name on a server, and the server's URL for one who may do everything.
    Server { name: String, superuser: Url },
}

impl Database {
    /// Makes a database, or says why the test is skipped.
    ///
    /// # Panics
    ///
    /// When there is no server although `DUNLIN_TEST_REQUIRE_SERVERS` is set, and when a server refuses.
    pub(crate) fn new(dialect: Dialect) -> Option<Database> {
        match dialect {
            Dialect::Sqlite => Some(Database::sqlite()),
            Dialect::Postgres | Dialect::Mysql => Database::on_server(dialect),
        }
    }

    /// Makes an empty SQLite file in a folder of its own.
    pub(crate) fn sqlite() -> Database {
        let folder = tempfile::Builder::new().prefix("dunlin-").tempdir().expect("a temporary folder");
        let file = folder.path().join("database.sqlite");
        std::fs::write(&file, "").expect("an empty file");
        let url = format!("sqlite://{}", file.display());
        Database { url, dialect: Dialect::Sqlite, place: Place::Folder { _folder: folder } }
    }

    /// Makes a database on the PostgreSQL server; see [`Database::new`].
    pub(crate) fn postgres() -> Option<Database> {
        Database::new(Dialect::Postgres)
    }

    /// Makes a database on the MySQL or MariaDB server; see [`Database::new`].
    pub(crate) fn mysql() -> Option<Database> {
        Database::new(Dialect::Mysql)
    }

    /// Returns the URL of this database for one who may do everything. For SQLite that is everybody.
    pub(crate) fn superuser_url(&self) -> String {
        match &self.place {
            Place::Folder { .. } => self.url.clone(),
            Place::Server { name, superuser } => within(superuser, name).to_string(),
        }
    }

    /// Returns the URL of this database for its owner at another address: through a pooler, or on another node.
    pub(crate) fn url_at(&self, address: &servers::Address) -> String {
        match &self.place {
            Place::Folder { .. } => self.url.clone(),
            Place::Server { name, .. } => within(&address.user, name).to_string(),
        }
    }

    /// Runs a script as the owner; see [`Database::try_sql_as`].
    ///
    /// # Panics
    ///
    /// With the engine's message when a statement fails.
    pub(crate) fn sql(&self, script: &str) -> String {
        self.try_sql(script).unwrap_or_else(|message| panic!("{message}\nin: {script}"))
    }

    /// Runs a script as the owner; see [`Database::try_sql_as`].
    pub(crate) fn try_sql(&self, script: &str) -> Result<String, String> {
        self.try_sql_as(&self.url, script)
    }

    /// Runs a script on a SQLite file that another made.
    ///
    /// # Panics
    ///
    /// With the engine's message when a statement fails.
    pub(crate) fn sql_at(url: &str, script: &str) -> String {
        client::run(Dialect::Sqlite, url, script).unwrap_or_else(|message| panic!("{message}\nin: {script}"))
    }

    /// Runs a script as one who may do everything; see [`Database::try_sql_as`].
    ///
    /// # Panics
    ///
    /// With the engine's message when a statement fails.
    pub(crate) fn superuser_sql(&self, script: &str) -> String {
        self.try_sql_as(&self.superuser_url(), script).unwrap_or_else(|message| panic!("{message}\nin: {script}"))
    }

    /// Runs a script through another URL of this engine, and returns the rows of its queries, or the engine's message.
    ///
    /// A row is a line, its values have `|` between them, and null is `NULL`. Nothing follows the last row. The script
    /// stops at the first statement that fails; those before it stay.
    pub(crate) fn try_sql_as(&self, url: &str, script: &str) -> Result<String, String> {
        client::run(self.dialect, url, script)
    }

    /// Feeds a script to the engine's own client at a URL, where the value itself cannot go.
    pub(crate) fn feed_at(dialect: Dialect, url: &str, script: &str) -> Result<String, String> {
        feed::feed(dialect, url, script)
    }

    /// Feeds a script to the engine's own client, and returns what it wrote, or what it wrote to stderr if it failed.
    pub(crate) fn feed(&self, script: &str) -> Result<String, String> {
        feed::feed(self.dialect, &self.url, script)
    }

    /// Says whether the engine's own client is here. If it must be and is not, the test fails; else it is skipped.
    pub(crate) fn has_client(&self) -> bool {
        let is_here = feed::client(self.dialect).is_some();
        assert!(is_here || !environment::servers_are_required(), "no client of {}", self.dialect);
        if !is_here {
            engines::skip(&format!("no client of {}", self.dialect));
        }
        is_here
    }

    /// Writes down everything that is defined here but the tables of dunlin, in an order that depends on names alone.
    pub(crate) fn schema(&self) -> String {
        schema::of(self)
    }

    fn on_server(dialect: Dialect) -> Option<Database> {
        let address = engines::or_skip(servers::address(dialect).clone())?;
        Some(Database::on(dialect, &address))
    }

    /// Makes a database on the server with this address.
    ///
    /// # Panics
    ///
    /// When the server refuses.
    pub(crate) fn on(dialect: Dialect, address: &servers::Address) -> Database {
        let name = format!("dunlin_{:016x}", RandomState::new().hash_one(std::process::id()));
        let database = Database {
            url: within(&address.user, &name).to_string(),
            dialect,
            place: Place::Server { name: name.clone(), superuser: address.superuser.clone() },
        };
        let owner = if dialect == Dialect::Postgres { format!(" owner \"{}\"", owner(address)) } else { String::new() };
        client::run(dialect, lobby(dialect, &address.superuser).as_str(), &format!("create database {name}{owner}"))
            .unwrap_or_else(|message| panic!("{message}"));
        database
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Place::Server { name, superuser } = &self.place else { return };
        let force = if self.dialect == Dialect::Postgres { " with (force)" } else { "" };
        let script = format!("drop database if exists {name}{force}");
        // What is left goes with the server.
        let _ = client::run(self.dialect, lobby(self.dialect, superuser).as_str(), &script);
    }
}

/// Returns the URL from which databases are made: PostgreSQL lets nobody in without one.
fn lobby(dialect: Dialect, superuser: &Url) -> Url {
    match dialect {
        Dialect::Postgres if superuser.path().len() < 2 => within(superuser, "postgres"),
        Dialect::Sqlite | Dialect::Postgres | Dialect::Mysql => superuser.clone(),
    }
}

fn within(server: &Url, name: &str) -> Url {
    let mut url = server.clone();
    url.set_path(name);
    url
}

fn owner(address: &servers::Address) -> &str {
    address.user.username()
}
