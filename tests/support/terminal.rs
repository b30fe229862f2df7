//! A program at a terminal, with somebody who types. `script`, of util-linux, makes the terminal.

use std::io::{Read, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Instant;

use super::binary;
use super::command::PATIENCE;
use super::environment;
use super::project::Project;

/// What interrupts the program in front of a terminal.
pub(crate) const CTRL_C: &str = "\u{3}";

/// What ends the input of the program in front of a terminal.
pub(crate) const CTRL_D: &str = "\u{4}";

/// A program that runs at a terminal. It is killed when this value is dropped.
#[derive(Debug)]
pub(crate) struct Terminal {
    child: Child,
    keys: ChildStdin,
    output: Receiver<Vec<u8>>,
    shown: String,
    /// What was shown before the last text that was waited for, and that text itself.
    seen: usize,
}

impl Terminal {
    /// Starts dunlin with a line of arguments, on the database `app.db` of a project.
    pub(crate) fn dunlin(project: &Project, line: &str) -> Terminal {
        let mut child = std::process::Command::new("script")
            .args(["--quiet", "--return", "--command", &format!("{} {line}", binary::dunlin().display()), "/dev/null"])
            .current_dir(project.path())
            .env_clear()
            .envs(
                ["PATH", "TMPDIR", "LLVM_PROFILE_FILE"]
                    .iter()
                    .filter_map(|name| Some((name, environment::text(name)?))),
            )
            .envs([("DATABASE_URL", "sqlite:app.db"), ("TERM", "dumb"), ("SHELL", "/bin/sh")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("`script` makes a terminal");
        let (keys, mut pipe) = child.stdin.take().zip(child.stdout.take()).expect("pipes");
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 1024];
            while let Ok(size @ 1..) = pipe.read(&mut bytes) {
                if sender.send(bytes[..size].to_vec()).is_err() {
                    return;
                }
            }
        });
        Terminal { child, keys, output, shown: String::new(), seen: 0 }
    }

    /// Waits until a text is shown that was not there before, and types something.
    ///
    /// # Panics
    ///
    /// When the program ends or hangs without showing it.
    pub(crate) fn at(mut self, text: &str, keys: &str) -> Terminal {
        let began = Instant::now();
        loop {
            if let Some(found) = self.shown[self.seen..].find(text) {
                self.seen += found + text.len();
                break;
            }
            let left = PATIENCE.saturating_sub(began.elapsed());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.shown.push_str(&String::from_utf8_lossy(&bytes)),
                Err(error) => panic!("`{text}` is never shown ({error}): {}", self.shown),
            }
        }
        self.keys.write_all(keys.as_bytes()).and_then(|()| self.keys.flush()).expect("the terminal takes keys");
        self
    }

    /// Waits until it ends. Returns its exit code, and all that was shown.
    ///
    /// # Panics
    ///
    /// When it hangs.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let began = Instant::now();
        loop {
            match self.output.recv_timeout(PATIENCE.saturating_sub(began.elapsed())) {
                Ok(bytes) => self.shown.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it hangs: {}", self.shown),
            }
        }
        let status = self.child.wait().expect("a child can be waited for");
        (status.code(), self.shown.replace("\r\n", "\n"))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended, and then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
