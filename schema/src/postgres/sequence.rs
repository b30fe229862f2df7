//! What a sequence does, and how it is changed. An identity column has one of its own.

use super::name::literal;
use crate::fact::Fact;

/// The attributes of a sequence by itself.
pub(super) const SHAPE: [&str; 6] = ["start", "increment", "minimum", "maximum", "cache", "cycle"];

/// What is not as it is for every sequence of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    start: Option<i64>,
    increment: Option<i64>,
    minimum: Option<i64>,
    maximum: Option<i64>,
    cache: Option<i64>,
    cycle: bool,
}

impl Shape {
    /// Takes a sequence's type, its start, increment, minimum, maximum and cache, and whether it begins anew at its end.
    pub(super) fn of(kind: &str, [start, increment, minimum, maximum, cache]: [i64; 5], cycle: bool) -> Shape {
        let (least, most) = bounds(kind);
        let (usual_minimum, usual_maximum) = if increment > 0 { (1, most) } else { (least, -1) };
        let usual_start = if increment > 0 { minimum } else { maximum };
        let other = |value: i64, usual: i64| (value != usual).then_some(value);
        Shape {
            start: other(start, usual_start),
            increment: other(increment, 1),
            minimum: other(minimum, usual_minimum),
            maximum: other(maximum, usual_maximum),
            cache: other(cache, 1),
            cycle,
        }
    }

    /// Returns the clauses that make such a sequence.
    pub(super) fn clauses(&self) -> Vec<String> {
        let clause = |word: &str, value: Option<i64>| value.map(|value| format!("{word} {value}"));
        [
            clause("start with", self.start),
            clause("increment by", self.increment),
            clause("minvalue", self.minimum),
            clause("maxvalue", self.maximum),
            clause("cache", self.cache),
            self.cycle.then(|| "cycle".to_owned()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Returns it as attributes, by these names.
    pub(super) fn attributes(&self, names: [&'static str; 6]) -> Vec<(&'static str, String)> {
        let text = |value: Option<i64>| value.map(|value| value.to_string());
        let values = [
            text(self.start),
            text(self.increment),
            text(self.minimum),
            text(self.maximum),
            text(self.cache),
            self.cycle.then(|| "yes".to_owned()),
        ];
        names.into_iter().zip(values).filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// Returns the clauses that make a sequence what another is, from their attributes of these names.
pub(super) fn clauses_between(from: &Fact, to: &Fact, names: [&'static str; 6]) -> Vec<String> {
    let [start, increment, minimum, maximum, cache, cycle] = names;
    let is_changed = |name: &str| from.attribute(name) != to.attribute(name);
    let mut clauses = Vec::new();
    let mut push = |name: &str, word: &str, usual: &str| {
        if is_changed(name) {
            clauses.push(to.attribute(name).map_or_else(|| usual.to_owned(), |value| format!("{word} {value}")));
        }
    };
    push(increment, "increment by", "increment by 1");
    push(minimum, "minvalue", "no minvalue");
    push(maximum, "maxvalue", "no maxvalue");
    push(cache, "cache", "cache 1");
    if is_changed(cycle) {
        clauses.push(if to.attribute(cycle).is_some() { "cycle" } else { "no cycle" }.to_owned());
    }
    // Where it starts follows from its bounds, unless it is said.
    let follows = [start, increment, minimum, maximum].into_iter().any(is_changed);
    if follows {
        let is_falling = to.attribute(increment).is_some_and(|value| value.starts_with('-'));
        let usual =
            if is_falling { to.attribute(maximum).unwrap_or("-1") } else { to.attribute(minimum).unwrap_or("1") };
        clauses.push(format!("start with {}", to.attribute(start).unwrap_or(usual)));
    }
    clauses
}

/// Returns what brings the place where a sequence stands into its new bounds, before it has them; `None` where they do not narrow.
///
/// What was given out is not given out again: where it stands only moves to what is the first or last of the new bounds.
pub(super) fn fitted(name: &str, from: &Fact, to: &Fact) -> Option<String> {
    let (before, after) = (limits(from)?, limits(to)?);
    let is_narrower = after.0 > before.0 || after.1 < before.1;
    if !is_narrower {
        return None;
    }
    let ((least, most), text) = (after, literal(name));
    let place = format!("least(greatest(last_value, {least}), {most})");
    Some(format!("select setval({text}, {place}, is_called and last_value >= {least}) from {name}"))
}

/// Returns the least and the greatest value of a sequence.
fn limits(sequence: &Fact) -> Option<(i64, i64)> {
    let [_, increment, minimum, maximum, ..] = SHAPE;
    let (least, most) = bounds(sequence.attribute("type").unwrap_or_default());
    let is_falling = sequence.attribute(increment).is_some_and(|by| by.starts_with('-'));
    let said = |name: &str, usual: i64| sequence.attribute(name).map_or(Some(usual), |value| value.parse().ok());
    Some((said(minimum, if is_falling { least } else { 1 })?, said(maximum, if is_falling { -1 } else { most })?))
}

fn bounds(kind: &str) -> (i64, i64) {
    match kind {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    }
}
