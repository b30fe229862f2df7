//! Foreign keys: they go before tables are altered, and come back behind that.

use std::collections::BTreeSet;

use super::alter::Difference;
use super::column::Column;
use super::quoted;
use super::table::{Element, ForeignKey};
use super::words::{mentioned, words};
use crate::fact::{Fact, Id, Kind};
use crate::rules::Change;
use crate::schema::Schema;

/// Returns those that stand in the way of what is done to a table: those whose columns get another type, or lose the key that
/// they need, on either side.
pub(super) fn disturbed(change: &Change<'_>, difference: &Difference<'_>) -> BTreeSet<Id> {
    let Difference { from, to, remade, .. } = difference;
    let moves = from.options.get("ENGINE") != to.options.get("ENGINE") || from.partitions != to.partitions;
    let is_other = |(before, after): &(&Column, &Column)| {
        before.kind != after.kind || before.charset != after.charset || before.source != after.source
    };
    let touched: BTreeSet<&str> = difference
        .kept()
        .filter(is_other)
        .map(|(column, _)| &*column.key)
        .chain(difference.dropped().map(|column| &*column.key))
        .chain(remade.iter().map(String::as_str))
        .collect();
    let is_lost = |columns: &[String]| {
        let holds = |key: &&Element| key.columns.starts_with(columns);
        let lost = from.keys.iter().filter(holds).any(|key| difference.is_lost(key, &to.keys));
        lost && !from.keys.iter().filter(holds).any(|key| !difference.is_lost(key, &to.keys))
    };
    let is_hit = |columns: &[String]| columns.iter().any(|name| touched.contains(&**name)) || is_lost(columns);
    let all = change.before.facts().filter(|fact| fact.id.kind == Kind::ForeignKey);
    let is_disturbed = |fact: &&Fact| {
        let Some(key) = read(fact) else { return false };
        let is_own = fact.parent.as_ref() == Some(&change.from.id);
        let is_referred_to = fact.needs.contains(&change.from.id);
        (is_own && (moves || is_hit(&key.columns))) || (is_referred_to && (moves || is_hit(&key.referenced)))
    };
    all.filter(is_disturbed).map(|fact| fact.id.clone()).collect()
}

/// Returns the columns of each foreign key that a table has.
pub(super) fn columns(change: &Change<'_>) -> Vec<Vec<String>> {
    let keys = change.before.children(&change.from.id).into_iter().filter(|fact| fact.id.kind == Kind::ForeignKey);
    keys.filter_map(read).map(|key| key.columns).collect()
}

/// Takes the clause of a foreign key apart.
pub(super) fn read(fact: &Fact) -> Option<ForeignKey> {
    let clause = fact.attribute("definition")?;
    ForeignKey::read(clause, &words(clause))
}

/// Says whether a foreign key can be made together with its table: what it refers to is made before.
pub(super) fn is_made_with_table(fact: &Fact, table: &Fact) -> bool {
    fact.needs.iter().all(|id| *id == table.id || table.needs.contains(id))
}

/// Returns the statement that drops a foreign key.
///
/// The server may have made its key by itself, and takes that back when another would do: it then comes with another name. A key
/// that is to stay is made one of its own by giving it its name.
pub(super) fn dropping(fact: &Fact, from: &Schema, to: &Schema) -> String {
    let table = quoted(fact.attribute("table").unwrap_or_default());
    let own = fact.attribute("name").unwrap_or_default();
    let columns = read(fact).map(|key| key.columns).unwrap_or_default();
    // The names that the server itself gives.
    let is_given =
        |name: &str| name == own || columns.first().is_some_and(|column| name.to_lowercase().starts_with(&**column));
    let is_own = |name: &str, of: &[String]| of == columns && is_given(name);
    format!("alter table {table} drop foreign key {}{}", quoted(own), kept(fact, from, to, is_own))
}

/// Returns the statement that adds a foreign key to a table that is there. What the server made for another one it would take back
/// for this one, if it would do.
pub(super) fn adding(fact: &Fact, from: &Schema, to: &Schema) -> String {
    let columns = read(fact).map(|key| key.columns).unwrap_or_default();
    let all = fact.parent.iter().flat_map(|id| from.children(id)).filter(|fact| fact.id.kind == Kind::ForeignKey);
    let served: Vec<Vec<String>> = all.filter_map(read).map(|key| key.columns).collect();
    let is_made_for_another = |_: &str, of: &[String]| columns.starts_with(of) && served.iter().any(|own| own == of);
    format!("{}{}", fact.sql, kept(fact, from, to, is_made_for_another))
}

/// Returns the clauses that make keys ones of their own that stay, of the table that a foreign key is part of: of those that are no
/// more than keys, the ones whose names and columns are to be.
fn kept(fact: &Fact, from: &Schema, to: &Schema, is_to_be: impl Fn(&str, &[String]) -> bool) -> String {
    let keys = fact.parent.iter().flat_map(|id| from.children(id)).filter(|key| key.id.kind == Kind::Index);
    let stays = |key: &&Fact| to.get(&key.id).is_some_and(|own| own.attributes == key.attributes);
    let name = |key: &Fact| {
        let definition = key.attribute("definition").filter(|text| text.starts_with("KEY"))?;
        let name = key.attribute("name")?;
        is_to_be(name, &mentioned(definition)).then(|| quoted(name))
    };
    keys.filter(stays).filter_map(name).map(|name| format!(", rename key {name} to {name}")).collect()
}
