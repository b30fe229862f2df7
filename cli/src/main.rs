//! The `dunlin` binary: arguments, the folder, `.env`, the runtime, Ctrl-C and the exit code. All else is the library's.

use std::process::ExitCode;

use dunlin_cli::{Exit, Host, Standalone};

fn main() -> ExitCode {
    begin().unwrap_or_else(|exit| exit).into()
}

fn begin() -> Result<Exit, Exit> {
    let host = Host::here();
    let program = Standalone::parse(std::env::args_os(), &host)?;
    let host = match program.folder() {
        Some(folder) => std::env::set_current_dir(folder)
            .map(|()| Host::here())
            .map_err(|why| dunlin_cli::cannot_begin(&host, &format!("{}: {why}", folder.display())))?,
        None => host,
    };
    match with_env_file(host.clone()) {
        Ok(host) => Ok(run(program, &host)),
        Err(why) => Err(dunlin_cli::cannot_begin(&host, &format!(".env: {why}"))),
    }
}

/// How long a run may take to stop.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

fn run(program: Standalone, host: &Host) -> Exit {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return dunlin_cli::cannot_begin(host, &error.to_string()),
    };
    let exit = runtime.block_on(async {
        let mut program = std::pin::pin!(program.run(host.clone()));
        tokio::select! {
            exit = &mut program => return Some(exit),
            Ok(()) = told_to_end() => {}
        }
        if !host.stop().is_heard() {
            return None;
        }
        // A run cancels its statement and gives its lock back; who does not want to wait for that says so again.
        host.stop().stop();
        tokio::select! {
            exit = &mut program => Some(exit),
            Ok(()) = told_to_end() => None,
            () = tokio::time::sleep(PATIENCE) => None,
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
