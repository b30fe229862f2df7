//! What a run writes into the history: the events of its steps, and their rows.

use std::collections::BTreeMap;
use std::time::Duration;

use dunlin_core::checksum::Checksum;
use dunlin_core::ledger::{Action, Detail, Event};
use dunlin_core::migration::Migration;
use dunlin_core::plan::{Kind, State};
use dunlin_core::variables::Values;

use super::{Prepared, Run, failure};
use crate::error::Outcome;
use crate::history::{Head, Record, detail};
use crate::session::{SqlError, Trouble, Value};

impl Run<'_> {
    /// Returns the SQL of an event behind the last known one, and the head that the log has with it.
    pub(super) fn event(
        &self,
        action: Action,
        migration: Option<&Migration>,
        checksum: Option<Checksum>,
        at: &str,
        detail: &Detail,
    ) -> (String, Head) {
        self.history.append(&[self.nth_event(1, action, migration, checksum, at, detail)], self.head)
    }

    pub(super) fn nth_event(
        &self,
        n: u64,
        action: Action,
        migration: Option<&Migration>,
        checksum: Option<Checksum>,
        at: &str,
        detail: &Detail,
    ) -> Event {
        Event {
            set: self.history.set.clone(),
            n: self.head.n + n,
            at: at.to_owned(),
            action,
            id: migration.map(|migration| migration.id.clone()),
            checksum,
            db_user: self.survey.user.clone(),
            os_user: self.who.os_user.clone(),
            host: self.who.host.clone(),
            application: self.who.application.clone(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            detail: detail::write(detail),
        }
    }

    /// Returns the SQL that records steps that are whole, each with how long it took, and the head and the last `seq` that
    /// the history has with them.
    pub(super) fn records(&self, steps: &[(&Prepared<'_>, Duration)], at: &str) -> (String, Head, i64) {
        let (mut rows, mut events, mut sql, mut seq) = (Vec::new(), Vec::new(), String::new(), self.seq);
        for ((step, duration), n) in steps.iter().zip(1..) {
            let (migration, mut detail) = (step.migration(), step.detail());
            let action = if step.is_up() {
                seq += 1;
                let record = record(State::Applied, seq, at, micros(*duration));
                detail.row = self.history.row_digest(migration, &record);
                rows.push((migration, record));
                Action::Up
            } else {
                sql.push_str(&self.history.delete(&migration.id));
                sql.push_str(";\n");
                Action::Down
            };
            events.push(self.nth_event(n, action, Some(migration), Some(step.checksum()), at, &detail));
        }
        if !rows.is_empty() {
            sql.push_str(&self.history.insert(rows));
            sql.push_str(";\n");
        }
        let (events, head) = self.history.append(&events, self.head);
        sql.push_str(&events);
        (sql, head, seq)
    }

    /// Writes a failure into the log, in a transaction of its own. It must not hide the failure itself.
    pub(super) async fn log_failure(
        &mut self,
        prepared: &Prepared<'_>,
        sent: failure::Sent,
        error: &SqlError,
        outcome: Outcome,
    ) {
        let Ok(at) = self.begin().await else { return };
        let (id, direction) = (&prepared.migration().id, prepared.step.direction);
        let unfinished = match outcome {
            // Without it, the event covers less, and still tells what failed.
            Outcome::Partial { .. } => {
                self.history.digest_of_unfinished(self.session, id, direction).await.ok().flatten()
            }
            Outcome::RolledBack | Outcome::AllRolledBack | Outcome::Unknown => None,
        };
        let spot = failure::spot(&failure::Failing::step(prepared), sent, error, self.engine.dialect());
        let detail = Detail {
            unfinished,
            direction: Some(direction),
            file: Some(prepared.script.file.clone()),
            line: spot.line,
            statement: spot.statement,
            of: Some(prepared.statements.len()),
            message: Some(error.message.clone()),
            code: error.code.clone(),
            ..Detail::default()
        };
        let checksum = Some(prepared.script.checksum);
        let action = if error.trouble == Trouble::Interrupted { Action::Interrupted } else { Action::Failed };
        let (event, head) = self.event(action, Some(prepared.migration()), checksum, &at, &detail);
        self.log(&event, head).await;
    }

    /// Appends an event in the transaction that is open, and ends it.
    pub(super) async fn log(&mut self, event: &str, head: Head) {
        if self.send(&format!("{event};\n{}", self.commit_sql()), "logging").await.is_ok() {
            self.head = head;
        }
    }
}

/// Returns what the row of a migration that is run says beside the migration itself.
pub(super) fn record(state: State, seq: i64, at: &str, duration: i64) -> Record<'_> {
    Record { kind: Kind::Applied, state, seq: Value::Number(seq), at: Value::Time(at), duration }
}

/// Returns values of variables as an event tells them.
pub(crate) fn recorded(values: &Values) -> BTreeMap<String, String> {
    values.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()
}

pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
