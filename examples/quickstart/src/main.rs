//! A reading list in a SQLite file.
//!
//! Every command migrates first, so that a new version of the program finds its tables. `migrate` is the command line of
//! dunlin: `quickstart migrate status`, `quickstart migrate down`, and so on.

#![expect(clippy::print_stdout, reason = "printing the list is what it is for")]

mod books;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;

static MIGRATIONS: dunlin::Migrations = dunlin::embed!();

/// Keep a list of books to read
#[derive(Debug, Parser)]
struct Quickstart {
    /// Keep the list in this file
    #[arg(long, value_name = "FILE", default_value = "quickstart.db")]
    list: String,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a book
    Add {
        title: String,
        /// Name its author
        #[arg(long, value_name = "AUTHOR")]
        by: Option<String>,
    },
    /// Note something about a book
    Note { book: i64, text: String },
    /// Say that a book is read
    Done { book: i64 },
    /// List the books
    List,
    /// Bring the database up to date, or see how it stands
    Migrate(dunlin_cli::Cli),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let Quickstart { list, command } = Quickstart::parse();
    match command {
        Command::Migrate(cli) => {
            let cli = cli.with_url(&format!("sqlite:{list}")).with_name("quickstart migrate");
            return Ok(cli.run(&MIGRATIONS).await.into());
        }
        Command::Add { title, by } => books::add(&open(&list).await?, &title, by.as_deref()).await?,
        Command::Note { book, text } => books::note(&open(&list).await?, book, &text).await?,
        Command::Done { book } => books::done(&open(&list).await?, book).await?,
        Command::List => {
            for book in books::list(&open(&list).await?).await? {
                println!("{book}");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the list, and brings it up to date.
async fn open(list: &str) -> anyhow::Result<SqlitePool> {
    let options = SqliteConnectOptions::new().filename(list).create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await?;
    MIGRATIONS.up(&pool).await?;
    Ok(pool)
}
