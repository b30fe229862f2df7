//! `doctor`: how files and database stand, what is wrong, why it probably came about, and what helps.
//!
//! A [`Diagnosis`](diagnosis::Diagnosis) is [`Complaint`](complaint::Complaint)s: `files.rs` finds those of the files,
//! `database.rs` those of the database, `rows.rs` and `unfinished.rs` those of single rows; `traces.rs` asks git where files
//! went. `treatment.rs` does the repairs.

mod complaint;
mod database;
mod diagnosis;
mod files;
mod joined;
mod rows;
mod traces;
mod treatment;
mod unfinished;

use clap::Args;
use serde_json::{Value, json};

use self::diagnosis::Diagnosis;
use self::treatment::{Done, Treatment};
use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;

/// Explain how files and database stand, and what to do where something is wrong
///
/// It looks at the files, at dunlin.lock, at git and, if one is named, at the database. Of each thing that is wrong it says
/// what it is, why it probably came about and which commands help. It exits with 3 if something is wrong.
#[derive(Debug, Clone, Args)]
pub(crate) struct Doctor {
    /// Repair what can be repaired without losing anything, after a question for each
    ///
    /// Join several heads with a migration, write a lock file that is not there or that git could not merge, let the history
    /// follow edits that the lock file accepts. Everything else is yours to decide. It exits with 3 if something is left.
    #[arg(long)]
    fix: bool,

    /// Do not ask; without it, nothing is repaired off a terminal
    #[arg(short, long, requires = "fix")]
    yes: bool,
}

impl Doctor {
    /// Says whether it changes something.
    pub(super) fn repairs(&self) -> bool {
        self.fix
    }
}

pub(crate) async fn run(arguments: &Doctor, context: &Context<'_>) -> Result<Exit, Problem> {
    let output = &context.output;
    let found = Diagnosis::of(context).await?;
    if !context.wants_json() {
        found.write(output);
    }
    if !arguments.fix {
        if context.wants_json() {
            output.json(&found.to_json());
        } else {
            output.data(&format!("\n{}", output.with_own_name(&found.summary())));
        }
        return Ok(exit(&found));
    }
    let mut treatment = Treatment::new(arguments.yes, context);
    let left = treatment.of(found.clone()).await?;
    if context.wants_json() {
        let mut document = found.to_json();
        document["repairs"] = Value::Array(treatment.done.iter().map(Done::to_json).collect());
        document["left"] = left.to_json()["complaints"].clone();
        document["healthy"] = json!(left.troubles() == 0);
        output.json(&document);
    } else {
        output.data(&format!("\n{}", treatment.summary(&left)));
    }
    Ok(exit(&left))
}

fn exit(diagnosis: &Diagnosis) -> Exit {
    if diagnosis.troubles() == 0 { Exit::Done } else { Exit::Disagree }
}
