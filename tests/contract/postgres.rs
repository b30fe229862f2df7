//! What is true of PostgreSQL alone.

use std::time::Duration;

use dunlin::{Error, Outcome, Resume};
use sqlx::Connection;
use sqlx::postgres::PgPoolOptions;

use super::birds::bird;
use super::{has, migrations, names, refused, step_failure};
use crate::support::database::Database;
use crate::support::project::Project;

/// What files do to the session that they run in, as those of other tools do.
const MEDDLING: [&str; 6] = [
    "select pg_catalog.set_config('search_path', '', false);",
    "set statement_timeout = 1; set lock_timeout = 1; set idle_in_transaction_session_timeout = 1;",
    "set standard_conforming_strings = off; set escape_string_warning = off; set datestyle = 'German'; set timezone = 'Asia/Tokyo';",
    "set local search_path = pg_catalog; set intervalstyle = 'iso_8601'; set client_encoding = 'LATIN1';",
    "set session characteristics as transaction isolation level serializable; set default_transaction_deferrable = on;",
    "create role {role}; grant {role} to current_user; set role {role};",
];

/// Names a role for this test alone, and drops it in the end.
struct Role<'d>(&'d Database, String);

impl<'d> Role<'d> {
    fn of(database: &'d Database) -> Role<'d> {
        let name = database.sql("select 'role_' || substr(current_database(), 8, 8)");
        Role(database, name)
    }
}

impl Drop for Role<'_> {
    fn drop(&mut self) {
        let Role(database, name) = self;
        // What is left goes with the server.
        let _ = database
            .try_sql_as(&database.superuser_url(), &format!("drop owned by {name}; drop role if exists {name}"));
    }
}

#[tokio::test]
async fn a_file_that_empties_search_path_or_sets_a_role_leaves_the_next_migration_and_the_history_right() {
    for meddling in MEDDLING {
        for fails in ["", "\ninsert into nowhere values (1);"] {
            let Some(database) = Database::postgres() else { return };
            let role = Role::of(&database);
            let project = bird();
            let down = "-- dunlin: irreversible it is a test";
            project
                .file("versions/2_meddling.up.sql", format!("{down}\n{}{fails}", meddling.replace("{role}", &role.1)));
            project.file(
                "versions/3_next.up.sql",
                format!("{down}\ninsert into bird values (1, 'a\\b');\ncreate table nest (id int);"),
            );
            let mut connection = sqlx::PgConnection::connect(&database.superuser_url()).await.expect("a connection");
            if !fails.is_empty() {
                let failure = step_failure(migrations(&project).up(&mut connection).await);
                assert_eq!(failure.outcome, Outcome::RolledBack, "{failure}");
                let events = migrations(&project).history(&database.superuser_url()).await.expect("a log");
                assert_eq!(events.len(), 2, "the failure is logged: {meddling}");
                project.file("versions/2_meddling.up.sql", format!("{down}\nselect 1;"));
            }
            migrations(&project).up(&mut connection).await.unwrap_or_else(|error| panic!("{meddling}: {error}"));
            assert_eq!(database.superuser_sql("select name from public.bird"), "a\\b", "{meddling}");
            assert_eq!(database.superuser_sql("select count(*) from public.dunlin_migrations"), "3", "{meddling}");
            assert!(has_as_superuser(&database, "public.nest"), "{meddling}");
            migrations(&project).history(&database.superuser_url()).await.expect("the log is whole");
        }
    }
}

fn has_as_superuser(database: &Database, table: &str) -> bool {
    database.try_sql_as(&database.superuser_url(), &format!("select 1 from {table} where false")).is_ok()
}

#[tokio::test]
async fn a_file_that_becomes_somebody_else_leaves_the_next_migration_and_the_history_right() {
    let Some(database) = Database::postgres() else { return };
    let role = Role::of(&database);
    let url = database.superuser_url();
    for fails in [false, true] {
        let project = Project::new();
        let name = &role.1;
        let irreversible = "-- dunlin: irreversible it is a test\n";
        project.file(
            "versions/1_role.up.sql",
            format!("{irreversible}do $$ begin create role {name}; exception when others then null; end $$;"),
        );
        let fault = if fails {
            "create table public.nobody_may (id int); insert into nowhere values (1);"
        } else {
            "select 1;"
        };
        project.file("versions/2_become.up.sql", format!("{irreversible}set session authorization {name}; {fault}"));
        project.file("versions/3_next.up.sql", format!("{irreversible}create table nest (id int);"));
        let migrations = migrations(&project)
            .set(dunlin::core::migration::SetName::new(if fails { "failing" } else { "going" }).expect("a name"));
        let result = migrations.up(&url).await;
        if fails {
            assert_eq!(step_failure(result).outcome, Outcome::RolledBack);
            assert_eq!(migrations.history(&url).await.expect("a log").len(), 2);
        } else {
            assert_eq!(result.expect("it is applied").steps.len(), 3);
            assert_eq!(
                database.superuser_sql("select tableowner = current_user from pg_tables where tablename = 'nest'"),
                "t"
            );
        }
    }
}

