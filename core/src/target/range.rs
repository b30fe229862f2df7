use std::fmt;
use std::str::FromStr;

use super::{BadTarget, Place, Target};

/// Migrations from one place to another: `a:b`, or `a..b` as git writes it.
///
/// An empty start is `base`, an empty end is `heads`. `-N:b` begins N steps before `b`, and `a:+N` ends N steps after
/// `a`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Range {
    /// Where it begins.
    pub from: Option<Target>,
    /// Where it ends.
    pub to: Option<Target>,
}

/// The text is no range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRange {
    /// It has no `:` or several.
    #[error("`{0}` is no range; one is two targets with `:` between them, and either may be left out")]
    Form(String),
    /// An end is no target.
    #[error(transparent)]
    End(#[from] BadTarget),
    /// An end is so many steps from nowhere.
    #[error(
        "`{0}` is no range: `-N` can stand before the `:`, `+N` behind it, and only one of them, for they count from the other end"
    )]
    Steps(String),
}

impl Range {
    /// Reads a range. The whole text must be one.
    pub fn parse(text: &str) -> Result<Range, BadRange> {
        let (from, to) = ends(text).ok_or_else(|| BadRange::Form(text.to_owned()))?;
        let end = |text: &str| if text.is_empty() { Ok(None) } else { Target::parse(text).map(Some) };
        let range = Range { from: end(from)?, to: end(to)? };
        let place = |end: &Option<Target>| end.as_ref().and_then(Target::parts).map(|(_, place)| place);
        match (place(&range.from), place(&range.to)) {
            (Some(Place::Forward(_)), _)
            | (_, Some(Place::Back(_)))
            | (Some(Place::Back(_)), Some(Place::Forward(_))) => Err(BadRange::Steps(text.to_owned())),
            _ => Ok(range),
        }
    }
}

/// Takes the two ends apart.
fn ends(text: &str) -> Option<(&str, &str)> {
    let (from, to) = text.split_once(':').or_else(|| text.split_once(".."))?;
    let has_more = [from, to].iter().any(|end| end.contains(':') || end.contains(".."));
    (!has_more).then_some((from, to))
}

impl FromStr for Range {
    type Err = BadRange;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Range::parse(text)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |end: &Option<Target>| end.as_ref().map(Target::to_string).unwrap_or_default();
        write!(f, "{}:{}", end(&self.from), end(&self.to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_two_targets_and_either_may_be_left_out() {
        for text in [":", "a:", ":b", "1:head", "a@base:", "-3:current", "a:+2", "base:a+1", "current:current"] {
            assert_eq!(Range::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Range::parse("0001..head"), Range::parse("0001:head"));
        for text in ["", "a", "a:b:c", "::", "a..b..c", "a..b:c"] {
            assert_eq!(Range::parse(text), Err(BadRange::Form(text.to_owned())));
        }
        assert!(matches!(Range::parse("a:+1junk"), Err(BadRange::End(_))));
    }

    #[test]
    fn d30_steps_count_from_the_other_end_so_only_one_end_has_them() {
        for text in ["+1:", ":-1", "-1:+1", "a:-1", "b@+1:a"] {
            assert_eq!(Range::parse(text), Err(BadRange::Steps(text.to_owned())));
        }
    }
}
