//! What a session knows and the next one does not: variables, temporary tables, the key of the last row.
//!
//! A step that goes on does so in another session. What only sets something in its session is run again there
//! ([`Recovery::Session`]); all else that a later statement needs is lost, and that statement must not run unasked.

use std::collections::HashSet;

use super::reader::Reader;
use super::recovery::Recovery;
use super::split::Statement;
use crate::dialect::Dialect;

/// Functions that tell the key of the row that was inserted last.
const LAST_KEY: [&str; 4] = ["last_insert_id", "last_insert_rowid", "lastval", "currval"];

/// Functions that tell how many rows the statement before was about.
const COUNT: [&str; 4] = ["row_count", "found_rows", "changes", "total_changes"];

/// Statements that may insert rows.
const INSERTS: [&str; 9] = ["insert", "replace", "load", "copy", "merge", "with", "select", "call", "execute"];

/// Functions of MySQL that answer the same whenever they are asked in a session that stands at the same place.
const STEADY: [&str; 36] = [
    "concat",
    "concat_ws",
    "replace",
    "substring",
    "substr",
    "substring_index",
    "left",
    "right",
    "upper",
    "lower",
    "trim",
    "ltrim",
    "rtrim",
    "lpad",
    "rpad",
    "repeat",
    "char",
    "hex",
    "unhex",
    "quote",
    "if",
    "ifnull",
    "coalesce",
    "nullif",
    "cast",
    "convert",
    "abs",
    "round",
    "floor",
    "ceil",
    "ceiling",
    "greatest",
    "least",
    "mod",
    "database",
    "schema",
];

/// Words that are asked for a time without brackets.
const TIMES: [&str; 8] = [
    "current_timestamp",
    "current_date",
    "current_time",
    "localtime",
    "localtimestamp",
    "utc_timestamp",
    "utc_date",
    "utc_time",
];

/// Says whether a statement needs something that only a session knew which is gone.
///
/// Those from `began` on run in one session, and the `n`th is one of them; those before ran in others. Both count from 0.
pub fn is_lost(statements: &[Statement<'_>], began: usize, n: usize, dialect: Dialect) -> bool {
    let Some(statement) = statements.get(n).filter(|_| began > 0) else { return false };
    let reader = Reader::new(statement, dialect);
    if calls(&reader, &COUNT) && n == began {
        return true;
    }
    if calls(&reader, &LAST_KEY) && key_is_lost(statements, began, n, dialect) {
        return true;
    }
    let mut lost = HashSet::new();
    for (place, earlier) in statements.iter().enumerate().take(n) {
        for (fact, origin) in facts(earlier, dialect) {
            let is_lost = match origin {
                Origin::Once => place < began,
                Origin::Again(needed) => place < began && needed.iter().any(|fact| lost.contains(fact)),
                Origin::Gone => false,
            };
            if is_lost {
                lost.insert(fact);
            } else {
                lost.remove(&fact);
            }
        }
    }
    needed(&reader).iter().any(|fact| lost.contains(fact))
}

/// Something that a session knows, by its name in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Fact {
    Variable(String),
    Prepared(String),
    Temporary(String),
}

/// How a session came to know it.
#[derive(Debug)]
enum Origin {
    /// By a statement that another session runs again, and that then says the same if this is known.
    Again(Vec<Fact>),
    /// By one that is not run again, or would say something else.
    Once,
    /// It does not know it any more.
    Gone,
}

/// Returns what a session knows by a statement.
fn facts(statement: &Statement<'_>, dialect: Dialect) -> Vec<(Fact, Origin)> {
    // Most statements are none of those, and need no reading.
    let text = statement.text().to_ascii_lowercase();
    if !["temp", "@", "prepare", "drop"].iter().any(|word| text.contains(word)) {
        return Vec::new();
    }
    let reader = Reader::new(statement, dialect);
    let mut facts: Vec<(Fact, Origin)> = temporary(&reader).into_iter().collect();
    if dialect != Dialect::Mysql {
        return facts;
    }
    let assigned = assigned(&reader);
    let is_again = statement.recovery(dialect) == Recovery::Session && is_steady(&reader);
    let read = (0..reader.len()).filter(|at| !assigned.contains(at)).filter_map(|at| variable(&reader, at));
    let read: Vec<Fact> = read.collect();
    let origin = || if is_again { Origin::Again(read.clone()) } else { Origin::Once };
    if reader.is(0, &["prepare"])
        && let Some(name) = reader.identifier(1)
    {
        facts.push((prepared(&name), origin()));
    }
    if reader.is(0, &["deallocate", "drop"])
        && reader.is(1, &["prepare"])
        && let Some(name) = reader.identifier(2)
    {
        facts.push((prepared(&name), Origin::Gone));
    }
    facts.extend(assigned.iter().filter_map(|&at| variable(&reader, at)).map(|variable| (variable, origin())));
    facts
}

