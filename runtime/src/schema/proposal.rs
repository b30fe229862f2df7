//! The way from one schema to another, and back, planned and proved.

use std::collections::BTreeSet;

use dunlin_schema::{Fact, HazardKind, Manner, Pair, Plan, Rename, Rules, Schema, Step, plan};

use super::error::SchemaError;
use super::proof;
use super::settled::settled;
use super::workshop::Workshop;
use crate::error::Error;

/// The way from one schema to another, and back. It was run on a scratch database, both ways.
#[derive(Debug)]
pub struct Proposal {
    /// Both ways.
    pub pair: Pair,
    /// Tables whose rows were not there to be looked at, as none could be put in.
    pub unseeded: Vec<String>,
}

/// Plans both ways and proves them: with the shortest statements, and where those fail with the surest.
pub(super) async fn propose(
    from: &Schema,
    to: &Schema,
    renames: &[Rename],
    rules: &'static dyn Rules,
    workshop: &Workshop,
) -> Result<Proposal, SchemaError> {
    let (from, to) = &settled(from, to, rules, workshop).await?;
    let back: Vec<Rename> = renames.iter().rev().map(Rename::inverse).collect();
    let mut failed = None;
    for manner in [Manner::Shortest, Manner::Surest] {
        let up = one_way(from, to, renames, rules, manner, workshop).await?;
        let down = one_way(to, from, &back, rules, manner, workshop).await?;
        let pair = Pair { up, down };
        if pair.up.is_empty() {
            return Ok(Proposal { pair, unseeded: Vec::new() });
        }
        match proved(&pair, from, to, renames, rules, workshop).await {
            Ok(unseeded) => return Ok(Proposal { pair, unseeded }),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    Err(failed.unwrap_or(SchemaError::UnknownEngine(rules.dialect())))
}

/// Plans one way.
async fn one_way(
    from: &Schema,
    to: &Schema,
    renames: &[Rename],
    rules: &'static dyn Rules,
    manner: Manner,
    workshop: &Workshop,
) -> Result<Plan, SchemaError> {
    let start = renamed(from, renames, rules, workshop).await?;
    Ok(plan(&start, to, rules, manner)?.behind(renames, rules))
}

/// Returns what becomes of a schema when things are renamed. The database itself says it: others mention them.
pub(super) async fn renamed(
    from: &Schema,
    renames: &[Rename],
    rules: &'static dyn Rules,
    workshop: &Workshop,
) -> Result<Schema, SchemaError> {
    if renames.is_empty() {
        return Ok(from.clone());
    }
    let mut scratch = workshop.open().await?;
    scratch.make(from, rules).await?;
    for rename in renames {
        let ran = scratch.run(&rules.rename(rename)).await?;
        ran.map_err(|error| Error::database("renaming on a scratch database", error))?;
    }
    let schema = scratch.schema().await?;
    scratch.close().await;
    Ok(schema)
}

/// Proves with rows in all tables. Where made-up rows may rightly be refused, it is proved without them.
async fn proved(
    pair: &Pair,
    from: &Schema,
    to: &Schema,
    renames: &[Rename],
    rules: &'static dyn Rules,
    workshop: &Workshop,
) -> Result<Vec<String>, SchemaError> {
    let steps = || pair.up.steps.iter().chain(&pair.down.steps);
    let may_fail = |step: &&Step| step.hazards.iter().any(|hazard| hazard.kind == HazardKind::MayFail);
    let demanding: BTreeSet<String> = steps().filter(may_fail).map(|step| step.about.clone()).collect();
    let all = from.facts().map(Fact::title).collect();
    match proof::prove(pair, from, to, renames, rules, &BTreeSet::new(), workshop).await {
        Err(SchemaError::Fails { .. }) if !demanding.is_empty() => {}
        outcome => return outcome,
    }
    match proof::prove(pair, from, to, renames, rules, &demanding, workshop).await {
        Err(SchemaError::Fails { .. }) => proof::prove(pair, from, to, renames, rules, &all, workshop).await,
        outcome => outcome,
    }
}
