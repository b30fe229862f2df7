//! What is wrong with single rows of the history.

use dunlin::core::graph::Revisions;
use dunlin::core::migration::MigrationId;
use dunlin::core::plan::PlanError;
use dunlin::core::text::list;
use dunlin::{
    Error, Finding, FindingKind, Goal, MigrationState, Repair as Missing, RepairKind, Stamp, Status, Target, Verdict,
};

use super::complaint::{Complaint, Repair, Weight};
use super::diagnosis::Diagnosis;
use super::traces::Traces;
use super::unfinished;
use crate::context::Context;
use crate::problem::Problem;

/// Explains the findings.
pub(super) async fn look(context: &Context<'_>, status: &Status, diagnosis: &mut Diagnosis) -> Result<(), Problem> {
    let traces = Traces::new(context);
    let gone = |is_meant: fn(&FindingKind) -> bool| -> Vec<&Finding> {
        status.findings.iter().filter(|finding| is_meant(&finding.kind)).collect()
    };
    let missing = gone(|kind| *kind == FindingKind::Missing);
    if !missing.is_empty() {
        diagnosis.complaints.push(without_file(&missing, context, status, traces.as_ref()).await?);
    }
    let ahead = gone(|kind| matches!(kind, FindingKind::Ahead { .. }));
    if !ahead.is_empty() {
        diagnosis.complaints.push(without_file(&ahead, context, status, traces.as_ref()).await?);
    }
    let accepted = gone(|kind| matches!(kind, FindingKind::Accepted { .. }));
    if !accepted.is_empty() {
        diagnosis.complaints.push(to_heal(&accepted));
    }
    let revisions = context.migrations()?.directory()?.revisions();
    let others = status.findings.iter().filter_map(|finding| explained(finding, status, revisions, traces.as_ref()));
    diagnosis.complaints.extend(others);
    Ok(())
}

fn weight(finding: &Finding) -> Weight {
    match finding.verdict {
        Verdict::Refuse => Weight::Trouble,
        Verdict::Warn => Weight::Note,
    }
}

/// Rows that no file has. Only what would be the outcome is offered, so every way out is planned.
async fn without_file(
    findings: &[&Finding],
    context: &Context<'_>,
    status: &Status,
    traces: Option<&Traces>,
) -> Result<Complaint, Problem> {
    let names: Vec<&str> = findings.iter().map(|finding| &*finding.name).collect();
    let (is, it, its) = if names.len() == 1 { ("is", "it", "its SQL") } else { ("are", "them", "their SQL") };
    let is_ahead = findings.iter().all(|finding| matches!(finding.kind, FindingKind::Ahead { .. }));
    let is_breaking = findings.iter().any(|finding| matches!(finding.kind, FindingKind::Ahead { breaking: true }));
    let (kind, what) = if is_ahead {
        ("ahead", format!("the database is ahead of the files: it has {}", list(&names)))
    } else {
        ("missing", format!("{} {is} applied, and no file here has {it}", list(&names)))
    };
    let weight = findings.iter().map(|finding| weight(finding)).find(|weight| *weight == Weight::Trouble);
    let mut complaint = Complaint::trouble(kind, what).weighing(weight.unwrap_or(Weight::Note));
    if is_breaking {
        complaint = complaint.why("it says `-- dunlin: breaking`: what does not know it must not run");
    } else if is_ahead {
        complaint = complaint.why("nothing that is here comes after it, so runs go on");
    }
    if context.is_mounted() {
        complaint =
            complaint.why("this program may have been built before the files were there").by_hand("build it anew");
    }
    let ids: Vec<(&MigrationId, &str)> = findings.iter().map(|finding| (&finding.id, &*finding.name)).collect();
    if let Some(traces) = traces {
        complaint = traces.of_gone(&ids, complaint);
    }
    let ids: Vec<&MigrationId> = ids.into_iter().map(|(id, _)| id).collect();
    if context.existing_directory().is_ok() {
        let names: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
        let does = "writes the files back, as the database stores them";
        complaint = complaint.way(format!("dunlin restore {}", names.join(" ")), does);
    }
    complaint = way_down(&ids, its, context, status, complaint).await?;
    if is_ahead { Ok(complaint) } else { forgetting(&ids, context, status, complaint).await }
}

