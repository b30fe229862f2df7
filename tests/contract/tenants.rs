//! Many with the same migrations on one server, each with a history of its own.

use dunlin::{Dialect, Error, Target};
use url::Url;

use super::birds::{bird, birds};
use super::migrations;
use crate::support::database::Database;

fn with_schemas(names: &[&str]) -> Option<Database> {
    let database = Database::postgres()?;
    for name in names {
        database.sql(&format!("create schema {name}"));
    }
    Some(database)
}

#[tokio::test]
async fn each_schema_has_a_history_of_its_own() {
    let Some(database) = with_schemas(&["one", "two"]) else { return };
    let project = birds();
    let migrations = migrations(&project);
    let [one, two] = ["one", "two"].map(|name| migrations.migrator().tenant(name));
    assert_eq!(one.up(&database.url).await.expect("it is applied").steps.len(), 3);
    assert_eq!(two.status(&database.url).await.expect("a status").pending(), 3);
    assert_eq!(two.up(&database.url).await.expect("it is applied").steps.len(), 3);
    one.down(&database.url, Target::Base).await.expect("it is reverted");
    assert_eq!(two.status(&database.url).await.expect("a status").pending(), 0);
    assert_eq!(two.history(&database.url).await.expect("a log").len(), 3);
    assert_eq!(database.sql("select count(*) from two.bird"), "1");

    // Whoever comes with the schema as the search path of the URL finds the same history.
    let mut url = Url::parse(&database.url).expect("a URL");
    url.query_pairs_mut().append_pair("options", "-csearch_path=two");
    assert!(migrations.up(url.as_str()).await.expect("nothing is pending").steps.is_empty());
    assert_eq!(one.up(url.as_str()).await.expect("it is applied").steps.len(), 3, "the tenant comes before the URL");
}

#[tokio::test]
async fn a_schema_that_is_not_there_never_means_another() {
    let Some(database) = with_schemas(&["there"]) else { return };
    let project = bird();
    let migrations = migrations(&project);
    let migrator = migrations.migrator().tenant("gone").tenant_path(["public", "there"]);
    assert_eq!(migrator.status(&database.url).await.expect("a status").pending(), 1);
    let error = migrator.up(&database.url).await.expect_err("there is no such schema");
    assert!(matches!(&error, Error::NoTenant { name } if name == "gone"), "{error:?}");
    let made = "select count(*) from pg_tables where schemaname in ('public', 'there')";
    assert_eq!(database.sql(made), "0");
}

#[tokio::test]
async fn each_database_of_a_mysql_server_has_a_history_of_its_own() {
    let (Some(one), Some(two)) = (Database::mysql(), Database::mysql()) else { return };
    let project = birds();
    let name = two.url.rsplit('/').next().expect("a name");
    let migrations = migrations(&project);
    // The URL leads to one, and the tenant to two.
    assert_eq!(migrations.migrator().tenant(name).up(&one.url).await.expect("it is applied").steps.len(), 3);
    assert_eq!(migrations.status(&one.url).await.expect("a status").pending(), 3);
    assert!(migrations.up(&two.url).await.expect("nothing is pending").steps.is_empty());
    let gone = migrations.migrator().tenant("dunlin_gone").up(&one.url).await.expect_err("there is none");
    assert!(matches!(&gone, Error::Connect { .. }) && gone.to_string().contains("dunlin_gone"), "{gone}");
}

engines! {
    async fn a_tenant_wants_a_url_and_a_history_of_its_own(database: &Database) {
        let project = bird();
        let migrations = migrations(&project);
        let migrator = migrations.migrator().tenant("one");
        let pooled = match database.dialect {
            Dialect::Sqlite => migrator.up(&sqlx::SqlitePool::connect_lazy(&database.url).expect("a pool")).await,
            Dialect::Postgres => migrator.up(&sqlx::PgPool::connect_lazy(&database.url).expect("a pool")).await,
            Dialect::Mysql => migrator.up(&sqlx::MySqlPool::connect_lazy(&database.url).expect("a pool")).await,
        };
        assert!(matches!(pooled, Err(Error::TenantRefused { .. })), "{pooled:?}");
        let shared = migrator.clone().history_schema("public").status(&database.url).await;
        assert!(matches!(shared, Err(Error::TenantRefused { .. })), "{shared:?}");
        if database.dialect == Dialect::Sqlite {
            assert!(matches!(migrator.up(&database.url).await, Err(Error::TenantRefused { .. })));
        }
    }
}

#[tokio::test]
async fn tenants_are_asked_for_and_nothing_is_written() {
    for database in [Database::postgres(), Database::mysql()].into_iter().flatten() {
        let whole = dunlin::Database::at(&*database.url).expect("a URL");
        let named = whole.tenants("select 'b' as name union all select 'a' union all select 'b' -- twice").await;
        let mut named = named.expect("names");
        assert_eq!(named.len(), 2);
        named.sort();
        assert_eq!(named, ["a", "b"]);
        assert_eq!(whole.tenants("select 7").await.expect("a number is a name too"), ["7"]);
        let empty = whole.tenants("select 'a' union all select ''").await;
        assert!(matches!(empty, Err(Error::UnnamedTenant { .. })), "{empty:?}");
        database.sql("create table registry (name varchar(20)); insert into registry values ('a')");
        let writing = whole.tenants("delete from registry").await;
        assert!(matches!(writing, Err(Error::TenantQuery { .. })), "{writing:?}");
        assert_eq!(database.sql("select count(*) from registry"), "1");
    }
    let sqlite = Database::sqlite();
    let refused = dunlin::Database::at(&*sqlite.url).expect("a URL").tenants("select 'a'").await;
    assert!(matches!(refused, Err(Error::TenantRefused { .. })), "{refused:?}");
}
