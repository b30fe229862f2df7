//! `dunlin.toml`: the settings of a project, of its environments and of its databases.
//!
//! The same keys stand at the top of the file, in `[env.<name>]`, in `[databases.<name>]` and in
//! `[env.<name>.databases.<name>]`: each is a [`Section`], and [`ConfigFile::sections`] says which of them count.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dunlin::core::location::Location;
use dunlin::core::migration::SetName;
use dunlin::core::text::nearest;
use dunlin::core::variables::Values;
use dunlin::schema::engine::Ignored;
use serde::{Deserialize, Deserializer, de};
use toml::Spanned;

use crate::duration;
use crate::file_template::FileTemplate;
use crate::options::LockKind;

/// The file's name.
pub(crate) const FILE_NAME: &str = "dunlin.toml";

/// What `--database` takes for every database.
pub(crate) const ALL: &str = "all";

/// The file, read.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConfigFile {
    top: Section,
    text: String,
}

/// The keys of one section; all of them may be left out. `_` is taken for `-`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a section")]
pub(crate) struct Section {
    pub(crate) url: Option<String>,
    pub(crate) dir: Option<PathBuf>,
    /// The folder of seeds and checks.
    pub(crate) tests: Option<PathBuf>,
    #[serde(default, deserialize_with = "set_name")]
    pub(crate) set: Option<SetName>,
    #[serde(alias = "allow_up_only")]
    pub(crate) allow_up_only: Option<bool>,
    #[serde(alias = "allow_out_of_order")]
    pub(crate) allow_out_of_order: Option<bool>,
    #[serde(alias = "allow_missing")]
    pub(crate) allow_missing: Option<bool>,
    #[serde(default, alias = "connect_wait", deserialize_with = "a_duration")]
    pub(crate) connect_wait: Option<Duration>,
    #[serde(default, alias = "lock_wait", deserialize_with = "a_duration")]
    pub(crate) lock_wait: Option<Duration>,
    #[serde(alias = "direct_url")]
    pub(crate) direct_url: Option<String>,
    pub(crate) lock: Option<LockKind>,
    #[serde(default, alias = "lease_ttl", deserialize_with = "a_duration")]
    pub(crate) lease_ttl: Option<Duration>,
    #[serde(default, alias = "lock_timeout", deserialize_with = "a_duration")]
    pub(crate) lock_timeout: Option<Duration>,
    #[serde(default, deserialize_with = "a_duration")]
    pub(crate) retry: Option<Duration>,
    #[serde(alias = "history_schema")]
    pub(crate) history_schema: Option<String>,
    #[serde(alias = "history_prefix")]
    pub(crate) history_prefix: Option<String>,
    /// Whether what takes something back needs `--yes`.
    pub(crate) protected: Option<bool>,
    pub(crate) id: Option<IdStyle>,
    #[serde(default, alias = "file_template", deserialize_with = "file_template")]
    pub(crate) file_template: Option<FileTemplate>,
    #[serde(default)]
    pub(crate) hooks: Hooks,
    #[serde(default)]
    pub(crate) schema: SchemaKeys,
    /// Values of variables in files.
    #[serde(default, deserialize_with = "values")]
    pub(crate) vars: Values,
    #[serde(default)]
    env: Sections,
    #[serde(default)]
    databases: Sections,
}

/// How the ids of new migrations are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum IdStyle {
    /// The time in UTC.
    Timestamp,
    /// The next number.
    Sequence,
    /// Twelve random digits of base 16.
    Hex,
}

/// Commands to run when something has happened.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a section")]
pub(crate) struct Hooks {
    /// For each file of a new migration.
    #[serde(alias = "after_write")]
    pub(crate) after_write: Option<Vec<String>>,
}

/// Where the schema is declared, and what of it is nobody's business here.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a section")]
pub(crate) struct SchemaKeys {
    /// A file of SQL, or a folder of such files.
    pub(crate) file: Option<PathBuf>,
    /// A server on which scratch databases are made: a URL, or `env:` and the name of a variable.
    #[serde(alias = "scratch_url")]
    pub(crate) scratch_url: Option<Spanned<String>>,
    /// Whether what files make of scratch databases is kept in the user's cache folder; `true` without it.
    pub(crate) cache: Option<bool>,
    /// Globs over the names of tables and views.
    #[serde(default, deserialize_with = "ignored")]
    pub(crate) ignore: Option<Ignored>,
    /// Whether grants and owners are compared and planned.
    pub(crate) grants: Option<bool>,
    /// Whether no table is to be locked for as long as it is large.
    pub(crate) online: Option<bool>,
}

/// Sections by name, in the file's order.
#[derive(Debug, Clone, Default)]
struct Sections(Vec<(Spanned<String>, Section)>);

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadConfigFile {
    #[error("{}: {source}", .file.display())]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error("{}:{location}: {message}", .file.display())]
    Malformed { file: PathBuf, location: Location, message: String },
}

impl ConfigFile {
    /// Finds the nearest file in a folder or one above it. The path is relative to the folder.
    pub(crate) fn find(folder: &Path) -> Option<PathBuf> {
        let mut up = PathBuf::new();
        for above in folder.ancestors() {
            if above.join(FILE_NAME).is_file() {
                return Some(up.join(FILE_NAME));
            }
            up.push("..");
        }
        None
    }

