//! What can be known of a statement that began, where its end was not recorded. The whole of it is one table.

use super::pattern::{Pattern, Words};
use super::session::asks_the_database;
use super::split::{Groups, Statement};
use super::subject::Subject;
use crate::checksum::Checksum;
use crate::dialect::Dialect;

/// How it is found out, after a crash, whether a statement that began outside a transaction took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Recovery {
    /// It commits together with its record: what is not recorded did not happen.
    Recorded,
    /// It changes its session and nothing else: a session that goes on later runs it again.
    Session,
    /// To run it again does no harm.
    Again,
    /// It takes effect whole or not at all, and the schema shows which.
    Schema,
    /// It takes effect piece by piece: a schema that is unchanged shows that it did not begin, and nothing more.
    Pieces,
    /// It works beside running transactions, in several of its own, and the catalogue shows how far that got.
    Concurrent,
    /// Nothing shows it: somebody must look.
    Unsure,
}

impl Recovery {
    /// Every way.
    pub const ALL: [Recovery; 7] = [
        Recovery::Recorded,
        Recovery::Session,
        Recovery::Again,
        Recovery::Schema,
        Recovery::Pieces,
        Recovery::Concurrent,
        Recovery::Unsure,
    ];

    /// Returns the word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Recovery::Recorded => "recorded",
            Recovery::Session => "session",
            Recovery::Again => "again",
            Recovery::Schema => "schema",
            Recovery::Pieces => "pieces",
            Recovery::Concurrent => "concurrent",
            Recovery::Unsure => "unsure",
        }
    }
}

/// A row of the table: what statements that begin like this are.
struct Rule(Recovery, &'static [&'static str]);

/// The rules of an engine, of which the first that fits counts, and what all other statements are.
fn rules(dialect: Dialect) -> (&'static [Rule], Recovery) {
    match dialect {
        Dialect::Sqlite => (SQLITE, Recovery::Recorded),
        Dialect::Postgres => (POSTGRES, Recovery::Recorded),
        Dialect::Mysql => (MYSQL, Recovery::Unsure),
    }
}

/// Nearly everything can run in a transaction, and then does.
const SQLITE: &[Rule] = &[Rule(Recovery::Session, &["pragma", "attach", "detach"]), Rule(Recovery::Again, &["vacuum"])];

/// What can run in a transaction does, one for each statement: DDL is rolled back with it.
const POSTGRES: &[Rule] = &[
    Rule(
        Recovery::Session,
        &[
            "set !local|transaction|constraints",
            "reset",
            "select set_config (",
            "select pg_catalog . set_config (",
            "prepare !transaction",
            "deallocate",
            "listen",
            "unlisten",
            "load",
            "discard",
        ],
    ),
    Rule(
        Recovery::Concurrent,
        &[
            "create [unique] index concurrently",
            "drop index concurrently",
            "reindex index|table concurrently",
            "reindex ( ... concurrently !false|off|0 ... ) index|table",
            "alter table ... detach partition ... concurrently",
        ],
    ),
    Rule(
        Recovery::Again,
        &[
            "vacuum",
            "reindex schema|database|system",
            "reindex ( ... ) schema|database|system",
            "cluster $",
            "cluster verbose $",
            "cluster ( * ) $",
            "alter system",
        ],
    ),
    Rule(Recovery::Schema, &["create|drop database", "create|drop tablespace", "create|drop|alter subscription"]),
];

/// DDL commits by itself; what only reads or writes rows commits with its record.
const MYSQL: &[Rule] = &[
    Rule(Recovery::Unsure, &["set password", "set default role", "select ... into outfile|dumpfile"]),
    Rule(
        Recovery::Session,
        &["set", "use", "lock table|tables", "unlock table|tables", "prepare", "deallocate", "drop prepare"],
    ),
    Rule(
        Recovery::Recorded,
        &["insert|update|delete|replace|select|with|values|table|do", "load data", "load xml", "("],
    ),
    Rule(
        Recovery::Again,
        &["analyze|optimize|check|checksum|repair|flush|truncate|explain|describe|desc|show|help|cache"],
    ),
    Rule(
        Recovery::Unsure,
        &[
            "create|alter|drop|rename user",
            "create|drop role",
            "create or replace user|role|server",
            "create|alter|drop server|tablespace|undo|logfile|instance",
            "alter table ... exchange partition",
            "alter table ... discard|import tablespace",
            "alter table ... discard|import partition",
        ],
    ),
    // MariaDB drops the old table before it makes the new one, and a server that dies between the two has neither.
    Rule(Recovery::Again, &["create or replace", "drop [temporary] table|tables|view|sequence if exists ... ,"]),
    Rule(Recovery::Pieces, &["drop [temporary] table|tables|view|sequence ... ,", "rename table|tables ... ,"]),
    Rule(Recovery::Schema, &["create|alter|drop|rename"]),
];

