//! Databases that cannot be had, and histories that cannot be read.

use dunlin::{Dialect, Error};
use url::Url;

use super::birds::{bird, birds};
use super::migrations;
use crate::support::database::Database;

fn servers() -> impl Iterator<Item = (Database, Url)> {
    [Dialect::Postgres, Dialect::Mysql].into_iter().filter_map(Database::new).map(|database| {
        let url = Url::parse(&database.url).expect("a URL");
        (database, url)
    })
}

async fn message(url: &str) -> String {
    match migrations(&bird()).up(url).await {
        Err(error @ Error::Connect { .. }) => error.to_string(),
        other => panic!("there was to be no connection: {other:?}"),
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_without_it() {
    for (_database, mut url) in servers() {
        url.set_password(Some("tell%40nobody")).expect("a URL with a host");
        let message = message(url.as_str()).await;
        assert!(message.starts_with("cannot connect to ") && message.to_lowercase().contains("password"), "{message}");
        assert!(!message.contains("nobody"), "{message}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told() {
    for url in ["postgres://ann:secret@127.0.0.1:1/app", "mysql://ann:secret@127.0.0.1:1/app"] {
        let error = migrations(&bird()).up(url).await.expect_err("nobody listens");
        assert!(error.to_string().contains("127.0.0.1:1/app") && !error.to_string().contains("secret"), "{error}");
        assert!(error.hints().join(" ").contains("is the server running"), "{:?}", error.hints());
    }
}

#[tokio::test]
async fn an_unknown_database_is_told() {
    for (_database, mut url) in servers() {
        url.set_path("/dunlin_nowhere");
        let message = message(url.as_str()).await;
        assert!(message.matches("dunlin_nowhere").count() >= 2, "{message}");
    }
    let message = message("sqlite:///nowhere/at/all.sqlite").await;
    assert!(message.contains("/nowhere/at/all.sqlite") && message.contains("unable to open"), "{message}");
}

#[tokio::test]
async fn a_url_without_a_database_is_told() {
    for (database, mut url) in servers().filter(|(database, _)| database.dialect == Dialect::Mysql) {
        url.set_path("");
        let error = migrations(&bird()).up(url.as_str()).await.expect_err("there is nowhere to go");
        assert!(error.to_string().contains("there is no database"), "{error}");
        drop(database);
    }
}

#[tokio::test]
async fn a_search_path_that_leads_nowhere_is_told() {
    for (database, mut url) in servers().filter(|(database, _)| database.dialect == Dialect::Postgres) {
        url.query_pairs_mut().append_pair("options", "-csearch_path=nowhere");
        let error = migrations(&bird()).up(url.as_str()).await.expect_err("there is nowhere to go");
        assert!(error.to_string().contains("there is no schema"), "{error}");
        drop(database);
    }
}

engines! {
    async fn a_newer_layout_is_refused_and_left_alone(database: &Database) {
        let project = bird();
        migrations(&project).up(&database.url).await.expect("it is applied");
        database.sql("update dunlin_layout set version = 99");
        let later = birds();
        let refusals = async || {
            let migrations = migrations(&later);
            [
                migrations.up(&database.url).await.map(drop).expect_err("it is refused"),
                migrations.status(&database.url).await.map(drop).expect_err("it is refused"),
                migrations.history(&database.url).await.map(drop).expect_err("it is refused"),
            ]
        };
        for error in refusals().await {
            assert!(matches!(error, Error::NewerLayout { found: 99, known: 1, .. }), "{error:?}");
        }
        database.sql("alter table dunlin_migrations drop column parents; alter table dunlin_events drop column detail");
        for error in refusals().await {
            assert!(matches!(error, Error::NewerLayout { found: 99, known: 1, .. }), "{error:?}");
        }
    }

    async fn a_row_that_dunlin_never_writes_is_named(database: &Database) {
        let project = birds();
        migrations(&project).up(&database.url).await.expect("it is applied");
        database.sql("update dunlin_migrations set state = 'hovering' where id = '2'");
        for error in [
            migrations(&project).up(&database.url).await.map(drop).expect_err("it is refused"),
            migrations(&project).status(&database.url).await.map(drop).expect_err("it is refused"),
        ] {
            assert_eq!(error.to_string(), "the history cannot be read: the row of `2` is none that dunlin writes");
        }
    }
}
