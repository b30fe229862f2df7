//! A versions directory: its files, read, paired, checked and put in order.
//!
//! [`Directory::read`] is the only code in core that touches the file system; [`Directory::from_files`] does the same
//! work on texts, and [`Directory::from_embedded`] on what a binary carries, whose texts were checked when it was built.
//! [`Directory::migrations`] chooses the files of one engine.

mod ancestry;
mod check;
mod pairing;
mod parallel;
mod read;
mod repeatables;
mod squashes;

use std::borrow::Cow;
use std::sync::Arc;

pub use check::{check, journalled, statements};
pub use read::{decoded, repeatable_names, sql_names};

use crate::checksum::{Checksum, normalised};
use crate::dialect::Dialect;
use crate::embedded::Embedded;
use crate::fault::{Fault, FaultKind, Faults};
use crate::file_name::FileName;
use crate::fingerprint::{Fingerprint, NotAFingerprint};
use crate::graph::Revisions;
use crate::lockfile::{self, LockFile};
use crate::migration::{Direction, Migration, MigrationId, Migrations, Script, SetName, SharedScript, Slug};
use crate::repeatable::{self, RepeatableFiles};

/// How a directory is to be read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The name of the set.
    pub set: SetName,
    /// Whether migrations without a down file are fine.
    pub up_only: UpOnly,
}

/// Whether migrations without a down file, and without a word about it, are fine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UpOnly {
    /// They are faults.
    #[default]
    Refuse,
    /// They are fine.
    Allow,
    /// They are fine where the whole directory is `<id>_<slug>.sql`, as sqlx and refinery write it.
    AllowPlain,
}

/// A file that was found, before its text is looked at.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Its name; that of a repeatable file begins with `repeatable/`.
    pub name: Cow<'static, str>,
    /// Its text, as it stands in the file.
    pub text: Cow<'static, str>,
    /// Its exact checksum, if that is known already; the text then counts as checked.
    pub checksum: Option<Checksum>,
}

/// A directory, read and found to be in order.
#[derive(Debug, Clone)]
pub struct Directory {
    /// Its path, as it is shown to people.
    shown: String,
    options: Options,
    /// The migrations, in graph order.
    migrations: Vec<Pair>,
    revisions: Arc<Revisions>,
    /// The repeatable files, in the order of their names.
    repeatables: Vec<RepeatableFiles>,
    lock: Option<LockFile>,
}

/// All files of one migration.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The id.
    pub id: MigrationId,
    /// The slug.
    pub slug: Slug,
    /// The parents, stated or by the chain.
    pub parents: Vec<MigrationId>,
    /// The way up.
    pub up: Variants,
    /// The way down.
    pub down: Variants,
    was: Vec<Checksum>,
    fingerprints: Vec<(String, Fingerprint)>,
}

/// One half of a migration: the general file and those of single engines.
#[derive(Debug, Clone, Default)]
pub struct Variants(Vec<(Option<Dialect>, SharedScript)>);

impl Variants {
    /// Returns the file for an engine: its own, else the general one.
    pub fn get(&self, dialect: Dialect) -> Option<&Script> {
        self.shared(dialect).map(AsRef::as_ref)
    }

    /// Returns the file that names this engine, or the one that names none.
    pub fn exactly(&self, engine: Option<Dialect>) -> Option<&Script> {
        self.shared_exactly(engine).map(AsRef::as_ref)
    }

    /// Returns every file with its engine, the general one first.
    pub fn iter(&self) -> impl Iterator<Item = (Option<Dialect>, &Script)> {
        self.0.iter().map(|(engine, script)| (*engine, &**script))
    }

    /// Returns the general file, or else the first of an engine's: the one that states the graph.
    pub fn primary(&self) -> Option<&Script> {
        self.0.first().map(|(_, script)| &**script)
    }

    pub(crate) fn shared(&self, dialect: Dialect) -> Option<&SharedScript> {
        self.shared_exactly(Some(dialect)).or_else(|| self.shared_exactly(None))
    }

