//! The users in the database. The same SQL serves both engines.

use std::fmt;

use anyhow::ensure;
use sqlx::AnyPool;

/// A user who is not deleted, as they are listed.
#[derive(Debug)]
pub(crate) struct User {
    username: String,
    full_name: String,
    email: String,
    status: String,
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let User { username, full_name, email, status } = self;
        write!(f, "{username}: {full_name} <{email}>, {status}")
    }
}

/// Adds a user. The name may be that of somebody who was deleted.
pub(crate) async fn add(pool: &AnyPool, username: &str, full_name: &str, email: &str) -> anyhow::Result<()> {
    sqlx::query("insert into users (username, full_name, email) values ($1, $2, $3)")
        .bind(username)
        .bind(full_name)
        .bind(email)
        .execute(pool)
        .await?;
    Ok(())
}

/// Lists those who are not deleted, by name.
pub(crate) async fn living(pool: &AnyPool) -> anyhow::Result<Vec<User>> {
    let rows: Vec<(String, String, String, String)> =
        sqlx::query_as("select username, full_name, email, status from living_users order by username")
            .fetch_all(pool)
            .await?;
    let user = |(username, full_name, email, status)| User { username, full_name, email, status };
    Ok(rows.into_iter().map(user).collect())
}

/// Deletes a user softly: the row and the posts stay.
pub(crate) async fn delete(pool: &AnyPool, username: &str) -> anyhow::Result<()> {
    let deleted =
        sqlx::query("update users set deleted_at = current_timestamp where username = $1 and deleted_at is null")
            .bind(username)
            .execute(pool)
            .await?;
    ensure!(deleted.rows_affected() == 1, "there is no user `{username}`");
    Ok(())
}

/// Restores the one of this name who was deleted last. The unique index refuses while somebody else has the name.
pub(crate) async fn restore(pool: &AnyPool, username: &str) -> anyhow::Result<()> {
    let restored = sqlx::query(
        "update users set deleted_at = null
         where id = (
           select id from users
           where username = $1 and deleted_at is not null
           order by deleted_at desc, id desc
           limit 1
         )",
    )
    .bind(username)
    .execute(pool)
    .await?;
    ensure!(restored.rows_affected() == 1, "no user `{username}` was deleted");
    Ok(())
}
