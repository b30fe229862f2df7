//! Somebody who may only read.

use std::hash::{BuildHasher, RandomState};

use dunlin::Dialect;
use url::Url;

use crate::support::database::Database;
use crate::support::engines::skip;

/// A user who may read the tables that are there now, gone when this value is.
pub(super) struct Reader<'d> {
    pub(super) url: String,
    database: &'d Database,
    name: Option<String>,
}

impl<'d> Reader<'d> {
    /// Makes one, or says why the test is skipped.
    pub(super) fn new(database: &'d Database) -> Option<Reader<'d>> {
        let name = format!("reader_{:08x}", RandomState::new().hash_one(1) & 0xffff_ffff);
        match database.dialect {
            Dialect::Sqlite => return Some(Reader { url: format!("{}?mode=ro", database.url), database, name: None }),
            Dialect::Postgres | Dialect::Mysql if database.superuser_url() == database.url => {
                skip("the server is not ours, and its users neither");
                return None;
            }
            Dialect::Postgres => {
                database.superuser_sql(&format!("create role {name} login password 'reads'"));
                database.sql(&format!("grant select on all tables in schema public to {name}"));
            }
            Dialect::Mysql => {
                database.superuser_sql(&format!("create user {name} identified by 'reads'"));
                let schema = database.sql("select database()");
                database.superuser_sql(&format!("grant select on `{schema}`.* to {name}"));
            }
        }
        let mut url = Url::parse(&database.url).expect("a URL");
        url.set_username(&name).expect("a URL with a host");
        url.set_password(Some("reads")).expect("a URL with a host");
        Some(Reader { url: url.into(), database, name: Some(name) })
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let Some(name) = &self.name else { return };
        let owned =
            if self.database.dialect == Dialect::Postgres { format!("drop owned by {name}; ") } else { String::new() };
        // What is left goes with the server.
        let _ = self.database.try_sql_as(&self.database.superuser_url(), &format!("{owned}drop user {name}"));
    }
}
