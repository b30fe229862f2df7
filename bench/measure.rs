//! What one run of a command costs.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use wait4::Wait4 as _;

/// What one run took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    /// User and system time of the process and its children, not of a server.
    pub(crate) cpu: Duration,
    /// The peak of the resident memory, in bytes.
    pub(crate) memory: u64,
}

/// Runs a command to its end. One that fails is an error that says what it wrote.
pub(crate) fn run(command: &mut Command) -> Result<Cost> {
    run_to(command, Stdio::null())
}

/// Does the same, and keeps what it prints in a file.
pub(crate) fn run_into(command: &mut Command, file: &Path) -> Result<()> {
    run_to(command, File::create(file)?.into()).map(drop)
}

fn run_to(command: &mut Command, stdout: Stdio) -> Result<Cost> {
    let errors = tempfile::tempfile()?;
    command.stdout(stdout).stderr(errors.try_clone()?);
    let start = Instant::now();
    let mut child = command.spawn().with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let ended = child.wait4()?;
    let wall = start.elapsed();
    if !ended.status.success() {
        bail!("{command:?} failed ({}):\n{}", ended.status, written(errors)?);
    }
    let usage = ended.rusage;
    Ok(Cost { wall, cpu: usage.utime + usage.stime, memory: usage.maxrss })
}

fn written(mut file: File) -> Result<String> {
    use std::io::{Read as _, Seek as _};
    let mut text = String::new();
    file.rewind()?;
    file.take(2000).read_to_string(&mut text)?;
    Ok(text)
}
