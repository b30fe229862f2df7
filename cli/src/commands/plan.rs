use clap::Args;
use dunlin::core::dialect::Dialect;
use dunlin::core::header::Wrap;
use dunlin::core::migration::{Direction, Script};
use dunlin::core::repeatable::Repeat;
use dunlin::core::statements;
use dunlin::core::text::count;
use dunlin::{Connect, Goal, Step, Target};
use serde_json::{Value, json};

use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;
use crate::table::{self, Cell};

/// Show what a run would do, and do nothing
#[derive(Debug, Clone, Args)]
pub(crate) struct Plan {
    /// Where to: `head`, `heads`, `base`, `+N`, `-N`, an id, the beginning of one, or a slug
    #[arg(allow_negative_numbers = true, default_value = "head")]
    target: Target,

    /// Show the SQL of every step
    #[arg(long)]
    sql: bool,

    /// Exit with 2 if there is something to do
    #[arg(long)]
    check: bool,
}

/// What is shown of a plan, and what it means for the exit code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Showing {
    pub(super) sql: bool,
    pub(super) check: bool,
}

pub(crate) async fn run(plan: Plan, context: &Context<'_>) -> Result<Exit, Problem> {
    show(context, Goal::to(plan.target), Showing { sql: plan.sql, check: plan.check }).await
}

pub(super) async fn show(context: &Context<'_>, goal: Goal, showing: Showing) -> Result<Exit, Problem> {
    let url = context.url()?;
    let dialect = Connect::from(url).dialect()?;
    let plan = context.watched(context.migrator()?.plan_goal(url, goal)).await?;
    if context.wants_json() {
        let steps: Vec<Value> = plan.steps.iter().map(|step| to_json(step, dialect, showing)).collect();
        let heals: Vec<String> = plan.heals.iter().map(|heal| heal.migration.name()).collect();
        let repeats: Vec<Value> = plan.repeats.iter().map(|repeat| repeat_to_json(repeat, dialect, showing)).collect();
        context.output.json(&json!({ "steps": steps, "heals": heals, "repeats": repeats, "findings": plan.findings }));
    } else {
        plan.findings.iter().for_each(|finding| context.output.finding(finding));
        write(&plan, dialect, showing, context);
    }
    let is_pending = showing.check && !plan.is_empty();
    Ok(if is_pending { Exit::Pending } else { Exit::Done })
}

fn write(plan: &dunlin::Plan, dialect: Dialect, showing: Showing, context: &Context<'_>) {
    let output = &context.output;
    if plan.is_empty() {
        output.data("nothing to do");
        return;
    }
    if showing.sql {
        for (doing, script) in scripts(plan) {
            let how = Way::of(script, dialect);
            let text = script.text.trim_end();
            // A comment may end the text, and nothing may end its last statement.
            let end = if text.ends_with(';') { "" } else { "\n;" };
            output.sql(&format!("{doing}: {} ({how})", script.file), &format!("{text}{end}"));
        }
        return;
    }
    for heal in &plan.heals {
        output.data(&format!("  heal  {}: its history is to follow the accepted edit", heal.migration.name()));
    }
    let rows: Vec<[Cell; 4]> = scripts(plan).map(|(doing, script)| row(doing, script, dialect)).collect();
    output.lines(table::lines(&rows, output));
    let doing =
        if plan.steps.first().is_some_and(|step| step.direction == Direction::Down) { "revert" } else { "apply" };
    let mut parts = Vec::new();
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
        let rolls_back =
            dialect.facts().ddl_rolls_back || statements.iter().all(|statement| statement.rolls_back(dialect));
        Way { statements: statements.len(), in_transaction: script.header.wrap == Wrap::Transaction && rolls_back }
    }
}

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let how = if self.in_transaction { "in a transaction" } else { "one by one" };
        write!(f, "{}, {how}", count(self.statements, "statement"))
    }
}

fn script(step: &Step) -> Option<&Script> {
    step.script.as_deref()
}

/// Returns what is to be run, in order, each with what is done with it.
fn scripts(plan: &dunlin::Plan) -> impl Iterator<Item = (&'static str, &Script)> {
    let steps = plan.steps.iter().filter_map(|step| {
        let doing = if step.direction == Direction::Up { "up" } else { "down" };
        Some((doing, script(step)?))
    });
    steps.chain(plan.repeats.iter().map(|repeat| ("repeat", &*repeat.script)))
}

fn row(doing: &str, script: &Script, dialect: Dialect) -> [Cell; 4] {
    let how = Way::of(script, dialect).to_string();
    ["".into(), doing.into(), script.file.clone().into(), how.into()]
}

fn repeat_to_json(repeat: &Repeat, dialect: Dialect, showing: Showing) -> Value {
    let how = Way::of(&repeat.script, dialect);
    let mut value = json!({
        "name": repeat.repeatable.name,
        "file": repeat.script.file,
        "transaction": how.in_transaction,
        "statements": how.statements,
    });
    if showing.sql {
        value["sql"] = json!(repeat.script.text);
    }
    value
}

fn to_json(step: &Step, dialect: Dialect, showing: Showing) -> Value {
    let script = script(step);
    let how = script.map(|script| Way::of(script, dialect));
    let mut value = json!({
        "direction": step.direction,
        "id": step.migration.id,
        "name": step.migration.name(),
        "file": script.map(|script| &script.file),
        "transaction": how.as_ref().is_some_and(|how| how.in_transaction),
        "statements": how.map(|how| how.statements),
    });
    if showing.sql {
        value["sql"] = json!(script.map(|script| &script.text));
    }
    value
}
