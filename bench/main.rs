//! Measures dunlin beside the engines' own clients, which are fed the same SQL in the same transactions.
//!
//!     cargo bench -p dunlin-bench                  everything
//!     cargo bench -p dunlin-bench -- apply         one part: `apply`, `record`, `pending`, `start`, `build`
//!
//! Each part is a [`contest::Contest`] or several: programs that run in turn, A B C, B C A, so that a ratio is always
//! taken between two runs of the same minute. `programs.rs` makes the self-migrating binaries, `migrations.rs` what they
//! carry, `clients.rs` the same for the clients, `servers.rs` the servers. `docs/performance.md` tells what came out.

mod apply;
mod clients;
mod contest;
mod measure;
mod migrations;
mod pending;
mod programs;
mod rebuild;
mod record;
mod servers;
mod start;

use std::io::Write as _;

use anyhow::{Result, bail};

/// A part's name, and what runs it.
type Part = (&'static str, fn(&programs::Programs) -> Result<()>);

fn main() -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "this is the `main` that reads the arguments")]
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let parts: [Part; 5] = [
        ("apply", apply::run),
        ("record", record::run),
        ("pending", pending::run),
        ("start", start::run),
        ("build", rebuild::run),
    ];
    if let Some(unknown) = asked.iter().find(|asked| parts.iter().all(|(name, _)| name != asked)) {
        bail!("there is no part `{unknown}`; the parts are apply, record, pending, start and build");
    }
    let programs = programs::Programs::make()?;
    for (name, run) in parts {
        if asked.is_empty() || asked.iter().any(|asked| asked == name) {
            run(&programs)?;
        }
    }
    Ok(())
}

/// Writes a line to stdout.
fn say(line: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
