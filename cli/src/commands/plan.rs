use std::path::{Path, PathBuf};

use clap::Args;
use dunlin::core::dialect::Dialect;
use dunlin::core::header::Wrap;
use dunlin::core::migration::{Direction, Script};
use dunlin::core::repeatable::Repeat;
use dunlin::core::statements;
use dunlin::core::text::count;
use dunlin::{Connect, Goal, Outlook, PlanFile, Step, Target};
use serde_json::{Value, json};

use super::offline::warn_of_the_lease;
use super::planned::plan_of;
use super::written::replace;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;
use crate::table::{self, Cell};

/// Show what a run would do, and do nothing
///
/// With `--out`, the plan is also written to a file, to be reviewed and run later with `up --plan`, `down --plan` or `to --plan`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Plan {
    /// Where to: `head`, `heads`, `base`, `+N`, `-N`, an id, the beginning of one, or a slug
    #[arg(allow_negative_numbers = true, default_value = "head")]
    target: Target,

    /// Write the plan to this file, `-` for stdout, with its SQL and the state of the database that it was made from
    #[arg(long, value_name = "FILE", conflicts_with = "sql")]
    out: Option<PathBuf>,

    /// Write the run as a script for `sqlite3`, `psql` or `mariadb`, which begins where the database is now
    ///
    /// Fed to the client, it leaves what `up`, `down` or `to` would leave, the history too. It stops at the first error, and
    /// before it changes anything if something was done to the database since.
    #[arg(long)]
    sql: bool,

    /// Exit with 2 if there is something to do
    #[arg(long)]
    check: bool,
}

impl Plan {
    /// Says whether it writes a file.
    pub(super) fn writes_a_file(&self) -> bool {
        self.out.is_some()
    }

    pub(super) fn writes_script(&self) -> bool {
        self.sql
    }
}

pub(crate) async fn run(plan: Plan, context: &Context<'_>) -> Result<Exit, Problem> {
    let url = context.url()?;
    let dialect = Connect::from(url).dialect()?;
    let migrator = context.migrator()?;
    let outlook = context.watched(migrator.outlook(url, Goal::to(plan.target))).await?;
    let exit = ends(plan.check, outlook.plan());
    if plan.sql {
        script(context, &outlook, dialect)?;
    } else if let Some(path) = &plan.out {
        keep(context, &outlook.file()?, outlook.plan(), dialect, path)?;
    } else if context.wants_json() {
        context.output.json(&to_json(outlook.plan(), dialect, Sql::Left));
    } else {
        write(outlook.plan(), dialect, context);
    }
    Ok(exit)
}

/// Shows what a run would do, by the plan if there is one.
pub(super) async fn show_run(context: &Context<'_>, goal: Goal, file: Option<&PlanFile>) -> Result<Exit, Problem> {
    let (url, migrator) = (context.url()?, context.migrator()?);
    let dialect = Connect::from(url).dialect()?;
    let plan = context.watched(plan_of(&migrator, url, &goal, file)).await?;
    if context.wants_json() {
        context.output.json(&to_json(&plan, dialect, Sql::Left));
    } else {
        write(&plan, dialect, context);
    }
    Ok(ends(true, &plan))
}

fn ends(is_check: bool, plan: &dunlin::Plan) -> Exit {
    if is_check && !plan.is_empty() { Exit::Pending } else { Exit::Done }
}

fn script(context: &Context<'_>, outlook: &Outlook<'_>, dialect: Dialect) -> Result<(), Problem> {
    let script = outlook.script()?;
    warn_of_the_lease(context, dialect);
    if context.wants_json() {
        let mut document = to_json(outlook.plan(), dialect, Sql::Shown);
        document["script"] = json!(script.sql);
        context.output.json(&document);
        return Ok(());
    }
    script.findings.iter().for_each(|finding| context.output.finding(finding));
    context.output.raw(script.sql.as_bytes());
    if script.is_empty() {
        context.output.note("there is nothing to do, and the script says no more than that");
    }
    Ok(())
}

/// Writes the plan to a file.
fn keep(
    context: &Context<'_>,
    file: &PlanFile,
    plan: &dunlin::Plan,
    dialect: Dialect,
    path: &Path,
) -> Result<(), Problem> {
    let text = file.to_text();
    let is_stdout = path.as_os_str() == "-";
    if is_stdout && context.wants_json() {
        return Err(Problem::Usage("`--out -` writes the plan itself to stdout, and so there is no place for JSON"));
    }
    if is_stdout {
        plan.findings.iter().for_each(|finding| context.output.finding(finding));
        context.output.raw(text.as_bytes());
        return Ok(());
    }
    replace(path, &text)?;
    if context.wants_json() {
        let mut document = to_json(plan, dialect, Sql::Left);
        document["out"] = json!(path);
        context.output.json(&document);
        return Ok(());
    }
    write(plan, dialect, context);
    let (verb, path) = (file.direction().unwrap_or(Direction::Up), path.display());
    let told = if file.is_empty() {
        format!("{path} says so, and of which state of the database")
    } else {
        format!("{path} holds this plan; after a review, `dunlin {verb} --plan {path}` runs it")
    };
    context.output.data(&context.output.with_own_name(&told));
    Ok(())
}

