//! From one table to another: the elements that differ are the clauses of one `ALTER TABLE`.
//!
//! What it cannot do in one stands before it ([`super::prepare`]); foreign keys go before everything and come behind everything
//! ([`super::foreign_key`]).

use std::collections::BTreeSet;

use super::collation::Collations;
use super::column::{Column, Source};
use super::hazards::hazards;
use super::placement::unmoved;
use super::prepare::{self, Preparation};
use super::table::{Element, SYSTEM_TIME, Table};
use super::words::mentioned;
use super::{foreign_key, quoted};
use crate::plan::Step;
use crate::refusal::Refusal;
use crate::rules::{Alteration, Change, Effect};

/// What differs between two tables.
pub(super) struct Difference<'t> {
    pub(super) from: &'t Table,
    pub(super) to: &'t Table,
    /// Columns that are dropped and added again, in lower case: the server does not turn one into the other.
    pub(super) remade: BTreeSet<String>,
    /// The columns of the table's foreign keys.
    serving: Vec<Vec<String>>,
}

/// Alters a table.
pub(super) fn alter(change: &Change<'_>) -> Result<Alteration, Refusal> {
    let read = |sql: &str| Table::read(sql, &Collations::default());
    let (from, to) = read(&change.from.sql).zip(read(&change.to.sql)).ok_or_else(|| unreadable(change))?;
    if from.options.is_versioned && to.options.is_versioned {
        keeps_versions(change, &from, &to)?;
    }
    let table = quoted(&to.name);
    let mut steps = Vec::new();
    if from.name != to.name {
        steps.push(Step::new(change.to, format!("rename table {} to {table}", quoted(&from.name))));
    }
    let Preparation { steps: before, from: prepared, to: nearly } = prepare::prepare(change, &from, &to);
    steps.extend(before);
    let mut difference = Difference::new(&prepared, &nearly);
    difference.serving = foreign_key::columns(change);
    let clauses = difference.clauses().map_err(|option| fixed(change, &option))?;
    let partitions = difference.partitions();
    if !clauses.is_empty() || partitions.is_some() {
        steps.push(Step::new(change.to, statement(&table, &clauses, partitions.as_deref())));
    }
    if nearly.options.is_versioned != to.options.is_versioned {
        steps.push(Step::new(change.to, statement(&table, &["add system versioning".to_owned()], None)));
    }
    if let Some(last) = steps.last_mut() {
        last.hazards.extend(hazards(&Difference::new(&from, &to)));
    }
    if steps.is_empty() {
        return Err(in_place(change));
    }
    if difference.counts_on() {
        let set = |sql: &str| Step::new(change.to, sql);
        steps.insert(0, set(ZEROS_STAY));
        steps.push(set(ZEROS_COUNT));
    }
    if from.options.is_versioned || prepared.options.is_versioned {
        // Without this the server alters no table that keeps versions of its rows.
        let set = |value: &str| Step::new(change.to, format!("set system_versioning_alter_history = {value}"));
        steps.insert(0, set("keep"));
        steps.push(set("default"));
    }
    let disturbed = foreign_key::disturbed(change, &Difference::new(&from, &to));
    let effect = if disturbed.is_empty() { Effect::Alone } else { Effect::These(disturbed) };
    Ok(Alteration { steps, effect, directives: Vec::new() })
}

/// Has the server leave zeros as they are in a column that begins to count.
const ZEROS_STAY: &str = "set session sql_mode = concat(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')";
const ZEROS_COUNT: &str = "set session sql_mode = replace(@@sql_mode, 'NO_AUTO_VALUE_ON_ZERO', '')";

/// Returns one `ALTER TABLE`.
pub(super) fn statement(table: &str, clauses: &[String], behind: Option<&str>) -> String {
    let separator = if clauses.len() > 1 { "\n  " } else { " " };
    let clauses = clauses.join(",\n  ");
    let clauses = if clauses.is_empty() { String::new() } else { format!("{separator}{clauses}") };
    let behind = behind.map(|text| format!("\n{text}")).unwrap_or_default();
    format!("alter table {table}{clauses}{behind}")
}