    /// Reads a file. Keys that it does not know, and sections where they mean nothing, are errors.
    pub(crate) fn read(file: &Path) -> Result<ConfigFile, BadConfigFile> {
        let text = std::fs::read_to_string(file)
            .map_err(|source| BadConfigFile::Unreadable { file: file.to_owned(), source })?;
        let malformed = |offset: usize, message: String| {
            let location = Location::of(&text, offset);
            BadConfigFile::Malformed { file: file.to_owned(), location, message }
        };
        let top: Section = toml::from_str(&text)
            .map_err(|error| malformed(error.span().map_or(0, |span| span.start), explained(error.message())))?;
        match top.misplaced() {
            Some((offset, message)) => Err(malformed(offset, message)),
            None => Ok(ConfigFile { top, text }),
        }
    }

    /// Returns where something stands in the file.
    pub(crate) fn location(&self, offset: usize) -> Location {
        Location::of(&self.text, offset)
    }

    /// Returns the keys at the top of the file.
    pub(crate) fn top(&self) -> &Section {
        &self.top
    }

    /// Returns the environments' names, in the file's order.
    pub(crate) fn environments(&self) -> Vec<String> {
        self.top.env.names()
    }

    /// Returns the databases' names, in the file's order; those that only an environment has come last.
    pub(crate) fn databases(&self, env: Option<&str>) -> Vec<String> {
        let mut names = self.top.databases.names();
        let own = env.and_then(|env| self.top.env.get(env)).map(|env| env.databases.names()).unwrap_or_default();
        names.extend(own.into_iter().filter(|name| !self.top.databases.names().contains(name)));
        names
    }

    /// Returns the sections that count for a database in an environment, each with its title. An earlier one comes before
    /// a later one; the top of the file is not among them.
    pub(crate) fn sections(&self, env: Option<&str>, database: Option<&str>) -> Vec<(String, &Section)> {
        let mut sections = Vec::new();
        let of_env = env.and_then(|name| Some((name, self.top.env.get(name)?)));
        if let Some(database) = database {
            if let Some((name, section)) = of_env.and_then(|(env, own)| Some((env, own.databases.get(database)?))) {
                sections.push((format!("[env.{name}.databases.{database}]"), section));
            }
            if let Some(section) = self.top.databases.get(database) {
                sections.push((format!("[databases.{database}]"), section));
            }
        }
        sections.extend(of_env.map(|(name, section)| (format!("[env.{name}]"), section)));
        sections
    }
}

impl Section {
    /// Finds a section that stands where it means nothing, or a name that means something else.
    fn misplaced(&self) -> Option<(usize, String)> {
        let within = |section: &Section, may_have_databases: bool| {
            let env = section.env.0.first();
            let databases = section.databases.0.first().filter(|_| !may_have_databases);
            let place = "write it as `[env.<name>.databases.<name>]`";
            env.or(databases)
                .map(|(name, _)| (name.span().start, format!("`{}` cannot stand here; {place}", name.as_ref())))
        };
        let reserved = |sections: &Sections| {
            let all = sections.0.iter().find(|(name, _)| name.as_ref() == ALL)?;
            Some((all.0.span().start, format!("no database can be called `{ALL}`, which means every one")))
        };
        let of_databases = |sections: &Sections| sections.0.iter().find_map(|(_, section)| within(section, false));
        let of_env = |(_, env): &(Spanned<String>, Section)| {
            within(env, true).or_else(|| reserved(&env.databases)).or_else(|| of_databases(&env.databases))
        };
        reserved(&self.databases)
            .or_else(|| of_databases(&self.databases))
            .or_else(|| self.env.0.iter().find_map(of_env))
    }
}

impl Sections {
    fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.as_ref().clone()).collect()
    }

    fn get(&self, name: &str) -> Option<&Section> {
        self.0.iter().find(|(own, _)| own.as_ref() == name).map(|(_, section)| section)
    }
}

impl<'de> Deserialize<'de> for Sections {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Sections, D::Error> {
        let sections = BTreeMap::<Spanned<String>, Section>::deserialize(deserializer)?;
        let mut sections: Vec<_> = sections.into_iter().collect();
        sections.sort_by_key(|(name, _)| name.span().start);
        Ok(Sections(sections))
    }
}

/// Says which key was probably meant, in place of all that there are.
fn explained(message: &str) -> String {
    let mut words = message.split('`').skip(1).step_by(2);
    match words.next().filter(|_| message.starts_with("unknown field")) {
        Some(key) => {
            // The other spelling of a key is no key of its own.
            let keys = words.filter(|key| !key.contains('_'));
            match nearest(key, keys.clone()) {
                Some(near) => format!("unknown key `{key}`; did you mean `{near}`?"),
                None => format!("unknown key `{key}`; the keys are {}", keys.collect::<Vec<_>>().join(", ")),
            }
        }
        None => message.lines().collect::<Vec<_>>().join("; "),
    }
}

fn set_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SetName>, D::Error> {
    SetName::new(String::deserialize(deserializer)?).map(Some).map_err(de::Error::custom)
}

fn ignored<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Ignored>, D::Error> {
    Ignored::new(Vec::<String>::deserialize(deserializer)?).map(Some).map_err(de::Error::custom)
}

fn values<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Values, D::Error> {
    let written = BTreeMap::<String, String>::deserialize(deserializer)?;
    written.into_iter().map(|(name, value)| Ok((name.parse().map_err(de::Error::custom)?, value))).collect()
}

fn a_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    duration::parse(&String::deserialize(deserializer)?).map(Some).map_err(de::Error::custom)
}

fn file_template<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<FileTemplate>, D::Error> {
    String::deserialize(deserializer)?.parse().map(Some).map_err(de::Error::custom)
}
