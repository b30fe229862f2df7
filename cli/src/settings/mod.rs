//! What a run is to go by: flags, then the section of `dunlin.toml` that was chosen, then the environment, then the top of
//! `dunlin.toml`, then defaults.
//!
//! [`Scope`] says on which databases a verb runs, and holds the [`Settings`] of each. `layers.rs` has the order in which
//! settings are looked for; `look.rs` settles how output looks, before anything else.

mod layers;
mod look;
mod scope;
mod scratch_url;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use dunlin::core::directory::UpOnly;
use dunlin::core::migration::SetName;
use dunlin::core::text::list;
use dunlin::core::variables::Values;
use dunlin::schema::engine::{Grants, Ignored, Pace};
use dunlin::{Policy, Verdict};
use layers::Layers;
pub(crate) use look::Look;
pub(crate) use scope::Scope;
use scope::Sources;
use scratch_url::BadScratchUrl;
pub(crate) use scratch_url::ScratchUrl;

use crate::config_file::{BadConfigFile, FILE_NAME, IdStyle, Section};
use crate::database_url::DatabaseUrl;
use crate::duration;
use crate::file_template::FileTemplate;
use crate::host::Host;
use crate::options::LockKind;

/// The directory that migrations stand in without a setting, beside `dunlin.toml`.
const USUAL_DIR: &str = "versions";

/// Where the schema is declared without a setting, beside `dunlin.toml`.
const USUAL_SCHEMA: &str = "schema.sql";

/// Where seeds and checks of migrations stand without a setting, beside `dunlin.toml`.
const USUAL_TESTS: &str = dunlin::core::test_file::FOLDER;

/// The settings of a run, each with the value that counts.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) url: Option<Url>,
    /// The settings file, if there is one.
    pub(crate) config: Option<PathBuf>,
    /// The environment that was chosen.
    pub(crate) env: Option<String>,
    /// The database that was chosen, where the file names some.
    pub(crate) database: Option<String>,
    /// Who it is of the many on one server.
    pub(crate) tenant: Option<Tenant>,
    /// The databases of the file, where there are several and none was chosen.
    pub(crate) unchosen: Unchosen,
    pub(crate) dir: Option<PathBuf>,
    /// Where seeds and checks of migrations stand, if the settings file says it.
    pub(crate) tests: Option<PathBuf>,
    /// Whether the settings file says it, and neither a flag nor the environment.
    pub(crate) dir_is_of_file: bool,
    pub(crate) set: Option<SetName>,
    pub(crate) up_only: UpOnly,
    pub(crate) policy: Policy,
    pub(crate) connect_wait: Duration,
    pub(crate) lock_wait: Duration,
    pub(crate) direct_url: Option<DatabaseUrl>,
    pub(crate) lock_kind: dunlin::LockKind,
    pub(crate) lease_ttl: Option<Duration>,
    pub(crate) lock_timeout: Option<Duration>,
    pub(crate) retry: Option<Duration>,
    pub(crate) kill_orphans: bool,
    /// How many databases are worked on at once.
    pub(crate) jobs: Option<NonZeroUsize>,
    pub(crate) history_schema: Option<String>,
    pub(crate) history_prefix: Option<String>,
    /// The section that protects the database, if one does.
    pub(crate) protected_by: Option<String>,
    /// The values of variables in files.
    pub(crate) values: Values,
    pub(crate) making: Making,
    pub(crate) schema: Declaring,
}

/// Where the schema is declared, and what of it is nobody's business here.
#[derive(Debug, Clone, Default)]
pub(crate) struct Declaring {
    /// A file or a folder, if the settings file names one.
    pub(crate) file: Option<PathBuf>,
    /// A server that is there for scratch databases, if one is named.
    pub(crate) scratch_url: Option<ScratchUrl>,
    pub(crate) ignored: Ignored,
    /// Whether what files make of scratch databases is kept.
    pub(crate) cache: bool,
    /// Whether tables may be locked for as long as they are large.
    pub(crate) pace: Pace,
    /// Whether grants and owners are compared and planned.
    pub(crate) grants: Grants,
}

/// How new migrations are made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Making {
    pub(crate) id: Option<IdStyle>,
    pub(crate) file_template: FileTemplate,
    /// Commands to run for each file.
    pub(crate) after_write: Vec<String>,
}

