use clap::Args;
use dunlin::schema::SchemaError;
use dunlin::schema::engine::{Delta, Rename, Schema, diff, tree};
use serde_json::{Value, json};

use super::auto;
use super::side::{Side, engine, leave_strangers, read, read_for};
use super::verify::write_strangers;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::output::{GREEN, Output, RED, YELLOW};
use crate::problem::Problem;

/// Show what two schemas differ in: the migrations and schema.sql, or any two
///
/// A side is a database URL, a directory of migrations, or a file or folder that declares a schema. Without one, what the
/// migrations make is compared with what schema.sql declares. It writes nothing, but for scratch databases.
#[derive(Debug, Clone, Args)]
pub(crate) struct Diff {
    /// Compare this, and not the migrations
    #[arg(long, value_name = "URL|DIR|FILE")]
    from: Option<String>,

    /// Compare with this, and not with schema.sql
    #[arg(long, value_name = "URL|DIR|FILE")]
    to: Option<String>,

    /// Write the SQL that leads from one to the other
    #[arg(long)]
    sql: bool,

    /// Exit with 8 if they differ
    #[arg(long)]
    check: bool,
}

pub(crate) async fn run(arguments: &Diff, context: &Context<'_>) -> Result<Exit, Problem> {
    let from = Side::or_migrations(arguments.from.as_deref(), context)?;
    let to = arguments.to.as_deref().map_or_else(|| Side::Files(context.settings.schema_file()), Side::of);
    let (dialect, server) = engine(&[&from, &to], context)?;
    let nothing = context.without_files()?;
    let migrator = context.migrator_of(&nothing);
    let schemas = auto::schemas(&migrator, dialect, server, context)?;
    let sides = (from, to);
    let (from, to) = tokio::join!(read(&sides.0, &schemas, context), read(&sides.1, &schemas, context));
    let from = from.map_err(|problem| read_for(&sides.0, &sides.1, problem, context));
    let to = to.map_err(|problem| read_for(&sides.1, &sides.0, problem, context));
    let ((mut from, _), (mut to, declared)) = Problem::of_both(from, to)?;
    let strangers = match &sides {
        (Side::Database(url), Side::Migrations(dir)) => {
            leave_strangers(&mut from, url, &to, dir, &schemas, context).await?
        }
        (Side::Migrations(dir), Side::Database(url)) => {
            leave_strangers(&mut to, url, &from, dir, &schemas, context).await?
        }
        _ => Vec::new(),
    };
    let renames = declared.as_ref().map_or_else(|| Ok(Vec::new()), |declared| declared.renames_from(&from))?;
    let start = schemas.renamed(&from, &renames).await.map_err(|error| match &declared {
        Some(declared) => declared.located(error),
        None => error,
    })?;
    let (start, to) = schemas.settled(&start, &to).await?;
    let found = Found { deltas: diff(&start, &to), renames, strangers, from: &start, to: &to };
    let proposed = async { schemas.propose(&from, &to, &found.renames).await.map(|proposal| proposal.up_text()) };
    if context.wants_json() {
        found.write_json(proposed.await, context);
    } else if arguments.sql {
        context.output.raw(proposed.await?.trim_start().as_bytes());
    } else {
        found.write(context);
    }
    Ok(if arguments.check && !found.is_empty() { Exit::Drift } else { Exit::Done })
}

/// What two schemas differ in, behind the renames.
struct Found<'s> {
    deltas: Vec<Delta<'s>>,
    renames: Vec<Rename>,
    /// What a database has that no migration made. It is nobody's business here.
    strangers: Vec<String>,
    from: &'s Schema,
    to: &'s Schema,
}

impl Found<'_> {
    fn is_empty(&self) -> bool {
        self.deltas.is_empty() && self.renames.is_empty()
    }

    fn write(&self, context: &Context<'_>) {
        let output = &context.output;
        if self.is_empty() {
            output.data("there is no difference");
        }
        output.lines(self.renames.iter().map(|rename| output.styled(YELLOW, &format!("> rename {rename}"))));
        output.lines(tree(&self.deltas, self.from, self.to).into_iter().map(|line| coloured(&line, output)));
        write_strangers(&self.strangers, context);
    }

    fn write_json(&self, sql: Result<String, SchemaError>, context: &Context<'_>) {
        let refused = sql.as_ref().err().map(ToString::to_string);
        context.output.json(&json!({
            "changes": self.deltas.iter().map(change).collect::<Vec<Value>>(),
            "renames": self.renames.iter().map(ToString::to_string).collect::<Vec<String>>(),
            "sql": sql.ok().map(|sql| sql.trim_start().to_owned()),
            "refused": refused,
            "strangers": self.strangers,
            "fingerprints": { "from": self.from.fingerprint(), "to": self.to.fingerprint() },
        }));
    }
}

/// Colours a line of a tree of differences.
pub(super) fn coloured(line: &str, output: &Output) -> String {
    match line.trim_start().chars().next() {
        Some('+') => output.styled(GREEN, line),
        Some('-') => output.styled(RED, line),
        _ => output.styled(YELLOW, line),
    }
}

/// Returns a difference as a JSON document holds it.
pub(super) fn change(delta: &Delta<'_>) -> Value {
    let fact = delta.fact();
    let (change, attributes) = match delta {
        Delta::Added(_) => ("added", json!([])),
        Delta::Removed(_) => ("removed", json!([])),
        Delta::Changed { attributes, .. } => ("changed", json!(attributes)),
    };
    json!({ "change": change, "kind": fact.id.kind, "name": fact.name, "attributes": attributes })
}
