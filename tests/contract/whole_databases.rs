//! Databases that are made and dropped.

use std::fs;
use std::path::Path;

use dunlin::{Clients, Creation, Dialect, Error, Removal};
use sqlx::Connection;
use url::Url;

use super::birds::bird;
use super::{has, migrations};
use crate::support::database::Database;

fn whole(url: impl Into<String>) -> dunlin::Database {
    dunlin::Database::at(url).expect("a URL")
}

engines! {
    async fn a_database_is_dropped_and_made(database: &Database) {
        let project = bird();
        migrations(&project).up(&database.url).await.expect("it is applied");
        let whole = whole(&database.url);
        assert_eq!(whole.create().await.expect("it is there"), Creation::Exists);
        assert_eq!(database.sql("select count(*) from dunlin_migrations"), "1", "it is as it was");

        assert_eq!(whole.drop(Clients::Keep).await.expect("it is dropped"), Removal::Dropped);
        assert_eq!(whole.drop(Clients::Keep).await.expect("there is none"), Removal::Absent);
        assert_eq!(whole.create().await.expect("it is made"), Creation::Created);
        assert!(!has(database, "dunlin_migrations"));
        migrations(&project).up(&database.url).await.expect("it is applied");
    }

    async fn any_name_can_be_made_and_dropped(database: &Database) {
        let odd = "dunlin_od'd \"n`me; drop";
        let url = match database.dialect {
            Dialect::Sqlite => format!("{} {odd}", database.url),
            _ => {
                let mut url = Url::parse(&database.superuser_url()).expect("a URL");
                url.set_path(odd);
                url.to_string()
            }
        };
        let whole = whole(&url);
        assert!(whole.name().expect("a name").ends_with(odd), "{whole:?}");
        assert_eq!(whole.create().await.expect("it is made"), Creation::Created);
        migrations(&bird()).up(&url).await.expect("it is applied");
        assert_eq!(whole.drop(Clients::Keep).await.expect("it is dropped"), Removal::Dropped);
        assert_eq!(database.sql("select 1"), "1", "and nothing else was");
    }

    async fn those_who_make_a_database_at_once_all_find_it(database: &Database) {
        let whole = whole(&database.url);
        whole.drop(Clients::Keep).await.expect("it is dropped");
        let makers = (0..8).map(|_| whole.create());
        let made: Result<Vec<Creation>, Error> = futures_util::future::join_all(makers).await.into_iter().collect();
        let made = made.expect("nobody fails");
        assert_eq!(made.iter().filter(|made| **made == Creation::Created).count(), 1, "{made:?}");
    }
}

#[tokio::test]
async fn a_database_in_use_stays_and_says_who_uses_it() {
    let Some(database) = Database::postgres() else { return };
    let (whole, mut url) = (whole(&database.url), Url::parse(&database.url).expect("a URL"));
    url.query_pairs_mut().append_pair("application_name", "the shop");
    let _held = sqlx::PgConnection::connect(url.as_str()).await.expect("a connection");
    let error = whole.drop(Clients::Keep).await.expect_err("somebody is there");
    let Error::InUse { clients, .. } = &error else { panic!("{error:?}") };
    assert!(clients.len() == 1 && clients[0].contains("(the shop)"), "{clients:?}");
    assert!(error.to_string().contains("is in use by 1 connection:\nconnection "), "{error}");
    assert_eq!(database.sql("select 1"), "1");
    assert_eq!(whole.drop(Clients::Disconnect).await.expect("it is dropped"), Removal::Dropped);
}

#[tokio::test]
async fn the_database_that_others_are_made_from_is_made_from_another() {
    let Some(database) = Database::postgres() else { return };
    // Nothing is to be done to `postgres` itself, which every server has.
    let mut url = Url::parse(&database.superuser_url()).expect("a URL");
    url.set_path("postgres");
    assert_eq!(whole(url.as_str()).create().await.expect("it is there"), Creation::Exists);
}

#[tokio::test]
async fn the_right_to_make_databases_is_asked_for() {
    for database in [Database::postgres(), Database::mysql()].into_iter().flatten() {
        let mut url = Url::parse(&database.url).expect("a URL");
        let name = format!("{}_poor", url.path().trim_start_matches('/'));
        database.superuser_sql(&match database.dialect {
            Dialect::Postgres => format!("create role {name} login password 'x'"),
            _ => format!("create user {name} identified by 'x'"),
        });
        url.set_username(&name).and_then(|()| url.set_password(Some("x"))).expect("a URL with a host");
        url.set_path("elsewhere");
        let made = whole(url.as_str()).create().await;
        url.set_path(Url::parse(&database.url).expect("a URL").path());
        let dropped = whole(url.as_str()).drop(Clients::Keep).await;
        database.superuser_sql(&match database.dialect {
            Dialect::Postgres => format!("drop role {name}"),
            _ => format!("drop user {name}"),
        });
        for error in [made.map(drop).expect_err("no right"), dropped.map(drop).expect_err("no right")] {
            assert!(error.hints().join(" ").contains("name a user in the URL who may"), "{error}: {:?}", error.hints());
        }
        assert_eq!(database.sql("select 1"), "1");
    }
}

