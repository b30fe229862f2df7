//! What a file sets in its session is set in the one that goes on with it.

use super::{Interrupted, one_by_one};
use crate::contract::migrations;
use crate::support::database::Database;
use crate::support::project::Project;

#[tokio::test]
async fn settings_and_the_database_in_use_are_those_of_the_file_on_mysql() {
    let (Some(database), Some(side)) = (Database::mysql(), Database::mysql()) else { return };
    database.sql("create table parent (id integer primary key); create table child (id integer, foreign key (id) references parent (id))");
    let main = database.sql("select database()");
    let statements = [
        "set foreign_key_checks = 0",
        "set @bonus = 5",
        "set @insert = concat('insert into bonus values (', @bonus, ')')",
        &format!("use {}", side.sql("select database()")),
        "create table bonus (n integer)",
        "prepare add_bonus from @insert",
        "execute add_bonus",
        "insert into bonus values (@bonus + 1)",
        &format!("insert into {main}.child values (4711)"),
        "set foreign_key_checks = 1",
        "deallocate prepare add_bonus",
        &format!("use {main}"),
        "create table last (n integer)",
    ];
    for done in [6, 8, 12] {
        side.sql("drop table if exists bonus");
        database.sql("drop table if exists last; delete from child; drop table if exists dunlin_migrations, dunlin_events, dunlin_statements, dunlin_layout");
        let interrupted = Interrupted::behind(&database, done, &statements).await;
        migrations(&interrupted.project)
            .up(&database.url)
            .await
            .unwrap_or_else(|error| panic!("behind {done}: {error}"));
        assert_eq!(side.sql("select n from bonus order by n"), "5\n6", "behind {done}");
        assert_eq!(database.sql("select id from child"), "4711", "behind {done}");
        assert_eq!(database.sql("select count(*) from last"), "0", "behind {done}");
    }
}

#[tokio::test]
async fn the_character_set_of_a_file_garbles_nothing_that_is_stored() {
    let Some(database) = Database::mysql() else { return };
    for (n, names) in ["latin1", "ascii", "binary", "ucs2"].into_iter().enumerate() {
        let names =
            if names == "ucs2" { "set character_set_results = ucs2".to_owned() } else { format!("set names {names}") };
        let statements = [
            &*format!("create table é{n} (a integer) comment 'größer'"),
            &names,
            "create table b (n integer)",
            "create table c (n integer) /* ü */",
        ];
        let file = one_by_one(database.dialect, &statements)
            .replace("b (n", &format!("b{n} (n"))
            .replace("c (n", &format!("c{n} (n"));
        database.sql("drop table if exists dunlin_migrations, dunlin_events, dunlin_statements, dunlin_layout");
        let interrupted = Interrupted::file_behind(&database, 3, &file).await;
        interrupted.project.file("versions/1_step.up.sql", format!("{file}create table d{n} (a integer) /* ö */;\n"));
        let migrations = migrations(&interrupted.project);
        migrations.up(&database.url).await.unwrap_or_else(|error| panic!("{names}: {error}"));
        let stored =
            database.sql("select count(*) from dunlin_migrations where up_sql like '%create table é%größer%ü%ö%'");
        assert_eq!(stored, "1", "{names}");
        migrations.history(&database.url).await.unwrap_or_else(|error| panic!("{names}: {error}"));
        assert!(migrations.verify(&database.url).await.expect("a status").is_empty(), "{names}");
    }
}

#[tokio::test]
async fn search_path_role_and_prepared_statements_are_those_of_the_file_on_postgres() {
    let Some(database) = Database::postgres() else { return };
    let role = database.sql("select 'role_' || substr(current_database(), 8, 8)");
    let owner = database.sql("select current_user");
    database.sql("create schema side");
    database.superuser_sql(&format!("create role {role}; grant {role} to {owner}; grant all on schema side to {role}"));
    let statements = [
        "set search_path = side",
        "set client_encoding = 'LATIN1'",
        &format!("set role {role}"),
        "create table bonus (n integer)",
        "prepare add_bonus (integer) as insert into side.bonus values ($1)",
        "execute add_bonus (5)",
        "create table more (n integer)",
        "reset role",
        "select pg_catalog.set_config('search_path', 'public', false)",
        "create table last (n integer)",
    ];
    for done in [5, 6, 7, 9] {
        database.superuser_sql("drop table if exists side.bonus, side.more, public.last, public.dunlin_migrations, public.dunlin_events, public.dunlin_statements, public.dunlin_layout");
        let interrupted = Interrupted::behind(&database, done, &statements).await;
        migrations(&interrupted.project)
            .up(&database.url)
            .await
            .unwrap_or_else(|error| panic!("behind {done}: {error}"));
        assert_eq!(database.sql("select n from side.bonus"), "5", "behind {done}");
        let owners =
            "select tablename, tableowner from pg_tables where tablename in ('bonus', 'more', 'last') order by 1";
        assert_eq!(database.sql(owners), format!("bonus|{role}\nlast|{owner}\nmore|{role}"), "behind {done}");
        migrations(&interrupted.project).history(&database.url).await.expect("the log is whole");
    }
    database.superuser_sql(&format!("drop owned by {role} cascade; drop role {role}"));
}

#[tokio::test]
async fn pragmas_and_attached_files_are_those_of_the_file_on_sqlite() {
    let database = Database::sqlite();
    let other = database.url.trim_start_matches("sqlite://").replace("database.sqlite", "other.sqlite");
    let statements = [
        "pragma ignore_check_constraints = on",
        &format!("attach '{other}' as other"),
        "create table odd (n integer check (n > 0))",
        "create table other.more (n integer)",
        "insert into odd values (-1)",
        "insert into other.more values (1)",
    ];
    let interrupted = Interrupted::behind(&database, 4, &statements).await;
    migrations(&interrupted.project).up(&database.url).await.expect("it goes on");
    assert_eq!(database.sql("select n from odd"), "-1");
    assert_eq!(Database::sql_at(&format!("sqlite://{other}"), "select n from more"), "1");
}

engines! {
    async fn a_file_that_asks_for_its_last_key_gets_it_although_each_statement_is_recorded(database: &Database) {
        let (table, key) = match database.dialect {
            dunlin::Dialect::Sqlite => ("create table a (id integer primary key, n integer)", "last_insert_rowid()"),
            dunlin::Dialect::Postgres => ("create table a (id serial primary key, n integer)", "lastval()"),
            dunlin::Dialect::Mysql => ("create table a (id integer auto_increment primary key, n integer)", "last_insert_id()"),
        };
        let last = format!("insert into b values ({key})");
        let statements = [table, "create table b (a integer)", "insert into a values (41, 1)", "delete from a", "insert into a (n) values (7)", &last];
        let project = Project::new();
        project.migration("1_step", &one_by_one(database.dialect, &statements), "select 1;");
        migrations(&project).up(&database.url).await.expect("it is applied");
        assert_eq!(database.sql("select a from b"), database.sql("select id from a"));
    }
}
