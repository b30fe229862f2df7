//! Columns of tables that are there.

use super::super::work::Work;
use super::{AwaitedBy, Move, of};
use crate::fact::{Fact, Kind};
use crate::hazard::{Hazard, HazardKind};
use crate::postgres::alter;
use crate::postgres::atom::{Atom, Text};
use crate::postgres::column::own_name;
use crate::postgres::{quoted, written};

/// Functions of defaults that are asked once, and not for every row. Of others it is not known.
const ASKED_ONCE: [&str; 16] = [
    "now",
    "statement_timestamp",
    "transaction_timestamp",
    "timezone",
    "date_trunc",
    "current_setting",
    "lower",
    "upper",
    "to_jsonb",
    "jsonb_build_object",
    "jsonb_build_array",
    "json_build_object",
    "json_build_array",
    "make_interval",
    "make_date",
    "array_fill",
];

/// Returns what adds a column.
pub(super) fn added(column: &Fact, work: &Work<'_>) -> Vec<Move> {
    let mut atoms = alter::added(column, work.is_serial(column), work.to);
    let must_be_filled = atoms.first_mut().is_some_and(|first| !std::mem::take(&mut first.behind).is_empty());
    if !must_be_filled {
        let lock = fills_every_row(column, work).then(|| {
            let how = format!("is filled in every row while nothing can read or write {}", of(column, work));
            Hazard::locks(column.title(), how)
        });
        if let (Some(lock), Some(first)) = (lock, atoms.first_mut()) {
            first.hazards.push(lock);
        }
        return atoms.into_iter().map(Move::brief).collect();
    }
    // The second makes it not null.
    let extras = atoms.split_off(2);
    let mut moves: Vec<Move> = atoms.into_iter().take(1).chain(extras).map(Move::brief).collect();
    moves.extend(has_no_nulls(column, work));
    moves
}

/// Returns what alters a column, from what does it usually.
pub(super) fn altered(before: &Fact, after: &Fact, moves: Vec<Move>, work: &Work<'_>) -> Vec<Move> {
    let changes_type = format!("alter column {} type ", own_name(after));
    let forbids_nulls = format!("alter column {} set not null", own_name(after));
    let one = |mut done: Move| match &done.atom.text {
        Text::Clause { clause, .. } if *clause == forbids_nulls => has_no_nulls(after, work),
        Text::Clause { clause, .. } if clause.starts_with(&changes_type) && !alter::keeps_rows(before, after) => {
            done.atom.hazards.retain(|hazard| hazard.kind != HazardKind::RewritesTable);
            let kind = after.attribute("type").unwrap_or_default();
            let how = format!("becomes {kind} in every row while nothing can read or write {}", of(after, work));
            vec![Move { atom: done.atom.with(Hazard::locks(after.title(), how)), ..done }]
        }
        _ => vec![done],
    };
    moves.into_iter().flat_map(one).collect()
}

/// Forbids nulls by a check, which is checked while others go on. PostgreSQL takes its word for it.
///
/// From that check on every row that is written must have a value, so those that are there get theirs before it.
fn has_no_nulls(column: &Fact, work: &Work<'_>) -> Vec<Move> {
    let (table, name, check) = (written(&column.id, 2), own_name(column), quoted(&check_name(column, work)));
    let may_fail = Hazard::of(HazardKind::MayFail, &*column.name, "must have no nulls");
    let whole = |text: String| Atom::whole(column, format!("alter table {table} {text}"));
    let validate = whole(format!("validate constraint {check}")).with(may_fail);
    let mut add = Atom::clause(column, &*table, format!("add constraint {check} check ({name} is not null) not valid"));
    add.before = vec![format!("update {table} set {name} = … where {name} is null;")];
    vec![
        Move::filled(add).awaited(AwaitedBy::Keys),
        Move::long(validate).awaited(AwaitedBy::Keys),
        // In one statement, the check would go before it is asked.
        Move::brief(whole(format!("alter column {name} set not null"))).awaited(AwaitedBy::Keys),
        Move::brief(whole(format!("drop constraint {check}"))).awaited(AwaitedBy::Keys),
    ]
}

/// Returns a name that no constraint of the table has.
fn check_name(column: &Fact, work: &Work<'_>) -> String {
    let bare = column.id.name.last().map_or("", String::as_str);
    let is_taken = |name: &str| {
        let of_table = |fact: &Fact| fact.parent == column.parent && fact.id.name.last().is_some_and(|own| own == name);
        work.from.facts().chain(work.to.facts()).any(of_table)
    };
    let named = |more: &str| {
        let room = 63_usize.saturating_sub("_is_set".len() + more.len());
        let kept: String = bare
            .chars()
            .scan(0, |size, c| {
                *size += c.len_utf8();
                (*size <= room).then_some(c)
            })
            .collect();
        format!("{kept}_is_set{more}")
    };
    let mut name = named("");
    for n in 2..100 {
        if !is_taken(&name) {
            break;
        }
        name = named(&n.to_string());
    }
    name
}

/// Says whether adding a column puts a value into every row, and not into the catalogue alone.
fn fills_every_row(column: &Fact, work: &Work<'_>) -> bool {
    let attribute = |name| column.attribute(name);
    let is_constrained = |domain: &Fact| {
        let has_check = work.to.children(&domain.id).iter().any(|part| part.id.kind == Kind::Check);
        domain.attribute("not null").is_some() || has_check
    };
    let domains = column.needs.iter().filter(|id| id.kind == Kind::Domain).filter_map(|id| work.to.get(id));
    let is_stored = attribute("generated").is_some() && attribute("virtual").is_none();
    let asks = attribute("default").is_some_and(asks_for_every_row);
    is_stored
        || attribute("identity").is_some()
        || work.is_serial(column)
        || asks
        || domains.into_iter().any(is_constrained)
}

/// Says whether a default calls something that may say another thing each time.
fn asks_for_every_row(default: &str) -> bool {
    let mut word = String::new();
    let mut quote = None;
    let mut is_after_cast = false;
    for c in default.chars() {
        match (quote, c) {
            (Some(own), _) if c == own => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => {
                let is_known = word.is_empty() || is_after_cast || ASKED_ONCE.contains(&word.to_lowercase().as_str());
                if !is_known {
                    return true;
                }
                word.clear();
            }
            (None, ':') => (word, is_after_cast) = (String::new(), true),
            (None, c) if c.is_alphanumeric() || matches!(c, '_' | '.') => word.push(c),
            // The name of a type may have several words.
            (None, ' ') if is_after_cast => {}
            (None, _) => (word, is_after_cast) = (String::new(), false),
        }
    }
    false
}
