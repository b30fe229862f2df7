//! What the exit code of a command says.

use std::fmt::Write as _;

/// How a command ended. Each way has one exit code, which is an interface: scripts rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[must_use = "it is what the process must end with"]
pub enum Exit {
    /// It did what was asked.
    Done,
    /// The command was not understood, or something outside of the migrations is wrong.
    Usage,
    /// Something is pending, and `--check`, `--dry-run` or `wait --applied` asked.
    Pending,
    /// The history and the files disagree, the files have faults, or a plan that was made before no longer holds.
    Disagree,
    /// Another run held the lock all the time.
    Locked,
    /// A step failed and was rolled back; what was before it stays.
    RolledBack,
    /// A step failed part-way, and the history says how far it got.
    PartWay,
    /// A lint rule was broken.
    Lint,
    /// The schema is not what the applied migrations make.
    Drift,
    /// A migration or a setting forbids it.
    Refused,
    /// It was interrupted.
    Interrupted,
}

/// Every way to end, with its code and what it says.
pub const EXIT_CODES: [(Exit, u8, &str); 11] = [
    (Exit::Done, 0, "done"),
    (Exit::Usage, 1, "the command was not understood, or the database cannot be reached"),
    (Exit::Pending, 2, "something is pending (`--check`, `--dry-run`, `wait --applied`)"),
    (Exit::Disagree, 3, "the history and the files disagree, the files have faults, or a plan no longer holds"),
    (Exit::Locked, 4, "another run held the lock all the time"),
    (Exit::RolledBack, 5, "a step failed and was rolled back"),
    (Exit::PartWay, 6, "a step failed part-way, or the connection was lost in it; the history says how far it got"),
    (Exit::Lint, 7, "a lint rule was broken"),
    (Exit::Drift, 8, "the schema is not what the migrations make"),
    (Exit::Refused, 9, "refused: a migration is irreversible, a setting forbids it, or nobody confirmed it"),
    (Exit::Interrupted, 130, "interrupted"),
];

impl Exit {
    /// Returns the exit code.
    pub fn code(self) -> u8 {
        EXIT_CODES.iter().find(|(exit, ..)| *exit == self).map_or(1, |(_, code, _)| *code)
    }

    /// Returns the worse of two ways to end: the one that leaves more to be done by hand.
    pub(crate) fn worse(self, other: Exit) -> Exit {
        const FROM_BEST: [Exit; 11] = [
            Exit::Done,
            Exit::Pending,
            Exit::Lint,
            Exit::Usage,
            Exit::Refused,
            Exit::Locked,
            Exit::Drift,
            Exit::Disagree,
            Exit::RolledBack,
            Exit::PartWay,
            Exit::Interrupted,
        ];
        let place = |exit: Exit| FROM_BEST.iter().position(|known| *known == exit);
        if place(other) > place(self) { other } else { self }
    }

    /// Says whether the command did what was asked.
    pub fn is_done(self) -> bool {
        self == Exit::Done
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// Returns the table as help shows it.
pub(crate) fn help() -> String {
    let mut help = "Exit codes:\n".to_owned();
    for (_, code, sentence) in EXIT_CODES {
        let _ = writeln!(help, "  {code:>3}  {sentence}");
    }
    help
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_end_is_worse_than_done() {
        for (exit, ..) in EXIT_CODES {
            assert_eq!((Exit::Done.worse(exit), exit.worse(Exit::Done)), (exit, exit));
        }
        assert_eq!(Exit::PartWay.worse(Exit::RolledBack), Exit::PartWay);
    }

    #[test]
    fn every_code_stands_for_one_way_to_end() {
        let mut codes: Vec<u8> = EXIT_CODES.iter().map(|(exit, ..)| exit.code()).collect();
        assert_eq!(codes, EXIT_CODES.map(|(_, code, _)| code));
        codes.dedup();
        assert_eq!(codes.len(), EXIT_CODES.len());
    }
}
