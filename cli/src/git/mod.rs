//! git, asked about the folder of the migrations. No other file runs it, and nothing here changes a repository.
//!
//! [`Git`] is a folder in a work tree; `tree.rs` reads the files of commits, `past.rs` finds the commits that had a file.

mod past;
mod tree;

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use dunlin::core::text::nearest;
pub(crate) use past::{Place, Sighting};
pub(crate) use tree::Object;

use crate::context::shown;

/// A folder in a git work tree.
#[derive(Debug, Clone)]
pub(crate) struct Git {
    folder: PathBuf,
}

/// Why git did not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GitError {
    #[error("git is not installed here")]
    NotInstalled,
    #[error("`{}` is in no git repository", shown(.0))]
    NoRepository(PathBuf),
    #[error("git knows no commit `{name}`{}", .nearest.as_ref().map_or(String::new(), |near| format!("; did you mean `{near}`?")))]
    UnknownCommit { name: String, nearest: Option<String> },
    #[error("this clone is shallow, and does not reach back to where `{0}` and this branch parted")]
    Shallow(String),
    #[error("`git {command}`: {message}")]
    Failed { command: String, message: String },
}

impl GitError {
    /// Says whether there is simply no git to ask.
    pub(crate) fn is_absence(&self) -> bool {
        matches!(self, GitError::NotInstalled | GitError::NoRepository(_))
    }

    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            GitError::UnknownCommit { name, .. } => Some(match name.split_once('/') {
                Some((remote, branch)) if !branch.is_empty() => {
                    format!("`git fetch {remote} {branch}` brings it here, if it is there")
                }
                _ => "`git branch --all` lists the branches that are known here".to_owned(),
            }),
            GitError::Shallow(_) => Some("`git fetch --unshallow` fetches the rest".to_owned()),
            GitError::Failed { message, .. } if message.contains("dubious ownership") => Some(
                "`git config --global --add safe.directory <folder>` says that the repository of somebody else can be trusted"
                    .to_owned(),
            ),
            GitError::NotInstalled | GitError::NoRepository(_) | GitError::Failed { .. } => None,
        }
    }
}

impl Git {
    /// Takes a folder, which must be in a work tree.
    pub(crate) fn at(folder: &Path) -> Result<Git, GitError> {
        let git = Git { folder: folder.to_owned() };
        let none = || GitError::NoRepository(folder.to_owned());
        match git.text(&["rev-parse", "--is-inside-work-tree"]) {
            Ok(answer) if answer == "true" => Ok(git),
            Ok(_) => Err(none()),
            Err(GitError::Failed { message, .. }) if message.contains("not a git repository") => Err(none()),
            Err(error) => Err(error),
        }
    }

    /// Returns the paths from the folder of the files in it that git tracks.
    pub(crate) fn tracked(&self) -> Result<HashSet<String>, GitError> {
        let names = self.answer(&["ls-files", "-z", "--cached"])?;
        Ok(fields(&names).collect())
    }

    /// Returns which of these files of the folder git is told to ignore, each with the place that tells it and the pattern.
    pub(crate) fn ignored(&self, names: &[String]) -> Result<HashMap<String, String>, GitError> {
        let asked: String = names.iter().map(|name| format!("{name}\0")).collect();
        let arguments = ["check-ignore", "--verbose", "-z", "--stdin"];
        let output = self.run(&arguments, asked.as_bytes())?;
        // It fails where none is ignored.
        if !output.status.success() && output.status.code() != Some(1) {
            return Err(failed(&arguments, &output));
        }
        let said: Vec<String> = fields(&output.stdout).collect();
        let rule = |rule: &[String]| match rule {
            [source, line, pattern, name] => Some((name.clone(), format!("{source}:{line}: {pattern}"))),
            _ => None,
        };
        Ok(said.chunks(4).filter_map(rule).collect())
    }

    /// Returns the hash of the commit that a name means.
    pub(crate) fn commit(&self, name: &str) -> Result<String, GitError> {
        let commit = format!("{name}^{{commit}}");
        match self.text(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit]) {
            Ok(hash) if !name.starts_with('-') => Ok(hash),
            Err(error @ GitError::NotInstalled) => Err(error),
            _ => {
                let known = self.text(&["for-each-ref", "--format=%(refname:short)"]).unwrap_or_default();
                let nearest = nearest(name, known.lines()).map(str::to_owned);
                Err(GitError::UnknownCommit { name: name.to_owned(), nearest })
            }
        }
    }

    /// Returns the commit where a commit and the present branch parted. There is none where the two have nothing to do with
    /// each other, or where there is no commit here yet.
    pub(crate) fn parted(&self, name: &str, commit: &str) -> Result<Option<String>, GitError> {
        if self.commit("HEAD").is_err() {
            return Ok(None);
        }
        let arguments = ["merge-base", "HEAD", commit];
        let output = self.run(&arguments, &[])?;
        match output.status.code() {
            Some(0) => Ok(Some(trimmed(&output.stdout))),
            Some(1) if self.text(&["rev-parse", "--is-shallow-repository"])? == "true" => {
                Err(GitError::Shallow(name.to_owned()))
            }
            Some(1) => Ok(None),
            _ => Err(failed(&arguments, &output)),
        }
    }

    /// Returns what git says, without the white space at its ends.
    fn text(&self, arguments: &[&str]) -> Result<String, GitError> {
        Ok(trimmed(&self.answer(arguments)?))
    }

    fn answer(&self, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
        let output = self.run(arguments, &[])?;
        if output.status.success() { Ok(output.stdout) } else { Err(failed(arguments, &output)) }
    }

    fn run(&self, arguments: &[&str], input: &[u8]) -> Result<Output, GitError> {
        let ran = || -> std::io::Result<Output> {
            let mut child = self.command(arguments).spawn()?;
            let stdin = child.stdin.take();
            std::thread::scope(|scope| {
                scope.spawn(move || {
                    // git may end without reading it all.
                    let _ = stdin.map(|mut stdin| stdin.write_all(input));
                });
                child.wait_with_output()
            })
        };
        ran().map_err(|error| match error.kind() {
            ErrorKind::NotFound => GitError::NotInstalled,
            _ => GitError::Failed { command: arguments.join(" "), message: error.to_string() },
        })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.args(["--no-pager", "--no-optional-locks", "-C"]).arg(folder(&self.folder)).args(arguments);
        // Its messages are looked at. A hook's variables say where the hook runs, which may be another repository.
        command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0");
        for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_LITERAL_PATHSPECS", "GIT_NOGLOB_PATHSPECS"] {
            command.env_remove(variable);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// An empty path is the current folder.
fn folder(path: &Path) -> &OsStr {
    if path.as_os_str().is_empty() { OsStr::new(".") } else { path.as_os_str() }
}

fn failed(arguments: &[&str], output: &Output) -> GitError {
    let said = trimmed(&output.stderr);
    let message = said.lines().next().unwrap_or_default().trim_start_matches("fatal: ");
    let message = if message.is_empty() { output.status.to_string() } else { message.to_owned() };
    GitError::Failed { command: arguments.first().copied().unwrap_or_default().to_owned(), message }
}

fn trimmed(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

/// Takes what `-z` ends each part of with a zero byte.
fn fields(bytes: &[u8]) -> impl Iterator<Item = String> {
    let parts = bytes.split(|&byte| byte == 0).filter(|part| !part.is_empty());
    parts.map(|part| String::from_utf8_lossy(part).into_owned())
}
