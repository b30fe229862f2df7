//! What altering a table may do to its rows.

use super::alter::{Difference, begins_to_count};
use super::column::{Column, Source};
use super::prepare::{is_wanting, takes_null};
use super::table::Element;
use super::types::is_wider;
use crate::hazard::{Allow, Hazard, HazardKind};
use crate::plan::NOT_FITTING;

pub(super) fn hazards(difference: &Difference<'_>) -> Vec<Hazard> {
    let Difference { from, to, remade, .. } = difference;
    let name = |column: &Column| format!("column {}.{}", to.name, column.name);
    let table = format!("table {}", to.name);
    let mut hazards = Vec::new();
    let may_fail = |object: String, how: &str| Hazard::of(HazardKind::MayFail, object, how);
    let rewrites = || Hazard::of(HazardKind::RewritesTable, table.clone(), "");
    for column in difference.dropped().filter(|column| !column.is_computed()) {
        hazards.push(Hazard::loses(Allow::DropColumn, format!("column {}.{}", from.name, column.name), "is dropped"));
    }
    for (before, after) in difference.kept() {
        if before.source == Source::Plain && after.is_computed() {
            hazards.push(Hazard::loses(Allow::DropColumn, name(after), "is computed anew"));
        } else if !before.is_computed() && !is_wider(before, after) {
            let how = format!("becomes {}, which may not hold all its values", after.kind);
            hazards.push(Hazard::loses(Allow::NarrowType, name(after), how));
        } else if before.kind != after.kind || before.charset != after.charset {
            hazards.push(rewrites());
        }
        if after.is_not_null() && !before.is_not_null() {
            hazards.push(match given(before, after) {
                Some(how) => Hazard::of(HazardKind::ChangesValues, name(after), how),
                None => may_fail(name(after), NEEDS_VALUE),
            });
        }
        if after.has(&["check"]) && before.definition() != after.definition() {
            hazards.push(may_fail(name(after), NOT_FITTING));
        }
    }
    for column in difference.added().filter(|column| is_wanting(column)) {
        hazards.push(if takes_null(to) {
            may_fail(name(column), NEEDS_VALUE)
        } else {
            Hazard::of(HazardKind::ChangesValues, name(column), "gets a zero or an empty text in rows that are there")
        });
    }
    let is_new = |column: &&Column| from.column(&column.key).is_none() || remade.contains(&column.key);
    for column in to.columns.iter().filter(|column| column.source == Source::Stored).filter(is_new) {
        hazards.push(may_fail(name(column), "is computed for every row that is there"));
    }
    let is_unique = |essence: &str| essence.starts_with("UNIQUE") || essence.starts_with("PRIMARY");
    // Values that differed may be equal in another collation.
    let compares_otherwise = |key: &Element| {
        let is_other = |(before, after): (&Column, &Column)| before.charset != after.charset;
        difference.kept().filter(|(_, after)| key.columns.contains(&after.key)).any(is_other)
    };
    let is_tried = |key: &Element| difference.is_lost(key, &from.keys) || compares_otherwise(key);
    for key in to.keys.iter().filter(|key| is_unique(&key.essence) && is_tried(key)) {
        hazards.push(may_fail(format!("index {}.{}", to.name, key.name), NOT_FITTING));
    }
    for check in to.checks.iter().filter(|check| difference.is_lost(check, &from.checks)) {
        hazards.push(may_fail(format!("check {}.{}", to.name, check.name), NOT_FITTING));
    }
    if from.options.is_versioned && !to.options.is_versioned {
        hazards.push(Hazard::loses(Allow::DropTable, table.clone(), "keeps no versions of rows that are not current"));
    }
    if from.partitions != to.partitions {
        hazards.push(rewrites());
        if to.partitions.is_some() {
            hazards.push(may_fail(table.clone(), "may have rows that fit no partition"));
        }
    }
    if from.options.get("ENGINE") != to.options.get("ENGINE") {
        hazards.push(rewrites());
    }
    hazards
}

/// What is said of a column that must have a value.
const NEEDS_VALUE: &str = "needs a value in every row";

/// Returns what the server puts into a column that was without a value and must have one, where it does that by itself.
fn given(before: &Column, after: &Column) -> Option<&'static str> {
    if begins_to_count(before, after) {
        Some("gets the next numbers where it is NULL or 0")
    } else if after.base() == "timestamp" {
        Some("gets the current time where it is NULL")
    } else {
        None
    }
}
