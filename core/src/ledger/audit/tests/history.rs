//! A history that is made and changed as dunlin does.

use std::borrow::Cow;

use expect_test::Expect;

use super::super::*;
use crate::checksum::Checksum;
use crate::ledger::{Action, Change, Detail, Forgotten, MigrationRow, RepeatableRow, Text};

#[expect(clippy::unnecessary_wraps, reason = "it is what a column holds")]
pub(super) fn text(text: &str) -> Text<'static> {
    Some(Cow::Owned(text.to_owned()))
}

/// A history, and what changes it as dunlin does.
#[derive(Clone)]
pub(super) struct History(pub(super) Rows);

/// Rows as they are in the database, with their SQL.
#[derive(Clone, Default)]
pub(super) struct Rows {
    pub(super) layout: Option<Vec<LayoutRow>>,
    pub(super) events: Option<Vec<EventRow>>,
    pub(super) migrations: Option<Vec<MigrationRow<'static>>>,
    pub(super) repeatables: Option<Vec<RepeatableRow<'static>>>,
    pub(super) journal: Option<Vec<JournalRow>>,
}

impl Rows {
    pub(super) fn tables(&self) -> Tables {
        Tables {
            layout: self.layout.clone(),
            events: self.events.clone(),
            migrations: self.migrations.clone().map(|rows| rows.into_iter().map(HeldMigration::from).collect()),
            repeatables: self.repeatables.clone().map(|rows| rows.into_iter().map(HeldRepeatable::from).collect()),
            journal: self.journal.clone(),
        }
    }
}

impl History {
    pub(super) fn new() -> History {
        let layout = Some(vec![LayoutRow { id: text("1"), version: text("1") }]);
        History(Rows {
            layout,
            events: Some(Vec::new()),
            migrations: Some(Vec::new()),
            repeatables: None,
            journal: None,
        })
    }

    pub(super) fn events(&mut self) -> &mut Vec<EventRow> {
        self.0.events.get_or_insert_default()
    }