    fn shared_exactly(&self, engine: Option<Dialect>) -> Option<&SharedScript> {
        self.0.iter().find(|(of, _)| *of == engine).map(|(_, script)| script)
    }

    pub(crate) fn insert(&mut self, engine: Option<Dialect>, script: Script) {
        let place = self.0.partition_point(|(of, _)| *of < engine);
        // Nearly every half is one file, and there may be thousands.
        self.0.reserve_exact(1);
        self.0.insert(place, (engine, SharedScript::new(script)));
    }
}

impl Pair {
    /// Returns `<id>_<slug>`, the name that files and messages use.
    pub fn name(&self) -> String {
        format!("{}_{}", self.id, self.slug)
    }

    /// Returns what the lock file notes of the schema that it makes, on a kind of server.
    pub fn fingerprint(&self, server: &str) -> Option<&Fingerprint> {
        self.fingerprints.iter().find(|(of, _)| of == server).map(|(_, fingerprint)| fingerprint)
    }

    /// Returns the kinds of server on which the lock file has a fingerprint of it.
    pub fn servers(&self) -> impl Iterator<Item = &str> {
        self.fingerprints.iter().map(|(server, _)| &**server)
    }

    /// Returns the ids of the migrations that this one stands for, the last of them last.
    pub fn replaces(&self) -> &[MigrationId] {
        self.up.primary().map_or(&[], |up| &up.header.replaces)
    }

    /// Returns one half.
    pub fn half(&self, direction: Direction) -> &Variants {
        match direction {
            Direction::Up => &self.up,
            Direction::Down => &self.down,
        }
    }
}

impl Directory {
    /// Returns the same without repeatable files.
    pub fn without_repeatables(mut self) -> Directory {
        self.repeatables = Vec::new();
        self
    }

    /// Puts a directory together from its files and its lock file's text, and collects every fault.
    pub fn from_files(
        shown: &str,
        files: Vec<SourceFile>,
        lock: Option<&str>,
        options: Options,
    ) -> Result<Directory, Faults> {
        Self::put_together(shown, files, lock, options, Vec::new(), Sealing::Enforced)
    }

    /// Puts together what a binary carries. Its texts were checked at compile time, and are not checked again.
    pub fn from_embedded(embedded: &'static Embedded) -> Result<Directory, Faults> {
        let set = SetName::new(embedded.set).unwrap_or_default();
        let up_only = if embedded.allow_up_only { UpOnly::Allow } else { UpOnly::Refuse };
        let files = embedded.files.iter().map(|file| SourceFile {
            name: file.name.into(),
            text: file.text.into(),
            checksum: Some(file.checksum()),
        });
        let mut directory = Self::from_files(embedded.dir, files.collect(), None, Options { set, up_only })?;
        for (id, former) in embedded.was {
            if let Some(pair) = directory.pair_mut(id) {
                pair.was.push(Checksum::from_bytes(*former));
            }
        }
        directory.take_fingerprints(embedded)?;
        Ok(directory)
    }

    fn pair_mut(&mut self, id: &str) -> Option<&mut Pair> {
        let place = self.revisions.place(&id.parse().ok()?)?;
        self.migrations.get_mut(place)
    }

    fn take_fingerprints(&mut self, embedded: &Embedded) -> Result<(), Faults> {
        let mut faults = Vec::new();
        for (id, server, text) in embedded.fingerprints {
            let Some(pair) = self.pair_mut(id) else { continue };
            match text.parse() {
                Ok(fingerprint) => pair.fingerprints.push(((*server).to_owned(), fingerprint)),
                Err(bad) => faults.push(Fault {
                    file: path(&self.shown, lockfile::FILE_NAME),
                    location: None,
                    kind: FaultKind::Lock(NotAFingerprint::to_string(&bad)),
                }),
            }
        }
        Faults::none_or(faults)
    }

