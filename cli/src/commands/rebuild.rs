use clap::Args;
use dunlin::core::text::nearest;
use dunlin::schema::engine::Kind;
use dunlin::{Dialect, Target};
use serde_json::json;

use super::auto;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;

/// Write the SQL that makes a table of SQLite anew with its rows, to be changed by hand
///
/// SQLite alters little in place. This is the whole way round it, for a migration of one's own: what the migrations make of the
/// table, its rows copied, its indexes and triggers made again. Change the table's text in it.
#[derive(Debug, Clone, Args)]
pub(crate) struct Rebuild {
    /// The table
    table: String,
}

pub(crate) async fn run(arguments: &Rebuild, context: &Context<'_>) -> Result<Exit, Problem> {
    if auto::dialect(context)? != Dialect::Sqlite {
        return Err(Problem::Usage("only tables of SQLite are rebuilt: the other engines alter them in their place"));
    }
    let migrations = auto::on_disk(context)?;
    let migrator = context.migrator_of(&migrations);
    let schemas = auto::schemas(&migrator, Dialect::Sqlite, context.url()?, context)?;
    let schema = schemas.of_migrations(Target::Heads).await?;
    let Some(plan) = schemas.rebuild(&schema, &arguments.table)? else {
        let tables = schema.facts().filter(|fact| fact.id.kind == Kind::Table).map(|fact| &*fact.name);
        let nearest = nearest(&arguments.table, tables).map(str::to_owned);
        return Err(Problem::NoTable { name: arguments.table.clone(), nearest });
    };
    if context.wants_json() {
        context.output.json(&json!({ "table": arguments.table, "sql": plan.text() }));
    } else {
        context.output.raw(plan.text().as_bytes());
    }
    Ok(Exit::Done)
}
