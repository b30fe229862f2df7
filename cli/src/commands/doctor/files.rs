//! What is wrong with the files.

use std::path::Path;

use dunlin::Error;
use dunlin::core::directory::Directory;
use dunlin::core::fault::{Fault, FaultKind, Faults};
use dunlin::core::file_name::FileName;
use dunlin::core::lockfile;
use dunlin::core::migration::MigrationId;
use dunlin::core::text::{count, list};

use super::complaint::{Complaint, Repair};
use super::diagnosis::Diagnosis;
use super::joined::{is_in_conflict, joined};
use super::traces::Traces;
use crate::commands::{adding, listed, lock};
use crate::context::{Context, shown};
use crate::problem::Problem;

/// Looks at the files, and says whether they can be read.
pub(super) fn look(context: &Context<'_>, diagnosis: &mut Diagnosis) -> Result<bool, Problem> {
    let read = match context.migrations().and_then(|migrations| Ok(migrations.directory()?)) {
        Ok(directory) => Ok(directory),
        Err(Problem::Migrations(Error::Files(faults))) => Err(faults),
        Err(problem) => return Err(problem),
    };
    match read {
        Ok(directory) => {
            diagnosis.standing.push(holding(directory, context));
            diagnosis.complaints.extend(several_heads(directory, context));
            if !context.is_mounted() {
                diagnosis.complaints.extend(unsealed(directory, Traces::new(context).as_ref()));
            }
            Ok(true)
        }
        Err(faults) => {
            let dir = context.existing_directory()?;
            diagnosis.standing.push(format!("The files of {} are not in order.", shown(&dir)));
            diagnosis.complaints.extend(complaints(&faults, &dir, context));
            // Names and headers may tell the heads all the same.
            let outline = adding::sources(&dir).and_then(|files| adding::outline(files, &dir, context.reading()));
            diagnosis.complaints.extend(outline.ok().and_then(|directory| several_heads(&directory, context)));
            Ok(false)
        }
    }
}

fn holding(directory: &Directory, context: &Context<'_>) -> String {
    let revisions = directory.revisions();
    let heads: Vec<String> = revisions.real_heads().into_iter().map(|head| revisions.name(head)).collect();
    let holder =
        if context.is_mounted() { "This program embeds".to_owned() } else { format!("{} holds", directory.shown()) };
    match heads.len() {
        0 => format!("{holder} no migrations yet."),
        _ => format!("{holder} {}, up to {}.", count(directory.pairs().len(), "migration"), list(heads)),
    }
}

fn several_heads(directory: &Directory, context: &Context<'_>) -> Option<Complaint> {
    let revisions = directory.revisions();
    let heads = revisions.real_heads();
    if heads.len() < 2 {
        return None;
    }
    let names: Vec<String> = heads.iter().map(|&head| revisions.name(head)).collect();
    let files = heads.iter().filter_map(|&head| directory.pairs().get(head)?.up.primary());
    let why = match &listed::common(revisions, &heads)[..] {
        [] => "the lines have no common parent; if that is meant, `dunlin up heads` applies all of them".to_owned(),
        after => {
            format!("the lines go apart after {}; most often each was begun on a git branch of its own", list(after))
        }
    };
    let complaint = Complaint::trouble("several-heads", format!("there are {} heads: {}", heads.len(), list(names)))
        .details(files.map(|up| up.file.clone()))
        .why(why)
        .way("dunlin merge", "joins them with a migration that does nothing else")
        .way("dunlin rebase", "puts one line behind the other, if it is neither sealed nor applied")
        .way("dunlin up heads", "applies all of them as they are");
    Some(if context.existing_directory().is_ok() { complaint.repaired_by(Repair::Merge) } else { complaint })
}

fn unsealed(directory: &Directory, traces: Option<&Traces>) -> Option<Complaint> {
    let open = lock::followed(directory).entries().iter().filter(|entry| entry.seal.is_none()).count();
    if directory.pairs().is_empty() || open == 0 {
        return None;
    }
    if directory.lock().is_none() {
        let complaint =
            Complaint::trouble("no-lock-file", format!("{} has no {}", directory.shown(), lockfile::FILE_NAME));
        if let Some((why, command)) = traces.and_then(|traces| traces.of_file(lockfile::FILE_NAME)) {
            // A new one would not know what was accepted.
            return Some(complaint.why(why).way(command, "brings it back"));
        }
        let complaint = complaint
            .why("it was never written, or not committed; without it, an edit of what is applied shows only in a database")
            .way("dunlin lock", "writes it; commit it")
            .repaired_by(Repair::Lock);
        return Some(complaint);
    }
    let (are, them) = if open == 1 { ("is", "it") } else { ("are", "them") };
    let what =
        format!("{open} of {} {are} open in {}", count(directory.pairs().len(), "migration"), lockfile::FILE_NAME);
    let complaint = Complaint::note("open", what)
        .why("`dunlin new` opens a migration, so that its files can still change")
        .way("dunlin lock", format!("seals {them}, once the files are as they are to be; commit dunlin.lock"));
    Some(complaint)
}

