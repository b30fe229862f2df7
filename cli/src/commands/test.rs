use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use dunlin::core::checksum::Checksum;
use dunlin::core::directory::{Directory, Pair};
use dunlin::core::migration::{Direction, MigrationId};
use dunlin::core::plan::Resolver;
use dunlin::core::target::{BadRange, Range, Target};
use dunlin::core::text::count;
use dunlin::schema::{MigrationTest, StateTest, TestFault, TestFile, TestOutcome, TestReport, Tests};
use serde_json::{Value, json};

use super::auto;
use super::diff::change;
use crate::context::{Context, shown};
use crate::exit_code::Exit;
use crate::git::{Git, Object};
use crate::output::{GREEN, Output, RED, YELLOW};
use crate::problem::Problem;

/// Test migrations on scratch databases: each up, down and up again, with the schemas compared
///
/// The way down must lead back to the schema that was there before, and the second way up to that of the first. `<id>.seed.sql`
/// in the folder `tests` puts rows in before a migration, which it must not lose; each query in `<id>.check.sql` must hold when
/// it is up. It exits with 3 if a test fails. The database of the URL is not touched.
#[derive(Debug, Clone, Args)]
pub(crate) struct Test {
    /// Test this migration, or those from one to another: `0007`, `a:b`, `0007:` [default: all]
    #[arg(value_name = "MIGRATION|RANGE")]
    which: Option<Which>,

    /// Test only what is new or changed since this git commit or branch
    #[arg(long, value_name = "GIT REF")]
    since: Option<String>,

    /// Also go to the heads from every earlier state, in one run, and back
    ///
    /// The schema must be the same wherever the way began. It takes a time that grows with the square of the number of migrations.
    #[arg(long, conflicts_with_all = ["which", "since"])]
    all_states: bool,

    /// Take seeds and checks from this folder [default: tests, beside dunlin.toml]
    #[arg(long, value_name = "DIR")]
    tests: Option<PathBuf>,
}

/// Which migrations are meant.
#[derive(Debug, Clone)]
struct Which(Range);

impl FromStr for Which {
    type Err = BadRange;

    fn from_str(text: &str) -> Result<Which, BadRange> {
        if text.contains(':') || text.contains("..") {
            return Range::parse(text).map(Which);
        }
        let one = Target::parse(text)?;
        Ok(Which(Range { from: Some(one.clone()), to: Some(one) }))
    }
}

pub(crate) async fn run(arguments: &Test, context: &Context<'_>) -> Result<Exit, Problem> {
    let migrations = auto::on_disk(context)?;
    let directory = migrations.directory()?;
    let folder = arguments.tests.clone().unwrap_or_else(|| context.settings.tests_folder());
    if arguments.tests.is_some() && !folder.is_dir() {
        return Err(Problem::NoTests(folder));
    }
    let output = context.output.clone();
    let mut tests = Tests::new()
        .files(TestFile::of_folder(&folder, &shown(&folder), directory.revisions())?)
        .on_progress(move |progress| {
            output.follow(&format!("testing {} of {}: {}", progress.done, progress.of, progress.name));
        });
    if let Some(jobs) = context.settings.jobs {
        tests = tests.jobs(jobs);
    }
    if arguments.all_states {
        tests = tests.all_states();
    }
    if let Some(only) = selected(arguments, directory, context)? {
        tests = tests.only(only);
    }
    let migrator = context.migrator_of(&migrations);
    let schemas = auto::schemas(&migrator, auto::dialect(context)?, context.url()?, context)?;
    let report = context.watched(Box::pin(schemas.test(&tests))).await?;
    if context.wants_json() {
        context.output.json(&document(&report));
    } else {
        write(&report, context);
    }
    Ok(if report.has_passed() { Exit::Done } else { Exit::Disagree })
}

/// Returns the migrations that are meant, unless it is all of them.
fn selected(
    arguments: &Test,
    directory: &Directory,
    context: &Context<'_>,
) -> Result<Option<BTreeSet<MigrationId>>, Problem> {
    let within = match &arguments.which {
        Some(Which(range)) => {
            let ids = Resolver::new(directory.revisions()).within(range).map_err(dunlin::Error::from)?;
            Some(ids.into_iter().collect::<BTreeSet<_>>())
        }
        None => None,
    };
    let since = arguments.since.as_deref().map(|name| since(name, directory, context)).transpose()?;
    Ok(match (within, since) {
        (Some(within), Some(since)) => Some(within.intersection(&since).cloned().collect()),
        (within, since) => within.or(since),
    })
}

/// Returns the migrations that a commit does not have, or not as they are.
fn since(name: &str, directory: &Directory, context: &Context<'_>) -> Result<BTreeSet<MigrationId>, Problem> {
    let git = Git::at(&context.existing_directory()?)?;
    let there = git.files(&git.commit(name)?)?;
    let objects: Vec<Object> = there.values().cloned().collect();
    let texts = git.texts(&objects)?;
    let is_there = |file: &str, checksum: Checksum| {
        let name = file.rsplit('/').next().unwrap_or(file);
        let text = there.get(name).and_then(|object| texts.get(object));
        text.is_some_and(|text| Checksum::of_text(text) == checksum)
    };
    let is_old = |pair: &&Pair| {
        let mut scripts = [Direction::Up, Direction::Down].into_iter().flat_map(|way| pair.half(way).iter());
        scripts.all(|(_, script)| is_there(&script.file, script.checksum))
    };
    Ok(directory.pairs().iter().filter(|pair| !is_old(pair)).map(|pair| pair.id.clone()).collect())
}

