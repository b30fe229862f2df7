//! What a verb works with: the settings, the migrations, and where to write.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use dunlin::core::dialect::Dialect;
use dunlin::core::directory::{self, UpOnly};
use dunlin::{Database, Migrations, Migrator};

use crate::host::Host;
use crate::output::Output;
use crate::problem::Problem;
use crate::settings::{BadSetting, Settings, Url};

/// Everything that a verb is given beside its own arguments.
#[derive(Debug)]
pub(crate) struct Context<'m> {
    pub(crate) host: Host,
    pub(crate) settings: Settings,
    pub(crate) output: Output,
    /// Whether more is to be told.
    pub(crate) is_verbose: bool,
    source: Source<'m>,
    noted: Arc<OnceLock<()>>,
}

/// Where the migrations come from.
#[derive(Debug, Clone)]
enum Source<'m> {
    /// The program that the command line is mounted in.
    Mounted(&'m Migrations),
    Directory(PathBuf, Arc<Migrations>),
    /// That of one of several databases, of which none was chosen.
    Unchosen,
}

impl<'m> Context<'m> {
    pub(crate) fn new(host: Host, settings: Settings, output: Output, mounted: Option<&'m Migrations>) -> Context<'m> {
        let source = match mounted {
            Some(migrations) => Source::Mounted(migrations),
            None if settings.unchosen.is_split => Source::Unchosen,
            None => {
                let dir = settings.directory();
                let migrations = Migrations::on_disk(&dir).up_only(settings.up_only);
                let migrations = match &settings.set {
                    Some(set) => migrations.set(set.clone()),
                    None => migrations,
                };
                Source::Directory(dir, Arc::new(migrations))
            }
        };
        Context { host, settings, output, is_verbose: false, source, noted: Arc::default() }
    }

    /// Returns another one with the same migrations, which are read once.
    pub(crate) fn beside(&self, host: Host, settings: Settings, output: Output) -> Context<'m> {
        let (source, noted) = (self.source.clone(), self.noted.clone());
        Context { host, settings, output, is_verbose: self.is_verbose, source, noted }
    }

