//! The rebuild of a table: a new one with the wanted text, the rows copied, the old one dropped, the new one given its name.
//! <https://www.sqlite.org/lang_altertable.html#otheralter>
//!
//! What can go wrong with it, and does not here:
//!
//! - dropping a table deletes its rows first, which cascades: the file has `foreign-keys off`, which the runner turns off before
//!   its transaction, and every foreign key is checked before the commit;
//! - renaming fails where a view or another table's trigger mentions the table, and rewrites references: `legacy_alter_table` is
//!   on for as long as that takes;
//! - a conflict clause of the table would drop rows while they are copied: `insert or abort` overrides it, so all rows come, or
//!   none;
//! - indexes and triggers go with the old table: the plan makes them again;
//! - `AUTOINCREMENT` would begin anew behind the largest row: its mark is copied;
//! - rows would get other rowids: they are copied wherever no column holds them.

use super::hazards::hazards;
use super::table::{Column, Table};
use super::{FOREIGN_KEYS_OFF, quoted};
use crate::fact::{Id, Kind};
use crate::plan::Step;
use crate::rules::{Alteration, Change, Effect};

/// Rebuilds a table.
pub(super) fn rebuild(change: &Change<'_>, from: &Table<'_>, to: &Table<'_>) -> Alteration {
    let (old, new, temporary) = (quoted(&change.from.name), quoted(&change.to.name), quoted(&free_name(change)));
    let copy = Copy::new(change, from, to);
    let step = |sql: String| Step::new(change.to, sql);
    let mut steps = copy.preparation(change, from, to);
    steps.push(Step { hazards: hazards(change, (from, to), &copy), ..step(to.renamed(&temporary)) });
    let (names, values) = (copy.names(), copy.values());
    steps.push(step(format!("insert or abort into {temporary} ({names})\nselect {values} from {old}")));
    if from.counts_up() && to.counts_up() {
        let [copied, kept] = [&*temporary, &*change.from.name]
            .map(|name| dunlin_core::dialect::Dialect::Sqlite.literal(&super::words::unquoted(name)));
        steps.push(step(format!("delete from sqlite_sequence where name = {copied}")));
        steps.push(step(format!(
            "insert into sqlite_sequence (name, seq)\nselect {copied}, seq from sqlite_sequence where name = {kept}"
        )));
    }
    steps.push(step(format!("drop table {old}")));
    steps.push(step("pragma legacy_alter_table = on".to_owned()));
    steps.push(step(format!("alter table {temporary} rename to {new}")));
    steps.push(step("pragma legacy_alter_table = off".to_owned()));
    Alteration { steps, effect: Effect::Children, directives: vec![FOREIGN_KEYS_OFF] }
}

/// A name that nothing has, before or behind.
fn free_name(change: &Change<'_>) -> String {
    let is_taken = |name: &str| {
        let kinds = [Kind::Table, Kind::VirtualTable, Kind::View, Kind::Index];
        let has = |schema: &crate::schema::Schema| {
            kinds.iter().any(|kind| schema.get(&Id::new(*kind, [name.to_ascii_lowercase()])).is_some())
        };
        has(change.before) || has(change.after)
    };
    let mut name = format!("new_{}", change.to.name);
    while is_taken(&name) {
        name.push('_');
    }
    name
}

/// Which values go where.
pub(super) struct Copy<'c> {
    /// The column of the new table, the expression over the old one.
    columns: Vec<(String, String)>,
    /// Columns that rows which are there must be given values for.
    pub(super) wanting: Vec<&'c Column>,
    /// Columns whose missing values become their default.
    pub(super) filled: Vec<&'c Column>,
}

impl<'c> Copy<'c> {
    fn new(change: &Change<'_>, from: &Table<'_>, to: &'c Table<'_>) -> Copy<'c> {
        let mut copy = Copy { columns: Vec::new(), wanting: Vec::new(), filled: Vec::new() };
        let keeps_rowid = to.rowid_column().is_some_and(|column| from.column(&column.key).is_some());
        if from.has_rowid() && to.has_rowid() && !keeps_rowid {
            let names = ["rowid", "_rowid_", "oid"].into_iter();
            let mut free = names.filter(|name| from.column(name).is_none() && to.column(name).is_none());
            copy.columns.extend(free.next().map(|name| (name.to_owned(), name.to_owned())));
        }
        let is_rowid = |column: &Column| to.rowid_column().is_some_and(|own| own.key == column.key);
        for column in to.columns.iter().filter(|column| !column.is_generated()) {
            let name = quoted(&column.name);
            let Some(before) = from.column(&column.key) else {
                if to.takes_no_null(column) && !column.has("default") && !is_rowid(column) {
                    copy.wanting.push(column);
                    copy.columns.push((name.clone(), name));
                }
                continue;
            };
            let own = quoted(&before.name);
            let default = column.default_text(to.sql).filter(|_| column.is_not_null() && !before.is_not_null());
            match default.filter(|_| change.from.id == change.to.id) {
                Some(default) => {
                    copy.filled.push(column);
                    copy.columns.push((name, format!("coalesce({own}, {default})")));
                }
                None => copy.columns.push((name, own)),
            }
        }
        if copy.columns.is_empty() {
            // Nothing is left of the rows but that they are there.
            let first = to.columns.iter().find(|column| !column.is_generated());
            let value = |column: &Column| column.default_text(to.sql).unwrap_or("null").to_owned();
            copy.columns.extend(first.map(|column| (quoted(&column.name), value(column))));
        }
        copy
    }

    fn names(&self) -> String {
        self.columns.iter().map(|(name, _)| &**name).collect::<Vec<_>>().join(", ")
    }

    fn values(&self) -> String {
        self.columns.iter().map(|(_, value)| &**value).collect::<Vec<_>>().join(", ")
    }

    /// Adds the columns that rows must be given values for as ones that may be without, with a place to do so.
    fn preparation(&self, change: &Change<'_>, from: &Table<'_>, to: &Table<'_>) -> Vec<Step> {
        let table = quoted(&change.from.name);
        let add = |column: &&Column| {
            let name = quoted(&column.name);
            // A strict table knows few types.
            let kind = if from.is_strict() && !to.is_strict() { "any" } else { column.type_text(to.sql) };
            let declared = [&*name, kind].join(" ");
            Step::new(change.to, format!("alter table {table} add column {}", declared.trim_end()))
        };
        let mut steps: Vec<Step> = self.wanting.iter().map(add).collect();
        if let Some(last) = steps.last_mut() {
            // The place is before the table is made anew, behind the columns.
            let fill = |column: &&Column| format!("update {table} set {} = … where {0} is null;", quoted(&column.name));
            let fills = self.wanting.iter().map(fill);
            last.behind = std::iter::once("Rows that are there need values here, or the copy below fails:".to_owned())
                .chain(fills)
                .collect();
        }
        steps
    }
}
