//! What a repeatable file is called: `<name>[.<engine>].sql`.

use std::fmt;

use serde::Serialize;

use crate::dialect::Dialect;
use crate::text::nearest;

/// The name of a repeatable file: 1 to 128 letters, digits, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct RepeatableName(Box<str>);

/// A file name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatableFile {
    /// What stands before the first `.`.
    pub name: RepeatableName,
    /// The one engine that the file is for; `None` is every engine.
    pub engine: Option<Dialect>,
}

/// Why a name is no repeatable file's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRepeatableName {
    /// The ending is `.SQL` or the like.
    #[error("the ending must be `.sql` in lower case")]
    Case,
    /// The name is empty, too long or has other characters.
    #[error("the name `{0}` must be 1 to 128 letters, digits, `_` or `-`")]
    Name(String),
    /// It is called a way up or down.
    #[error("`.{0}` has no meaning here: such a file has one way only")]
    Direction(&'static str),
    /// A word between the dots says no engine.
    #[error("`.{word}` is no engine (`sqlite`, `postgres`, `mysql`){}", .nearest.as_ref().map_or(String::new(), |near| format!("; did you mean `.{near}`?")))]
    Word {
        /// The word.
        word: String,
        /// What was probably meant.
        nearest: Option<&'static str>,
    },
}

const LONGEST: usize = 128;

impl RepeatableFile {
    /// Takes a name apart.
    pub fn parse(name: &str) -> Result<RepeatableFile, BadRepeatableName> {
        let stem = name.strip_suffix(".sql").ok_or(BadRepeatableName::Case)?;
        let mut words = stem.split('.');
        let name = words.next().unwrap_or_default();
        let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if name.is_empty() || name.len() > LONGEST || !name.bytes().all(good) {
            return Err(BadRepeatableName::Name(name.to_owned()));
        }
        let mut engine = None;
        for word in words {
            match (word, word.parse::<Dialect>()) {
                ("up", _) => return Err(BadRepeatableName::Direction("up")),
                ("down", _) => return Err(BadRepeatableName::Direction("down")),
                (_, Ok(dialect)) if engine.is_none() => engine = Some(dialect),
                _ => {
                    let nearest = nearest(word, ["sqlite", "postgres", "mysql"]);
                    return Err(BadRepeatableName::Word { word: word.to_owned(), nearest });
                }
            }
        }
        Ok(RepeatableFile { name: RepeatableName(name.into()), engine })
    }
}

impl RepeatableName {
    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name of what the file makes, in lower case: a number in front, as in `02_adults`, only orders the files.
    pub fn object(&self) -> String {
        object(&self.0)
    }
}

/// Returns the name of what the file with this name makes.
pub(super) fn object(name: &str) -> String {
    let unnumbered = name.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix('_');
    let is_numbered = name.starts_with(|c: char| c.is_ascii_digit());
    unnumbered.filter(|rest| is_numbered && !rest.is_empty()).unwrap_or(name).to_ascii_lowercase()
}

impl fmt::Display for RepeatableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str) -> String {
        match RepeatableFile::parse(name) {
            Ok(RepeatableFile { name, engine }) => {
                format!("{name} | {} | {}", engine.map_or("any", |engine| engine.facts().word), name.object())
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(said("adults.sql"), "adults | any | adults");
        assert_eq!(said("02_Adults-all.mysql.sql"), "02_Adults-all | mysql | adults-all");
        assert_eq!(said("02_.sql"), "02_ | any | 02_");
        assert_eq!(said("_a.sql"), "_a | any | _a");
    }

    #[test]
    fn odd_names_say_what_is_odd() {
        assert_eq!(said("a.SQL"), "the ending must be `.sql` in lower case");
        assert_eq!(said(".sql"), "the name `` must be 1 to 128 letters, digits, `_` or `-`");
        assert_eq!(said(".a.sql"), "the name `` must be 1 to 128 letters, digits, `_` or `-`");
        assert_eq!(said("a b.sql"), "the name `a b` must be 1 to 128 letters, digits, `_` or `-`");
        assert_eq!(said("a.down.sql"), "`.down` has no meaning here: such a file has one way only");
        assert_eq!(
            said("a.sqlte.sql"),
            "`.sqlte` is no engine (`sqlite`, `postgres`, `mysql`); did you mean `.sqlite`?"
        );
        assert_eq!(
            said("a.mysql.mysql.sql"),
            "`.mysql` is no engine (`sqlite`, `postgres`, `mysql`); did you mean `.mysql`?"
        );
    }
}
