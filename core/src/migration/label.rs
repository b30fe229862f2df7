use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::RESERVED;

/// The name of a line of migrations: a letter or `_`, then ASCII letters, digits, `_`, `-` and `.`.
///
/// No target can mistake it: it is none of the words that targets use, and does not end in `-` and a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(Arc<str>);

/// The text cannot be a label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLabel {
    /// It is empty, begins with something else than a letter or `_`, or has other characters.
    #[error("the label `{0}` must be a letter or `_`, then letters, digits, `_`, `-` and `.`")]
    Form(String),
    /// It is a word that targets use.
    #[error("the label `{0}` is a reserved word (`head`, `heads`, `base`, `current`)")]
    Reserved(String),
    /// It ends as a target that goes steps back from another.
    #[error("the label `{0}` ends in `-` and a number, which would mean so many steps back")]
    Steps(String),
}

impl Label {
    /// Returns the label as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Label {
    type Err = BadLabel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !starts_well || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)) {
            return Err(BadLabel::Form(text.to_owned()));
        }
        if RESERVED.contains(&text.to_ascii_lowercase().as_str()) {
            return Err(BadLabel::Reserved(text.to_owned()));
        }
        let is_number = |end: &str| !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit());
        if text.rsplit_once('-').is_some_and(|(_, end)| is_number(end)) {
            return Err(BadLabel::Steps(text.to_owned()));
        }
        Ok(Label(text.into()))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_target_can_mistake_a_label() {
        for text in ["billing", "_x", "a.b-c", "billing-v2", "v2"] {
            assert_eq!(text.parse::<Label>().unwrap().as_str(), text);
        }
        for text in ["", "2billing", "a@b", "a:b", "a+1", "-a", "a b"] {
            assert_eq!(text.parse::<Label>(), Err(BadLabel::Form(text.to_owned())));
        }
        for text in ["head", "Heads", "base", "CURRENT"] {
            assert_eq!(text.parse::<Label>(), Err(BadLabel::Reserved(text.to_owned())));
        }
        assert_eq!("billing-2".parse::<Label>(), Err(BadLabel::Steps("billing-2".to_owned())));
    }
}
