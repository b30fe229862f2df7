use crate::checksum::Checksum;

/// Why a text is no plan, or one that nobody may run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}: {kind}")]
pub struct BadPlanFile {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub kind: BadPlanFileKind,
}

/// What is wrong with a plan file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadPlanFileKind {
    /// It is something else.
    #[error("this is no plan of dunlin; one begins with `-- dunlin plan {}`", super::VERSION)]
    NotAPlan,
    /// A newer dunlin wrote it.
    #[error("the plan has version {found}, and this dunlin reads version {}", super::VERSION)]
    Newer {
        /// Its version.
        found: u32,
    },
    /// Something below the checksum was changed.
    #[error(
        "the plan was edited after it was made: what stands below has another checksum\n  stated  {stated}\n  found   {found}"
    )]
    Edited {
        /// The checksum that it states.
        stated: String,
        /// That of what it holds.
        found: Checksum,
    },
    /// The SQL of a file was changed.
    #[error("the plan was edited after it was made: the SQL below is not that of {file}")]
    SqlEdited {
        /// The file.
        file: String,
    },
    /// Every line ends otherwise than it was written.
    #[error("the line endings of the plan were changed")]
    LineEndings,
    /// A line is not what must stand there.
    #[error("here should be {expected}")]
    Unexpected {
        /// What should be there.
        expected: &'static str,
    },
}

impl BadPlanFileKind {
    /// Returns the way out.
    pub fn hint(&self) -> &'static str {
        match self {
            BadPlanFileKind::NotAPlan => "`dunlin plan --out <file>` makes one",
            BadPlanFileKind::Newer { .. } => "run it with the dunlin that made it, or make it anew with this one",
            BadPlanFileKind::LineEndings => {
                "keep git from it with `*.plan -text` in .gitattributes, and make the plan anew"
            }
            BadPlanFileKind::Edited { .. } | BadPlanFileKind::SqlEdited { .. } | BadPlanFileKind::Unexpected { .. } => {
                "what a plan does is changed in the migrations; then make it anew with `dunlin plan --out <file>`"
            }
        }
    }
}
