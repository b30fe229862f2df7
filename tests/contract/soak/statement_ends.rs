//! The engine agrees on where statements end: what dunlin cuts is what the engine would have cut.

use dunlin::Dialect;
use dunlin_core::statements::split;
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection, Either};

use crate::support::database::Database;
use crate::support::environment::rounds;
use crate::support::process::Chance;

const SQLITE: &[&str] = &[
    "select 'a;b'",
    "select \"a;b\" from (select 1 as \"a;b\")",
    "select [a;b] from (select 1 as [a;b])",
    "select `a;b` from (select 1 as `a;b`)",
    "select 'it''s; so'",
    "select x'3b3b'",
    "create table if not exists t (a text default ';', b integer) /* ; */",
    "create temp trigger if not exists g after insert on t begin select case when 1 then ';' end; update t set b = 1; end",
    "create temp trigger if not exists h before delete on t for each row when old.b = 1 begin select 1; select 'end;'; end",
    "with x as (select ';' as y) select y from x -- ;\n",
    "insert into t values ('begin; end', case when 1 then 2 else 3 end)",
    "explain select 1",
];
const POSTGRES: &[&str] = &[
    "select 'a;b'",
    "select E'it\\'s; so'",
    "select U&'\\0041;'",
    "select $$a;b$$",
    "select $x$ $$;$$ ; $y$ $x$",
    "do $do$ begin perform 1; execute 'select 1;'; end; $do$",
    "create temp table if not exists t (\"a;b\" text default ';', b int) /* ; /* ; */ ; */",
    "insert into t values ('begin; end', case when true then 2 else 3 end)",
    "create or replace function pg_temp.f() returns int language sql begin atomic select 1; select case when true then 2 end; end",
    "create or replace function pg_temp.g() returns int language plpgsql as 'begin return 1; end'",
    "with x as (select ';' as y) select y from x -- ;\n",
    "values (1), (2)",
    "select 1 as \"x;y\", array[2] @> '{2}' from (select 1) z where false",
    "set local work_mem = '4MB'",
];
const MYSQL: &[&str] = &[
    "select 'a;b'",
    "select \"a;b\"",
    "select 'it\\'s; so', \"a\\\";b\"",
    "select `a;b` from (select 1 as `a;b`) x",
    "select x'3b', n'a;b', _utf8mb4'c;d'",
    "/*!50003 select 1 */",
    "/*!40101 set @x = ';' */",
    "select 1 # ; a comment\n + 1",
    "select 1 -- ; a comment\n + 1",
    "select 5--1",
    "select /* ; */ 1",
    "create temporary table if not exists t (`a;b` text, b int)",
    "insert into t values ('begin; end', case when true then 2 else 3 end)",
    "create or replace procedure p() begin declare x int; if 1 then set x = 1; end if; select ';'; end",
    "create or replace function f() returns int deterministic begin case 1 when 1 then return 2; else return 3; end case; end",
    "create or replace procedure w() begin l: while false do set @a = 1; end while; repeat set @a = 2; until true end repeat; end",
    "set @a = ';'",
    "do 1",
];
/// What may stand between two statements.
const BETWEEN: &[&str] = &[";", " ;\n", ";\n\n", "; /* ; */ ", ";\n-- ;'\"`\n", ";;", "\n;\n/* it's */;\n"];

fn pieces(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
        Dialect::Mysql => MYSQL,
    }
}

engines! {
    async fn the_engine_takes_every_statement_as_it_is_cut_and_counts_as_many(database: &Database) {
        database.sql("create table t (a varchar(40), b int)");
        let (mut chance, pieces) = (Chance::new(), pieces(database.dialect));
        let all = pieces.join(";\n");
        check(database, &all, pieces.len()).await;
        // A server that takes one statement at a time takes no empty one between two.
        let between = if database.dialect.facts().message_limit == Some(0) { &BETWEEN[..5] } else { BETWEEN };
        for _ in 0..rounds(30, 3000) {
            let count = 1 + chance.below(8);
            let mut file = String::new();
            for n in 0..count {
                file.push_str(if n == 0 { "" } else { between[chance.below(between.len())] });
                file.push_str(pieces[chance.below(pieces.len())]);
            }
            check(database, &file, count).await;
        }
    }
}

async fn check(database: &Database, file: &str, expected: usize) {
    let statements = split(file, database.dialect).unwrap_or_else(|error| panic!("{error}\n{file}"));
    assert_eq!(statements.len(), expected, "{file}");
    macro_rules! on {
        ($connection:ty) => {{
            let mut connection = <$connection>::connect(&database.url).await.expect("a connection");
            // `SELECT`s of a procedure would count; nothing here calls one.
            let results = sqlx::raw_sql(AssertSqlSafe(file)).fetch_many(&mut connection);
            let results: Vec<_> = results.try_collect().await.unwrap_or_else(|error| panic!("{error}\n{file}"));
            let counted = results.iter().filter(|result| matches!(result, Either::Left(_))).count();
            assert_eq!(counted, expected, "{file}");
            for statement in &statements {
                let cut = sqlx::raw_sql(AssertSqlSafe(statement.text())).fetch_many(&mut connection);
                let results: Result<Vec<_>, sqlx::Error> = cut.try_collect().await;
                let results = results.unwrap_or_else(|error| panic!("{error}\n{}", statement.text()));
                assert_eq!(
                    results.iter().filter(|result| matches!(result, Either::Left(_))).count(),
                    1,
                    "{}",
                    statement.text()
                );
            }
        }};
    }
    match database.dialect {
        Dialect::Sqlite => on!(sqlx::SqliteConnection),
        Dialect::Postgres => on!(sqlx::PgConnection),
        Dialect::Mysql => on!(sqlx::MySqlConnection),
    }
}
