//! Sequences of MariaDB.

use super::program::option;
use super::quoted;
use super::words::{between, words};
use crate::hazard::{Hazard, HazardKind};
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
    let fits = start.zip(least).zip(most).is_some_and(|((start, least), most)| (least..=most).contains(&start));
    if !fits {
        if let Some(start) = number(to, &new, "start") {
            definition.push_str(&format!(" restart with {start}"));
            let how = format!("begins anew, with {start}");
            step.hazards.push(Hazard::of(HazardKind::ChangesValues, change.to.title(), how));
        }
    } else if number(from, &old, "minvalue") < least || number(from, &old, "maxvalue") > most {
        step.hazards.push(Hazard::of(
            HazardKind::MayFail,
            change.to.title(),
            "may have a next value out of its bounds",
        ));
    }
    step.sql = format!("alter sequence {} {definition}", quoted(&change.to.name));
    Ok(Alteration { steps: vec![step], effect: Effect::Alone, directives: Vec::new() })
}
