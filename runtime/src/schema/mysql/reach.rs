//! Statements that reach out of a scratch database: on a server that others use, they would change what is not theirs.

use std::collections::BTreeSet;

use dunlin_core::dialect::Dialect;
use dunlin_core::statements::{Pieces, Statement, Subject};

use crate::error::Error;
use crate::session::Session;

/// What is on the server beside databases, and so not in a scratch one.
const SERVER: [&str; 12] = [
    "database",
    "schema",
    "user",
    "role",
    "server",
    "tablespace",
    "logfile",
    "undo",
    "resource",
    "instance",
    "plugin",
    "spatial",
];

/// Words that begin what reads or sets up the session alone.
const HARMLESS: [&str; 12] =
    ["select", "set", "show", "with", "values", "do", "start", "begin", "commit", "rollback", "savepoint", "release"];

/// What says that a variable is the server's.
const OF_SERVER: [&str; 3] = ["global", "persist", "persist_only"];

/// Words that begin what grants rights or runs the server.
const ELSEWHERE: [&str; 10] =
    ["use", "grant", "revoke", "flush", "reset", "purge", "install", "uninstall", "shutdown", "kill"];

/// What a statement changes beside the database that it runs in.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reach {
    /// Nothing.
    Inside,
    /// The server, or something in another database: why it is thought so.
    Outside(String),
    /// Something in a database of one of these names, if there is one; they may be aliases as well.
    Perhaps(BTreeSet<String>),
}

/// Says why a statement would change something beside the database that it runs in; `None` is that it does not.
pub(in crate::schema) async fn reaches_out(
    statement: &Statement<'_>,
    session: &mut dyn Session,
) -> Result<Option<String>, Error> {
    let names = match strays(statement) {
        Reach::Inside => return Ok(None),
        Reach::Outside(why) => return Ok(Some(why)),
        Reach::Perhaps(names) if names.is_empty() => return Ok(None),
        Reach::Perhaps(names) => names,
    };
    let names: Vec<String> = names.iter().map(|name| Dialect::Mysql.literal(name)).collect();
    let sql =
        format!("select schema_name from information_schema.schemata where schema_name in ({})", names.join(", "));
    let rows = session.rows(&sql).await.map_err(|error| Error::database("looking for databases", error))?;
    let found = rows.first().and_then(|row| row.text(0));
    Ok(found.map(|name| format!("it may change something in the database `{name}`")))
}

/// Says what a statement changes beside the database that it runs in.
fn strays(statement: &Statement<'_>) -> Reach {
    let words = statement.first_words(Dialect::Mysql, 6);
    let is_apart = |c: char| !c.is_alphanumeric() && c != '_';
    let words: Vec<&str> = words.iter().flat_map(|word| word.split(is_apart)).filter(|word| !word.is_empty()).collect();
    let is = |at: usize, own: &[&str]| {
        words.get(at).is_some_and(|word| own.iter().any(|own| own.eq_ignore_ascii_case(word)))
    };
    if is(0, &ELSEWHERE) {
        return Reach::Outside(format!("`{}` is about the server", words.first().unwrap_or(&"").to_lowercase()));
    }
    if is(0, &["set"]) && (is(1, &["password", "role", "default"]) || sets_server(statement)) {
        return Reach::Outside("it sets something of the server".to_owned());
    }
    if is(0, &HARMLESS) {
        return Reach::Inside;
    }
    let is_definition = is(0, &["create", "alter", "drop", "rename", "truncate"]);
    // `alter database character set …` is about the one that it runs in.
    let names_none = is(0, &["alter"])
        && is(1, &["database", "schema"])
        && is(2, &["character", "charset", "collate", "default", "comment"]);
    let at = if is(1, &["or"]) { 3 } else { 1 };
    if is_definition && is(at, &SERVER) && !names_none {
        let what = words.get(at).unwrap_or(&"").to_lowercase();
        return Reach::Outside(format!("a {what} stands beside the database, not in it"));
    }
    let subject = statement.subject(Dialect::Mysql);
    let is_program = matches!(subject, Subject::Routine(_) | Subject::Trigger(..) | Subject::Event(_));
    let schemas: Vec<String> = match subject {
        _ if names_none => Vec::new(),
        Subject::WholeTable(name)
        | Subject::Table(name)
        | Subject::View(name)
        | Subject::Routine(name)
        | Subject::Event(name) => name.schema.into_iter().collect(),
        Subject::Trigger(name, table) => name.schema.into_iter().chain(table.and_then(|table| table.schema)).collect(),
        Subject::Database(name) => vec![name],
        Subject::Several(pieces @ (Pieces::Drop(_) | Pieces::Rename(_))) => {
            pieces.names().into_iter().filter_map(|name| name.schema.clone()).collect()
        }
        Subject::Named { schemas, .. } => return Reach::Perhaps(schemas.into_iter().collect()),
    };
    match (schemas.first(), is_program) {
        (Some(schema), _) => Reach::Outside(format!("it is about something in the database `{schema}`")),
        // What it does, it does when it is called, or when a row comes.
        (None, true) => Reach::Perhaps(statement.schemas(Dialect::Mysql).into_iter().collect()),
        (None, false) => Reach::Inside,
    }
}

