//! The surroundings of a run: the environment, the folder, the terminal and the clock.
//!
//! This is the one file that reads them. Everything else is given a [`Host`].

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

/// What a run finds around it.
#[derive(Clone)]
pub struct Host {
    variables: HashMap<String, String>,
    folder: PathBuf,
    now: jiff::Timestamp,
    stop: dunlin::Stop,
    pub(crate) stdin_is_terminal: bool,
    pub(crate) stdout_is_terminal: bool,
    pub(crate) stderr_is_terminal: bool,
}

impl Host {
    /// Looks around. Variables that are not UTF-8 are left out.
    pub fn here() -> Host {
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Host {
            variables: variables.collect(),
            // Without a current folder, relative paths fail with a message of their own.
            folder: std::env::current_dir().unwrap_or_default(),
            now: jiff::Timestamp::now(),
            stop: dunlin::Stop::new(),
            stdin_is_terminal: std::io::stdin().is_terminal(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
        }
    }

    /// Adds variables that the environment does not set itself, those of an `.env` file say.
    pub fn with_variables(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Host {
        for (name, value) in variables {
            self.variables.entry(name).or_insert(value);
        }
        self
    }

    /// Returns a variable, unless it is unset or empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns what tells a run to stop, for whoever hears that the process is to end.
    pub fn stop(&self) -> &dunlin::Stop {
        &self.stop
    }

    /// Returns the folder where this program may keep what can be made again, by the conventions of the system: the XDG Base Directory
    /// Specification, `~/Library/Caches`, or `%LOCALAPPDATA%`.
    pub(crate) fn cache_folder(&self) -> Option<PathBuf> {
        let of = |name: &str| self.variable(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
        let usual = if cfg!(windows) {
            of("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            of("HOME").map(|home| home.join("Library/Caches"))
        } else {
            of("HOME").map(|home| home.join(".cache"))
        };
        Some(of("XDG_CACHE_HOME").or(usual)?.join("dunlin"))
    }

    /// Returns the current folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Says whether there is somebody who can be asked.
    pub(crate) fn can_be_asked(&self) -> bool {
        self.stdin_is_terminal && self.stderr_is_terminal
    }

    /// Returns the same without anybody who can be asked.
    pub(crate) fn unattended(mut self) -> Host {
        self.stdin_is_terminal = false;
        self
    }

    /// Returns the time in UTC as an id: `20261121093000`.
    pub(crate) fn time_as_id(&self) -> String {
        self.now.strftime("%Y%m%d%H%M%S").to_string()
    }

    /// Returns a number that nobody can foresee, another one each time. It is no secret.
    #[expect(clippy::unused_self, reason = "whoever asks has been given a host")]
    pub(crate) fn chance(&self) -> u64 {
        // The standard library has no other source of chance.
        std::collections::hash_map::RandomState::new().build_hasher().finish()
    }

    /// Says whether colours would be welcome on a stream that is a terminal.
    pub(crate) fn likes_colour(&self) -> bool {
        self.variable("NO_COLOR").is_none() && self.variable("TERM") != Some("dumb")
    }
}

impl fmt::Debug for Host {
    /// Leaves the variables out: some are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("folder", &self.folder).finish_non_exhaustive()
    }
}
