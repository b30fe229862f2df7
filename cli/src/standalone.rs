//! `dunlin` on its own, over a directory.

use std::ffi::OsString;

use clap::{ColorChoice, CommandFactory as _, FromArgMatches as _, Parser};

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
}

/// Does what the arguments of a process ask, the program's name first. It writes to stdout and stderr, and does not exit.
pub async fn standalone(arguments: impl IntoIterator<Item = OsString>, host: Host) -> Exit {
    let output = plain_output(&host);
    let mut command = Program::command().color(ColorChoice::Auto);
    let parsed = command.try_get_matches_from_mut(arguments);
    match parsed.and_then(|matches| Program::from_arg_matches(&matches)) {
        Ok(Program { cli }) if cli.command.is_none() => {
            output.clap(&command.render_help(), false);
            Exit::Usage
        }
        Ok(Program { cli }) => cli.run_on(host, None).await,
        Err(error) => {
            let is_asked_for = !error.use_stderr();
            output.clap(&error.render(), is_asked_for);
            output.end(if is_asked_for { Exit::Done } else { Exit::Usage })
        }
    }
}

/// Says that the run was interrupted.
pub fn interrupted(host: &Host) -> Exit {
    let output = plain_output(host);
    if host.stderr_is_terminal {
        // The terminal has written `^C`.
        output.talk("");
    }
    output
        .note("interrupted; the connection is closed, and the server takes back what is not committed when it notices");
    output.hint("`dunlin status` shows what is in place");
    Exit::Interrupted
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
