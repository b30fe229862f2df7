//! Sequences of MariaDB.

use super::program::option;
use super::quoted;
use super::words::{between, words};
use crate::hazard::{Allow, Hazard, HazardKind};
use crate::plan::Step;
use crate::refusal::Refusal;
use crate::rules::{Alteration, Change, Effect};

/// Alters a sequence.
///
/// Fails if it is to be kept by another engine.
pub(super) fn alter(change: &Change<'_>) -> Result<Alteration, Refusal> {
    let [from, to] = [change.from, change.to].map(|fact| fact.attribute("definition").unwrap_or_default());
    let (old, new) = (words(from), words(to));
    let engine = |sql: &str| sql.rfind("ENGINE").and_then(|at| sql.get(at..)).map(str::to_owned);
    if engine(from) != engine(to) {
        return Err(Refusal {
            object: change.to.title(),
            what: "its engine changes".to_owned(),
            why: "a sequence keeps the engine that it was made with".to_owned(),
            instead: "drop it and make it anew, by hand".to_owned(),
        });
    }
    let end = new.iter().position(|word| word.is("engine")).unwrap_or(new.len());
    let mut definition = between(to, new.get(..end).unwrap_or_default()).to_owned();
    let number = |sql: &str, words: &[super::words::Word<'_>], keyword: &str| -> Option<i128> {
        option(sql, words, keyword)?.replace(' ', "").parse().ok()
    };
    let mut step = Step::new(change.to, "");
    // The next value is known to the database alone. One that was never used begins where it starts.
    let start = number(from, &old, "start");
    let (least, most) = (number(to, &new, "minvalue"), number(to, &new, "maxvalue"));
    let (old_least, old_most) = (number(from, &old, "minvalue"), number(from, &old, "maxvalue"));
    let counts_down = number(from, &old, "increment").is_some_and(|by| by < 0);
    // The bound that it counts away from, which it may be short of, and the one that it counts to, which it may be past.
    let (nearest, rises) = if counts_down { (most, old_most > most) } else { (least, old_least < least) };
    let (is_past, may_be_past) =
        if counts_down { (start < least, old_least < least) } else { (start > most, old_most > most) };
    let mut steps = Vec::new();
    if is_past || nearest.is_none_or(|value| rises && !(old_least..=old_most).contains(&Some(value))) {
        if let Some(start) = number(to, &new, "start") {
            definition.push_str(&format!(" restart with {start}"));
            let how = format!("begins anew, with {start}");
            step.hazards.push(Hazard::loses(Allow::DropSequence, change.to.title(), how));
        }
    } else if let Some(nearest) = nearest.filter(|_| rises) {
        // Where it is past that already, this does nothing.
        steps.push(Step::new(change.to, format!("do setval({}, {nearest}, 0)", quoted(&change.to.name))));
    }
    if step.hazards.is_empty() && may_be_past {
        step.hazards.push(Hazard::of(
            HazardKind::MayFail,
            change.to.title(),
            "may have a next value out of its bounds",
        ));
    }
    step.sql = format!("alter sequence {} {definition}", quoted(&change.to.name));
    steps.push(step);
    Ok(Alteration { steps, effect: Effect::Alone, directives: Vec::new() })
}
