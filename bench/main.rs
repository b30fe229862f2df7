//! Measures dunlin beside the engines' own clients, which are fed the same SQL in the same transactions.
//!
//!     cargo bench -p dunlin-bench                  everything
//!     cargo bench -p dunlin-bench -- apply         one part: `apply`, `record`, `pending`, `start`, `build`, `declare`
//!
//! Each part is a [`contest::Contest`] or several: programs that run in turn, A B C, B C A, so that a ratio is always
//! taken between two runs of the same minute. `programs.rs` makes the self-migrating binaries, `migrations.rs` what they
//! carry, `clients.rs` the same for the clients, `servers.rs` the servers. `docs/performance.md` tells what came out.

mod apply;
mod clients;
mod contest;
mod declare;
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

use self::programs::Programs;

/// A part's name, what it needs built, and what runs it.
type Part = (&'static str, fn() -> Result<Programs>, fn(&Programs) -> Result<()>);

fn main() -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "this is the `main` that reads the arguments")]
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let parts: [Part; 6] = [
        ("apply", Programs::make, apply::run),
        ("record", Programs::make, record::run),
        ("pending", Programs::make, pending::run),
        ("start", Programs::make, start::run),
        ("build", Programs::make, rebuild::run),
        ("declare", Programs::without_sets, declare::run),
    ];
    if let Some(unknown) = asked.iter().find(|asked| parts.iter().all(|(name, ..)| name != asked)) {
        let names: Vec<&str> = parts.iter().map(|(name, ..)| *name).collect();
        bail!("there is no part `{unknown}`; the parts are {}", names.join(", "));
    }
    for (name, make, run) in parts {
        if asked.is_empty() || asked.iter().any(|asked| asked == name) {
            run(&make()?)?;
        }
    }
    Ok(())
}

/// Writes a line to stdout.
fn say(line: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
