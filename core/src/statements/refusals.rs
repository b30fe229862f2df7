//! What must not stand at the top level of a file. The whole of it is one table.

use std::fmt;

use super::error::LexError;
use super::pattern::{Pattern, Words};
use super::session::asks_about_statement_before;
use super::split::{Statement, for_each};
use crate::dialect::Dialect;
use crate::header::Wrap;

/// A statement that must not stand where it stands. Displays as one sentence without a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The byte in the file where the statement begins.
    pub offset: usize,
    /// The statement's name in backticks, for people.
    pub what: &'static str,
    /// Why it is refused, as the rest of a sentence that begins with its name.
    pub reason: &'static str,
    /// What to do about it.
    pub hint: &'static str,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.reason)
    }
}

/// Returns the statements of a file, and those of them that must not stand in one that runs like this, in its order.
///
/// Only the top level counts: what stands in a body is none of a file's business. Fails where the text cannot be split.
pub fn examine(sql: &str, dialect: Dialect, wrap: Wrap) -> Result<(Vec<Statement<'_>>, Vec<Refusal>), LexError> {
    let (mut statements, mut refusals) = (Vec::new(), Vec::new());
    for_each(sql, dialect, |statement, words| {
        if let Some(rule) = refusal(words, dialect, wrap) {
            let (reason, hint) = rule.reason.sentences(wrap);
            refusals.push(Refusal { offset: statement.offset(), what: rule.what, reason, hint });
        }
        statements.push(statement);
    })?;
    if statements.len() > 1 && is_journalled(&statements, dialect, wrap) {
        refusals.extend(refused_where_journalled(&statements, dialect, wrap));
        refusals.sort_by_key(|refusal| refusal.offset);
    }
    Ok((statements, refusals))
}

