use clap::Args;
use dunlin::Migrations;

use crate::commands::{Command, Up};
use crate::context::Context;
use crate::database_url::DatabaseUrl;
use crate::exit_code::Exit;
use crate::host::Host;
use crate::options::Options;
use crate::output::Output;
use crate::problem::Problem;
use crate::settings::{Look, Settings};

/// The verbs of dunlin, as arguments of an application.
///
/// Without a verb it applies what is pending.
#[derive(Debug, Clone, Args)]
#[command(about = None, long_about = None)]
pub struct Cli {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[arg(skip)]
    own_url: Option<DatabaseUrl>,
    #[arg(skip)]
    own_name: Option<String>,
}

impl Cli {
    /// Says which database the application uses. Only the flag `--url` comes before it; the environment and `dunlin.toml`
    /// are not asked.
    pub fn with_url(mut self, url: &str) -> Cli {
        self.own_url = Some(DatabaseUrl::from(url));
        self
    }

    /// Says what a user types in place of `dunlin`, for hints that name commands: `app migrate`.
    pub fn with_name(mut self, name: impl Into<String>) -> Cli {
        self.own_name = Some(name.into());
        self
    }

    /// Does what was asked with the migrations of an application. It writes to stdout and stderr, and does not exit.
    ///
    /// It needs a tokio runtime with time and I/O. Dropping the future closes the connection; what was not committed is
    /// undone by the database.
    pub async fn run(self, migrations: &Migrations) -> Exit {
        self.run_on(Host::here(), Some(migrations)).await
    }

    pub(crate) async fn run_on(self, host: Host, mounted: Option<&Migrations>) -> Exit {
        let (look, looks) = Look::new(&self.options, &host);
        let output = Output::new(look, &host, self.options.quiet, self.own_name.as_deref());
        let done = match looks {
            Ok(()) => self.act(host, output.clone(), mounted).await,
            Err(fault) => Err(fault.into()),
        };
        done.unwrap_or_else(|problem| {
            output.problem(&problem);
            problem.exit()
        })
    }

    async fn act(self, host: Host, output: Output, mounted: Option<&Migrations>) -> Result<Exit, Problem> {
        let settings = Settings::new(&self.options, &host, self.own_url.as_ref())?;
        let context = Context::new(host, settings, output, mounted);
        if self.options.verbose {
            context.explain();
        }
        self.command.unwrap_or(Command::Up(Up::default())).run(&context).await
    }
}