impl<'t> Difference<'t> {
    pub(super) fn new(from: &'t Table, to: &'t Table) -> Difference<'t> {
        let both = || from.columns.iter().filter_map(|column| Some((column, to.column(&column.key)?)));
        let mut remade: BTreeSet<String> =
            both().filter(|(before, after)| is_remade(before, after)).map(|(column, _)| column.key.clone()).collect();
        // What is computed from one of them goes with it.
        loop {
            let goes_along = |column: &Column| {
                column.is_computed() && mentioned(&column.rest).iter().any(|name| remade.contains(name))
            };
            let more = both().filter(|(before, after)| goes_along(before) && after.is_computed());
            let more: Vec<String> =
                more.map(|(column, _)| column.key.clone()).filter(|key| !remade.contains(key)).collect();
            if more.is_empty() {
                return Difference { from, to, remade, serving: Vec::new() };
            }
            remade.extend(more);
        }
    }

    /// Returns the columns that are no more.
    pub(super) fn dropped(&self) -> impl Iterator<Item = &'t Column> {
        self.from.columns.iter().filter(|column| self.to.column(&column.key).is_none())
    }

    /// Returns the columns that are new.
    pub(super) fn added(&self) -> impl Iterator<Item = &'t Column> {
        self.to.columns.iter().filter(|column| self.from.column(&column.key).is_none())
    }

    /// Returns what was and what is to be of columns that are in both.
    pub(super) fn kept(&self) -> impl Iterator<Item = (&'t Column, &'t Column)> {
        self.from.columns.iter().filter_map(|column| Some((column, self.to.column(&column.key)?)))
    }

    /// Says whether a column begins to count that may hold zeros: the server would turn them into the next numbers.
    fn counts_on(&self) -> bool {
        self.kept().any(|(before, after)| begins_to_count(before, after) && before.is_not_null())
    }

    /// Says whether a key or check is not there any more in the same form, its name aside.
    pub(super) fn is_lost(&self, element: &Element, others: &[Element]) -> bool {
        self.is_touched(element) || others.iter().all(|other| other.essence != element.essence)
    }

    fn is_touched(&self, element: &Element) -> bool {
        mentioned(&element.clause).iter().any(|name| self.remade.contains(name))
    }

    /// Returns the clauses, without partitions. Fails with the name of an option that cannot be changed.
    fn clauses(&self) -> Result<Vec<String>, String> {
        let checks = Elements::of(self, &self.from.checks, &self.to.checks, Renaming::Never);
        let keys = Elements::of(self, &self.from.keys, &self.to.keys, Renaming::WhereEqual);
        let periods = Elements::of(self, &self.from.periods, &self.to.periods, Renaming::Never);
        let stops = self.from.options.is_versioned && !self.to.options.is_versioned;
        let starts = !self.from.options.is_versioned && self.to.options.is_versioned;
        let mut clauses = Vec::new();
        clauses.extend(stops.then(|| "drop system versioning".to_owned()));
        let is_own = |period: &&&Element| period.name != SYSTEM_TIME;
        clauses.extend(
            periods.dropped.iter().filter(is_own).map(|gone| format!("drop period for {}", quoted(&gone.name))),
        );
        clauses.extend(checks.dropped.iter().map(|gone| format!("drop constraint {}", quoted(&gone.name))));
        clauses.extend(keys.dropped.iter().map(|gone| match &*gone.name {
            "PRIMARY" => "drop primary key".to_owned(),
            name => format!("drop key {}", quoted(name)),
        }));
        clauses.extend(self.columns());
        let renames = keys.renamed.iter();
        clauses.extend(renames.map(|(old, new)| format!("rename key {} to {}", quoted(&old.name), quoted(&new.name))));
        clauses.extend(keys.hidden.iter().map(|(key, word)| format!("alter key {} {word}", quoted(&key.name))));
        clauses.extend(self.kept_keys(&keys).into_iter().map(|name| format!("rename key {name} to {name}")));
        let added = periods.added.iter().chain(&keys.added).chain(&checks.added);
        clauses.extend(added.map(|new| format!("add {}", new.clause)));
        clauses.extend(starts.then(|| "add system versioning".to_owned()));
        clauses.extend(self.from.options.to(&self.to.options)?);
        Ok(clauses)
    }

    /// Returns the keys that the server may have made for foreign keys, and would take back for one that is added.
    fn kept_keys(&self, keys: &Elements<'_>) -> Vec<String> {
        let own = self.from.keys.iter().filter(|key| !keys.dropped.iter().any(|gone| gone.name == key.name));
        let own = own
            .filter(|key| key.essence.starts_with("KEY") && !keys.renamed.iter().any(|(old, _)| old.name == key.name));
        let is_served = |key: &&Element| keys.added.iter().any(|new| new.columns.starts_with(&key.columns));
        own.filter(|key| self.serving.contains(&key.columns)).filter(is_served).map(|key| quoted(&key.name)).collect()
    }

    fn columns(&self) -> Vec<String> {
        let gone = self
            .from
            .columns
            .iter()
            .filter(|column| self.to.column(&column.key).is_none() || self.remade.contains(&column.key));
        let mut clauses: Vec<String> = gone.map(|column| format!("drop column {}", quoted(&column.name))).collect();
        let keys = |table: &'t Table| -> Vec<&'t str> { table.columns.iter().map(|column| &*column.key).collect() };
        let stays = |key: &str| self.from.column(key).is_some() && !self.remade.contains(key);
        let before: Vec<&str> = keys(self.from).into_iter().filter(|key| stays(key)).collect();
        let unmoved = unmoved(&before, &keys(self.to));
        let charset = self.to.options.charset();
        let last = self.to.columns.iter().rposition(|column| stays(&column.key));
        let mut previous: Option<&Column> = None;
        for (at, column) in self.to.columns.iter().enumerate() {
            let place = match previous {
                Some(previous) => format!(" after {}", quoted(&previous.name)),
                None => " first".to_owned(),
            };
            previous = Some(column);
            let declared = column.declared(charset.as_ref());
            let name = quoted(&column.name);
            let Some(old) = self.from.column(&column.key).filter(|_| stays(&column.key)) else {
                // Behind all that is there, it needs no place.
                let place = if last.is_none_or(|last| at > last) && last.is_some() { "" } else { &place };
                clauses.push(format!("add column {name} {declared}{place}"));
                continue;
            };
            let is_moved = !unmoved.contains(&*column.key);
            if is_moved
                || old.definition() != column.definition()
                || old.charset != column.charset
                || old.name != column.name
            {
                let place = if is_moved { &place } else { "" };
                let verb = if old.name == column.name {
                    "modify column".to_owned()
                } else {
                    format!("change column {}", quoted(&old.name))
                };
                clauses.push(format!("{verb} {name} {declared}{place}"));
            }
        }
        clauses
    }

    fn partitions(&self) -> Option<String> {
        match (&self.from.partitions, &self.to.partitions) {
            (from, to) if from == to => None,
            (_, Some(text)) => Some(text.clone()),
            (_, None) => Some("remove partitioning".to_owned()),
        }
    }
}

