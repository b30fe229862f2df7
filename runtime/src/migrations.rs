//! The migrations of one set, wherever they come from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dunlin_core::checksum::Checksum;
use dunlin_core::dialect::Dialect;
use dunlin_core::directory::{self, Directory, SourceFile, UpOnly};
use dunlin_core::embedded::Embedded;
use dunlin_core::fault::{Fault, FaultKind, Faults};
use dunlin_core::ledger::Event;
use dunlin_core::lockfile;
use dunlin_core::migration::SetName;
use dunlin_core::plan::{Finding, Plan, Stamp};
use dunlin_core::repeatable::{self, RepeatableName, Repeatables};
use dunlin_core::target::Target;
use once_cell::sync::OnceCell;

use crate::connect::Connect;
use crate::error::Error;
use crate::migrator::Migrator;
use crate::report::{Report, StampReport, Status};

/// The migrations of one set.
///
/// They are embedded in the binary ([`embed!`](crate::embed)), or come from an `include_dir::Dir` or a directory on disk.
/// Whichever it is, they are read and checked once, when they are first needed.
///
/// ```no_run
/// static MIGRATIONS: dunlin::Migrations = dunlin::embed!("../examples/quickstart/versions");
///
/// # async fn start(pool: &sqlx::SqlitePool) -> Result<(), dunlin::Error> {
/// MIGRATIONS.up(pool).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Migrations {
    source: Source,
    checked: OnceCell<Directory>,
    chosen: [OnceCell<dunlin_core::migration::Migrations>; 3],
    repeatables: [OnceCell<Repeatables>; 3],
}

#[derive(Debug)]
enum Source {
    Embedded(&'static Embedded),
    Included(&'static include_dir::Dir<'static>, directory::Options),
    OnDisk(PathBuf, String, directory::Options),
    /// Read and checked already.
    #[cfg(feature = "schema")]
    Given(Box<Directory>),
}

impl Migrations {
    const fn from_source(source: Source) -> Migrations {
        let chosen = [OnceCell::new(), OnceCell::new(), OnceCell::new()];
        let repeatables = [OnceCell::new(), OnceCell::new(), OnceCell::new()];
        Migrations { source, checked: OnceCell::new(), chosen, repeatables }
    }

    /// Takes what [`embed!`](crate::embed) left in the binary.
    #[doc(hidden)]
    pub const fn embedded(embedded: &'static Embedded) -> Migrations {
        Migrations::from_source(Source::Embedded(embedded))
    }

    /// Takes a directory that `include_dir!` left in the binary; its lock file, if it has one, is held against it.
    pub fn included(dir: &'static include_dir::Dir<'static>) -> Migrations {
        Migrations::from_source(Source::Included(dir, directory::Options::default()))
    }

    /// Takes a directory on disk. It is read when it is first needed, and its lock file is held against it.
    pub fn on_disk(dir: impl Into<PathBuf>) -> Migrations {
        let dir = dir.into();
        let shown = dir.display().to_string();
        Migrations::from_source(Source::OnDisk(dir, shown, directory::Options::default()))
    }

    /// Takes a directory that was read before.
    #[cfg(feature = "schema")]
    pub(crate) fn given(directory: Directory) -> Migrations {
        Migrations::from_source(Source::Given(Box::new(directory)))
    }

    /// Names the set of a directory; `main` if it is not named. What is embedded was named when it was.
    pub fn set(mut self, set: SetName) -> Migrations {
        if let Source::Included(_, options) | Source::OnDisk(_, _, options) = &mut self.source {
            options.set = set;
        }
        self
    }

    /// Says whether a directory's migrations may be without a down file.
    pub fn up_only(mut self, up_only: UpOnly) -> Migrations {
        if let Source::Included(_, options) | Source::OnDisk(_, _, options) = &mut self.source {
            options.up_only = up_only;
        }
        self
    }

    /// Returns the directory on disk that the migrations come from; `None` if they are in the binary.
    pub fn path(&self) -> Option<&Path> {
        match &self.source {
            Source::OnDisk(path, ..) => Some(path),
            _ => None,
        }
    }

    /// Returns where the directory that is embedded stood when the binary was built, in debug builds, if it still is there.
    pub fn built_from(&self) -> Option<&Path> {
        match &self.source {
            Source::Embedded(embedded) => embedded.built_from.map(Path::new).filter(|dir| dir.is_dir()),
            _ => None,
        }
    }

    /// Returns the files, read and checked. All faults are reported together.
    pub fn directory(&self) -> Result<&Directory, Error> {
        let checked = self.checked.get_or_try_init(|| match &self.source {
            Source::Embedded(embedded) => Directory::from_embedded(embedded),
            Source::Included(dir, options) => included(dir, options.clone()),
            Source::OnDisk(path, shown, options) => Directory::read(path, shown, options.clone()),
            #[cfg(feature = "schema")]
            Source::Given(directory) => Ok((**directory).clone()),
        });
        checked.map_err(Error::Files)
    }

    /// Returns the migrations as one engine sees them, in graph order.
    pub fn for_engine(&self, dialect: Dialect) -> Result<&dunlin_core::migration::Migrations, Error> {
        let [sqlite, postgres, mysql] = &self.chosen;
        let chosen = match dialect {
            Dialect::Sqlite => sqlite,
            Dialect::Postgres => postgres,
            Dialect::Mysql => mysql,
        };
        chosen.get_or_try_init(|| Ok(self.directory()?.migrations(dialect)?))
    }

