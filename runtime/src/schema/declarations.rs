//! What a text of a schema may say, and what of a dump says nothing about one.

use dunlin_core::dialect::Dialect;
use dunlin_core::statements::Statement;

/// What a text of a schema may do. Everything else is no schema: rows belong into migrations.
const STATEMENTS: [&str; 8] = ["create", "alter", "drop", "pragma", "begin", "commit", "end", "analyze"];

/// What a text of a schema of MySQL may do as well: a stored program runs under what it is made under, and `do` sets sequences.
const OF_MYSQL: [&str; 3] = ["set", "rename", "do"];

/// What a text of a schema of PostgreSQL may do as well, what `pg_dump` writes among it.
const OF_POSTGRES: [&str; 9] = ["comment", "grant", "revoke", "set", "reset", "do", "security", "select", "refresh"];

/// What a dump of MySQL says of the server that it was made on, and of rows that it does not have.
const NOTHING_OF_MYSQL: [&[&str]; 4] =
    [&["set", "@@global.gtid_purged"], &["set", "@@session.sql_log_bin"], &["lock"], &["unlock"]];

/// What a dump of SQLite says of tables that SQLite makes by itself, and of their rows.
const NOTHING_OF_SQLITE: [&[&str]; 4] = [&["create", "table"], &["delete", "from"], &["insert", "into"], &["analyze"]];

/// How those tables begin.
const OWN_OF_SQLITE: [&str; 2] = ["sqlite_sequence", "sqlite_stat"];

/// What SQLite calls its catalogue.
const CATALOGUE_OF_SQLITE: [&str; 2] = ["sqlite_schema", "sqlite_master"];

/// How many words tell.
const MOST_WORDS: usize = 6;

/// What a statement is to a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// It makes something, or changes it.
    Declaration,
    /// It holds for what stands behind it.
    Setting,
    /// A dump says it of the database that it was made from.
    Nothing,
}

/// Returns what a statement is to a schema, or why it has no place in one.
pub(super) fn part(statement: &Statement<'_>, dialect: Dialect) -> Result<Part, String> {
    let words = statement.first_words(dialect, MOST_WORDS);
    let first = words.first().copied().unwrap_or_default();
    if says_nothing(&words, dialect) {
        return Ok(Part::Nothing);
    }
    let is = |at: usize, own: &[&str]| {
        words.get(at).is_some_and(|word| own.iter().any(|own| own.eq_ignore_ascii_case(word)))
    };
    if dialect == Dialect::Sqlite && is(0, &["insert"]) && is(2, &CATALOGUE_OF_SQLITE) {
        return Err("`.dump` writes virtual tables as rows of the catalogue; take what `.schema` writes".to_owned());
    }
    if dialect == Dialect::Mysql && is(0, &["use"]) {
        return Err(
            "`use` leads to another database; a schema is one database's, so dump it without `--databases`".to_owned()
        );
    }
    let more: &[&str] = match dialect {
        Dialect::Sqlite => &[],
        Dialect::Mysql => &OF_MYSQL,
        Dialect::Postgres => &OF_POSTGRES,
    };
    if !STATEMENTS.iter().chain(more).any(|own| own.eq_ignore_ascii_case(first)) {
        return Err(format!("`{first}` declares no schema; rows and settings belong into migrations"));
    }
    if is(1, &["temp", "temporary"]) {
        return Err("what is temporary ends with its connection, and is no part of a schema".to_owned());
    }
    Ok(if is(0, &["set"]) { Part::Setting } else { Part::Declaration })
}

fn says_nothing(words: &[&str], dialect: Dialect) -> bool {
    let begins = |with: &[&str]| {
        words.len() >= with.len() && with.iter().zip(words).all(|(own, word)| own.eq_ignore_ascii_case(word))
    };
    let is_own = |word: &&str| {
        let word = word.trim_matches(['"', '\'', '`', '[', ']']).to_ascii_lowercase();
        OWN_OF_SQLITE.iter().any(|own| word.starts_with(own))
    };
    match dialect {
        Dialect::Postgres => false,
        Dialect::Mysql => NOTHING_OF_MYSQL.iter().any(|own| begins(own)),
        Dialect::Sqlite => NOTHING_OF_SQLITE.iter().any(|own| {
            let behind = words.get(own.len()..).unwrap_or_default();
            let is_if = ["if", "not", "exists"];
            begins(own)
                && behind
                    .iter()
                    .find(|word| !is_if.iter().any(|own| own.eq_ignore_ascii_case(word)))
                    .is_some_and(is_own)
        }),
    }
}

/// Blanks lines that a dump has for the client that reads it: with them it runs no other command of its own.
pub(super) fn without_commands(text: &str, dialect: Dialect) -> String {
    let is_command = |line: &str| match dialect {
        Dialect::Sqlite => false,
        Dialect::Mysql => ["/*M!999999\\- ", "/*!999999\\- "].iter().any(|word| line.starts_with(word)),
        Dialect::Postgres => {
            let key = ["\\restrict ", "\\unrestrict "].iter().find_map(|word| line.strip_prefix(word));
            key.is_some_and(|key| key.trim_end().chars().all(|c| c.is_ascii_alphanumeric()))
        }
    };
    let blank = |line: &str| line.replace(|c: char| c != '\n', " ");
    text.split_inclusive('\n').map(|line| if is_command(line) { blank(line) } else { line.to_owned() }).collect()
}
