//! Programs that a user names: editors and hooks.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use crate::context::shown;
use crate::host::Host;

/// What stands for the file in a hook's command.
const FILE: &str = "{file}";

/// Why a program did not do its part.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramFailed {
    #[error("no editor is named")]
    NoEditor,
    #[error("the editor `{editor}` {how}")]
    Editor { editor: String, how: String },
    #[error("the hook `{hook}` {how} for {file}{}", .said.iter().map(|line| format!("\n{line}")).collect::<String>())]
    Hook {
        hook: String,
        file: String,
        how: String,
        /// What it wrote to stderr, or else to stdout.
        said: Vec<String>,
        /// The files that were written, and stay.
        written: Vec<String>,
    },
}

impl ProgramFailed {
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            ProgramFailed::NoEditor => "set VISUAL or EDITOR",
            ProgramFailed::Editor { .. } | ProgramFailed::Hook { .. } => "the files stay as they are now",
        }
    }
}

/// The editor that the environment names.
#[derive(Debug, Clone)]
pub(crate) struct Editor(String);

impl Editor {
    /// Returns the editor of VISUAL or EDITOR.
    pub(crate) fn of(host: &Host) -> Result<Editor, ProgramFailed> {
        let named = ["VISUAL", "EDITOR"].into_iter().find_map(|name| host.variable(name));
        named.map(|editor| Editor(editor.to_owned())).ok_or(ProgramFailed::NoEditor)
    }

    /// Opens files, and waits until it has ended.
    pub(crate) fn open(&self, files: &[PathBuf]) -> Result<(), ProgramFailed> {
        let failed = |how| ProgramFailed::Editor { editor: self.0.clone(), how };
        let files: Vec<String> = files.iter().map(|file| quoted(&shown(file))).collect();
        let status = shell(&format!("{} {}", self.0, files.join(" "))).status();
        ending(status.map_err(|error| failed(cannot_start(&error)))?).map_err(failed)
    }
}

/// Runs a hook for a file that was written, in the folder of the settings file. `{file}` in its command is the file.
pub(crate) fn run_hook(hook: &str, file: &Path, folder: &Path, written: &[String]) -> Result<(), ProgramFailed> {
    let failed = |how: String, said: Vec<String>| {
        let (hook, file, written) = (hook.to_owned(), shown(file), written.to_vec());
        ProgramFailed::Hook { hook, file, how, said, written }
    };
    let whole = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let name = quoted(&shown(&whole));
    let line = hook.replace(&format!("'{FILE}'"), &name).replace(&format!("\"{FILE}\""), &name).replace(FILE, &name);
    let mut command = shell(&line);
    if !folder.as_os_str().is_empty() {
        command.current_dir(folder);
    }
    let output = command.stdin(Stdio::null()).output().map_err(|error| failed(cannot_start(&error), Vec::new()))?;
    ending(output.status).map_err(|how| {
        let said = if output.stderr.trim_ascii().is_empty() { &output.stdout } else { &output.stderr };
        failed(how, String::from_utf8_lossy(said).trim_end().lines().map(str::to_owned).collect())
    })
}

fn cannot_start(error: &io::Error) -> String {
    format!("cannot be started: {error}")
}

fn ending(status: ExitStatus) -> Result<(), String> {
    match status.code() {
        Some(0) => Ok(()),
        Some(127) => Err("was not found".to_owned()),
        Some(code) => Err(format!("ended with exit code {code}")),
        None => Err(format!("was killed ({status})")),
    }
}

#[cfg(unix)]
fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", line]);
    command
}

#[cfg(not(unix))]
fn shell(line: &str) -> Command {
    let mut command = Command::new("cmd");
    command.args(["/C", line]);
    command
}

/// Makes a path one word of the shell.
fn quoted(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:+%@,=".contains(c);
    if path.chars().all(is_plain) {
        path.to_owned()
    } else if cfg!(unix) {
        format!("'{}'", path.replace('\'', r"'\''"))
    } else {
        format!("\"{path}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_path_is_one_word_of_the_shell() {
        for path in ["versions/1_a.up.sql", "my files/it's $HOME;`x`", "a\\b", "ж/1"] {
            let said = shell(&format!("printf %s {}", quoted(path))).output().unwrap().stdout;
            assert_eq!(String::from_utf8(said).unwrap(), path);
        }
    }
}
