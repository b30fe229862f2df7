//! The command line of dunlin, to be mounted in an application or used on its own.
//!
//! [`Cli`] is a `clap::Args`. As a variant of an application's own subcommands it works on the migrations that the
//! application embeds; without a verb it applies what is pending:
//!
//! ```no_run
//! use clap::{Parser, Subcommand};
//!
//! static MIGRATIONS: dunlin::Migrations = dunlin::embed!("../examples/quickstart/versions");
//!
//! #[derive(Parser)]
//! struct Application {
//!     #[command(subcommand)]
//!     command: Command,
//! }
//!
//! #[derive(Subcommand)]
//! enum Command {
//!     /// Bring the database up to date
//!     Migrate(dunlin_cli::Cli),
//! }
//!
//! # async fn start() -> std::process::ExitCode {
//! match Application::parse().command {
//!     Command::Migrate(cli) => cli.run(&MIGRATIONS).await.into(),
//! }
//! # }
//! ```
//!
//! The library owns nothing: no arguments, no exit, no logging, no `.env` file, no tokio runtime. `commands/` has one file
//! a verb; `host.rs` alone reads the environment, `output.rs` alone writes to the terminal.

mod cli;
mod commands;
mod config_file;
mod context;
mod database_url;
mod declaration;
mod diagram;
mod drawing;
mod duration;
mod each;
mod exit_code;
mod file_template;
mod findings;
mod git;
mod host;
mod new_migration;
mod options;
mod output;
mod problem;
mod program;
mod progress;
mod rebase;
mod settings;
mod standalone;
mod standing;
mod table;
mod templates;

pub use cli::Cli;
pub use dunlin::HeardBy;
pub use exit_code::{EXIT_CODES, Exit};
pub use host::Host;
pub use standalone::{Standalone, cannot_begin, interrupted, waits_to_stop};
