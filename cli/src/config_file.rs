//! `dunlin.toml`: the settings of a project.

use std::path::{Path, PathBuf};
use std::time::Duration;

use dunlin::core::location::Location;
use dunlin::core::migration::SetName;
use dunlin::core::text::nearest;
use serde::{Deserialize, Deserializer, de};

use crate::duration;

/// The file's name.
pub(crate) const FILE_NAME: &str = "dunlin.toml";

/// The file's keys; all of them may be left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ConfigFile {
    pub(crate) url: Option<String>,
    pub(crate) dir: Option<PathBuf>,
    #[serde(default, deserialize_with = "set_name")]
    pub(crate) set: Option<SetName>,
    pub(crate) allow_up_only: Option<bool>,
    pub(crate) allow_out_of_order: Option<bool>,
    pub(crate) allow_missing: Option<bool>,
    #[serde(default, deserialize_with = "lock_wait")]
    pub(crate) lock_wait: Option<Duration>,
    pub(crate) history_schema: Option<String>,
    pub(crate) history_prefix: Option<String>,
}

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

    /// Reads a file. Keys that it does not know are errors.
    pub(crate) fn read(file: &Path) -> Result<ConfigFile, BadConfigFile> {
        let text = std::fs::read_to_string(file)
            .map_err(|source| BadConfigFile::Unreadable { file: file.to_owned(), source })?;
        toml::from_str(&text).map_err(|error| BadConfigFile::Malformed {
            file: file.to_owned(),
            location: Location::of(&text, error.span().map_or(0, |span| span.start)),
            message: explained(error.message()),
        })
    }
}

/// Says which key was probably meant, in place of all that there are.
fn explained(message: &str) -> String {
    let mut words = message.split('`').skip(1).step_by(2);
    match words.next().filter(|_| message.starts_with("unknown field")) {
        Some(key) => match nearest(key, words.clone()) {
            Some(near) => format!("unknown key `{key}`; did you mean `{near}`?"),
            None => format!("unknown key `{key}`; the keys are {}", words.collect::<Vec<_>>().join(", ")),
        },
        None => message.lines().collect::<Vec<_>>().join("; "),
    }
}

fn set_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SetName>, D::Error> {
    SetName::new(String::deserialize(deserializer)?).map(Some).map_err(de::Error::custom)
}

fn lock_wait<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    duration::parse(&String::deserialize(deserializer)?).map(Some).map_err(de::Error::custom)
}
