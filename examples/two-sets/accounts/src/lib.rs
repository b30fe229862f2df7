//! A library that brings its own tables, and its own migrations for them, into an application's database.
//!
//! The set has a name of its own, so that its history and its ids are nobody else's business.

use sqlx::SqlitePool;

/// The migrations of this library. An application runs them before its own.
pub static MIGRATIONS: dunlin::Migrations = dunlin::embed!("versions", set = "accounts");

/// Returns the number of the account with this name, which it opens if there is none.
pub async fn open(pool: &SqlitePool, name: &str) -> Result<i64, sqlx::Error> {
    sqlx::query("insert or ignore into accounts (name) values (?)").bind(name).execute(pool).await?;
    sqlx::query_scalar("select id from accounts where name = ?").bind(name).fetch_one(pool).await
}
