//! What the doctor found: what it is, why it probably came about, and what helps.

use clap::builder::styling::Style;
use serde_json::{Value, json};

use crate::output::{CYAN, Output, RED};

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    /// What a program knows it by.
    pub(super) kind: &'static str,
    pub(super) weight: Weight,
    /// A sentence without its full stop.
    pub(super) what: String,
    /// Lines below it.
    details: Vec<String>,
    /// Sentences.
    why: Vec<String>,
    ways: Vec<Way>,
    pub(super) repair: Option<Repair>,
}

/// Whether something stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Trouble,
    /// It is worth knowing, and nothing has to be done.
    Note,
}

/// A command, or something to do by hand, and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Way {
    command: Option<String>,
    does: String,
}

/// What the doctor can do by itself, because nothing is lost by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repair {
    /// Keep the lines of both sides in a lock file that git could not merge.
    JoinLock,
    /// Join the heads with a migration.
    Merge,
    /// Write the lock file.
    Lock,
    /// Let rows follow edits that the lock file accepts.
    Heal,
}

impl Complaint {
    pub(super) fn trouble(kind: &'static str, what: impl Into<String>) -> Complaint {
        let (what, details, why, ways) = (what.into(), Vec::new(), Vec::new(), Vec::new());
        Complaint { kind, weight: Weight::Trouble, what, details, why, ways, repair: None }
    }

    pub(super) fn note(kind: &'static str, what: impl Into<String>) -> Complaint {
        Complaint { weight: Weight::Note, ..Complaint::trouble(kind, what) }
    }

    pub(super) fn weighing(mut self, weight: Weight) -> Complaint {
        self.weight = weight;
        self
    }

    pub(super) fn details<T: Into<String>>(mut self, details: impl IntoIterator<Item = T>) -> Complaint {
        self.details.extend(details.into_iter().map(Into::into));
        self
    }

    /// Adds a sentence on how it came about.
    pub(super) fn why(mut self, why: impl Into<String>) -> Complaint {
        self.why.push(why.into());
        self
    }

    /// Adds a command that helps.
    pub(super) fn way(mut self, command: impl Into<String>, does: impl Into<String>) -> Complaint {
        self.ways.push(Way { command: Some(command.into()), does: does.into() });
        self
    }

    /// Adds something to do by hand.
    pub(super) fn by_hand(mut self, does: impl Into<String>) -> Complaint {
        self.ways.push(Way { command: None, does: does.into() });
        self
    }

    pub(super) fn repaired_by(mut self, repair: Repair) -> Complaint {
        self.repair = Some(repair);
        self
    }

    pub(super) fn is_trouble(&self) -> bool {
        self.weight == Weight::Trouble
    }

    pub(super) fn write(&self, output: &Output) {
        let line = |style: Option<Style>, label: &str, text: &str| {
            let text = dunlin::redacted(&output.with_own_name(text)).replace('\n', "\n         ");
            let label =
                style.map_or_else(|| format!("{label:<7}"), |style| output.styled(style, &format!("{label:<7}")));
            output.data(&format!("{label}  {text}"));
        };
        output.data("");
        match self.weight {
            Weight::Trouble => line(Some(RED), "trouble", &self.what),
            Weight::Note => line(Some(CYAN), "note", &self.what),
        }
        self.details.iter().for_each(|detail| line(None, "", &format!("  {}", detail.replace('\n', "\n  "))));
        for (n, why) in self.why.iter().enumerate() {
            line((n == 0).then_some(CYAN), if n == 0 { "  why" } else { "" }, why);
        }
        for (n, way) in self.ways.iter().enumerate() {
            line((n == 0).then_some(CYAN), if n == 0 { "  do" } else { "" }, &way.text());
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let ways = self.ways.iter().map(|way| json!({ "command": way.command, "does": way.does }));
        json!({
            "kind": self.kind,
            "trouble": self.is_trouble(),
            "what": dunlin::redacted(&self.what),
            "details": self.details,
            "why": self.why,
            "ways": ways.collect::<Vec<_>>(),
            "repair": self.repair.map(Repair::word),
        })
    }
}

impl Way {
    fn text(&self) -> String {
        self.command.as_ref().map_or_else(|| self.does.clone(), |command| format!("`{command}` {}", self.does))
    }
}

impl Repair {
    pub(super) fn word(self) -> &'static str {
        match self {
            Repair::JoinLock => "join-lock",
            Repair::Merge => "merge",
            Repair::Lock => "lock",
            Repair::Heal => "heal",
        }
    }

    /// What is asked before it is done.
    pub(super) fn question(self) -> &'static str {
        match self {
            Repair::JoinLock => "keep the lines of both sides in dunlin.lock?",
            Repair::Merge => "write a migration that joins the heads?",
            Repair::Lock => "write dunlin.lock, with every migration sealed as it is now?",
            Repair::Heal => "let the history follow the accepted edits?",
        }
    }
}