#[tokio::test]
async fn a_role_that_is_set_outside_a_transaction_keeps_the_journal_out_of_its_reach() {
    let Some(database) = Database::postgres() else { return };
    let role = Role::of(&database);
    let project = Project::new();
    let up = format!(
        "-- dunlin: transaction none\ncreate role {0};\nset role {0};\nselect 1;\nselect pg_catalog.set_config('search_path', '', false);\nselect 2;\n",
        role.1
    );
    project.migration("1_role", &up, "select 1;");
    project.migration("2_next", "create table nest (id int);", "drop table nest;");
    let report = migrations(&project).up(&database.superuser_url()).await.expect("it is applied");
    assert_eq!(names(&report), ["1_role", "2_next"]);
}

#[tokio::test]
async fn what_a_pool_sets_on_its_connections_survives_a_run() {
    let Some(database) = Database::postgres() else { return };
    database.sql("create schema tenant");
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql("set search_path = tenant, public; set work_mem = '9MB'; set application_name = 'it''s'")
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .connect(&database.url)
        .await
        .expect("a pool");
    let project = bird();
    project.migration(
        "2_meddling",
        "set search_path = public; set work_mem = '1MB'; reset application_name;",
        "select 1;",
    );
    project.migration("3_nest", "create table nest (id int);", "drop table nest;");
    migrations(&project).up(&pool).await.expect("it is applied");
    assert!(
        has(&database, "tenant.bird") && has(&database, "tenant.nest") && has(&database, "tenant.dunlin_migrations")
    );
    let settings = "select current_setting('search_path') || '|' || current_setting('work_mem') || '|' || current_setting('application_name')";
    let settings: String = sqlx::query_scalar(settings).fetch_one(&pool).await.expect("they can be read");
    assert_eq!(settings, "tenant, public|9MB|it's");
}

#[tokio::test]
async fn a_deferred_constraint_that_fails_at_the_commit_is_told() {
    let Some(database) = Database::postgres() else { return };
    let project = bird();
    project.migration(
        "2_deferred",
        "create table nest (bird int references bird deferrable initially deferred);\ninsert into nest values (9);",
        "drop table nest;",
    );
    let failure = step_failure(migrations(&project).up(&database.url).await);
    assert_eq!((failure.statement, failure.location, failure.outcome), (None, None, Outcome::RolledBack));
    assert!(failure.to_string().contains("its statements ran, and the transaction could not be ended"), "{failure}");
    assert!(failure.detail.as_deref().is_some_and(|detail| detail.contains("(bird)=(9)")), "{failure}");
    assert!(has(&database, "bird") && !has(&database, "nest"));
    project.file("versions/2_deferred.up.sql", "create table nest (id int);");
    migrations(&project).migrator().lock_wait(Duration::ZERO).up(&database.url).await.expect("it is mended");
}

#[tokio::test]
async fn a_place_behind_text_of_many_bytes_is_right() {
    let Some(database) = Database::postgres() else { return };
    let project = Project::new();
    let up = "-- dunlin: statement-timeout 5s\n-- dunlin: lock-timeout 5s\n-- süße Vögel 🐦\nselect 'ü🐦', 'Straße'; select 'é' frmo x;\n";
    project.migration("1_bird", up, "select 1;");
    let failure = step_failure(migrations(&project).up(&database.url).await);
    let location = failure.location.expect("a place");
    assert_eq!((location.line, location.column), (4, 40), "{failure}");
    assert_eq!(failure.statement, Some((2, 2)));

    // Without a place from the server, the statement is counted.
    project.file("versions/1_bird.up.sql", up.replace("select 'é' frmo x", "\nselect 1 / 0"));
    let failure = step_failure(migrations(&project).up(&database.url).await);
    assert_eq!(
        (failure.statement, failure.location.map(|location| location.line)),
        (Some((2, 2)), Some(5)),
        "{failure}"
    );
}

#[tokio::test]
async fn a_timeout_of_a_file_holds_for_it_alone() {
    let Some(database) = Database::postgres() else { return };
    let project = Project::new();
    project.migration("1_quick", "-- dunlin: statement-timeout 100ms\nselect 1;", "select 1;");
    project.migration("2_slow", "select pg_sleep(0.3);", "select 1;");
    migrations(&project).up(&database.url).await.expect("it is applied");
    project.migration("3_stuck", "-- dunlin: statement-timeout 100ms\nselect pg_sleep(30);", "select 1;");
    let failure = step_failure(migrations(&project).up(&database.url).await);
    assert_eq!(failure.code.as_deref(), Some("57014"), "{failure}");

    let project = Project::new();
    project.migration(
        "1_stuck",
        "-- dunlin: statement-timeout 100ms\n-- dunlin: transaction none\nselect pg_sleep(30);",
        "select 1;",
    );
    let other = migrations(&project).set(dunlin::core::migration::SetName::new("other").expect("a name"));
    let failure = step_failure(other.up(&database.url).await);
    assert_eq!((failure.code.as_deref(), failure.outcome), (Some("57014"), Outcome::RolledBack), "{failure}");
}

