//! `mariadb`, and `mysql`. Variables of the session hold what must be remembered; a temporary table takes a message twice
//! where something does not hold, which its key refuses.

use std::time::Duration;

use dunlin_core::dialect::Dialect;
use dunlin_core::migration::Script;
use dunlin_core::statements::Statement;

use super::ScriptError;
use super::client::Client;
use crate::history::{History, Schema};

pub(super) struct Mariadb;

impl Client for Mariadb {
    fn feeding(&self) -> &'static str {
        "mariadb --comments <database> < <this file>"
    }

    fn open(&self, _: &History, _: Duration) -> String {
        include_str!("sql/open_mariadb.sql").to_owned()
    }

    fn lock(&self, history: &History, lock_wait: Duration) -> String {
        let parts =
            ["coalesce(database(), '')", &schema(history), &literal(&history.prefix), &literal(history.set.as_str())];
        let take = include_str!("sql/lock_mysql.sql")
            .replace("{parts}", &parts.join(", "))
            .replace("{seconds}", &lock_wait.as_secs().min(i32::MAX as u64).to_string());
        take + &self.assertion("@dunlin_locked = 1", "another run holds the lock; feed the script again later")
    }

    fn close(&self) -> String {
        "do release_lock(@dunlin_lock);\ndrop temporary table dunlin_assertion;\n".to_owned()
    }

    fn begin(&self) -> String {
        "start transaction;\n".to_owned()
    }

    fn has_history(&self, history: &History) -> String {
        let (schema, table) = (schema(history), literal(&format!("{}_layout", history.prefix)));
        format!(
            "exists (select 1 from information_schema.tables where table_schema = {schema} and table_name = {table})"
        )
    }

    fn assertion(&self, condition: &str, message: &str) -> String {
        // Some servers show no more of a key than 64 characters.
        let message: String = message.chars().take(64).collect();
        include_str!("sql/assert_mysql.sql").replace("{message}", &literal(&message)).replace("{condition}", condition)
    }

    fn remember(&self, event: &str, row: &str) -> String {
        format!("set @dunlin_event = {event},\n  @dunlin_row = {row};\n")
    }

    fn event(&self, n: usize) -> String {
        format!("@dunlin_event + {n}")
    }

    fn row(&self, n: usize) -> String {
        format!("@dunlin_row + {n}")
    }

    fn now(&self) -> &'static str {
        "utc_timestamp(6)"
    }

    fn user(&self) -> &'static str {
        "user()"
    }

    fn without_zeros(&self, column: &str) -> String {
        format!("trim(leading '0' from {column})")
    }

    fn among(&self, columns: &str, pairs: &[String]) -> String {
        format!("({columns}) in (\n  {}\n)", pairs.join(",\n  "))
    }

    fn restore(&self) -> &'static str {
        include_str!("sql/restore_mysql.sql")
    }

    fn statement(&self, text: &str) -> String {
        if !text.contains(';') {
            return format!("{text};\n");
        }
        // The client ends a statement at the first delimiter, even within the body of a routine.
        let mut delimiter = "//".to_owned();
        while text.contains(&delimiter) {
            delimiter.push('/');
        }
        format!("delimiter {delimiter}\n{text}{delimiter}\ndelimiter ;\n")
    }

    fn examine(&self, script: &Script, statements: &[Statement<'_>]) -> Result<(), ScriptError> {
        let leads_away = |text: &str| {
            text.split(|c: char| !c.is_alphanumeric()).next().is_some_and(|word| word.eq_ignore_ascii_case("use"))
        };
        match statements.iter().find(|statement| leads_away(statement.text())) {
            None => Ok(()),
            Some(statement) => Err(ScriptError::Use { file: script.file.clone(), line: statement.line() }),
        }
    }
}

/// Returns an expression for the name of the database that the history is in.
fn schema(history: &History) -> String {
    match &history.schema {
        Some(Schema::Named(schema)) => literal(schema),
        Some(Schema::Variable(_)) | None => "database()".to_owned(),
    }
}

fn literal(text: &str) -> String {
    Dialect::Mysql.literal(text)
}
