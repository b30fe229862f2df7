//! `dunlin.lock`: which migrations are sealed, with which checksums, after which parents.
//!
//! Text, one line a migration in graph order:
//! `<id>_<slug> up=<b3> down=<b3|-> parents=<ids|base> [was=<b3>,…]`, or `<id>_<slug> open`. A file for one engine adds
//! `up.<engine>=<b3>` or `down.<engine>=<b3>`, and a sealed line can have `schema.<server>=<fingerprint>`. Lines that begin with `#` are comments; those above a line stay above it.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use crate::checksum::Checksum;
use crate::directory::Pair;
use crate::fault::{Fault, FaultKind};
use crate::fingerprint::{Fingerprint, NotAFingerprint};
use crate::migration::{Direction, MigrationId};

/// The lock file's name inside the versions directory.
pub const FILE_NAME: &str = "dunlin.lock";

const PREAMBLE: &str = "\
# Written by dunlin; commit it. A line is a migration in order. `dunlin lock` seals the open ones,
# and a sealed file that is edited or deleted does not compile.
";

/// A lock file, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LockFile {
    entries: Vec<Entry>,
}

/// One migration's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The migration's id.
    pub id: MigrationId,
    /// `<id>_<slug>`.
    pub name: String,
    /// What is sealed; `None` is open.
    pub seal: Option<Seal>,
    /// Former checksums of the up file that were accepted.
    pub was: Vec<Checksum>,
    /// What the migration makes of the schema, for each kind of server that it was looked at on.
    pub fingerprints: Vec<(String, Fingerprint)>,
    /// The comment lines above, without the `#`.
    comments: Vec<String>,
}

/// What a sealed line holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The files: `up`, `down`, `up.<engine>`, `down.<engine>`, each with its checksum.
    pub files: Vec<(String, Checksum)>,
    /// The parents.
    pub parents: Vec<MigrationId>,
}

impl Seal {
    /// Returns what sealing this migration now would hold.
    pub fn of(pair: &Pair) -> Seal {
        let mut files = Vec::new();
        for direction in [Direction::Up, Direction::Down] {
            for (engine, script) in pair.half(direction).iter() {
                let key = engine.map_or_else(|| direction.to_string(), |engine| format!("{direction}.{engine}"));
                files.push((key, script.checksum));
            }
        }
        Seal { files, parents: pair.parents.clone() }
    }
}

impl LockFile {
    /// Reads a lock file's text. All lines that cannot be read are returned, each with its number and why.
    pub fn parse(text: &str) -> Result<LockFile, Vec<(usize, String)>> {
        let text = crate::checksum::normalised(text);
        let (mut entries, mut faults, mut comments) = (Vec::new(), Vec::new(), Vec::new());
        let mut seen = HashSet::new();
        for (number, line) in text.lines().enumerate().map(|(n, line)| (n + 1, line.trim_end())) {
            if let Some(comment) = line.strip_prefix('#') {
                if !PREAMBLE.lines().any(|own| own == line) {
                    comments.push(comment.to_owned());
                }
            } else if !line.is_empty() {
                match entry(line) {
                    Ok(parsed) if !seen.insert(parsed.id.clone()) => {
                        faults.push((number, format!("the id `{}` stands a second time", parsed.id)));
                    }
                    Ok(parsed) => entries.push(Entry { comments: std::mem::take(&mut comments), ..parsed }),
                    Err(message) => faults.push((number, message)),
                }
            }
        }
        if faults.is_empty() { Ok(LockFile { entries }) } else { Err(faults) }
    }

