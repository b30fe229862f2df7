//! The values of directives.

use std::time::Duration;

use super::{Allowance, Dependency};
use crate::migration::{BadId, BadLabel, Label, MigrationId, SetName};
use crate::variables::Variable;

/// Why a value cannot be read.
pub(super) enum BadValue {
    Grammar,
    Id(BadId),
    Label(BadLabel),
}

impl From<BadId> for BadValue {
    fn from(bad: BadId) -> BadValue {
        BadValue::Id(bad)
    }
}

pub(super) fn nothing(value: &str) -> Result<(), BadValue> {
    word(value, "")
}

pub(super) fn word(value: &str, expected: &str) -> Result<(), BadValue> {
    if value == expected { Ok(()) } else { Err(BadValue::Grammar) }
}

pub(super) fn some_text(value: &str) -> Result<String, BadValue> {
    if value.is_empty() { Err(BadValue::Grammar) } else { Ok(value.to_owned()) }
}

pub(super) fn label(value: &str) -> Result<Label, BadValue> {
    value.parse().map_err(|bad| match bad {
        BadLabel::Form(_) => BadValue::Grammar,
        BadLabel::Reserved(_) | BadLabel::Steps(_) => BadValue::Label(bad),
    })
}

pub(super) fn parents(value: &str) -> Result<Vec<MigrationId>, BadValue> {
    if value == "base" { Ok(Vec::new()) } else { ids(value) }
}

pub(super) fn ids(value: &str) -> Result<Vec<MigrationId>, BadValue> {
    listed(value).map(|id| Ok(id?.parse()?)).collect()
}

pub(super) fn dependencies(value: &str) -> Result<Vec<Dependency>, BadValue> {
    listed(value)
        .map(|name| {
            let name = name?;
            let (set, id) = name.split_once('/').map_or((None, name), |(set, id)| (Some(set), id));
            let set = set.map(|set| SetName::new(set.to_owned())).transpose().map_err(|_| BadValue::Grammar)?;
            Ok(Dependency { set, id: id.parse()? })
        })
        .collect()
}

fn listed(value: &str) -> impl Iterator<Item = Result<&str, BadValue>> {
    value.split(',').map(|item| match item.trim() {
        "" => Err(BadValue::Grammar),
        item => Ok(item),
    })
}

pub(super) fn variables(value: &str) -> Result<Vec<Variable>, BadValue> {
    listed(value).map(|name| name?.parse().map_err(|_| BadValue::Grammar)).collect()
}

/// A duration is a whole number and one of `ms`, `s`, `min`, `h`.
pub(super) fn duration(value: &str) -> Result<Duration, BadValue> {
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = value.split_at(digits);
    let number: u64 = number.parse().map_err(|_| BadValue::Grammar)?;
    let milliseconds = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return Err(BadValue::Grammar),
    };
    number.checked_mul(milliseconds).map(Duration::from_millis).ok_or(BadValue::Grammar)
}

/// A budget of time is a duration, or `off`.
pub(super) fn budget(value: &str) -> Result<Duration, BadValue> {
    if value == "off" { Ok(Duration::ZERO) } else { duration(value) }
}

pub(super) fn allowance(value: &str) -> Result<Allowance, BadValue> {
    let (rule, reason) = value.split_once(' ').ok_or(BadValue::Grammar)?;
    Ok(Allowance { rule: rule.to_owned(), reason: reason.to_owned() })
}
