//! Two schemas in the words in which they can be compared.
//!
//! What PostgreSQL prints of `v in ('a', 'b')` is not what it prints of that text. So where two schemas differ, both are made anew
//! from what was printed, and what is printed then is compared.

use std::collections::BTreeSet;

use dunlin_schema::{Delta, Fact, Id, Kind, Manner, Rules, Schema, concerned, diff, plan, tree};

use super::error::SchemaError;
use super::scratch::{Ground, Scratch};

/// The attributes that an engine prints, and may print otherwise once they were made from what it printed.
const TEXTS: [&str; 6] = ["definition", "default", "generated", "defaults", "partition of", "signature"];

/// Returns two schemas made anew from what the engine prints, as far as they differ and that may be why.
///
/// Fails if they differ in what is of a kind that is not planned.
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
    let concerned = concerned(from, to);
    let (from, to) = (Part { of: from, roots: &concerned }, Part { of: to, roots: &concerned });
    // Both are waited for: each drops its scratch database.
    let (from, to) = tokio::join!(from.made_anew(rules, ground), to.made_anew(rules, ground));
    match (from, to) {
        (Ok(from), Ok(to)) => Ok((from, to)),
        (Err(one), Err(other)) => Err(other.behind(Some(one))),
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
    }
}

/// Some of the outermost things of a schema.
struct Part<'s> {
    of: &'s Schema,
    roots: &'s BTreeSet<Id>,
}

impl Part<'_> {
    /// Returns the schema with this part of it made from what was read of it. That must come out the same, but for texts.
    async fn made_anew(self, rules: &dyn Rules, ground: &Ground) -> Result<Schema, SchemaError> {
        let part = self.of.only(|root| is_modelled(root) && self.roots.contains(&root.id));
        let making = async |scratch: &mut Scratch| {
            scratch.make(&part, rules).await?;
            scratch.schema().await
        };
        let made = Scratch::within(ground, making).await?;
        let deltas = diff(&part, &made);
        if deltas.iter().all(is_text) {
            return Ok(self.of.with(self.roots, &made));
        }
        Err(SchemaError::NotMadeAnew { left: tree(&deltas, &part, &made) })
    }
}

fn is_modelled(fact: &Fact) -> bool {
    fact.id.kind != Kind::Unmodelled
}

/// Says whether only texts of the engine differ.
pub(super) fn is_text(delta: &Delta<'_>) -> bool {
    let Delta::Changed { attributes, .. } = delta else { return false };
    attributes.iter().all(|change| change.from.is_some() && change.to.is_some() && TEXTS.contains(&change.name))
}
