//! Why something is not planned.

/// A difference for which no statement is written. `refused: <object>: <what> — <why> — <instead>`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{object}: {what} — {why}")]
pub struct Refusal {
    /// What it is about, with its kind.
    pub object: String,
    /// What changed.
    pub what: String,
    /// Why no statement is written.
    pub why: String,
    /// What to write by hand.
    pub instead: String,
}
