//! What alters a table.

use super::{Altered, Way, attribute, refusal};
use crate::fact::Fact;
use crate::hazard::{Hazard, HazardKind};
use crate::postgres::atom::Atom;
use crate::postgres::name::items;
use crate::postgres::written;
use crate::refusal::Refusal;
use crate::rules::Change;

pub(super) fn alter(change: &Change<'_>) -> Result<Altered, Refusal> {
    let (from, to) = (change.from, change.to);
    let is_changed = |name: &str| from.attribute(name) != to.attribute(name);
    if is_changed("partition key") {
        let why = "a table cannot be told anew how it is partitioned, nor be turned into one that is or is not";
        return Err(refusal(to, "its partition key changed", why));
    }
    let table = written(&to.id, 2);
    let clause = |text: String| Atom::clause(to, &*table, text);
    let mut atoms = Vec::new();
    let moves = moves(change);
    let (old, new) = (items(attribute(from, "inherits")), items(attribute(to, "inherits")));
    let alone = |text: String| Atom::whole(to, format!("alter table {table} {text}"));
    atoms.extend(old.iter().filter(|name| !new.contains(name)).map(|name| alone(format!("no inherit {name}"))));
    if is_changed("partition of") {
        atoms.extend(detached(from).filter(|_| !moves));
        if let Some(new) = to.attribute("partition of") {
            let parent = parent_of(new);
            let bound = new.get(parent.len()..).unwrap_or_default();
            let hazard =
                Hazard::of(HazardKind::MayFail, to.title(), "must have no row beyond the bounds of the partition");
            atoms.push(Atom::whole(to, format!("alter table {parent} attach partition {table}{bound}")).with(hazard));
        }
    }
    atoms.extend(new.iter().filter(|name| !old.contains(name)).map(|name| alone(format!("inherit {name}"))));
    if is_changed("of") {
        atoms.push(clause(to.attribute("of").map_or_else(|| "not of".to_owned(), |kind| format!("of {kind}"))));
    }
    if is_changed("unlogged") {
        let how = if to.attribute("unlogged").is_some() { "unlogged" } else { "logged" };
        atoms.push(clause(format!("set {how}")));
    }
    if is_changed("access method") {
        let method = to.attribute("access method").unwrap_or("heap");
        atoms.push(clause(format!("set access method {method}")));
    }
    if is_changed("tablespace") {
        let space = to.attribute("tablespace").unwrap_or("pg_default");
        atoms.push(Atom::whole(to, format!("alter table {table} set tablespace {space}")));
    }
    atoms.extend(options(attribute(from, "options"), attribute(to, "options")).into_iter().map(clause));
    for (name, on, off) in [
        ("row level security", "enable row level security", "disable row level security"),
        ("row level security forced", "force row level security", "no force row level security"),
    ] {
        if is_changed(name) {
            atoms.push(clause(if to.attribute(name).is_some() { on } else { off }.to_owned()));
        }
    }
    Ok(Altered { atoms, way: if moves { Way::Released } else { Way::InPlace }, ..Altered::default() })
}

/// Says whether a partition goes from one place to another: what it had of its parent goes between that.
fn moves(change: &Change<'_>) -> bool {
    let (from, to) = (change.from.attribute("partition of"), change.to.attribute("partition of"));
    from.is_some() && to.is_some() && from != to
}

/// Returns what has a partition leave its parent.
pub(in crate::postgres) fn detached(table: &Fact) -> Option<Atom> {
    let parent = parent_of(table.attribute("partition of")?);
    Some(Atom::whole(table, format!("alter table {parent} detach partition {}", written(&table.id, 2))))
}

/// Returns the table that something is a partition of: `public.m FOR VALUES IN (1)`.
fn parent_of(partition_of: &str) -> &str {
    partition_of.split(" FOR VALUES ").next().unwrap_or_default().trim_end_matches(" DEFAULT")
}

/// Returns the clauses that lead from options to others: `fillfactor=70, toast.autovacuum_enabled=false`.
pub(in crate::postgres) fn options(from: &str, to: &str) -> Vec<String> {
    let (old, new) = (items(from), items(to));
    let name = |option: &&str| option.split('=').next().unwrap_or_default().to_owned();
    let kept: Vec<String> = new.iter().map(name).collect();
    let gone: Vec<String> = old.iter().map(name).filter(|name| !kept.contains(name)).collect();
    let set: Vec<&str> = new.iter().copied().filter(|option| !old.contains(option)).collect();
    let mut clauses = Vec::new();
    clauses.extend((!gone.is_empty()).then(|| format!("reset ({})", gone.join(", "))));
    clauses.extend((!set.is_empty()).then(|| format!("set ({})", set.join(", "))));
    clauses
}
