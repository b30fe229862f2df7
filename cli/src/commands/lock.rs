use std::path::Path;

use clap::Args;
use dunlin::FindingKind;
use dunlin::core::checksum::Checksum;
use dunlin::core::directory::Directory;
use dunlin::core::lockfile::{self, LockFile};
use dunlin::core::migration::MigrationId;
use dunlin::core::plan::Resolver;
use dunlin::core::text::count;
use dunlin::schema::Fingerprints;
use serde_json::json;

use super::{auto, written};
use crate::context::{Context, shown};
use crate::exit_code::Exit;
use crate::problem::Problem;

/// Seal the open migrations in dunlin.lock, so that an edit of them does not compile
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Lock {
    /// Seal nothing, and exit with 3 if a migration is open
    #[arg(long, conflicts_with_all = ["accept", "reason"])]
    check: bool,

    /// Note what each migration makes of the schema, so that a database can be compared with it without a scratch database
    ///
    /// The migrations are replayed on a scratch database, like the database that is named. What is noted holds for its
    /// kind of server: `sqlite`, `postgres-15`, `mariadb-10.11`; those of others stay. What is noted as it is, is not taken anew.
    #[arg(long, conflicts_with_all = ["accept", "reason", "check"])]
    fingerprint: bool,

    /// Accept the edit of this migration; databases that have it heal themselves
    ///
    /// What a sealed migration was is in dunlin.lock. What an open one was, the database tells that has it.
    #[arg(long, value_name = "ID", requires = "reason")]
    accept: Vec<String>,

    /// Why the edit changes nothing that was done; it goes into dunlin.lock
    #[arg(long, value_name = "WHY", requires = "accept")]
    reason: Option<String>,
}

/// Why a migration was not sealed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CannotSeal {
    #[error("{}", if *.open == 1 { "1 migration is open".to_owned() } else { format!("{open} migrations are open") })]
    Open { open: usize },
    #[error("`{0}` is open, so only a database that has it knows what it was")]
    NoDatabase(String),
    #[error("`{0}` is as it was sealed or applied")]
    NotEdited(String),
    #[error("the reason is empty")]
    NoReason,
}

impl CannotSeal {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            CannotSeal::Open { .. } => Exit::Disagree,
            CannotSeal::NoDatabase(_) | CannotSeal::NotEdited(_) | CannotSeal::NoReason => Exit::Usage,
        }
    }

    pub(crate) fn hints(&self) -> Vec<String> {
        match self {
            CannotSeal::Open { .. } => vec!["`dunlin lock` seals what is open".to_owned()],
            CannotSeal::NoDatabase(_) => vec!["name the database with `--url`".to_owned()],
            CannotSeal::NotEdited(_) | CannotSeal::NoReason => Vec::new(),
        }
    }
}

pub(crate) async fn run(arguments: &Lock, context: &Context<'_>) -> Result<Exit, Problem> {
    let dir = context.existing_directory()?;
    let file = dir.join(lockfile::FILE_NAME);
    if !arguments.accept.is_empty() {
        return accept(arguments, &dir, &file, context).await;
    }
    let directory = Directory::read(&dir, &shown(&dir), context.reading())?;
    let mut lock = followed(&directory);
    if arguments.check {
        return check(&lock, context);
    }
    let sealed = lock.seal(directory.pairs());
    let noted = if arguments.fingerprint { Some(note(&mut lock, context).await?) } else { None };
    let is_new = noted.as_ref().is_some_and(|noted| !noted.new.is_empty());
    if !sealed.is_empty() || is_new || directory.lock().is_none() {
        written::replace(&file, &lock.render())?;
    }
    if context.wants_json() {
        let mut document = json!({ "sealed": sealed });
        if let Some(Fingerprints { server, new }) = &noted {
            let ids: Vec<&str> = new.iter().map(|(id, _)| id.as_str()).collect();
            document["fingerprints"] = json!({ "server": server, "new": ids });
        }
        context.output.json(&document);
        return Ok(Exit::Done);
    }
    context.output.lines(sealed.iter().map(|name| format!("  sealed  {name}")));
    let all = lock.entries().len();
    context.output.data(&match sealed.len() {
        0 if all == 0 => "there are no migrations yet".to_owned(),
        0 => format!("nothing is open: {} sealed in {}", count(all, "migration"), file.display()),
        _ => format!("{} sealed in {}; commit it", count(sealed.len(), "migration"), file.display()),
    });
    if let Some(Fingerprints { server, new }) = &noted {
        context.output.data(&match new.len() {
            0 => format!("every migration has its fingerprint for {server}"),
            some => format!("{} noted for {server}; commit {}", count(some, "fingerprint"), lockfile::FILE_NAME),
        });
    }
    Ok(Exit::Done)
}