    /// Returns the lines in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns a migration's line.
    pub fn get(&self, id: &MigrationId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == *id)
    }

    /// Adds an open line at the end.
    pub fn add_open(&mut self, id: MigrationId, name: String) {
        let (was, fingerprints, comments) = (Vec::new(), Vec::new(), Vec::new());
        self.entries.push(Entry { id, name, seal: None, was, fingerprints, comments });
    }

    /// Brings the lines in line with a directory: its order, open lines for what is new, none for what is open and gone. An open line
    /// of an id that another migration has now is this one's.
    ///
    /// Sealed lines of files that are gone stay, at the end: that is a fault to be seen, not to be tidied away. But those that
    /// another migration stands for may go.
    pub fn follow(&mut self, pairs: &[Pair]) {
        let mut old: Vec<Option<Entry>> = std::mem::take(&mut self.entries).into_iter().map(Some).collect();
        let places: HashMap<MigrationId, usize> =
            old.iter().enumerate().filter_map(|(place, entry)| Some((entry.as_ref()?.id.clone(), place))).collect();
        for pair in pairs {
            match places.get(&pair.id).and_then(|&place| old.get_mut(place)).and_then(Option::take) {
                Some(entry) if entry.seal.is_none() => self.entries.push(Entry { name: pair.name(), ..entry }),
                Some(entry) => self.entries.push(entry),
                None => self.add_open(pair.id.clone(), pair.name()),
            }
        }
        let replaced = replaced(pairs);
        let is_missed = |entry: &Entry| entry.seal.is_some() && !replaced.contains(&entry.id);
        self.entries.extend(old.into_iter().flatten().filter(is_missed));
    }

    /// Seals every open line; returns the names of those that were open.
    pub fn seal(&mut self, pairs: &[Pair]) -> Vec<String> {
        let mut sealed = Vec::new();
        let pairs = by_id(pairs);
        for entry in self.entries.iter_mut().filter(|entry| entry.seal.is_none()) {
            if let Some(pair) = pairs.get(&entry.id) {
                entry.seal = Some(Seal::of(pair));
                entry.name = pair.name();
                sealed.push(pair.name());
            }
        }
        sealed
    }

    /// Seals a migration as it is now, keeps the up file's former checksum in `was=`, and the reason above the line.
    ///
    /// A sealed line tells the former checksum itself; of an open one, a database that has the migration does, as
    /// `applied`. Returns the former and the present checksum, or `None` if the two are the same or neither is known.
    pub fn accept(&mut self, pair: &Pair, applied: Option<Checksum>, reason: &str) -> Option<(Checksum, Checksum)> {
        let entry = self.entries.iter_mut().find(|entry| entry.id == pair.id)?;
        let now = Seal::of(pair);
        let ups = |seal: &Seal| -> Vec<Checksum> {
            seal.files.iter().filter(|(key, _)| key.starts_with("up")).map(|(_, checksum)| *checksum).collect()
        };
        let present = ups(&now);
        let sealed = entry.seal.as_ref().filter(|old| **old != now);
        let formers = sealed.map(ups).unwrap_or_default().into_iter().chain(applied);
        let formers: Vec<Checksum> = formers.filter(|former| !present.contains(former)).collect();
        if formers.is_empty() && sealed.is_none() {
            return None;
        }
        let shown = (*formers.first().or(present.first())?, *present.first()?);
        entry.was.extend(formers.into_iter().filter(|former| !entry.was.contains(former)).collect::<Vec<_>>());
        entry.was.retain(|checksum| !present.contains(checksum));
        let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        entry.comments.push(format!(" {} accepted: {reason}", pair.id));
        (entry.seal, entry.name) = (Some(now), pair.name());
        Some(shown)
    }

    /// Notes what a sealed migration makes of the schema on a kind of server.
    pub fn note(&mut self, id: &MigrationId, server: &str, fingerprint: Fingerprint) {
        let sealed = self.entries.iter_mut().find(|entry| entry.id == *id && entry.seal.is_some());
        if let Some(entry) = sealed {
            entry.fingerprints.retain(|(of, _)| of != server);
            entry.fingerprints.push((server.to_owned(), fingerprint));
            entry.fingerprints.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
    }

    /// Holds the seals against a directory. `file` is the lock file's path, as it is shown to people.
    pub fn compare(&self, file: &str, pairs: &[Pair]) -> Vec<Fault> {
        let mut faults = Vec::new();
        let replaced = replaced(pairs);
        let pairs = by_id(pairs);
        let deleted: HashSet<&MigrationId> =
            self.entries.iter().map(|entry| &entry.id).filter(|id| !pairs.contains_key(id)).collect();
        for entry in &self.entries {
            if deleted.contains(&entry.id) && replaced.contains(&entry.id) {
                continue;
            }
            let Some(seal) = &entry.seal else { continue };
            if let Some(pair) = pairs.get(&entry.id) {
                compare(seal, pair, file, &deleted, &mut faults);
            } else {
                let gone = sibling(file, &entry.name, "up");
                let kind = FaultKind::SealedDeleted { lock: file.to_owned() };
                faults.push(Fault { file: gone, location: None, kind });
            }
        }
        faults
    }

    /// Writes the whole file.
    pub fn render(&self) -> String {
        let mut text = PREAMBLE.to_owned();
        for entry in &self.entries {
            for comment in &entry.comments {
                let _ = writeln!(text, "#{comment}");
            }
            text.push_str(&entry.name);
            match &entry.seal {
                None => text.push_str(" open"),
                Some(seal) => {
                    for (key, checksum) in &seal.files {
                        let _ = write!(text, " {key}={checksum}");
                    }
                    if !seal.files.iter().any(|(key, _)| key.starts_with("down")) {
                        text.push_str(" down=-");
                    }
                    let parents: Vec<&str> = seal.parents.iter().map(MigrationId::as_str).collect();
                    let _ =
                        write!(text, " parents={}", if parents.is_empty() { "base".into() } else { parents.join(",") });
                }
            }
            if !entry.was.is_empty() {
                let was: Vec<String> = entry.was.iter().map(Checksum::to_string).collect();
                let _ = write!(text, " was={}", was.join(","));
            }
            for (server, fingerprint) in &entry.fingerprints {
                let _ = write!(text, " schema.{server}={fingerprint}");
            }
            text.push('\n');
        }
        text
    }
}