/// Says whether a `set` is about a variable of the server, among those that it sets.
fn sets_server(statement: &Statement<'_>) -> bool {
    let words = statement.first_words(Dialect::Mysql, usize::MAX);
    let of_server = |word: &str| {
        let word = word.trim_start_matches('@').split('.').next().unwrap_or_default();
        OF_SERVER.iter().any(|own| own.eq_ignore_ascii_case(word))
    };
    let behind = words.iter().zip(words.iter().skip(1));
    let is_set = |before: &str, word: &str| {
        let is_begun = before == "," || before.eq_ignore_ascii_case("set");
        is_begun && (word.starts_with("@@") || !word.starts_with('@')) && of_server(word)
    };
    behind.into_iter().any(|(before, word)| is_set(before, word))
}

#[cfg(test)]
mod tests {
    use dunlin_core::statements::split;

    use super::*;

    #[test]
    fn what_reaches_out_of_its_database_is_found() {
        let reach = |sql: &str| strays(&split(sql, Dialect::Mysql).expect("splits")[0]);
        for sql in [
            "create table t (a int)",
            "alter database character set utf8mb4",
            "create or replace view v as select a.b from t a",
            "set sql_mode = ''",
            "drop table a, b",
            "create procedure p() select 1",
            "/*!40101 set @old_sql_mode=@@sql_mode, sql_mode='' */",
            "set @global = 1, @x = @@global.sql_mode",
            "/*!50003 create*/ /*!50017 definer=`a`@`%`*/ /*!50003 trigger t before insert on u for each row set @a = 1 */",
        ] {
            assert!(matches!(reach(sql), Reach::Inside) || reach(sql) == Reach::Perhaps(BTreeSet::new()), "{sql}");
        }
        let trigger = "create trigger t after insert on u for each row insert into audit.log values (new.a)";
        assert_eq!(reach(trigger), Reach::Perhaps(["audit", "new"].map(str::to_owned).into()));
        for sql in [
            "use other",
            "create database d",
            "create user u",
            "create or replace role r",
            "grant select on *.* to u",
            "drop table a, d.b",
            "alter table d.t add b int",
            "set global max_connections = 1",
            "set @a = 1, @@global.max_connections = 1",
            "/*!40101 set global max_connections = 1 */",
            "/*!40000 drop database if exists d*/",
            "/*!50001 drop table if exists d.t*/",
        ] {
            assert!(matches!(reach(sql), Reach::Outside(_)), "{sql}");
        }
        assert_eq!(reach("insert into d.t values (1)"), Reach::Perhaps(BTreeSet::from(["d".to_owned()])));
    }
}
