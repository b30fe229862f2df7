//! The books in the database.

use std::fmt;

use anyhow::ensure;
use sqlx::SqlitePool;

/// A book, as it is listed.
#[derive(Debug)]
pub(crate) struct Book {
    id: i64,
    title: String,
    author: String,
    status: String,
    notes: i64,
}

impl fmt::Display for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>3}  {:<7}  {}", self.id, self.status, self.title)?;
        if !self.author.is_empty() {
            write!(f, ", by {}", self.author)?;
        }
        match self.notes {
            0 => Ok(()),
            1 => f.write_str(" (1 note)"),
            notes => write!(f, " ({notes} notes)"),
        }
    }
}

/// Adds a book.
pub(crate) async fn add(pool: &SqlitePool, title: &str, author: Option<&str>) -> anyhow::Result<()> {
    sqlx::query("insert into books (title, author) values (?, ?)")
        .bind(title)
        .bind(author.unwrap_or_default())
        .execute(pool)
        .await?;
    Ok(())
}

/// Notes something about a book.
pub(crate) async fn note(pool: &SqlitePool, book: i64, text: &str) -> anyhow::Result<()> {
    let known: i64 = sqlx::query_scalar("select count(*) from books where id = ?").bind(book).fetch_one(pool).await?;
    ensure!(known == 1, "there is no book {book}");
    sqlx::query("insert into notes (book_id, text) values (?, ?)").bind(book).bind(text).execute(pool).await?;
    Ok(())
}

/// Says that a book is read.
pub(crate) async fn done(pool: &SqlitePool, book: i64) -> anyhow::Result<()> {
    let done = sqlx::query("update books set status = 'read' where id = ?").bind(book).execute(pool).await?;
    ensure!(done.rows_affected() == 1, "there is no book {book}");
    Ok(())
}

/// Lists the books, those to be read first.
pub(crate) async fn list(pool: &SqlitePool) -> anyhow::Result<Vec<Book>> {
    let rows: Vec<(i64, String, String, String, i64)> = sqlx::query_as(
        "select id, title, author, status, (select count(*) from notes where book_id = books.id) as notes
         from books
         order by status = 'read', id",
    )
    .fetch_all(pool)
    .await?;
    let book = |(id, title, author, status, notes)| Book { id, title, author, status, notes };
    Ok(rows.into_iter().map(book).collect())
}
