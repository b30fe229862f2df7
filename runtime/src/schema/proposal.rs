//! The way from one schema to another, and back, planned and proved.

use std::collections::BTreeSet;

use dunlin_schema::{
    Allow, Fact, Hazard, HazardKind, Manner, Pair, Plan, Rename, Rules, Schema, Step, concerned, plan,
};

use super::error::{SchemaError, Way};
use super::proof;
use super::scratch::{Ground, Scratch};
use super::settled::settled;
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
    ground: &Ground,
) -> Result<Proposal, SchemaError> {
    let (from, to) = &settled(from, to, rules, ground).await?;
    // A server takes its time over each table, so what has nothing to do with it is left out there.
    let concerned = rules.knows_all_needs().then(|| concerned(from, to));
    let is_concerned = |root: &Fact| concerned.as_ref().is_none_or(|ids| ids.contains(&root.id));
    let (from, to) = (&from.only(is_concerned), &to.only(is_concerned));
    match in_manner(from, to, renames, rules, Manner::Shortest, ground).await {
        Ok(proposal) => Ok(proposal),
        Err(failed) => in_manner(from, to, renames, rules, Manner::Surest, ground).await.map_err(|_second| failed),
    }
}

async fn in_manner(
    from: &Schema,
    to: &Schema,
    renames: &[Rename],
    rules: &'static dyn Rules,
    manner: Manner,
    ground: &Ground,
) -> Result<Proposal, SchemaError> {
    let back: Vec<Rename> = renames.iter().rev().map(Rename::inverse).collect();
    let up = one_way(from, to, renames, rules, manner, ground).await?;
    let down = one_way(to, from, &back, rules, manner, ground).await?;
    let mut pair = Pair { up, down };
    let unseeded =
        if pair.up.is_empty() { Vec::new() } else { corrected(&mut pair, from, to, renames, rules, ground).await? };
    Ok(Proposal { pair, unseeded })
}

/// Plans one way.
async fn one_way(
    from: &Schema,
    to: &Schema,
    renames: &[Rename],
    rules: &'static dyn Rules,
    manner: Manner,
    ground: &Ground,
) -> Result<Plan, SchemaError> {
    let start = renamed(from, renames, rules, ground).await?;
    Ok(plan(&start, to, rules, manner)?.behind(renames, rules))
}

/// Returns what becomes of a schema when things are renamed. The database itself says it: others mention them.
pub(super) async fn renamed(
    from: &Schema,
    renames: &[Rename],
    rules: &'static dyn Rules,
    ground: &Ground,
) -> Result<Schema, SchemaError> {
    if renames.is_empty() {
        return Ok(from.clone());
    }
    let mut scratch = Scratch::open(ground).await?;
    let schema = renamed_in(&mut scratch, from, renames, rules).await;
    scratch.close().await;
    schema
}

async fn renamed_in(
    scratch: &mut Scratch,
    from: &Schema,
    renames: &[Rename],
    rules: &dyn Rules,
) -> Result<Schema, SchemaError> {
    scratch.make(from, rules).await?;
    for rename in renames {
        let ran = scratch.run(&rules.rename(rename)).await?;
        ran.map_err(|error| Error::database("renaming on a scratch database", error))?;
    }
    scratch.schema().await
}

/// Proves both ways. Where one leads elsewhere, what is left is planned behind it, once: a server may do more than it is told, and
/// an option may hold on to another.
async fn corrected(
    pair: &mut Pair,
    from: &Schema,
    to: &Schema,
    renames: &[Rename],
    rules: &'static dyn Rules,
    ground: &Ground,
) -> Result<Vec<String>, SchemaError> {
    let mut corrected: Vec<Way> = Vec::new();
    loop {
        let error = match proved(pair, from, to, renames, rules, ground).await {
            Ok(unseeded) => return Ok(unseeded),
            Err(error) => error,
        };
        let SchemaError::Residual { way, .. } = error else { return Err(error) };
        if corrected.contains(&way) {
            return Err(error);
        }
        corrected.push(way);
        let reached = proof::astray(pair, from, way, rules, ground).await?;
        let (plan_of, wanted) = match way {
            Way::Up => (&mut pair.up, to),
            Way::Down => (&mut pair.down, from),
        };
        let Ok(more) = plan(&reached, wanted, rules, Manner::Shortest) else { return Err(error) };
        *plan_of = std::mem::take(plan_of).and(more);
    }
}

/// Proves with rows in all tables. Where made-up rows may rightly be refused, it is proved without them.
async fn proved(
    pair: &Pair,
    from: &Schema,
    to: &Schema,
    renames: &[Rename],
    rules: &'static dyn Rules,
    ground: &Ground,
) -> Result<Vec<String>, SchemaError> {
    let steps = || pair.up.steps.iter().chain(&pair.down.steps);
    // A server refuses values that do not fit another type.
    let is_demanding = |hazard: &Hazard| hazard.kind == HazardKind::MayFail || hazard.allow == Some(Allow::NarrowType);
    let may_fail = |step: &&Step| step.hazards.iter().any(is_demanding);
    let demanding: BTreeSet<String> = steps().filter(may_fail).map(|step| step.about.clone()).collect();
    let all = from.facts().map(Fact::title).collect();
    match proof::prove(pair, from, to, renames, rules, ground, &BTreeSet::new()).await {
        Err(SchemaError::Fails { .. }) if !demanding.is_empty() => {}
        outcome => return outcome,
    }
    match proof::prove(pair, from, to, renames, rules, ground, &demanding).await {
        Err(SchemaError::Fails { .. }) => proof::prove(pair, from, to, renames, rules, ground, &all).await,
        outcome => outcome,
    }
}