impl Statement<'_> {
    /// Returns how it is found out whether it took effect.
    pub fn recovery(&self, dialect: Dialect) -> Recovery {
        let (rules, otherwise) = rules(dialect);
        let Some(Ok(group)) = Groups::new(self.text(), dialect).next() else { return otherwise };
        let words = Words::new(self.text(), &group);
        let rule = rules.iter().find(|Rule(_, patterns)| patterns.iter().any(|pattern| Pattern(pattern).begins(words)));
        match rule.map_or(otherwise, |Rule(recovery, _)| *recovery) {
            // Tables that change places leave the names that were there before.
            Recovery::Pieces if matches!(self.subject(dialect), Subject::Several(pieces) if pieces.is_circle()) => {
                Recovery::Unsure
            }
            // A function may write, and that must happen once.
            Recovery::Session if dialect == Dialect::Mysql && asks_the_database(self) => Recovery::Recorded,
            recovery => recovery,
        }
    }

    /// Says whether it works beside running transactions, and waits for those that are older.
    pub fn is_concurrent(&self, dialect: Dialect) -> bool {
        self.recovery(dialect) == Recovery::Concurrent
    }

    /// Says whether it takes a lock on a table, or on something like it, behind which everybody else waits.
    pub fn locks_tables(&self, dialect: Dialect) -> bool {
        const WORDS: &str =
            "create|alter|drop|truncate|rename|comment|cluster|reindex|lock|refresh|grant|revoke|vacuum";
        let Some(Ok(group)) = Groups::new(self.text(), dialect).next() else { return false };
        Pattern(WORDS).begins(Words::new(self.text(), &group)) && !self.is_concurrent(dialect)
    }

    /// Hashes what it means: two statements with the same hash differ in comments and white space only.
    ///
    /// Invariant: the form never changes, for the journals of databases hold such hashes.
    pub fn checksum(&self, dialect: Dialect) -> Checksum {
        let meaning = super::semantic(self.text(), dialect);
        Checksum::of_bytes(&meaning.unwrap_or_else(|_| self.text().as_bytes().to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::split;
    use super::*;

    fn recovery(sql: &str, dialect: Dialect) -> Recovery {
        let statements = split(sql, dialect).expect("it lexes");
        assert_eq!(statements.len(), 1, "{sql}");
        statements[0].recovery(dialect)
    }

    fn all(dialect: Dialect, expected: Recovery, statements: &[&str]) {
        for sql in statements {
            assert_eq!(recovery(sql, dialect), expected, "{sql}");
        }
    }

    #[test]
    fn postgres_rolls_back_whatever_may_run_in_a_transaction() {
        let all = |expected, statements: &[&str]| all(Dialect::Postgres, expected, statements);
        all(
            Recovery::Recorded,
            &[
                "create table t (a int)",
                "insert into t values (1)",
                "create index i on t (a)",
                "alter type e add value 'x'",
                "set local role r",
                "select set_of_things()",
                "reindex table t",
                "cluster t using i",
                "do $$ begin end $$",
            ],
        );
        all(
            Recovery::Session,
            &[
                "set role r",
                "SET search_path = a",
                "select pg_catalog.set_config('search_path', '', false)",
                "reset all",
            ],
        );
        all(
            Recovery::Concurrent,
            &[
                "create unique index concurrently i on t (a)",
                "drop index concurrently if exists i",
                "reindex (verbose, concurrently) index i",
                "reindex table concurrently t",
                "alter table only a.b detach partition c concurrently",
            ],
        );
        all(Recovery::Again, &["vacuum (full) t", "reindex schema s", "alter system set a = 1", "cluster"]);
        all(Recovery::Schema, &["create database d", "drop subscription s"]);
    }

    #[test]
    fn mysql_shows_most_ddl_in_its_schema() {
        let all = |expected, statements: &[&str]| all(Dialect::Mysql, expected, statements);
        all(
            Recovery::Schema,
            &[
                "create table t (a int, b int)",
                "alter table t add a int, add b int",
                "drop table t",
                "rename table a to b",
                "alter view v as select 1",
                "drop table if exists t",
                "drop database d",
                "/*!50003 create trigger t before insert on a for each row set new.b = 1 */",
                "create database d",
            ],
        );
        all(Recovery::Pieces, &["drop table a, b", "drop view a, b", "rename table a to b, c to d"]);
        all(
            Recovery::Recorded,
            &[
                "insert into t values (1)",
                "(select 1)",
                "with a as (select 1) select * from a",
                "load data infile 'f' into table t",
                "set @a = next_number(), @b = (select max(n) from t)",
            ],
        );
        all(
            Recovery::Session,
            &[
                "set names utf8mb4",
                "set @a = concat('x', 1), @b = 2",
                "set sql_mode = '', @a = (select 1)",
                "set @@session.sql_mode = ''",
                "use d",
                "set global a = 1",
                "prepare s from 'select 1'",
            ],
        );
        all(
            Recovery::Again,
            &[
                "truncate table t",
                "optimize table t",
                "analyze table t",
                "create or replace table t as select 1",
                "create or replace view v as select 1",
                "drop table if exists a, b",
            ],
        );
        all(
            Recovery::Unsure,
            &[
                "grant select on t to u",
                "create user u",
                "create or replace user u",
                "rename table a to c, b to a, c to b",
                "drop role r",
                "call p()",
                "execute s",
                "set password = 'x'",
                "alter table t exchange partition p with table u",
                "begin not atomic select 1; end",
                "kill 5",
                "select 1 into outfile 'f'",
            ],
        );
    }

    #[test]
    fn sqlite_records_all_but_what_no_transaction_takes() {
        all(Dialect::Sqlite, Recovery::Recorded, &["create table t (a)", "reindex", "analyze", "drop table t"]);
        all(Dialect::Sqlite, Recovery::Session, &["pragma journal_mode = wal", "attach 'a' as b"]);
        all(Dialect::Sqlite, Recovery::Again, &["vacuum into 'copy'"]);
    }

    #[test]
    fn a_statement_hashes_as_what_it_means() {
        let hash = |sql: &str| split(sql, Dialect::Mysql).expect("it lexes")[0].checksum(Dialect::Mysql);
        assert_eq!(hash("create table t (a int)"), hash("create  table t -- c\n ( a int );"));
        assert_ne!(hash("create table t (a int)"), hash("create table t (b int)"));
        assert_eq!(
            hash("select 1").to_string(),
            "b3:8f09cc6b3ec7a588ff225f253596bdd81068b92a30617b4d9f68257040027ea9",
            "journals of databases hold it"
        );
    }
}
