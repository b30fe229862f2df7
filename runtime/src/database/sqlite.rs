//! SQLite: a database is a file, and what SQLite and dunlin put beside it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;

use super::{Clients, Creation, Database, Keeper, Removal};
use crate::connect::{Inside, cannot_connect, sqlite_file};
use crate::engine;
use crate::error::Error;
use crate::session::Trouble;

/// What a file of SQLite begins with; <https://www.sqlite.org/fileformat2.html#magic_header_string>.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// What SQLite puts beside a database. One that outlived its database would be taken for that of the next.
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

pub(super) struct Sqlite;

#[async_trait]
impl Keeper for Sqlite {
    fn name(&self, url: &str) -> Result<Option<String>, Error> {
        let file = sqlite_file(url)?;
        Ok(Some(file.map_or_else(|| ":memory:".to_owned(), |file| file.display().to_string())))
    }

    fn could_be_made(&self, database: &Database) -> Result<(), Error> {
        let Some(file) = sqlite_file(&database.url)? else { return Ok(()) };
        let folder = folder_of(&file);
        if folder.is_dir() {
            return Ok(());
        }
        let message = format!("there is no folder {}", folder.display());
        Err(cannot_connect(&database.url, sqlx::Error::Io(io::Error::new(ErrorKind::NotFound, message))))
    }

    async fn create(&self, database: &Database, _: &str) -> Result<Creation, Error> {
        let file = file(database)?;
        self.could_be_made(database)?;
        match OpenOptions::new().write(true).create_new(true).open(&file) {
            Ok(_) => Ok(Creation::Created),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => is_database(&file).map(|()| Creation::Exists),
            Err(source) => Err(Error::Io { path: file, source }),
        }
    }

    async fn drop(&self, database: &Database, _: &str, _: Clients) -> Result<Removal, Error> {
        let named = file(database)?;
        // SQLite puts what belongs to a database beside the file itself, not beside a link to it.
        let file = match named.canonicalize() {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Removal::Absent),
            Err(source) => return Err(Error::Io { path: named, source }),
        };
        is_database(&file)?;
        nobody_works_on(database).await?;
        let lock = engine::lock_file(&file.to_string_lossy());
        let guard = lock.as_deref().map(locked).transpose()?;
        // The database goes last but for the lock: a crash on the way leaves nothing that would spoil a new one.
        for path in BESIDE.map(|suffix| beside(&file, suffix)).into_iter().chain([file]) {
            remove(&path)?;
        }
        drop(guard);
        lock.map_or(Ok(()), |lock| remove(&lock))?;
        Ok(Removal::Dropped)
    }
}

fn file(database: &Database) -> Result<PathBuf, Error> {
    sqlite_file(&database.url)?.ok_or(Error::InMemory)
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes sure that a file is a database of SQLite, or empty, which is a database too.
fn is_database(file: &Path) -> Result<(), Error> {
    let unreadable = |source| Error::Io { path: file.to_owned(), source };
    let mut begins = Vec::new();
    if fs::metadata(file).map_err(unreadable)?.is_file() {
        let opened = File::open(file).map_err(unreadable)?;
        opened.take(MAGIC.len() as u64).read_to_end(&mut begins).map_err(unreadable)?;
        if begins.is_empty() || begins == MAGIC {
            return Ok(());
        }
    }
    Err(Error::NotSqlite { path: file.to_owned() })
}

/// Makes sure that nobody reads or writes just now, as far as SQLite tells.
async fn nobody_works_on(database: &Database) -> Result<(), Error> {
    let mut session = database.session(Inside::AsSaid).await?;
    let begun = session.run("begin exclusive; rollback").await;
    session.close().await;
    match begun {
        Err(error) if error.trouble == Trouble::Busy => Err(held_by("somebody who works on the file")),
        // What cannot be read any more can be dropped all the same.
        _ => Ok(()),
    }
}

/// Takes the lock of runs outside transactions, if there ever was one.
fn locked(lock: &Path) -> Result<Option<File>, Error> {
    let unusable = |source| Error::Io { path: lock.to_owned(), source };
    let file = match OpenOptions::new().append(true).open(lock) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(unusable(source)),
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(held_by("another run")),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

fn held_by(who: &str) -> Error {
    Error::Locked { waited: Duration::ZERO, holder: Some(who.to_owned()), is_gone: false }
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(Error::Io { path: path.to_owned(), source }),
        _ => Ok(()),
    }
}
