//! What SQLite can alter in place; <https://www.sqlite.org/lang_altertable.html>.

use super::quoted;
use super::rebuild::rebuild;
use super::table::{Column, Table};
use crate::fact::Fact;
use crate::hazard::{Allow, Hazard};
use crate::plan::{Manner, Step};
use crate::refusal::Refusal;
use crate::rules::{Alteration, Change, Effect};

/// What `ADD COLUMN` does not take, or only as long as the table is empty.
const NOT_ADDED: [&str; 5] = ["primary", "unique", "check", "references", "stored"];

/// What keeps `DROP COLUMN` from a column.
const NOT_DROPPED: [&str; 2] = ["primary", "unique"];

/// Alters a table in place where SQLite can, and else rebuilds it.
pub(super) fn alter(change: &Change<'_>) -> Result<Alteration, Refusal> {
    let texts = Table::read(&change.from.sql).zip(Table::read(&change.to.sql));
    let (from, to) = texts.ok_or_else(|| unreadable(change.to))?;
    match in_place(change, &from, &to) {
        Some(steps) if change.manner == Manner::Shortest => {
            Ok(Alteration { steps, effect: Effect::Alone, directives: Vec::new() })
        }
        _ => Ok(rebuild(change, &from, &to)),
    }
}

/// Returns the statements that alter a table in place; `None` is that there are none.
fn in_place(change: &Change<'_>, from: &Table<'_>, to: &Table<'_>) -> Option<Vec<Step>> {
    let is_same = |name| change.from.attribute(name) == change.to.attribute(name);
    if !["name", "constraints", "options"].into_iter().all(is_same) {
        return None;
    }
    let kept: Vec<&Column> = from.columns.iter().filter(|column| to.column(&column.key).is_some()).collect();
    let dropped: Vec<&Column> = from.columns.iter().filter(|column| to.column(&column.key).is_none()).collect();
    let added: Vec<&Column> = to.columns.iter().filter(|column| from.column(&column.key).is_none()).collect();
    let is_changed =
        |column: &&Column| to.column(&column.key).is_none_or(|other| other.definition() != column.definition());
    let result = kept.iter().chain(&added).map(|column| &column.key);
    if kept.is_empty()
        || kept.iter().any(is_changed)
        || !result.eq(to.columns.iter().map(|column| &column.key))
        || !added.iter().all(|column| can_be_added(column, to.sql))
        || !dropped.iter().all(|column| can_be_dropped(column, from, change))
    {
        return None;
    }
    let table = quoted(&change.to.name);
    let step = |sql: String| Step::new(change.to, format!("alter table {table} {sql}"));
    let renames = kept.iter().filter_map(|column| {
        let other = to.column(&column.key).filter(|other| other.name != column.name)?;
        Some(step(format!("rename column {} to {}", quoted(&column.name), quoted(&other.name))))
    });
    let drops = dropped.iter().map(|column| {
        let hazard =
            Hazard::loses(Allow::DropColumn, format!("column {}.{}", change.from.name, column.name), "is dropped");
        Step { hazards: vec![hazard], ..step(format!("drop column {}", quoted(&column.name))) }
    });
    let adds = added.iter().map(|column| step(format!("add column {}", column.text(to.sql))));
    Some(renames.chain(drops).chain(adds).collect())
}

fn can_be_added(column: &Column, sql: &str) -> bool {
    let default = column.default_text(sql);
    // `(1)` and `current_timestamp` are no constants to it.
    let is_constant =
        default.is_some_and(|text| !text.starts_with('(') && !text.to_ascii_lowercase().starts_with("current_"));
    NOT_ADDED.iter().all(|word| !column.has(word) || (*word == "references" && !column.has("default")))
        && (!column.has("default") || is_constant)
        && (!column.is_not_null() || is_constant)
}

fn can_be_dropped(column: &Column, from: &Table<'_>, change: &Change<'_>) -> bool {
    let mentions = |words: &[super::words::Word]| words.iter().any(|word| word.name().as_ref() == Some(&column.key));
    let others = from.columns.iter().filter(|other| other.key != column.key);
    let indexes = change.after.children(&change.to.id).into_iter().filter(|child| child.rank.is_none());
    NOT_DROPPED.iter().all(|word| !column.has(word))
        && !mentions(from.constraint_words())
        && !others.into_iter().any(|other| mentions(other.inner()))
        && !indexes.into_iter().any(|fact| mentions(&super::words::words(&fact.sql)))
}

fn unreadable(fact: &Fact) -> Refusal {
    Refusal {
        object: fact.title(),
        what: "it differs".to_owned(),
        why: "its text cannot be taken apart".to_owned(),
        instead: "write its migration by hand".to_owned(),
    }
}