/// Whether something equal may get another name instead of being made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Renaming {
    Never,
    WhereEqual,
}

/// What becomes of keys, checks or periods.
#[derive(Debug, Default)]
struct Elements<'t> {
    dropped: Vec<&'t Element>,
    renamed: Vec<(&'t Element, &'t Element)>,
    /// Those that are to be used by queries no more or again, with the word for it.
    hidden: Vec<(&'t Element, &'static str)>,
    added: Vec<&'t Element>,
}

impl<'t> Elements<'t> {
    fn of(difference: &Difference<'_>, from: &'t [Element], to: &'t [Element], renaming: Renaming) -> Elements<'t> {
        let same = |one: &Element, other: &Element| one.name == other.name && one.essence == other.essence;
        let stays = |one: &Element, others: &[Element]| {
            !difference.is_touched(one) && others.iter().any(|other| same(one, other))
        };
        let mut elements = Elements {
            dropped: from.iter().filter(|own| !stays(own, to)).collect(),
            renamed: Vec::new(),
            hidden: Vec::new(),
            added: to.iter().filter(|own| !stays(own, from)).collect(),
        };
        if renaming == Renaming::WhereEqual {
            elements.hide(difference);
            let is_named = |own: &Element| own.name != "PRIMARY" && !difference.is_touched(own);
            let old: Vec<&Element> = elements.dropped.iter().copied().filter(|own| is_named(own)).collect();
            for old in old {
                if let Some(at) = elements.added.iter().position(|new| new.essence == old.essence && is_named(new)) {
                    elements.renamed.push((old, elements.added.remove(at)));
                    elements.dropped.retain(|own| own.name != old.name);
                }
            }
        }
        elements
    }
}

impl Elements<'_> {
    fn hide(&mut self, difference: &Difference<'_>) {
        let dropped = std::mem::take(&mut self.dropped);
        for old in dropped {
            let (essence, was) = hiding(&old.essence);
            let same = |new: &&Element| new.name == old.name && hiding(&new.essence).0 == essence;
            match self.added.iter().position(same).filter(|_| !difference.is_touched(old)) {
                Some(at) => {
                    let new = self.added.remove(at);
                    let word = match (hiding(&new.essence).1, was) {
                        (Some(word), _) => word,
                        (None, Some("invisible")) => "visible",
                        (None, _) => "not ignored",
                    };
                    self.hidden.push((new, word));
                }
                None => self.dropped.push(old),
            }
        }
    }
}