/// Returns what a statement asks its session for.
fn needed(reader: &Reader<'_>) -> Vec<Fact> {
    let names = (0..reader.len()).filter_map(|at| reader.identifier(at));
    let mut needed: Vec<Fact> = names.map(|name| Fact::Temporary(name.to_lowercase())).collect();
    needed.extend((0..reader.len()).filter_map(|at| variable(reader, at)));
    if reader.is(0, &["execute"]) {
        needed.extend(reader.identifier(1).map(|name| prepared(&name)));
    }
    needed
}

fn prepared(name: &str) -> Fact {
    Fact::Prepared(name.to_lowercase())
}

/// Returns the temporary table, or the like, that a statement makes or takes away.
fn temporary(reader: &Reader<'_>) -> Option<(Fact, Origin)> {
    const TEMPORARY: [&str; 2] = ["temp", "temporary"];
    let (at, origin) = if reader.is(0, &["create"]) {
        let at = if reader.is(1, &["or"]) { 3 } else { 1 };
        let at = if reader.is(at, &["global", "local"]) { at + 1 } else { at };
        reader.is(at, &TEMPORARY).then_some((at + 2, Origin::Once))?
    } else if reader.is(0, &["drop"]) {
        let at = if reader.is(1, &TEMPORARY) { 2 } else { 1 };
        reader.is(at, &["table", "view", "sequence"]).then_some((at + 1, Origin::Gone))?
    } else {
        let into = (1..reader.len()).find(|&at| reader.is(at, &["into"]) && reader.is(at + 1, &TEMPORARY))?;
        (if reader.is(into + 2, &["table"]) { into + 3 } else { into + 2 }, Origin::Once)
    };
    let (name, _) = reader.name(reader.behind_if(at))?;
    Some((Fact::Temporary(name.name.to_lowercase()), origin))
}

/// Returns the user variable that stands at a place.
fn variable(reader: &Reader<'_>, at: usize) -> Option<Fact> {
    let word = reader.word(at)?;
    let name = match word.strip_prefix('@')? {
        // `@'name'`
        "" => reader.word(at + 1)?.trim_matches(['\'', '"', '`']),
        name if name.starts_with('@') => return None,
        name => name,
    };
    Some(Fact::Variable(name.to_lowercase()))
}

/// Returns where user variables stand that a statement may give a value.
fn assigned(reader: &Reader<'_>) -> Vec<usize> {
    let (sets, calls) = (reader.is(0, &["set"]), reader.is(0, &["call"]));
    let mut takes_all = false;
    let mut assigned = Vec::new();
    for at in 0..reader.len() {
        takes_all =
            reader.is(at, &["into"]) || (takes_all && (reader.is(at, &[","]) || variable(reader, at).is_some()));
        if variable(reader, at).is_none() {
            continue;
        }
        let behind = if reader.word(at) == Some("@") { at + 2 } else { at + 1 };
        if takes_all
            || calls
            || reader.is(behind, &[":="])
            || is_walrus(reader, behind)
            || (sets && reader.is(behind, &["="]))
        {
            assigned.push(at);
        }
    }
    assigned
}

/// `:=` may be two tokens.
fn is_walrus(reader: &Reader<'_>, at: usize) -> bool {
    reader.is(at, &[":"]) && reader.is(at + 1, &["="])
}

/// Says whether a statement that sets variables sets them to the same when it runs again.
fn is_steady(reader: &Reader<'_>) -> bool {
    let any = |words: &[&str], word: &str| words.iter().any(|of| of.eq_ignore_ascii_case(word));
    reader.words().enumerate().all(|(at, word)| {
        let is_call = reader.is(at + 1, &["("]) && word.starts_with(char::is_alphabetic);
        if is_call { any(&STEADY, word) } else { !any(&TIMES, word) && !any(&["select"], word) }
    })
}