/// Returns the migrations that others stand for.
fn replaced(pairs: &[Pair]) -> HashSet<&MigrationId> {
    pairs.iter().flat_map(Pair::replaces).collect()
}

fn by_id(pairs: &[Pair]) -> HashMap<&MigrationId, &Pair> {
    pairs.iter().map(|pair| (&pair.id, pair)).collect()
}

/// The path of a file beside the lock file.
fn sibling(lock: &str, name: &str, half: &str) -> String {
    let dir = lock.strip_suffix(FILE_NAME).unwrap_or_default();
    let (direction, engine) = half.split_once('.').unwrap_or((half, ""));
    let dot = if engine.is_empty() { "" } else { "." };
    format!("{dir}{name}{dot}{engine}.{direction}.sql")
}

fn compare(seal: &Seal, pair: &Pair, lock: &str, deleted: &HashSet<&MigrationId>, faults: &mut Vec<Fault>) {
    let now = Seal::of(pair);
    let shown = |key: &str| {
        let scripts = [Direction::Up, Direction::Down].into_iter().flat_map(|direction| {
            pair.half(direction).iter().map(move |(engine, script)| {
                (
                    engine.map_or_else(|| direction.to_string(), |engine| format!("{direction}.{engine}")),
                    script.file.clone(),
                )
            })
        });
        scripts.into_iter().find(|(of, _)| of == key).map_or_else(|| sibling(lock, &pair.name(), key), |(_, file)| file)
    };
    let mut fault = |key: &str, kind| faults.push(Fault { file: shown(key), location: None, kind });
    for (key, sealed) in &seal.files {
        match now.files.iter().find(|(of, _)| of == key) {
            Some((_, found)) if found == sealed => {}
            Some((_, found)) => {
                fault(key, FaultKind::SealedEdited { id: pair.id.clone(), sealed: *sealed, found: *found });
            }
            None => fault(key, FaultKind::SealedDeleted { lock: lock.to_owned() }),
        }
    }
    for (key, _) in now.files.iter().filter(|(key, _)| seal.files.iter().all(|(of, _)| of != key)) {
        fault(key, FaultKind::SealedAdded);
    }
    // A parent that is gone is a fault of its own.
    if seal.parents != now.parents && seal.parents.iter().all(|parent| !deleted.contains(parent)) {
        fault("up", FaultKind::SealedReordered { sealed: seal.parents.clone(), found: now.parents });
    }
}

