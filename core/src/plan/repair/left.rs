use std::fmt;

use serde::Serialize;

use crate::migration::MigrationId;
use crate::text::list;

/// A row with which something is wrong, or that was named, and that is not repaired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// The migration's id.
    pub id: MigrationId,
    /// `<id>_<slug>`.
    pub name: String,
    /// Why.
    #[serde(flatten)]
    pub why: WhyLeft,
}

/// Why a row is not repaired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WhyLeft {
    /// Its file does something else than what was applied, and the migration was not named.
    Edited,
    /// A step of it began and did not end.
    Unfinished,
    /// Its file says other parents than the row.
    Reparented,
    /// No file has it, and rows that stay come after it.
    Needed {
        /// Those rows.
        by: Vec<String>,
    },
    /// It needs no such repair.
    Sound,
}

impl Left {
    /// Returns the way out.
    pub fn hint(&self) -> Option<String> {
        let id = &self.id;
        Some(match self.why {
            WhyLeft::Edited => format!(
                "`dunlin restore {id}` writes back what was applied; `dunlin repair checksums {id} --reason \"…\"` says that \
                 the file is what was applied"
            ),
            WhyLeft::Unfinished => format!(
                "`dunlin resume` goes on with it; `dunlin mark {id} applied --reason \"…\"` or `… reverted …` settles it"
            ),
            WhyLeft::Reparented | WhyLeft::Needed { .. } => "`dunlin doctor` says what helps".to_owned(),
            WhyLeft::Sound => return None,
        })
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.why {
            WhyLeft::Edited => write!(f, "the file of `{name}` does something else than what was applied"),
            WhyLeft::Unfinished => write!(f, "`{name}` began and did not end"),
            WhyLeft::Reparented => write!(f, "the file of `{name}` says other parents than the history"),
            WhyLeft::Needed { by } => {
                let (comes, stays) = if by.len() == 1 { ("comes", "stays") } else { ("come", "stay") };
                write!(f, "no file has `{name}`, but {} {comes} after it and {stays}", list(by))
            }
            WhyLeft::Sound => write!(f, "`{name}` needs no such repair"),
        }
    }
}
