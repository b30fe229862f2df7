//! Running a program as a user would, and looking at all that came out.

use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::project::Project;
use super::{binary, environment, redaction};

/// How long a program may take before it counts as hung.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// How long to wait for the last of the output once a program has ended.
const PIPE_PATIENCE: Duration = Duration::from_secs(10);

/// A program to run, with nothing in its environment but what a test gives it.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    folder: PathBuf,
    input: Vec<u8>,
    patience: Duration,
}

/// All that came out of a program.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// What was run, as one would type it.
    pub(crate) line: String,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The exit code, or `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    folder: PathBuf,
}

/// A program that runs. It is killed when this value is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    line: String,
    folder: PathBuf,
    patience: Duration,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
}

impl Command {
    /// Names a program. It runs in the folder for temporary files unless [`Command::within`] says otherwise.
    pub(crate) fn new(program: impl Into<PathBuf>) -> Command {
        Command {
            program: program.into(),
            arguments: Vec::new(),
            environment: kept(&["PATH", "TMPDIR", "LLVM_PROFILE_FILE"]),
            folder: std::env::temp_dir(),
            input: Vec::new(),
            patience: PATIENCE,
        }
    }

    /// Names the binary of dunlin, built from the sources as they are.
    pub(crate) fn dunlin(project: &Project) -> Command {
        Command::new(binary::dunlin()).within(project.path())
    }

    /// Names the cargo that runs the tests, with what it needs to find its toolchain. It may take long.
    pub(crate) fn cargo(project: &Project) -> Command {
        let mut command = Command::new(environment::text("CARGO").unwrap_or_else(|| "cargo".to_owned()));
        command.environment.extend(kept(&["HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"]));
        command.within(project.path()).patience(Duration::from_mins(10))
    }

    pub(crate) fn argument(mut self, argument: impl Into<OsString>) -> Command {
        self.arguments.push(argument.into());
        self
    }

    pub(crate) fn arguments<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Command {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    pub(crate) fn variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Command {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Runs it in this folder, which snapshots call `[project]`.
    pub(crate) fn within(mut self, folder: &Path) -> Command {
        folder.clone_into(&mut self.folder);
        self
    }

    /// Gives it text on stdin, which is empty otherwise.
    pub(crate) fn input(mut self, text: impl Into<Vec<u8>>) -> Command {
        self.input = text.into();
        self
    }

    /// Lets it run longer or shorter than [`PATIENCE`].
    pub(crate) fn patience(mut self, patience: Duration) -> Command {
        self.patience = patience;
        self
    }

    /// Runs it to its end.
    ///
    /// # Panics
    ///
    /// When it cannot be started, or hangs.
    pub(crate) fn run(&self) -> Outcome {
        self.start().finish()
    }

    /// Starts it.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    pub(crate) fn start(&self) -> Running {
        let mut running = self.start_as(std::process::Command::new(&self.program));
        let mut stdin = running.child.stdin.take().expect("stdin is a pipe");
        let input = self.input.clone();
        // A program may end without reading it.
        std::thread::spawn(move || stdin.write_all(&input));
        running
    }

    /// Starts it behind a gate: it is a shell until something is written to its stdin, and has no input after that.
    pub(super) fn start_behind_gate(&self) -> Running {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", r#"read -r gate; exec "$0" "$@""#]).arg(&self.program);
        self.start_as(shell)
    }

    fn start_as(&self, mut process: std::process::Command) -> Running {
        let mut child = process
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", self.program.display()));
        Running {
            stdout: read_all(child.stdout.take().expect("stdout is a pipe")),
            stderr: read_all(child.stderr.take().expect("stderr is a pipe")),
            child,
            line: self.line(),
            folder: self.folder.clone(),
            patience: self.patience,
        }
    }

    fn line(&self) -> String {
        let name = self.program.file_name().unwrap_or(self.program.as_os_str());
        let words = std::iter::once(name).chain(self.arguments.iter().map(OsString::as_os_str));
        words.map(quoted).collect::<Vec<_>>().join(" ")
    }
}

impl Running {
    /// Waits until it ends.
    ///
    /// # Panics
    ///
    /// When it hangs.
    pub(crate) fn finish(mut self) -> Outcome {
        if let Some(status) = self.wait(self.patience) {
            return self.outcome(status);
        }
        let hung = self.kill();
        panic!("hung for {:?} and was killed: {}", self.patience, hung.snapshot())
    }

    /// Waits at most this long, and returns the status if it has ended.
    pub(crate) fn wait(&mut self, longest: Duration) -> Option<ExitStatus> {
        let began = Instant::now();
        loop {
            let status = self.child.try_wait().expect("a child can be waited for");
            let left = longest.saturating_sub(began.elapsed());
            if status.is_some() || left.is_zero() {
                return status;
            }
            sleep(left.min(Duration::from_millis(2)));
        }
    }

    /// Kills it as `kill -9` does, if it still runs, and returns what came out until then.
    pub(crate) fn kill(&mut self) -> Outcome {
        // It may have ended by itself.
        let _ = self.child.kill();
        let status = self.child.wait().expect("a child can be waited for");
        self.outcome(status)
    }

    /// Interrupts it, as Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        self.signal("INT");
    }

    /// Sends it a signal: `INT`, `TERM`, `STOP`, `CONT`.
    pub(crate) fn signal(&self, name: &str) {
        let script = r#"kill -s "$0" "$1""#;
        let sent = std::process::Command::new("sh").args(["-c", script, name, &self.child.id().to_string()]).status();
        assert!(sent.expect("a shell starts").success(), "{} has ended already", self.line);
    }

    /// Returns the number of its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Opens the gate of [`Command::start_behind_gate`].
    pub(super) fn open_gate(&mut self) {
        let mut gate = self.child.stdin.take().expect("a gate is opened once");
        gate.write_all(b"\n").expect("a shell waits at the gate");
    }

    fn outcome(&mut self, status: ExitStatus) -> Outcome {
        let text = |pipe: &Receiver<Vec<u8>>| match pipe.recv_timeout(PIPE_PATIENCE) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(_) => "[a program that it started still holds the pipe]\n".to_owned(),
        };
        Outcome {
            line: self.line.clone(),
            stdout: text(&self.stdout),
            stderr: text(&self.stderr),
            code: status.code(),
            folder: self.folder.clone(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended, and then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Outcome {
    /// Writes down the whole outcome, without what differs from run to run.
    pub(crate) fn snapshot(&self) -> String {
        let mut text = format!("$ {}\n", self.line);
        push_lines(&mut text, &self.stdout);
        if !self.stderr.is_empty() {
            text.push_str("--- stderr\n");
            push_lines(&mut text, &self.stderr);
        }
        match self.code {
            Some(code) => writeln!(text, "--- exit {code}").expect("a string takes text"),
            None => text.push_str("--- killed\n"),
        }
        redaction::redacted(&text, &[(&self.folder, "[project]")])
    }

    /// Stops the test unless the program ended with this exit code.
    pub(crate) fn expect_code(self, code: i32) -> Outcome {
        assert_eq!(self.code, Some(code), "{}", self.snapshot());
        self
    }
}

fn kept(names: &[&str]) -> Vec<(OsString, OsString)> {
    names.iter().filter_map(|name| Some((name.into(), environment::text(name)?.into()))).collect()
}

fn read_all(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before a fault is worth showing, if somebody still wants it.
        let _ = pipe.read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=:@,+%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) { word.into_owned() } else { format!("'{word}'") }
}

fn push_lines(text: &mut String, lines: &str) {
    text.push_str(lines);
    if !lines.is_empty() && !lines.ends_with('\n') {
        text.push_str("[no newline]\n");
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn shell(script: &str) -> Command {
        Command::new("sh").arguments(["-c", script])
    }

    #[test]
    fn the_whole_outcome_is_one_text() {
        let project = Project::new();
        let outcome =
            shell("cat; pwd >&2; printf $WORD; exit 3").within(project.path()).input("data\n").variable("WORD", "wren");
        expect![[r"
            $ sh -c 'cat; pwd >&2; printf $WORD; exit 3'
            data
            wren[no newline]
            --- stderr
            [project]
            --- exit 3
        "]]
        .assert_eq(&outcome.run().expect_code(3).snapshot());
    }

    #[test]
    fn nothing_of_the_surroundings_leaks_in() {
        let outcome = Command::new("env").run();
        let is_foreign =
            |line: &&str| !["PATH=", "TMPDIR=", "LLVM_PROFILE_FILE="].iter().any(|name| line.starts_with(name));
        assert_eq!(outcome.stdout.lines().find(is_foreign), None);
    }

    #[test]
    fn a_program_that_hangs_is_killed_and_shown() {
        let hung = Command::new("sleep").argument("600").patience(Duration::from_millis(50));
        let message = std::panic::catch_unwind(|| hung.run()).expect_err("it hangs");
        let message = message.downcast::<String>().expect("a message");
        assert_eq!(*message, "hung for 50ms and was killed: $ sleep 600\n--- killed\n");
    }

    #[test]
    fn a_program_can_be_interrupted() {
        let project = Project::new();
        let script = "trap 'echo over; exit 130' INT; echo >ready; while :; do sleep 0.01; done";
        let running = shell(script).within(project.path()).start();
        while project.files().is_empty() {
            sleep(Duration::from_millis(2));
        }
        running.interrupt();
        assert_eq!(running.finish().expect_code(130).stdout, "over\n");
    }

    #[test]
    fn cargo_finds_its_toolchain() {
        let outcome = Command::cargo(&Project::new()).argument("--version").run().expect_code(0);
        assert!(outcome.stdout.starts_with("cargo "), "{}", outcome.snapshot());
    }
}
