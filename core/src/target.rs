//! Where a database is to be brought: the names that verbs take.

use std::fmt;
use std::str::FromStr;

/// A place to go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// `head`: the one migration that nothing revises.
    Head,
    /// `heads`: all of them.
    Heads,
    /// `base`: nothing applied.
    Base,
    /// `+N`: the next N pending migrations.
    Forward(usize),
    /// `-N`: back over the last N applied migrations.
    Back(usize),
    /// An id, the unambiguous beginning of one, or a slug.
    Migration(String),
}

/// The text names no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no target; one is `head`, `heads`, `base`, `+N`, `-N`, an id, the beginning of one, or a slug")]
pub struct BadTarget(pub String);

impl Target {
    /// Reads a target. The whole text must be one.
    pub fn parse(text: &str) -> Result<Target, BadTarget> {
        let number = |digits: &str| {
            let number = digits.parse().ok().filter(|&number| number > 0);
            number
                .filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
                .ok_or_else(|| BadTarget(text.to_owned()))
        };
        Ok(match text {
            "head" => Target::Head,
            "heads" => Target::Heads,
            "base" => Target::Base,
            _ => match (text.strip_prefix('+'), text.strip_prefix('-')) {
                (Some(digits), _) => Target::Forward(number(digits)?),
                (_, Some(digits)) => Target::Back(number(digits)?),
                _ if text.is_empty() || text.contains([':', '@', '+']) || text.contains(char::is_control) => {
                    return Err(BadTarget(text.to_owned()));
                }
                _ => Target::Migration(text.to_owned()),
            },
        })
    }
}

impl FromStr for Target {
    type Err = BadTarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Target::parse(text)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Head => f.write_str("head"),
            Target::Heads => f.write_str("heads"),
            Target::Base => f.write_str("base"),
            Target::Forward(n) => write!(f, "+{n}"),
            Target::Back(n) => write!(f, "-{n}"),
            Target::Migration(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_matched_in_full() {
        for text in ["head", "heads", "base", "+1", "-12", "20230101", "create_users", "add unsigned-table"] {
            assert_eq!(Target::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "+1+1", "+1junk", "-0", "+", "head+1", "a:b", "-1x"] {
            assert!(Target::parse(text).is_err(), "{text}");
        }
    }
}
