//! Changing which rows there are without running anything, in one transaction.

use dunlin_core::checksum::Checksum;
use dunlin_core::ledger::{Action, Change, Detail, Event, Kept, MigrationRow};
use dunlin_core::migration::{MigrationId, SharedMigration};
use dunlin_core::plan::{Applied, Kind, State};

use super::heal::healed;
use super::{Run, Stopped};
use crate::error::Error;
use crate::history::Record;
use crate::session::Value;

/// How many rows one statement writes.
const WRITTEN_TOGETHER: usize = 50;

/// What is longer goes in two messages, as servers limit the length: by default to 4 MiB or more.
const LONGEST_MESSAGE: usize = 1024 * 1024;

/// Rows that are to be changed, and why.
#[derive(Debug)]
pub(crate) struct Recording<'r> {
    /// What the events are to say.
    pub(crate) action: Action,
    /// The changes, in the order of their events.
    pub(crate) changes: &'r [RowChange<'r>],
}

/// One change, with what its event tells. The digests of rows are added when it is written.
#[derive(Debug)]
pub(crate) struct RowChange<'r> {
    pub(crate) what: What<'r>,
    pub(crate) detail: Detail,
}

/// What becomes of a row. The journal of an unfinished step is forgotten with it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum What<'r> {
    /// It goes.
    Removed(&'r Applied),
    /// It is written, and one that is there goes.
    Written { migration: &'r SharedMigration, in_place_of: Option<&'r Applied>, kind: Kind },
    /// Its way down counts as never begun: it is applied, as it was before.
    TakenBack(&'r Applied, &'r SharedMigration),
    /// It gets the SQL of a migration, and keeps all else.
    Rewritten { row: &'r Applied, migration: &'r SharedMigration, before: Before },
    /// It stays as it is; only the event is written.
    Noted { id: &'r MigrationId, checksum: Option<Checksum> },
}

/// What a row is that keeps a part of what it held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// As an event left it. Its digest goes into the event: a row that somebody had changed does not become a good one.
    AsLeft,
    /// Changed by somebody, which is known and accepted.
    Altered,
}

impl<'r> RowChange<'r> {
    /// Removes a row; the event keeps what it held.
    pub(crate) fn removed(row: &'r Applied) -> RowChange<'r> {
        RowChange::of(What::Removed(row), Change::Removed, Some(row))
    }

    /// Changes a row; the event names the change, and keeps what a row held before.
    pub(crate) fn of(what: What<'r>, change: Change, before: Option<&Applied>) -> RowChange<'r> {
        let detail = Detail { change: Some(change), kept: before.map(Kept::from), ..Detail::default() };
        RowChange { what, detail }
    }

    /// Lets the event say why.
    pub(crate) fn because(mut self, reason: Option<&str>) -> RowChange<'r> {
        self.detail.reason = reason.map(str::to_owned);
        self
    }

    /// Returns the row of an unfinished step that is settled.
    fn unfinished(&self) -> Option<&'r Applied> {
        let row = match self.what {
            What::Removed(row) | What::TakenBack(row, _) => Some(row),
            What::Written { in_place_of, .. } => in_place_of,
            What::Rewritten { .. } | What::Noted { .. } => None,
        };
        row.filter(|row| row.state != State::Applied)
    }

    /// Returns the migration and the checksum that the event names.
    fn about(&self) -> (&'r MigrationId, Option<Checksum>) {
        match self.what {
            What::Removed(row) | What::TakenBack(row, _) => (&row.id, Some(row.up_checksum)),
            What::Written { migration, .. } | What::Rewritten { migration, .. } => {
                (&migration.id, Some(migration.up.checksum))
            }
            What::Noted { id, checksum } => (id, checksum),
        }
    }
}

