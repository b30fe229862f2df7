//! What is true of SQLite alone.

use std::time::Duration;

use dunlin::{Error, Outcome, Target};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::birds::{bird, birds};
use super::{has, migrations, names, step_failure};
use crate::support::database::Database;
use crate::support::project::Project;

/// Makes a project of two tables, one of which refers to the other.
fn family() -> Project {
    let project = Project::new();
    let up = "create table parent (id integer primary key, name text);\n\
              create table child (id integer primary key, parent integer references parent (id) on delete cascade);\n\
              insert into parent values (1, 'ann'), (2, 'bob');\ninsert into child values (10, 1), (20, 2);\n";
    project.migration("1_family", up, "drop table child; drop table parent;");
    project
}

const REBUILD: &str = "-- dunlin: foreign-keys off\ncreate table new_parent (id integer primary key, name text not null);\n\
                       insert into new_parent select * from parent{where};\ndrop table parent;\nalter table new_parent rename to parent;\n";

async fn foreign_keys(connection: &mut SqliteConnection) -> i64 {
    sqlx::query_scalar("pragma foreign_keys").fetch_one(connection).await.expect("it can be read")
}

#[tokio::test]
async fn a_rebuilt_table_keeps_the_rows_that_refer_to_it() {
    let database = Database::sqlite();
    let project = family();
    project.migration("2_rebuild", &REBUILD.replace("{where}", ""), "select 1;");
    project.migration("3_bird", "create table bird (id integer);", "drop table bird;");
    let mut connection = SqliteConnection::connect(&database.url).await.expect("a connection");
    assert_eq!(foreign_keys(&mut connection).await, 1, "sqlx switches them on");
    assert_eq!(migrations(&project).up(&mut connection).await.expect("it is applied").steps.len(), 3);
    assert_eq!(database.sql("select id, parent from child"), "10|1\n20|2");
    assert_eq!(foreign_keys(&mut connection).await, 1);
    assert!(sqlx::raw_sql("insert into child values (30, 99)").execute(&mut connection).await.is_err());
}

#[tokio::test]
async fn a_rebuild_with_foreign_keys_on_loses_no_rows() {
    let database = Database::sqlite();
    let project = Project::new();
    project.migration(
        "1_family",
        "create table parent (id integer primary key);\n\
         create table child (id integer, parent integer references parent (id) on delete cascade);\n\
         insert into parent values (1);\ninsert into child values (10, 1);",
        "drop table child; drop table parent;",
    );
    project.migration(
        "2_rebuild",
        "create table new_parent (id integer primary key, name text);\n\
         insert into new_parent (id) select id from parent;\n\
         drop table if exists \"Parent\";\nalter table new_parent rename to parent;",
        "select 1;",
    );
    migrations(&project).migrator().up_to(&database.url, Target::Forward(1)).await.expect("it is applied");
    let failure = step_failure(migrations(&project).up(&database.url).await);
    assert_eq!((failure.statement, failure.outcome), (Some((3, 4)), Outcome::RolledBack));
    assert!(failure.to_string().contains("foreign-keys off"), "{failure}");
    assert_eq!(database.sql("select count(*) from child"), "1");
}

#[tokio::test]
async fn a_rebuild_that_breaks_a_reference_is_rolled_back() {
    let database = Database::sqlite();
    let project = family();
    project.migration("2_rebuild", &REBUILD.replace("{where}", " where id = 1"), "select 1;");
    let mut connection = SqliteConnection::connect(&database.url).await.expect("a connection");
    let failure = step_failure(migrations(&project).up(&mut connection).await);
    assert_eq!((failure.statement, failure.outcome), (None, Outcome::RolledBack));
    let text = failure.to_string();
    assert!(
        text.contains("foreign_key_check finds 1 row")
            && text.contains("row 20 of `child` refers to no row of `parent`"),
        "{text}"
    );
    assert!(text.contains("2_rebuild.up.sql"), "{text}");
    assert_eq!(names(&failure.report), ["1_family"]);
    assert_eq!(database.sql("select count(*) from parent"), "2");
    assert!(!has(&database, "new_parent"));
    assert_eq!(foreign_keys(&mut connection).await, 1);
}

