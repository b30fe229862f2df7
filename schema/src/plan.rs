//! From what two schemas differ in to statements.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::diff::{Delta, diff};
use crate::fact::{Fact, Id, Kind};
use crate::graph::{dependants, needed, order};
use crate::hazard::{Allow, Hazard, HazardKind};
use crate::pace::NO_TRANSACTION;
use crate::refusal::Refusal;
use crate::rename::Rename;
use crate::rules::{Alteration, Change, Class, Effect, Rules};
use crate::schema::Schema;

/// How to go about it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Manner {
    /// With the shortest statements that lead there.
    #[default]
    Shortest,
    /// With those that always lead there, where shorter ones failed.
    Surest,
}

/// Statements that lead from one schema to another, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The statements.
    pub steps: Vec<Step>,
    /// Directives that the file needs: `foreign-keys off`.
    pub directives: Vec<&'static str>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The statement, without its terminator.
    pub sql: String,
    /// What it is about, with its kind: `table users`.
    pub about: String,
    /// Lines that are to stand before it: what a person is to write there.
    pub before: Vec<String>,
    /// Lines that are to stand behind it.
    pub behind: Vec<String>,
    /// What it may do to what is there.
    pub hazards: Vec<Hazard>,
}

impl Step {
    /// Returns one without hazards.
    pub fn new(about: &Fact, sql: impl Into<String>) -> Step {
        Step { about: about.title(), ..Step::bare(sql) }
    }

    /// Returns one that is about nothing.
    pub(crate) fn bare(sql: impl Into<String>) -> Step {
        Step { sql: sql.into(), about: String::new(), before: Vec::new(), behind: Vec::new(), hazards: Vec::new() }
    }
}

impl Plan {
    /// Says whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Says whether it can be one transaction.
    pub fn is_transactional(&self) -> bool {
        !self.directives.contains(&NO_TRANSACTION)
    }

    /// Returns the plan with renames before it, which are made first, but for what is in their way: that is dropped before them, and
    /// the plan makes it again.
    pub fn behind(mut self, renames: &[Rename], in_the_way: &[Fact], rules: &dyn Rules) -> Plan {
        let step = |rename: &Rename| Step {
            about: format!("{} {}", rename.what.word(), rename.to.parts().join(".")),
            ..Step::bare(rules.rename(rename))
        };
        let drops =
            in_the_way.iter().filter_map(|fact| Some(Step::new(fact, rules.dropping(rules.rule(fact.id.kind)?, fact))));
        self.steps.splice(0..0, drops.chain(renames.iter().map(step)).collect::<Vec<Step>>());
        self
    }

    /// Returns the plan with another behind it.
    pub fn and(mut self, other: Plan) -> Plan {
        self.steps.extend(other.steps);
        self.directives.extend(other.directives);
        self.directives.sort_unstable();
        self.directives.dedup();
        self
    }

    /// Returns what it may do that is not allowed.
    pub fn forbidden(&self, allowed: &[Allow]) -> Vec<&Hazard> {
        let is_forbidden = |hazard: &&Hazard| hazard.allow.is_some_and(|allow| !allowed.contains(&allow));
        self.hazards().into_iter().filter(is_forbidden).collect()
    }

    /// Returns all that it may do to what is there, each once: the worst first.
    pub fn hazards(&self) -> Vec<&Hazard> {
        let mut hazards: Vec<&Hazard> = Vec::new();
        for hazard in self.steps.iter().flat_map(|step| &step.hazards) {
            if !hazards.contains(&hazard) {
                hazards.push(hazard);
            }
        }
        hazards.sort_by_key(|hazard| hazard.kind);
        hazards
    }
}

