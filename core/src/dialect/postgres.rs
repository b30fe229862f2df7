//! PostgreSQL, after chapter 4 of its manual ("SQL Syntax").

use super::{Facts, Lexis};

pub(super) const FACTS: Facts = Facts {
    word: "postgres",
    name: "PostgreSQL",
    schemes: &["postgres", "postgresql"],
    ddl_rolls_back: true,
    begin: "begin",
    message_limit: None,
    clock: "to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
    time_as_text: "to_char({} at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
    clock_in_milliseconds: "(extract(epoch from clock_timestamp()) * 1000)::bigint",
    connection: Some("pg_backend_pid()"),
    time_type: "timestamptz",
    table_options: "",
    identifier_quote: '"',
    lexis: Lexis {
        backslash_escapes: false,
        dollar_quotes: true,
        nested_comments: true,
        hash_comments: false,
        backticks: false,
        brackets: false,
        double_quoted_strings: false,
        string_prefixes: b"benx",
        parameter_sigils: b"$",
        operator_runs: true,
        line_comment_ends: b"\n\r",
        open_comments: false,
        shell_command: Some(('\\', "psql")),
        client_delimiter: false,
    },
};

/// An `E''` string does not depend on `standard_conforming_strings`.
pub(super) fn literal(text: &str) -> String {
    if text.contains('\\') {
        format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}
