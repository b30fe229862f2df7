//! Findings, as they are told.

use dunlin::{Finding, FindingKind, LedgerFinding, Verdict};

use crate::output::{CYAN, Output, RED, YELLOW};

/// Says whether a finding asks nothing of anybody.
pub(crate) fn is_harmless(kind: &FindingKind) -> bool {
    matches!(kind, FindingKind::Cosmetic { .. } | FindingKind::Accepted { .. } | FindingKind::Renamed { .. })
}

/// Says whether a run ends by itself what the finding tells of.
pub(crate) fn goes_on(kind: &FindingKind) -> bool {
    matches!(kind, FindingKind::Unfinished { obstacle: None, .. })
}

/// How a finding is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Error,
    Warning,
    Note,
}

/// Writes findings as data, each with its way out once.
pub(crate) fn write(output: &Output, findings: &[Finding]) {
    let labelled = findings.iter().map(|finding| {
        let label = match finding.verdict {
            Verdict::Refuse => Label::Error,
            Verdict::Warn if is_harmless(&finding.kind) => Label::Note,
            Verdict::Warn => Label::Warning,
        };
        (label, finding.to_string(), finding.hint())
    });
    write_labelled(output, labelled);
}

/// Writes findings about the ledger as data; with the names of their sets, if there are several.
pub(crate) fn write_ledger(output: &Output, findings: &[LedgerFinding], has_sets: bool) {
    let labelled = findings.iter().map(|finding| {
        let label = if finding.verdict == Verdict::Refuse { Label::Error } else { Label::Note };
        let set = finding.set.as_ref().filter(|_| has_sets).map(|set| format!("set {set}: ")).unwrap_or_default();
        (label, format!("{set}{finding}"), finding.hint().map(str::to_owned))
    });
    write_labelled(output, labelled);
}

/// Writes what kept findings from being found.
pub(crate) fn write_error(output: &Output, error: &str) {
    write_labelled(output, [(Label::Error, error.to_owned(), None)]);
}

fn write_labelled(output: &Output, findings: impl IntoIterator<Item = (Label, String, Option<String>)>) {
    let mut hints: Vec<String> = Vec::new();
    for (label, text, hint) in findings {
        let (style, word) = match label {
            Label::Error => (RED, "error"),
            Label::Warning => (YELLOW, "warning"),
            Label::Note => (CYAN, "note"),
        };
        let text = text.replace('\n', "\n  ");
        output.data(&format!("{} {text}", output.styled(style, &format!("{word}:"))));
        hints.extend(hint.filter(|hint| label != Label::Note && !hints.contains(hint)));
    }
    for hint in hints {
        output.data(&format!("{} {}", output.styled(CYAN, "hint:"), output.with_own_name(&hint)));
    }
}