/// Takes from the text of a key that queries do not use it.
fn hiding(essence: &str) -> (&str, Option<&'static str>) {
    let of_maria = essence.strip_suffix(" IGNORED").map(|rest| (rest, Some("ignored")));
    let of_mysql = essence.split_once(" /*!80000 INVISIBLE").map(|(rest, _)| (rest, Some("invisible")));
    of_maria.or(of_mysql).unwrap_or((essence, None))
}

/// Says whether a column gets numbers from the server that it did not get before.
pub(super) fn begins_to_count(before: &Column, after: &Column) -> bool {
    after.has(&["auto_increment"]) && !before.has(&["auto_increment"])
}

/// Says whether the server does not turn one into the other: whatever has to do with a column that is not kept.
fn is_remade(from: &Column, to: &Column) -> bool {
    let sources = (from.source, to.source);
    from.source != to.source && !matches!(sources, (Source::Plain, Source::Stored) | (Source::Stored, Source::Plain))
}

fn unreadable(change: &Change<'_>) -> Refusal {
    Refusal {
        object: change.to.title(),
        what: "it differs".to_owned(),
        why: "its text cannot be taken apart".to_owned(),
        instead: "write its migration by hand".to_owned(),
    }
}

fn in_place(change: &Change<'_>) -> Refusal {
    Refusal {
        object: change.to.title(),
        what: "nothing of it is to be altered".to_owned(),
        why: "the server alters tables where they stand, and makes none anew".to_owned(),
        instead: "write the `alter table` that is wanted: `dunlin new`".to_owned(),
    }
}

/// Refuses what a server does not do to a table with the versions of its rows.
fn keeps_versions(change: &Change<'_>, from: &Table, to: &Table) -> Result<(), Refusal> {
    let (what, why) = if from.options.get("ENGINE") != to.options.get("ENGINE") {
        ("its engine changes", "the server does not take the versions of rows that it keeps to another engine")
    } else if from.has_time_columns() != to.has_time_columns() {
        let what = "its versions get columns for their times, or lose them";
        (what, "the server does not give the versions of rows that it keeps other times")
    } else {
        return Ok(());
    };
    Err(Refusal {
        object: change.to.title(),
        what: what.to_owned(),
        why: why.to_owned(),
        instead: "drop its system versioning first, in a migration by hand: the versions are lost".to_owned(),
    })
}

fn fixed(change: &Change<'_>, option: &str) -> Refusal {
    Refusal {
        object: change.to.title(),
        what: format!("its option {option} changes"),
        why: "the server takes it only when a table is made".to_owned(),
        instead: "make a new table and copy the rows, by hand".to_owned(),
    }
}