/// Says whether a file's statements run one by one, each journalled.
fn is_journalled(statements: &[Statement<'_>], dialect: Dialect, wrap: Wrap) -> bool {
    wrap == Wrap::None || !Statement::all_roll_back(statements, dialect)
}

/// Refuses what asks about the statement before it where statements are journalled: the answer would be about the journal.
pub(crate) fn refused_where_journalled(statements: &[Statement<'_>], dialect: Dialect, wrap: Wrap) -> Vec<Refusal> {
    let asking = statements.iter().skip(1).filter_map(|statement| {
        let what = asks_about_statement_before(statement, dialect)?;
        let (reason, hint) = Reason::StatementBefore.sentences(wrap);
        Some(Refusal { offset: statement.offset(), what, reason, hint })
    });
    asking.collect()
}

/// Returns the rule that refuses a statement, if one does.
pub(super) fn refusal(statement: Words<'_>, dialect: Dialect, wrap: Wrap) -> Option<&'static Rule> {
    let word = statement.first()?.to_ascii_lowercase();
    RULES.iter().find(|rule| {
        let applies = wrap == Wrap::Transaction || rule.reason.holds_without_transaction();
        // Most rules fall at the first word; `embed!` runs this without optimisation, where patterns are slow.
        rule.patterns.iter().any(|pattern| pattern.starts_with(&word))
            && applies
            && !rule.fine_on.contains(&dialect)
            && rule.patterns.iter().any(|pattern| Pattern(pattern).begins(statement))
    })
}

/// One kind of statement that is refused.
#[derive(Debug)]
pub(super) struct Rule {
    what: &'static str,
    patterns: &'static [&'static str],
    reason: Reason,
    /// Engines on which it may run in a transaction. All others refuse it, also those that do not know it, so that a
    /// file for every engine gets one verdict.
    fine_on: &'static [Dialect],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// It begins or ends a transaction, and every file has its own.
    Transaction,
    /// A directive stands for it.
    ForeignKeys,
    /// The engine runs it only outside a transaction.
    OnlyOutside,
    /// It gives up the lock that keeps other runs away.
    Lock,
    /// It asks about the statement before, and dunlin's own stands between.
    StatementBefore,
    /// SQLite runs it in a transaction, but does not detach there what the transaction has used.
    Attachment,
}

const fn rule(what: &'static str, patterns: &'static [&'static str], reason: Reason) -> Rule {
    Rule { what, patterns, reason, fine_on: &[] }
}

const fn fine_on_mysql(what: &'static str, patterns: &'static [&'static str]) -> Rule {
    Rule { what, patterns, reason: Reason::OnlyOutside, fine_on: &[Dialect::Mysql] }
}

static RULES: &[Rule] = &[
    // `BEGIN NOT ATOMIC` is a block of MariaDB.
    rule("`BEGIN`", &["begin !not", "begin not deferrable"], Reason::Transaction),
    rule("`START TRANSACTION`", &["start transaction"], Reason::Transaction),
    rule("`COMMIT`", &["commit"], Reason::Transaction),
    rule("`END`", &["end $", "end work|transaction|and"], Reason::Transaction),
    rule("`ROLLBACK`", &["rollback [work|transaction] !to"], Reason::Transaction),
    rule("`ABORT`", &["abort"], Reason::Transaction),
    rule("`PREPARE TRANSACTION`", &["prepare transaction"], Reason::Transaction),
    rule("`XA`", &["xa start|begin|end|prepare|commit|rollback"], Reason::Transaction),
    rule(
        "`SET autocommit`",
        &["set ... autocommit|@@autocommit|@@session.autocommit|@@local.autocommit =|:="],
        Reason::Transaction,
    ),
    rule("`PRAGMA foreign_keys`", &["pragma foreign_keys =|(", "pragma * . foreign_keys =|("], Reason::ForeignKeys),
    rule("`PRAGMA journal_mode`", &["pragma journal_mode =|(", "pragma * . journal_mode =|("], Reason::OnlyOutside),
    rule("`CREATE INDEX CONCURRENTLY`", &["create [unique] index concurrently"], Reason::OnlyOutside),
    rule("`DROP INDEX CONCURRENTLY`", &["drop index concurrently"], Reason::OnlyOutside),
    rule("`REINDEX CONCURRENTLY`", &["reindex ... concurrently !false|off|0"], Reason::OnlyOutside),
    rule(
        "`REINDEX`",
        &["reindex schema|database|system *", "reindex ( ... ) schema|database|system *"],
        Reason::OnlyOutside,
    ),
    rule(
        "`ALTER TABLE … DETACH PARTITION … CONCURRENTLY`",
        &["alter table ... detach partition ... concurrently"],
        Reason::OnlyOutside,
    ),
    rule("`VACUUM`", &["vacuum"], Reason::OnlyOutside),
    rule("`CLUSTER`", &["cluster $", "cluster verbose $", "cluster ( * ) $"], Reason::OnlyOutside),
    rule("`ALTER SYSTEM`", &["alter system"], Reason::OnlyOutside),
    rule("`DISCARD ALL`", &["discard all"], Reason::Lock),
    rule(
        "`pg_advisory_unlock_all()`",
        &["select ... pg_advisory_unlock_all (", "with ... pg_advisory_unlock_all ("],
        Reason::Lock,
    ),
    rule(
        "`release_all_locks()`",
        &["select ... release_all_locks (", "do ... release_all_locks (", "set ... release_all_locks ("],
        Reason::Lock,
    ),
    rule("`ATTACH`", &["attach"], Reason::Attachment),
    rule("`DETACH`", &["detach"], Reason::Attachment),
    fine_on_mysql("`CREATE DATABASE`", &["create database"]),
    fine_on_mysql("`DROP DATABASE`", &["drop database"]),
    fine_on_mysql("`CREATE TABLESPACE`", &["create tablespace"]),
    fine_on_mysql("`DROP TABLESPACE`", &["drop tablespace"]),
];

const WITHOUT_TRANSACTION: &str =
    "write `-- dunlin: transaction none` at the top of the file, best of one that holds this statement alone";

impl Reason {
    fn holds_without_transaction(self) -> bool {
        match self {
            Reason::Transaction | Reason::ForeignKeys | Reason::Lock => true,
            Reason::OnlyOutside | Reason::Attachment | Reason::StatementBefore => false,
        }
    }

    /// Returns why such a statement is refused, and the way out.
    fn sentences(self, wrap: Wrap) -> (&'static str, &'static str) {
        match (self, wrap) {
            (Reason::Transaction, Wrap::Transaction) => (
                "must not stand in a migration: dunlin runs every file in a transaction of its own",
                "remove the statement, or let the statements run one by one with `-- dunlin: transaction none`",
            ),
            (Reason::Transaction, Wrap::None) => (
                "must not stand in a migration: with `transaction none` each statement runs and is journalled on its own",
                "remove the statement, or remove `-- dunlin: transaction none` to run the file in one transaction",
            ),
            (Reason::ForeignKeys, Wrap::Transaction | Wrap::None) => (
                "must not be set in a migration: it does nothing in a transaction, and would outlive the file without one",
                "remove the statement and write `-- dunlin: foreign-keys off` at the top of the file",
            ),
            (Reason::Lock, Wrap::Transaction | Wrap::None) => (
                "must not stand in a migration: it gives up the lock that keeps other runs away",
                "reset by name what is to be reset (`reset all`, `discard temp`), or release a lock by its key",
            ),
            (Reason::StatementBefore, Wrap::Transaction) => (
                "cannot be asked here: dunlin journals the statement before it, for not all of this file can be rolled back",
                "move both statements into one routine, or to a file of which all can be rolled back: that is one transaction",
            ),
            (Reason::StatementBefore, Wrap::None) => (
                "cannot be asked here: with `transaction none`, dunlin journals the statement before it",
                "move both statements to a file without `-- dunlin: transaction none`, which runs as one transaction",
            ),
            (Reason::OnlyOutside, Wrap::Transaction | Wrap::None) => {
                ("cannot run in a transaction", WITHOUT_TRANSACTION)
            }
            (Reason::Attachment, Wrap::Transaction | Wrap::None) => (
                "does not belong in a transaction: what the transaction has used cannot be detached before it ends",
                WITHOUT_TRANSACTION,
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(sql: &str, dialect: Dialect, wrap: Wrap) -> Vec<&'static str> {
        examine(sql, dialect, wrap)
            .expect("lexes")
            .1
            .into_iter()
            .map(|refusal| refusal.what.trim_matches('`'))
            .collect()
    }

    /// Statements that every engine's lexer must give the same verdict, so that files for all engines get one.
    const REFUSED: &[(&str, &str)] = &[
        ("BEGIN", "begin"),
        ("BEGIN", "BEGIN IMMEDIATE"),
        ("BEGIN", "begin isolation level serializable, not deferrable"),
        ("BEGIN", "begin not deferrable"),
        ("START TRANSACTION", "start transaction read only"),
        ("COMMIT", "commit"),
        ("COMMIT", "commit prepared 'a'"),
        ("COMMIT", "/* a */ commit -- b\n and chain"),
        ("END", "end"),
        ("END", "end transaction"),
        ("ROLLBACK", "rollback"),
        ("ROLLBACK", "rollback work"),
        ("ROLLBACK", "rollback prepared 'a'"),
        ("ABORT", "abort"),
        ("PREPARE TRANSACTION", "prepare transaction 'a'"),
        ("XA", "xa start 'a'"),
        ("SET autocommit", "SET autocommit=0"),
        ("SET autocommit", "set @@session.autocommit = 1"),
        ("SET autocommit", "set names utf8mb4, session autocommit = 0"),
        ("PRAGMA foreign_keys", "pragma foreign_keys=off"),
        ("PRAGMA foreign_keys", "PRAGMA main.foreign_keys(0)"),
        ("PRAGMA journal_mode", "pragma \"main\".journal_mode = wal"),
        ("CREATE INDEX CONCURRENTLY", "create index concurrently on t (a)"),
        ("CREATE INDEX CONCURRENTLY", "create unique index concurrently if not exists i on t (a)"),
        ("DROP INDEX CONCURRENTLY", "drop index concurrently i"),
        ("REINDEX CONCURRENTLY", "reindex table concurrently t"),
        ("REINDEX CONCURRENTLY", "reindex (verbose, concurrently) table t"),
        ("REINDEX CONCURRENTLY", "reindex (verbose) table concurrently t"),
        ("REINDEX", "reindex schema public"),
        ("ALTER TABLE … DETACH PARTITION … CONCURRENTLY", "alter table only a.b detach partition c concurrently"),
        ("VACUUM", "vacuum"),
        ("VACUUM", "vacuum (analyze) t"),
        ("CLUSTER", "cluster"),
        ("CLUSTER", "cluster (verbose)"),
        ("ALTER SYSTEM", "alter system set work_mem = '1GB'"),
        ("DISCARD ALL", "discard all"),
        ("pg_advisory_unlock_all()", "select pg_catalog.pg_advisory_unlock_all()"),
        ("pg_advisory_unlock_all()", "with a as (select pg_advisory_unlock_all()) select 1"),
        ("release_all_locks()", "select release_all_locks()"),
        ("release_all_locks()", "do release_all_locks ()"),
        ("release_all_locks()", "set @n = release_all_locks()"),
        ("ATTACH", "attach 'a.db' as a"),
        ("DETACH", "detach a"),
    ];

    #[test]
    fn every_engine_refuses_the_same_in_a_transaction() {
        for (what, sql) in REFUSED {
            for dialect in Dialect::ALL {
                assert_eq!(names(sql, dialect, Wrap::Transaction), [*what], "{sql} on {dialect}");
            }
        }
    }

    #[test]
    fn every_rule_is_tried() {
        for rule in RULES.iter().filter(|rule| rule.fine_on.is_empty()) {
            assert!(REFUSED.iter().any(|(what, _)| *what == rule.what.trim_matches('`')), "{}", rule.what);
        }
    }

    #[test]
    fn every_pattern_begins_with_one_plain_word() {
        for pattern in RULES.iter().flat_map(|rule| rule.patterns) {
            let first = pattern.split(' ').next().unwrap_or_default();
            assert!(first.bytes().all(|byte| byte.is_ascii_lowercase()), "{pattern}");
        }
    }

    #[test]
    fn what_may_run_in_a_transaction_is_let_through() {
        let sql = "savepoint a; rollback to a; rollback work to savepoint a; release a; begin not atomic select 1; end;
            select begin from t; refresh materialized view concurrently v; reindex (concurrently false) table t;
            alter type t add value 'a'; alter table a detach partition b; cluster t using i; reindex table t;
            pragma foreign_keys; pragma journal_mode; pragma foreign_key_check(t); set @x = 'autocommit = 0';
            update t set a = 'vacuum'; discard temp; commit_log; create table \"commit\" (a int)";
        assert_eq!(names(sql, Dialect::Mysql, Wrap::Transaction), [""; 0]);
        let sql = sql.replace("begin not atomic select 1; end;", "").replace("set @x", "set x");
        assert_eq!(names(&sql, Dialect::Sqlite, Wrap::Transaction), [""; 0]);
        assert_eq!(names(&sql, Dialect::Postgres, Wrap::Transaction), [""; 0]);
    }

    #[test]
    fn databases_are_created_in_a_file_of_mysql() {
        for sql in ["create database a", "drop database a", "create tablespace a", "drop tablespace a"] {
            assert_eq!(names(sql, Dialect::Postgres, Wrap::Transaction).len(), 1);
            assert_eq!(names(sql, Dialect::Mysql, Wrap::Transaction).len(), 0);
        }
    }

    #[test]
    fn without_a_transaction_only_transactions_foreign_keys_and_locks_are_refused() {
        let sql = "vacuum; create index concurrently on t (a); begin; commit; pragma foreign_keys = on; pragma journal_mode = wal;
            discard all";
        for dialect in Dialect::ALL {
            assert_eq!(names(sql, dialect, Wrap::None), ["BEGIN", "COMMIT", "PRAGMA foreign_keys", "DISCARD ALL"]);
        }
    }

    #[test]
    fn what_asks_about_the_statement_before_is_refused_where_that_is_journalled() {
        let mysql = "delete from t; insert into log select row_count();";
        let names = |sql: &str, dialect, wrap| names(sql, dialect, wrap);
        assert_eq!(names(mysql, Dialect::Mysql, Wrap::Transaction), [""; 0]);
        assert_eq!(names(mysql, Dialect::Mysql, Wrap::None), ["row_count()"]);
        let with_ddl = format!("create table log (n int);\n{mysql}");
        assert_eq!(names(&with_ddl, Dialect::Mysql, Wrap::Transaction), ["row_count()"]);
        for (what, sql) in [
            ("row_count()", "set @n = ROW_COUNT ()"),
            ("found_rows()", "select found_rows()"),
            ("GET DIAGNOSTICS", "get diagnostics @n = row_count"),
            ("@@warning_count", "select @@session.warning_count"),
            ("@@error_count", "set @n = @@error_count"),
        ] {
            assert_eq!(names(&format!("drop table t; {sql}"), Dialect::Mysql, Wrap::Transaction), [what], "{sql}");
            assert_eq!(names(sql, Dialect::Mysql, Wrap::None), [""; 0], "nothing is before it: {sql}");
        }
        let sqlite = "delete from t; insert into log values (changes(), total_changes())";
        assert_eq!(names(sqlite, Dialect::Sqlite, Wrap::None), ["changes()"]);
        assert_eq!(names(sqlite, Dialect::Sqlite, Wrap::Transaction), [""; 0]);
        let none = "drop table t; create procedure p() begin delete from t; select row_count(); end;
            insert into changes () values (); show warnings; select row_count from t; insert into row_count (a) values (1)";
        assert_eq!(names(none, Dialect::Mysql, Wrap::Transaction), [""; 0]);
        assert_eq!(names("select 1; select changes()", Dialect::Postgres, Wrap::None), [""; 0]);
    }

    #[test]
    fn bodies_are_none_of_the_files_business() {
        let postgres = "create procedure p() language plpgsql as $$ begin commit; end $$; do $$ begin commit; end $$;
            create function f() returns void begin atomic select 1; end";
        assert_eq!(names(postgres, Dialect::Postgres, Wrap::Transaction), [""; 0]);
        let sqlite = "create trigger t after insert on a begin select 1; end;";
        assert_eq!(names(sqlite, Dialect::Sqlite, Wrap::Transaction), [""; 0]);
        let mysql = "create procedure p() begin start transaction; insert into t values (1); commit; end;";
        assert_eq!(names(mysql, Dialect::Mysql, Wrap::Transaction), [""; 0]);
    }

    #[test]
    fn a_refusal_says_where_why_and_what_to_do() {
        let (_, refusals) = examine("select 1;\nvacuum;", Dialect::Sqlite, Wrap::Transaction).expect("lexes");
        assert_eq!(refusals[0].offset, 10);
        assert_eq!(refusals[0].to_string(), "`VACUUM` cannot run in a transaction");
        assert!(refusals[0].hint.contains("`-- dunlin: transaction none`"));
    }
}
