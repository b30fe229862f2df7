//! What helps where a step began and did not end.

use dunlin::core::migration::{Direction, MigrationId};
use dunlin::core::plan::{JournalEntry, JournalState};
use dunlin::{Finding, Obstacle};

use super::complaint::Complaint;

/// Says why it did not end, how it goes on, and how it is settled.
pub(super) fn explained(
    finding: &Finding,
    direction: Direction,
    journal: &[JournalEntry],
    obstacle: Option<&Obstacle>,
    complaint: Complaint,
) -> Complaint {
    let Some(obstacle) = obstacle else {
        return complaint
            .why("it was interrupted, and what is in place is known")
            .way("dunlin up", "finishes it, and goes on");
    };
    let (id, file) = (&finding.id, finding.file.as_deref().unwrap_or(&finding.name));
    let complaint = complaint.why("its statements are not in one transaction, so those that are in place stay");
    let complaint = goes_on(id, obstacle, stopped(file, journal, complaint));
    let (applied, reverted) = (mark(id, "applied"), mark(id, "reverted"));
    match direction {
        Direction::Up => complaint
            .by_hand(format!("or run by hand what of {file} is not in place yet, and then"))
            .way(applied, "counts it as applied")
            .by_hand("or take back by hand what is in place, and then")
            .way(reverted, "counts it as not applied"),
        Direction::Down => complaint
            .by_hand("or finish the way down by hand, and then")
            .way(reverted, "counts it as not applied")
            .by_hand("or put by hand in place again what was taken back, and then")
            .way(applied, "counts it as applied"),
    }
}

/// Says where it stopped.
fn stopped(file: &str, journal: &[JournalEntry], complaint: Complaint) -> Complaint {
    let first = |state| journal.iter().find(|entry| entry.state == state);
    match (first(JournalState::Failed), first(JournalState::Started)) {
        (Some(failed), _) => {
            complaint.why(format!("the server refused statement {} (line {} of {file})", failed.n, failed.line))
        }
        (None, Some(begun)) => complaint
            .why(format!("it was interrupted at statement {}; look in the database whether that is in place", begun.n)),
        (None, None) => complaint.why("it was interrupted before the next statement"),
    }
}

/// Says how it goes on.
fn goes_on(id: &MigrationId, obstacle: &Obstacle, complaint: Complaint) -> Complaint {
    match obstacle {
        Obstacle::Failed { n, .. } => complaint
            .by_hand("mend the file from that statement on, or the data, and then")
            .way("dunlin resume", format!("tries statement {n} again, and finishes it")),
        Obstacle::Unsure { n } | Obstacle::SessionLost { n } => complaint
            .way(format!("dunlin resume --done {n}"), format!("goes on behind statement {n}, if it is in place"))
            .way(format!("dunlin resume --redo {n}"), format!("runs statement {n}, if it is not, and goes on")),
        Obstacle::Edited { n, .. } => complaint
            .by_hand(format!("put statement {n} back as it ran; what comes behind it may change"))
            .way(format!("dunlin restore {id}"), "writes back the whole file that ran"),
        _ => complaint,
    }
}

fn mark(id: &MigrationId, what: &str) -> String {
    format!("dunlin mark {id} {what} --reason \"…\"")
}
