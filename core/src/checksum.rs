//! The exact checksum of a file, and when an edit is merely cosmetic.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::dialect::Dialect;
use crate::statements;

/// A BLAKE3 hash, written `b3:` and 64 hexadecimal digits.
///
/// Invariant: nothing but the text decides it. No feature, platform, byte-order mark or line ending changes it, in any
/// version of dunlin; pinned vectors in this module hold that.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Checksum([u8; 32]);

impl Checksum {
    /// Hashes a migration file's text as [`normalised`] leaves it.
    pub fn of_text(text: &str) -> Checksum {
        Checksum::of_bytes(normalised(text).as_bytes())
    }

    /// Hashes bytes as they are.
    pub fn of_bytes(bytes: &[u8]) -> Checksum {
        Checksum(*blake3::hash(bytes).as_bytes())
    }

    /// Takes a hash that was computed before, at compile time say.
    pub const fn from_bytes(bytes: [u8; 32]) -> Checksum {
        Checksum(bytes)
    }

    /// Returns the hash itself.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns a form for people: `b3:9f3c21ab…04d2`.
    pub fn short(&self) -> String {
        let hex = blake3::Hash::from_bytes(self.0).to_hex();
        format!("b3:{}…{}", &hex[..8], &hex[60..])
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b3:{}", blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Checksum {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Checksum {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Checksum, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The text is no checksum of a kind that this version knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a checksum; one is `b3:` and 64 hexadecimal digits")]
pub struct NotAChecksum(pub String);

impl FromStr for Checksum {
    type Err = NotAChecksum;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hash = text.strip_prefix("b3:").and_then(|hex| blake3::Hash::from_hex(hex).ok());
        hash.map(|hash| Checksum(*hash.as_bytes())).ok_or_else(|| NotAChecksum(text.to_owned()))
    }
}

/// Returns the text without a byte-order mark and with every line ending as one line feed.
pub fn normalised(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(text) }
}

/// Says whether two texts differ in comments and white space only, on this engine.
///
/// Directives that change behaviour are no mere comments. Text that the lexer cannot read is never cosmetic.
pub fn differ_cosmetically(one: &str, other: &str, dialect: Dialect) -> bool {
    match (semantic(one, dialect), semantic(other, dialect)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// Hashes what the text means: its tokens without comments and white space, and its directives that change behaviour.
///
/// Returns `None` for text that the lexer or the header parser cannot read.
pub fn semantic(text: &str, dialect: Dialect) -> Option<Checksum> {
    let text = normalised(text);
    let header = crate::header::parse(&text).ok()?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(header.behaviour().as_bytes());
    hasher.update(&[0]);
    hasher.update(&statements::semantic(&text, dialect).ok()?);
    Some(Checksum(*hasher.finalize().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// These values are written into databases and lock files. A change here breaks every user.
    #[test]
    fn checksums_are_pinned_for_ever() {
        let pinned = [
            ("", "b3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"),
            ("create table t (a int);\n", "b3:a351fd7eeef78e0e7b1cd2500fb108578c63f0ed48417a59ce267bbc933115e7"),
        ];
        for (text, checksum) in pinned {
            assert_eq!(Checksum::of_text(text).to_string(), checksum, "{text:?}");
        }
    }

    #[test]
    fn semantic_checksums_are_pinned_for_ever() {
        let text = "-- dunlin: transaction none\n-- why\ncreate table t (a int /* b */, c text default 'x  y');\n";
        let pinned = "b3:ea9526050ec7bf95d072a6ba8437c92ec40fd722b9e2535840baa09d70c2ab68";
        for dialect in Dialect::ALL {
            assert_eq!(semantic(text, dialect).unwrap().to_string(), pinned);
        }
    }

    #[test]
    fn line_endings_and_byte_order_marks_do_not_matter() {
        let plain = Checksum::of_text("select 1;\nselect 2;\n");
        assert_eq!(plain, Checksum::of_text("select 1;\r\nselect 2;\r\n"));
        assert_eq!(plain, Checksum::of_text("select 1;\rselect 2;\r"));
        assert_eq!(plain, Checksum::of_text("\u{feff}select 1;\nselect 2;\n"));
    }

    #[test]
    fn a_checksum_reads_back_as_written() {
        let checksum = Checksum::of_text("x");
        assert_eq!(checksum.to_string().parse(), Ok(checksum));
        assert!("b3:12".parse::<Checksum>().is_err());
        assert!("md5:d41d8cd98f00b204e9800998ecf8427e".parse::<Checksum>().is_err());
    }

    #[test]
    fn comments_and_spaces_are_cosmetic_and_literals_are_not() {
        let cosmetic = |one, other| differ_cosmetically(one, other, Dialect::Sqlite);
        assert!(cosmetic("select  1;", "-- licence\nselect 1 ;"));
        assert!(!cosmetic("select 'a b';", "select 'a  b';"));
        assert!(!cosmetic("select 1;", "-- dunlin: transaction none\nselect 1;"));
        assert!(cosmetic("-- dunlin: label a\nselect 1;", "select 1;"), "a label changes no behaviour of the text");
    }
}
