//! A type in the place of another, under the columns that have it.

use std::collections::BTreeSet;

use super::conversion::{Conversion, conversion, is_text};
use super::types::attributes;
use super::{Altered, Way, attribute, refusal};
use crate::fact::{Fact, Id, Kind};
use crate::hazard::{Allow, Hazard, HazardKind};
use crate::postgres::atom::Atom;
use crate::postgres::column::own_name;
use crate::postgres::name::aside;
use crate::postgres::{quoted, written};
use crate::refusal::Refusal;
use crate::rules::Change;
use crate::schema::Schema;

/// How a value becomes one of the new type.
pub(super) enum Cast {
    /// By its text.
    Text,
    /// By a type that both know.
    Base(String),
}

/// Returns the columns that have a type before and behind, by themselves or as elements.
pub(super) fn users<'s>(change: &Change<'s>) -> Vec<&'s Fact> {
    let name = written(&change.to.id, 2);
    let has_it = |fact: &Fact| attribute(fact, "type").split(['[', '(']).next() == Some(&*name);
    // What is computed is dropped, and computed again.
    let is_kept = |fact: &&Fact| fact.id.kind == Kind::Column && fact.attribute("generated").is_none();
    let columns = change.before.facts().filter(is_kept).filter(|fact| has_it(fact));
    columns.filter(|fact| change.after.get(&fact.id).is_some_and(has_it)).collect()
}

/// Gives the old type another name, makes the new one, turns the columns over to it, and drops the old one.
pub(super) fn rebuild(change: &Change<'_>, cast: &Cast) -> Result<Altered, Refusal> {
    let (from, to) = (change.from, change.to);
    let is_type = |fact: &&Fact| {
        matches!(fact.id.kind, Kind::Domain | Kind::Range)
            || fact.id.kind == Kind::Composite && is_held(fact, change.before)
    };
    let needs_it = |fact: &&Fact| {
        fact.needs.contains(&to.id) && change.after.get(&fact.id).is_some_and(|after| after.needs.contains(&to.id))
    };
    if let Some(holder) = change.before.facts().filter(is_type).find(needs_it) {
        let why = format!("{} is made of it", holder.title());
        return Err(refusal(to, "it changed so that another must take its place", &why));
    }
    let users = users(change);
    if let Some(key) = users.iter().find(|column| is_in_partition_key(column, change.before)) {
        return Err(Refusal {
            object: to.title(),
            what: "it changed so that another must take its place".to_owned(),
            why: format!("{} is in the key that its table is partitioned by", key.title()),
            instead: "a value that is new can be added by itself: declare it first, and what uses it after that; \
                      whatever else changes, make another table and copy the rows"
                .to_owned(),
        });
    }
    let name = written(&to.id, 2);
    let bare = to.id.name.last().map_or("", String::as_str);
    let aside = aside(bare);
    let old = format!("{}.{}", written(&to.id, 1), quoted(&aside));
    let word = if to.id.kind == Kind::Domain { "domain" } else { "type" };
    let composites = composites(change);
    if users.is_empty() && composites.is_empty() {
        let mut atoms = vec![Atom::whole(to, format!("drop {word} {name}")), Atom::whole(to, &*to.sql)];
        atoms.extend(rights(from, to));
        return Ok(Altered { atoms, touched: BTreeSet::from([to.id.clone()]), way: Way::Rebuilt });
    }
    let mut atoms =
        vec![Atom::whole(to, format!("alter {word} {name} rename to {}", quoted(&aside))), Atom::whole(to, &*to.sql)];
    atoms.extend(rights(from, to));
    let mut touched = BTreeSet::from([to.id.clone()]);
    for column in users {
        touched.insert(column.id.clone());
        // What inherits a column follows it.
        if column.attribute("inherited").is_none() {
            atoms.extend(turned_over(column, change, cast, from));
        }
    }
    for (composite, clauses) in composites {
        touched.insert(composite.id.clone());
        atoms.push(Atom::whole(to, format!("alter type {} {}", written(&composite.id, 2), clauses.join(", "))));
    }
    atoms.push(Atom::whole(to, format!("drop {word} {old}")));
    Ok(Altered { atoms, touched, way: Way::Rebuilt })
}