fn entry(line: &str) -> Result<Entry, String> {
    let is_field = |word: &str| word == "open" || word.split_once('=').is_some_and(|(key, _)| is_key(key));
    let mut name = line;
    let mut fields = Vec::new();
    while let Some((rest, word)) = name.rsplit_once(' ').filter(|(_, word)| is_field(word)) {
        name = rest.trim_end();
        fields.push(word);
    }
    fields.reverse();
    let (id, _) = name.split_once('_').ok_or_else(|| format!("`{line}` does not begin with `<id>_<slug>`"))?;
    let id = id.parse().map_err(|bad: crate::migration::BadId| bad.to_string())?;
    let (mut files, mut parents, mut was, mut open) = (Vec::new(), None, Vec::new(), false);
    let mut fingerprints = Vec::new();
    for field in fields {
        let (key, value) = field.split_once('=').unwrap_or((field, ""));
        let checksum = |text: &str| text.parse::<Checksum>().map_err(|bad| bad.to_string());
        match key {
            "open" => open = true,
            "parents" if value == "base" => parents = Some(Vec::new()),
            "parents" => {
                let ids: Result<_, _> = value.split(',').map(str::parse).collect();
                parents = Some(ids.map_err(|bad: crate::migration::BadId| bad.to_string())?);
            }
            "was" => was = value.split(',').map(checksum).collect::<Result<_, _>>()?,
            _ if value == "-" => {}
            _ if key.starts_with(SCHEMA) => {
                let fingerprint = value.parse().map_err(|bad: NotAFingerprint| bad.to_string())?;
                fingerprints.push((key.trim_start_matches(SCHEMA).to_owned(), fingerprint));
            }
            _ => files.push((key.to_owned(), checksum(value)?)),
        }
    }
    let seal = match (open, parents) {
        (true, None) if files.is_empty() && fingerprints.is_empty() => None,
        (false, Some(parents)) if !files.is_empty() => Some(Seal { files, parents }),
        _ => return Err(format!("`{name}` must be `open`, or have `up=`, `down=` and `parents=`")),
    };
    Ok(Entry { id, name: name.to_owned(), seal, was, fingerprints, comments: Vec::new() })
}

/// Stands before the kind of server that a fingerprint is of.
const SCHEMA: &str = "schema.";

fn is_key(key: &str) -> bool {
    matches!(key.split('.').next(), Some("up" | "down")) || key == "parents" || key == "was" || key.starts_with(SCHEMA)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn b3(digit: char) -> String {
        format!("b3:{}", digit.to_string().repeat(64))
    }

    #[test]
    fn a_lock_file_reads_back_as_written() {
        let text = format!(
            "{PREAMBLE}# why\n1_a up={one} down={two} parents=base\n2_add unsigned table up={one} up.sqlite={two} down=- parents=1 was={two},{one} schema.mariadb-10.11=0123abcd schema.sqlite=0123abcd,table:a:0123456789abcdef,-view:b\n3_c open\n",
            one = b3('1'),
            two = b3('2')
        );
        let lock = LockFile::parse(&text).unwrap();
        assert_eq!(lock.entries()[1].name, "2_add unsigned table");
        assert_eq!(lock.entries()[1].was.len(), 2);
        assert_eq!(lock.render(), text);
        assert_eq!(LockFile::parse(&text.replace('\n', "\r\n")), Ok(lock));
    }

    #[test]
    fn every_bad_line_is_named() {
        let faults = LockFile::parse("1_a\nnonsense\n2_b open\n02_b open\n3_c up=b3:12 parents=base").unwrap_err();
        let lines: Vec<_> = faults.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 2, 4, 5]);
    }
}