/// The database's URL, as far as it is known.
#[derive(Debug, Clone)]
pub(crate) enum Url {
    Known {
        url: DatabaseUrl,
        /// What told it, for people.
        from: String,
    },
    /// It was to come from a variable that is not set.
    Unset { file: PathBuf, name: String },
}

/// One of many on one server: a schema of PostgreSQL, a database of MySQL.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) name: String,
    /// Schemas that its unqualified names lead to behind its own.
    pub(crate) path: Vec<String>,
}

/// Databases of which one is still to be chosen; usually none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unchosen {
    pub(crate) names: Vec<String>,
    /// Whether their migrations differ, so that not even the files can be told.
    pub(crate) is_split: bool,
}

/// Why the settings cannot be taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadSetting {
    #[error(transparent)]
    File(#[from] BadConfigFile),
    #[error("the environment variable {name}: {message}")]
    Variable { name: &'static str, message: String },
    #[error("{}: `{key}` is to come from the environment variable `{name}`, which is not set", .file.display())]
    NoVariable { file: PathBuf, key: &'static str, name: String },
    #[error(transparent)]
    ScratchUrl(#[from] BadScratchUrl),
    #[error("{}", unknown(.file.as_deref(), .what, .name, .known))]
    Unknown { file: Option<PathBuf>, what: &'static str, name: String, known: Vec<String> },
    #[error(
        "the direct URL is the same for {} and {}, which are two databases; write `direct-url` into the section of each",
        .names[0], .names[1]
    )]
    SharedDirectUrl { names: [String; 2] },
    #[error("{from} says which database it is, so `--database {name}` cannot")]
    UrlIsSaid { from: &'static str, name: String },
}

fn unknown(file: Option<&Path>, what: &str, name: &str, known: &[String]) -> String {
    match (file, known) {
        (None, _) => format!("there is no {what} `{name}`, for there is no {FILE_NAME}"),
        (Some(file), []) => format!("{} has no {what} `{name}`, and no other", file.display()),
        (Some(file), known) => format!("{} has no {what} `{name}`; it has {}", file.display(), list(known)),
    }
}

impl Settings {
    /// Settles every setting for one database.
    fn new(sources: &Sources<'_>, env: Option<&str>, database: Option<&str>) -> Result<Settings, BadSetting> {
        let Sources { options, file, .. } = sources;
        let of = Layers { sources, chosen: file.sections(env, database) };
        let flag = |set: bool| set.then_some(true);
        let up_only =
            of.first(flag(options.allow_up_only), "DUNLIN_ALLOW_UP_ONLY", truth, |keys| keys.allow_up_only)?;
        let out_of_order = of.first(flag(options.allow_out_of_order), "DUNLIN_ALLOW_OUT_OF_ORDER", truth, |keys| {
            keys.allow_out_of_order
        })?;
        let missing =
            of.first(flag(options.allow_missing), "DUNLIN_ALLOW_MISSING", truth, |keys| keys.allow_missing)?;
        let verdict = |allowed| if allowed == Some(true) { Verdict::Warn } else { Verdict::Refuse };
        let of_file = |keys: &Section| keys.dir.as_ref().map(|dir| sources.base().join(dir));
        let dir = of.first(options.dir.clone(), "DUNLIN_DIR", PathBuf::from_str, of_file)?;
        let protection = of.said(|keys| keys.protected).filter(|(is_protected, _)| *is_protected);
        let name = |text: &str| SetName::new(text.to_owned());
        Ok(Settings {
            url: of.url(),
            dir_is_of_file: dir == of.said(of_file).map(|(dir, _)| dir),
            dir,
            set: of.first(options.set.clone(), "DUNLIN_SET", name, |keys| keys.set.clone())?,
            up_only: match up_only {
                Some(true) => UpOnly::Allow,
                Some(false) => UpOnly::Refuse,
                None => UpOnly::AllowPlain,
            },
            policy: Policy { out_of_order: verdict(out_of_order), missing: verdict(missing), ..Policy::default() },
            connect_wait: of
                .first(options.connect_wait, "DUNLIN_CONNECT_WAIT", duration::parse, |keys| keys.connect_wait)?
                .unwrap_or_default(),
            lock_wait: of
                .first(options.lock_wait, "DUNLIN_LOCK_WAIT", duration::parse, |keys| keys.lock_wait)?
                .unwrap_or(Duration::from_mins(5)),
            direct_url: of.direct_url()?,
            lock_kind: match of.first(options.lock, "DUNLIN_LOCK", look::one_of::<LockKind>, |keys| keys.lock)? {
                Some(LockKind::Lease) => dunlin::LockKind::Lease,
                Some(LockKind::Auto) | None => dunlin::LockKind::Auto,
            },
            lease_ttl: of.first(options.lease_ttl, "DUNLIN_LEASE_TTL", duration::parse, |keys| keys.lease_ttl)?,
            lock_timeout: of
                .first(options.lock_timeout, "DUNLIN_LOCK_TIMEOUT", duration::parse, |keys| keys.lock_timeout)?,
            retry: of.first(options.retry, "DUNLIN_RETRY", duration::parse, |keys| keys.retry)?,
            kill_orphans: options.kill_orphans,
            jobs: options.fleet.jobs,
            history_schema: of.first(
                options.history_schema.clone(),
                "DUNLIN_HISTORY_SCHEMA",
                String::from_str,
                |keys| keys.history_schema.clone(),
            )?,
            history_prefix: of.first(
                options.history_prefix.clone(),
                "DUNLIN_HISTORY_PREFIX",
                String::from_str,
                |keys| keys.history_prefix.clone(),
            )?,
            protected_by: protection.map(|(_, title)| if title.is_empty() { "`protected`" } else { title }.to_owned()),
            values: of.values(),
            making: Making {
                id: of.said(|keys| keys.id).map(|(id, _)| id),
                file_template: of.said(|keys| keys.file_template.clone()).map(|(own, _)| own).unwrap_or_default(),
                after_write: of.said(|keys| keys.hooks.after_write.clone()).map(|(own, _)| own).unwrap_or_default(),
            },
            schema: Declaring {
                file: of
                    .said(|keys| keys.schema.file.as_ref().map(|file| sources.base().join(file)))
                    .map(|(file, _)| file),
                scratch_url: of.scratch_url(),
                ignored: of.said(|keys| keys.schema.ignore.clone()).map(|(own, _)| own).unwrap_or_default(),
                cache: of.said(|keys| keys.schema.cache).is_none_or(|(is_kept, _)| is_kept),
                pace: match of.said(|keys| keys.schema.online) {
                    Some((true, _)) => Pace::Online,
                    Some((false, _)) | None => Pace::AtOnce,
                },
                grants: match of.said(|keys| keys.schema.grants) {
                    Some((true, _)) => Grants::Written,
                    Some((false, _)) | None => Grants::LeftOut,
                },
            },
            tests: of.said(|keys| keys.tests.as_ref().map(|dir| sources.base().join(dir))).map(|(dir, _)| dir),
            config: sources.config.map(Path::to_owned),
            env: env.map(str::to_owned),
            database: database.map(str::to_owned),
            tenant: None,
            unchosen: Unchosen::default(),
        })
    }

    /// Returns the folder of the settings file, which its relative paths begin at.
    pub(crate) fn folder(&self) -> &Path {
        self.config.as_deref().and_then(Path::parent).unwrap_or(Path::new(""))
    }

    /// Returns where the schema is declared: what the settings file says, or the usual file or folder beside it.
    pub(crate) fn schema_file(&self) -> PathBuf {
        self.schema.file.clone().unwrap_or_else(|| self.folder().join(USUAL_SCHEMA))
    }

    /// Returns where seeds and checks of migrations stand: what the settings file says, or the usual folder beside it.
    pub(crate) fn tests_folder(&self) -> PathBuf {
        self.tests.clone().unwrap_or_else(|| self.folder().join(USUAL_TESTS))
    }

    /// Returns the directory of the migrations: what was said, or the usual one beside the settings file.
    pub(crate) fn directory(&self) -> PathBuf {
        self.dir.clone().unwrap_or_else(|| self.folder().join(USUAL_DIR))
    }
}

fn variable<T, E: ToString>(
    host: &Host,
    name: &'static str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>, BadSetting> {
    let Some(value) = host.variable(name) else { return Ok(None) };
    let bad = |error: E| BadSetting::Variable { name, message: error.to_string() };
    parse(value).map(Some).map_err(bad)
}

fn truth(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(format!("`{text}` is neither `true` nor `false`")),
    }
}