    fn put_together(
        shown: &str,
        files: Vec<SourceFile>,
        lock: Option<&str>,
        options: Options,
        mut faults: Vec<Fault>,
        sealing: Sealing,
    ) -> Result<Directory, Faults> {
        let is_checked = files.iter().all(|file| file.checksum.is_some());
        let checking = if is_checked { ancestry::Checking::Order } else { ancestry::Checking::Whole };
        let (again, files): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|file| repeatable::in_folder(&file.name).is_some());
        let repeatables = repeatables::collect(shown, again, &mut faults);
        let mut named = Vec::with_capacity(files.len());
        for file in files {
            match FileName::parse(&file.name) {
                Ok(name) => named.push((name, file)),
                Err(bad) => faults.push(Fault { file: path(shown, &file.name), location: None, kind: bad.into() }),
            }
        }
        let plain = named.iter().all(|(name, _)| name.part == crate::file_name::Part::Plain);
        let up_only = options.up_only == UpOnly::Allow || (options.up_only == UpOnly::AllowPlain && plain);
        let mut pairs = pairing::pair(shown, named, up_only, &mut faults);
        let order = ancestry::settle(&mut pairs, &options.set, checking, &mut faults);
        let mut migrations = pairing::arranged(pairs, order);
        let lock = lock.and_then(|text| {
            let file = path(shown, lockfile::FILE_NAME);
            match LockFile::parse(text) {
                Ok(lock) => {
                    if sealing == Sealing::Enforced {
                        add_sealed(&mut faults, lock.compare(&file, &migrations));
                    }
                    Some(lock)
                }
                Err(bad) => {
                    faults.extend(bad.into_iter().map(|(line, message)| Fault {
                        file: file.clone(),
                        location: Some(crate::location::Location { line, column: 1 }),
                        kind: FaultKind::Lock(message),
                    }));
                    None
                }
            }
        });
        if !faults.is_empty() {
            without_consequences(&mut faults);
        }
        Faults::none_or(faults)?;
        let revisions = Arc::new(ancestry::revisions(&migrations, &options.set));
        for entry in lock.iter().flat_map(LockFile::entries) {
            if let Some(pair) = revisions.place(&entry.id).and_then(|place| migrations.get_mut(place)) {
                pair.was.clone_from(&entry.was);
                pair.fingerprints.clone_from(&entry.fingerprints);
            }
        }
        Ok(Directory { shown: shown.to_owned(), options, migrations, revisions, repeatables, lock })
    }

    /// Returns the directory's path, as it is shown to people.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Returns the name of the set.
    pub fn set(&self) -> &SetName {
        &self.options.set
    }

    /// Returns the files of every migration, in graph order.
    pub fn pairs(&self) -> &[Pair] {
        &self.migrations
    }

    /// Returns the revision graph; its places are those of [`Directory::pairs`].
    pub fn revisions(&self) -> &Revisions {
        &self.revisions
    }

    /// Returns the former checksums that the lock file accepts.
    pub fn former_checksums(&self) -> impl Iterator<Item = (&MigrationId, &[Checksum])> {
        self.migrations.iter().filter(|pair| !pair.was.is_empty()).map(|pair| (&pair.id, &pair.was[..]))
    }

    /// Returns what the lock file notes of schemas: of which migration, on which kind of server, and what.
    pub fn fingerprints(&self) -> impl Iterator<Item = (&MigrationId, &str, &Fingerprint)> {
        self.migrations
            .iter()
            .flat_map(|pair| pair.fingerprints.iter().map(|(server, fingerprint)| (&pair.id, &**server, fingerprint)))
    }

    /// Returns the lock file, if there is one.
    pub fn lock(&self) -> Option<&LockFile> {
        self.lock.as_ref()
    }

    /// Chooses the files of one engine. A migration that has none for it is a fault.
    pub fn migrations(&self, dialect: Dialect) -> Result<Migrations, Faults> {
        let mut faults = Vec::new();
        let mut chosen = Vec::with_capacity(self.migrations.len());
        for pair in &self.migrations {
            let (Some(up), Some(primary)) = (pair.up.shared(dialect), pair.up.primary()) else {
                let file = pair.up.primary().map_or_else(|| pair.name(), |script| script.file.clone());
                faults.push(Fault {
                    file,
                    location: None,
                    kind: FaultKind::OtherEngine { name: pair.name(), dialect },
                });
                continue;
            };
            chosen.push(Migration {
                id: pair.id.clone(),
                slug: pair.slug.clone(),
                parents: pair.parents.clone(),
                depends_on: primary.header.depends_on.clone(),
                replaces: primary.header.replaces.clone(),
                up: up.clone(),
                down: pair.down.shared(dialect).cloned(),
                was: pair.was.clone(),
            });
        }
        Faults::none_or(faults)?;
        Ok(Migrations::new(self.options.set.clone(), dialect, chosen, self.revisions.clone()))
    }
}