    pub(super) fn migrations(&mut self) -> &mut Vec<MigrationRow<'static>> {
        self.0.migrations.get_or_insert_default()
    }

    pub(super) fn repeatables(&mut self) -> &mut Vec<RepeatableRow<'static>> {
        self.0.repeatables.get_or_insert_default()
    }

    pub(super) fn log(
        &mut self,
        action: &Action,
        id: Option<&str>,
        checksum: Text<'static>,
        details: Detail,
    ) -> &mut EventRow {
        let previous = self.events().last().and_then(|event| event.hash.clone());
        let (n, at) = (self.events().len() + 1, "2026-11-21T10:00:00.000000Z");
        let (detail, id) = (text(&format!("{details:?}")), id.and_then(text));
        let [db_user, os_user, host, application, version] = ["app", "ann", "box", "", "0.1.0"].map(text);
        let (n, at, action) = (text(&n.to_string()), text(at), text(action.as_str()));
        let values =
            [text("main"), n, at, action, id, checksum, db_user, os_user, host, application, version, detail, None];
        let mut event = EventRow::new(values, details);
        event.hash = (!event.details.script || event.details.row.is_some())
            .then(|| event.hash_onto(previous.as_deref()).to_string().into())
            .or_else(|| text(""));
        self.events().push(event);
        self.events().last_mut().expect("it was pushed")
    }

    pub(super) fn write(&mut self, id: &str, kind: &str, state: &str) -> MigrationRow<'static> {
        let seq = self.migrations().iter().filter_map(|row| row.seq.as_deref()?.parse().ok()).max().unwrap_or(0) + 1;
        let (up, down) = (format!("create table t{id} (id int);"), format!("drop table t{id};"));
        let checksum = |sql: &str| text(&Checksum::of_text(sql).to_string());
        let row = MigrationRow {
            set_name: text("main"),
            id: text(id),
            slug: text("bird"),
            parents: text(""),
            seq: text(&u32::to_string(&seq)),
            kind: text(kind),
            state: text(state),
            up_checksum: checksum(&up),
            down_checksum: checksum(&down),
            up_sql: text(&up),
            down_sql: text(&down),
            breaking: text("0"),
            applied_at: text("2026-11-21T10:00:00.000000Z"),
            duration_us: text("17"),
            tool_version: text("0.1.0"),
        };
        self.migrations().push(row.clone());
        row
    }

    pub(super) fn up(&mut self, id: &str) {
        let row = self.write(id, "applied", "applied");
        let detail = Detail { row: Some(row.digest()), ..Detail::default() };
        self.log(&Action::Up, Some(id), row.up_checksum, detail);
    }

    pub(super) fn up_by_script(&mut self, id: &str) {
        let row = self.write(id, "applied", "applied");
        let detail = Detail { script: true, ..Detail::default() };
        self.log(&Action::Up, Some(id), row.up_checksum, detail);
    }

    pub(super) fn stamp(&mut self, id: &str) {
        let row = self.write(id, "stamped", "applied");
        let detail = Detail { row: Some(row.digest()), change: Some(Change::Added), ..Detail::default() };
        self.log(&Action::Stamp, Some(id), row.up_checksum, detail);
    }

    pub(super) fn remove(&mut self, id: &str, action: &Action, change: Option<Change>) {
        let place = self.migrations().iter().position(|row| row.id.as_deref() == Some(id)).expect("it is there");
        let row = self.migrations().remove(place);
        self.log(action, Some(id), row.up_checksum, Detail { change, ..Detail::default() });
    }

    pub(super) fn heal(&mut self, id: &str) {
        let row = self.migrations().iter_mut().find(|row| row.id.as_deref() == Some(id)).expect("it is there");
        let (before, healed) = (row.digest(), format!("create table t{id} (id bigint);"));
        (row.up_checksum, row.up_sql) = (text(&Checksum::of_text(&healed).to_string()), text(&healed));
        let (checksum, row) = (row.up_checksum.clone(), row.digest());
        let detail = Detail { row: Some(row), row_before: Some(before), ..Detail::default() };
        self.log(&Action::Heal, Some(id), checksum, detail);
    }

    pub(super) fn repeat(&mut self, name: &str, sql: &str) {
        let row = RepeatableRow {
            set_name: text("main"),
            name: text(name),
            checksum: text(&Checksum::of_text(sql).to_string()),
            stored_sql: text(sql),
            applied_at: text("2026-11-21T10:00:00.000000Z"),
            duration_us: text("5"),
            tool_version: text("0.1.0"),
        };
        self.repeatables().retain(|row| row.name.as_deref() != Some(name));
        self.repeatables().push(row.clone());
        let detail = Detail { row: Some(row.digest()), name: Some(name.to_owned()), ..Detail::default() };
        self.log(&Action::Repeat, None, row.checksum, detail);
    }

    pub(super) fn forget(&mut self, name: &str) {
        self.repeatables().retain(|row| row.name.as_deref() != Some(name));
        let forgotten = Some(Forgotten::Names(vec![name.to_owned()]));
        self.log(&Action::Repeat, None, None, Detail { forgotten, ..Detail::default() });
    }

    pub(super) fn audit(&self) -> Audit {
        audit(&self.0.tables(), 1, None)
    }

    /// Compares what is found, faults and notes, a line each.
    pub(super) fn check(&self, expected: &Expect) {
        let label = |finding: &LedgerFinding| if finding.verdict == Verdict::Refuse { "error" } else { "note" };
        let findings = self.audit().findings;
        let lines = findings.iter().map(|finding| format!("{}: {finding}\n", label(finding)));
        expected.assert_eq(&lines.collect::<String>());
    }
}

/// Three migrations, the last of which was reverted and applied again, one that was stamped, and two repeatable files.
pub(super) fn history() -> History {
    let mut history = History::new();
    history.up("1");
    history.up("2");
    history.repeat("singers", "create view singers;");
    history.repeat("nests", "create view nests;");
    history.remove("2", &Action::Down, None);
    history.forget("nests");
    history.up("2");
    history.stamp("3");
    history.heal("1");
    history.repeat("nests", "create view nests;");
    history
}
