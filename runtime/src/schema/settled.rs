//! Two schemas in the words in which they can be compared.
//!
//! What PostgreSQL prints of `v in ('a', 'b')` is not what it prints of that text. So where two schemas differ, both are made anew
//! from what was printed, and what is printed then is compared.

use dunlin_schema::{Delta, Fact, Kind, Manner, Rules, Schema, diff, plan, tree};

use super::error::SchemaError;
use super::scratch::{Ground, Scratch};

/// The attributes that an engine prints, and may print otherwise once they were made from what it printed.
const TEXTS: [&str; 5] = ["definition", "default", "generated", "defaults", "partition of"];

/// Returns two schemas made anew from what the engine prints, if they differ and that may be why. What is of a kind that is not
/// planned is left out.
///
/// Fails if it is in that that they differ.
pub(super) async fn settled(
    from: &Schema,
    to: &Schema,
    rules: &dyn Rules,
    ground: &Ground,
) -> Result<(Schema, Schema), SchemaError> {
    let deltas = diff(from, to);
    if !rules.texts_settle() || deltas.is_empty() {
        return Ok((from.clone(), to.clone()));
    }
    if deltas.iter().any(|delta| !is_modelled(delta.fact())) {
        // It says which, and why.
        plan(from, to, rules, Manner::Shortest)?;
    }
    Ok((made_anew(from, rules, ground).await?, made_anew(to, rules, ground).await?))
}

/// Makes a schema from what was read of it. It must come out the same, but for texts.
async fn made_anew(schema: &Schema, rules: &dyn Rules, ground: &Ground) -> Result<Schema, SchemaError> {
    let modelled = schema.only(is_modelled);
    let mut scratch = Scratch::open(ground).await?;
    let made = made_in(&mut scratch, &modelled, rules).await;
    scratch.close().await;
    let made = made?;
    let deltas = diff(&modelled, &made);
    if deltas.iter().all(is_text) {
        return Ok(made);
    }
    Err(SchemaError::NotMadeAnew { left: tree(&deltas, &modelled, &made) })
}

async fn made_in(scratch: &mut Scratch, schema: &Schema, rules: &dyn Rules) -> Result<Schema, SchemaError> {
    scratch.make(schema, rules).await?;
    scratch.schema().await
}

fn is_modelled(fact: &Fact) -> bool {
    fact.id.kind != Kind::Unmodelled
}

/// Says whether only texts of the engine differ.
pub(super) fn is_text(delta: &Delta<'_>) -> bool {
    let Delta::Changed { attributes, .. } = delta else { return false };
    attributes.iter().all(|change| change.from.is_some() && change.to.is_some() && TEXTS.contains(&change.name))
}
