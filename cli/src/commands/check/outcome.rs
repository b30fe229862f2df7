//! What came of a check, and how it is told.

use clap::ValueEnum;
use clap::builder::PossibleValue;
use clap::builder::styling::Style;
use dunlin::core::text::count;
use serde_json::{Value, json};

use crate::output::{CYAN, GREEN, Output, RED, YELLOW};
use crate::table::{self, Cell};

/// Every check, with its name and what holds where it passes.
const CHECKS: [(Name, &str, &str); 8] = [
    (Name::Files, "files", "the files can be read, and their order is clear"),
    (Name::Heads, "heads", "there is one head"),
    (Name::Seals, "seals", "every migration is sealed in dunlin.lock"),
    (Name::Down, "down", "every migration has a way back, or says that it has none"),
    (Name::Git, "git", "git tracks every file"),
    (Name::Edits, "edits", "nothing was edited after it was sealed or applied"),
    (Name::Schema, "schema", "schema.sql, if there is one, declares what the migrations make"),
    (Name::Merge, "merge", "all this holds when `--against` is merged"),
];

/// A check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Files,
    Heads,
    Seals,
    Down,
    Git,
    Edits,
    Schema,
    Merge,
}

impl Name {
    fn word(self) -> &'static str {
        CHECKS.iter().find(|(name, ..)| *name == self).map_or("", |(_, word, _)| word)
    }
}

impl ValueEnum for Name {
    fn value_variants<'a>() -> &'a [Name] {
        &[Name::Files, Name::Heads, Name::Seals, Name::Down, Name::Git, Name::Edits, Name::Schema, Name::Merge]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        CHECKS.iter().find(|(name, ..)| name == self).map(|(_, word, help)| PossibleValue::new(*word).help(*help))
    }
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Ok,
    Fail,
    Skipped,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Fail => "fail",
            Verdict::Skipped => "skipped",
        }
    }

    fn style(self) -> Style {
        match self {
            Verdict::Ok => GREEN,
            Verdict::Fail => RED,
            Verdict::Skipped => YELLOW,
        }
    }
}

/// What came of a check.
#[derive(Debug)]
pub(super) struct Outcome {
    name: Name,
    pub(super) verdict: Verdict,
    /// One line.
    says: String,
    details: Vec<String>,
    hints: Vec<String>,
    /// What a program is told, an object.
    facts: Value,
}

impl Outcome {
    pub(super) fn ok(name: Name, says: impl Into<String>) -> Outcome {
        let (says, details, hints) = (says.into(), Vec::new(), Vec::new());
        Outcome { name, verdict: Verdict::Ok, says, details, hints, facts: json!({}) }
    }

    pub(super) fn fail(name: Name, says: impl Into<String>) -> Outcome {
        Outcome { verdict: Verdict::Fail, ..Outcome::ok(name, says) }
    }

    pub(super) fn skipped(name: Name, why: impl Into<String>) -> Outcome {
        Outcome { verdict: Verdict::Skipped, ..Outcome::ok(name, why) }
    }

    /// Adds lines below; a line may be several.
    pub(super) fn details<T: Into<String>>(mut self, details: impl IntoIterator<Item = T>) -> Outcome {
        self.details.extend(details.into_iter().map(Into::into));
        self
    }

    /// Adds a way out, once.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Outcome {
        let hint = hint.into();
        if !self.hints.contains(&hint) {
            self.hints.push(hint);
        }
        self
    }

    pub(super) fn hints(self, hints: impl IntoIterator<Item = String>) -> Outcome {
        hints.into_iter().fold(self, Outcome::hint)
    }

    pub(super) fn facts(mut self, facts: Value) -> Outcome {
        self.facts = facts;
        self
    }

    fn to_json(&self) -> Value {
        let message = dunlin::redacted(&self.says);
        let mut value = json!({
            "check": self.name.word(),
            "result": self.verdict.word(),
            "message": message,
            "hints": self.hints,
        });
        if let (Some(value), Some(facts)) = (value.as_object_mut(), self.facts.as_object()) {
            value.extend(facts.clone());
        }
        value
    }
}

pub(super) fn write(outcomes: &[Outcome], output: &Output) {
    let row = |outcome: &Outcome| -> [Cell; 3] {
        let verdict = outcome.verdict;
        let says = dunlin::redacted(&output.with_own_name(&outcome.says));
        [Cell::coloured(verdict.word(), verdict.style()), outcome.name.word().into(), says.into()]
    };
    let rows: Vec<[Cell; 3]> = outcomes.iter().map(row).collect();
    for (line, outcome) in table::lines(&rows, output).into_iter().zip(outcomes) {
        output.data(&line);
        let below = |text: &str| output.data(&dunlin::redacted(&format!("    {}", text.replace('\n', "\n    "))));
        outcome.details.iter().for_each(|detail| below(detail));
        for hint in &outcome.hints {
            below(&format!("{} {}", output.styled(CYAN, "hint:"), output.with_own_name(hint)));
        }
    }
    output.data(&format!("\n{}", summary(outcomes)));
}

pub(super) fn write_json(outcomes: &[Outcome], output: &Output) {
    let checks: Vec<Value> = outcomes.iter().map(Outcome::to_json).collect();
    output.json(&json!({
        "checks": checks,
        "passed": number(outcomes, Verdict::Ok),
        "failed": number(outcomes, Verdict::Fail),
        "skipped": number(outcomes, Verdict::Skipped),
    }));
}

fn number(outcomes: &[Outcome], verdict: Verdict) -> usize {
    outcomes.iter().filter(|outcome| outcome.verdict == verdict).count()
}

fn summary(outcomes: &[Outcome]) -> String {
    let skipped = match number(outcomes, Verdict::Skipped) {
        0 => String::new(),
        skipped => format!(", {skipped} skipped"),
    };
    let (passed, failed) = (number(outcomes, Verdict::Ok), number(outcomes, Verdict::Fail));
    match failed {
        0 => format!("{} passed{skipped}", count(passed, "check")),
        _ => format!("{} failed, {passed} passed{skipped}", count(failed, "check")),
    }
}
