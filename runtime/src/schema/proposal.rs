//! The way from one schema to another, and back, planned and proved.

use std::collections::BTreeSet;

use dunlin_schema::{
    Allow, Fact, Hazard, HazardKind, Kind, Manner, Pace, Pair, Plan, Refusal, Rename, Rules, Schema, Step, concerned,
    in_one_file, lossless, plan, plans,
};

use super::error::{SchemaError, Way};
use super::forms;
use super::proof::{self, Course};
use super::renaming::renamed;
use super::scratch::Ground;
use super::settled::settled;

/// The way from one schema to another, and back. It was run on a scratch database, both ways.
#[derive(Debug)]
pub struct Proposal {
    /// The migrations that lead there, each with its way back. There is none if nothing differs, and one at [`Pace::AtOnce`].
    pub pairs: Vec<Pair>,
    /// Tables whose rows were not there to be looked at, as none could be put in.
    pub unseeded: Vec<String>,
}

impl Proposal {
    /// Returns all that leads there, as one text.
    pub fn up_text(&self) -> String {
        proof::up_text(&self.pairs)
    }

    /// Returns what leads there and is not allowed.
    pub fn forbidden(&self, allowed: &[Allow]) -> Vec<&Hazard> {
        self.pairs.iter().flat_map(|pair| pair.up.forbidden(allowed)).collect()
    }
}

/// What a way is planned by.
#[derive(Clone, Copy)]
struct Terms<'t> {
    rules: &'static dyn Rules,
    manner: Manner,
    pace: Pace,
    ground: &'t Ground,
}

/// Plans both ways and proves them, with what has to do with the change alone, made of what was read of it. Where that cannot be, or
/// fails, all there is takes part, as the migrations make it.
pub(super) async fn propose(
    from: &Schema,
    to: &Schema,
    renames: &[Rename],
    rules: &'static dyn Rules,
    pace: Pace,
    ground: &Ground,
) -> Result<Proposal, SchemaError> {
    let to = &to.keeping(from);
    let is_known = from.facts().all(|fact| fact.id.kind != Kind::Unmodelled);
    let terms = Terms { rules, manner: Manner::Shortest, pace, ground };
    if is_known || ground.past.is_none() {
        let concerned = concerned(from, to);
        let is_concerned = |root: &Fact| !rules.is_local() || concerned.contains(&root.id);
        let (near, there) = (from.only(is_concerned), to.only(is_concerned));
        let outcome = with_all(&near, &there, renames, Terms { ground: &ground.without_past(), ..terms }).await;
        // What is wrong may be that something was not there.
        let is_all = ground.past.is_none() && (&near, &there) == (from, to);
        if is_all || !outcome.as_ref().is_err_and(is_of_scratch) {
            return outcome;
        }
    }
    with_all(from, to, renames, terms).await
}

/// Says whether more in the scratch database may help.
fn is_of_scratch(error: &SchemaError) -> bool {
    matches!(
        error,
        SchemaError::Migrations(_)
            | SchemaError::Replay(_)
            | SchemaError::Fails { .. }
            | SchemaError::NotMade { .. }
            | SchemaError::NotMadeAnew { .. }
            | SchemaError::Residual { .. }
            | SchemaError::RowsLost { .. }
    )
}

/// Plans both ways and proves them: with the shortest statements, and where those fail with the surest.
async fn with_all(
    from: &Schema,
    to: &Schema,
    renames: &[Rename],
    shortest: Terms<'_>,
) -> Result<Proposal, SchemaError> {
    let Terms { rules, ground, .. } = shortest;
    let (from, to) = &match settled(from, to, rules, &ground.without_past()).await {
        Err(SchemaError::NotMade { .. } | SchemaError::NotMadeAnew { .. }) if ground.past.is_some() => {
            (from.clone(), to.clone())
        }
        outcome => outcome?,
    };
    match in_manner(from, to, renames, shortest).await {
        Ok(proposal) => Ok(proposal),
        Err(failed) => {
            let surest = Terms { manner: Manner::Surest, ..shortest };
            in_manner(from, to, renames, surest).await.map_err(|_second| failed)
        }
    }
}

async fn in_manner(from: &Schema, to: &Schema, renames: &[Rename], terms: Terms<'_>) -> Result<Proposal, SchemaError> {
    let ups = one_way(from, to, renames, terms).await?;
    let mut course = Course { states: vec![from.clone()], pairs: Vec::new() };
    if ups.len() > 1 {
        // What each of them makes is what the next one's way back leads to.
        let mut reached = proof::reached_by(&ups, from, terms.rules, terms.ground).await?;
        reached.pop();
        course.states.extend(reached);
    }
    course.states.extend((!ups.is_empty()).then(|| to.clone()));
    let back: Vec<Rename> = renames.iter().rev().map(Rename::inverse).collect();
    let mut back = &*back;
    for (up, states) in ups.into_iter().zip(course.states.windows(2)) {
        let [before, after] = states else { continue };
        let down = one_way(after, before, std::mem::take(&mut back), terms).await.map_err(on_the_way_back)?;
        let down = in_one_file(down);
        course.pairs.push(Pair { up, down });
    }
    let unseeded = if course.pairs.is_empty() { Vec::new() } else { corrected(&mut course, renames, terms).await? };
    Ok(Proposal { pairs: course.pairs, unseeded })
}

