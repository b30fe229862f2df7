//! What the database itself shows: whether a statement that began took effect.

use super::Interrupted;
use crate::contract::migrations;
use crate::support::database::Database;

/// What is there before, a statement, and what takes it back. `{side}` is another database.
type Case = (&'static str, &'static str, &'static str);

const TABLES: &[Case] = &[
    ("", "create table t (a integer)", "drop table t"),
    ("", "create table if not exists \"t\" (a integer)", "drop table t"),
    ("create table t (a integer)", "drop table t", "create table t (a integer)"),
    ("create table t (a integer)", "drop table if exists t", "create table t (a integer)"),
    ("create table t (a integer)", "rename table t to u", "rename table u to t"),
    ("create table t (a integer)", "alter table t rename to u", "alter table u rename to t"),
    ("create table t (a integer)", "create table u as select * from t", "drop table u"),
    ("create table t (a integer)", "create table u like t", "drop table u"),
    ("", "create sequence s", "drop sequence s"),
    ("create sequence s", "drop sequence s", "create sequence s"),
];

const ALTERATIONS: &[Case] = &[
    ("create table t (a integer)", "alter table t add column b integer", "alter table t drop column b"),
    ("create table t (a integer, b integer)", "alter table t drop column b", "alter table t add column b integer"),
    ("create table t (a integer)", "alter table t modify column a bigint", "alter table t modify column a integer"),
    ("create table t (a integer)", "alter table t alter a set default 5", "alter table t alter a drop default"),
    ("create table t (a integer)", "alter table t rename column a to b", "alter table t rename column b to a"),
    (
        "create table t (a integer, b integer)",
        "alter table t modify column b integer first",
        "alter table t modify column a integer first",
    ),
    ("create table t (a integer)", "alter table t add constraint c check (a > 0)", "alter table t drop constraint c"),
    ("create table t (a integer)", "alter table t comment 'birds'", "alter table t comment ''"),
    (
        "create table t (a integer primary key, b integer)",
        "alter table t add constraint f foreign key (b) references t (a)",
        "alter table t drop foreign key f, drop index f",
    ),
    (
        "create table t (a varchar(9)) charset latin1",
        "alter table t convert to character set utf8mb4",
        "alter table t convert to character set latin1",
    ),
    (
        "create table t (a integer) partition by range (a) (partition p values less than (5))",
        "alter table t add partition (partition q values less than (9))",
        "alter table t drop partition q",
    ),
];

const INDEXES: &[Case] = &[
    ("create table t (a integer)", "create index i on t (a)", "drop index i on t"),
    ("create table t (a integer)", "create unique index i on t (a)", "drop index i on t"),
    ("create table t (a integer, key i (a))", "drop index i on t", "create index i on t (a)"),
    ("create table t (a integer, key i (a))", "alter table t rename index i to j", "alter table t rename index j to i"),
];

const CODE: &[Case] = &[
    ("create table t (a integer)", "create view v as select a from t", "drop view v"),
    ("create view v as select 1 as a", "alter view v as select 2 as a", "alter view v as select 1 as a"),
    ("create view v as select 1 as a", "drop view v", "create view v as select 1 as a"),
    (
        "create table t (a integer)",
        "create trigger g before insert on t for each row begin set new.a = 1; set new.a = 2; end",
        "drop trigger g",
    ),
    (
        "create table t (a integer); create trigger g before insert on t for each row set new.a = 1",
        "drop trigger g",
        "create trigger g before insert on t for each row set new.a = 1",
    ),
    ("", "create procedure p() begin select 1; select 2; end", "drop procedure p"),
    ("create procedure p() select 1", "drop procedure p", "create procedure p() select 1"),
    ("create procedure p() select 1", "alter procedure p comment 'it'", "alter procedure p comment ''"),
    ("", "create function f(a integer) returns integer deterministic return a", "drop function f"),
    ("", "create event e on schedule at '2037-01-01 00:00:00' do set @a = 1", "drop event e"),
];

const DATABASES: &[Case] = &[
    ("", "create database {side}", "drop database {side}"),
    ("create database {side}; create table {side}.t (a int)", "drop database {side}", "create database {side}"),
    ("create database {side}", "create table {side}.t (a integer)", "drop table {side}.t"),
    (
        "create database {side}; create table {side}.t (a int)",
        "alter table {side}.t add b int",
        "alter table {side}.t drop b",
    ),
    (
        "create database {side}",
        "alter database {side} character set latin1",
        "alter database {side} character set utf8mb4",
    ),
];

const SEVERAL: &[Case] = &[
    (
        "create table t (a integer); create table u (a integer)",
        "drop table t, u",
        "create table t (a integer); create table u (a integer)",
    ),
    (
        "create view v as select 1 as a; create view w as select 1 as a",
        "drop view v, w",
        "create view v as select 1 as a; create view w as select 1 as a",
    ),
    ("create table t (a integer)", "rename table t to u, u to v", "rename table v to t"),
    (
        "create table t (a integer); create table t_new (a integer)",
        "rename table t to t_old, t_new to t",
        "rename table t to t_new, t_old to t",
    ),
];

/// Leaves each of these statements begun, with and without its effect. The next run must know which, and in the end it is
/// there either way.
async fn check(cases: &[Case]) {
    for &(setup, statement, undo) in cases {
        let mut ends = Vec::new();
        for took_effect in [true, false] {
            let Some(database) = Database::mysql() else { return };
            let side = format!("{}_side", database.sql("select database()"));
            let [setup, statement, undo] = [setup, statement, undo].map(|sql| sql.replace("{side}", &side));
            let what = format!("{statement}, took effect: {took_effect}");
            database.sql(&format!("drop database if exists {side}; {setup}"));
            let statements = [
                "set sql_mode = 'ANSI_QUOTES'",
                "create table first (a integer)",
                &statement,
                "create table last (a integer)",
            ];
            let interrupted = Interrupted::behind(&database, 3, &statements).await.unrecorded(3);
            if !took_effect {
                database.sql(&undo);
            }
            let went_on = migrations(&interrupted.project).up(&database.url).await;
            went_on.unwrap_or_else(|error| panic!("{what}: {error}"));
            let inferred = interrupted.resumption().contains(r#""inferred":3"#);
            assert_eq!(inferred, took_effect, "{what}: {}", interrupted.resumption());
            let databases = "select schema_name, default_character_set_name from information_schema.schemata";
            let databases = database.sql(&format!("{databases} where schema_name = '{side}'"));
            ends.push(format!("{}\n{databases}", database.schema()).replace(&side, "side"));
            database.sql(&format!("drop database if exists {side}"));
        }
        assert_eq!(ends[0], ends[1], "{statement}");
    }
}

mod ddl_that_took_effect_before_the_crash_is_not_run_again_and_other_ddl_is {
    use super::*;

    #[tokio::test]
    async fn tables() {
        check(TABLES).await;
    }

    #[tokio::test]
    async fn alterations() {
        check(ALTERATIONS).await;
    }

    #[tokio::test]
    async fn indexes() {
        check(INDEXES).await;
    }

    #[tokio::test]
    async fn code() {
        check(CODE).await;
    }

    #[tokio::test]
    async fn databases() {
        check(DATABASES).await;
    }

    #[tokio::test]
    async fn several_tables_at_once() {
        check(SEVERAL).await;
    }
}

#[tokio::test]
async fn what_replaces_something_runs_again() {
    let Some(database) = Database::mysql() else { return };
    database.sql("create table t (a integer); insert into t values (1)");
    let statements =
        ["create table u (a integer)", "create or replace table t as select 2 as a", "insert into t values (3)"];
    let interrupted = Interrupted::behind(&database, 2, &statements).await.unrecorded(2);
    // The server died between dropping the old table and making the new one.
    database.sql("drop table t");
    migrations(&interrupted.project).up(&database.url).await.expect("it goes on");
    assert_eq!(database.sql("select a from t order by a"), "2\n3");
}

#[tokio::test]
async fn a_statement_that_the_server_finishes_after_its_client_died_counts() {
    let Some(database) = Database::mysql() else { return };
    let statements = ["create table a (n integer)", "create table b as select sleep(2)", "insert into a values (1)"];
    let project = crate::support::project::Project::new();
    project.migration("1_step", &super::one_by_one(database.dialect, &statements), "select 1;");
    let migrate = crate::contract::soak::migrate(&project, &database);
    let mut running = migrate.start();
    let begun = "select count(*) from dunlin_statements where n = 2";
    while database.try_sql(begun).as_deref() != Ok("1") {
        assert!(running.wait(std::time::Duration::from_millis(5)).is_none(), "it sleeps for 2 seconds");
    }
    running.kill();
    let interrupted = Interrupted { project, database: &database, url: database.url.clone() };
    migrate.run().expect_code(0);
    assert_eq!(database.sql("select count(*) from b"), "1");
    assert_eq!(database.sql("select n from a"), "1");
    assert!(interrupted.resumption().contains(r#""inferred":2"#), "{}", interrupted.resumption());
}

#[tokio::test]
async fn a_database_that_was_created_before_the_crash_is_not_created_again() {
    for took_effect in [true, false] {
        let Some(database) = Database::postgres() else { return };
        let side = format!("{}_side", database.sql("select current_database()"));
        let statements = [
            "create table first (a integer)",
            &format!("create database {}", side.to_uppercase()),
            "create table last (a integer)",
        ];
        let interrupted = Interrupted::behind(&database, 2, &statements).await.unrecorded(2);
        if !took_effect {
            database.sql(&format!("drop database {side}"));
        }
        migrations(&interrupted.project).up(&database.url).await.expect("it goes on");
        assert_eq!(database.sql(&format!("select count(*) from pg_database where datname = '{side}'")), "1");
        database.sql(&format!("drop database {side}"));
    }
}
