use clap::{Args, Subcommand};
use dunlin::{Clients, Creation, Database, Removal};
use serde_json::json;

use super::up::{self, Up};
use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;

/// Make the database, drop it, or begin anew with an empty one
#[derive(Debug, Clone, Args)]
pub(crate) struct Db {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Clone, Subcommand)]
enum Action {
    /// Make the database that the URL names, with the server's own settings, unless it is there
    Create,
    /// Drop the database with all that is in it
    ///
    /// Of SQLite, the file goes with what belongs to it; a file of something else stays.
    Drop(Dropping),
    /// Drop the database, make it anew, and apply every migration
    Reset(Dropping),
}

#[derive(Debug, Clone, Args)]
struct Dropping {
    /// Do not ask. Off a terminal nothing is dropped without this; where dunlin.toml says `protected`, nothing ever is
    #[arg(short, long)]
    yes: bool,

    /// End the connections of others, which PostgreSQL refuses to do by itself
    #[arg(long)]
    force: bool,
}

pub(crate) async fn run(db: Db, context: &Context<'_>) -> Result<Exit, Problem> {
    let database = context.database()?;
    let name = database.name()?;
    match db.action {
        Action::Create => {
            let created = context.watched(database.create()).await?;
            if context.wants_json() {
                context.output.json(&json!({ "name": name, "created": created == Creation::Created }));
            } else {
                context.output.data(&match created {
                    Creation::Created => format!("created `{name}`"),
                    Creation::Exists => format!("`{name}` is there already"),
                });
            }
        }
        Action::Drop(dropping) => {
            let dropped = drop(&dropping, &database, context).await?;
            if context.wants_json() {
                context.output.json(&json!({ "name": name, "dropped": dropped == Removal::Dropped }));
            } else {
                context.output.data(&told(dropped, name));
            }
        }
        Action::Reset(dropping) => return reset(&dropping, &database, context).await,
    }
    Ok(Exit::Done)
}

async fn reset(dropping: &Dropping, database: &Database, context: &Context<'_>) -> Result<Exit, Problem> {
    // Files with faults would leave an empty database behind.
    context.migrations()?.for_engine(database.dialect())?;
    let dropped = drop(dropping, database, context).await?;
    if !context.wants_json() {
        context.output.data(&told(dropped, database.name()?));
    }
    context.watched(database.create()).await?;
    up::run(Up::default(), context).await
}

/// Drops the database, if that is permitted and meant.
async fn drop(dropping: &Dropping, database: &Database, context: &Context<'_>) -> Result<Removal, Problem> {
    context.permit_dropping()?;
    if !dropping.yes {
        if !context.host.can_be_asked() {
            return Err(Problem::Unconfirmed("dropping a database has to be confirmed"));
        }
        let question = format!("drop {} with all that is in it?", dunlin::redacted(context.url()?));
        if !context.output.confirm(&question).await {
            return Err(Problem::NotDropped);
        }
    }
    let clients = if dropping.force { Clients::Disconnect } else { Clients::Keep };
    Ok(context.watched(database.drop(clients)).await?)
}

fn told(dropped: Removal, name: &str) -> String {
    match dropped {
        Removal::Dropped => format!("dropped `{name}`"),
        Removal::Absent => format!("there is no `{name}`"),
    }
}
