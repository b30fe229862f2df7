//! The verbs: one file each, with its arguments, whose comments are its help, and one function that does it.
//!
//! To add a verb, add its file and its line in [`Command`]. A verb is given a [`Context`](crate::context::Context), and
//! returns how it ended or the problem that stopped it.

mod completions;
mod down;
mod history;
mod init;
mod lock;
mod new;
mod plan;
mod redo;
mod show;
mod status;
mod up;
mod verify;
mod written;

use clap::Subcommand;

pub(crate) use lock::CannotSeal;
pub(crate) use up::Up;

use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;

/// Every verb. The aliases are what Alembic, sqlx and others call it.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    Init(init::Init),
    #[command(visible_aliases = ["revision", "add"])]
    New(new::New),
    #[command(visible_aliases = ["upgrade", "migrate", "run"])]
    Up(Up),
    #[command(visible_aliases = ["downgrade", "revert"])]
    Down(down::Down),
    Redo(redo::Redo),
    #[command(visible_alias = "info")]
    Status(status::Status),
    #[command(visible_alias = "log")]
    History(history::History),
    Plan(plan::Plan),
    Verify(verify::Verify),
    Show(show::Show),
    Lock(lock::Lock),
    Completions(completions::Completions),
}

impl Command {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<Exit, Problem> {
        match self {
            Command::Init(init) => init::run(&init, context),
            Command::New(new) => new::run(&new, context),
            Command::Up(up) => up::run(up, context).await,
            Command::Down(down) => down::run(down, context).await,
            Command::Redo(redo) => redo::run(redo, context).await,
            Command::Status(status) => status::run(&status, context).await,
            Command::History(history) => history::run(&history, context).await,
            Command::Plan(plan) => plan::run(plan, context).await,
            Command::Verify(verify) => verify::run(&verify, context).await,
            Command::Show(show) => show::run(&show, context).await,
            Command::Lock(lock) => lock::run(&lock, context).await,
            Command::Completions(completions) => completions::run(&completions, context),
        }
    }
}
