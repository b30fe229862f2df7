//! `psql`. What only the server knows is kept in variables of the client, which no file can change.

use std::time::Duration;

use dunlin_core::dialect::Dialect;

use super::client::Client;
use crate::history::{History, Schema};

pub(super) struct Psql;

/// Tables that are there already are nothing to tell.
const QUIET: &str = "set local client_min_messages = warning;\n";

const OPEN: &str = include_str!("sql/open_psql.sql");

impl Client for Psql {
    fn feeding(&self) -> &'static str {
        "psql -X -f <this file> <database>"
    }

    fn schema(&self) -> Option<Schema> {
        Some(Schema::Variable(":\"dunlin_schema\""))
    }

    fn open(&self, history: &History, _: Duration) -> String {
        let shown = schema(history);
        let (nowhere, schema) = match &history.schema {
            Some(Schema::Named(_)) => (String::new(), shown.clone()),
            Some(Schema::Variable(_)) | None => {
                let nowhere = "there is no schema to make the history tables in";
                (self.assertion("current_schema() is not null", nowhere), "current_schema()".to_owned())
            }
        };
        let key = |parts: &str| {
            let parts = format!("'dunlin', current_database(), {shown}, {parts}");
            let hash = format!("sha256(convert_to(\n    concat_ws(chr(31), {parts}),\n    'UTF8'))");
            format!("('x' || left(encode({hash}, 'hex'), 16))::bit(64)::bigint")
        };
        let (prefix, set) = (literal(&history.prefix), literal(history.set.as_str()));
        OPEN.replace("{nowhere}", &nowhere)
            .replace("{schema}", &schema)
            .replace("{key}", &key(&format!("{prefix}, {set}")))
            .replace("{tables}", &key(&prefix))
    }

    fn lock(&self, _: &History, _: Duration) -> String {
        self.assertion(
            "pg_try_advisory_lock(:dunlin_key)",
            "another run holds the lock; feed the script again when it has ended",
        )
    }

    fn close(&self) -> String {
        "select pg_advisory_unlock(:dunlin_key) as dunlin_ok \\gset\n".to_owned()
    }

    fn begin(&self) -> String {
        // Another key than the session's, as a run takes it.
        let lock = self.assertion("pg_try_advisory_xact_lock(:dunlin_key + 1)", "another run holds the lock");
        format!("begin;\n{lock}")
    }

    fn guard(&self) -> String {
        let message = "another run makes the history tables just now; feed the script again";
        let lock = self.assertion("pg_try_advisory_xact_lock(:dunlin_tables + 1)", message);
        format!("{QUIET}{lock}")
    }

    fn has_history(&self, history: &History) -> String {
        let table = literal(&format!("{}_layout", history.prefix));
        format!("to_regclass(quote_ident({}) || '.' || quote_ident({table})) is not null", schema(history))
    }

    fn assertion(&self, condition: &str, message: &str) -> String {
        let block = format!("begin raise exception using message = {}; end", literal(message));
        format!(
            "select coalesce({condition}, false) as dunlin_ok \\gset\n\\if :dunlin_ok\n\\else\ndo {};\n\\endif\n",
            literal(&block)
        )
    }

    fn remember(&self, event: &str, row: &str) -> String {
        format!("select\n  {event} as dunlin_event,\n  {row} as dunlin_row\n\\gset\n")
    }

    fn event(&self, n: usize) -> String {
        format!(":dunlin_event + {n}")
    }

    fn row(&self, n: usize) -> String {
        format!(":dunlin_row + {n}")
    }

    fn now(&self) -> &'static str {
        "clock_timestamp()"
    }

    fn user(&self) -> &'static str {
        "session_user"
    }

    fn making(&self, sql: &str) -> String {
        format!("begin;\n{QUIET}{};\ncommit;\n", sql.trim_end())
    }

    fn restore(&self) -> &'static str {
        ":dunlin_restore\n"
    }

    fn as_ourselves(&self) -> &'static str {
        ":dunlin_as_ourselves\n"
    }

    fn tell(&self, text: &str) -> String {
        // In quotes the client would read some characters as its own.
        let text: String = text.chars().map(|c| if matches!(c, '\'' | '\\') { '?' } else { c }).collect();
        format!("\\echo '{text}'\n")
    }
}

/// Returns an expression for the name of the schema that the history is in.
fn schema(history: &History) -> String {
    match &history.schema {
        Some(Schema::Named(schema)) => literal(schema),
        Some(Schema::Variable(_)) | None => ":'dunlin_schema'".to_owned(),
    }
}

fn literal(text: &str) -> String {
    Dialect::Postgres.literal(text)
}
