//! From a text to a target. The whole text must be one.

use std::str::FromStr;

use super::{Near, Place, Start, Target};
use crate::migration::Direction;

/// The text names no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no target; one is `head`, `heads`, `base`, `current`, `+N`, `-N`, an id, a slug, a label, the beginning of \
     one, any of these with `+N` or `-N` behind it, or `<label>@` and one of these"
)]
pub struct BadTarget(pub String);

impl Target {
    /// Reads a target. The whole text must be one; whether its names mean anything is not asked.
    ///
    /// `<name>-N` is read as N steps back from `<name>`, also where a slug is spelt so; a [`crate::plan::Resolver`]
    /// takes the slug first.
    pub fn parse(text: &str) -> Result<Target, BadTarget> {
        let target = match text.split_once('@') {
            _ if text == "current" => Some(Target::Current),
            None => place(text).map(Target::from),
            Some((branch, rest)) => name(branch)
                .and_then(|branch| place(rest).map(|place| Target::Branch { branch: branch.to_owned(), place })),
        };
        target.ok_or_else(|| BadTarget(text.to_owned()))
    }
}

impl FromStr for Target {
    type Err = BadTarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Target::parse(text)
    }
}

fn place(text: &str) -> Option<Place> {
    Some(match text {
        "head" => Place::Head,
        "heads" => Place::Heads,
        "base" => Place::Base,
        _ => match (text.strip_prefix('+'), text.strip_prefix('-')) {
            (Some(digits), _) => Place::Forward(number(digits)?),
            (_, Some(digits)) => Place::Back(number(digits)?),
            _ => match near(text) {
                Some((start, direction, steps)) => {
                    let start = match start {
                        "head" => Start::Head,
                        "base" => Start::Base,
                        _ => Start::Migration(name(start)?.to_owned()),
                    };
                    Place::Near(Near { start, direction, steps })
                }
                None => Place::Migration(name(text)?.to_owned()),
            },
        },
    })
}

/// Takes `<name>+N` and `<name>-N` apart. A number with a zero in front is part of a name, as in `backup-2026-01`.
fn near(text: &str) -> Option<(&str, Direction, usize)> {
    let sign = text.rfind(['+', '-'])?;
    let (start, rest) = text.split_at(sign);
    let (direction, digits) = match rest.strip_prefix('+') {
        Some(digits) => (Direction::Up, digits),
        None => (Direction::Down, rest.strip_prefix('-')?),
    };
    let steps = number(digits).filter(|_| !digits.starts_with('0') && !start.is_empty())?;
    Some((start, direction, steps))
}

fn number(digits: &str) -> Option<usize> {
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|&number| number > 0 && all_digits)
}

/// A name that can be a migration's: not empty, no word of the grammar, none of its signs but `-` within.
fn name(text: &str) -> Option<&str> {
    let is_taken = matches!(text, "" | "head" | "heads" | "base" | "current");
    let is_sign = |c: char| matches!(c, '@' | ':' | '+') || c.is_control();
    (!is_taken && !text.starts_with('-') && !text.contains(is_sign)).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn d15_a_target_is_matched_in_full() {
        for text in
            ["", "+1+1", "+1junk", "-0", "+0", "+", "-", "-1x", "1+", "1+1junk", "1+1+1", "heads-1", "current+1"]
        {
            assert_eq!(Target::parse(text), Err(BadTarget(text.to_owned())));
        }
        for text in ["a:b", ":head", "@", "a@", "@a", "a@b@c", "a@current", "head@1", "a@head@b", "a+b", "a\nb", "-a@1"]
        {
            assert_eq!(Target::parse(text), Err(BadTarget(text.to_owned())));
        }
    }

    #[test]
    fn every_form_of_the_grammar_is_a_target() {
        for text in ["head", "heads", "base", "current", "+1", "-12", "20230101", "create_users", "add unsigned-table"]
        {
            assert_eq!(Target::parse(text).unwrap().to_string(), text);
        }
        for text in ["1+2", "1-2", "head-1", "base+1", "create_users-1", "a-b-3"] {
            assert!(matches!(Target::parse(text), Ok(Target::Near(_))), "{text}");
            assert_eq!(Target::parse(text).unwrap().to_string(), text);
        }
        for text in ["a@head", "a@heads", "a@base", "a@1", "a@+1", "a@-1", "a@1+2", "a@head-1", "1@base", "a-b@c d"] {
            assert!(matches!(Target::parse(text), Ok(Target::Branch { .. })), "{text}");
            assert_eq!(Target::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_number_that_begins_with_zero_is_part_of_a_name() {
        assert_eq!(Target::parse("backup-2026-01"), Ok(Target::Migration("backup-2026-01".to_owned())));
        assert_eq!(Target::parse("+01"), Ok(Target::Forward(1)));
        assert_eq!(
            Target::parse("a-99999999999999999999999"),
            Ok(Target::Migration("a-99999999999999999999999".into()))
        );
    }

    #[test]
    fn d14_an_empty_target_is_a_typed_error_that_says_what_a_target_is() {
        let message = Target::parse("").unwrap_err().to_string();
        assert!(message.starts_with("`` is no target; one is `head`, `heads`, "), "{message}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

        #[test]
        fn what_is_read_is_written_as_it_reads(text in "([a-b0-2]|head|heads|base|current|[-+@: ]|\\PC){0,6}") {
            if let Ok(target) = Target::parse(&text) {
                prop_assert_eq!(Target::parse(&target.to_string()), Ok(target));
            }
        }
    }
}
