//! What alters something that holds data.

mod column;
mod conversion;
mod rebuild;
mod table;
mod types;

use std::collections::BTreeSet;

pub(super) use self::column::{added, keeps_rows};
pub(super) use self::table::{detached, options};
use super::atom::Atom;
use super::sequence::{SHAPE, clauses_between, fitted};
use super::{quoted, written};
use crate::fact::{Fact, Id, Kind};
use crate::hazard::{Allow, Hazard};
use crate::plan::Manner;
use crate::refusal::Refusal;
use crate::rules::{Alteration, Change, Effect};

/// What alters something.
#[derive(Debug, Default)]
pub(super) struct Altered {
    /// The statements.
    pub(super) atoms: Vec<Atom>,
    /// What they change under those that need it: these must be out of the way.
    pub(super) touched: BTreeSet<Id>,
    /// How it is gone about.
    pub(super) way: Way,
}

/// How something is altered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Way {
    /// In its place.
    #[default]
    InPlace,
    /// In its place, behind what it lets go of first ([`released`]).
    Released,
    /// By another in its place, so that what is part of it must be made again.
    Rebuilt,
    /// It is dropped, and made again.
    Replaced,
}

impl Altered {
    fn in_place(atoms: Vec<Atom>) -> Altered {
        Altered { atoms, ..Altered::default() }
    }

    fn replaced() -> Altered {
        Altered { way: Way::Replaced, ..Altered::default() }
    }
}

/// Returns what alters something, for the planner of PostgreSQL.
pub(super) fn alter(change: &Change<'_>) -> Result<Altered, Refusal> {
    match change.to.id.kind {
        Kind::Table => table::alter(change),
        Kind::Column => column::alter(change),
        Kind::Enum => types::alter_enum(change),
        Kind::Domain => types::alter_domain(change),
        Kind::Composite => types::alter_composite(change),
        Kind::Sequence => Ok(sequence(change)),
        Kind::Index | Kind::PrimaryKey | Kind::Unique | Kind::Exclusion | Kind::Trigger => Ok(inherited(change)),
        Kind::Extension => Ok(Altered::in_place(vec![Atom::whole(
            change.to,
            format!("alter extension {} set schema {}", written(&change.to.id, 1), attribute(change.to, "schema")),
        )])),
        _ => Err(refusal(change.to, "it changed", "no statement is known that changes it")),
    }
}

/// Returns what has something let go of what it is altered behind ([`Way::Released`]).
pub(super) fn released(fact: &Fact) -> Vec<Atom> {
    match fact.id.kind {
        Kind::Domain => vec![Atom::whole(fact, format!("alter domain {} drop default", written(&fact.id, 2)))],
        Kind::Table => detached(fact).into_iter().collect(),
        _ => column::released(fact),
    }
}

/// Returns the same in the words of the crate.
pub(super) fn alteration(change: &Change<'_>) -> Result<Alteration, Refusal> {
    let Altered { atoms, touched, way } = alter(change)?;
    let effect = match way {
        _ if !touched.is_empty() => Effect::Dependants,
        Way::Rebuilt | Way::Replaced => Effect::Children,
        Way::InPlace | Way::Released => Effect::Alone,
    };
    Ok(Alteration { steps: atoms.into_iter().map(Atom::into_step).collect(), effect, directives: Vec::new() })
}

fn sequence(change: &Change<'_>) -> Altered {
    let (from, to) = (change.from, change.to);
    let name = written(&to.id, 2);
    let mut clauses = Vec::new();
    let kind = attribute(to, "type");
    clauses.extend((attribute(from, "type") != kind).then(|| format!("as {kind}")));
    clauses.extend(clauses_between(from, to, SHAPE));
    let fitted = fitted(&name, from, to);
    let mut atoms = Vec::new();
    // Where it stands may be out of the bounds that it had, if all of the new ones are.
    let begins_anew = change.manner == Manner::Surest && fitted.is_some();
    if begins_anew {
        clauses.push("restart".to_owned());
    } else {
        atoms.extend(fitted.map(|sql| Atom::whole(to, sql)));
    }
    if !clauses.is_empty() {
        let atom = Atom::whole(to, format!("alter sequence {name} {}", clauses.join(" ")));
        let hazard = || Hazard::loses(Allow::DropSequence, to.title(), "begins anew");
        atoms.push(if begins_anew { atom.with(hazard()) } else { atom });
    }
    if from.attribute("unlogged") != to.attribute("unlogged") {
        let how = if to.attribute("unlogged").is_some() { "unlogged" } else { "logged" };
        atoms.push(Atom::whole(to, format!("alter sequence {name} set {how}")));
    }
    Altered::in_place(atoms)
}

/// What is inherited changes with what it is inherited from, but for what it has of its own.
fn inherited(change: &Change<'_>) -> Altered {
    let (from, to) = (change.from, change.to);
    if to.id.kind == Kind::Trigger {
        return Altered::in_place(vec![Atom::whole(to, &*to.sql)]);
    }
    if from.attribute("inherited").is_none() {
        return Altered::in_place(attachment(to).map(|sql| Atom::whole(to, sql)).into_iter().collect());
    }
    let name = quoted(to.id.name.last().map_or("", String::as_str));
    let own = format!("{}.{name}", written(&to.id, 1));
    let clauses = options(attribute(from, "options"), attribute(to, "options"));
    let mut statements: Vec<String> = clauses.iter().map(|clause| format!("alter index {own} {clause}")).collect();
    if from.attribute("clustered") != to.attribute("clustered")
        && let Some(table) = &to.parent
    {
        let how = if to.attribute("clustered").is_some() {
            format!("cluster on {name}")
        } else {
            "set without cluster".to_owned()
        };
        statements.push(format!("alter table {} {how}", written(table, 2)));
    }
    if from.attribute("tablespace") != to.attribute("tablespace") {
        statements
            .push(format!("alter index {own} set tablespace {}", to.attribute("tablespace").unwrap_or("pg_default")));
    }
    Altered::in_place(statements.into_iter().map(|sql| Atom::whole(to, sql)).collect())
}

/// Returns what attaches an index or a key of a partition to one that waits for it.
pub(super) fn attachment(to: &Fact) -> Option<&str> {
    let is_inherited = to.attribute("inherited").is_some();
    to.sql.split(";\n").filter(|_| is_inherited).find(|sql| sql.contains(" attach partition "))
}

fn attribute<'f>(fact: &'f Fact, name: &str) -> &'f str {
    fact.attribute(name).unwrap_or_default()
}

fn refusal(of: &Fact, what: &str, why: &str) -> Refusal {
    Refusal {
        object: of.title(),
        what: what.to_owned(),
        why: why.to_owned(),
        instead: "write its migration by hand".to_owned(),
    }
}
