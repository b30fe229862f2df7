//! A verb on several databases, one after the other.

use dunlin::Migrations;
use dunlin::core::text::list;
use serde_json::json;

use crate::commands::Command;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::host::Host;
use crate::options::Options;
use crate::output::{Documents, Output};
use crate::problem::Problem;
use crate::settings::Settings;

/// Runs a verb on each database, up to the first that fails, or on all of them with `--keep-going`. It says which were
/// done, and ends as the worst of them did.
pub(crate) async fn run(
    command: &Command,
    each: Vec<Settings>,
    options: &Options,
    host: &Host,
    output: &Output,
    mounted: Option<&Migrations>,
) -> Result<Exit, Problem> {
    if command.is_for_one() {
        return Err(Problem::Usage("this writes files, and is for one database; choose it with `--database <name>`"));
    }
    if output.format().is_picture() {
        return Err(Problem::Usage("a picture is of one database; choose it with `--database <name>`"));
    }
    let documents = Documents::default();
    let (mut done, mut failed, mut worst) = (Vec::new(), Vec::new(), Exit::Done);
    let mut waiting = each.into_iter();
    for settings in waiting.by_ref() {
        let name = settings.database.clone().unwrap_or_default();
        let output = output.among_several(&name, &documents);
        let mut context = Context::new(host.clone(), settings, output.clone(), mounted);
        context.is_verbose = options.verbose;
        if context.is_verbose {
            context.explain();
        }
        match Box::pin(command.clone().run(&context)).await {
            Ok(exit) => {
                worst = worst.worse(exit);
                done.push(name);
            }
            Err(problem) => {
                output.problem(&problem);
                worst = worst.worse(problem.exit());
                failed.push(name);
                if !options.keep_going {
                    break;
                }
            }
        }
    }
    let not_begun: Vec<String> = waiting.filter_map(|settings| settings.database).collect();
    if !failed.is_empty() {
        let told = [("done", &done), ("failed", &failed), ("not begun", &not_begun)];
        let told = told.iter().filter(|(_, names)| !names.is_empty());
        output.note(&told.map(|(what, names)| format!("{what}: {}", list(*names))).collect::<Vec<_>>().join("; "));
    }
    if output.format().is_json() {
        let databases = documents.take();
        output.json(&json!({ "databases": databases, "done": done, "failed": failed, "not_begun": not_begun }));
    }
    Ok(worst)
}
