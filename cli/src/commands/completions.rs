use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;
use crate::standalone::Program;

/// Write a shell's completions to stdout
#[derive(Debug, Clone, Args)]
pub(crate) struct Completions {
    shell: Shell,
}

pub(crate) fn run(arguments: &Completions, context: &Context<'_>) -> Result<Exit, Problem> {
    if context.is_mounted() {
        return Err(Problem::Usage("completions are those of the program `dunlin`; this one must write its own"));
    }
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Program::command(), "dunlin", &mut script);
    context.output.raw(&script);
    Ok(Exit::Done)
}
