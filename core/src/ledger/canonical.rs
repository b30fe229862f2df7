//! The form in which fields are hashed.

use crate::checksum::Checksum;

/// Hashes fields, each with its length, so that no two lists of fields have the same hash.
pub(super) fn hash<'f>(fields: impl IntoIterator<Item = Option<&'f str>>) -> Checksum {
    let mut canonical = String::new();
    for field in fields {
        match field {
            Some(text) => canonical.push_str(&format!("{}:{text},", text.len())),
            None => canonical.push_str("-,"),
        }
    }
    Checksum::of_bytes(canonical.as_bytes())
}
