//! A schema written down as SQL, and loaded again before anybody is given it.

use dunlin_core::statements::split;
use dunlin_schema::{Fact, Grants, Kind, Plan, Rules, Schema, diff, dump, making, tree, unmodelled};

use super::error::SchemaError;
use super::scratch::{Ground, Scratch};
use super::settled::is_text;
use crate::error::Error;

/// How often a text is loaded and written anew before it is given up: what PostgreSQL prints of a text is settled the second time.
const ROUNDS: usize = 5;

/// What becomes of things in a database that nothing is known of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unmodelled {
    /// There is no dump.
    #[default]
    Refused,
    /// They are left out, and named.
    Named,
}

/// A schema as SQL.
///
/// Loaded into an empty database of the same engine it makes the schema, and what is written of that is the same text: both were
/// done.
#[derive(Debug, Clone)]
pub struct Dump {
    /// The text of a file, without what is to be said on top of it.
    pub sql: String,
    /// The same as a plan.
    pub plan: Plan,
    /// The schema that it makes.
    pub schema: Schema,
    /// What is not in it, as nothing is known of such things.
    pub unmodelled: Vec<String>,
    /// The things that have grants or owners which are not in it, by name.
    pub ungranted: Vec<String>,
}

/// Writes a schema down, and loads it.
pub(super) async fn written(
    schema: &Schema,
    grants: Grants,
    beyond: Unmodelled,
    rules: &dyn Rules,
    ground: &Ground,
) -> Result<Dump, SchemaError> {
    let unmodelled = unmodelled(schema);
    if beyond == Unmodelled::Refused && !unmodelled.is_empty() {
        return Err(SchemaError::Unmodelled { objects: unmodelled });
    }
    let is_kept = |fact: &&Fact| grants == Grants::LeftOut && !fact.kept.is_empty();
    let ungranted = schema.facts().filter(is_kept).map(Fact::title).collect();
    let mut schema = schema.only(|root| root.id.kind != Kind::Unmodelled);
    let mut settled = None;
    for _ in 0..ROUNDS {
        let loading = async |scratch: &mut Scratch| load(scratch, &schema, grants, rules).await;
        let Loaded { plan, sql, made, again } = Scratch::within(ground, loading).await?;
        let deltas = diff(&schema, &made);
        // Only what the engine prints may come out otherwise, and that only as long as it is not settled.
        let is_same = deltas.iter().all(|delta| rules.texts_settle() && is_text(delta));
        if !is_same {
            return Err(SchemaError::NotMadeAnew { left: tree(&deltas, &schema, &made) });
        }
        if sql == again {
            settled = Some((plan, sql, made));
            break;
        }
        schema = made;
    }
    match settled {
        Some((plan, sql, schema)) => Ok(Dump { sql, plan, schema, unmodelled, ungranted }),
        None => Err(SchemaError::Unsettled),
    }
}

/// A text, what it makes, and what is written of that.
struct Loaded {
    plan: Plan,
    sql: String,
    made: Schema,
    again: String,
}

async fn load(
    scratch: &mut Scratch,
    schema: &Schema,
    grants: Grants,
    rules: &dyn Rules,
) -> Result<Loaded, SchemaError> {
    let empty = scratch.schema().await?;
    let text = |schema: &Schema| -> Result<(Plan, String), SchemaError> {
        let plan = making(&empty, schema, rules, grants)?;
        let sql = dump(&plan, rules);
        Ok((plan, sql))
    };
    let (plan, sql) = text(schema)?;
    for step in &plan.steps {
        scratch.stays_inside(&step.about, &step.sql).await?;
    }
    // What is run is the file, as whoever loads it splits it.
    let statements = split(&sql, rules.dialect())
        .map_err(|error| SchemaError::NotLoaded { message: error.to_string(), sql: sql.clone() })?;
    for statement in &statements {
        if let Err(error) = scratch.run(statement.text()).await? {
            let message = Error::database("loading the dump into a scratch database", error).to_string();
            return Err(SchemaError::NotLoaded { message, sql: statement.text().to_owned() });
        }
    }
    let made = scratch.schema().await?;
    let (_, again) = text(&made)?;
    Ok(Loaded { plan, sql, made, again })
}
