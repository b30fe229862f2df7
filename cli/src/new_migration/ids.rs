//! The id of a new migration.

use dunlin::core::directory::{Directory, Pair};
use dunlin::core::migration::MigrationId;

use super::{CannotAdd, Manner};
use crate::config_file::IdStyle;

/// Returns the id that was asked for, or one in the style of the project. Without a style, ids go on as they are: with the
/// next number where they are short numbers, else with the time.
pub(super) fn id(asked: Option<&str>, manner: &Manner, directory: &Directory) -> Result<MigrationId, CannotAdd> {
    let pairs = directory.pairs();
    let id = match (asked, manner.making.id) {
        (Some(id), _) => id.parse()?,
        (None, Some(IdStyle::Timestamp)) => time(manner, pairs)?,
        (None, Some(IdStyle::Sequence)) => next(pairs)?,
        (None, Some(IdStyle::Hex)) => hex(manner.chance, directory)?,
        (None, None) => match last(pairs) {
            Some(last) if digits(last) <= 6 || manner.time.parse::<MigrationId>()? <= *last => next(pairs)?,
            _ => time(manner, pairs)?,
        },
    };
    check(&id, directory)?;
    Ok(id)
}

/// The time, or the second after the latest id that is a time.
fn time(manner: &Manner, pairs: &[Pair]) -> Result<MigrationId, CannotAdd> {
    let now: MigrationId = manner.time.parse()?;
    let is_time = |id: &&MigrationId| id.as_str().len() == manner.time.len() && digits(id) == manner.time.len();
    match pairs.iter().map(|pair| &pair.id).filter(is_time).max() {
        Some(latest) if *latest >= now => after(latest),
        _ => Ok(now),
    }
}

/// The number after the last, as wide as it is.
fn next(pairs: &[Pair]) -> Result<MigrationId, CannotAdd> {
    last(pairs).map_or_else(|| Ok("0001".parse()?), after)
}

fn last(pairs: &[Pair]) -> Option<&MigrationId> {
    pairs.iter().map(|pair| &pair.id).max()
}

/// How many digits an id ends in.
fn digits(id: &MigrationId) -> usize {
    id.as_str().len() - id.as_str().trim_end_matches(|c: char| c.is_ascii_digit()).len()
}

/// The id with its last number one higher, as wide as it was; of a time, the next second.
fn after(last: &MigrationId) -> Result<MigrationId, CannotAdd> {
    if let Some(later) = second_after(last.as_str()) {
        return Ok(later.parse()?);
    }
    let no_next = || CannotAdd::NoNextId { last: last.clone() };
    let digits = digits(last);
    let (start, number) = last.as_str().split_at(last.as_str().len() - digits);
    let next = number.parse::<u64>().ok().and_then(|number| number.checked_add(1)).ok_or_else(no_next)?;
    format!("{start}{next:0digits$}").parse().map_err(|_| no_next())
}

/// How an id is written that is a time.
const TIME: &str = "%Y%m%d%H%M%S";

fn second_after(id: &str) -> Option<String> {
    let time = jiff::civil::DateTime::strptime(TIME, id).ok().filter(|_| id.len() == 14)?;
    Some(time.checked_add(jiff::Span::new().seconds(1)).ok()?.strftime(TIME).to_string())
}

/// Twelve digits of base 16 that no id has yet, and that come after files which must come first.
fn hex(chance: u64, directory: &Directory) -> Result<MigrationId, CannotAdd> {
    let mut number = chance;
    let mut next = || {
        // Knuth's linear congruential generator; its upper bits are the better ones.
        let id = format!("{:012x}", number >> 16).parse::<MigrationId>();
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        id
    };
    for _ in 0..1000 {
        let id = next()?;
        if check(&id, directory).is_ok() {
            return Ok(id);
        }
    }
    Ok(next()?)
}

fn check(id: &MigrationId, directory: &Directory) -> Result<(), CannotAdd> {
    if let Some(pair) = directory.pairs().iter().find(|pair| pair.id == *id) {
        return Err(CannotAdd::IdTaken { id: id.clone(), by: pair.name() });
    }
    let labelled = directory.revisions().iter().find(|revision| {
        revision.labels.iter().any(|label| label.as_str().parse::<MigrationId>().is_ok_and(|label| label == *id))
    });
    if let Some(revision) = labelled {
        return Err(CannotAdd::IdIsLabel { id: id.clone(), by: revision.name() });
    }
    let states_none = |pair: &&Pair| pair.up.primary().is_some_and(|up| up.header.revises.is_none());
    let chain = directory.pairs().iter().filter(states_none).find(|pair| pair.id > *id);
    match chain {
        Some(pair) => Err(CannotAdd::IdBeforeChain { id: id.clone(), chain: pair.name() }),
        None => Ok(()),
    }
}
