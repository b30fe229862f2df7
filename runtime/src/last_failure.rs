//! The last step that failed and was neither taken again nor settled since.

use dunlin_core::ledger::Logged;
use dunlin_core::migration::{Direction, MigrationId, Migrations};
use dunlin_core::plan::{Applied, State};
use serde::Serialize;

/// The last step that failed, of those whose migration nothing has changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LastFailure {
    /// The migration's id.
    pub id: MigrationId,
    /// `<id>_<slug>`.
    pub name: String,
    /// Which way it was going.
    pub direction: Direction,
    /// The file that was run, as it was shown where it was run.
    pub file: String,
    /// The line, from 1, as far as the server told.
    pub line: Option<usize>,
    /// Which statement, from 1; `None` is none of the file's own, but the end of the transaction.
    pub statement: Option<usize>,
    /// How many statements the file had.
    pub of: Option<usize>,
    /// The server's message.
    pub message: String,
    /// SQLSTATE, or the engine's own number.
    pub code: Option<String>,
    /// When, by the database's clock.
    pub at: String,
    /// Who: the user as the server sees it.
    pub db_user: String,
    /// Who: the user of the operating system.
    pub os_user: String,
    /// Where from: the name of the machine.
    pub host: String,
    /// The application that embeds the migrations, with its version; empty for the command line.
    pub application: String,
    /// Whether nothing of the step is in place. Else the migration is unfinished.
    pub rolled_back: bool,
    /// Whether the file is another one now.
    pub edited_since: bool,
}

impl LastFailure {
    /// Takes the newest of the failures, which come so, that the rows bear out.
    pub(crate) fn among(failures: &[Logged], migrations: &Migrations, rows: &[Applied]) -> Option<LastFailure> {
        failures.iter().find_map(|logged| LastFailure::of(logged, migrations, rows))
    }

    fn of(logged: &Logged, migrations: &Migrations, rows: &[Applied]) -> Option<LastFailure> {
        let Logged { event, detail, .. } = logged;
        let id = event.id.clone()?;
        let (migration, row) = (migrations.get(&id), rows.iter().find(|row| row.id == id));
        let name = migration.map(|migration| migration.name()).or_else(|| row.map(Applied::name))?;
        let direction = detail.direction?;
        let rolled_back = match (direction, row.map(|row| row.state)) {
            (Direction::Up, None) | (Direction::Down, Some(State::Applied)) => true,
            (_, Some(State::Applying | State::Reverting)) => false,
            // Somebody changed the rows by hand.
            (Direction::Up, Some(State::Applied)) | (Direction::Down, None) => return None,
        };
        let script = migration.and_then(|migration| migration.script(direction));
        Some(LastFailure {
            direction,
            file: detail
                .file
                .clone()
                .or_else(|| script.map(|script| script.file.clone()))
                .unwrap_or_else(|| name.clone()),
            line: detail.line,
            statement: detail.statement,
            of: detail.of,
            message: detail.message.clone().unwrap_or_default(),
            code: detail.code.clone(),
            at: event.at.clone(),
            db_user: event.db_user.clone(),
            os_user: event.os_user.clone(),
            host: event.host.clone(),
            application: event.application.clone(),
            rolled_back,
            edited_since: script.is_some_and(|script| event.checksum.is_some_and(|ran| ran != script.checksum)),
            id,
            name,
        })
    }
}
