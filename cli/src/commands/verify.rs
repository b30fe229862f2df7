use clap::Args;
use dunlin::core::ledger::Audit;
use dunlin::core::text::{count, list};
use dunlin::schema::engine::tree;
use dunlin::schema::{Drift, Likeness, SchemaError};
use dunlin::{Error, ExpectedHead};
use serde_json::{Value, json};

use super::auto;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::findings;
use crate::problem::{Problem, stands_in_the_way};

/// Verify the files, and the database's history against them
///
/// Without a database, only the files and the lock file are verified. It reads only. It exits with 3 if something does not
/// agree.
#[derive(Debug, Clone, Args)]
pub(crate) struct Verify {
    /// Audit the history tables as well: every row against the event log, and the log's own chain of hashes
    #[arg(long)]
    ledger: bool,
    /// Compare the database's schema with what its applied migrations make, on a scratch database; exit with 8 if it differs
    #[arg(long)]
    schema: bool,
    /// Compare the database's schema with the fingerprints that `dunlin lock --fingerprint` noted; exit with 8 if it differs
    ///
    /// No scratch database is needed. It tells which things differ; `--schema` tells what differs in them.
    #[arg(long, conflicts_with = "schema")]
    fingerprint: bool,
    /// Expect the log to have an event with this hash, noted down before; its first 8 digits are enough
    #[arg(long, value_name = "HASH", requires = "ledger")]
    expect_head: Option<ExpectedHead>,
}

pub(crate) async fn run(arguments: &Verify, context: &Context<'_>) -> Result<Exit, Problem> {
    let output = &context.output;
    let files = context.migrations()?.directory()?.pairs().len();
    let audit = if arguments.ledger { Some(audit(arguments, context).await?) } else { None };
    let verified = match context.settings.url {
        Some(_) => Some(context.watched(context.migrator()?.verify(context.url()?)).await),
        None => None,
    };
    let (findings, unreadable) = match verified.transpose() {
        // The audit says which row it is, and of all others what is wrong with them.
        Err(error @ Error::UnreadableHistory { .. }) if audit.is_some() => (None, Some(error.to_string())),
        verified => (verified?, None),
    };
    let drift = if arguments.schema { Some(Box::pin(drift(context)).await?) } else { None };
    let likeness = if arguments.fingerprint { Some(likeness(context).await?) } else { None };
    if context.wants_json() {
        let database = findings.is_some() || audit.is_some();
        let mut document = json!({ "migrations": files, "database": database, "findings": findings });
        if let Some(audit) = &audit {
            document["ledger"] = ledger(audit, context)?;
        }
        if let Some(unreadable) = &unreadable {
            document["unreadable"] = json!(unreadable);
        }
        if let Some(drift) = &drift {
            let changes: Vec<Value> = drift.deltas().iter().map(super::diff::change).collect();
            document["schema"] =
                json!({ "drifted": !changes.is_empty(), "changes": changes, "strangers": drift.strangers });
        }
        if let Some(Likeness { server, missing, changed, strangers }) = &likeness {
            document["fingerprint"] =
                json!({ "server": server, "missing": missing, "changed": changed, "strangers": strangers });
        }
        output.json(&document);
    } else {
        output.data(&format!("the files of {} are in order", count(files, "migration")));
        match (findings.as_deref(), &unreadable) {
            (_, Some(unreadable)) => findings::write_error(output, unreadable),
            (None, None) => output.note("no database was named, so only the files were verified"),
            (Some([]), None) => output.data("the history agrees with them"),
            (Some(findings), None) => findings::write(output, findings),
        }
        if let Some(audit) = &audit {
            write(audit, context);
        }
        if let Some(drift) = &drift {
            write_drift(drift, context);
        }
        if let Some(likeness) = &likeness {
            write_likeness(likeness, context);
        }
    }
    let is_whole = audit.is_none_or(|audit| audit.is_whole()) && unreadable.is_none();
    let agrees = is_whole && !stands_in_the_way(&findings.unwrap_or_default());
    let has_drifted =
        drift.is_some_and(|drift| !drift.deltas().is_empty()) || likeness.is_some_and(|likeness| !likeness.is_whole());
    Ok(match (agrees, has_drifted) {
        (false, _) => Exit::Disagree,
        (true, true) => Exit::Drift,
        (true, false) => Exit::Done,
    })
}

