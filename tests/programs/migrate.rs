//! Brings a database to its head from a directory, as a process of its own: tests start many at once, and kill them.
//!
//!     migrate <directory> <url> [<set>]

use std::io::Write;
use std::process::ExitCode;

use dunlin::Migrations;
use dunlin::core::migration::SetName;

#[expect(clippy::disallowed_methods, reason = "a program is told by its arguments what to do")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(directory), Some(url)) = (arguments.next(), arguments.next()) else { return ExitCode::from(2) };
    let mut migrations = Migrations::on_disk(directory);
    if let Some(Ok(set)) = arguments.next().map(SetName::new) {
        migrations = migrations.set(set);
    }
    let (text, code) = match migrations.up(&url).await {
        Ok(report) => (report.steps.iter().map(|step| step.name.clone() + "\n").collect(), ExitCode::SUCCESS),
        Err(error) => (format!("{error}\n"), ExitCode::FAILURE),
    };
    // Whoever started it may be gone.
    let _ = std::io::stdout().write_all(text.as_bytes());
    code
}
