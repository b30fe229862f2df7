//! The `dunlin` binary: arguments, the folder, `.env`, the runtime, Ctrl-C and the exit code. All else is the library's.

use std::process::ExitCode;

use dunlin_cli::{Exit, HeardBy, Host, Standalone};

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

/// How long a run may take to stop before whoever stopped it is told what it waits for.
const PROMPT: std::time::Duration = std::time::Duration::from_secs(1);

/// How long a run may take to stop.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

fn run(program: Standalone, host: &Host) -> Exit {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return dunlin_cli::cannot_begin(host, &error.to_string()),
    };
    let exit = runtime.block_on(async {
        let mut program = std::pin::pin!(program.run(host.clone()));
        let Ok(mut signals) = Signals::new() else { return program.await };
        tokio::select! {
            exit = &mut program => return exit,
            () = signals.next() => {}
        }
        let heard_by = host.stop().heard_by();
        if heard_by == HeardBy::Nobody {
            return dunlin_cli::interrupted(host, heard_by);
        }
        // A run cancels its statement and gives its lock back; who does not want to wait for that says so again.
        host.stop().stop();
        tokio::select! {
            exit = &mut program => return exit,
            () = signals.next() => return dunlin_cli::interrupted(host, heard_by),
            () = tokio::time::sleep(PROMPT) => dunlin_cli::waits_to_stop(host, heard_by),
        }
        tokio::select! {
            exit = &mut program => exit,
            () = signals.next() => dunlin_cli::interrupted(host, heard_by),
            () = tokio::time::sleep(PATIENCE) => dunlin_cli::interrupted(host, heard_by),
        }
    });
    // A question that nobody answered still waits on its own thread.
    runtime.shutdown_background();
    exit
}

/// Ctrl-C, and what a service manager sends.
#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 2]);

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals([signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?]))
    }

    /// Waits for the next one. One that came since the last is there already.
    async fn next(&mut self) {
        let Signals([interrupt, terminate]) = self;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

/// Ctrl-C.
#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        tokio::signal::windows::ctrl_c().map(Signals)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
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