/// Says whether a `set` of MySQL does nothing but give user variables values that the database tells, by functions that may
/// write, too.
pub(super) fn asks_the_database(statement: &Statement<'_>) -> bool {
    let reader = Reader::new(statement, Dialect::Mysql);
    if !reader.is(0, &["set"]) || is_steady(&reader) {
        return false;
    }
    let (assigned, mut depth) = (assigned(&reader), 0_usize);
    let mut begins = true;
    for at in 1..reader.len() {
        // Every assignment begins with what it sets.
        if begins && !assigned.contains(&at) {
            return false;
        }
        depth =
            if reader.is(at, &["("]) { depth + 1 } else { depth.saturating_sub(usize::from(reader.is(at, &[")"]))) };
        begins = depth == 0 && reader.is(at, &[","]);
    }
    true
}

/// Returns what a statement asks about the one before it, if it does: in backticks, for people. What `show warnings` answers is
/// read by nobody.
pub(super) fn asks_about_statement_before(statement: &Statement<'_>, dialect: Dialect) -> Option<&'static str> {
    let asked: &[(&str, &'static str)] = match dialect {
        Dialect::Mysql => &[
            ("row_count", "`row_count()`"),
            ("found_rows", "`found_rows()`"),
            ("warning_count", "`@@warning_count`"),
            ("error_count", "`@@error_count`"),
            ("diagnostics", "`GET DIAGNOSTICS`"),
        ],
        Dialect::Sqlite => &[("changes", "`changes()`"), ("total_changes", "`total_changes()`")],
        Dialect::Postgres => &[],
    };
    // Most statements are none of those, and need no reading.
    let text = statement.text().to_ascii_lowercase();
    if !asked.iter().any(|(word, _)| text.contains(word)) {
        return None;
    }
    let reader = Reader::new(statement, dialect);
    // A body asks about its own statements.
    if reader.is(0, &["create", "alter", "begin"]) {
        return None;
    }
    let is_asked = |word: &str| match word {
        "diagnostics" => reader.is(0, &["get"]) && (1..3).any(|at| reader.is(at, &[word])),
        "warning_count" | "error_count" => (0..reader.len()).any(|at| is_system_variable(&reader, at, word)),
        // None of them takes anything, unlike a table's columns.
        function => (0..reader.len())
            .any(|at| reader.is(at, &[function]) && reader.is(at + 1, &["("]) && reader.is(at + 2, &[")"])),
    };
    asked.iter().find(|(word, _)| is_asked(word)).map(|(_, what)| *what)
}

/// Says whether a system variable of the session stands at a place.
fn is_system_variable(reader: &Reader<'_>, at: usize, name: &str) -> bool {
    reader.is(at, &[&format!("@@{name}"), &format!("@@session.{name}"), &format!("@@local.{name}")])
}

fn calls(reader: &Reader<'_>, functions: &[&str]) -> bool {
    (0..reader.len()).any(|at| reader.is(at, functions) && reader.is(at + 1, &["("]))
}

/// Says whether the key of the last row may be one of a row that another session inserted.
///
/// Not every table makes keys. The one that was inserted into last does, if a statement before asked for its key.
fn key_is_lost(statements: &[Statement<'_>], began: usize, n: usize, dialect: Dialect) -> bool {
    let readers: Vec<Reader<'_>> = statements.iter().take(n).map(|statement| Reader::new(statement, dialect)).collect();
    let last_before = |n: usize| (0..n).rfind(|&place| readers.get(place).is_some_and(|reader| reader.is(0, &INSERTS)));
    let table = |place: usize| {
        let reader = readers.get(place)?;
        let into = reader.find(1, &["into"])?;
        reader.name(into + 1).map(|(name, _)| name)
    };
    let Some(last) = last_before(n) else { return false };
    if last < began {
        return true;
    }
    let makes_keys = table(last).is_some_and(|of| {
        let asks = |(_, reader): &(usize, &Reader<'_>)| calls(reader, &LAST_KEY);
        readers.iter().enumerate().filter(asks).any(|(place, _)| last_before(place).and_then(table) == Some(of.clone()))
    });
    last_before(began).is_some() && !makes_keys
}

#[cfg(test)]
mod tests {
    use super::super::split;
    use super::*;

    /// Says which statements would be asked about if the session began at one, counted from 0.
    fn lost(dialect: Dialect, began: usize, sql: &str) -> Vec<usize> {
        let statements = split(sql, dialect).expect("it lexes");
        (began..statements.len()).filter(|&n| is_lost(&statements, began, n, dialect)).collect()
    }

    #[test]
    fn variables_that_are_set_to_the_same_again_are_not_lost() {
        let same = "set @a = 5, @b = concat('x', @a); set @c := @b; prepare s from @c; select @a, @c; execute s";
        for began in 0..5 {
            assert!(lost(Dialect::Mysql, began, same).is_empty(), "{began}");
        }
        for sets in [
            "set @a = (select max(n) from t)",
            "set @a = last_insert_id()",
            "set @a = now()",
            "set @a = current_timestamp",
            "select max(n), 1 into @b, @a from t",
            "select @a := max(n) from t",
            "call p(@a)",
        ] {
            let use_it = format!("{sets}; create table x (n int); insert into t values (@A)");
            assert_eq!(lost(Dialect::Mysql, 1, &use_it), [2], "{sets}");
            assert!(lost(Dialect::Mysql, 0, &use_it).is_empty(), "{sets}");
            let through = format!("{sets}; set @b = @a; prepare s from @b; do 1; execute s; do @b");
            assert_eq!(lost(Dialect::Mysql, 3, &through), [4, 5], "{sets}");
            let anew = format!("{sets}; set @a = 5; do @a");
            assert!(lost(Dialect::Mysql, 2, &anew).is_empty(), "{sets}");
        }
        assert!(lost(Dialect::Mysql, 1, "set @old = @@sql_mode, sql_mode = ''; set sql_mode = @old").is_empty());
        assert!(lost(Dialect::Mysql, 1, "select 1 into @a; grant select on t to root@localhost").is_empty());
        assert!(lost(Dialect::Mysql, 2, "prepare s from 'do 1'; deallocate prepare s; do 1").is_empty());
    }

    #[test]
    fn temporary_tables_are_lost_to_what_names_them() {
        for (dialect, sql) in [
            (Dialect::Mysql, "create temporary table if not exists `T` (a int)"),
            (Dialect::Postgres, "create local temp table T (a int)"),
            (Dialect::Postgres, "select 1 as a into temp t"),
            (Dialect::Sqlite, "create temp view t as select 1"),
        ] {
            let file = format!("{sql}; select 1; insert into x select a from t; drop table t; select t from x");
            assert_eq!(lost(dialect, 1, &file), [2, 3], "{sql}");
            assert!(lost(dialect, 4, &file).is_empty(), "{sql}");
        }
    }

    #[test]
    fn the_last_key_is_lost_unless_it_is_known_to_be_the_sessions_own() {
        let file = "insert into a values (1); do 1; insert into b values (last_insert_id())";
        assert_eq!(lost(Dialect::Mysql, 1, file), [2]);
        assert_eq!(lost(Dialect::Mysql, 2, file), [2]);
        assert!(lost(Dialect::Mysql, 0, file).is_empty());
        // Whether `log` makes keys is not known.
        let between = "insert into a values (1); insert into log values (1); insert into b values (last_insert_id())";
        assert_eq!(lost(Dialect::Mysql, 1, between), [2]);
        let again = format!("{file}; insert into a values (2); insert into b values (last_insert_id())");
        assert!(lost(Dialect::Mysql, 3, &again).is_empty());
        assert_eq!(lost(Dialect::Mysql, 4, &again), [4]);
        assert!(
            lost(Dialect::Mysql, 1, "create table a (n int); insert into a values (1); do last_insert_id()").is_empty()
        );
    }

    #[test]
    fn a_count_is_that_of_the_statement_before() {
        let file = "delete from a; select row_count(); select changes from b";
        assert_eq!(lost(Dialect::Mysql, 1, file), [1]);
        assert!(lost(Dialect::Mysql, 2, file).is_empty());
    }
}
