//! The users of a service, in SQLite or PostgreSQL.
//!
//! `users.rs` is written for the newest schema: it reads the view of the living, and deletes by setting a date. Every
//! command migrates first; `migrate` is the command line of dunlin on the migrations in `versions`, which the README walks
//! through.

#![expect(clippy::print_stdout, reason = "printing the users is what it is for")]

mod users;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use sqlx::AnyPool;

static MIGRATIONS: dunlin::Migrations = dunlin::embed!();

/// Keep the users of a service
#[derive(Debug, Parser)]
struct Guides {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a user
    Add { username: String, full_name: String, email: String },
    /// List the users who are not deleted
    List,
    /// Delete a user, who can be restored
    Delete { username: String },
    /// Restore the user of this name who was deleted last
    Restore { username: String },
    /// Bring the database up to date, or see how it stands
    Migrate(dunlin_cli::Cli),
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "a program's own settings come from its environment")]
async fn main() -> anyhow::Result<ExitCode> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:guides.db".to_owned());
    match Guides::parse().command {
        Command::Migrate(cli) => {
            let cli = cli.with_url(&url).with_name("guides migrate");
            return Ok(cli.run(&MIGRATIONS).await.into());
        }
        Command::Add { username, full_name, email } => {
            users::add(&open(&url).await?, &username, &full_name, &email).await?;
        }
        Command::List => {
            for user in users::living(&open(&url).await?).await? {
                println!("{user}");
            }
        }
        Command::Delete { username } => users::delete(&open(&url).await?, &username).await?,
        Command::Restore { username } => users::restore(&open(&url).await?, &username).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Brings the database up to date, and opens it.
async fn open(url: &str) -> anyhow::Result<AnyPool> {
    MIGRATIONS.up(url).await?;
    sqlx::any::install_default_drivers();
    Ok(AnyPool::connect(url).await?)
}
