//! The `dunlin` binary: arguments, `.env`, the runtime, Ctrl-C and the exit code. All else is the library's.

use std::process::ExitCode;

use dunlin_cli::{Exit, Host};

fn main() -> ExitCode {
    let host = Host::here();
    let exit = match with_env_file(host.clone()) {
        Ok(host) => run(&host),
        Err(why) => dunlin_cli::cannot_begin(&host, &format!(".env: {why}")),
    };
    exit.into()
}

fn run(host: &Host) -> Exit {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return dunlin_cli::cannot_begin(host, &error.to_string()),
    };
    let exit = runtime.block_on(async {
        tokio::select! {
            exit = dunlin_cli::standalone(std::env::args_os(), host.clone()) => Some(exit),
            Ok(()) = told_to_end() => None,
        }
    });
    let exit = exit.unwrap_or_else(|| dunlin_cli::interrupted(host));
    // A question that nobody answered still waits on its own thread.
    runtime.shutdown_background();
    exit
}

/// Waits for Ctrl-C, or for what a service manager sends.
async fn told_to_end() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// Reads `.env` in this folder or one above; what the environment itself says stays.
fn with_env_file(host: Host) -> Result<Host, String> {
    let variables = match dotenvy::dotenv_iter() {
        Ok(variables) => variables.collect::<Result<Vec<_>, _>>(),
        Err(error) if error.not_found() => return Ok(host),
        Err(error) => Err(error),
    };
    match variables {
        Ok(variables) => Ok(host.with_variables(variables)),
        // Its line would show what stands there.
        Err(dotenvy::Error::LineParse(..)) => Err("a line is not `NAME=value`".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
