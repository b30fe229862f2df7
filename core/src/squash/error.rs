use crate::dialect::Dialect;
use crate::text::some_of;

/// Why migrations cannot become one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SquashError {
    /// There is at most one.
    #[error("{}, and it takes two to put together", .name.as_ref().map_or("there is no migration".to_owned(), |name| format!("there is only `{name}`")))]
    TooFew {
        /// The one.
        name: Option<String>,
    },
    /// Several of them revise something else, or one revises both.
    #[error("they have no one beginning: {} come from elsewhere", some_of(.names))]
    SeveralStarts {
        /// Those that do.
        names: Vec<String>,
    },
    /// Several of them are last.
    #[error("they have no one end: nothing of them comes after {}", some_of(.names))]
    SeveralEnds {
        /// Those that are.
        names: Vec<String>,
    },
    /// Something else comes after one of them and not after the last.
    #[error("`{child}` comes after `{parent}`, in the middle of them, and not after `{last}`")]
    Middle {
        /// What comes after one of them.
        child: String,
        /// The one.
        parent: String,
        /// The last.
        last: String,
    },
    /// The last of them stands for others.
    #[error("`{name}` is the last of them and stands for others itself, which a database may have in its place")]
    EndsInSquash {
        /// The last of them.
        name: String,
    },
    /// Several engines have files of all of them, and not the same.
    #[error("`{name}` has files of its own for one engine, and one text cannot stand for those of {} and {}", .dialect.facts().name, .other.facts().name)]
    SeveralEngines {
        /// A migration with such files.
        name: String,
        /// The engine of the database.
        dialect: Dialect,
        /// Another one.
        other: Dialect,
    },
}

impl SquashError {
    /// Returns the way out, if there is a usual one.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            SquashError::TooFew { .. } => "`dunlin squash <first>..<last>` names the first and the last".to_owned(),
            SquashError::SeveralStarts { .. } | SquashError::SeveralEnds { .. } => {
                "take in where their lines part, or where they meet: `dunlin history` shows both".to_owned()
            }
            SquashError::Middle { child, parent, .. } => {
                let child = child.split('_').next().unwrap_or(child);
                let parent = parent.split('_').next().unwrap_or(parent);
                format!("end the range at `{parent}`, or take `{child}` in")
            }
            SquashError::EndsInSquash { .. } => "end the range behind it, with what comes after it".to_owned(),
            SquashError::SeveralEngines { .. } => return None,
        })
    }
}
