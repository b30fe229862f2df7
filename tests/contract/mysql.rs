//! What is true of MySQL and MariaDB alone.

use dunlin::{Error, Outcome};
use sqlx::Connection;

use super::birds::bird;
use super::{has, migrations, names, step_failure};
use crate::support::database::Database;
use crate::support::engines::skip;
use crate::support::project::Project;

/// What files do to the session that they run in, as dumps do.
const MEDDLING: [&str; 7] = [
    "set names latin1;",
    "set sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES';",
    "lock tables bird write; insert into bird values (9, 'nine'); unlock tables;",
    "lock tables bird write;",
    "set foreign_key_checks = 0; set unique_checks = 0; set time_zone = '+09:00'; set sql_notes = 0;",
    "use information_schema;",
    "set collation_connection = 'utf8mb4_bin', character_set_results = null;",
];

#[tokio::test]
async fn a_file_that_meddles_with_the_session_leaves_the_next_migration_and_the_history_right() {
    for meddling in MEDDLING {
        for fails in ["", "\ninsert into nowhere values (1);"] {
            let Some(database) = Database::mysql() else { return };
            let project = bird();
            migrations(&project).up(&database.url).await.expect("it is applied");
            let down = "-- dunlin: irreversible it is a test";
            project.file("versions/2_meddling.up.sql", format!("{down}\n{meddling}{fails}"));
            project.file("versions/3_nächste.up.sql", format!("{down}\ninsert into bird values (1, 'a\\\\b \"é\" 🐦');\ncreate table nest (id int, bird int, foreign key (bird) references bird (id)); -- é"));
            let mut connection = sqlx::MySqlConnection::connect(&database.url).await.expect("a connection");
            let before = session(&mut connection).await;
            let mut expected = 3;
            if !fails.is_empty() {
                let failure = step_failure(migrations(&project).up(&mut connection).await);
                assert!(matches!(failure.outcome, Outcome::Partial { .. } | Outcome::RolledBack), "{failure}");
                assert_eq!(session(&mut connection).await, before, "{meddling}");
                assert_eq!(
                    migrations(&project).history(&database.url).await.expect("a log").len(),
                    2,
                    "the failure is logged: {meddling}"
                );
                database.sql("delete from dunlin_migrations where id = '2'");
                if let Outcome::Partial { .. } = failure.outcome {
                    database.sql("delete from dunlin_statements where id = '2'");
                }
                project.remove("versions/2_meddling.up.sql");
                expected = 2;
            }
            migrations(&project).up(&mut connection).await.unwrap_or_else(|error| panic!("{meddling}: {error}"));
            assert_eq!(session(&mut connection).await, before, "{meddling}");
            assert_eq!(database.sql("select name from bird where id = 1"), "a\\\\b \"é\" 🐦", "{meddling}");
            assert_eq!(
                database.sql("select count(*) from dunlin_migrations where state = 'applied'"),
                expected.to_string(),
                "{meddling}"
            );
            assert_eq!(database.sql("select slug from dunlin_migrations where id = '3'"), "nächste", "{meddling}");
            assert_eq!(
                database.sql("select count(*) from dunlin_migrations where up_sql like '%🐦%-- é'"),
                "1",
                "{meddling}"
            );
            assert!(
                database.try_sql("insert into nest values (1, 77)").is_err(),
                "foreign keys are checked: {meddling}"
            );
            migrations(&project).history(&database.url).await.expect("the log is whole");
            assert!(migrations(&project).verify(&database.url).await.expect("findings").is_empty(), "{meddling}");
        }
    }
}

/// What a migration can leave changed on a session.
async fn session(connection: &mut sqlx::MySqlConnection) -> String {
    let query = "select concat_ws('|', database(), @@sql_mode, @@autocommit, @@foreign_key_checks, @@unique_checks, @@time_zone, \
                 @@character_set_client, @@collation_connection)";
    sqlx::query_scalar(query).fetch_one(connection).await.expect("it can be read")
}

#[tokio::test]
async fn a_dump_can_be_the_first_migration() {
    let Some(database) = Database::mysql() else { return };
    let project = Project::new();
    project.file("versions/1_baseline.up.sql", include_str!("../fixtures/contract/dump.mysql.sql"));
    project.migration("2_nest", "create table nest (id int);", "drop table nest;");
    assert_eq!(migrations(&project).up(&database.url).await.expect("it is applied").steps.len(), 2);
    let Some(other) = Database::mysql() else { return };
    other.sql(include_str!("../fixtures/contract/dump.mysql.sql"));
    other.sql("create table nest (id int);");
    assert_eq!(database.schema(), other.schema());
    assert_eq!(database.sql("select * from bird order by id"), other.sql("select * from bird order by id"));
    assert_eq!(database.sql("select hex(name) from bird where id = 1"), "5A61756E6BC3B66E6967");
}

