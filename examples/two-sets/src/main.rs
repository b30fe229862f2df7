//! An application and a library, each with its own migrations, in one database.
//!
//! Both sets have a migration `1`; neither knows of the other's. The library's set runs first, since the application's
//! tables refer to it.

use sqlx::SqlitePool;

static MIGRATIONS: dunlin::Migrations = dunlin::embed!();

#[tokio::main]
#[expect(clippy::print_stdout, reason = "this program has something to say")]
#[expect(clippy::disallowed_methods, reason = "a program's own settings come from its arguments")]
async fn main() -> anyhow::Result<()> {
    let file = std::env::args().nth(1).unwrap_or_else(|| "two-sets.db".to_owned());
    let pool = SqlitePool::connect(&format!("sqlite:{file}?mode=rwc")).await?;
    for migrations in [&accounts::MIGRATIONS, &MIGRATIONS] {
        let report = migrations.up(&pool).await?;
        println!("{}: {} applied", report.set, report.steps.len());
    }
    let account = accounts::open(&pool, "ann").await?;
    sqlx::query("insert into orders (account_id, what) values (?, 'tea')").bind(account).execute(&pool).await?;
    println!("account {account} has ordered tea");
    Ok(())
}
