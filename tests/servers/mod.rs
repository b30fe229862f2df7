//! The throw-away servers hold what the tests build on: those of every engine here, the others in files of their own.

mod clusters;
mod poolers;

use crate::support::database::Database;
use crate::support::engines::skip;

engines! {
    async fn a_database_is_fresh_and_its_owner_may_build_in_it(database: &Database) {
        assert_eq!(database.schema(), "");
        database.sql("create table bird (id int primary key, name varchar(20)); insert into bird values (1, 'wren'), (2, null);");
        assert_eq!(database.sql("select id, name from bird order by id"), "1|wren\n2|NULL");
        assert_ne!(database.schema(), "");
    }

    async fn a_script_stops_at_its_first_fault(database: &Database) {
        let fault = database.try_sql("create table kept (id int); create table kept (id int); create table lost (id int);");
        assert!(fault.is_err_and(|message| message.contains("kept")));
        assert!(database.schema().contains("kept"));
        assert!(!database.schema().contains("lost"));
    }

    async fn the_tables_of_dunlin_are_no_part_of_the_schema(database: &Database) {
        database.sql("create table dunlin_migrations (id int primary key); create index i on dunlin_migrations (id);");
        assert_eq!(database.schema(), "");
    }
}

#[test]
fn a_wrong_password_is_refused() {
    for database in [Database::postgres(), Database::mysql()].into_iter().flatten() {
        let mut url = url::Url::parse(&database.url).expect("a URL");
        url.set_password(Some("wrong")).expect("a password");
        let message = database.try_sql_as(url.as_str(), "select 1").expect_err("the server lets anybody in");
        assert!(message.to_lowercase().contains("password"), "{message}");
    }
}

#[test]
fn an_owner_is_no_superuser() {
    for database in [Database::postgres(), Database::mysql()].into_iter().flatten() {
        if database.superuser_url() == database.url {
            skip("the server is not ours, and its users neither");
            continue;
        }
        let visitor = format!("visitor_{}", std::process::id());
        database.superuser_sql(&format!("create user {visitor}"));
        assert!(database.try_sql(&format!("drop user {visitor}")).is_err());
        database.superuser_sql(&format!("drop user {visitor}"));
    }
}