#[tokio::test]
async fn the_second_of_three_statements_fails_and_status_says_so() {
    let Some(database) = Database::mysql() else { return };
    let project = Project::new();
    let up = "create table a (id int);\ncreate table a (id int);\ncreate table c (id int);\n";
    project.migration("1_three", up, "drop table a;");
    let failure = step_failure(migrations(&project).up(&database.url).await);
    assert_eq!((failure.statement, failure.outcome), (Some((2, 3)), Outcome::Partial { in_place: 1 }));
    assert!(failure.to_string().contains("the one before it is in place"), "{failure}");
    let status = migrations(&project).status(&database.url).await.expect("a status");
    let journal: Vec<_> = status.migrations[0].journal.iter().map(ToString::to_string).collect();
    let expected = [
        "statement 1 (line 1): in place: create table a (id int)",
        "statement 2 (line 2): failed, not in place: create table a (id int)",
    ];
    assert_eq!(journal, expected);
    assert!(has(&database, "a") && !has(&database, "c"));
    assert!(matches!(migrations(&project).up(&database.url).await, Err(Error::Plan(_))));
}

#[tokio::test]
async fn the_first_statement_fails_and_the_mended_file_runs() {
    let Some(database) = Database::mysql() else { return };
    let project = Project::new();
    project.migration("1_three", "create table a (id nothing);\ncreate table c (id int);\n", "drop table a;");
    let failure = step_failure(migrations(&project).up(&database.url).await);
    assert_eq!((failure.statement, failure.outcome), (Some((1, 2)), Outcome::RolledBack));
    project.file("versions/1_three.up.sql", "create table a (id int);\ncreate table c (id int);\n");
    assert_eq!(names(&migrations(&project).up(&database.url).await.expect("it is mended")), ["1_three"]);
    assert_eq!(database.sql("select count(*) from dunlin_statements"), "0");
}

#[tokio::test]
async fn rows_that_were_written_before_a_ddl_statement_failed_are_told_as_in_place() {
    let Some(database) = Database::mysql() else { return };
    let project = bird();
    migrations(&project).up(&database.url).await.expect("it is applied");
    project.migration(
        "2_mixed",
        "insert into bird values (1, 'wren');\nalter table bird add name int;\n",
        "delete from bird;",
    );
    let failure = step_failure(migrations(&project).up(&database.url).await);
    assert_eq!(failure.outcome, Outcome::Partial { in_place: 1 });
    assert_eq!(database.sql("select count(*) from bird"), "1");
}

#[tokio::test]
async fn a_history_can_stand_in_a_database_of_its_own() {
    let (Some(database), Some(other)) = (Database::mysql(), Database::mysql()) else { return };
    let project = bird();
    let migrations = migrations(&project);
    let migrator = migrations.migrator().history_schema(other.sql("select database()"));
    assert_eq!(migrator.up(&database.url).await.expect("it is applied").steps.len(), 1);
    assert!(migrator.up(&database.url).await.expect("nothing is pending").steps.is_empty());
    assert!(has(&database, "bird") && !has(&database, "dunlin_migrations") && has(&other, "dunlin_migrations"));
}

#[tokio::test]
async fn what_ends_or_begins_transactions_unseen_is_refused() {
    for text in [
        "set autocommit = 0;",
        "insert into bird values (1, 'a');\nset @@session.autocommit = 1;",
        "start transaction;",
    ] {
        let Some(database) = Database::mysql() else { return };
        let project = bird();
        project.migration("2_unseen", text, "delete from bird;");
        let error = migrations(&project).up(&database.url).await.expect_err("it is refused");
        assert!(matches!(&error, Error::Files(_)) && error.to_string().contains("2_unseen.up.sql:"), "{error}");
        assert!(!has(&database, "bird"));
    }
}