async fn drift(context: &Context<'_>) -> Result<Drift, Problem> {
    let (migrator, url) = (context.migrator()?, context.url()?);
    let dialect = context.database()?.dialect();
    let schemas = auto::schemas(&migrator, dialect, url, context)?;
    Ok(context.watched(schemas.drift(url.into())).await?)
}

async fn likeness(context: &Context<'_>) -> Result<Likeness, Problem> {
    let (migrator, url) = (context.migrator()?, context.url()?);
    let likeness = context.watched(Box::pin(migrator.likeness(url))).await?;
    if likeness.server.is_empty() {
        return Err(SchemaError::NoDatabase { url: dunlin::redacted(url) }.into());
    }
    Ok(likeness)
}

fn write_likeness(likeness: &Likeness, context: &Context<'_>) {
    let output = &context.output;
    if likeness.is_whole() {
        output.data("the schema has the fingerprints of the applied migrations");
    } else {
        output.data("the schema has not the fingerprints of the applied migrations:");
        let lines = [("missing", &likeness.missing), ("changed", &likeness.changed)];
        let lines =
            lines.into_iter().flat_map(|(how, things)| things.iter().map(move |thing| format!("  {how}  {thing}")));
        output.lines(lines);
        output.note("`dunlin verify --schema` tells what differs in them, on a scratch database");
    }
    write_strangers(&likeness.strangers, context);
}

/// Names what a database has that no migration made.
pub(super) fn write_strangers(strangers: &[String], context: &Context<'_>) {
    if !strangers.is_empty() {
        let strangers = list(strangers);
        context.output.note(&format!("none of these migrations made {strangers}, so nothing is said about that"));
    }
}

fn write_drift(drift: &Drift, context: &Context<'_>) {
    let output = &context.output;
    let deltas = drift.deltas();
    if deltas.is_empty() {
        output.data("the schema is what the applied migrations make");
    } else {
        output.data(
            "the schema is not what the applied migrations make; `+` is there and should not be, `-` should be there:",
        );
        let below = |line: String| format!("  {}", line.replace('\n', "\n  "));
        output.lines(tree(&deltas, &drift.expected, &drift.found).into_iter().map(below));
    }
    write_strangers(&drift.strangers, context);
}

async fn audit(arguments: &Verify, context: &Context<'_>) -> Result<Audit, Problem> {
    let (migrator, url) = (context.migrator()?, context.url()?);
    Ok(context.watched(migrator.audit(url, arguments.expect_head.as_ref())).await?)
}

/// Returns the audit as a JSON document holds it.
fn ledger(audit: &Audit, context: &Context<'_>) -> Result<Value, Problem> {
    let head = audit.head(context.migrations()?.directory()?.set());
    let (is_whole, sets, findings) = (audit.is_whole(), &audit.sets, &audit.findings);
    Ok(json!({ "is_whole": is_whole, "head": head, "sets": sets, "findings": findings }))
}

fn write(audit: &Audit, context: &Context<'_>) {
    let output = &context.output;
    findings::write_ledger(output, &audit.findings, audit.sets.len() > 1);
    output.data(match (audit.sets.is_empty(), audit.is_whole()) {
        (true, _) => "the ledger is empty",
        (false, true) => "the ledger is whole",
        (false, false) => "the ledger is not whole",
    });
    for set in &audit.sets {
        let rows = [(set.migrations, "migration"), (set.repeatables, "repeatable file")];
        let rows = rows.into_iter().filter(|(number, _)| *number > 0).map(|(number, noun)| count(number, noun));
        let parts: Vec<String> = std::iter::once(count(set.events, "event")).chain(rows).collect();
        let head = set.head.as_ref().map(|head| format!(", head {head}")).unwrap_or_default();
        output.data(&format!("  {}: {}{head}", set.set, parts.join(", ")));
    }
}
