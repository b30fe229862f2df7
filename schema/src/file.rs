//! Plans as the texts of files.

use crate::hazard::Hazard;
use crate::plan::{Plan, Step, not_restored};

/// A way there and back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pair {
    /// The way there.
    pub up: Plan,
    /// The way back.
    pub down: Plan,
}

impl Pair {
    /// Returns the text of the up file, behind what names it.
    pub fn up_text(&self) -> String {
        self.up.text()
    }

    /// Returns the text of the down file. What the way there loses and this does not bring back is said too.
    pub fn down_text(&self) -> String {
        let lost = not_restored(&self.up);
        let text = text(&self.down, &self.down.hazards().into_iter().chain(&lost).collect::<Vec<_>>());
        text.trim_start().to_owned()
    }
}

impl Plan {
    /// Returns its text, with its hazards on top.
    pub fn text(&self) -> String {
        text(self, &self.hazards())
    }
}

fn text(plan: &Plan, hazards: &[&Hazard]) -> String {
    let mut text = String::new();
    text.extend(plan.directives.iter().map(|directive| format!("-- dunlin: {directive}\n")));
    text.extend(hazards.iter().map(|hazard| comment(&hazard.to_string())));
    let mut about = None;
    for step in &plan.steps {
        // What belongs together stands together.
        if about != Some(&step.about) {
            text.push('\n');
        }
        about = Some(&step.about);
        text.push_str(&statement(step));
    }
    text
}

fn statement(step: &Step) -> String {
    let lines = |of: &[String]| of.iter().map(|line| comment(line)).collect::<String>();
    format!("{}{};\n{}", lines(&step.before), step.sql, lines(&step.behind))
}

/// Writes a comment of one line, whatever the names in it are: behind a line break, a name would be run.
fn comment(text: &str) -> String {
    let character = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    format!("-- {}\n", text.chars().map(character).collect::<String>())
}
