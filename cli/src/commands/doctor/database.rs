//! What is wrong with the database, as a whole.

use dunlin::core::migration::MigrationId;
use dunlin::core::text::{count, list};
use dunlin::{Dialect, Error, LastFailure, MigrationState, Status};

use super::complaint::Complaint;
use super::diagnosis::Diagnosis;
use super::rows;
use crate::commands::status::{circumstances, way_out, where_and_why};
use crate::context::Context;
use crate::problem::Problem;
use crate::settings::Url;

/// Looks at the database, if one is named.
pub(super) async fn look(
    context: &Context<'_>,
    are_files_readable: bool,
    diagnosis: &mut Diagnosis,
) -> Result<(), Problem> {
    let (url, from) = match &context.settings.url {
        Some(Url::Known { url, from }) => (url.to_string(), from.clone()),
        Some(Url::Unset { name, .. }) => {
            diagnosis
                .standing
                .push(format!("The database was not looked at: its URL is to come from {name}, which is not set."));
            return Ok(());
        }
        None if !context.settings.unchosen.names.is_empty() => {
            let names = list(&context.settings.unchosen.names);
            diagnosis.standing.push(format!("No database was looked at: choose one of {names} with `--database`."));
            return Ok(());
        }
        None => {
            diagnosis.standing.push("No database was named, so only the files were looked at.".to_owned());
            return Ok(());
        }
    };
    let nothing = context.without_files()?;
    let asked = if are_files_readable {
        context.watched(context.migrator()?.status(context.url()?)).await
    } else {
        context.watched(context.migrator_of(&nothing).status(context.url()?)).await
    };
    let status = match asked {
        Ok(status) => status,
        Err(error) => {
            let complaint = unanswered(&url, &from, error)?;
            diagnosis.standing.push(format!("The database {url} did not tell how it stands."));
            diagnosis.complaints.push(complaint);
            return Ok(());
        }
    };
    if !are_files_readable {
        let applied = count(status.migrations.len(), "applied migration");
        diagnosis.standing.push(format!(
            "The database {url} has {applied}; whether they agree with the files shows once these are in order."
        ));
        return Ok(());
    }
    let is_fresh = status.migrations.iter().all(|migration| migration.state == MigrationState::Pending);
    let events = match context.migrator()?.history(context.url()?).await {
        Ok(events) => Some(events.len()),
        Err(error @ Error::UnreadableHistory { .. }) => {
            diagnosis.complaints.push(broken(&error));
            None
        }
        Err(error) => return Err(error.into()),
    };
    diagnosis.standing.push(stands(&url, &status, is_fresh && events == Some(0)));
    let has_file = |id: &&MigrationId| {
        status.migrations.iter().any(|migration| migration.id == **id && migration.state == MigrationState::Applied)
    };
    diagnosis.applied = status.heads.iter().find(has_file).cloned();
    match status.repeatables_due() {
        0 => {}
        1 => diagnosis.standing.push("1 repeatable file is to run, and `dunlin up` runs it.".to_owned()),
        due => diagnosis.standing.push(format!("{due} repeatable files are to run, and `dunlin up` runs them.")),
    }
    diagnosis.complaints.extend(status.last_failure.as_ref().and_then(failed));
    rows::look(context, &status, diagnosis).await
}

/// Tells of a step that was rolled back. One that is unfinished is told with its row.
fn failed(failure: &LastFailure) -> Option<Complaint> {
    let way = way_out(failure)?;
    let note = Complaint::note("failed", format!("a step failed at {}", where_and_why(failure)));
    Some(circumstances(failure).into_iter().fold(note, Complaint::why).by_hand(way))
}

fn stands(url: &str, status: &Status, has_no_history: bool) -> String {
    let pending = status.pending();
    let is_first = |migration: &&dunlin::MigrationStatus| migration.state == MigrationState::Pending;
    let next = status.migrations.iter().find(is_first).map(|migration| migration.name.clone()).unwrap_or_default();
    if has_no_history {
        return match pending {
            0 => format!("The database {url} has no history of dunlin yet."),
            _ => format!(
                "The database {url} has no history of dunlin yet: `dunlin up` begins it and applies {}. If what they make is \
                 there already, `dunlin stamp heads` records them without running anything.",
                count(pending, "migration")
            ),
        };
    }
    let place = match &status.heads[..] {
        [] => "at base: nothing is applied".to_owned(),
        _ => format!("at {}", list(heads(status))),
    };
    let is_unfinished = |migration: &&dunlin::MigrationStatus| migration.state == MigrationState::Unfinished;
    let unfinished: Vec<&str> =
        status.migrations.iter().filter(is_unfinished).map(|migration| &*migration.name).collect();
    match pending {
        _ if !unfinished.is_empty() => {
            format!("The database {url} is {place}, and {} began and did not end.", list(unfinished))
        }
        0 => format!("The database {url} is {place}; nothing is pending."),
        1 => format!("The database {url} is {place}; `{next}` is pending, and `dunlin up` applies it."),
        _ => format!(
            "The database {url} is {place}; {pending} migrations are pending, `{next}` first, and `dunlin up` applies them."
        ),
    }
}

fn heads(status: &Status) -> Vec<String> {
    let heads = status.migrations.iter().filter(|migration| status.heads.contains(&migration.id));
    heads.map(|migration| migration.name.clone()).collect()
}

/// Says why a database did not answer. What has nothing to do with the database is a problem of its own.
fn unanswered(url: &str, from: &str, error: Error) -> Result<Complaint, Problem> {
    let told = error.to_string();
    let hints = error.hints();
    let complaint = match &error {
        Error::Connect { .. } => Complaint::trouble("unreachable", told)
            .why(format!("the URL comes from {from}"))
            .why(match Dialect::of_url(url) {
                Some(Dialect::Sqlite) => "the file may not be opened, or its folder is not there",
                _ if hints.is_empty() => "the server does not let dunlin in: user, password or database may be wrong",
                _ => "no server answers there: it does not run, host or port are wrong, or something is in between",
            })
            .way("dunlin --verbose doctor", "shows the settings that count, and where each comes from"),
        Error::NewerLayout { .. } => Complaint::trouble("newer-layout", told)
            .why("a newer dunlin has migrated this database, and changed how the history is kept")
            .by_hand("use that dunlin, or a newer one; this one changes nothing here"),
        Error::UnreadableHistory { .. } => broken(&error),
        Error::Database { denied: true, .. } => Complaint::trouble("denied", told)
            .why(format!("the user of {url} may not read the history tables"))
            .by_hand("grant it `select` on them, or name another user in the URL"),
        Error::Database { .. } => Complaint::trouble("database", told),
        Error::Files(_) => {
            Complaint::trouble("other-engine", told).why("some migrations have files for other engines only")
        }
        _ => return Err(error.into()),
    };
    Ok(if matches!(error, Error::Connect { .. }) {
        complaint
    } else {
        hints.into_iter().fold(complaint, Complaint::by_hand)
    })
}

fn broken(error: &Error) -> Complaint {
    Complaint::trouble("broken-history", error.to_string())
        .why("somebody changed the history tables by hand, or a part of them was restored from another backup")
        .by_hand("bring the tables back from a backup of this database, if there is one")
}
