//! What renames make of a schema. The database itself says it: others mention what is renamed.

use dunlin_schema::{Fact, Id, Rename, Rules, Schema, order};

use super::error::SchemaError;
use super::scratch::{Ground, Scratch};
use crate::error::Error;
use crate::session::SqlError;

/// A schema behind renames.
#[derive(Debug)]
pub(super) struct Behind {
    /// Without what was in the way.
    pub(super) schema: Schema,
    /// What had to be dropped before, in this order.
    pub(super) in_the_way: Vec<Fact>,
}

impl Behind {
    /// Returns the schema with what was in the way as it was: what becomes of that, the renames do not say.
    pub(super) fn whole(self) -> Schema {
        let Behind { schema, in_the_way } = self;
        Schema::new(schema.dialect(), schema.facts().cloned().chain(in_the_way))
    }
}

/// Renames things on a scratch database. What is in the way is dropped before, and no more of it than must be.
pub(super) async fn renamed(
    from: &Schema,
    renames: &[Rename],
    rules: &'static dyn Rules,
    ground: &Ground,
) -> Result<Behind, SchemaError> {
    if renames.is_empty() {
        return Ok(Behind { schema: from.clone(), in_the_way: Vec::new() });
    }
    let without = async |in_the_way| {
        Scratch::within(ground, async |scratch| rename(scratch, in_the_way, from, renames, rules).await).await
    };
    let first = match without(Vec::new()).await? {
        Ok(behind) => return Ok(behind),
        Err(error) => error,
    };
    for in_the_way in rules.in_the_way_of(renames, from) {
        if let Ok(behind) = without(droppable(&in_the_way, from)).await? {
            return Ok(behind);
        }
    }
    Err(first.into())
}

/// What the server says to a rename, or to dropping what is in its way.
struct Failed {
    rename: Option<Rename>,
    error: SqlError,
}

impl From<Failed> for SchemaError {
    fn from(Failed { rename, error }: Failed) -> SchemaError {
        match rename {
            Some(rename) => SchemaError::NotRenamed { rename: Box::new(rename), message: error.to_string() },
            None => Error::database("renaming on a scratch database", error).into(),
        }
    }
}

/// Returns these in an order in which they can be dropped, without those that go with another.
fn droppable(facts: &[&Fact], schema: &Schema) -> Vec<Fact> {
    let has = |id: &Id| facts.iter().any(|fact| fact.id == *id);
    let goes_along = |fact: &Fact| fact.parent.as_ref().is_some_and(has);
    let order = order(schema).into_iter().rev().filter(|id| has(id));
    order.filter_map(|id| schema.get(&id)).filter(|fact| !goes_along(fact)).cloned().collect()
}

/// Renames things once what is in the way is dropped.
async fn rename(
    scratch: &mut Scratch,
    in_the_way: Vec<Fact>,
    from: &Schema,
    renames: &[Rename],
    rules: &dyn Rules,
) -> Result<Result<Behind, Failed>, SchemaError> {
    scratch.make(from, rules).await?;
    let drops = in_the_way.iter().filter_map(|fact| Some(rules.dropping(rules.rule(fact.id.kind)?, fact)));
    let drops = drops.map(|sql| (None, sql));
    for (rename, sql) in drops.chain(renames.iter().map(|rename| (Some(rename), rules.rename(rename)))) {
        if let Err(error) = scratch.run(&sql).await? {
            return Ok(Err(Failed { rename: rename.cloned(), error }));
        }
    }
    Ok(Ok(Behind { schema: scratch.schema().await?, in_the_way }))
}
