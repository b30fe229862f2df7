//! MySQL and MariaDB, after chapter "Language Structure" of the MySQL manual.

use std::fmt::Write as _;

use super::{Facts, Lexis};

pub(super) const FACTS: Facts = Facts {
    word: "mysql",
    name: "MySQL/MariaDB",
    schemes: &["mysql", "mariadb"],
    ddl_rolls_back: false,
    begin: "start transaction",
    // A server that takes several at once also answers for those that a routine runs, and then they cannot be counted.
    message_limit: Some(0),
    clock: "date_format(utc_timestamp(6), '%Y-%m-%dT%H:%i:%s.%fZ')",
    time_as_text: "date_format({}, '%Y-%m-%dT%H:%i:%s.%fZ')",
    clock_in_milliseconds: "cast(floor(unix_timestamp(now(6)) * 1000) as signed)",
    connection: Some("connection_id()"),
    time_type: "datetime(6)",
    table_options: " engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin",
    identifier_quote: '`',
    lexis: Lexis {
        backslash_escapes: true,
        dollar_quotes: false,
        nested_comments: false,
        hash_comments: true,
        backticks: true,
        brackets: false,
        double_quoted_strings: true,
        string_prefixes: b"bnx",
        parameter_sigils: b"@",
        operator_runs: false,
        line_comment_ends: b"\n",
        open_comments: false,
        shell_command: None,
        client_delimiter: true,
    },
};

/// A hexadecimal literal depends neither on `NO_BACKSLASH_ESCAPES` nor on what a file has said of the character set of its
/// session; the introducer gives it its own.
pub(super) fn literal(text: &str) -> String {
    if text.contains('\\') || !text.is_ascii() {
        let mut hex = String::with_capacity(text.len() * 2 + 12);
        hex.push_str("_utf8mb4 X'");
        for byte in text.bytes() {
            let _ = write!(hex, "{byte:02X}");
        }
        hex.push('\'');
        hex
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}
