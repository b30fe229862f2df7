use clap::Args;
use dunlin::core::directory::Pair;
use dunlin::core::migration::{Direction, MigrationId, Script};
use dunlin::{Error, MigrationState, MigrationStatus, Target};
use serde_json::{Value, json};

use super::listed::{self, Listed};
use super::status::time;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::output::CYAN;
use crate::problem::Problem;

/// Show one migration: its files, what it comes after, whether it is applied, and its SQL
///
/// Without a database, it shows the files only. A target that means several migrations shows all of them.
#[derive(Debug, Clone, Args)]
pub(crate) struct Show {
    /// An id, the beginning of one, a slug, `head`, `current`, `<label>@head`, …
    #[arg(value_name = "ID", allow_hyphen_values = true)]
    target: Target,
}

pub(crate) async fn run(arguments: &Show, context: &Context<'_>) -> Result<Exit, Problem> {
    let status = listed::status(context, arguments.target == Target::Current).await?;
    let listed = Listed::new(context.migrations()?.directory()?, status.as_ref());
    let ids = listed.resolver.at(&arguments.target).map_err(Error::from)?;
    let output = &context.output;
    if context.wants_json() {
        let mut documents: Vec<Value> = ids.iter().map(|id| to_json(id, listed.pair(id), listed.state(id))).collect();
        match documents.pop() {
            Some(document) if documents.is_empty() => output.json(&document),
            last => output.json(&json!({ "migrations": documents.into_iter().chain(last).collect::<Vec<_>>() })),
        }
        return Ok(Exit::Done);
    }
    if ids.is_empty() {
        output.data("base: no migration");
    }
    for (n, id) in ids.iter().enumerate() {
        if n > 0 {
            output.data("");
        }
        write(id, listed.pair(id), listed.state(id), context);
    }
    Ok(Exit::Done)
}

fn write(id: &MigrationId, pair: Option<&Pair>, state: Option<&MigrationStatus>, context: &Context<'_>) {
    let output = &context.output;
    let field = |name: &str, text: &str| output.data(&format!("{name:<10}{text}"));
    field("migration", &pair.map(Pair::name).or(state.map(|state| state.name.clone())).unwrap_or(id.to_string()));
    let parents = pair.map_or_else(|| state.map(|state| &state.parents), |pair| Some(&pair.parents));
    match parents.map(Vec::as_slice) {
        Some([]) | None => field("revises", "base"),
        Some(parents) => {
            field("revises", &parents.iter().map(MigrationId::as_str).collect::<Vec<_>>().join(", "));
        }
    }
    match state {
        Some(MigrationStatus { state: MigrationState::Pending, .. }) => field("state", "pending"),
        Some(MigrationStatus { state: MigrationState::Unfinished, .. }) => field("state", "unfinished"),
        Some(status) => {
            let at = status.applied_at.as_deref().map(time).unwrap_or_default();
            field("state", &format!("applied at {at} UTC"));
        }
        None => field("state", "not known, no database was named"),
    }
    let Some(pair) = pair else {
        output.note("there is no file of it here; the database stores its SQL");
        return;
    };
    for (direction, script) in scripts(pair) {
        output.data("");
        output.data(&output.styled(CYAN, &format!("{direction}  {}  {}", script.file, script.checksum.short())));
        output.data(script.text.trim_end());
    }
    if pair.down.primary().is_none() {
        output.data(&format!("\n{}", output.styled(CYAN, "down  none")));
    }
}

fn scripts(pair: &Pair) -> impl Iterator<Item = (Direction, &Script)> {
    [Direction::Up, Direction::Down]
        .into_iter()
        .flat_map(|direction| pair.half(direction).iter().map(move |(_, script)| (direction, script)))
}

fn to_json(id: &MigrationId, pair: Option<&Pair>, state: Option<&MigrationStatus>) -> Value {
    let files = pair.into_iter().flat_map(scripts).map(|(direction, script)| {
        json!({ "direction": direction, "file": script.file, "checksum": script.checksum, "sql": script.text })
    });
    json!({
        "id": id,
        "name": pair.map(Pair::name).or(state.map(|state| state.name.clone())),
        "parents": pair.map_or_else(|| state.map(|state| &state.parents), |pair| Some(&pair.parents)),
        "state": state.map(|state| state.state),
        "applied_at": state.and_then(|state| state.applied_at.as_deref()),
        "files": files.collect::<Vec<_>>(),
    })
}
