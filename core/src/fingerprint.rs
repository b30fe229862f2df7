//! What migrations make of a schema, as the lock file notes it, so that a database can be compared with it where no scratch
//! database can be made.
//!
//! A line of the lock file has `schema.<server>=<behind>[,<thing>:<hash>…][,-<thing>…]`: which migrations it was taken behind, the
//! things that the migration made or changed, each with a hash, and those that are gone. So all lines up to one tell what
//! there should be.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::str::FromStr;

use crate::checksum::Checksum;
use crate::dialect::Dialect;
use crate::directory::{Directory, Pair};
use crate::migration::MigrationId;

/// The outermost things of a schema, such as `table:users`, each with a hash of all that is part of it.
pub type Things = BTreeMap<String, String>;

/// What one migration makes of a schema, as a server of one kind and version shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// Tells the migrations up to this one; see [`behind`].
    pub behind: String,
    /// What came or changed, with its hash; `None` is gone.
    changes: BTreeMap<String, Option<String>>,
}

impl Fingerprint {
    /// Returns what changes a schema into another.
    pub fn between(before: &Things, after: &Things, behind: String) -> Fingerprint {
        let came = after.iter().filter(|(thing, hash)| before.get(*thing) != Some(hash));
        let gone = before.keys().filter(|thing| !after.contains_key(*thing));
        let changes = came.map(|(thing, hash)| (thing.clone(), Some(hash.clone())));
        Fingerprint { behind, changes: changes.chain(gone.map(|thing| (thing.clone(), None))).collect() }
    }

    /// Changes things as the migration does.
    pub fn follow(&self, things: &mut Things) {
        for (thing, hash) in &self.changes {
            match hash {
                Some(hash) => _ = things.insert(thing.clone(), hash.clone()),
                None => _ = things.remove(thing),
            }
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.behind)?;
        for (thing, hash) in &self.changes {
            let thing = escaped(thing);
            match hash {
                Some(hash) => write!(f, ",{thing}:{hash}")?,
                None => write!(f, ",-{thing}")?,
            }
        }
        Ok(())
    }
}

/// A text is no fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no fingerprint of a schema")]
pub struct NotAFingerprint(String);

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || NotAFingerprint(text.to_owned());
        let is_hex =
            |text: &str, digits: usize| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut parts = text.split(',');
        let behind = parts.next().filter(|behind| is_hex(behind, DIGITS_BEHIND)).ok_or_else(bad)?.to_owned();
        let change = |part: &str| match part.strip_prefix('-') {
            Some(thing) => Some((unescaped(thing)?, None)),
            None => {
                let (thing, hash) = part.rsplit_once(':').filter(|(_, hash)| is_hex(hash, DIGITS))?;
                Some((unescaped(thing)?, Some(hash.to_owned())))
            }
        };
        let changes = parts.map(|part| change(part).ok_or_else(bad)).collect::<Result<_, _>>()?;
        Ok(Fingerprint { behind, changes })
    }
}

/// How many digits of a hash tell a thing from what it was: nobody forges them here, and chance has one in 2^64.
const DIGITS: usize = 16;
const DIGITS_BEHIND: usize = 8;

/// Returns a thing's hash, of all that is known of it.
pub fn hash(text: &[u8]) -> String {
    first(Checksum::of_bytes(text), DIGITS)
}

fn first(checksum: Checksum, digits: usize) -> String {
    checksum.to_string().trim_start_matches("b3:").chars().take(digits).collect()
}

/// Returns, for each migration, what tells it and all before it, as one engine sees them: a fingerprint that was taken behind others
/// is stale.
pub fn behind(pairs: &[Pair], dialect: Dialect) -> Vec<String> {
    let mut chain = String::new();
    let next = |pair: &Pair| {
        let checksum = pair.up.get(dialect).map_or_else(String::new, |script| script.checksum.to_string());
        let link = Checksum::of_bytes(format!("{chain} {} {checksum}", pair.id).as_bytes());
        chain = link.to_string();
        first(link, DIGITS_BEHIND)
    };
    pairs.iter().map(next).collect()
}

/// Why it is not known what there should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotKnown {
    /// A migration has no fingerprint for this kind of server.
    #[error("the lock file has no fingerprint of `{name}` for {server}{}", others(.known))]
    Missing {
        /// The migration.
        name: String,
        /// The kind of server.
        server: String,
        /// Those that it has one for.
        known: Vec<String>,
    },
    /// A fingerprint was taken when this migration, or one before it, was another.
    #[error("the lock file's fingerprint of `{name}` is stale: it was taken behind other migrations")]
    Stale {
        /// The migration.
        name: String,
    },
    /// What is applied is not the beginning of the order.
    #[error(
        "`{name}` is pending, and something behind it is applied; a fingerprint tells what all migrations up to one make"
    )]
    NotInOrder {
        /// The first migration that is not applied.
        name: String,
    },
}

