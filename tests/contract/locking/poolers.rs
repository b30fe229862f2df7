//! PostgreSQL behind a pooler: it is noticed, and what cannot be right behind it is refused or done past it.

use dunlin::core::migration::SetName;
use expect_test::expect;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};
use url::Url;

use super::{ADVISORY, dunlin, with};
use crate::contract::birds::{bird, birds};
use crate::contract::{has, migrations};
use crate::support::database::Database;
use crate::support::project::Project;
use crate::support::servers::{Mode, Pooler, postgres_sockets};

const OUTSIDE: &str = "-- dunlin: transaction none\ncreate index concurrently bird_name on bird (name);\n";

/// A project whose second migration runs outside a transaction.
fn with_an_index() -> Project {
    let project = bird();
    project.migration("2_index", OUTSIDE, "drop index bird_name;\n");
    project
}

fn with_transactions() -> [Mode; 2] {
    [Mode::Session, Mode::Transaction]
}

#[tokio::test]
async fn a_pooler_that_ignores_no_start_up_parameter_lets_us_in() {
    for mode in Mode::ALL {
        let (Some(pooler), Some(database)) = (Pooler::new(mode), Database::postgres()) else { return };
        let status = migrations(&bird()).status(&database.url_at(&pooler.address)).await;
        assert_eq!(status.expect("the pooler lets us in").migrations.len(), 1, "{mode:?}");
    }
}

#[test]
fn transactional_migrations_are_applied_and_reverted_through_a_pooler() {
    for mode in with_transactions() {
        let (Some(pooler), Some(database)) = (Pooler::new(mode), Database::postgres()) else { return };
        let url = database.url_at(&pooler.address);
        let project = birds();
        dunlin(&project, &url, "up").run().expect_code(0);
        assert_eq!(database.sql("select name from bird"), "wren", "{mode:?}");
        dunlin(&project, &url, "down base").run().expect_code(0);
        assert!(!has(&database, "bird"), "{mode:?}");
        dunlin(&project, &url, "stamp 2").run().expect_code(0);
        dunlin(&project, &url, "verify").run().expect_code(0);
        assert_eq!(database.sql(ADVISORY), "0", "{mode:?}");
    }
}

#[tokio::test]
async fn a_pool_behind_a_pooler_is_noticed_too() {
    for mode in with_transactions() {
        let (Some(pooler), Some(database)) = (Pooler::new(mode), Database::postgres()) else { return };
        let options: PgConnectOptions = database.url_at(&pooler.address).parse().expect("a URL");
        let pool = PgPoolOptions::new().max_connections(2).connect_lazy_with(options.extra_float_digits(None));
        migrations(&birds()).up(&pool).await.expect("it is applied");
        assert_eq!(database.sql("select name from bird"), "wren", "{mode:?}");

        let project = Project::new();
        project.migration("1_index", OUTSIDE, "drop index bird_name;\n");
        let index = migrations(&project).set(SetName::new("index").expect("a name"));
        let error = index.up(&pool).await.expect_err("it runs outside transactions");
        assert!(matches!(error, dunlin::Error::Pooled), "{mode:?}: {error}");
        assert_eq!(database.sql(ADVISORY), "0", "{mode:?}");
    }
}

