//! `sqlite3`. A temporary table holds what must be remembered, and a temporary trigger stops where something does not hold.

use std::time::Duration;

use dunlin_core::dialect::Dialect;
use dunlin_core::migration::Script;
use dunlin_core::statements::Statement;

use super::ScriptError;
use super::client::Client;
use crate::engine::rebuilt_tables;
use crate::history::{History, Schema};

pub(super) struct Sqlite3;

impl Client for Sqlite3 {
    fn feeding(&self) -> &'static str {
        "sqlite3 <database> < <this file>"
    }

    fn open(&self, _: &History, lock_wait: Duration) -> String {
        include_str!("sql/open_sqlite3.sql").replace("{wait}", &lock_wait.as_millis().min(i32::MAX as u128).to_string())
    }

    fn lock(&self, _: &History, _: Duration) -> String {
        "-- `begin immediate` takes it for each transaction, and each makes sure that it follows the one before.\n"
            .to_owned()
    }

    fn close(&self) -> String {
        include_str!("sql/close_sqlite3.sql").to_owned()
    }

    fn begin(&self) -> String {
        "begin immediate;\n".to_owned()
    }

    fn has_history(&self, history: &History) -> String {
        let schema = match &history.schema {
            Some(Schema::Named(schema)) => format!("{}.", Dialect::Sqlite.quote(schema)),
            Some(Schema::Variable(_)) | None => String::new(),
        };
        let table = Dialect::Sqlite.literal(&format!("{}_layout", history.prefix));
        format!("exists (select 1 from {schema}sqlite_schema where type = 'table' and lower(name) = lower({table}))")
    }

    fn assertion(&self, condition: &str, message: &str) -> String {
        include_str!("sql/assert_sqlite.sql")
            .replace("{message}", &Dialect::Sqlite.literal(message))
            .replace("{condition}", condition)
    }

    fn remember(&self, event: &str, row: &str) -> String {
        format!("insert into temp.dunlin_start (event, seq)\nselect\n  {event},\n  {row};\n")
    }

    fn event(&self, n: usize) -> String {
        format!("(select event from temp.dunlin_start) + {n}")
    }

    fn row(&self, n: usize) -> String {
        format!("(select seq from temp.dunlin_start) + {n}")
    }

    fn now(&self) -> &'static str {
        Dialect::Sqlite.facts().clock
    }

    fn user(&self) -> &'static str {
        "''"
    }

    fn tell(&self, text: &str) -> String {
        let text = text.replace('\'', "?");
        format!(".print '{text}'\n")
    }

    fn objection(&self, statements: &[Statement<'_>]) -> String {
        let tables = rebuilt_tables(statements);
        let objection = |table: &String| {
            let children =
                include_str!("../engine/sql/children_sqlite.sql").replace('?', &Dialect::Sqlite.literal(table));
            let off = "(select foreign_keys from pragma_foreign_keys) = 0";
            let condition = format!("{off}\nor not exists (\n{}\n)", children.trim_end());
            let message = format!(
                "dropping `{table}` while foreign keys are on could delete or empty rows of other tables; write `-- dunlin: \
                 foreign-keys off` at the top of the file"
            );
            self.assertion(&condition, &message)
        };
        tables.iter().map(objection).collect()
    }

    fn examine(&self, script: &Script, _: &[Statement<'_>]) -> Result<(), ScriptError> {
        let is_terminator = |line: &str| line == "/" || line.eq_ignore_ascii_case("go");
        let lines = script.text.lines().map(str::trim).enumerate();
        match lines.into_iter().find(|(_, line)| is_terminator(line)) {
            None => Ok(()),
            Some((n, text)) => {
                let file = script.file.clone();
                Err(ScriptError::Terminator { file, line: n + 1, text: text.to_owned() })
            }
        }
    }
}
