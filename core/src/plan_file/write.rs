//! Writing a plan file: comments of SQL that a program reads, and the SQL as it is.

use super::{PlanFile, PlannedHeal, PlannedRepeat, PlannedStep, VERSION};
use crate::checksum::Checksum;
use crate::plan::Verdict;
use crate::text::join;
use crate::variables::Values;

const PREAMBLE: &str = "\
-- A plan to be reviewed. `dunlin up --plan <this file>` runs it, and only if the database and the files are still as they
-- were when it was made; so do `down` and `to`. An edited plan is refused: the checksum is over all that stands below it.
-- The values of variables are filled in, and thereby part of the file. Do not feed it to a client of the database, which
-- would write no history: for that there is `dunlin plan --sql`.
";

/// Stands behind the number of lines whose last one does not end.
pub(super) const OPEN: &str = ", the last one without its end";

impl PlanFile {
    /// Writes the file. Whatever reads it back has the same plan.
    pub fn to_text(&self) -> String {
        let mut text = Text::default();
        text.head(self);
        for heal in &self.heals {
            text.heal(heal);
        }
        for (n, step) in self.steps.iter().enumerate() {
            text.step(n + 1, self.steps.len(), step);
        }
        for repeat in &self.repeats {
            text.repeat(repeat);
        }
        let checksum = Checksum::of_bytes(text.0.as_bytes());
        format!("{}-- checksum: {checksum}\n{}", first_line(), text.0)
    }
}

/// Returns what every file of this version begins with.
pub(super) fn first_line() -> String {
    format!("-- dunlin plan {VERSION}\n")
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn head(&mut self, plan: &PlanFile) {
        self.0.push_str(PREAMBLE);
        self.0.push('\n');
        self.field("dunlin", &plan.tool_version);
        self.field("set", plan.set.as_str());
        self.field("engine", plan.engine.facts().word);
        self.field("goal", &plan.goal.to_string());
        let policy = plan.policy;
        let verdicts = [("out-of-order", policy.out_of_order), ("missing", policy.missing), ("ahead", policy.ahead)];
        self.field("policy", &join(verdicts.map(|(what, verdict)| format!("{what} {}", word(verdict)))));
        self.places("from", &plan.basis.heads);
        self.places("to", &plan.to);
        let hash = plan.basis.hash.map_or_else(String::new, |hash| format!(" {hash}"));
        self.field("event", &format!("{}{hash}", plan.basis.event));
        self.field("rows", &format!("{} {}", plan.basis.rows, plan.basis.digest));
        for warning in &plan.warnings {
            self.field("warning", warning);
        }
        for name in &plan.forgets {
            self.field("forget", name);
        }
    }

    fn places(&mut self, key: &str, heads: &[String]) {
        if heads.is_empty() {
            self.field(key, "base");
        }
        for head in heads {
            self.field(key, head);
        }
    }

    fn heal(&mut self, heal: &PlannedHeal) {
        self.section("heal", &heal.name());
        self.field("was", &heal.from.to_string());
        self.ways(heal.up, heal.down);
    }

    fn step(&mut self, n: usize, of: usize, step: &PlannedStep) {
        self.section(&format!("step {n} of {of}"), &format!("{} {}", step.direction, step.name()));
        self.field("file", &step.file);
        let parents = if step.parents.is_empty() { "base".to_owned() } else { join(&step.parents) };
        self.field("revises", &parents);
        self.ways(step.up, step.down);
        self.field("transaction", &step.holding.to_string());
        self.sql(&step.values, &step.sql);
    }

    fn repeat(&mut self, repeat: &PlannedRepeat) {
        self.section("repeat", &repeat.name);
        self.field("file", &repeat.file);
        self.field("checksum", &repeat.checksum.to_string());
        self.field("transaction", &repeat.holding.to_string());
        self.sql(&repeat.values, &repeat.sql);
    }

    fn ways(&mut self, up: Checksum, down: Option<Checksum>) {
        self.field("up", &up.to_string());
        self.field("down", &down.map_or_else(|| "-".to_owned(), |down| down.to_string()));
    }

    /// Writes SQL behind the number of its lines, so that nothing in it can be taken for what follows.
    fn sql(&mut self, values: &Values, sql: &str) {
        for (name, value) in values {
            self.field("var", &format!("{name}={value}"));
        }
        let (whole, open) = match sql.strip_suffix('\n') {
            Some(whole) => (Some(whole), ""),
            None if sql.is_empty() => (None, ""),
            None => (Some(sql), OPEN),
        };
        let lines = whole.map_or(0, |whole| whole.split('\n').count());
        self.field("lines", &format!("{lines}{open}"));
        if let Some(whole) = whole {
            self.0.push_str(whole);
            self.0.push('\n');
        }
    }

    fn section(&mut self, key: &str, value: &str) {
        self.0.push('\n');
        self.field(key, value);
    }

    /// Writes a field. The lines of its value behind the first are indented.
    fn field(&mut self, key: &str, value: &str) {
        self.0.push_str(&format!("-- {key}: {}\n", value.replace('\n', "\n--   ")));
    }
}

/// Returns the word for a verdict.
pub(super) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Refuse => "refused",
        Verdict::Warn => "allowed",
    }
}