#[tokio::test]
async fn a_connection_that_the_server_ends_half_way_leaves_a_journal_that_tells() {
    let Some(database) = Database::mysql() else { return };
    let project = bird();
    migrations(&project).up(&database.url).await.expect("it is applied");
    project.migration(
        "2_cut",
        "insert into bird values (1, 'wren');\nkill connection_id();\nselect 1;",
        "delete from bird;",
    );
    let failure = step_failure(migrations(&project).up(&database.url).await);
    assert_eq!((failure.statement, failure.outcome), (Some((2, 3)), Outcome::Unknown));
    let status = migrations(&project).status(&database.url).await.expect("a status");
    let journal: Vec<_> = status.migrations[1].journal.iter().map(ToString::to_string).collect();
    let expected = [
        "statement 1 (line 1): in place: insert into bird values (1, 'wren')",
        "statement 2 (line 2): begun, perhaps in place: kill connection_id()",
    ];
    assert_eq!(journal, expected);
    assert_eq!(database.sql("select count(*) from bird"), "1");
    let refused = migrations(&project).up(&database.url).await;
    assert!(matches!(refused, Err(Error::Plan(_))), "the lock went with the connection: {refused:?}");
}

#[tokio::test]
async fn a_lock_timeout_of_a_file_holds_for_it_alone() {
    let Some(database) = Database::mysql() else { return };
    let project = bird();
    migrations(&project).up(&database.url).await.expect("it is applied");
    let mut reader = sqlx::MySqlConnection::connect(&database.url).await.expect("a connection");
    sqlx::raw_sql("start transaction; select * from bird").execute(&mut reader).await.expect("it reads");
    project.migration(
        "2_wider",
        "-- dunlin: lock-timeout 1s\n-- dunlin: retry off\nalter table bird add weight int;",
        "alter table bird drop column weight;",
    );
    let mut ours = sqlx::MySqlConnection::connect(&database.url).await.expect("a connection");
    let limits = "select concat(@@lock_wait_timeout, '|', @@innodb_lock_wait_timeout)";
    let before: String = sqlx::query_scalar(limits).fetch_one(&mut ours).await.expect("they can be read");
    let failure = step_failure(migrations(&project).up(&mut ours).await);
    assert_eq!((failure.code.as_deref(), failure.outcome), (Some("1205"), Outcome::RolledBack), "{failure}");
    let after: String = sqlx::query_scalar(limits).fetch_one(&mut ours).await.expect("they can be read");
    assert_eq!(after, before);
    sqlx::raw_sql("commit").execute(&mut reader).await.expect("it has read");
    migrations(&project).up(&mut ours).await.expect("it is applied");
}

#[tokio::test]
async fn a_journal_whose_migration_was_taken_back_by_hand_is_in_nobodys_way() {
    let Some(database) = Database::mysql() else {
        return skip("MariaDB is not installed");
    };
    let project = Project::new();
    let down = "drop table one;";
    project.migration("1_half", "create table one (i int);\ninsert into nope values (1);", down);
    assert!(migrations(&project).up(&database.url).await.is_err());
    database.sql("drop table one; delete from dunlin_migrations where id = '1'");
    project.migration("1_half", "create table one (i int);\ncreate table two (i int);", down);
    assert_eq!(migrations(&project).up(&database.url).await.expect("it is applied").steps.len(), 1);
}

#[tokio::test]
async fn what_asks_about_a_journalled_statement_is_refused_before_anything_runs() {
    let Some(database) = Database::mysql() else { return };
    let project = Project::new();
    let counts = "delete from t;\ninsert into log select row_count();\n";
    project.migration("1_log", "create table t (n int);\ncreate table log (n int);\n", "select 1;");
    project.migration("2_rows", "insert into t values (1), (2);\n", "select 1;");
    project.migration("3_count", counts, "select 1;");
    migrations(&project).up(&database.url).await.expect("it is one transaction");
    assert_eq!(database.sql("select n from log"), "2");

    let refused = |name: &'static str, file: String| {
        project.migration(name, &file, "select 1;");
        let (migrations, url) = (migrations(&project), database.url.clone());
        async move { migrations.up(&url).await.expect_err("it is refused").to_string() }
    };
    let why = "`row_count()` cannot be asked here: dunlin journals the statement before it";
    let told = refused("4_more", format!("create table more (n int);\n{counts}")).await;
    assert!(told.contains(&format!("4_more.up.sql:3:1: {why}")), "{told}");
    assert!(!has(&database, "more"));
    project.remove("versions/4_more.up.sql").remove("versions/4_more.down.sql");

    // No rollback takes the rows of such a table back, so that every file is journalled.
    database.sql("create table m (n int) engine = MyISAM; insert into t values (1)");
    let told = refused("4_again", counts.to_owned()).await;
    assert!(told.contains(&format!("4_again.up.sql:2:1: {why}")), "{told}");
    assert_eq!(database.sql("select count(*) from t"), "1");
}