/// Says how they are reverted with what the database stores.
async fn way_down(
    ids: &[&MigrationId],
    its: &str,
    context: &Context<'_>,
    status: &Status,
    complaint: Complaint,
) -> Result<Complaint, Problem> {
    let migrator = context.migrator()?;
    let planned = migrator.plan_goal(context.url()?, Goal::down(Target::Back(ids.len()))).await;
    if let Ok(plan) = &planned
        && plan.steps.iter().all(|step| ids.contains(&&step.migration.id))
    {
        let does = format!("takes back what was done, with {its} as the database stores it");
        return Ok(complaint.way(format!("dunlin down -{}", ids.len()), does));
    }
    // What it came after stays; of several lines, the first row tells.
    let first = status.migrations.iter().find(|migration| ids.contains(&&migration.id));
    let parent =
        first.and_then(|migration| migration.parents.first()).map_or_else(|| "base".to_owned(), ToString::to_string);
    let target = if parent == "base" { Target::Base } else { Target::Migration(parent.clone()) };
    match migrator.plan_goal(context.url()?, Goal::down(target)).await {
        Ok(plan) if ids.iter().all(|id| plan.steps.iter().any(|step| step.migration.id == **id)) => {
            let others = plan.steps.iter().filter(|step| !ids.contains(&&step.migration.id));
            let others: Vec<String> = others.map(|step| step.migration.name()).collect();
            let too = if others.is_empty() { String::new() } else { format!("; {} would go too", list(&others)) };
            let does = format!("takes back what was done, with {its} as the database stores it{too}");
            Ok(complaint.way(format!("dunlin down {parent}"), does))
        }
        Err(Error::Plan(error @ PlanError::Irreversible { .. })) => {
            Ok(complaint.why(format!("`dunlin down` cannot take it back: {error}")))
        }
        _ => Ok(complaint),
    }
}

/// Says how the history forgets rows that no file has.
async fn forgetting(
    ids: &[&MigrationId],
    context: &Context<'_>,
    status: &Status,
    complaint: Complaint,
) -> Result<Complaint, Problem> {
    let (url, migrator) = (context.url()?, context.migrator()?);
    let does = "forgets it without running anything: what it did to the schema stays";
    let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let missing = Missing { kinds: vec![RepairKind::Missing], names: names.clone() };
    let repaired = migrator.plan_repair(url, &missing).await;
    if repaired.is_ok_and(|report| ids.iter().all(|id| report.rows.iter().any(|row| row.id == **id))) {
        return Ok(complaint.way(format!("dunlin repair missing {} --reason \"…\" --yes", names.join(" ")), does));
    }
    // What comes after it stays all the same.
    let heads = heads(status, context.migrations()?.directory()?.revisions());
    let targets = match &heads[..] {
        [] => vec![Target::Base],
        heads => heads.iter().map(|id| Target::Migration(id.to_string())).collect(),
    };
    let stamped = migrator.plan_stamp(url, &Stamp::at(targets)).await;
    let is_it = stamped.is_ok_and(|report| {
        report.added.is_empty() && report.settled.is_empty() && report.removed.iter().all(|row| ids.contains(&&row.id))
    });
    Ok(if is_it { complaint.way(stamp(&heads, ""), does) } else { complaint })
}

/// The applied migrations with files that none of the others comes after.
fn heads(status: &Status, revisions: &Revisions) -> Vec<MigrationId> {
    let is_applied =
        |id: &MigrationId| status.migrations.iter().any(|row| row.id == *id && row.state == MigrationState::Applied);
    let applied: Vec<bool> = revisions.iter().map(|revision| is_applied(&revision.id)).collect();
    let heads = revisions.graph().maximal(&applied);
    heads.into_iter().filter_map(|head| Some(revisions.get(head)?.id.clone())).collect()
}

fn to_heal(findings: &[&Finding]) -> Complaint {
    let names: Vec<&str> = findings.iter().map(|finding| &*finding.name).collect();
    let was = if names.len() == 1 { "was" } else { "were" };
    Complaint::trouble("accepted", format!("{} {was} edited, and the lock file accepts the edit", list(names)))
        .why("the history still has what was applied; the next run brings it in line")
        .way("dunlin up", "does so, and applies what is pending")
        .repaired_by(Repair::Heal)
}

