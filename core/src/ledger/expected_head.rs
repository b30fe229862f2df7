use std::fmt;
use std::str::FromStr;

/// How many digits a hash must be given with: fewer could be those of another by chance.
const FEWEST_DIGITS: usize = 8;

/// The hash of an event that a log must have: the whole of it, or its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedHead(String);

/// The text is no hash, nor the beginning of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no hash of an event; one is `b3:` and 64 hexadecimal digits, of which the first {FEWEST_DIGITS} are enough"
)]
pub struct BadHead(pub String);

impl ExpectedHead {
    /// Says whether a hash, as the log has it, is meant.
    pub fn is_of(&self, hash: &str) -> bool {
        hash.strip_prefix("b3:").is_some_and(|digits| digits.starts_with(&self.0))
    }
}

impl FromStr for ExpectedHead {
    type Err = BadHead;

    fn from_str(text: &str) -> Result<ExpectedHead, BadHead> {
        let digits = text.strip_prefix("b3:").unwrap_or(text).to_ascii_lowercase();
        let good = (FEWEST_DIGITS..=64).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if good { Ok(ExpectedHead(digits)) } else { Err(BadHead(text.to_owned())) }
    }
}

impl fmt::Display for ExpectedHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b3:{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_given_in_full_or_by_its_beginning() {
        let hash = format!("b3:{}", "0123456789abcdef".repeat(4));
        for given in [&hash, "b3:01234567", "0123456789AB"] {
            assert!(given.parse::<ExpectedHead>().unwrap().is_of(&hash), "{given}");
        }
        assert!(!"b3:12345678".parse::<ExpectedHead>().unwrap().is_of(&hash));
        for bad in ["", "b3:", "0123456", "b3:0123456z", &format!("{hash}0")] {
            assert_eq!(bad.parse::<ExpectedHead>(), Err(BadHead(bad.to_owned())));
        }
    }
}
