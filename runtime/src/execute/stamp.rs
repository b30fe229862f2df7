//! Changing which rows there are without running anything, in one transaction.

use dunlin_core::ledger::{Action, Change, Detail, Event, Kept};
use dunlin_core::migration::SharedMigration;
use dunlin_core::plan::{Applied, Kind, State};

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
    /// Rows to remove, with their stored SQL: the events keep what they held.
    pub(crate) removed: &'r [Applied],
    /// Migrations to write rows of, in graph order; of one that has a row, it is written anew.
    pub(crate) written: &'r [Written<'r>],
}

/// A row to write.
#[derive(Debug)]
pub(crate) struct Written<'r> {
    pub(crate) migration: &'r SharedMigration,
    /// What its event tells.
    pub(crate) detail: Detail,
    /// The row of an unfinished step that it takes the place of.
    pub(crate) settles: Option<&'r Applied>,
}

impl Run<'_> {
    /// Changes rows, with an event for each.
    pub(crate) async fn record_only(&mut self, recording: &Recording<'_>) -> Result<(), Stopped> {
        let gone: Vec<&Applied> =
            recording.removed.iter().chain(recording.written.iter().filter_map(|row| row.settles)).collect();
        if gone.iter().any(|row| row.state != State::Applied) {
            // Only steps outside transactions need the journal, and it may not be there.
            self.send(&self.history.create_journal(), "making the journal").await?;
        }
        let at = self.begin().await?;
        let mut statements: Vec<String> = Vec::new();
        for row in gone {
            statements.push(self.history.delete(&row.id));
            if row.state != State::Applied {
                statements.push(self.history.journal_forget_id(row.id.as_str()));
            }
        }
        let mut seq = self.seq;
        for rows in recording.written.chunks(WRITTEN_TOGETHER) {
            let rows = rows.iter().map(|row| {
                seq += 1;
                (&**row.migration, stamped(seq, &at))
            });
            statements.push(self.history.insert(rows));
        }
        let mut head = self.head;
        for events in self.events(recording, &at).chunks(WRITTEN_TOGETHER) {
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

    /// Makes the events: of the rows that go first, then of those that come.
    fn events(&self, recording: &Recording<'_>, at: &str) -> Vec<Event> {
        let action = || recording.action.clone();
        let removed = recording.removed.iter().map(|row| {
            let event = self.nth_event(0, action(), None, Some(row.up_checksum), at, &kept(row));
            Event { id: Some(row.id.clone()), ..event }
        });
        let written = recording.written.iter().zip(self.seq + 1..).map(|(row, seq)| {
            let row_digest = self.history.row_digest(row.migration, &stamped(seq, at));
            let detail = Detail { row: row_digest, ..row.detail.clone() };
            self.nth_event(0, action(), Some(row.migration), Some(row.migration.up.checksum), at, &detail)
        });
        let events = removed.chain(written);
        (1..).zip(events).map(|(n, event)| Event { n: self.head.n + n, ..event }).collect()
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
fn stamped(seq: i64, at: &str) -> Record<'_> {
    let (seq, at) = (Value::Number(seq), Value::Time(at));
    Record { kind: Kind::Stamped, state: State::Applied, seq, at, duration: 0 }
}

/// Writes down all that a row held, so that nothing is lost with it.
fn kept(row: &Applied) -> Detail {
    let stored = row.stored.as_ref();
    let kept = Kept {
        slug: row.slug.clone(),
        parents: row.parents.clone(),
        seq: row.seq,
        kind: row.kind,
        state: row.state,
        up_checksum: row.up_checksum,
        down_checksum: row.down_checksum,
        breaking: row.breaking,
        applied_at: row.applied_at.clone(),
        up_sql: stored.map(|stored| stored.up.clone()),
        down_sql: stored.and_then(|stored| stored.down.clone()),
    };
    Detail { change: Some(Change::Removed), kept: Some(kept), ..Detail::default() }
}