/// Plans the statements that lead from one schema to another: drops first, what needs others before them; then what is
/// altered; then what is made, behind what it needs.
///
/// Fails for what no statement is known for. Nothing is left out silently.
pub fn plan(from: &Schema, to: &Schema, rules: &dyn Rules, manner: Manner) -> Result<Plan, Refusal> {
    if let Some(own) = rules.own_plan(from, to, manner) {
        return own;
    }
    let mut work = Work::sorted(diff(from, to), from, to, rules)?;
    let mut plan = Plan::default();
    let mut altered: BTreeMap<Id, Vec<Step>> = BTreeMap::new();
    for id in order(to) {
        let (Some(before), Some(after), true) = (from.get(&id), to.get(&id), work.altered.contains(&id)) else {
            continue;
        };
        let change = Change { from: before, to: after, before: from, after: to, manner };
        let Alteration { steps, effect, directives } = rules.alter(&change)?;
        plan.directives.extend(directives);
        work.disturb(&id, effect, from, to, rules);
        altered.insert(id, steps);
    }
    // What is altered may have needed what is dropped, and may need what is made.
    let (needed_before, needed_behind) = (needed(from, &work.altered), needed(to, &work.altered));
    let drops: Vec<&Fact> =
        order(from).iter().rev().filter_map(|id| from.get(id)).filter(|fact| work.is_dropped(fact)).collect();
    plan.directives.extend(rules.directives_of_drops(from, &drops));
    // A table is needed for foreign keys alone, and those are dropped first.
    let is_late = |fact: &&Fact| fact.id.kind != Kind::Table && needed_before.contains(&fact.id);
    let (late, early): (Vec<&Fact>, Vec<&Fact>) = drops.into_iter().partition(is_late);
    plan.steps.extend(early.into_iter().flat_map(|fact| dropped(fact, from, to, rules)));
    let (early, rest): (Vec<Id>, Vec<Id>) = order(to)
        .into_iter()
        .filter(|id| altered.contains_key(id) || work.made.contains(id))
        .partition(|id| altered.contains_key(id) || needed_behind.contains(id));
    let made = |id: Id| to.get(&id).map(|fact| made_anew(fact, from, to, rules)).unwrap_or_default();
    for id in early {
        plan.steps.extend(altered.remove(&id).unwrap_or_else(|| made(id)));
    }
    plan.steps.extend(late.into_iter().flat_map(|fact| dropped(fact, from, to, rules)));
    plan.steps.extend(rest.into_iter().flat_map(made));
    plan.directives.sort_unstable();
    plan.directives.dedup();
    Ok(plan)
}

/// Plans the statements that make something anew which holds data, as it is: for somebody who is to change what it says. `None`
/// is that it is nothing that is altered.
///
/// Fails for an engine that alters such a thing without making it anew.
pub fn remake(schema: &Schema, id: &Id, rules: &dyn Rules) -> Result<Option<Plan>, Refusal> {
    let Some(fact) =
        schema.get(id).filter(|fact| rules.rule(fact.id.kind).is_some_and(|rule| rule.class == Class::Carrier))
    else {
        return Ok(None);
    };
    let change = Change { from: fact, to: fact, before: schema, after: schema, manner: Manner::Surest };
    let Alteration { mut steps, effect, directives } = rules.alter(&change)?;
    let mut work = Work::default();
    work.disturb(id, effect, schema, schema, rules);
    let made = order(schema).into_iter().filter(|id| work.made.contains(id));
    steps.extend(made.filter_map(|id| schema.get(&id)).flat_map(|fact| made_anew(fact, schema, schema, rules)));
    Ok(Some(Plan { steps, directives }))
}

fn dropped(fact: &Fact, from: &Schema, to: &Schema, rules: &dyn Rules) -> Vec<Step> {
    let Some(rule) = rules.rule(fact.id.kind) else { return Vec::new() };
    let statements = rules.drops(rule, fact, from, to);
    let mut steps: Vec<Step> = statements.into_iter().map(|sql| Step::new(fact, sql)).collect();
    if let Some((allow, first)) = rule.loses.zip(steps.first_mut()) {
        let how = if to.get(&fact.id).is_some() { "is made anew, without its rows" } else { "is dropped" };
        first.hazards.push(Hazard::loses(allow, fact.title(), how));
    }
    steps
}

fn made_anew(fact: &Fact, from: &Schema, to: &Schema, rules: &dyn Rules) -> Vec<Step> {
    let mut steps = rules.makes(fact, from, to);
    let has_rows = fact.parent.as_ref().is_some_and(|parent| from.get(parent).is_some());
    let is_new = from.get(&fact.id).is_none_or(|before| before.attributes != fact.attributes);
    if has_rows
        && is_new
        && rules.is_demanding(fact)
        && let Some(first) = steps.first_mut()
    {
        first.hazards.push(Hazard::of(HazardKind::MayFail, fact.title(), NOT_FITTING));
    }
    steps
}

/// What is said of something that rows may not fit.
pub(crate) const NOT_FITTING: &str = "may not fit the rows that are there";

/// What is to be done with each thing.
#[derive(Debug, Default)]
struct Work {
    dropped: BTreeSet<Id>,
    /// What goes with something else, so that no statement drops it.
    taken: BTreeSet<Id>,
    made: BTreeSet<Id>,
    altered: BTreeSet<Id>,
}

