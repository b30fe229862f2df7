//! What differs between the engines, as facts.
//!
//! [`Dialect`] names an engine; [`Dialect::facts`] is the one table to read before asking which engine it is. A
//! difference that can be said as a value belongs here; one that must *act* on a database belongs to the runtime's
//! engines.

mod mysql;
mod postgres;
mod sqlite;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A database engine that dunlin speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// SQLite 3.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
}

/// What is true of one engine.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// The word in file names (`<id>_<slug>.<word>.up.sql`), settings and messages.
    pub word: &'static str,
    /// The engine's own spelling, for people.
    pub name: &'static str,
    /// URL schemes that lead to this engine.
    pub schemes: &'static [&'static str],
    /// Whether a transaction that is rolled back takes its DDL with it.
    pub ddl_rolls_back: bool,
    /// What begins a transaction that will write.
    pub begin: &'static str,
    /// How many bytes of statements travel in one message, or one statement that is longer; `None` is a whole file.
    pub message_limit: Option<usize>,
    /// SQL for the database's clock, as text in UTC: `2026-11-21T10:00:00.123456Z`.
    pub clock: &'static str,
    /// SQL that writes a time as the clock is written, with `{}` for the column.
    pub time_as_text: &'static str,
    /// SQL for the database's clock, in milliseconds since 1970.
    pub clock_in_milliseconds: &'static str,
    /// SQL for the number of the server's connection, where there is a server.
    pub connection: Option<&'static str>,
    /// The type of a time.
    pub time_type: &'static str,
    /// What stands behind the columns of a new table.
    pub table_options: &'static str,
    /// The quote round an identifier.
    pub identifier_quote: char,
    /// How the lexer reads text.
    pub lexis: Lexis,
}

/// What the lexer must know: which quotes, comments and bodies exist.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and none excludes another")]
pub struct Lexis {
    /// `\'` inside an ordinary string is an escaped quote.
    pub backslash_escapes: bool,
    /// `E'…'`, `U&'…'`, `U&"…"` and dollar-quoted strings exist.
    pub dollar_quotes: bool,
    /// `/* /* */ */` is one comment.
    pub nested_comments: bool,
    /// `#` begins a comment, and `--` does so only before white space.
    pub hash_comments: bool,
    /// `` `name` `` is an identifier.
    pub backticks: bool,
    /// `[name]` is an identifier.
    pub brackets: bool,
    /// `"…"` is a string in which backslashes escape.
    pub double_quoted_strings: bool,
    /// Letters that make one literal with the string directly behind them, as in `x'ab'`; in lower case.
    pub string_prefixes: &'static [u8],
    /// What begins a parameter or variable: `$1`, `?1`, `:name`, `@name`.
    pub parameter_sigils: &'static [u8],
    /// Operators are runs of operator characters, and new ones can be defined.
    pub operator_runs: bool,
    /// The bytes that end a `--` comment.
    pub line_comment_ends: &'static [u8],
    /// A `/*` comment that is never closed runs to the end of the text, and is legal.
    pub open_comments: bool,
    /// What begins a command to the engine's own shell (`\connect`, `.read`), and that shell's name. The engine does not
    /// know such commands.
    pub shell_command: Option<(char, &'static str)>,
    /// `/*! … */` is code, and `DELIMITER` changes what ends a statement.
    pub client_delimiter: bool,
}

impl Dialect {
    /// Every engine, in the order in which documentation lists them.
    pub const ALL: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql];

    /// Returns what is true of this engine.
    pub fn facts(self) -> &'static Facts {
        match self {
            Dialect::Sqlite => &sqlite::FACTS,
            Dialect::Postgres => &postgres::FACTS,
            Dialect::Mysql => &mysql::FACTS,
        }
    }

    /// Returns the engine that a URL's scheme names, or `None`.
    pub fn of_url(url: &str) -> Option<Dialect> {
        let scheme = url.split(':').next()?.to_ascii_lowercase();
        Dialect::ALL.into_iter().find(|dialect| dialect.facts().schemes.contains(&scheme.as_str()))
    }

    /// Quotes an identifier, so that any text is one name.
    pub fn quote(self, name: &str) -> String {
        let quote = self.facts().identifier_quote;
        let mut quoted = String::with_capacity(name.len() + 2);
        quoted.push(quote);
        for c in name.chars() {
            if c == quote {
                quoted.push(quote);
            }
            quoted.push(c);
        }
        quoted.push(quote);
        quoted
    }

    /// Writes text as a string literal that means the same under every setting of the session.
    pub fn literal(self, text: &str) -> String {
        match self {
            Dialect::Sqlite => sqlite::literal(text),
            Dialect::Postgres => postgres::literal(text),
            Dialect::Mysql => mysql::literal(text),
        }
    }

    /// Returns the `n`th bind placeholder, counted from 1.
    pub fn placeholder(self, n: usize) -> String {
        match self {
            Dialect::Postgres => format!("${n}"),
            Dialect::Sqlite | Dialect::Mysql => "?".to_owned(),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.facts().word)
    }
}

/// The text names no engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown engine `{0}`; the engines are `sqlite`, `postgres` and `mysql`")]
pub struct UnknownDialect(pub String);

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Dialect::ALL
            .into_iter()
            .find(|dialect| dialect.facts().word == text || dialect.facts().schemes.contains(&text))
            .ok_or_else(|| UnknownDialect(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_its_engine() {
        assert_eq!(Dialect::of_url("sqlite::memory:"), Some(Dialect::Sqlite));
        assert_eq!(Dialect::of_url("postgresql://localhost/x"), Some(Dialect::Postgres));
        assert_eq!(Dialect::of_url("mariadb://localhost/x"), Some(Dialect::Mysql));
        assert_eq!(Dialect::of_url("oracle://x"), None);
    }

    #[test]
    fn any_text_can_be_quoted() {
        assert_eq!(Dialect::Postgres.quote(r#"a"b"#), r#""a""b""#);
        assert_eq!(Dialect::Mysql.quote("a`b"), "`a``b`");
        assert_eq!(Dialect::Postgres.literal(r"it's \ here"), r"E'it''s \\ here'");
        assert_eq!(Dialect::Sqlite.literal("it's"), "'it''s'");
    }
}
