//! The journal: one row for each statement of a step that no transaction holds, as long as the step is unfinished.

use dunlin_core::dialect::Dialect;
use dunlin_core::migration::{Direction, Migration, MigrationId};
use dunlin_core::plan::{JournalEntry, JournalState, State};
use dunlin_core::statements::Recovery;

use super::{History, row_text};
use crate::error::Error;
use crate::session::{Row, Session, Trouble, Value, render};

/// How many rows of the journal one statement deletes: more keys than a server looks up one by one would be a range.
const FORGOTTEN_TOGETHER: usize = 100;

/// How much of a server's message is kept.
const LONGEST_MESSAGE: usize = 1000;

/// A statement as the journal is to have it.
#[derive(Debug)]
pub(crate) struct Journalled<'j> {
    /// Its number in the file, from 1.
    pub(crate) n: usize,
    pub(crate) state: JournalState,
    /// A word of [`Recovery`], or an expression for one.
    pub(crate) recovery: Value<'j>,
    pub(crate) line: usize,
    pub(crate) summary: String,
    /// What it means.
    pub(crate) checksum: String,
    /// An expression for the fingerprint of what it names.
    pub(crate) fingerprint: Value<'j>,
    /// What the server said, where it failed.
    pub(crate) message: Option<&'j str>,
}

impl History {
    /// Makes the journal where it is not there.
    pub(crate) fn create_journal(&self) -> String {
        // A row of a table with rowids would be what `last_insert_rowid` tells.
        let without = if self.dialect == Dialect::Sqlite { " without rowid" } else { "" };
        format!("{}{without}\n", self.fill(include_str!("sql/journal.sql")).trim_end())
    }

    /// Writes a row of the journal.
    pub(crate) fn journal_row(&self, migration: &Migration, direction: Direction, row: &Journalled<'_>) -> String {
        let message = row.message.map(shortened);
        let values = [
            self.set.as_str().into(),
            migration.id.as_str().into(),
            direction.to_string().into(),
            number(row.n),
            row.state.as_str().into(),
            row.recovery.clone(),
            number(row.line),
            (&*row.summary).into(),
            (&*row.checksum).into(),
            row.fingerprint.clone(),
            self.dialect.facts().connection.map_or(Value::Null, Value::Sql),
            Value::maybe(message),
        ];
        let template = self.fill(include_str!("sql/journal_row.sql").trim_end());
        let Some((before, behind)) = template.split_once("{row_text}") else { return template };
        let text = row_text::written(self.dialect, &values);
        format!("{before}{text}{}", render(self.dialect, behind, &values))
    }

    /// Records that a statement is in place whose beginning the journal has.
    ///
    /// It names the whole key: on MySQL a range would lock the place where another set's next row belongs.
    pub(crate) fn journal_done(&self, migration: &Migration, direction: Direction, n: usize) -> String {
        let number = number(n);
        let key = [self.set.as_str().into(), migration.id.as_str().into(), direction.to_string().into(), number];
        let (text, state) = (row_text::done(self.dialect, &key), JournalState::Done.as_str().into());
        self.journal_set("state", state, &text, &key)
    }

    /// Asks how it is found out whether a statement took effect whose beginning the journal has.
    pub(crate) fn journal_recovery(&self, migration: &Migration, direction: Direction, n: usize) -> String {
        let template =
            self.fill("select recovery from {statements} where set_name = ? and id = ? and direction = ? and n = ?");
        let key = [self.set.as_str().into(), migration.id.as_str().into(), direction.to_string().into(), number(n)];
        render(self.dialect, &template, &key)
    }

    /// Keeps what the server said of a statement whose beginning the journal has.
    pub(crate) fn journal_message(
        &self,
        migration: &Migration,
        direction: Direction,
        n: usize,
        message: &str,
    ) -> String {
        let message = Value::from(shortened(message));
        let text = row_text::with_message(self.dialect, &message);
        let key = [self.set.as_str().into(), migration.id.as_str().into(), direction.to_string().into(), number(n)];
        self.journal_set("message", message, &text, &key)
    }