#[tokio::test]
async fn an_index_is_built_concurrently_while_others_wait_for_the_lock() {
    let Some(database) = Database::postgres() else { return };
    let project = bird();
    project.migration(
        "2_rows",
        "insert into bird select n, 'bird ' || n from generate_series(1, 20000) n;",
        "delete from bird;",
    );
    project.migration(
        "3_index",
        "-- dunlin: transaction none\ncreate index concurrently bird_name on bird (name);\ncreate index concurrently bird_both on bird (id, name);",
        "-- dunlin: transaction none\ndrop index concurrently bird_name;\ndrop index concurrently bird_both;",
    );
    let migrations = migrations(&project);
    let run = || async { migrations.up(&database.url).await.map(|report| report.steps.len()) };
    let all = tokio::join!(run(), run(), run(), run(), run());
    let mut steps = <[_; 5]>::from(all).map(|result| result.expect("nobody fails"));
    steps.sort_unstable();
    assert_eq!(steps, [0, 0, 0, 0, 3]);
    assert_eq!(
        database
            .sql("select indisvalid from pg_index where indexrelid in ('bird_name'::regclass, 'bird_both'::regclass)"),
        "t\nt"
    );
}

#[tokio::test]
async fn an_index_that_may_be_left_behind_invalid_is_told() {
    let Some(database) = Database::postgres() else { return };
    let project = bird();
    project.migration("2_twins", "insert into bird values (1, 'wren'), (2, 'wren');", "delete from bird;");
    project.migration(
        "3_index",
        "-- dunlin: transaction none\ncreate unique index concurrently bird_name on bird (name);",
        "select 1;",
    );
    let failure = step_failure(migrations(&project).up(&database.url).await);
    assert_eq!(failure.outcome, Outcome::Partial { in_place: 0 });
    assert!(failure.to_string().contains("it may have left something behind"), "{failure}");
    let status = migrations(&project).status(&database.url).await.expect("a status");
    let journal: Vec<_> = status.migrations[2].journal.iter().map(ToString::to_string).collect();
    assert_eq!(
        journal,
        ["statement 1 (line 2): failed, not in place: create unique index concurrently bird_name on bird (name)"]
    );
    assert_eq!(database.sql("select indisvalid from pg_index where indexrelid = 'bird_name'::regclass"), "f");
    refused(migrations(&project).up(&database.url).await);
    database.sql("delete from bird where id = 2");
    let resumed = migrations(&project).migrator().resume(&database.url, Resume::Failed).await.expect("it is mended");
    assert_eq!(names(&resumed), ["3_index"]);
    assert_eq!(database.sql("select indisvalid from pg_index where indexrelid = 'bird_name'::regclass"), "t");
}

#[tokio::test]
async fn what_only_psql_understands_is_refused() {
    for text in [
        "copy bird from stdin;\n1\twren\n\\.\n",
        "\\set x 1\nselect 1;\n",
        "create index concurrently i on bird (name);",
        "vacuum;",
    ] {
        let Some(database) = Database::postgres() else { return };
        let project = bird();
        project.migration("2_psql", text, "select 1;");
        let error = migrations(&project).up(&database.url).await.expect_err("it is refused");
        assert!(matches!(&error, Error::Files(_)) && error.to_string().contains("2_psql.up.sql:"), "{error}");
        assert!(!has(&database, "bird"));
    }
}

#[tokio::test]
async fn a_connection_that_the_server_ends_half_way_leaves_nothing() {
    let Some(database) = Database::postgres() else { return };
    let project = bird();
    migrations(&project).up(&database.url).await.expect("it is applied");
    project.migration(
        "2_cut",
        "insert into bird values (1, 'wren');\nselect pg_terminate_backend(pg_backend_pid());",
        "delete from bird;",
    );
    let failure = step_failure(migrations(&project).up(&database.url).await);
    assert_eq!(failure.outcome, Outcome::Unknown);
    assert_eq!(database.sql("select count(*) from bird"), "0");
    project.file("versions/2_cut.up.sql", "insert into bird values (1, 'wren');");
    migrations(&project).up(&database.url).await.expect("the lock went with the connection");
}

#[tokio::test]
async fn what_gives_up_the_lock_of_a_run_is_refused_before_anything_runs() {
    let Some(database) = Database::postgres() else { return };
    for (sql, what) in
        [("discard all", "`DISCARD ALL`"), ("select pg_catalog.pg_advisory_unlock_all()", "`pg_advisory_unlock_all()`")]
    {
        for head in ["-- dunlin: transaction none\n", "-- in a transaction\n"] {
            let project = Project::new();
            project.migration("1_reset", &format!("{head}create table a (n int);\n{sql};\n"), "select 1;");
            let told = migrations(&project).up(&database.url).await.expect_err("it is refused").to_string();
            let why = format!("1_reset.up.sql:3:1: {what} must not stand in a migration: it gives up the lock");
            assert!(told.contains(&why), "{told}");
        }
    }
    assert!(!has(&database, "a"));
}
