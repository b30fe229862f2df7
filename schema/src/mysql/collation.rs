//! What a server says of its character sets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::column::Charset;

/// The collation that each character set has where none is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collations(BTreeMap<String, String>);

impl Collations {
    /// Takes character sets with their collations.
    pub fn new(defaults: impl IntoIterator<Item = (String, String)>) -> Collations {
        Collations(defaults.into_iter().collect())
    }

    /// Returns both of what was said in part; `None` is that nothing was.
    pub(super) fn charset(&self, set: Option<String>, collation: Option<String>) -> Option<Charset> {
        match (set, collation) {
            (Some(set), Some(collation)) => Some(Charset { set, collation }),
            (Some(set), None) => {
                let collation = self.0.get(&set).cloned().unwrap_or_else(|| format!("{set}_general_ci"));
                Some(Charset { set, collation })
            }
            // Every collation is called after its character set.
            (None, Some(collation)) => {
                let set = collation.split('_').next().unwrap_or_default().to_owned();
                Some(Charset { set, collation })
            }
            (None, None) => None,
        }
    }
}