#[tokio::test]
async fn a_foreign_key_that_fits_nothing_stops_no_rebuild_unless_the_rebuild_made_it_so() {
    let rebuild = |text: &str| format!("-- dunlin: foreign-keys off\n{text}");
    let other = rebuild("drop table other;\ncreate table other (a text);");
    let database = Database::sqlite();
    let project = family();
    project.migration(
        "2_loose",
        "create table other (a);\ncreate table loose (a references other (a), b references nowhere);",
        "drop table loose; drop table other;",
    );
    project.migration("3_other", &other, &other);
    migrations(&project).up(&database.url).await.expect("what was loose before may be so behind");
    migrations(&project).down(&database.url, Target::Back(1)).await.expect("and back");

    // What can be checked is checked.
    project.migration("3_other", &rebuild("delete from parent where id = 2;"), "select 1;");
    let text = step_failure(migrations(&project).up(&database.url).await).to_string();
    assert!(text.contains("row 20 of `child` refers to no row of `parent`"), "{text}");

    let breaking = rebuild("drop table parent;\ncreate table parent (id integer);");
    project.migration("3_other", &breaking, "select 1;");
    let text = step_failure(migrations(&project).up(&database.url).await).to_string();
    assert!(text.contains("foreign key mismatch - \"child\" referencing \"parent\""), "{text}");
}

#[tokio::test]
async fn a_rebuild_whose_statement_fails_switches_foreign_keys_on_again() {
    let database = Database::sqlite();
    let project = family();
    project.migration(
        "2_rebuild",
        "-- dunlin: foreign-keys off\ndrop table parent;\ninsert into nowhere values (1);",
        "select 1;",
    );
    let mut connection = SqliteConnection::connect(&database.url).await.expect("a connection");
    let failure = step_failure(migrations(&project).up(&mut connection).await);
    assert_eq!((failure.statement, failure.outcome), (Some((2, 2)), Outcome::RolledBack));
    assert_eq!(foreign_keys(&mut connection).await, 1);
    assert_eq!(database.sql("select count(*) from child"), "2");
}

#[tokio::test]
async fn foreign_keys_that_were_off_stay_off() {
    let database = Database::sqlite();
    let project = family();
    project.migration("2_rebuild", &REBUILD.replace("{where}", ""), "select 1;");
    let options: SqliteConnectOptions = database.url.parse().expect("options");
    let mut connection = options.foreign_keys(false).connect().await.expect("a connection");
    migrations(&project).up(&mut connection).await.expect("it is applied");
    assert_eq!(foreign_keys(&mut connection).await, 0);
}

#[tokio::test]
async fn foreign_keys_are_not_switched_by_a_file() {
    let database = Database::sqlite();
    for text in ["pragma foreign_keys = off;\nselect 1;", "vacuum;", "pragma journal_mode = wal;"] {
        let project = bird();
        project.migration("2_off", text, "select 1;");
        let error = migrations(&project).up(&database.url).await.expect_err("it is refused");
        assert!(matches!(error, Error::Files(_)) && error.to_string().contains("2_off.up.sql:1"), "{error}");
        assert!(!has(&database, "bird"));
    }
}

#[tokio::test]
async fn vacuum_runs_outside_a_transaction() {
    let database = Database::sqlite();
    let project = birds();
    project.migration(
        "4_vacuum",
        "-- dunlin: transaction none\nvacuum;\npragma journal_mode = wal;\nvacuum;",
        "-- dunlin: transaction none\nvacuum;",
    );
    assert_eq!(migrations(&project).up(&database.url).await.expect("it is applied").steps.len(), 4);
    assert_eq!(database.sql("pragma journal_mode"), "wal");
    assert_eq!(database.sql("select count(*) from dunlin_statements"), "0");
}

#[tokio::test]
async fn every_journal_mode_is_served_alike() {
    for mode in
        [SqliteJournalMode::Wal, SqliteJournalMode::Delete, SqliteJournalMode::Truncate, SqliteJournalMode::Persist]
    {
        let database = Database::sqlite();
        let options: SqliteConnectOptions = database.url.parse().expect("options");
        let pool = SqlitePoolOptions::new().connect_with(options.journal_mode(mode)).await.expect("a pool");
        let project = birds();
        project.migration("4_none", "-- dunlin: transaction none\ncreate table egg (id integer);", "drop table egg;");
        assert_eq!(migrations(&project).up(&pool).await.expect("it is applied").steps.len(), 4);
        migrations(&project).down(&pool, Target::Base).await.expect("it is reverted");
        assert!(!has(&database, "bird") && !has(&database, "egg"));
    }
}