#[test]
fn what_runs_outside_transactions_is_refused_behind_a_pooler() {
    for mode in Mode::ALL {
        let (Some(pooler), Some(database)) = (Pooler::new(mode), Database::postgres()) else { return };
        let outcome = dunlin(&with_an_index(), &database.url_at(&pooler.address), "up").run();
        expect![[r#"
            $ dunlin up
            --- stderr
            error: a pooler stands before the server, and what is to be done runs outside transactions
            hint: name a URL that leads past the pooler: `direct-url` in dunlin.toml, or DUNLIN_DIRECT_URL; what is done is then done there
            --- exit 9
        "#]]
        .assert_eq(&outcome.snapshot());
        assert!(!has(&database, "bird") && !has(&database, "dunlin_layout"), "{mode:?}");
    }
}

#[test]
fn a_direct_url_is_where_it_is_done() {
    for (mode, way) in Mode::ALL.into_iter().zip(["flag", "environment", "settings"]) {
        let (Some(pooler), Some(database)) = (Pooler::new(mode), Database::postgres()) else { return };
        let project = with_an_index();
        let command = dunlin(&project, &database.url_at(&pooler.address), "up");
        let command = match way {
            "flag" => command.arguments(["--direct-url", &database.url]),
            "environment" => command.variable("DUNLIN_DIRECT_URL", &database.url),
            _ => {
                project.file("dunlin.toml", format!("direct-url = '{}'\n", database.url));
                command
            }
        };
        command.run().expect_code(0);
        assert!(database.sql("select indexdef from pg_indexes").contains("bird_name"), "{mode:?}, {way}");
    }
}

#[test]
fn whatever_writes_is_done_past_the_pooler_where_a_direct_url_is_given() {
    for mode in Mode::ALL {
        let (Some(pooler), Some(database)) = (Pooler::new(mode), Database::postgres()) else { return };
        let project = birds();
        project.file("dunlin.toml", format!("direct-url = '{}'\n", database.url));
        let url = database.url_at(&pooler.address);
        for line in ["stamp 1", "skip 2 --reason test", "up", "redo", "down -1", "up"] {
            let outcome = dunlin(&project, &url, line).run();
            assert!(matches!(outcome.code, Some(0)), "{mode:?}: {}", outcome.snapshot());
        }
    }
}

#[test]
fn a_pooler_that_takes_no_transactions_is_refused() {
    let (Some(pooler), Some(database)) = (Pooler::new(Mode::Statement), Database::postgres()) else { return };
    let url = database.url_at(&pooler.address);
    let outcome = dunlin(&bird(), &url, "up").run();
    expect![[r#"
        $ dunlin up
        --- stderr
        error: a pooler stands before the server, and it takes no transactions: transaction blocks not allowed in statement pooling mode
        hint: name a URL that leads past the pooler: `direct-url` in dunlin.toml, or DUNLIN_DIRECT_URL; what is done is then done there
        --- exit 9
    "#]]
    .assert_eq(&outcome.snapshot());
    for line in ["stamp 1", "skip 1 --reason test"] {
        let outcome = dunlin(&bird(), &url, line).run().expect_code(9);
        assert!(outcome.stderr.contains("it takes no transactions"), "{}", outcome.snapshot());
    }
    dunlin(&bird(), &url, "status").run().expect_code(0);
    assert_eq!(database.sql(ADVISORY), "0");
}

#[tokio::test]
async fn a_connection_that_is_lent_may_be_a_poolers() {
    for mode in with_transactions() {
        let (Some(pooler), Some(database)) = (Pooler::new(mode), Database::postgres()) else { return };
        let options: PgConnectOptions = database.url_at(&pooler.address).parse().expect("a URL");
        let mut lent = options.extra_float_digits(None).connect().await.expect("a connection");
        migrations(&birds()).up(&mut lent).await.expect("it is applied");
        assert_eq!(database.sql("select name from bird"), "wren", "{mode:?}");
        assert_eq!(database.sql(ADVISORY), "0", "{mode:?}");
        lent.close().await.expect("a farewell");
    }
}

/// Applies what runs outside transactions: nobody who is taken to be behind a pooler may do that.
fn is_direct(project: &Project, url: &str) {
    let outcome = dunlin(project, url, "up").run();
    assert_eq!(outcome.code, Some(0), "{}", outcome.snapshot());
}

#[test]
fn a_direct_connection_is_never_taken_for_a_poolers() {
    let fresh = || Some((Database::postgres()?, with_an_index()));
    let Some((database, project)) = fresh() else { return };
    is_direct(&project, &database.url);
    let Some((database, project)) = fresh() else { return };
    is_direct(&project, &database.superuser_url());
    let Some((database, project)) = fresh() else { return };
    is_direct(&project, &with(&database.url, "options", "-c work_mem=5MB -c my.own=1"));
    let Some((database, project)) = fresh() else { return };
    is_direct(&project, &with(&database.url, "application_name", "ours"));
}

#[test]
fn a_connection_over_a_socket_is_never_taken_for_a_poolers() {
    let (Some(database), Some(sockets)) = (Database::postgres(), postgres_sockets()) else { return };
    let url = with(&database.url, "host", &sockets.display().to_string());
    let mut url = Url::parse(&url).expect("a URL");
    url.set_port(Some(5432)).expect("a URL with a host");
    is_direct(&with_an_index(), url.as_str());
}

/// A role of a database of its own, with one more property.
fn role(database: &Database, property: &str) -> String {
    let name = database.sql("select 'role_' || substr(current_database(), 8)");
    database.superuser_sql(&format!(
        "create role {name} login password 'secret' {property}; grant create on schema public to {name};"
    ));
    let mut url = Url::parse(&database.url).expect("a URL");
    url.set_username(&name).expect("a URL with a host");
    url.set_password(Some("secret")).expect("a URL with a host");
    url.to_string()
}

fn drop_role(database: &Database) {
    let name = database.sql("select 'role_' || substr(current_database(), 8)");
    database.superuser_sql(&format!("drop owned by {name}; drop role {name}"));
}

#[test]
fn a_user_who_may_connect_but_once_migrates_all_the_same() {
    for property in ["", "connection limit 1"] {
        let Some(database) = Database::postgres() else { return };
        is_direct(&with_an_index(), &role(&database, property));
        drop_role(&database);
    }
}

/// Counts the sessions that a database has seen.
fn sessions(database: &Database) -> i64 {
    let mut lobby = Url::parse(&database.superuser_url()).expect("a URL");
    let name = lobby.path().trim_start_matches('/').to_owned();
    lobby.set_path("/postgres");
    let question = format!(
        "select pg_stat_force_next_flush(); select pg_sleep(0.2); \
         select sessions from pg_stat_database where datname = '{name}'"
    );
    let answer = database.try_sql_as(lobby.as_str(), &question).expect("an answer");
    answer.lines().last().and_then(|line| line.parse().ok()).expect("a number")
}

#[test]
fn nothing_pending_costs_one_connection_and_something_two() {
    let Some(database) = Database::postgres() else { return };
    let project = bird();
    for (line, expected) in [("up", 2), ("up", 1), ("status", 1)] {
        let before = sessions(&database);
        dunlin(&project, &database.url, line).run().expect_code(0);
        assert_eq!(sessions(&database) - before, expected, "{line}");
    }
}
