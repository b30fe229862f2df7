//! Where what was written goes: to stdout, to a file, or to be compared with one.

use std::path::Path;

use serde_json::{Value, json};

use crate::commands::written::replace;
use crate::context::{Context, shown};
use crate::exit_code::Exit;
use crate::problem::Problem;

/// Where a text goes.
pub(super) enum Kept<'a> {
    /// To stdout.
    Shown,
    /// Into a file.
    In(&'a Path),
    /// Nowhere: a file should hold it.
    Compared(&'a Path),
}

/// How a file stands to its text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Current,
    Written,
    Stale,
}

impl<'a> Kept<'a> {
    pub(super) fn of(out: Option<&'a Path>, is_check: bool) -> Kept<'a> {
        match out {
            None => Kept::Shown,
            Some(path) if path.as_os_str() == "-" => Kept::Shown,
            Some(path) if is_check => Kept::Compared(path),
            Some(path) => Kept::In(path),
        }
    }

    /// Keeps a text, and tells people.
    pub(super) fn text(&self, text: &str, context: &Context<'_>) -> Result<Exit, Problem> {
        let output = &context.output;
        let Some((path, former)) = self.file()? else {
            output.raw(text.as_bytes());
            return Ok(Exit::Done);
        };
        let path = shown(path);
        let standing = self.keep(text, former.as_deref())?;
        match standing {
            Standing::Current => output.data(&format!("{path} is up to date")),
            Standing::Written => output.data(&format!("wrote {path}")),
            Standing::Stale => {
                match &former {
                    Some(former) => {
                        output.data(&format!("{path} is not up to date:"));
                        output.lines(output.diff(former, text).map(|line| line.trim_end().to_owned()));
                    }
                    None => output.data(&format!("there is no {path} yet")),
                }
                output.hint("the same command without `--check` writes it");
            }
        }
        Ok(standing.exit())
    }

    /// Keeps a text, and tells programs.
    pub(super) fn json(&self, text: &str, mut document: Value, context: &Context<'_>) -> Result<Exit, Problem> {
        let Some((path, former)) = self.file()? else {
            context.output.json(&document);
            return Ok(Exit::Done);
        };
        let standing = self.keep(text, former.as_deref())?;
        document["out"] = json!(path);
        document["current"] = json!(standing != Standing::Stale);
        context.output.json(&document);
        Ok(standing.exit())
    }

    /// Returns the file with the text that it has, if it is there.
    fn file(&self) -> Result<Option<(&'a Path, Option<String>)>, Problem> {
        let (Kept::In(path) | Kept::Compared(path)) = self else { return Ok(None) };
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Some((path, Some(text)))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Some((path, None))),
            Err(source) => Err(Problem::File { path: path.to_path_buf(), source }),
        }
    }

    fn keep(&self, text: &str, former: Option<&str>) -> Result<Standing, Problem> {
        match self {
            _ if former == Some(text) => Ok(Standing::Current),
            Kept::In(path) => replace(path, text).map(|()| Standing::Written),
            Kept::Shown | Kept::Compared(_) => Ok(Standing::Stale),
        }
    }
}

impl Standing {
    fn exit(self) -> Exit {
        match self {
            Standing::Current | Standing::Written => Exit::Done,
            Standing::Stale => Exit::Drift,
        }
    }
}