#[tokio::test]
async fn a_writer_is_waited_for() {
    let database = Database::sqlite();
    let project = bird();
    let options: SqliteConnectOptions = database.url.parse().expect("options");
    // Without any patience of the driver's own.
    let mut writer = options.clone().connect().await.expect("a connection");
    let mut ours = options.busy_timeout(Duration::ZERO).connect().await.expect("a connection");
    sqlx::raw_sql("begin immediate; create table other (id integer)").execute(&mut writer).await.expect("it writes");

    let migrations = migrations(&project);
    let impatient = migrations.migrator().lock_wait(Duration::from_millis(50));
    let error = impatient.up(&mut ours).await.expect_err("somebody writes");
    assert!(matches!(error, Error::Locked { .. }), "{error:?}");
    let (run, ()) = tokio::join!(migrations.up(&mut ours), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        sqlx::raw_sql("commit").execute(&mut writer).await.expect("it commits");
    });
    assert_eq!(run.expect("it is applied").steps.len(), 1);
    assert!(has(&database, "other"));
}

#[tokio::test]
async fn a_writer_is_waited_for_no_longer_than_allowed() {
    let database = Database::sqlite();
    let project = bird();
    let mut writer = SqliteConnection::connect(&database.url).await.expect("a connection");
    let mut ours = SqliteConnection::connect(&database.url).await.expect("a connection");
    sqlx::raw_sql("begin immediate; create table other (id integer)").execute(&mut writer).await.expect("it writes");
    let migrations = migrations(&project);
    let error = migrations.migrator().lock_wait(Duration::ZERO).up(&mut ours).await.expect_err("somebody writes");
    // The driver's own patience, with which a connection comes, and which it keeps.
    let patience: i64 = sqlx::query_scalar("pragma busy_timeout").fetch_one(&mut ours).await.expect("it can be read");
    assert_eq!(patience, 5000);
    assert!(matches!(error, Error::Locked { waited, .. } if waited < Duration::from_secs(5)), "{error:?}");
}

#[tokio::test]
async fn a_writer_who_writes_the_whole_file_is_waited_for() {
    let database = Database::sqlite();
    let project = bird();
    migrations(&project).up(&database.url).await.expect("it is applied");
    let options: SqliteConnectOptions = database.url.parse().expect("options");
    let mut writer = options.clone().connect().await.expect("a connection");
    let mut ours = options.busy_timeout(Duration::ZERO).connect().await.expect("a connection");
    sqlx::raw_sql("begin exclusive").execute(&mut writer).await.expect("it locks");
    let migrations = migrations(&project);
    let (run, ()) = tokio::join!(migrations.up(&mut ours), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        sqlx::raw_sql("commit").execute(&mut writer).await.expect("it commits");
    });
    assert!(run.expect("nothing is pending").steps.is_empty());
}

#[tokio::test]
async fn a_database_in_memory_is_served_through_a_pool() {
    let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.expect("a pool");
    let project = birds();
    project.migration("4_vacuum", "-- dunlin: transaction none\nvacuum;", "-- dunlin: transaction none\nvacuum;");
    assert_eq!(migrations(&project).up(&pool).await.expect("it is applied").steps.len(), 4);
    assert_eq!(migrations(&project).status(&pool).await.expect("a status").pending(), 0);
    let birds: i64 = sqlx::query_scalar("select count(*) from bird").fetch_one(&pool).await.expect("it can be read");
    assert_eq!(birds, 1);
}

#[tokio::test]
async fn a_full_database_is_told_and_nothing_is_lost() {
    let database = Database::sqlite();
    let project = birds();
    migrations(&project).up(&database.url).await.expect("it is applied");
    let full = "insert into nest with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000) select i from n;";
    project.migration("4_much", &format!("insert into bird values (2, 'heron');\n{full}"), "delete from nest;");
    let mut connection = SqliteConnection::connect(&database.url).await.expect("a connection");
    sqlx::raw_sql("pragma max_page_count = 30").execute(&mut connection).await.expect("a limit");
    let failure = step_failure(migrations(&project).up(&mut connection).await);
    assert_eq!((failure.statement, failure.outcome), (Some((2, 2)), Outcome::RolledBack));
    assert!(failure.message.contains("full"), "{failure}");
    assert_eq!(database.sql("select count(*) from bird"), "1");
    assert_eq!(database.sql("pragma integrity_check"), "ok");
    assert_eq!(migrations(&project).up(&database.url).await.expect("there is room now").steps.len(), 1);
}

#[tokio::test]
async fn a_connection_within_a_transaction_is_told() {
    let database = Database::sqlite();
    let mut connection = SqliteConnection::connect(&database.url).await.expect("a connection");
    sqlx::raw_sql("begin; create table mine (id integer)").execute(&mut connection).await.expect("it runs");
    migrations(&bird()).up(&mut connection).await.expect_err("a transaction is open");
    sqlx::raw_sql("commit").execute(&mut connection).await.expect("it is still the caller's own");
    assert!(has(&database, "mine") && !has(&database, "bird"));
}