/// Takes the fingerprints that are missing, and notes them.
async fn note(lock: &mut LockFile, context: &Context<'_>) -> Result<Fingerprints, Problem> {
    let migrations = auto::on_disk(context)?;
    let migrator = context.migrator_of(&migrations);
    let schemas = auto::schemas(&migrator, auto::dialect(context)?, context.url()?, context)?;
    let taken = context.watched(Box::pin(schemas.fingerprints())).await?;
    for (id, fingerprint) in &taken.new {
        lock.note(id, &taken.server, fingerprint.clone());
    }
    Ok(taken)
}

/// Returns the lock file with a line for every migration.
pub(super) fn followed(directory: &Directory) -> LockFile {
    let mut lock = directory.lock().cloned().unwrap_or_default();
    lock.follow(directory.pairs());
    lock
}

fn check(lock: &LockFile, context: &Context<'_>) -> Result<Exit, Problem> {
    let open: Vec<&str> =
        lock.entries().iter().filter(|entry| entry.seal.is_none()).map(|entry| &*entry.name).collect();
    if open.is_empty() {
        if context.wants_json() {
            context.output.json(&json!({ "open": open }));
        } else {
            context.output.data(&format!("nothing is open: {} sealed", count(lock.entries().len(), "migration")));
        }
        return Ok(Exit::Done);
    }
    if !context.wants_json() {
        context.output.lines(open.iter().map(|name| format!("  open  {name}")));
    }
    Err(CannotSeal::Open { open: open.len() }.into())
}

async fn accept(arguments: &Lock, dir: &Path, file: &Path, context: &Context<'_>) -> Result<Exit, Problem> {
    let reason = arguments.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    let reason = reason.ok_or(CannotSeal::NoReason)?;
    let directory = Directory::read_unsealed(dir, &shown(dir), context.reading())?;
    let mut lock = followed(&directory);
    let mut accepted = Vec::new();
    for name in &arguments.accept {
        let id = Resolver::new(directory.revisions()).named(name)?;
        let Some(pair) = directory.pairs().iter().find(|pair| pair.id == id) else { continue };
        let is_sealed = lock.get(&id).is_some_and(|entry| entry.seal.is_some());
        let applied = if is_sealed { None } else { Some(applied(&id, &pair.name(), context).await?) };
        let (was, is) = lock.accept(pair, applied, reason).ok_or_else(|| CannotSeal::NotEdited(pair.name()))?;
        accepted.push((pair.name(), was, is));
    }
    written::replace(file, &lock.render())?;
    if context.wants_json() {
        let accepted: Vec<_> =
            accepted.iter().map(|(name, was, is)| json!({ "name": name, "was": was, "is": is })).collect();
        context.output.json(&json!({ "accepted": accepted }));
        return Ok(Exit::Done);
    }
    for (name, was, is) in accepted {
        context.output.data(&format!("  accepted  {name}\n    was  {was}\n    is   {is}"));
    }
    context.output.data(&format!("written to {}; commit it, and databases heal with the next run", file.display()));
    Ok(Exit::Done)
}

/// Asks the database what an open migration was when it was applied.
async fn applied(id: &MigrationId, name: &str, context: &Context<'_>) -> Result<Checksum, Problem> {
    if context.settings.url.is_none() {
        return Err(CannotSeal::NoDatabase(name.to_owned()).into());
    }
    let findings = context.watched(context.migrator()?.verify(context.url()?)).await?;
    let applied = findings.into_iter().find_map(|finding| match finding.kind {
        FindingKind::Edited { applied, .. } | FindingKind::Cosmetic { applied, .. } if finding.id == *id => {
            Some(applied)
        }
        _ => None,
    });
    Ok(applied.ok_or_else(|| CannotSeal::NotEdited(name.to_owned()))?)
}