fn write(report: &TestReport, context: &Context<'_>) {
    let output = &context.output;
    for test in &report.tests {
        outcome(&test.name, &test.outcome, context);
    }
    for state in &report.states {
        // What has no way back was told with the migrations.
        if context.is_verbose || !state.outcome.has_passed() {
            outcome(&format!("from {}", state.from), &state.outcome, context);
        }
    }
    let is_told = |name: &str| report.tests.iter().any(|test| test.name == name);
    let untold = report.tests.iter().find_map(|test| match &test.outcome {
        TestOutcome::Unreached { behind, message } if !is_told(behind) => Some(message),
        _ => None,
    });
    if let Some(message) = untold {
        output.data(&dunlin::redacted(&format!("    {}", message.replace('\n', "\n    "))));
    }
    let said = summary(report);
    if report.has_passed() {
        output.data(&said);
    } else {
        output.data(&format!("\n{said}"));
    }
}

/// Tells of what failed or has no way back, and of the rest if that was asked for.
fn outcome(name: &str, outcome: &TestOutcome, context: &Context<'_>) {
    let output = &context.output;
    let line = |style, word: &str, rest: &str| output.data(&format!("{} {name}{rest}", output.styled(style, word)));
    match outcome {
        TestOutcome::Passed if context.is_verbose => line(GREEN, "ok       ", ""),
        TestOutcome::Irreversible { reason } => {
            let reason = reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
            line(YELLOW, "up only  ", &reason);
        }
        TestOutcome::Failed(faults) => {
            line(RED, "fail     ", "");
            for fault in faults {
                write_fault(fault, output);
            }
        }
        TestOutcome::Unreached { behind, .. } => line(RED, "unreached", &format!(", as {behind} does not go up")),
        _ => {}
    }
}

fn write_fault(fault: &TestFault, output: &Output) {
    output.data(&dunlin::redacted(&format!("    {}", fault.says().replace('\n', "\n    "))));
    let is_tree = matches!(fault, TestFault::Differs { .. });
    output.lines(fault.details().into_iter().map(|line| {
        let line = format!("        {line}");
        if is_tree { super::diff::coloured(&line, output) } else { line }
    }));
}

fn summary(report: &TestReport) -> String {
    if report.tests.is_empty() {
        return "there is no migration to test".to_owned();
    }
    let outcomes =
        || report.tests.iter().map(|test| &test.outcome).chain(report.states.iter().map(|state| &state.outcome));
    let number = |is: fn(&TestOutcome) -> bool| outcomes().filter(|one| is(one)).count();
    if report.has_passed() {
        let states = match report.states.len() {
            0 => String::new(),
            states => format!(", and the ways from {}", count(states, "state")),
        };
        return format!("{} passed{states}", count(report.tests.len(), "migration"));
    }
    let parts = [
        (number(|one| matches!(one, TestOutcome::Failed(_))), "failed"),
        (number(|one| matches!(one, TestOutcome::Unreached { .. })), "not reached"),
        (number(TestOutcome::has_passed), "passed"),
    ];
    let told = parts.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}"));
    told.collect::<Vec<_>>().join(", ")
}

fn document(report: &TestReport) -> Value {
    json!({
        "tests": report.tests.iter().map(test).collect::<Vec<Value>>(),
        "states": report.states.iter().map(state).collect::<Vec<Value>>(),
        "passed": report.has_passed(),
    })
}

fn test(test: &MigrationTest) -> Value {
    let mut value = outcome_json(&test.outcome);
    value["id"] = json!(test.id);
    value["name"] = json!(test.name);
    value["file"] = json!(test.file);
    value["seeded"] = json!(test.is_seeded);
    value["checks"] = json!(test.checks);
    value["duration_us"] = json!(u64::try_from(test.duration.as_micros()).unwrap_or(u64::MAX));
    value
}

fn state(state: &StateTest) -> Value {
    let mut value = outcome_json(&state.outcome);
    value["from"] = json!(state.from);
    value["duration_us"] = json!(u64::try_from(state.duration.as_micros()).unwrap_or(u64::MAX));
    value
}

fn outcome_json(outcome: &TestOutcome) -> Value {
    let (word, reason, faults) = match outcome {
        TestOutcome::Passed => ("passed", None, &[][..]),
        TestOutcome::Irreversible { reason } => ("up-only", reason.clone(), &[][..]),
        TestOutcome::Failed(faults) => ("failed", None, &faults[..]),
        TestOutcome::Unreached { behind, .. } => ("unreached", Some(behind.clone()), &[][..]),
        _ => ("failed", None, &[][..]),
    };
    let fault = |fault: &TestFault| {
        json!({
            "stage": fault.stage(),
            "message": dunlin::redacted(&fault.says()),
            "details": fault.details(),
            "changes": fault.deltas().iter().map(change).collect::<Vec<Value>>(),
        })
    };
    json!({ "result": word, "reason": reason, "faults": faults.iter().map(fault).collect::<Vec<Value>>() })
}