impl Directory {
    /// Returns, for each kind of server that the lock file has fingerprints for, the migrations without one, or with a stale one.
    pub fn without_fingerprint(&self) -> BTreeMap<&str, Vec<String>> {
        let servers: BTreeSet<&str> = self.pairs().iter().flat_map(Pair::servers).collect();
        let without = |server: &str| {
            let dialect = dialect_of(server);
            let known =
                |pair: &Pair, behind: &str| pair.fingerprint(server).is_some_and(|known| known.behind == behind);
            let of_all = dialect.map(|dialect| behind(self.pairs(), dialect)).unwrap_or_default();
            let unknown = self.pairs().iter().zip(&of_all).filter(|(pair, behind)| !known(pair, behind));
            unknown.map(|(pair, _)| pair.name()).collect::<Vec<_>>()
        };
        let all = servers.into_iter().map(|server| (server, without(server)));
        all.filter(|(_, names)| !names.is_empty()).collect()
    }

    /// Returns what there should be where these migrations are applied, as a kind of server shows it.
    pub fn expected(
        &self,
        dialect: Dialect,
        server: &str,
        applied: &HashSet<&MigrationId>,
    ) -> Result<Things, NotKnown> {
        let of_all = behind(self.pairs(), dialect);
        let mut things = Things::new();
        // What stands for others makes what they make.
        let stood_for = self.pairs().iter().filter(|pair| applied.contains(&pair.id)).flat_map(Pair::replaces);
        let stood_for: HashSet<&MigrationId> = stood_for.collect();
        let is_there = |pair: &Pair| applied.contains(&pair.id) || stood_for.contains(&pair.id);
        let all = self.pairs().iter().filter(|pair| is_there(pair)).count();
        for (n, (pair, behind)) in self.pairs().iter().zip(of_all).enumerate() {
            if !is_there(pair) {
                return if n == all { Ok(things) } else { Err(NotKnown::NotInOrder { name: pair.name() }) };
            }
            let Some(fingerprint) = pair.fingerprint(server) else {
                let known = pair.servers().map(str::to_owned).collect();
                return Err(NotKnown::Missing { name: pair.name(), server: server.to_owned(), known });
            };
            if fingerprint.behind != behind {
                return Err(NotKnown::Stale { name: pair.name() });
            }
            fingerprint.follow(&mut things);
        }
        Ok(things)
    }
}

/// Returns the engine of a kind of server.
fn dialect_of(server: &str) -> Option<Dialect> {
    match server.split('-').next()? {
        "sqlite" => Some(Dialect::Sqlite),
        "postgres" => Some(Dialect::Postgres),
        "mysql" | "mariadb" => Some(Dialect::Mysql),
        _ => None,
    }
}

fn others(known: &[String]) -> String {
    if known.is_empty() { String::new() } else { format!(", only for {}", crate::text::list(known)) }
}

/// Writes a name so that it has no space and no sign that stands for something.
fn escaped(thing: &str) -> String {
    let mut text = String::with_capacity(thing.len());
    for character in thing.chars() {
        let is_plain = !character.is_whitespace() && !character.is_control() && !matches!(character, ',' | '%' | '=');
        if is_plain {
            text.push(character);
        } else {
            let mut bytes = [0; 4];
            character.encode_utf8(&mut bytes).bytes().for_each(|byte| text.push_str(&format!("%{byte:02x}")));
        }
    }
    text
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().filter(|thing| !thing.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn things(of: &[(&str, &str)]) -> Things {
        of.iter().map(|(thing, text)| ((*thing).to_owned(), hash(text.as_bytes()))).collect()
    }

    #[test]
    fn what_changes_is_written_read_and_followed() {
        let before = things(&[("table:users", "1"), ("view:a, b=%", "1"), ("table:posts", "1")]);
        let after = things(&[("table:users", "2"), ("table:posts", "1"), ("function:public.f(integer, \"ü\t\")", "1")]);
        let fingerprint = Fingerprint::between(&before, &after, "0123abcd".to_owned());
        let text = fingerprint.to_string();
        assert_eq!(
            text,
            format!(
                "0123abcd,function:public.f(integer%2c%20\"ü%09\"):{},table:users:{},-view:a%2c%20b%3d%25",
                hash(b"1"),
                hash(b"2")
            )
        );
        assert_eq!(text.parse(), Ok(fingerprint.clone()));
        let mut followed = before;
        fingerprint.follow(&mut followed);
        assert_eq!(followed, after);
    }

    #[test]
    fn what_is_no_fingerprint_is_told() {
        for text in
            ["", "0123", "0123abcg", "0123abcd,", "0123abcd,table:users", "0123abcd,table:users:12", "0123abcd,-%2"]
        {
            assert_eq!(text.parse::<Fingerprint>(), Err(NotAFingerprint(text.to_owned())), "{text}");
        }
    }
}
