use clap::Args;
use dunlin::core::text::count;
use serde_json::json;

use crate::context::Context;
use crate::exit_code::Exit;
use crate::findings;
use crate::problem::{Problem, stands_in_the_way};

/// Verify the files, and the database's history against them
///
/// Without a database, only the files and the lock file are verified. It reads only. It exits with 3 if something does not
/// agree.
#[derive(Debug, Clone, Args)]
pub(crate) struct Verify {}

pub(crate) async fn run(_: &Verify, context: &Context<'_>) -> Result<Exit, Problem> {
    let output = &context.output;
    let files = context.migrations()?.directory()?.pairs().len();
    let findings = match context.settings.url {
        Some(_) => Some(context.watched(context.migrator()?.verify(context.url()?)).await?),
        None => None,
    };
    if context.wants_json() {
        output.json(&json!({ "migrations": files, "database": findings.is_some(), "findings": findings }));
    } else {
        output.data(&format!("the files of {} are in order", count(files, "migration")));
        match findings.as_deref() {
            None => output.note("no database was named, so only the files were verified"),
            Some([]) => output.data("the history agrees with them"),
            Some(findings) => findings::write(output, findings),
        }
    }
    Ok(if stands_in_the_way(&findings.unwrap_or_default()) { Exit::Disagree } else { Exit::Done })
}