fn explained(finding: &Finding, status: &Status, revisions: &Revisions, traces: Option<&Traces>) -> Option<Complaint> {
    let id = &finding.id;
    let text = finding.to_string();
    let (what, details) = text.split_once('\n').unwrap_or((&text, ""));
    let details: Vec<&str> = details.lines().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
    let new = |kind| Complaint::trouble(kind, what).weighing(weight(finding)).details(details.iter().copied());
    let complaint = match &finding.kind {
        FindingKind::Edited { applied, .. } => {
            let complaint =
                new("edited").why("what the database has is not what the file says; a new database would differ");
            let complaint = match traces {
                Some(traces) => traces.of_text(id, &finding.name, *applied, complaint),
                None => complaint,
            };
            let complaint = complaint
                .way(format!("dunlin restore {id}"), "writes the text back that was applied, as the database stores it")
                .way(
                    format!("dunlin lock --accept {id} --reason \"…\""),
                    "accepts the edit, if it changes nothing that was done; databases then heal themselves",
                )
                .way("dunlin new <slug>", "begins a new migration, where a change of what is applied belongs");
            let does =
                "reverts it and what comes after it, and applies the files as they are, in a database of your own";
            let row = status.migrations.iter().find(|migration| migration.id == *id);
            match row.map(|row| &row.parents[..]) {
                Some([]) => complaint.way("dunlin redo base", does),
                Some([parent]) => complaint.way(format!("dunlin redo {parent}"), does),
                Some(_) | None => complaint,
            }
        }
        FindingKind::Cosmetic { .. } => {
            let complaint = new("cosmetic").why("that changes nothing that was done, and runs go on");
            let is_reparented =
                |other: &Finding| other.id == *id && matches!(other.kind, FindingKind::Reparented { .. });
            if status.findings.iter().any(is_reparented) {
                // Its text says other parents than the row, and that comes first.
                complaint
            } else {
                complaint.way("dunlin repair cosmetic --yes", "lets the history follow")
            }
        }
        FindingKind::DownEdited => new("down-edited")
            .why("the next `dunlin down` runs the file as it is now")
            .way(format!("dunlin restore {id}"), "writes the text back that the database stores")
            .way(format!("dunlin repair checksums {id} --reason \"…\" --yes"), "lets the history follow the file"),
        FindingKind::Altered => new("altered")
            .why("somebody changed the history by hand, or restored a part of it; nothing tells what was applied")
            .way("dunlin repair checksums", "shows what differs")
            .way("dunlin repair checksums --reason \"…\" --yes", "makes it fit"),
        FindingKind::Renamed { .. } => new("renamed").why("the id tells which migration it is, and runs go on"),
        FindingKind::Reparented { applied, .. } => new("reparented")
            .why("its `revises` was edited after it was applied, or a file before it was added, renamed or deleted")
            .by_hand(format!("let it revise {} again, if that was no intention", ids(applied)))
            .way(
                stamp(&heads(status, revisions), "--purge "),
                "writes the rows anew as the files say, without running anything",
            ),
        FindingKind::OutOfOrder { .. } => new("out-of-order")
            .why("most often it came with a merge, after what comes later had been applied here")
            .way("dunlin up --allow-out-of-order", "applies it now")
            .by_hand("or give it an id and `revises` behind what is applied, if nobody else has applied it"),
        FindingKind::Unfinished { direction, journal, obstacle } => {
            unfinished::explained(finding, *direction, journal, obstacle.as_ref(), new("unfinished"))
        }
        FindingKind::StaleBinary { .. } => new("stale-binary")
            .why("the compiler was not told of the change")
            .by_hand("build it anew; a build.rs with `println!(\"cargo::rerun-if-changed=versions\");` sees to it"),
        FindingKind::Missing | FindingKind::Ahead { .. } | FindingKind::Accepted { .. } => return None,
        _ => match finding.hint() {
            Some(hint) => new("other").by_hand(hint),
            None => new("other"),
        },
    };
    Some(complaint)
}

fn stamp(ids: &[MigrationId], flag: &str) -> String {
    let ids: Vec<&str> = ids.iter().map(MigrationId::as_str).collect();
    format!("dunlin stamp {flag}{}", if ids.is_empty() { "base".to_owned() } else { ids.join(" ") })
}

fn ids(ids: &[MigrationId]) -> String {
    if ids.is_empty() { "`base`".to_owned() } else { list(ids) }
}
