//! Findings, as they are told.

use dunlin::{Finding, FindingKind, Verdict};

use crate::output::{CYAN, Output, RED, YELLOW};

/// Says whether a finding asks nothing of anybody.
pub(crate) fn is_harmless(kind: &FindingKind) -> bool {
    matches!(kind, FindingKind::Cosmetic { .. } | FindingKind::Accepted { .. } | FindingKind::Renamed { .. })
}

/// Writes findings as data, each with its way out once.
pub(crate) fn write(output: &Output, findings: &[Finding]) {
    let mut hints: Vec<String> = Vec::new();
    for finding in findings {
        let (style, label) = match finding.verdict {
            Verdict::Refuse => (RED, "error"),
            Verdict::Warn if is_harmless(&finding.kind) => (CYAN, "note"),
            Verdict::Warn => (YELLOW, "warning"),
        };
        let text = finding.to_string().replace('\n', "\n  ");
        output.data(&format!("{} {text}", output.styled(style, &format!("{label}:"))));
        if let Some(hint) = finding.hint().filter(|hint| !is_harmless(&finding.kind) && !hints.contains(hint)) {
            hints.push(hint);
        }
    }
    for hint in hints {
        output.data(&format!("{} {}", output.styled(CYAN, "hint:"), output.with_own_name(&hint)));
    }
}