    /// Returns the same with files that are still to be read.
    pub(crate) fn anew(&self) -> Context<'m> {
        let mounted = match self.source {
            Source::Mounted(migrations) => Some(migrations),
            Source::Directory(..) | Source::Unchosen => None,
        };
        let again = Context::new(self.host.clone(), self.settings.clone(), self.output.clone(), mounted);
        Context { is_verbose: self.is_verbose, ..again }
    }

    pub(crate) fn is_mounted(&self) -> bool {
        matches!(self.source, Source::Mounted(_))
    }

    pub(crate) fn wants_json(&self) -> bool {
        self.output.format().is_json()
    }

    /// Returns the migrations, and says if all of them are without a way back.
    pub(crate) fn migrations(&self) -> Result<&Migrations, Problem> {
        match &self.source {
            Source::Mounted(migrations) => {
                let embedded = migrations.directory()?.set();
                match self.settings.set.as_ref().filter(|asked| *asked != embedded) {
                    Some(asked) => Err(Problem::OtherSet { embedded: embedded.to_string(), asked: asked.to_string() }),
                    None => Ok(migrations),
                }
            }
            Source::Directory(dir, migrations) => {
                if !dir.is_dir() {
                    return Err(Problem::NoDirectory(dir.clone()));
                }
                let pairs = migrations.directory()?.pairs();
                let is_up_only = |pair: &directory::Pair| {
                    pair.down.primary().is_none()
                        && pair.up.primary().is_some_and(|up| up.header.irreversible.is_none())
                };
                let is_unsaid = self.settings.up_only == UpOnly::AllowPlain;
                if is_unsaid && !pairs.is_empty() && pairs.iter().all(is_up_only) && self.noted.set(()).is_ok() {
                    self.output.note("no migration has a down file; `--allow-up-only` says that this is meant");
                }
                Ok(migrations)
            }
            Source::Unchosen => Err(self.unchosen()),
        }
    }

    /// Returns the migrations with the options that the settings make.
    pub(crate) fn migrator(&self) -> Result<Migrator<'_>, Problem> {
        Ok(self.migrator_of(self.migrations()?))
    }

    /// Returns other migrations with the options that the settings make.
    pub(crate) fn migrator_of<'o>(&self, migrations: &'o Migrations) -> Migrator<'o> {
        let output = self.output.clone();
        let mut migrator = migrations.migrator().policy(self.settings.policy).lock_wait(self.settings.lock_wait);
        migrator = migrator.stop_on(self.host.stop()).lock_kind(self.settings.lock_kind);
        if let Some(limit) = self.settings.lock_timeout {
            migrator = migrator.lock_timeout(Some(limit).filter(|limit| !limit.is_zero()));
        }
        if let Some(budget) = self.settings.retry {
            migrator = migrator.retry_for(budget);
        }
        if let Some(ttl) = self.settings.lease_ttl {
            migrator = migrator.lease_ttl(ttl);
        }
        if let Some(url) = &self.settings.direct_url {
            migrator = migrator.direct_url(url.expose());
        }
        if self.settings.kill_orphans {
            migrator = migrator.kill_orphans();
        }
        migrator = migrator.connect_wait(self.settings.connect_wait);
        if let Some(schema) = &self.settings.history_schema {
            migrator = migrator.history_schema(schema);
        }
        if let Some(prefix) = &self.settings.history_prefix {
            migrator = migrator.history_prefix(prefix);
        }
        if let Some(tenant) = &self.settings.tenant {
            migrator = migrator.tenant(&tenant.name).tenant_path(&tenant.path);
        }
        for (name, value) in &self.settings.values {
            migrator = migrator.var(name.clone(), value);
        }
        migrator.on_event(move |event| output.event(event))
    }

    /// Returns the database as a whole, which need not be there yet.
    pub(crate) fn database(&self) -> Result<Database, Problem> {
        let output = self.output.clone();
        let database = Database::at(self.url()?)?.connect_wait(self.settings.connect_wait);
        Ok(database.on_event(move |event| output.event(event)))
    }

    /// Returns no migrations, of the set that is meant: where the database is asked alone, as files may be missing or half written.
    pub(crate) fn without_files(&self) -> Result<Migrations, Problem> {
        static NO_FILES: include_dir::Dir<'static> = include_dir::Dir::new("", &[]);
        let set = match &self.source {
            Source::Mounted(migrations) => migrations.directory()?.set().clone(),
            Source::Directory(..) | Source::Unchosen => self.settings.set.clone().unwrap_or_default(),
        };
        Ok(Migrations::included(&NO_FILES).set(set))
    }

    /// Returns the URL of the database, with its secrets.
    pub(crate) fn url(&self) -> Result<&str, Problem> {
        let url = match &self.settings.url {
            Some(Url::Known { url, .. }) => url.expose(),
            Some(Url::Unset { file, name }) => {
                return Err(BadSetting::NoVariable { file: file.clone(), key: "url", name: name.clone() }.into());
            }
            None if !self.settings.unchosen.names.is_empty() => return Err(self.unchosen()),
            None => return Err(Problem::NoUrl),
        };
        if Dialect::of_url(url).is_none() && !url.contains(':') {
            return Err(Problem::NoScheme(dunlin::redacted(url)));
        }
        Ok(url)
    }

    fn unchosen(&self) -> Problem {
        Problem::Unchosen(self.settings.unchosen.names.clone())
    }

    /// Refuses to take something back in a database that the settings protect, unless it is confirmed.
    pub(crate) fn permit(&self, is_confirmed: bool) -> Result<(), Problem> {
        match &self.settings.protected_by {
            Some(section) if !is_confirmed => Err(Problem::Protected(section.clone())),
            _ => Ok(()),
        }
    }

    /// Refuses to drop a database that the settings protect, whatever was confirmed.
    pub(crate) fn permit_dropping(&self) -> Result<(), Problem> {
        match &self.settings.protected_by {
            Some(section) => Err(Problem::ProtectedWhole(section.clone())),
            None => Ok(()),
        }
    }

    /// Asks for a yes, where there is somebody to ask and it was not given already. A no is this problem.
    pub(crate) async fn agree(&self, is_confirmed: bool, question: &str, no: Problem) -> Result<(), Problem> {
        if is_confirmed || !self.host.can_be_asked() || self.output.confirm(question).await { Ok(()) } else { Err(no) }
    }

    /// Returns the directory that migrations are written to. It may not be there yet.
    pub(crate) fn directory(&self) -> Result<PathBuf, Problem> {
        match (&self.source, &self.settings.dir) {
            (Source::Unchosen, _) => Err(self.unchosen()),
            (_, Some(dir)) | (Source::Directory(dir, _), None) => Ok(dir.clone()),
            (Source::Mounted(migrations), None) => {
                let dir = migrations.built_from().ok_or(Problem::NoDirectoryHere)?;
                Ok(dir.strip_prefix(self.host.folder()).unwrap_or(dir).to_owned())
            }
        }
    }

    /// Returns the directory that migrations are written to, which must be there.
    pub(crate) fn existing_directory(&self) -> Result<PathBuf, Problem> {
        let dir = self.directory()?;
        if dir.is_dir() { Ok(dir) } else { Err(Problem::NoDirectory(dir)) }
    }

    /// Says how files are to be read, where they are written.
    pub(crate) fn reading(&self) -> directory::Options {
        directory::Options { set: self.settings.set.clone().unwrap_or_default(), up_only: self.settings.up_only }
    }

    /// Runs something that may take long, and shows that it does.
    pub(crate) async fn watched<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        let mut clock = tokio::time::interval(std::time::Duration::from_millis(100));
        loop {
            tokio::select! {
                biased;
                done = &mut work => {
                    self.output.still();
                    return done;
                }
                _ = clock.tick() => self.output.tick(),
            }
        }
    }

    /// Tells where the settings come from.
    pub(crate) fn explain(&self) {
        let settings = &self.settings;
        let told = |what: &str, text: &str| self.output.talk(&format!("{what:<15}{text}"));
        told("settings file", settings.config.as_deref().map_or("none", |file| file.to_str().unwrap_or("?")));
        if let Some(env) = &settings.env {
            told("environment", &format!("{env}{}", settings.protected_by.as_ref().map_or("", |_| ", protected")));
        }
        let name = settings.database.as_ref().map_or(String::new(), |name| format!("{name}: "));
        match &settings.url {
            Some(Url::Known { url, from }) => told("database", &format!("{name}{url} (from {from})")),
            Some(Url::Unset { name: variable, .. }) => told("database", &format!("{name}{variable} is not set")),
            None if !settings.unchosen.names.is_empty() => told("database", "none of several is chosen"),
            None => told("database", &format!("{name}none")),
        }
        if let Some(tenant) = &settings.tenant {
            told("tenant", &tenant.name);
        }
        let migrations = match &self.source {
            Source::Mounted(_) => "embedded".to_owned(),
            Source::Directory(dir, _) => shown(dir),
            Source::Unchosen => "those of one database".to_owned(),
        };
        told("migrations", &migrations);
    }
}

/// Returns a path as it is shown to people.
pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string()
}
