//! What alters an enum, a domain or a composite type.

use std::collections::BTreeSet;

use super::rebuild::{Cast, rebuild, users};
use super::{Altered, attribute, refusal};
use crate::fact::{Fact, Id, Kind};
use crate::hazard::{Allow, Hazard, HazardKind};
use crate::plan::Manner;
use crate::postgres::atom::Atom;
use crate::postgres::name::items;
use crate::postgres::written;
use crate::refusal::Refusal;
use crate::rules::Change;

/// Adds values where that is all there is to do, and else puts another type in the place of the enum.
pub(super) fn alter_enum(change: &Change<'_>) -> Result<Altered, Refusal> {
    let (from, to) = (change.from, change.to);
    let (old, new) = (items(attribute(from, "values")), items(attribute(to, "values")));
    let kept: Vec<&str> = new.iter().copied().filter(|label| old.contains(label)).collect();
    let gone: Vec<&str> = old.iter().copied().filter(|label| !new.contains(label)).collect();
    let added: Vec<&str> = new.iter().copied().filter(|label| !old.contains(label)).collect();
    let is_insertion = gone.is_empty() && kept == old;
    // A value that was added cannot be used before the transaction ends.
    if is_insertion && change.manner == Manner::Shortest && !is_used(change, &added) {
        return Ok(Altered::in_place(insertions(to, &old, &new)));
    }
    let mut altered = rebuild(change, &Cast::Text)?;
    if !gone.is_empty() && !users(change).is_empty() {
        let values = gone.join(", ");
        let mut hazard = Hazard::of(HazardKind::MayFail, to.title(), format!("loses {values}, which no row may have"));
        hazard.allow = Some(Allow::NarrowType);
        let last = altered.atoms.pop();
        altered.atoms.extend(last.map(|last| last.with(hazard)));
    }
    Ok(altered)
}

fn insertions(to: &Fact, old: &[&str], new: &[&str]) -> Vec<Atom> {
    let name = written(&to.id, 2);
    let place = |(n, label): (usize, &&str)| {
        let next = new.get(n + 1..).unwrap_or_default().iter().find(|other| old.contains(other));
        // Those before it are there already, for they are added in this order.
        let at = next.map_or_else(String::new, |next| format!(" before {next}"));
        Atom::whole(to, format!("alter type {name} add value {label}{at}"))
    };
    new.iter().enumerate().filter(|(_, label)| !old.contains(label)).map(place).collect()
}

/// Says whether anything that is made or altered mentions a value.
fn is_used(change: &Change<'_>, labels: &[&str]) -> bool {
    let is_new = |fact: &&Fact| change.before.get(&fact.id).is_none_or(|before| before.attributes != fact.attributes);
    let mentions = |fact: &Fact| {
        let values = fact.attributes.iter().map(|(_, value)| value).chain([&fact.sql]);
        values.into_iter().any(|value| labels.iter().any(|label| value.contains(label)))
    };
    change
        .after
        .facts()
        .filter(|fact| fact.id != change.to.id && fact.id.kind != Kind::Comment)
        .filter(is_new)
        .any(mentions)
}

pub(super) fn alter_domain(change: &Change<'_>) -> Result<Altered, Refusal> {
    let (from, to) = (change.from, change.to);
    let is_changed = |name: &str| from.attribute(name) != to.attribute(name);
    if is_changed("type") || is_changed("collation") {
        return rebuild(change, &Cast::Base(attribute(to, "type").to_owned()));
    }
    let name = written(&to.id, 2);
    let mut atoms = Vec::new();
    if is_changed("default") {
        let what =
            to.attribute("default").map_or_else(|| "drop default".to_owned(), |text| format!("set default {text}"));
        atoms.push(Atom::whole(to, format!("alter domain {name} {what}")));
    }
    if is_changed("not null") {
        let is_set = to.attribute("not null").is_some();
        let atom = Atom::whole(to, format!("alter domain {name} {} not null", if is_set { "set" } else { "drop" }));
        let hazard = Hazard::of(HazardKind::MayFail, to.title(), "must have no nulls in any column");
        atoms.push(if is_set { atom.with(hazard) } else { atom });
    }
    Ok(Altered::in_place(atoms))
}

/// Alters the attributes one by one; where that leads elsewhere, the type is made anew if nothing holds values of it.
pub(super) fn alter_composite(change: &Change<'_>) -> Result<Altered, Refusal> {
    let (from, to) = (change.from, change.to);
    let (old, new) = (attributes(from), attributes(to));
    let name = written(&to.id, 2);
    let has_them = |fact: &&Fact| fact.id.kind == Kind::Table && fact.attribute("of") == Some(&*name);
    if let Some(table) = change.before.facts().find(has_them) {
        return Err(refusal(to, "its attributes changed", &format!("{} has them too", table.title())));
    }
    let find =
        |all: &[(String, String)], name: &str| all.iter().find(|(own, _)| own == name).map(|(_, kind)| kind.clone());
    let kept = old.iter().filter(|(name, _)| find(&new, name).is_some());
    let added = new.iter().filter(|(name, _)| find(&old, name).is_none());
    let reached: Vec<&String> = kept.chain(added.clone()).map(|(name, _)| name).collect();
    let is_reached = reached.into_iter().eq(new.iter().map(|(name, _)| name));
    let holders = users(change);
    let retyped: Vec<&(String, String)> =
        new.iter().filter(|(name, kind)| find(&old, name).is_some_and(|before| before != *kind)).collect();
    if !is_reached || !retyped.is_empty() && !holders.is_empty() || change.manner == Manner::Surest {
        if let Some(holder) = holders.first() {
            let why = format!("{} holds values of it", holder.title());
            return Err(refusal(to, "its attributes changed in place", &why));
        }
        return Ok(Altered { touched: BTreeSet::from([to.id.clone()]), ..Altered::replaced() });
    }
    let mut clauses = Vec::new();
    let mut atom = Atom::whole(to, "");
    for (name, _) in old.iter().filter(|(name, _)| find(&new, name).is_none()) {
        clauses.push(format!("drop attribute {name}"));
        atom = atom.with(Hazard::loses(Allow::DropColumn, format!("attribute {}.{name}", to.name), "is dropped"));
    }
    clauses.extend(retyped.into_iter().map(|(name, kind)| format!("alter attribute {name} type {kind}")));
    clauses.extend(added.map(|(name, kind)| format!("add attribute {name} {kind}")));
    let text = format!("alter type {} {}", written(&to.id, 2), clauses.join(", "));
    let touched: BTreeSet<Id> = BTreeSet::from([to.id.clone()]);
    let atoms = vec![Atom { text: crate::postgres::atom::Text::Whole(text), ..atom }];
    Ok(Altered { atoms, touched, ..Altered::default() })
}

/// Returns the attributes of a composite type: each one's name, as it is written, and type.
pub(super) fn attributes(composite: &Fact) -> Vec<(String, String)> {
    attribute(composite, "attributes").split(",\n").filter(|line| !line.is_empty()).map(named).collect()
}

/// Splits an attribute into its name, as it is written, and its type.
fn named(line: &str) -> (String, String) {
    let mut is_quoted = false;
    let end = line.char_indices().find(|(_, c)| {
        is_quoted ^= *c == '"';
        *c == ' ' && !is_quoted
    });
    let at = end.map_or(line.len(), |(at, _)| at);
    let (name, kind) = line.split_at(at);
    (name.to_owned(), kind.trim_start().to_owned())
}
