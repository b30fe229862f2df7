//! What stands behind the brackets of a table.

use super::collation::Collations;
use super::column::Charset;
use super::words::{Word, between};

/// Options of their own attribute; all others are compared together.
const NAMED: [(&str, &str); 3] = [("ENGINE", "engine"), ("ROW_FORMAT", "row-format"), ("COMMENT", "comment")];

/// What takes an option back. What is not here is what the server calls an attribute of the engine, in quotes, and takes
/// `default`, or it cannot be taken back.
const DEFAULTS: [(&str, &str); 17] = [
    ("ROW_FORMAT", "default"),
    ("COMMENT", "''"),
    ("KEY_BLOCK_SIZE", "0"),
    ("AVG_ROW_LENGTH", "0"),
    ("MIN_ROWS", "0"),
    ("MAX_ROWS", "0"),
    ("PACK_KEYS", "default"),
    ("STATS_PERSISTENT", "default"),
    ("STATS_AUTO_RECALC", "default"),
    ("STATS_SAMPLE_PAGES", "default"),
    ("CHECKSUM", "0"),
    ("PAGE_CHECKSUM", "default"),
    ("DELAY_KEY_WRITE", "0"),
    ("TRANSACTIONAL", "default"),
    ("CONNECTION", "''"),
    ("COMPRESSION", "''"),
    ("ENCRYPTION", "'N'"),
];

/// The options of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    /// Names in upper case, or as they are quoted, with values as they are written. The next value of a counter is none.
    all: Vec<(String, String)>,
    /// `WITH SYSTEM VERSIONING`: versions of rows that are no longer current are kept.
    pub(super) is_versioned: bool,
}

impl Options {
    /// Reads `ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 …`. A collation that is not said is added.
    pub(super) fn read<'t>(sql: &'t str, words: &[Word<'t>], collations: &Collations) -> Option<Options> {
        let mut options = Options { all: Vec::new(), is_versioned: false };
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let is = |at: usize, own: &str| words.get(at).is_some_and(|word| word.is(own));
            if is(at, "with") && is(at + 1, "system") && is(at + 2, "versioning") {
                options.is_versioned = true;
                at += 3;
            } else if is(at, "default") {
                at += 1;
            } else if is(at, "tablespace") && !is(at + 1, "=") {
                options.all.push(("TABLESPACE".to_owned(), words.get(at + 1)?.text.to_owned()));
                at += 2;
            } else if is(at, "storage") {
                at += 2;
            } else {
                let equals = at + words.get(at..)?.iter().position(|word| word.is("="))?;
                let name = between(sql, words.get(at..equals)?);
                let name = if word.name().is_some() { name.to_owned() } else { name.to_uppercase() };
                let end = match words.get(equals + 1) {
                    Some(open) if open.is("(") => super::words::closing(words, equals + 1)?,
                    _ => equals + 1,
                };
                let value = between(sql, words.get(equals + 1..=end)?).to_owned();
                if name != "AUTO_INCREMENT" {
                    options.all.push((name, value));
                }
                at = end + 1;
            }
        }
        if let Some(Charset { set, collation }) = options.said_charset(collations) {
            options.all.retain(|(name, _)| !is_charset(name));
            let at = usize::from(options.get("ENGINE").is_some());
            options.all.splice(at..at, [("CHARSET".to_owned(), set), ("COLLATE".to_owned(), collation)]);
        }
        Some(options)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all.iter().find(|(own, _)| own == name).map(|(_, value)| &**value)
    }

    /// Returns the character set of columns that say none.
    pub(super) fn charset(&self) -> Option<Charset> {
        self.said_charset(&Collations::default())
    }

    fn said_charset(&self, collations: &Collations) -> Option<Charset> {
        let of = |name| self.get(name).map(str::to_lowercase);
        collations.charset(of("CHARSET"), of("COLLATE"))
    }

    /// Returns what is compared.
    pub(super) fn attributes(&self) -> Vec<(&'static str, String)> {
        let mut attributes: Vec<(&'static str, String)> =
            NAMED.iter().filter_map(|(name, attribute)| Some((*attribute, self.get(name)?.to_owned()))).collect();
        if let Some(Charset { set, collation }) = self.charset() {
            attributes.push(("charset", format!("{set} {collation}")));
        }
        let mut others: Vec<String> = self.others().map(|(name, value)| format!("{name}={value}")).collect();
        others.sort_unstable();
        if !others.is_empty() {
            attributes.push(("options", others.join(" ")));
        }
        if self.is_versioned {
            attributes.push(("versions", "kept".to_owned()));
        }
        attributes
    }

    /// Returns the text that stands behind the brackets.
    pub(super) fn sql(&self) -> String {
        let mut text: String = self.all.iter().map(|(name, value)| format!(" {}", assigned(name, value))).collect();
        if self.is_versioned {
            text.push_str(" WITH SYSTEM VERSIONING");
        }
        text
    }

    /// Returns the clauses that make these options others. Versioning is left to the caller.
    ///
    /// Fails with the name of one that cannot be changed.
    pub(super) fn to(&self, other: &Options) -> Result<Vec<String>, String> {
        let mut clauses = Vec::new();
        for (name, value) in other.all.iter().filter(|(name, value)| self.get(name) != Some(value)) {
            if name.ends_with("DIRECTORY") {
                return Err(name.clone());
            }
            if !is_charset(name) {
                clauses.push(assigned(name, value));
            }
        }
        for (name, _) in self.all.iter().filter(|(name, _)| other.get(name).is_none() && !is_charset(name)) {
            let default = DEFAULTS.iter().find(|(own, _)| own == name).map(|(_, default)| *default);
            let default = default.or_else(|| name.starts_with('`').then_some("default"));
            clauses.push(assigned(name, default.ok_or_else(|| name.clone())?));
        }
        let charset = other.charset();
        if let Some(Charset { set, collation }) = charset.filter(|charset| Some(charset) != self.charset().as_ref()) {
            clauses.push(format!("default character set = {set} collate = {collation}"));
        }
        Ok(clauses)
    }

    fn others(&self) -> impl Iterator<Item = &(String, String)> {
        self.all.iter().filter(|(name, _)| !is_charset(name) && NAMED.iter().all(|(own, _)| own != name))
    }
}

fn is_charset(name: &str) -> bool {
    ["CHARSET", "COLLATE"].contains(&name)
}

fn assigned(name: &str, value: &str) -> String {
    let name = if name == "CHARSET" { "DEFAULT CHARSET" } else { name };
    format!("{name}={value}")
}
