use clap::Args;
use dunlin::Migrations;

use crate::commands::{Command, Up};
use crate::context::Context;
use crate::database_url::DatabaseUrl;
use crate::each::{self, Members};
use crate::exit_code::{self, Exit};
use crate::host::Host;
use crate::options::Options;
use crate::output::Output;
use crate::problem::Problem;
use crate::settings::{Look, Scope};

/// The verbs of dunlin, as arguments of an application.
///
/// Without a verb it applies what is pending.
#[derive(Debug, Clone, Args)]
#[command(about = None, long_about = None, after_long_help = exit_code::help())]
pub struct Cli {
    #[command(flatten)]
    pub(crate) options: Box<Options>,
    #[command(subcommand)]
    pub(crate) command: Option<Box<Command>>,
}

impl Cli {
    /// Says which database the application uses. Only the flag `--url` comes before it; the environment and `dunlin.toml`
    /// are not asked.
    pub fn with_url(mut self, url: &str) -> Cli {
        self.options.own.url = Some(DatabaseUrl::from(url));
        self
    }

    /// Says what a user types in place of `dunlin`, for hints that name commands: `app migrate`.
    pub fn with_name(mut self, name: impl Into<String>) -> Cli {
        self.options.own.name = Some(name.into());
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
        let output = Output::new(look, &host, self.options.quiet, self.options.own.name.as_deref());
        let done = match looks {
            Ok(()) => self.act(host, output.clone(), mounted).await,
            Err(fault) => Err(fault.into()),
        };
        let exit = done.unwrap_or_else(|problem| {
            output.problem(&problem);
            problem.exit()
        });
        output.end(exit)
    }

    async fn act(self, host: Host, output: Output, mounted: Option<&Migrations>) -> Result<Exit, Problem> {
        let command = self.command.map_or(Command::Up(Up::default()), |command| *command);
        if output.format().is_picture() && !command.draws() {
            return Err(Problem::Usage(
                "only `history` and `schema` draw pictures; every command writes `text` and `json`",
            ));
        }
        self.options.fleet.check()?;
        let settings = match Scope::new(&self.options, &host)? {
            Scope::One(settings) => *settings,
            Scope::Each(each) => {
                let members = Members::of_file(each);
                return each::run(&command, members, &self.options, &host, &output, mounted).await;
            }
        };
        if self.options.fleet.flag().is_some() {
            let shared = Context::new(host.clone(), settings, output.clone(), mounted);
            let members = Members::of_fleet(&self.options, shared).await?;
            return each::run(&command, members, &self.options, &host, &output, mounted).await;
        }
        let output = settings.database.iter().fold(output, |output, name| output.about(name));
        let mut context = Context::new(host, settings, output, mounted);
        context.is_verbose = self.options.verbose;
        if context.is_verbose {
            context.explain();
        }
        // The problem names the database too.
        Ok(command.run(&context).await.unwrap_or_else(|problem| {
            context.output.problem(&problem);
            problem.exit()
        }))
    }
}
