//! SQLite, after <https://www.sqlite.org/lang.html>.

use super::{Facts, Lexis};

pub(super) const FACTS: Facts = Facts {
    word: "sqlite",
    name: "SQLite",
    schemes: &["sqlite"],
    ddl_rolls_back: true,
    begin: "begin immediate",
    // The library copies what is left of a message for each statement in it.
    message_limit: Some(16 * 1024),
    clock: "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')",
    time_as_text: "{}",
    clock_in_milliseconds: "cast((julianday('now') - 2440587.5) * 86400000 as integer)",
    connection: None,
    time_type: "text",
    table_options: "",
    identifier_quote: '"',
    lexis: Lexis {
        backslash_escapes: false,
        dollar_quotes: false,
        nested_comments: false,
        hash_comments: false,
        backticks: true,
        brackets: true,
        double_quoted_strings: false,
        string_prefixes: b"x",
        parameter_sigils: b"?:@$",
        operator_runs: false,
        line_comment_ends: b"\n",
        open_comments: true,
        shell_command: Some(('.', "sqlite3")),
        client_delimiter: false,
    },
};

pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