fn complaints(faults: &Faults, dir: &Path, context: &Context<'_>) -> Vec<Complaint> {
    let traces = Traces::new(context);
    let mut complaints = Vec::new();
    let mut left: Vec<&Fault> = faults.iter().collect();
    let mut texts_seen: Vec<&str> = Vec::new();
    for fault in faults.iter() {
        if texts_seen.contains(&&*fault.file) {
            continue;
        }
        texts_seen.push(&fault.file);
        let text = std::fs::read_to_string(&fault.file).unwrap_or_default();
        if is_in_conflict(&text) {
            left.retain(|other| other.file != fault.file);
            complaints.push(in_conflict(&fault.file, &text, dir));
        }
    }
    while let Some(first) = left.first().copied() {
        let is_alike = |fault: &&Fault| std::mem::discriminant(&fault.kind) == std::mem::discriminant(&first.kind);
        let (alike, others): (Vec<&Fault>, Vec<&Fault>) = left.into_iter().partition(is_alike);
        left = others;
        match first.kind {
            FaultKind::SealedEdited { .. } | FaultKind::SealedDeleted { .. } | FaultKind::UnknownParent { .. } => {
                complaints.extend(alike.into_iter().map(|fault| traced(fault, traces.as_ref(), context)));
            }
            _ => complaints.push(alike_ones(&alike)),
        }
    }
    complaints
}

fn in_conflict(file: &str, text: &str, dir: &Path) -> Complaint {
    let complaint = Complaint::trouble("conflict", format!("{file} holds the marks of a conflict that git left"));
    if Path::new(file) != dir.join(lockfile::FILE_NAME) {
        return complaint
            .why("both sides of a merge changed it differently")
            .by_hand("choose one of the texts, or put them together, and delete the marks");
    }
    let complaint =
        complaint.why("both sides of a merge have migrations that the other has not; it is there to be noticed");
    match joined(text) {
        Some(_) => {
            complaint.by_hand("keep the lines of both sides, and delete the marks").repaired_by(Repair::JoinLock)
        }
        None => complaint.by_hand("where both sides have a line for one migration, keep the one that fits its files"),
    }
}

/// A fault about which git may know something.
fn traced(fault: &Fault, traces: Option<&Traces>, context: &Context<'_>) -> Complaint {
    let complaint = Complaint::trouble("files", fault.to_string());
    let base = fault.file.rsplit('/').next().unwrap_or(&fault.file);
    let own = FileName::parse(base).map(|name| (name.id.clone(), format!("{}_{}", name.id, name.slug)));
    let (Some(traces), Ok((id, name))) = (traces, own) else { return hinted(complaint, fault) };
    match &fault.kind {
        FaultKind::SealedEdited { sealed, .. } => {
            restored(&id, traces.of_text(&id, &name, *sealed, complaint), context)
                .way(
                    format!("dunlin lock --accept {id} --reason \"…\""),
                    "accepts the edit; databases that have it heal themselves",
                )
                .way("dunlin new <slug>", "begins a new migration, where a change of what is applied belongs")
        }
        FaultKind::SealedDeleted { lock } => restored(&id, traces.of_gone(&[(&id, &name)], complaint), context)
            .by_hand(format!("if no database can have it, delete its line from {lock}")),
        FaultKind::UnknownParent { parent, .. } => {
            restored(parent, traces.of_gone(&[(parent, parent.as_str())], complaint), context)
                .by_hand("or let it revise another migration, if it was never applied")
        }
        _ => hinted(complaint, fault),
    }
}

/// Files need not be in order for a database to give them back.
fn restored(id: &MigrationId, complaint: Complaint, context: &Context<'_>) -> Complaint {
    if context.settings.url.is_none() {
        return complaint;
    }
    complaint.way(format!("dunlin restore {id}"), "writes back what was applied, if the database has it")
}

fn hinted(complaint: Complaint, fault: &Fault) -> Complaint {
    match fault.kind.hint() {
        Some(hint) => complaint.by_hand(hint),
        None => complaint,
    }
}

fn alike_ones(faults: &[&Fault]) -> Complaint {
    let [first, rest @ ..] = faults else { return Complaint::trouble("files", "the files have faults") };
    let complaint = if rest.is_empty() {
        Complaint::trouble("files", first.to_string())
    } else {
        Complaint::trouble("files", format!("{} files have the same fault", faults.len()))
            .details(faults.iter().map(ToString::to_string))
    };
    let complaint = match first.kind {
        FaultKind::DuplicateId { .. } => {
            complaint.why("most often two git branches took the same number at the same time")
        }
        FaultKind::SealedReordered { .. } => {
            complaint.why("a file before it was added, renamed or deleted, or its `revises` was edited")
        }
        FaultKind::Cycle(_) => {
            complaint.why("`revises` and `depends-on` lead in a circle, so that none can be the first")
        }
        _ => complaint,
    };
    hinted(complaint, first)
}
