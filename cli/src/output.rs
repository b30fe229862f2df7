//! Everything that is written: data to stdout, talk to stderr.
//!
//! This is the one file that writes to either. Talk that cannot be written is let go, and so is data whose reader has gone; data
//! that is lost otherwise is a failure of the command.

use std::io::{ErrorKind, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clap::builder::styling::{AnsiColor, Style};
use dunlin::RunEvent;
use dunlin::core::text::diff;
use serde::Serialize;
use serde_json::Value;

use crate::exit_code::Exit;
use crate::host::Host;
use crate::options::{Color, Format};
use crate::problem::Problem;
use crate::progress::{Display, Telling};
use crate::settings::Look;

pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const CYAN: Style = AnsiColor::Cyan.on_default();

/// Where everything is written to, and how.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    format: Format,
    colour_on_stdout: bool,
    colour_on_stderr: bool,
    is_quiet: bool,
    /// What stands for `dunlin` in the commands of hints.
    name: String,
    /// The database that is spoken of, where the settings name some.
    database: Option<String>,
    /// Where it is one of several: what it writes for programs goes here, and every line for people begins with its name.
    documents: Option<Documents>,
    display: Arc<Mutex<Display>>,
    /// Why data could not be written.
    lost: Arc<Mutex<Option<std::io::Error>>>,
}

/// The documents of several databases, which become one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Documents(Arc<Mutex<Vec<Value>>>);

impl Documents {
    /// Returns what was written so far.
    pub(crate) fn take(&self) -> Vec<Value> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, document: Value) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(document);
    }
}

/// What a program reads. Its form is an interface: fields are added, and never change.
#[derive(Serialize)]
struct Document<'d, T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database_name: Option<&'d str>,
    #[serde(flatten)]
    content: &'d T,
}

