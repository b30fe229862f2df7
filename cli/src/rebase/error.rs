use dunlin::core::plan::PlanError;
use dunlin::core::text::list;

use crate::exit_code::Exit;

/// Why a migration must stay as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fixed {
    /// Its checksums stand in the lock file.
    Sealed,
    /// It is in the database.
    Applied,
}

/// Why nothing was moved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CannotRebase {
    #[error("`{name}` is {why}")]
    Fixed { name: String, why: Fixed, below: String },
    #[error("no line can move: {}", .0.iter().map(|(name, why)| format!("`{name}` is {why}")).collect::<Vec<_>>().join(", "))]
    NoneMoves(Vec<(String, Fixed)>),
    #[error("more than one line could move: {}", list(.0))]
    Several(Vec<String>),
    #[error("there are several heads to move onto: {}", list(.0))]
    Onto(Vec<String>),
    #[error("there is no other head than that of `{0}`")]
    NoOtherHead(String),
    #[error("`{name}` comes before `{onto}`, and cannot move onto it")]
    Below { name: String, onto: String },
    #[error("what has moved has several heads, so the next line has no place to go to: {}", list(.0))]
    SeveralTips(Vec<String>),
    #[error("`{0}` is no migration that could move, or be moved onto")]
    NoMigration(String),
    #[error(transparent)]
    Target(#[from] PlanError),
}

impl std::fmt::Display for Fixed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Fixed::Sealed => "sealed in dunlin.lock",
            Fixed::Applied => "applied in the database",
        })
    }
}

impl CannotRebase {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            CannotRebase::Fixed { .. } | CannotRebase::NoneMoves(_) => Exit::Refused,
            _ => Exit::Usage,
        }
    }

    pub(crate) fn hints(&self) -> Vec<String> {
        let merge = "`dunlin merge` joins the lines as they are";
        vec![match self {
            CannotRebase::Fixed { why: Fixed::Applied, below, .. } => {
                format!("`dunlin down {below}` takes it back first; {merge}; `--force` moves it all the same")
            }
            CannotRebase::Fixed { why: Fixed::Sealed, .. } => {
                format!("{merge}; `--force` moves it all the same, and keeps its former checksum in dunlin.lock")
            }
            CannotRebase::NoneMoves(fixed) if fixed.iter().any(|(_, why)| *why == Fixed::Applied) => {
                format!("{merge}; what is applied can be taken back first with `dunlin down`")
            }
            CannotRebase::NoneMoves(_) => merge.to_owned(),
            CannotRebase::Several(names) => {
                let ids: Vec<&str> = names.iter().filter_map(|name| name.split('_').next()).collect();
                let [one, other, ..] = ids[..] else { return Vec::new() };
                format!("`dunlin rebase {other} --onto {one}` moves one of them")
            }
            CannotRebase::Onto(_) => "name one with `--onto`".to_owned(),
            CannotRebase::Target(error) => return error.hints(),
            _ => return Vec::new(),
        }]
    }
}