    /// Returns the repeatable files as one engine sees them, in the order in which they run.
    pub fn repeatables(&self, dialect: Dialect) -> Result<&Repeatables, Error> {
        let [sqlite, postgres, mysql] = &self.repeatables;
        let chosen = match dialect {
            Dialect::Sqlite => sqlite,
            Dialect::Postgres => postgres,
            Dialect::Mysql => mysql,
        };
        chosen.get_or_try_init(|| Ok(self.directory()?.repeatables(dialect)?))
    }

    /// Returns the checksums of the repeatable files that are embedded for an engine, without looking at a file.
    pub(crate) fn carried(&self, dialect: Dialect) -> BTreeMap<RepeatableName, Checksum> {
        match self.source {
            Source::Embedded(embedded) => repeatable::carried(embedded, dialect),
            _ => BTreeMap::new(),
        }
    }

    /// Returns the digest of a history that holds exactly these migrations, where it was made at compile time.
    pub(crate) fn digest(&self, dialect: Dialect) -> Option<Checksum> {
        let Source::Embedded(embedded) = self.source else { return None };
        let of_engine = Dialect::ALL.iter().zip(embedded.digests).find(|(engine, _)| **engine == dialect);
        of_engine.and_then(|(_, digest)| digest).map(Checksum::from_bytes)
    }

    /// Returns the set's name, without looking at a file.
    pub(crate) fn set_name(&self) -> SetName {
        match &self.source {
            Source::Embedded(embedded) => SetName::new(embedded.set).unwrap_or_default(),
            Source::Included(_, options) | Source::OnDisk(_, _, options) => options.set.clone(),
            #[cfg(feature = "schema")]
            Source::Given(directory) => directory.set().clone(),
        }
    }

    pub(crate) fn application(&self) -> &str {
        match &self.source {
            Source::Embedded(embedded) => embedded.application,
            _ => "",
        }
    }

    /// Returns the files in which the directory that was embedded differs by name from what it is now, if it is still there.
    pub(crate) fn stale_files(&self) -> Vec<String> {
        let Source::Embedded(Embedded { built_from: Some(dir), files, .. }) = self.source else { return Vec::new() };
        let Ok(mut now) = directory::sql_names(Path::new(dir), dir) else { return Vec::new() };
        now.extend(directory::repeatable_names(Path::new(dir), dir).unwrap_or_default());
        now.sort();
        // Both lists are sorted by name.
        let added = now.iter().filter(|name| files.binary_search_by(|file| file.name.cmp(name)).is_err()).cloned();
        let gone = files.iter().map(|file| file.name.to_owned()).filter(|name| now.binary_search(name).is_err());
        added.chain(gone).collect()
    }

    /// Returns a migrator with the usual options.
    pub fn migrator(&self) -> Migrator<'_> {
        Migrator::new(self)
    }

    /// Applies what is pending. See [`Migrator::up`].
    pub async fn up(&self, database: impl Into<Connect<'_>>) -> Result<Report, Error> {
        self.migrator().up(database).await
    }

    /// Brings a database to a target. See [`Migrator::to`].
    pub async fn to(&self, database: impl Into<Connect<'_>>, target: Target) -> Result<Report, Error> {
        self.migrator().to(database, target).await
    }

    /// Reverts what lies behind a target. See [`Migrator::down`].
    pub async fn down(&self, database: impl Into<Connect<'_>>, target: Target) -> Result<Report, Error> {
        self.migrator().down(database, target).await
    }

    /// Says how the set stands in a database. See [`Migrator::status`].
    pub async fn status(&self, database: impl Into<Connect<'_>>) -> Result<Status, Error> {
        self.migrator().status(database).await
    }

    /// Says what a run would do. See [`Migrator::plan`].
    pub async fn plan(&self, database: impl Into<Connect<'_>>, target: Target) -> Result<Plan, Error> {
        self.migrator().plan(database, target).await
    }

    /// Says on what the history and the migrations do not agree. See [`Migrator::verify`].
    pub async fn verify(&self, database: impl Into<Connect<'_>>) -> Result<Vec<Finding>, Error> {
        self.migrator().verify(database).await
    }

    /// Records migrations without running them, or forgets them. See [`Migrator::stamp`].
    pub async fn stamp(&self, database: impl Into<Connect<'_>>, targets: &[Target]) -> Result<StampReport, Error> {
        self.migrator().stamp(database, &Stamp::at(targets.iter().cloned())).await
    }

    /// Reads the event log. See [`Migrator::history`].
    pub async fn history(&self, database: impl Into<Connect<'_>>) -> Result<Vec<Event>, Error> {
        self.migrator().history(database).await
    }
}

fn included(dir: &'static include_dir::Dir<'static>, options: directory::Options) -> Result<Directory, Faults> {
    let shown = dir.path().display().to_string();
    let (mut files, mut faults, mut lock) = (Vec::new(), Vec::new(), None);
    let again = dir.dirs().filter(|folder| folder.path().file_name().is_some_and(|name| name == repeatable::FOLDER));
    for file in dir.files().chain(again.flat_map(include_dir::Dir::files)) {
        let name = file.path().strip_prefix(dir.path()).unwrap_or(file.path()).to_string_lossy().replace('\\', "/");
        if name == lockfile::FILE_NAME {
            lock = file.contents_utf8();
        } else if dunlin_core::file_name::claims_to_be_sql(&name) {
            match file.contents_utf8() {
                Some(text) => files.push(SourceFile { name: name.into(), text: text.into(), checksum: None }),
                None => {
                    let kind = FaultKind::Unreadable("not UTF-8".to_owned());
                    faults.push(Fault { file: name, location: None, kind });
                }
            }
        }
    }
    Faults::none_or(faults)?;
    files.sort_by(|one: &SourceFile, other| one.name.cmp(&other.name));
    Directory::from_files(&shown, files, lock, options)
}