impl Work {
    fn sorted(deltas: Vec<Delta<'_>>, from: &Schema, to: &Schema, rules: &dyn Rules) -> Result<Work, Refusal> {
        let mut work = Work::default();
        let mut parts: BTreeMap<Id, Vec<&Fact>> = BTreeMap::new();
        for delta in deltas {
            let fact = delta.fact();
            let rule = rules.rule(fact.id.kind).ok_or_else(|| unknown(fact))?;
            match (rule.class, &delta) {
                (Class::Part, _) => {
                    parts.entry(fact.parent.clone().unwrap_or_else(|| fact.id.clone())).or_default().push(fact);
                }
                (_, Delta::Added(_)) => _ = work.made.insert(fact.id.clone()),
                (_, Delta::Removed(_)) => _ = work.dropped.insert(fact.id.clone()),
                (Class::Carrier, Delta::Changed { .. }) => _ = work.altered.insert(fact.id.clone()),
                (Class::Satellite, Delta::Changed { .. }) => work.replace(&fact.id),
            }
        }
        // What came or went with its parent needs nothing of its own.
        let is_in_both = |id: &Id| from.get(id).is_some() && to.get(id).is_some();
        work.altered.extend(parts.into_keys().filter(is_in_both));
        work.take_children(from, to, rules);
        Ok(work)
    }

    fn replace(&mut self, id: &Id) {
        self.dropped.insert(id.clone());
        self.made.insert(id.clone());
    }

    /// What is part of what goes, goes with it; what of that is to be there is made again.
    fn take_children(&mut self, from: &Schema, to: &Schema, rules: &dyn Rules) {
        for (id, parent) in parts_of(from, &self.dropped) {
            let is_taken = from.get(&id).zip(from.get(&parent)).is_none_or(|(fact, of)| rules.goes_along(fact, of));
            if to.get(&id).is_some() {
                self.made.insert(id.clone());
            }
            if is_taken {
                self.taken.insert(id);
            } else {
                self.dropped.insert(id);
            }
        }
    }

    fn disturb(&mut self, id: &Id, effect: Effect, from: &Schema, to: &Schema, rules: &dyn Rules) {
        let is_own_statement = |id: &Id| rules.rule(id.kind).is_some_and(|rule| rule.class == Class::Satellite);
        match effect {
            Effect::Alone => {}
            Effect::Children => {
                let children = from.children(id).into_iter().map(|fact| fact.id.clone());
                for child in children.filter(is_own_statement) {
                    if to.get(&child).is_some() {
                        self.made.insert(child.clone());
                    }
                    self.taken.insert(child);
                }
            }
            Effect::Dependants => {
                for dependant in dependants(from, &BTreeSet::from([id.clone()])).into_iter().filter(is_own_statement) {
                    self.dropped.insert(dependant.clone());
                    if to.get(&dependant).is_some() {
                        self.made.insert(dependant);
                    }
                }
                self.take_children(from, to, rules);
            }
            Effect::These(all) => {
                self.made.extend(all.iter().filter(|id| to.get(id).is_some()).cloned());
                self.dropped.extend(all);
            }
        }
    }

    fn is_dropped(&self, fact: &Fact) -> bool {
        self.dropped.contains(&fact.id) && !self.taken.contains(&fact.id)
    }
}

/// Returns what is part of any of these things, and no part of a table's own text, with what it is part of.
fn parts_of(schema: &Schema, of: &BTreeSet<Id>) -> BTreeSet<(Id, Id)> {
    let part = |fact: &Fact| {
        let parent = fact.parent.clone().filter(|parent| of.contains(parent))?;
        fact.rank.is_none().then(|| (fact.id.clone(), parent))
    };
    schema.facts().filter_map(part).collect()
}

fn unknown(fact: &Fact) -> Refusal {
    Refusal {
        object: fact.title(),
        what: "it differs".to_owned(),
        why: format!("a {} is nothing that is compared yet", fact.id.kind.word()),
        instead: "write its migration by hand, or name it in `ignore`".to_owned(),
    }
}

/// Says which hazards of a way there are not undone by the way back.
pub(crate) fn not_restored(there: &Plan) -> Vec<Hazard> {
    let lost = there.hazards().into_iter().filter(|hazard| hazard.kind == HazardKind::LosesData);
    lost.map(|hazard| Hazard::of(HazardKind::NotRestored, &*hazard.object, "")).collect()
}
