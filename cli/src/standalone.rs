//! `dunlin` on its own, over a directory.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{ColorChoice, CommandFactory as _, FromArgMatches as _, Parser};

use dunlin::HeardBy;

use crate::cli::Cli;
use crate::exit_code::Exit;
use crate::host::Host;
use crate::options::Options;
use crate::output::Output;
use crate::settings::Look;

/// Migrate databases with SQL files, and verify what was applied
#[derive(Debug, Parser)]
#[command(name = "dunlin", version, disable_help_subcommand = false)]
pub(crate) struct Program {
    #[command(flatten)]
    cli: Cli,

    /// Work as if started in this folder
    #[arg(short = 'C', value_name = "FOLDER", global = true, help_heading = "Options of every command")]
    within: Option<PathBuf>,
}

/// The arguments of the process, understood.
#[derive(Debug)]
pub struct Standalone(Program);

impl Standalone {
    /// Reads the arguments of a process, the program's name first. What is wrong with them, and help that was asked for, it
    /// writes to stdout or stderr, and returns how to end.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>, host: &Host) -> Result<Standalone, Exit> {
        let output = plain_output(host);
        let mut command = Program::command().color(ColorChoice::Auto);
        let parsed = command.try_get_matches_from_mut(arguments);
        match parsed.and_then(|matches| Program::from_arg_matches(&matches)) {
            Ok(program) if program.cli.command.is_none() => {
                output.clap(&command.render_help(), false);
                Err(Exit::Usage)
            }
            Ok(program) => Ok(Standalone(program)),
            Err(error) => {
                let is_asked_for = !error.use_stderr();
                output.clap(&error.render(), is_asked_for);
                Err(output.end(if is_asked_for { Exit::Done } else { Exit::Usage }))
            }
        }
    }

    /// Returns the folder that the process is to change to before it looks around and runs.
    pub fn folder(&self) -> Option<&Path> {
        self.0.within.as_deref()
    }

    /// Does what the arguments ask. It writes to stdout and stderr, and does not exit.
    pub async fn run(self, host: Host) -> Exit {
        self.0.cli.run_on(host, None).await
    }
}

/// Says that the program ends at once, and what that means for what was under way.
pub fn interrupted(host: &Host, heard_by: HeardBy) -> Exit {
    let output = after_the_signal(host);
    match heard_by {
        HeardBy::Nobody => output.note("interrupted"),
        HeardBy::Run => {
            output.note(
                "interrupted; the connection is closed, and the server takes back what is not committed when it notices",
            );
            output.hint("`dunlin status` shows what is in place");
        }
        HeardBy::Scratch => {
            output.note("interrupted; nothing was written, and scratch databases may be left (`dunlin_scratch_…`)");
            output.hint("a later run drops them, when they are ten minutes old and nobody is connected to them");
        }
    }
    Exit::Interrupted
}

/// Says what is waited for when a run was told to stop, and how not to wait.
pub fn waits_to_stop(host: &Host, heard_by: HeardBy) {
    let what = match heard_by {
        HeardBy::Nobody | HeardBy::Run => "end the statement at hand and take back what is not committed",
        HeardBy::Scratch => "drop the scratch databases",
    };
    let output = after_the_signal(host);
    output.note(&format!("interrupted; waiting for the server to {what}. Once more (Ctrl-C) ends at once"));
}

/// Returns an output that begins on a line of its own: the terminal has written `^C`.
fn after_the_signal(host: &Host) -> Output {
    let output = plain_output(host);
    if host.stderr_is_terminal {
        output.talk("");
    }
    output
}

/// Says why the program cannot even begin.
pub fn cannot_begin(host: &Host, why: &str) -> Exit {
    plain_output(host).error(why);
    Exit::Usage
}

fn plain_output(host: &Host) -> Output {
    let (look, _) = Look::new(&Options::default(), host);
    Output::new(look, host, false, None)
}
