//! The poolers do what makes a pooler hard to live with.

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection, Row};

use crate::support::database::Database;
use crate::support::servers::{Mode, Pooler};

/// Connects as dunlin does: such a pooler refuses what sqlx sends by itself.
async fn connected(url: &str) -> Result<PgConnection, sqlx::Error> {
    url.parse::<PgConnectOptions>()?.extra_float_digits(None).connect().await
}

async fn answer(connection: &mut PgConnection, query: &'static str) -> i32 {
    let row = sqlx::raw_sql(query).fetch_one(connection).await.expect("an answer");
    row.get_unchecked::<String, _>(0).parse().expect("a number")
}

async fn backend(connection: &mut PgConnection) -> i32 {
    answer(connection, "select pg_backend_pid()").await
}

#[tokio::test]
async fn a_driver_and_a_client_get_answers_in_every_mode() {
    for mode in Mode::ALL {
        let (Some(pooler), Some(database)) = (Pooler::new(mode), Database::postgres()) else { return };
        let url = database.url_at(&pooler.address);
        assert_eq!(database.try_sql_as(&url, "select 1; select 2").as_deref(), Ok("1\n2"), "{mode:?}");
        let mut connection = connected(&url).await.expect("a connection");
        assert_eq!(answer(&mut connection, "select 1").await, 1, "{mode:?}");
    }
}

#[tokio::test]
async fn no_start_up_parameter_is_ignored() {
    let (Some(pooler), Some(database)) = (Pooler::new(Mode::Session), Database::postgres()) else { return };
    let options: PgConnectOptions = database.url_at(&pooler.address).parse().expect("a URL");
    let refusal = options.connect().await.expect_err("sqlx sends `extra_float_digits`");
    assert!(refusal.to_string().contains("unsupported startup parameter: extra_float_digits"), "{refusal}");
}

#[test]
fn a_wrong_password_is_refused() {
    let (Some(pooler), Some(database)) = (Pooler::new(Mode::Session), Database::postgres()) else { return };
    let mut url = url::Url::parse(&database.url_at(&pooler.address)).expect("a URL");
    url.set_password(Some("wrong")).expect("a password");
    let message = database.try_sql_as(url.as_str(), "select 1").expect_err("the pooler lets anybody in");
    assert!(message.contains("authentication failed"), "{message}");
}

#[tokio::test]
async fn only_in_session_mode_has_a_client_a_backend_to_itself() {
    for mode in Mode::ALL {
        let (Some(pooler), Some(database)) = (Pooler::new(mode), Database::postgres()) else { return };
        let url = database.url_at(&pooler.address);
        let mut first = connected(&url).await.expect("a connection");
        let mut second = connected(&url).await.expect("a connection");
        let backends = [backend(&mut first).await, backend(&mut second).await, backend(&mut first).await];
        assert_eq!(backends[0] == backends[1], mode != Mode::Session, "{mode:?}: {backends:?}");
        assert_eq!(backends[0], backends[2], "{mode:?}");
    }
}

#[tokio::test]
async fn in_transaction_mode_a_client_is_moved_to_another_backend() {
    let (Some(pooler), Some(database)) = (Pooler::new(Mode::Transaction), Database::postgres()) else { return };
    let url = database.url_at(&pooler.address);
    let mut first = connected(&url).await.expect("a connection");
    let mut second = connected(&url).await.expect("a connection");
    let before = backend(&mut first).await;
    sqlx::raw_sql("begin").execute(&mut second).await.expect("a transaction");
    assert_eq!(backend(&mut second).await, before);
    assert_ne!(backend(&mut first).await, before);
}

#[test]
fn statement_mode_refuses_a_transaction() {
    let (Some(pooler), Some(database)) = (Pooler::new(Mode::Statement), Database::postgres()) else { return };
    let url = database.url_at(&pooler.address);
    let refusal = database.try_sql_as(&url, "begin; select 1; commit;").expect_err("a transaction was begun");
    assert!(refusal.contains("transaction blocks not allowed in statement pooling mode"), "{refusal}");
}