/// Says of what is refused that it is the way back that cannot be planned.
fn on_the_way_back(error: SchemaError) -> SchemaError {
    match error {
        SchemaError::Refused(refusal) => SchemaError::Refused(Refusal {
            why: format!("{}; the way up can be planned, the way back cannot", refusal.why),
            ..refusal
        }),
        other => other,
    }
}

/// Plans one way.
async fn one_way(from: &Schema, to: &Schema, renames: &[Rename], terms: Terms<'_>) -> Result<Vec<Plan>, SchemaError> {
    let Terms { rules, manner, pace, ground } = terms;
    let mut start = renamed(from, renames, rules, ground).await?;
    let said = renames.len();
    let mut renames = renames.to_vec();
    let more = lossless(&start.schema, to);
    if !more.is_empty() {
        renames.extend(more);
        // Where the server cannot do that, it is made again.
        match renamed(from, &renames, rules, ground).await {
            Ok(behind) => start = behind,
            Err(_) => renames.truncate(said),
        }
    }
    let mut plans = plans(&start.schema, to, rules, manner, pace)?;
    if !renames.is_empty() {
        let first = plans.first().filter(|first| first.is_transactional()).cloned();
        let taken = usize::from(first.is_some());
        plans.splice(0..taken, [first.unwrap_or_default().behind(&renames, &start.in_the_way, rules)]);
    }
    if pace == Pace::Online {
        forms::choose(&mut plans, from, rules, ground).await?;
    }
    Ok(plans)
}

/// Proves both ways. Where one leads elsewhere, what is left is planned behind it, once: a server may do more than it is told, and
/// an option may hold on to another.
async fn corrected(course: &mut Course, renames: &[Rename], terms: Terms<'_>) -> Result<Vec<String>, SchemaError> {
    let Terms { rules, ground, .. } = terms;
    let mut corrected: Vec<Way> = Vec::new();
    loop {
        let error = match proved(course, renames, rules, ground).await {
            Ok(unseeded) => return Ok(unseeded),
            Err(error) => error,
        };
        let SchemaError::Residual { way, .. } = error else { return Err(error) };
        if corrected.contains(&way) {
            return Err(error);
        }
        corrected.push(way);
        let Some((number, reached)) = proof::astray(course, way, rules, ground).await? else { return Err(error) };
        let (states, pair) = (course.states.get(number..number + 2), course.pairs.get_mut(number));
        let (Some([before, after]), Some(pair)) = (states, pair) else { return Err(error) };
        let (plan_of, wanted) = match way {
            Way::Up => (&mut pair.up, after),
            Way::Down => (&mut pair.down, before),
        };
        let Ok(more) = plan(&reached, wanted, rules, Manner::Shortest) else { return Err(error) };
        *plan_of = std::mem::take(plan_of).and(more);
    }
}

/// Proves with rows in all tables. Where made-up rows may rightly be refused, it is proved without them.
async fn proved(
    course: &Course,
    renames: &[Rename],
    rules: &'static dyn Rules,
    ground: &Ground,
) -> Result<Vec<String>, SchemaError> {
    let steps = || course.pairs.iter().flat_map(|pair| pair.up.steps.iter().chain(&pair.down.steps));
    // A server refuses values that do not fit another type.
    let is_demanding = |hazard: &Hazard| hazard.kind == HazardKind::MayFail || hazard.allow == Some(Allow::NarrowType);
    let may_fail = |step: &&Step| step.hazards.iter().any(is_demanding);
    let demanding: BTreeSet<String> = steps().filter(may_fail).map(|step| step.about.clone()).collect();
    let all = course.from().facts().map(Fact::title).collect();
    match proof::prove(course, renames, rules, ground, &BTreeSet::new()).await {
        Err(SchemaError::Fails { .. } | SchemaError::RowsLost { .. }) if !demanding.is_empty() => {}
        outcome => return outcome,
    }
    match proof::prove(course, renames, rules, ground, &demanding).await {
        Err(SchemaError::Fails { .. } | SchemaError::RowsLost { .. }) => {
            proof::prove(course, renames, rules, ground, &all).await
        }
        outcome => outcome,
    }
}