#[tokio::test]
async fn a_url_without_a_name_is_no_database() {
    for url in ["mysql://ann@127.0.0.1:1", "mysql://ann@127.0.0.1:1/"] {
        assert!(matches!(whole(url).create().await, Err(Error::NoDatabaseName)));
    }
    assert!(matches!(dunlin::Database::at("sqlite:"), Err(Error::NoFile)));
    let memory = whole("sqlite::memory:");
    memory.wait(std::time::Duration::ZERO).await.expect("it is there when it is opened");
    assert!(matches!(memory.create().await, Err(Error::InMemory)));
    assert!(matches!(memory.drop(Clients::Keep).await, Err(Error::InMemory)));
}

/// A SQLite file in a folder of its own, and the names of what stands there.
struct Files {
    database: Database,
    file: std::path::PathBuf,
}

impl Files {
    fn new() -> Files {
        let database = Database::sqlite();
        let file = Path::new(database.url.strip_prefix("sqlite://").expect("a file")).to_owned();
        Files { database, file }
    }

    fn beside(&self, suffix: &str) -> std::path::PathBuf {
        Path::new(&format!("{}{suffix}", self.file.display())).to_owned()
    }

    fn names(&self) -> Vec<String> {
        let folder = fs::read_dir(self.file.parent().expect("a folder")).expect("a folder");
        let mut names: Vec<String> =
            folder.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect();
        names.sort();
        names
    }
}

#[tokio::test]
async fn what_belongs_to_a_sqlite_file_goes_with_it() {
    let files = Files::new();
    migrations(&bird()).up(&files.database.url).await.expect("it is applied");
    for suffix in ["-journal", "-wal", "-shm", "-dunlin", "-else"] {
        fs::write(files.beside(suffix), "").expect("a file");
    }
    assert_eq!(whole(&files.database.url).drop(Clients::Keep).await.expect("it goes"), Removal::Dropped);
    assert_eq!(files.names(), ["database.sqlite-else"]);
}

#[tokio::test]
async fn a_link_stays_and_what_it_leads_to_goes() {
    let files = Files::new();
    migrations(&bird()).up(&files.database.url).await.expect("it is applied");
    fs::write(files.beside("-wal"), "").expect("a file");
    let link = files.file.with_file_name("link.sqlite");
    std::os::unix::fs::symlink(&files.file, &link).expect("a link");
    let whole = whole(format!("sqlite://{}", link.display()));
    assert_eq!(whole.drop(Clients::Keep).await.expect("it goes"), Removal::Dropped);
    assert_eq!(files.names(), ["link.sqlite"]);
    assert_eq!(whole.drop(Clients::Keep).await.expect("nothing is there"), Removal::Absent);
}

#[tokio::test]
async fn what_is_no_database_of_sqlite_stays() {
    let files = Files::new();
    let whole = whole(&files.database.url);
    fs::write(&files.file, "SQLite format 4, a diary").expect("a file");
    assert!(matches!(whole.drop(Clients::Keep).await, Err(Error::NotSqlite { .. })));
    assert!(matches!(whole.create().await, Err(Error::NotSqlite { .. })));
    assert_eq!(fs::read_to_string(&files.file).expect("it is there"), "SQLite format 4, a diary");
    fs::remove_file(&files.file).and_then(|()| fs::create_dir(&files.file)).expect("a folder");
    assert!(matches!(whole.drop(Clients::Keep).await, Err(Error::NotSqlite { .. })));
}

#[tokio::test]
async fn a_sqlite_file_that_somebody_writes_or_migrates_stays() {
    let files = Files::new();
    migrations(&bird()).up(&files.database.url).await.expect("it is applied");
    let whole = whole(format!("{}?mode=rw", files.database.url));
    let lock = fs::File::create(files.beside("-dunlin")).expect("a file");
    lock.lock().expect("nobody holds it");
    assert!(matches!(whole.drop(Clients::Keep).await, Err(Error::Locked { .. })));
    drop(lock);
    let mut writer = sqlx::SqliteConnection::connect(&files.database.url).await.expect("a connection");
    sqlx::raw_sql("begin immediate").execute(&mut writer).await.expect("nobody else writes");
    assert!(matches!(whole.drop(Clients::Keep).await, Err(Error::Locked { .. })));
    assert!(has(&files.database, "bird"));
    writer.close().await.expect("it closes");
    assert_eq!(whole.drop(Clients::Keep).await.expect("it goes"), Removal::Dropped);
    assert!(files.names().is_empty());
}

#[tokio::test]
async fn a_sqlite_file_is_made_in_a_folder_that_is_there() {
    let files = Files::new();
    let there = files.file.with_file_name("new.sqlite");
    assert_eq!(whole(format!("sqlite://{}", there.display())).create().await.expect("it is made"), Creation::Created);
    assert_eq!(fs::read(&there).expect("it is there"), b"");
    let nowhere = files.file.with_file_name("nowhere");
    let error = whole(format!("sqlite://{}/new.sqlite", nowhere.display())).create().await.expect_err("no folder");
    assert!(error.to_string().contains("there is no folder") && !nowhere.exists(), "{error}");
}
