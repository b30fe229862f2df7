//! Whether anything was edited after it was sealed or applied.

use dunlin::core::directory::UpOnly;
use dunlin::core::lockfile::LockFile;
use dunlin::core::text::count;
use dunlin::{Finding, Migrations};
use serde_json::json;

use super::files::{self, Files, NOT_IN_ORDER};
use super::outcome::{Name, Outcome};
use crate::context::Context;
use crate::problem::{Problem, stands_in_the_way};
use crate::settings::Url;

/// Asks the lock file, and the database if one is named.
///
/// Fails if it is told to stop, and then only.
pub(super) async fn since(files: &Files, context: &Context<'_>) -> Result<Outcome, Problem> {
    let sealed = files.faults_of(Name::Edits);
    if !sealed.is_empty() {
        let says = format!("{} with dunlin.lock", count(sealed.len(), "disagreement"));
        return Ok(files::failed(Name::Edits, says, &sealed));
    }
    let directory = files.directory.as_ref().filter(|_| files.faults_of(Name::Files).is_empty());
    let Some(directory) = directory else { return Ok(Outcome::skipped(Name::Edits, NOT_IN_ORDER)) };
    if let Some(Url::Known { .. }) = context.settings.url {
        return match in_database(files, context).await {
            Ok(findings) => Ok(told(&findings)),
            Err(problem) if problem.is_interruption() => Err(problem),
            Err(problem) => Ok(Outcome::fail(Name::Edits, problem.to_string())
                .hints(problem.hints())
                .facts(json!({ "database": true, "error": problem.to_json()["error"] }))),
        };
    }
    let entries = directory.lock().map(LockFile::entries).unwrap_or_default();
    let sealed = entries.iter().filter(|entry| entry.seal.is_some()).count();
    let outcome = match sealed {
        0 => Outcome::skipped(Name::Edits, "nothing is sealed, and no database is named"),
        _ => Outcome::ok(Name::Edits, "nothing was edited after it was sealed; no database is named"),
    };
    Ok(outcome.facts(json!({ "database": false, "sealed": sealed })))
}

/// Holds the history against the files as they were read, of which some may be without a way back.
async fn in_database(files: &Files, context: &Context<'_>) -> Result<Vec<Finding>, Problem> {
    let migrations = Migrations::on_disk(&files.dir).set(files.options.set.clone()).up_only(UpOnly::Allow);
    Ok(context.watched(context.migrator_of(&migrations).verify(context.url()?)).await?)
}

fn told(findings: &[Finding]) -> Outcome {
    let facts = json!({ "database": true, "findings": findings });
    let refused = findings.iter().filter(|finding| finding.verdict == dunlin::Verdict::Refuse).count();
    let outcome = if stands_in_the_way(findings) {
        let says = format!("{} with the database", count(refused, "disagreement"));
        Outcome::fail(Name::Edits, says)
            .hints(findings.iter().filter_map(Finding::hint))
            .hint("`dunlin doctor` says how it came about, and what helps here")
    } else {
        Outcome::ok(Name::Edits, "nothing was edited after it was sealed or applied")
    };
    let line = |finding: &Finding| match finding.verdict {
        dunlin::Verdict::Refuse => finding.to_string(),
        dunlin::Verdict::Warn => format!("note: {finding}"),
    };
    outcome.details(findings.iter().map(line)).facts(facts)
}
