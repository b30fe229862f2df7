use clap::Args;
use dunlin::core::directory::Pair;
use dunlin::core::migration::{Direction, MigrationId, Script};
use dunlin::core::plan::named;
use dunlin::{MigrationState, MigrationStatus};
use serde_json::{Value, json};

use super::status::time;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::output::CYAN;
use crate::problem::Problem;

/// Show one migration: its files, what it comes after, whether it is applied, and its SQL
///
/// Without a database, it shows the files only.
#[derive(Debug, Clone, Args)]
pub(crate) struct Show {
    /// An id, the beginning of one, or a slug
    #[arg(value_name = "ID")]
    name: String,
}

pub(crate) async fn run(arguments: &Show, context: &Context<'_>) -> Result<Exit, Problem> {
    let pairs = context.migrations()?.directory()?.pairs();
    let states = match context.settings.url {
        Some(_) => context.watched(context.migrator()?.status(context.url()?)).await?.migrations,
        None => Vec::new(),
    };
    let only_applied = states.iter().filter(|status| status.state == MigrationState::Unknown).map(|status| {
        let slug = status.name.split_once('_').map_or("", |(_, slug)| slug);
        (&status.id, slug)
    });
    let all = pairs.iter().map(|pair| (&pair.id, pair.slug.as_str())).chain(only_applied);
    let id = named(all, &arguments.name)?;
    let pair = pairs.iter().find(|pair| pair.id == id);
    let state = states.iter().find(|status| status.id == id);
    if context.wants_json() {
        context.output.json(&to_json(&id, pair, state));
    } else {
        write(&id, pair, state, context);
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
