//! Whether schema.sql declares what the migrations make.

use dunlin::Target;
use dunlin::schema::engine::{diff, tree};
use serde_json::{Value, json};

use super::outcome::{Name, Outcome};
use crate::commands::{auto, diff::change};
use crate::context::{Context, shown};
use crate::problem::Problem;

/// Compares the two. `None` is that the project declares no schema.
///
/// Fails if it is told to stop, and then only.
pub(super) async fn is_declared(context: &Context<'_>) -> Result<Option<Outcome>, Problem> {
    let path = context.settings.schema_file();
    if !path.exists() {
        return Ok(None);
    }
    Ok(Some(match compared(context).await {
        Ok(outcome) => outcome,
        Err(problem) if problem.is_interruption() => return Err(problem),
        Err(Problem::NoUrl | Problem::Unchosen(_)) => {
            Outcome::skipped(Name::Schema, "no database was named, which would tell the engine")
        }
        Err(problem) => Outcome::fail(Name::Schema, problem.to_string()).hints(problem.hints()),
    }))
}

async fn compared(context: &Context<'_>) -> Result<Outcome, Problem> {
    let migrations = auto::on_disk(context)?;
    let migrator = context.migrator_of(&migrations);
    let schemas = auto::schemas(&migrator, auto::dialect(context)?, context.url()?, context)?;
    let (made, declared) = auto::both(&schemas, Target::Heads, context).await?;
    let (made, declared) = schemas.settled(&made, &declared.schema).await?;
    let deltas = diff(&made, &declared);
    let file = shown(&context.settings.schema_file());
    let outcome = if deltas.is_empty() {
        Outcome::ok(Name::Schema, format!("the migrations make what {file} declares"))
    } else {
        Outcome::fail(Name::Schema, format!("{file} declares something else than the migrations make"))
            .details(tree(&deltas, &made, &declared))
            .hint("`dunlin new --auto -m \"…\"` writes the migration that is missing, or correct the declaration")
    };
    let changes: Vec<Value> = deltas.iter().map(change).collect();
    Ok(outcome.facts(json!({ "changes": changes })))
}