fn write(plan: &dunlin::Plan, dialect: Dialect, context: &Context<'_>) {
    let output = &context.output;
    plan.findings.iter().for_each(|finding| output.finding(finding));
    if plan.is_empty() {
        output.data("nothing to do");
        return;
    }
    for heal in &plan.heals {
        output.data(&format!("  heal  {}: its history is to follow the accepted edit", heal.migration.name()));
    }
    output.lines(table::lines(&rows(plan, dialect), output));
    let doing =
        if plan.steps.first().is_some_and(|step| step.direction == Direction::Down) { "revert" } else { "apply" };
    let mut parts = Vec::new();
    if !plan.resumptions.is_empty() {
        parts.push(format!("{} to finish", count(plan.resumptions.len(), "migration")));
    }
    if !plan.steps.is_empty() {
        parts.push(format!("{} to {doing}", count(plan.steps.len(), "migration")));
    }
    if !plan.repeats.is_empty() {
        parts.push(format!("{} to run", count(plan.repeats.len(), "repeatable file")));
    }
    if !parts.is_empty() {
        output.data(&format!("\n{}", parts.join(", ")));
    }
}

/// How a step's statements are held together.
struct Way {
    statements: usize,
    in_transaction: bool,
}

impl Way {
    fn of(script: &Script, dialect: Dialect) -> Way {
        let statements = statements::split(&script.text, dialect).unwrap_or_default();
        let rolls_back = statements::Statement::all_roll_back(&statements, dialect);
        Way { statements: statements.len(), in_transaction: script.header.wrap == Wrap::Transaction && rolls_back }
    }
}

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let how = if self.in_transaction { "in a transaction" } else { "one by one" };
        write!(f, "{}, {how}", count(self.statements, "statement"))
    }
}

/// Returns what is to be run, in order, as cells: what is done, with which file, and how.
fn rows(plan: &dunlin::Plan, dialect: Dialect) -> Vec<[Cell; 4]> {
    let row = |doing: &str, script: &Script, how: &Way| {
        ["".into(), doing.into(), script.file.clone().into(), how.to_string().into()]
    };
    let resumed = plan.resumptions.iter().filter_map(|of| {
        let script = of.step.script.as_deref()?;
        // No transaction held what is in place, and none holds the rest.
        Some(row("finish", script, &Way { in_transaction: false, ..Way::of(script, dialect) }))
    });
    let steps = plan.steps.iter().filter_map(|step| {
        let script = step.script.as_deref()?;
        Some(row(&step.direction.to_string(), script, &Way::of(script, dialect)))
    });
    let repeats = plan.repeats.iter().map(|repeat| row("repeat", &repeat.script, &Way::of(&repeat.script, dialect)));
    resumed.chain(steps).chain(repeats).collect()
}

/// Whether a document holds the SQL of every step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sql {
    Shown,
    Left,
}

fn to_json(plan: &dunlin::Plan, dialect: Dialect, sql: Sql) -> Value {
    let steps: Vec<Value> = plan.steps.iter().map(|step| step_to_json(step, dialect, sql)).collect();
    let heals: Vec<String> = plan.heals.iter().map(|heal| heal.migration.name()).collect();
    let repeats: Vec<Value> = plan.repeats.iter().map(|repeat| repeat_to_json(repeat, dialect, sql)).collect();
    let resumed: Vec<Value> = plan.resumptions.iter().map(|of| step_to_json(&of.step, dialect, sql)).collect();
    json!({ "resumed": resumed, "steps": steps, "heals": heals, "repeats": repeats, "findings": plan.findings })
}

fn repeat_to_json(repeat: &Repeat, dialect: Dialect, sql: Sql) -> Value {
    let how = Way::of(&repeat.script, dialect);
    let mut value = json!({
        "name": repeat.repeatable.name,
        "file": repeat.script.file,
        "transaction": how.in_transaction,
        "statements": how.statements,
    });
    if sql == Sql::Shown {
        value["sql"] = json!(repeat.script.text);
    }
    value
}

fn step_to_json(step: &Step, dialect: Dialect, sql: Sql) -> Value {
    let script = step.script.as_deref();
    let how = script.map(|script| Way::of(script, dialect));
    let mut value = json!({
        "direction": step.direction,
        "id": step.migration.id,
        "name": step.migration.name(),
        "file": script.map(|script| &script.file),
        "transaction": how.as_ref().is_some_and(|how| how.in_transaction),
        "statements": how.map(|how| how.statements),
    });
    if sql == Sql::Shown {
        value["sql"] = json!(script.map(|script| &script.text));
    }
    value
}