impl Run<'_> {
    /// Changes rows, with an event for each.
    pub(crate) async fn record_only(&mut self, recording: &Recording<'_>) -> Result<(), Stopped> {
        let changes = recording.changes;
        if changes.iter().any(|change| change.unfinished().is_some()) {
            // Only steps outside transactions need the journal, and it may not be there.
            self.send(&self.history.create_journal(), "making the journal").await?;
        }
        let at = self.begin().await?;
        let mut statements: Vec<String> = Vec::new();
        for change in changes {
            match change.what {
                What::Removed(row) | What::Written { in_place_of: Some(row), .. } => {
                    statements.push(self.history.delete(&row.id));
                }
                What::TakenBack(_, migration) => statements.push(self.history.set_state(migration, State::Applied)),
                What::Rewritten { migration, .. } => statements.push(self.history.heal(migration)),
                What::Written { in_place_of: None, .. } | What::Noted { .. } => {}
            }
            statements.extend(change.unfinished().map(|row| self.history.journal_forget_id(row.id.as_str())));
        }
        let written = changes.iter().filter_map(|change| match change.what {
            What::Written { migration, kind, .. } => Some((migration, kind)),
            _ => None,
        });
        let written: Vec<(&SharedMigration, Kind)> = written.collect();
        let mut seq = self.seq;
        for rows in written.chunks(WRITTEN_TOGETHER) {
            let rows = rows.iter().map(|(migration, kind)| {
                seq += 1;
                (&***migration, recorded(*kind, seq, &at))
            });
            statements.push(self.history.insert(rows));
        }
        let events = match self.events(recording, &at).await {
            Ok(events) => events,
            Err(stopped) => {
                self.rollback().await;
                return Err(stopped);
            }
        };
        let mut head = self.head;
        for events in events.chunks(WRITTEN_TOGETHER) {
            let (sql, next) = self.history.append(events, head);
            statements.push(sql);
            head = next;
        }
        self.send_all(&statements).await?;
        if let Err(error) = self.commit_patiently().await {
            self.rollback().await;
            return Err(Stopped::Failed(Error::database("recording", error)));
        }
        (self.head, self.seq) = (head, seq);
        Ok(())
    }

    /// Makes the event of each change, with the digest of the row that it leaves.
    async fn events(&mut self, recording: &Recording<'_>, at: &str) -> Result<Vec<Event>, Stopped> {
        let (mut events, mut seq) = (Vec::with_capacity(recording.changes.len()), self.seq);
        for (n, change) in (1..).zip(recording.changes) {
            let mut detail = change.detail.clone();
            match change.what {
                What::Removed(_) | What::Noted { .. } => {}
                What::Written { migration, kind, .. } => {
                    seq += 1;
                    detail.row = self.history.row_digest(migration, &recorded(kind, seq, at));
                }
                What::TakenBack(row, _) => {
                    // The state apart, it is to be as an event left it.
                    let applied = MigrationRow { state: Some(State::Applied.as_str().into()), ..self.held(row).await? };
                    (detail.row, detail.row_before) = (Some(applied.digest()), Some(applied.digest()));
                }
                What::Rewritten { row, migration, before } => {
                    let held = self.held(row).await?;
                    detail.row = Some(healed(&held, migration).digest());
                    detail.row_before = (before == Before::AsLeft).then(|| held.digest());
                }
            }
            let (id, checksum) = change.about();
            let event = self.nth_event(n, recording.action.clone(), None, checksum, at, &detail);
            events.push(Event { id: Some(id.clone()), ..event });
        }
        Ok(events)
    }

    /// Returns a row as the database holds it.
    async fn held(&mut self, row: &Applied) -> Result<MigrationRow<'static>, Stopped> {
        self.history.migration_row(self.session, row.id.as_str()).await?.ok_or(Stopped::Moved)
    }

    async fn send_all(&mut self, statements: &[String]) -> Result<(), Stopped> {
        let mut message = String::new();
        for statement in statements {
            if !message.is_empty() && message.len() + statement.len() > LONGEST_MESSAGE {
                self.send(&std::mem::take(&mut message), "recording").await?;
            }
            message.push_str(statement);
            message.push_str(";\n");
        }
        if message.is_empty() { Ok(()) } else { self.send(&message, "recording").await }
    }
}

/// Returns what the row of a migration that is not run says beside the migration itself.
fn recorded(kind: Kind, seq: i64, at: &str) -> Record<'_> {
    let (seq, at) = (Value::Number(seq), Value::Time(at));
    Record { kind, state: State::Applied, seq, at, duration: 0 }
}
