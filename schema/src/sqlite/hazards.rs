//! What the rebuild of a table may do to its rows.

use super::affinity::{Conversion, conversion, may_refuse};
use super::rebuild::Copy;
use super::table::{Column, Table};
use super::words::words;
use crate::hazard::{Allow, Hazard, HazardKind};
use crate::plan::NOT_FITTING;
use crate::rules::Change;

/// What a column must fulfil. Rows that were there before may not.
const DEMANDS: [&str; 5] = ["not", "unique", "primary", "check", "references"];

/// Returns all that a rebuild may do to rows: to those of a column, and to the table.
pub(super) fn hazards(change: &Change<'_>, tables: (&Table<'_>, &Table<'_>), copy: &Copy<'_>) -> Vec<Hazard> {
    let (from, to) = tables;
    let of_table = |kind, how: String| Hazard::of(kind, &*change.to.name, how);
    let of_column =
        |column: &Column, how| Hazard::of(HazardKind::MayFail, format!("{}.{}", change.to.name, column.name), how);
    let of_new = |column: &Column| {
        let is_rowid = to.rowid_column().is_some_and(|own| own.key == column.key);
        let is_demanding = column.has("unique") || column.has("check") || (column.has("primary") && !is_rowid);
        is_demanding.then(|| of_column(column, NOT_FITTING))
    };
    let mut hazards = vec![of_table(HazardKind::RewritesTable, String::new())];
    hazards.extend(from.columns.iter().flat_map(|column| of_kept(column, change, tables, copy)));
    hazards.extend(to.columns.iter().filter(|column| from.column(&column.key).is_none()).filter_map(of_new));
    hazards.extend(copy.wanting.iter().map(|column| of_column(column, "needs a value in every row")));
    if from.constraints() != to.constraints() && !to.constraints().is_empty() {
        hazards.push(of_table(HazardKind::MayFail, "must fulfil other constraints than before".to_owned()));
    }
    if from.options() != to.options() && !to.options().is_empty() {
        hazards.push(of_table(HazardKind::MayFail, format!("becomes {}", to.options())));
    }
    hazards
}

/// Returns what becomes of a column of the old table.
fn of_kept(column: &Column, change: &Change<'_>, tables: (&Table<'_>, &Table<'_>), copy: &Copy<'_>) -> Vec<Hazard> {
    let (from, to) = tables;
    let loses = |allow, how| Hazard::loses(allow, format!("column {}.{}", change.from.name, column.name), how);
    let Some(after) = to.column(&column.key) else { return vec![loses(Allow::DropColumn, "is dropped")] };
    if after.is_generated() {
        let is_new = !column.is_generated();
        return is_new.then(|| loses(Allow::DropColumn, "is computed from now on")).into_iter().collect();
    }
    let of = |kind, how| Hazard::of(kind, format!("{}.{}", change.to.name, after.name), how);
    let mut hazards = Vec::new();
    match conversion((column, from), (after, to)) {
        Conversion::Keeps => {}
        Conversion::Rewrites(how) => hazards.push(of(HazardKind::ChangesValues, how)),
        Conversion::Narrows(how) => hazards.push(loses(Allow::NarrowType, how)),
    }
    let is_rowid = |table: &Table<'_>| table.rowid_column().is_some_and(|own| own.key == column.key);
    if is_rowid(to) && !is_rowid(from) && !from.takes_no_null(column) {
        hazards.push(of(HazardKind::ChangesValues, "becomes a number of its own where it is null"));
    }
    if copy.filled.iter().any(|filled| filled.key == after.key) {
        hazards.push(of(HazardKind::ChangesValues, "becomes its default where it is null"));
    } else if is_stricter(column, after) {
        hazards.push(of(HazardKind::MayFail, "must fulfil more than before"));
    } else if column.collation() != after.collation() && is_compared(after, change, to) {
        hazards.push(of(HazardKind::MayFail, "is compared otherwise than before, and must fulfil the same"));
    }
    if may_refuse((column, from), (after, to)) {
        hazards.push(of(HazardKind::MayFail, "may hold what its new type does not"));
    }
    hazards
}

fn is_stricter(from: &Column, to: &Column) -> bool {
    let is_new = |word: &str| to.has(word) && (!from.has(word) || ["check", "references"].contains(&word));
    from.definition() != to.definition() && DEMANDS.into_iter().any(is_new)
}

/// Says whether what a column must fulfil depends on how its values are compared.
fn is_compared(column: &Column, change: &Change<'_>, to: &Table<'_>) -> bool {
    let mentions = |words: &[super::words::Word]| words.iter().any(|word| word.name().as_ref() == Some(&column.key));
    let mut indexes = change.after.children(&change.to.id).into_iter();
    DEMANDS.into_iter().any(|word| word != "not" && column.has(word))
        || mentions(to.constraint_words())
        || indexes.any(|fact| super::is_unique(fact) && mentions(&words(&fact.sql)))
}
