use clap::{Args, ValueEnum};
use dunlin::core::text::{count, list};
use dunlin::schema::engine::{Grants, Schema};
use dunlin::schema::{Schemas, Unmodelled};
use serde_json::json;

use super::kept::Kept;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;

/// Write the SQL that makes the schema, the same text for the same schema
///
/// It was loaded into a scratch database and made the same there. It can stand as schema.sql, and the engine's own client reads it.
#[derive(Debug, Clone, Args)]
pub(super) struct Dump {
    /// Write grants and owners too; the roles must be there where it is loaded
    #[arg(long)]
    grants: bool,

    /// What to do with things that nothing is known of
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = Beyond::Refuse)]
    unmodelled: Beyond,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Beyond {
    /// Write nothing, and say what they are
    Refuse,
    /// Leave them out, and name them in a comment
    Name,
}

/// What the file says about itself. It must not change with the time or the program.
const HEADER: &str = "-- Written by `dunlin schema dump`.\n";

pub(super) async fn run(
    arguments: &Dump,
    schema: &Schema,
    schemas: &Schemas<'_>,
    kept: &Kept<'_>,
    context: &Context<'_>,
) -> Result<Exit, Problem> {
    let grants = if arguments.grants { Grants::Written } else { Grants::LeftOut };
    let beyond = match arguments.unmodelled {
        Beyond::Refuse => Unmodelled::Refused,
        Beyond::Name => Unmodelled::Named,
    };
    let dump = context.watched(schemas.dump(schema, grants, beyond)).await?;
    let text = text(&dump);
    if !dump.unmodelled.is_empty() {
        context.output.warning(&format!("it is without {}, of which nothing is known", list(&dump.unmodelled)));
    }
    if !dump.ungranted.is_empty() {
        let things = count(dump.ungranted.len(), "thing");
        context.output.note(&format!("the grants and owners of {things} are left out; `--grants` writes them"));
    }
    if context.wants_json() {
        let document = json!({ "sql": text, "unmodelled": dump.unmodelled, "fingerprint": dump.schema.fingerprint() });
        return kept.json(&text, document, context);
    }
    kept.text(&text, context)
}

/// Returns the whole text of a file.
pub(in crate::commands) fn text(dump: &dunlin::schema::Dump) -> String {
    let mut text = HEADER.to_owned();
    if !dump.unmodelled.is_empty() {
        text.push_str("-- It is without these, of which nothing is known:\n");
        text.extend(dump.unmodelled.iter().map(|object| format!("--   {}\n", object.replace('\n', " "))));
    }
    if !dump.sql.is_empty() {
        text.push('\n');
    }
    text + &dump.sql
}
