//! What must be done before a table is altered.
//!
//! - A column that must have a value and has no default is added as one that may be without, so that somebody can give it values:
//!   the server itself would put in zeros and empty texts.
//! - Partitions by the time of versions go before the versions do.
//! - Versions of rows are given up before the engine changes, and kept behind that.
//! - Versions begin before there are columns without them.
//! - A column that is computed whenever it is read is made one that is kept before it becomes a plain one: its values stay.

use super::alter::statement;
use super::column::{Column, Source};
use super::quoted;
use super::table::Table;
use super::words::{mentioned, words};
use crate::plan::Step;
use crate::rules::Change;

/// What is done before, the table as it is then, and as it is to be before what is done behind.
pub(super) struct Preparation {
    pub(super) steps: Vec<Step>,
    pub(super) from: Table,
    pub(super) to: Table,
}

pub(super) fn prepare(change: &Change<'_>, from: &Table, to: &Table) -> Preparation {
    let mut preparation = Preparation { steps: Vec::new(), from: from.clone(), to: to.clone() };
    preparation.part_partitions(change);
    preparation.part_versions(change);
    preparation.begin_versions(change);
    preparation.keep_values(change, to);
    preparation.add_wanting(change, to);
    preparation
}

/// Says whether rows that are there must be given a value for a new column.
pub(super) fn is_wanting(column: &Column) -> bool {
    column.source == Source::Plain
        && column.is_not_null()
        && !column.has(&["default"])
        && !column.has(&["auto_increment"])
}

/// Says whether columns of a table may be without a value.
pub(super) fn takes_null(table: &Table) -> bool {
    !table.options.get("ENGINE").is_some_and(|engine| engine.eq_ignore_ascii_case("csv"))
}

impl Preparation {
    /// Versions of rows are not given up while they have partitions of their own.
    fn part_partitions(&mut self, change: &Change<'_>) {
        let stops = self.from.options.is_versioned
            && (!self.to.options.is_versioned || self.from.options.get("ENGINE") != self.to.options.get("ENGINE"));
        let is_of_versions = |text: &String| words(text).iter().any(|word| word.is("system_time"));
        if stops && self.from.partitions.as_ref().is_some_and(is_of_versions) {
            let sql = statement(&quoted(&self.to.name), &[], Some("remove partitioning"));
            self.steps.push(Step::new(change.to, sql));
            self.from.partitions = None;
        }
    }

    /// Versions of rows are kept by one engine alone.
    fn part_versions(&mut self, change: &Change<'_>) {
        if self.from.options.get("ENGINE") == self.to.options.get("ENGINE") {
            return;
        }
        if self.from.options.is_versioned {
            let clause = "drop system versioning".to_owned();
            self.steps.push(Step::new(change.to, statement(&quoted(&self.to.name), &[clause], None)));
        }
        self.from.options.is_versioned = false;
        self.to.options.is_versioned = false;
    }

    /// A column says that it has no versions in a table alone that has some.
    fn begin_versions(&mut self, change: &Change<'_>) {
        let is_without = |column: &Column| column.has(&["without", "system", "versioning"]);
        let begins = !self.from.options.is_versioned && self.to.options.is_versioned;
        if begins && self.to.periods.is_empty() && self.to.columns.iter().any(is_without) {
            let clause = "add system versioning".to_owned();
            self.steps.push(Step::new(change.to, statement(&quoted(&self.to.name), &[clause], None)));
            self.from.options.is_versioned = true;
        }
    }

    fn keep_values(&mut self, change: &Change<'_>, to: &Table) {
        let becomes_plain = |column: &&Column| {
            column.source == Source::Virtual && to.column(&column.key).is_some_and(|to| to.source == Source::Plain)
        };
        let kept: Vec<Column> = self.from.columns.iter().filter(becomes_plain).cloned().collect();
        if kept.is_empty() {
            return;
        }
        let is_hit = |text: &str| mentioned(text).iter().any(|name| kept.iter().any(|column| column.key == *name));
        let mut clauses = Vec::new();
        for key in self.from.keys.iter().filter(|key| is_hit(&key.clause)) {
            clauses.push(format!("drop key {}", quoted(&key.name)));
        }
        for check in self.from.checks.iter().filter(|check| is_hit(&check.clause)) {
            clauses.push(format!("drop constraint {}", quoted(&check.name)));
        }
        self.from.keys.retain(|key| !is_hit(&key.clause));
        self.from.checks.retain(|check| !is_hit(&check.clause));
        clauses.extend(kept.iter().map(|column| format!("drop column {}", quoted(&column.name))));
        let charset = self.from.options.charset();
        let mut place = " first".to_owned();
        for column in &mut self.from.columns {
            if kept.contains(column) {
                column.rest = stored(&column.rest);
                column.source = Source::Stored;
                clauses.push(format!(
                    "add column {} {}{place}",
                    quoted(&column.name),
                    column.declared(charset.as_ref())
                ));
            }
            place = format!(" after {}", quoted(&column.name));
        }
        self.steps.push(Step::new(change.to, statement(&quoted(&to.name), &clauses, None)));
    }

    fn add_wanting(&mut self, change: &Change<'_>, to: &Table) {
        let table = quoted(&to.name);
        let charset = self.from.options.charset();
        let wanting = to.columns.iter().filter(|column| self.from.column(&column.key).is_none() && is_wanting(column));
        let wanting = wanting.filter(|_| takes_null(to));
        let mut added = Vec::new();
        for column in wanting {
            let rest = column.charset.as_ref().filter(|own| Some(*own) != charset.as_ref());
            let rest = rest.map(|charset| format!(" character set {} collate {}", charset.set, charset.collation));
            let declared = format!("{}{}", column.kind, rest.unwrap_or_default());
            added.push((Column { rest: "DEFAULT NULL".to_owned(), ..column.clone() }, declared));
        }
        if added.is_empty() {
            return;
        }
        let clauses: Vec<String> = added
            .iter()
            .map(|(column, declared)| format!("add column {} {declared} null", quoted(&column.name)))
            .collect();
        let mut step = Step::new(change.to, statement(&table, &clauses, None));
        let fill = |column: &Column| format!("update {table} set {} = … where {0} is null;", quoted(&column.name));
        step.behind = std::iter::once("Rows that are there need values here, or what follows fails:".to_owned())
            .chain(added.iter().map(|(column, _)| fill(column)))
            .collect();
        self.steps.push(step);
        self.from.columns.extend(added.into_iter().map(|(column, _)| column));
    }
}

/// `GENERATED ALWAYS AS (…) VIRTUAL`, kept.
fn stored(rest: &str) -> String {
    let words = words(rest);
    match words.iter().rfind(|word| word.is("virtual")) {
        Some(word) => {
            let (before, behind) = (rest.get(..word.start), rest.get(word.end..));
            format!("{}STORED{}", before.unwrap_or_default(), behind.unwrap_or_default())
        }
        None => format!("{rest} STORED"),
    }
}