/// Returns the composite types that have a type before and behind, with what turns their attributes over to another of its name.
fn composites<'s>(change: &Change<'s>) -> Vec<(&'s Fact, Vec<String>)> {
    let name = written(&change.to.id, 2);
    let needs_it = |fact: &&Fact| fact.id.kind == Kind::Composite && fact.needs.contains(&change.to.id);
    let is_kept = |fact: &&Fact| change.after.get(&fact.id).is_some_and(|after| after.attributes == fact.attributes);
    let turned = |(attribute, kind): (String, String)| {
        let has_it = kind.split(['[', '(']).next() == Some(&*name);
        has_it.then(|| format!("alter attribute {attribute} type {kind}"))
    };
    let composites = change.before.facts().filter(needs_it).filter(is_kept);
    composites.map(|fact| (fact, attributes(fact).into_iter().filter_map(turned).collect())).collect()
}

/// Says whether a table holds values of a type.
fn is_held(composite: &Fact, of: &Schema) -> bool {
    of.facts().any(|fact| {
        fact.needs.contains(&composite.id)
            && match fact.id.kind {
                Kind::Column => true,
                Kind::Domain | Kind::Composite | Kind::Range => is_held(fact, of),
                _ => false,
            }
    })
}

/// Says whether a column decides in which partition a row is.
pub(super) fn is_in_partition_key(column: &Fact, of: &Schema) -> bool {
    let key = column.parent.as_ref().and_then(|table| of.get(table)?.attribute("partition key"));
    let is_between = |c: char| matches!(c, '(' | ')' | ',' | ' ');
    key.is_some_and(|key| key.split(is_between).any(|word| word == own_name(column)))
}

/// Says again of the new type what was said of the old one: who has it, and who may use it.
fn rights(from: &Fact, to: &Fact) -> Option<Atom> {
    (!from.kept.is_empty()).then(|| Atom::whole(to, &*from.kept))
}

fn turned_over(before: &Fact, change: &Change<'_>, cast: &Cast, from: &Fact) -> Vec<Atom> {
    let Some(column) = change.after.get(&before.id) else { return Vec::new() };
    let (table, name) = (written(&column.id, 2), own_name(column));
    let clause = |text: String| Atom::clause(column, &*table, format!("alter column {name} {text}"));
    let kind = attribute(column, "type");
    let dimensions = if kind.ends_with(']') { "[]" } else { "" };
    let through = match cast {
        Cast::Text => format!("text{dimensions}"),
        // A cast that is said cuts texts off; one that is not refuses those that are too long.
        Cast::Base(base) if is_text(base) => format!("text{dimensions}"),
        Cast::Base(base) => format!("{base}{dimensions}"),
    };
    let is_refused = matches!(cast, Cast::Base(base) if is_text(base));
    let value = if is_refused { format!("{name}::{through}") } else { format!("{name}::{through}::{kind}") };
    let mut atoms = Vec::new();
    // A default that another thing makes, which goes before and comes back behind, does so too.
    let is_own = |fact: &Fact, of: &Schema| {
        let of_type =
            |id: &&Id| id.kind == Kind::Function && of.get(id).is_some_and(|own| own.needs.contains(&from.id));
        fact.attribute("default").filter(|_| !fact.needs.iter().any(|id| of_type(&id))).map(str::to_owned)
    };
    atoms.extend(is_own(before, change.before).map(|_| clause("drop default".to_owned())));
    let hazard = match cast {
        Cast::Base(base) if conversion(attribute(from, "type"), base) == Conversion::Loses => {
            let how = format!("becomes {base}, which cannot hold every {}", attribute(from, "type"));
            Hazard::loses(Allow::NarrowType, &*column.name, how)
        }
        Cast::Text => Hazard::of(HazardKind::RewritesTable, &*column.name, format!("gets the new {}", from.title())),
        Cast::Base(_) => Hazard::of(
            HazardKind::MayFail,
            &*column.name,
            format!("must have no value that the new {} refuses", from.title()),
        ),
    };
    atoms.push(clause(format!("type {kind} using {value}")).with(hazard));
    atoms.extend(is_own(column, change.after).map(|default| clause(format!("set default {default}"))));
    atoms
}