/// Whether the lock file's seals are held against the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sealing {
    Enforced,
    /// For the commands that mend the lock file itself.
    Ignored,
}

/// Leaves out what is said of a file that is there and cannot be read as if it were not there.
fn without_consequences(faults: &mut Vec<Fault>) {
    let name = |fault: &Fault| FileName::parse(fault.file.rsplit('/').next().unwrap_or_default()).ok();
    let is_hidden = |fault: &&Fault| matches!(fault.kind, FaultKind::NotUtf8 { .. } | FaultKind::Unreadable(_));
    let hidden: Vec<MigrationId> = faults.iter().filter(is_hidden).filter_map(name).map(|name| name.id).collect();
    faults.retain(|fault| match &fault.kind {
        FaultKind::NoDown | FaultKind::LoneDown => name(fault).is_none_or(|name| !hidden.contains(&name.id)),
        FaultKind::UnknownParent { parent: id, .. } | FaultKind::UnknownDependency { id, .. } => !hidden.contains(id),
        _ => true,
    });
}

/// Adds what the lock file says to the other faults, as far as these let it be believed.
fn add_sealed(faults: &mut Vec<Fault>, mut sealed: Vec<Fault>) {
    let hides_a_file = |kind: &FaultKind| {
        matches!(
            kind,
            FaultKind::Name(_) | FaultKind::NotUtf8 { .. } | FaultKind::Unreadable(_) | FaultKind::DuplicateId { .. }
        )
    };
    if faults.iter().any(|fault| hides_a_file(&fault.kind)) {
        return;
    }
    if !faults.is_empty() {
        sealed.retain(|fault| !matches!(fault.kind, FaultKind::SealedReordered { .. }));
    }
    // A half that is gone is told once.
    let stem = |file: &str| file.rsplit('/').next().and_then(|name| name.split('.').next()).map(str::to_owned);
    let deleted = sealed.iter().filter(|fault| matches!(fault.kind, FaultKind::SealedDeleted { .. }));
    let deleted: Vec<_> = deleted.map(|fault| stem(&fault.file)).collect();
    let is_lone = |fault: &Fault| matches!(fault.kind, FaultKind::NoDown | FaultKind::LoneDown);
    faults.retain(|fault| !(is_lone(fault) && deleted.contains(&stem(&fault.file))));
    faults.extend(sealed);
}

fn path(shown: &str, name: &str) -> String {
    if shown.is_empty() || shown == "." { name.to_owned() } else { format!("{}/{name}", shown.trim_end_matches('/')) }
}

/// Reads a text's header and checksum. A text whose checksum is known was checked before.
fn script(file: String, source: SourceFile) -> (Script, Vec<Fault>) {
    let mut faults = Vec::new();
    let text = match source.text {
        Cow::Borrowed(text) => normalised(text),
        Cow::Owned(text) => match normalised(&text) {
            Cow::Borrowed(same) if same.len() == text.len() => Cow::Owned(text),
            other => Cow::Owned(other.into_owned()),
        },
    };
    let header = crate::header::parse(&text).unwrap_or_else(|bad| {
        faults.extend(bad.into_iter().map(|bad| Fault {
            file: file.clone(),
            location: Some(crate::location::Location { line: bad.line, column: 1 }),
            kind: bad.kind.into(),
        }));
        crate::header::Header::default()
    });
    let checksum = source.checksum.unwrap_or_else(|| Checksum::of_bytes(text.as_bytes()));
    (Script { file, text, checksum, header }, faults)
}

#[cfg(test)]
mod tests;
