use dunlin::core::squash::{Loose, LooseKind, SquashError};
use dunlin::core::text::list;

/// Why nothing is put together, or nothing is deleted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CannotSquash {
    #[error("refused: {0}")]
    Range(#[from] SquashError),
    #[error("refused: these do more than make a schema, and would be lost:\n{}", .0.join("\n"))]
    LosesStatements(Vec<String>),
    #[error("refused: where there are rows already, what was planned loses some:\n{}", .0.join("\n"))]
    LosesData(Vec<String>),
    #[error("refused: together they leave nothing behind")]
    NothingLeft,
    #[error("`{0}` stands for no other migration")]
    NoSquash(String),
    #[error("refused: this database is in the middle of what `{squash}` stands for: it has not {}", list(.missing))]
    InTheMiddle { squash: String, missing: Vec<String> },
}

impl CannotSquash {
    /// Returns the ways out.
    pub(crate) fn hints(&self) -> Vec<String> {
        let hint = match self {
            CannotSquash::Range(error) => return error.hint().into_iter().collect(),
            CannotSquash::LosesStatements(_) => {
                "without `--compact`, the texts are joined and nothing is lost; `--drop-data-statements` leaves them out"
            }
            CannotSquash::LosesData(_) => {
                "without `--compact`, the texts are joined, and rows go the way that they went"
            }
            CannotSquash::NothingLeft => "without `--compact`, the texts are joined",
            CannotSquash::NoSquash(_) => "`dunlin squash <first>..<last>` writes one that does",
            CannotSquash::InTheMiddle { .. } => "`dunlin up` brings it past them",
        };
        vec![hint.to_owned()]
    }
}

/// Names the statements that leave behind more than a schema.
pub(super) fn data(loose: &[Loose]) -> Vec<String> {
    let data = loose.iter().filter(|one| one.kind == LooseKind::Data);
    data.map(|one| format!("  {}:{}: {}", one.file, one.line, one.summary)).collect()
}
