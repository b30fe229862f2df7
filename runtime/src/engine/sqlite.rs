//! SQLite: `begin immediate` is the lock of every step; a file beside the database is that of runs outside transactions.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use dunlin_core::dialect::Dialect;
use dunlin_core::statements::Statement;
use sqlx::error::DatabaseError;

use super::sqlite_rebuild::{self, Cascade};
use super::{Attempt, Engine, Holder, Lock, LockKey, Survey};
use crate::session::{AtWork, Driver, DriverError, Place, Session, SqlError, Trouble};

pub(super) struct Sqlite;

#[async_trait]
impl Engine for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn survey(&self, session: &mut dyn Session) -> Result<Survey, SqlError> {
        let rows = session.rows("select file from pragma_database_list where name = 'main'").await?;
        let database = rows.first().and_then(|row| row.text(0)).unwrap_or_default().to_owned();
        Ok(Survey { database, at_work: AtWork::Embedded, ..Survey::default() })
    }

    async fn try_lock(&self, session: &mut dyn Session, key: &LockKey) -> Result<Attempt, SqlError> {
        let Some(path) = &key.file else { return Ok(Attempt::Obtained(Lock::default())) };
        let unusable = |error: std::io::Error| SqlError {
            completed: 0,
            message: format!("the lock file {} cannot be used", path.display()),
            code: None,
            detail: Some(error.to_string()),
            hint: None,
            place: Place::Unknown,
            blocker: None,
            trouble: Trouble::Denied,
            source: sqlx::Error::Io(error),
        };
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {
                let rows = session.rows("select strftime('%Y-%m-%d %H:%M:%S UTC', 'now')").await?;
                let now = rows.first().and_then(|row| row.text(0)).unwrap_or_default();
                // What stands there is for people; the lock is the system's.
                if let Err(error) = file.set_len(0).and_then(|()| writeln!(file, "{}, since {now}", key.owner)) {
                    tracing::debug!(%error, "writing who has the lock");
                }
                Ok(Attempt::Obtained(Lock { file: Some(file) }))
            }
            Err(std::fs::TryLockError::WouldBlock) => {
                Ok(Attempt::Held(Some(written_in(path)).filter(|holder| !holder.who.is_empty())))
            }
            Err(std::fs::TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    async fn holder(&self, _: &mut dyn Session, key: &LockKey) -> Result<Option<Holder>, SqlError> {
        let Some(path) = &key.file else { return Ok(None) };
        // Where there is no such file, or it cannot be read, nobody is known to hold it.
        let Ok(file) = std::fs::File::open(path) else { return Ok(None) };
        let is_held = matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock));
        Ok(is_held.then(|| written_in(path)))
    }

    async fn shorten_wait(&self, session: &mut dyn Session, limit: Duration) -> Result<String, SqlError> {
        let rows = session.rows("pragma busy_timeout").await?;
        let own = rows.first().and_then(|row| row.number(0)).unwrap_or_default();
        let limit = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        if own <= limit {
            return Ok(String::new());
        }
        session.run(&format!("pragma busy_timeout = {limit}")).await?;
        Ok(format!("pragma busy_timeout = {own}"))
    }

    fn may_object(&self, statements: &[Statement<'_>]) -> bool {
        // Most files drop nothing, and need no reading word by word.
        statements.iter().any(|statement| statement.text().to_ascii_lowercase().contains("drop"))
    }

    async fn objection(
        &self,
        session: &mut dyn Session,
        statements: &[Statement<'_>],
    ) -> Result<Option<(usize, SqlError)>, SqlError> {
        let cascade = sqlite_rebuild::cascade(session, statements).await?;
        Ok(cascade.map(|Cascade { statement, table, child }| {
            let message =
                format!("dropping `{table}` while foreign keys are on would delete or empty rows of `{child}`");
            let hint = "write `-- dunlin: foreign-keys off` at the top of the file".to_owned();
            (statement, SqlError { hint: Some(hint), ..SqlError::own(message) })
        }))
    }

    async fn unlock(&self, _: &mut dyn Session, _: &LockKey, lock: Lock) -> Result<(), SqlError> {
        if let Some(file) = lock.file {
            // Nobody has it any more.
            let _ = file.set_len(0);
        }
        Ok(())
    }
}

/// Reads who took the lock of a file.
fn written_in(path: &Path) -> Holder {
    let who = std::fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    Holder { who, is_active: false, connection: None, is_gone: false }
}

/// The file that guards runs outside transactions stands beside the database: the same for every process, on one disk.
pub(crate) fn lock_file(database: &str) -> Option<PathBuf> {
    (!database.is_empty()).then(|| PathBuf::from(format!("{database}-dunlin")))
}

impl Driver for sqlx::Sqlite {
    async fn look_at(connection: &mut sqlx::SqliteConnection, interrupt: Arc<AtomicBool>) -> Result<(), sqlx::Error> {
        // <https://www.sqlite.org/c3ref/progress_handler.html>: once in so many of its instructions.
        let goes_on = move || !interrupt.load(Ordering::Relaxed);
        connection.lock_handle().await?.set_progress_handler(1000, goes_on);
        Ok(())
    }

    fn read(error: &dyn DatabaseError) -> DriverError {
        let code = error.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or_default();
        let message = error.message();
        // The low byte is the primary result code; <https://www.sqlite.org/rescode.html>.
        let trouble = match code & 0xff {
            5 | 6 => Trouble::Busy,
            3 | 8 | 14 | 23 => Trouble::Denied,
            1 if message.starts_with("no such table") => Trouble::MissingTable,
            1 if message.starts_with("no such column") => Trouble::MissingColumn,
            _ => Trouble::Other,
        };
        let name = |prefix: &str| message.strip_prefix(prefix).map(str::to_owned);
        let near =
            message.strip_prefix("near \"").and_then(|rest| rest.rsplit_once('"')).map(|(near, _)| near.to_owned());
        let near = near.or_else(|| name("no such column: ")).or_else(|| name("no such table: "));
        DriverError {
            code: Some(code.to_string()),
            detail: None,
            hint: None,
            place: near.map_or(Place::Unknown, Place::Near),
            trouble,
        }
    }
}