impl Output {
    pub(crate) fn new(look: Look, host: &Host, is_quiet: bool, name: Option<&str>) -> Output {
        let coloured = |is_terminal: bool| match look.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && host.likes_colour(),
        };
        Output {
            format: look.format,
            colour_on_stdout: coloured(host.stdout_is_terminal),
            colour_on_stderr: coloured(host.stderr_is_terminal),
            is_quiet,
            name: name.unwrap_or("dunlin").to_owned(),
            database: None,
            documents: None,
            display: Arc::new(Mutex::new(Display::new(host.stderr_is_terminal))),
            lost: Arc::default(),
        }
    }

    /// Speaks of one database that the settings name.
    pub(crate) fn about(&self, database: &str) -> Output {
        Output { database: Some(database.to_owned()), ..self.clone() }
    }

    /// Speaks of one of several databases.
    pub(crate) fn among_several(&self, database: &str, documents: &Documents) -> Output {
        Output { documents: Some(documents.clone()), ..self.about(database) }
    }

    /// Shows how steps go without regard to others that run at the same time: line by line, as off a terminal.
    pub(crate) fn with_own_display(self) -> Output {
        Output { display: Arc::new(Mutex::new(Display::new(false))), ..self }
    }

    /// Returns what a user types in place of `dunlin`.
    pub(crate) fn program(&self) -> &str {
        &self.name
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Writes a line of data, or several as one text.
    pub(crate) fn data(&self, text: &str) {
        self.write(format!("{}\n", self.with_database(text)).as_bytes());
    }

    /// Writes lines of data.
    pub(crate) fn lines(&self, lines: impl IntoIterator<Item = String>) {
        self.write(lines.into_iter().map(|line| self.with_database(&line) + "\n").collect::<String>().as_bytes());
    }

    /// Writes one JSON document, with the version of its form. Those of several databases are kept for one document.
    pub(crate) fn json(&self, content: &impl Serialize) {
        let database_name = self.database.as_deref();
        // What is given here serialises; a failure would be one of writing.
        if let Some(documents) = &self.documents {
            if let Ok(document) = serde_json::to_value(Document { version: None, database_name, content }) {
                documents.add(document);
            }
            return;
        }
        let document = Document { version: Some(1), database_name, content };
        let text = if self.format == Format::JsonLines {
            serde_json::to_string(&document)
        } else {
            serde_json::to_string_pretty(&document)
        };
        if let Ok(text) = text {
            self.data(&text);
        }
    }

    /// Colours a word that is data.
    pub(crate) fn styled(&self, style: Style, word: &str) -> String {
        if self.colour_on_stdout { format!("{style}{word}{style:#}") } else { word.to_owned() }
    }

    /// Writes lines of talk. No secret of a URL passes.
    pub(crate) fn talk(&self, text: &str) {
        let text = self.with_database(&dunlin::redacted(text));
        self.display().suspended(|| {
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        });
    }

    /// Writes something worth knowing.
    pub(crate) fn note(&self, text: &str) {
        self.labelled("note", CYAN, text);
    }

    /// Writes something worth worrying about.
    pub(crate) fn warning(&self, text: &str) {
        self.labelled("warning", YELLOW, text);
    }

    /// Writes a way out.
    pub(crate) fn hint(&self, text: &str) {
        self.labelled("hint", CYAN, &self.with_own_name(text));
    }

    /// Writes what is wrong.
    pub(crate) fn error(&self, text: &str) {
        self.labelled("error", RED, text);
    }

    /// Writes why the command did not do what was asked, and the ways out.
    pub(crate) fn problem(&self, problem: &Problem) {
        self.error(&problem.to_string());
        for hint in problem.hints() {
            self.hint(&hint);
        }
        if self.format.is_json() {
            self.json(&problem.to_json());
        }
    }

    /// Returns the lines of a diff from one text to another, in their colours on stdout.
    pub(crate) fn diff(&self, from: &str, to: &str) -> impl Iterator<Item = String> + use<> {
        let coloured = |line: &str| match line.chars().next() {
            Some('-') => self.styled(RED, line),
            Some('+') => self.styled(GREEN, line),
            _ => line.to_owned(),
        };
        diff(from, to).lines().map(coloured).collect::<Vec<String>>().into_iter()
    }

    /// Puts the program's name into a sentence that names commands of dunlin.
    pub(crate) fn with_own_name(&self, text: &str) -> String {
        text.replace("`dunlin ", &format!("`{} ", self.name))
    }

    /// Tells what happens during a run, as it happens.
    pub(crate) fn event(&self, event: &RunEvent) {
        if self.format == Format::JsonLines {
            let document = Document { version: None, database_name: self.database.as_deref(), content: event };
            if let Ok(line) = serde_json::to_string(&document) {
                self.write(format!("{}\n", dunlin::redacted(&line)).as_bytes());
            }
        }
        let telling = self.display().tell(&event.progress);
        match telling {
            Telling::Line(line) if !self.is_quiet => self.talk(&line),
            // That the run goes on with it is what it does.
            Telling::Finding(finding) if crate::findings::goes_on(&finding.kind) => self.warning(&finding.to_string()),
            Telling::Finding(finding) => self.finding(&finding),
            Telling::Line(_) | Telling::Nothing => {}
        }
    }

    /// Shows how long the step at hand has been running. It is to be called ten times a second.
    pub(crate) fn tick(&self) {
        if !self.is_quiet {
            let line = self.display().tick();
            if let Some(line) = line {
                self.talk(&line);
            }
        }
    }

    /// Shows what is under way, where it moves on without being told of.
    pub(crate) fn follow(&self, what: &str) {
        self.display().follow(what);
    }

    /// Clears what shows that something is running.
    pub(crate) fn still(&self) {
        self.display().clear();
    }

    /// Writes a finding that does not stand in the way.
    pub(crate) fn finding(&self, finding: &dunlin::Finding) {
        if crate::findings::is_harmless(&finding.kind) {
            self.note(&finding.to_string());
        } else {
            self.warning(&finding.to_string());
            if let Some(hint) = finding.hint() {
                self.hint(&hint);
            }
        }
    }

    /// Asks a question, and returns whether it was answered with yes.
    pub(crate) async fn confirm(&self, question: &str) -> bool {
        let _ = write!(std::io::stderr().lock(), "{} [y/N] ", self.with_database(question));
        // A thread of its own, so that an interruption is seen while it waits.
        let line = tokio::task::spawn_blocking(|| std::io::stdin().lines().next()).await;
        // Who ends the input leaves the line open.
        if matches!(line, Ok(None)) {
            let _ = writeln!(std::io::stderr().lock());
        }
        matches!(line, Ok(Some(Ok(answer))) if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Writes what clap makes of arguments it does not take, or help. `is_data` is help that was asked for.
    pub(crate) fn clap(&self, text: &clap::builder::StyledStr, is_data: bool) {
        let coloured = if is_data { self.colour_on_stdout } else { self.colour_on_stderr };
        let text = if coloured { text.ansi().to_string() } else { text.to_string() };
        if is_data { self.data(text.trim_end()) } else { self.talk(text.trim_end()) }
    }

    /// Writes text as it is. Of several databases, a comment of SQL says whose it is.
    pub(crate) fn raw(&self, text: &[u8]) {
        if let Some(name) = self.database.as_ref().filter(|_| self.documents.is_some()) {
            self.write(format!("-- [{name}]\n").as_bytes());
        }
        self.write(text);
    }

    /// Writes data, and keeps in mind why it could not.
    fn write(&self, data: &[u8]) {
        let mut stdout = std::io::stdout().lock();
        if let Err(error) = stdout.write_all(data).and_then(|()| stdout.flush())
            && error.kind() != ErrorKind::BrokenPipe
        {
            self.lost.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    /// Ends the writing. A command whose data was lost has not done what was asked.
    pub(crate) fn end(&self, exit: Exit) -> Exit {
        match self.lost.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => {
                self.error(&format!("the output could not be written: {error}"));
                if exit.is_done() { Exit::Usage } else { exit }
            }
            None => exit,
        }
    }

    /// Puts the database's name before every line, where there are several.
    fn with_database(&self, text: &str) -> String {
        match self.database.as_ref().filter(|_| self.documents.is_some()) {
            None => text.to_owned(),
            Some(name) if text.is_empty() => format!("[{name}]"),
            Some(name) => {
                let line = |line: &str| format!("[{name}] {line}").trim_end().to_owned();
                text.split('\n').map(line).collect::<Vec<_>>().join("\n")
            }
        }
    }

    fn labelled(&self, label: &str, style: Style, text: &str) {
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default();
        let label = if self.colour_on_stderr { format!("{style}{label}:{style:#}") } else { format!("{label}:") };
        let mut told = format!("{label} {first}");
        for line in lines {
            told.push('\n');
            if !line.is_empty() {
                told.push_str("  ");
                told.push_str(line);
            }
        }
        self.talk(&told);
    }

    fn display(&self) -> MutexGuard<'_, Display> {
        self.display.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