    /// Gives a column of a row another value, and the row the text that goes with it.
    fn journal_set(&self, column: &str, value: Value<'_>, row_text: &str, key: &[Value<'_>; 4]) -> String {
        let template = self.fill("update {statements} set ") + column + " = ?, row_text = ";
        let by_key = " where set_name = ? and id = ? and direction = ? and n = ?";
        render(self.dialect, &template, &[value]) + row_text + &render(self.dialect, by_key, key)
    }

    /// Forgets statements of a step, each with a semicolon behind it.
    ///
    /// It names whole keys, as [`History::journal_done`] does.
    pub(crate) fn journal_forget(
        &self,
        migration: &Migration,
        direction: Direction,
        statements: impl IntoIterator<Item = usize>,
    ) -> String {
        let template =
            self.fill("delete from {statements} where set_name = ? and id = ? and direction = ? and n in (?)");
        let numbers: Vec<String> = statements.into_iter().map(|n| n.to_string()).collect();
        let forget = numbers.chunks(FORGOTTEN_TOGETHER).map(|numbers| {
            // The list is of dunlin's own numbers.
            let template = template.replace("(?)", &format!("({})", numbers.join(", ")));
            let key = [self.set.as_str().into(), migration.id.as_str().into(), direction.to_string().into()];
            render(self.dialect, &template, &key) + ";\n"
        });
        forget.collect()
    }

    /// Forgets the journal of the migration with this id.
    pub(crate) fn journal_forget_id(&self, id: &str) -> String {
        let template = self.fill("delete from {statements} where set_name = ? and id = ?");
        render(self.dialect, &template, &[self.set.as_str().into(), id.into()])
    }

    /// Forgets the whole journal of the set.
    pub(crate) fn journal_clear(&self) -> String {
        let template = self.fill("delete from {statements} where set_name = ?");
        render(self.dialect, &template, &[self.set.as_str().into()])
    }

    /// Asks for the ids in the journal whose step is not unfinished any more.
    pub(crate) fn journal_remains(&self) -> String {
        let template = self.fill(include_str!("sql/journal_remains.sql"));
        render(self.dialect, &template, &[self.set.as_str().into(), State::Applied.as_str().into()])
    }

    /// Reads what the journal says of an unfinished step, in the order of its statements.
    pub(super) async fn journal(
        &self,
        session: &mut dyn Session,
        id: &MigrationId,
        direction: Direction,
    ) -> Result<Vec<JournalEntry>, Error> {
        let key = [self.set.as_str().into(), id.as_str().into(), direction.to_string().into()];
        let sql = render(self.dialect, &self.fill(include_str!("sql/statements.sql")), &key);
        let unreadable = || Error::UnreadableHistory { what: format!("the journal of `{id}`") };
        match session.rows(&sql).await {
            Ok(rows) => rows.iter().map(|row| entry(row).ok_or_else(unreadable)).collect(),
            Err(error) if error.trouble == Trouble::MissingTable => Ok(Vec::new()),
            Err(error) => Err(Error::database("reading the journal", error)),
        }
    }
}

fn entry(row: &Row) -> Option<JournalEntry> {
    Some(JournalEntry {
        n: usize::try_from(row.number(0)?).ok()?,
        state: JournalState::ALL.into_iter().find(|state| Some(state.as_str()) == row.text(1))?,
        recovery: Recovery::ALL.into_iter().find(|recovery| Some(recovery.as_str()) == row.text(2))?,
        line: usize::try_from(row.number(3)?).ok()?,
        summary: row.text(4)?.to_owned(),
        checksum: row.text(5)?.parse().ok()?,
        fingerprint: row.text(6).map(str::to_owned),
        connection: row.number(7),
        message: row.text(8).map(str::to_owned),
    })
}

fn shortened(message: &str) -> String {
    message.chars().take(LONGEST_MESSAGE).collect()
}

fn number(n: usize) -> Value<'static> {
    Value::Number(i64::try_from(n).unwrap_or(i64::MAX))
}
