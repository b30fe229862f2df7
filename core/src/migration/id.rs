use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// The id of a migration: 1 to 64 ASCII letters and digits.
///
/// Ids compare in natural order, digits by their value: `2` comes before `10`, and `1` and `001` are the same id. A copy
/// costs nothing.
#[derive(Clone)]
pub struct MigrationId(Arc<str>);

/// The text cannot be an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadId {
    /// It is empty, longer than 64 characters, or has other characters than ASCII letters and digits.
    #[error("the id `{0}` must be 1 to 64 letters and digits")]
    Form(String),
    /// It is a word that targets use.
    #[error("the id `{0}` is a reserved word (`head`, `heads`, `base`, `current`)")]
    Reserved(String),
}

/// Words that targets use, so that neither ids nor labels may.
pub const RESERVED: [&str; 4] = ["head", "heads", "base", "current"];

impl MigrationId {
    /// Returns the id as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the runs of the id: letters as they are, digits without leading zeros.
    fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || {
            let is_number = rest.bytes().next()?.is_ascii_digit();
            let end = rest.bytes().position(|byte| byte.is_ascii_digit() != is_number).unwrap_or(rest.len());
            let (run, tail) = rest.split_at(end);
            rest = tail;
            Some(if is_number { Run::Number(run.trim_start_matches('0')) } else { Run::Letters(run) })
        })
    }
}

/// Numbers come before letters, shorter numbers (without leading zeros) before longer ones.
#[derive(PartialEq, Eq, Hash)]
enum Run<'id> {
    Number(&'id str),
    Letters(&'id str),
}

impl Ord for Run<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Run::Number(one), Run::Number(other)) => one.len().cmp(&other.len()).then_with(|| one.cmp(other)),
            (Run::Letters(one), Run::Letters(other)) => one.cmp(other),
            (Run::Number(_), Run::Letters(_)) => Ordering::Less,
            (Run::Letters(_), Run::Number(_)) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Run<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for MigrationId {
    fn cmp(&self, other: &Self) -> Ordering {
        // Most ids are times of one length, and there are many.
        let is_number = |id: &Self| id.0.bytes().all(|byte| byte.is_ascii_digit());
        if self.0.len() == other.0.len() && is_number(self) && is_number(other) {
            return self.0.cmp(&other.0);
        }
        self.runs().cmp(other.runs())
    }
}

impl PartialOrd for MigrationId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for MigrationId {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.runs().eq(other.runs())
    }
}

impl Eq for MigrationId {}

impl Hash for MigrationId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.runs().for_each(|run| run.hash(state));
    }
}

impl FromStr for MigrationId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || text.len() > 64 || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(BadId::Form(text.to_owned()));
        }
        if RESERVED.contains(&text.to_ascii_lowercase().as_str()) {
            return Err(BadId::Reserved(text.to_owned()));
        }
        Ok(MigrationId(text.into()))
    }
}

impl fmt::Display for MigrationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for MigrationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

impl Serialize for MigrationId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn id(text: &str) -> MigrationId {
        text.parse().unwrap()
    }

    #[test]
    fn ids_sort_in_natural_order() {
        let mut ids: Vec<_> = ["V10", "2", "10", "V2", "1a", "a", "20230101", "1"].map(id).into();
        ids.sort();
        assert_eq!(format!("{ids:?}"), "[`1`, `1a`, `2`, `10`, `20230101`, `V2`, `V10`, `a`]");
    }

    #[test]
    fn leading_zeros_do_not_make_another_id() {
        assert_eq!(id("1"), id("001"));
        assert_ne!(id("1"), id("10"));
        assert_eq!(HashSet::from([id("a01"), id("a1"), id("a001")]).len(), 1);
    }

    #[test]
    fn words_that_targets_use_are_no_ids() {
        assert_eq!("Head".parse::<MigrationId>(), Err(BadId::Reserved("Head".into())));
        assert!("a-b".parse::<MigrationId>().is_err());
        assert!("x".repeat(65).parse::<MigrationId>().is_err());
    }
}
