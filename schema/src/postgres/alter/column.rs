//! What alters a column.

use std::collections::BTreeSet;

use super::conversion::{Conversion, conversion, is_text, may_be_refused};
use super::rebuild::is_in_partition_key;
use super::table::options;
use super::{Altered, Way, attribute, refusal};
use crate::fact::{Fact, Id, Kind};
use crate::hazard::{Allow, Hazard, HazardKind};
use crate::postgres::atom::Atom;
use crate::postgres::column::{IDENTITY, definition, extras, identity, own_name};
use crate::postgres::name::literal;
use crate::postgres::sequence::{SHAPE, clauses_between};
use crate::postgres::written;
use crate::refusal::Refusal;
use crate::rules::Change;
use crate::schema::Schema;

/// Returns what alters a column in its place, or says that it must be replaced.
pub(super) fn alter(change: &Change<'_>) -> Result<Altered, Refusal> {
    inheritance(change)?;
    partition_key(change)?;
    Ok(altered(change))
}

/// Refuses what no statement says: that a column is inherited alone, or that it is its table's own too.
fn inheritance(change: &Change<'_>) -> Result<(), Refusal> {
    let (old, new) = (change.from.attribute("inherited"), change.to.attribute("inherited"));
    let table = |of: &'_ Schema| change.to.parent.as_ref().and_then(|table| of.get(table)).cloned();
    let inherits = |of: &Schema| table(of).and_then(|table| table.attribute("inherits").map(str::to_owned));
    let is_heir = inherits(change.after).is_some();
    match (old, new) {
        (None, Some("yes")) if is_heir => Err(Refusal {
            instead: "name the column in its own table too, beside what that inherits".to_owned(),
            ..refusal(
                change.to,
                "it is to be inherited alone",
                "a table that comes to inherit keeps its columns as its own",
            )
        }),
        (Some(_), Some(_)) if old != new && is_heir && inherits(change.before) == inherits(change.after) => {
            let what = "it is to be inherited and its table's own, or one of these no more";
            Err(refusal(change.to, what, "PostgreSQL has no statement for that alone"))
        }
        _ => Ok(()),
    }
}

/// Refuses another type for what decides in which partition a row is.
fn partition_key(change: &Change<'_>) -> Result<(), Refusal> {
    let is_changed = |name: &str| change.from.attribute(name) != change.to.attribute(name);
    if !is_changed("type") && !is_changed("collation") {
        return Ok(());
    }
    let heirs = heirs(change.from, change.before);
    match heirs.into_iter().chain([change.from]).find(|column| is_in_partition_key(column, change.before)) {
        Some(key) => Err(Refusal {
            instead: "make another table, and copy the rows".to_owned(),
            ..refusal(
                change.to,
                "its type changed",
                &format!("{} is in the key that its table is partitioned by", key.title()),
            )
        }),
        None => Ok(()),
    }
}

/// Returns what inherits a column, directly or through others.
fn heirs<'s>(column: &Fact, of: &'s Schema) -> Vec<&'s Fact> {
    let is_heir = |fact: &&Fact, of: &Fact| {
        fact.id.kind == Kind::Column && fact.needs.contains(&of.id) && fact.id.name.last() == of.id.name.last()
    };
    let mut heirs: Vec<&Fact> = of.facts().filter(|fact| is_heir(fact, column)).collect();
    let mut next = 0;
    while let Some(heir) = heirs.get(next).copied() {
        heirs.extend(of.facts().filter(|fact| is_heir(fact, heir)));
        next += 1;
    }
    heirs
}

fn altered(change: &Change<'_>) -> Altered {
    let (from, to) = (change.from, change.to);
    let is_changed = |name: &str| from.attribute(name) != to.attribute(name) && !is_inherited_change(change, name);
    let is_type_changed = is_changed("type") || is_changed("collation");
    let was_generated = from.attribute("generated").is_some();
    if is_changed("generated") && to.attribute("generated").is_some() || was_generated && is_type_changed {
        return Altered::replaced();
    }
    if is_type_changed && to.attribute("inherited").is_some() && !is_changed("inherited") {
        return Altered::default();
    }
    let (table, column) = (written(&to.id, 2), own_name(to));
    let clause = |text: String| Atom::clause(to, &*table, format!("alter column {column} {text}"));
    let mut altered = Altered { way: way(change), ..Altered::default() };
    let is_released = altered.way == Way::Released;
    let atoms = &mut altered.atoms;
    if is_changed("generated") {
        atoms.push(clause("drop expression".to_owned()));
    }
    if is_type_changed {
        atoms.extend(type_change(change, is_released, &table, &column));
        altered.touched.extend(heirs(change.from, change.before).iter().map(|heir| heir.id.clone()));
        altered.touched.insert(to.id.clone());
    }
    if is_changed("not null") {
        atoms.push(nullability(to, clause));
    }
    let has_new_default = is_changed("default") || is_type_changed && to.attribute("default").is_some();
    if has_new_default {
        match to.attribute("default") {
            Some(default) => atoms.push(clause(format!("set default {default}"))),
            None if is_released || is_type_changed => {}
            None => atoms.push(clause("drop default".to_owned())),
        }
    }
    identity_change(change, atoms, clause);
    storage_change(change, atoms, clause);
    altered
}

/// Says whether a column only follows what it inherits from.
fn is_inherited_change(change: &Change<'_>, name: &str) -> bool {
    let is_inherited = |fact: &Fact| fact.attribute("inherited").is_some();
    let follows = |parent: &Id| {
        let (Some(before), Some(after)) = (change.before.get(parent), change.after.get(parent)) else { return false };
        before.attribute(name) == change.from.attribute(name) && after.attribute(name) == change.to.attribute(name)
    };
    let mut parents =
        change.to.needs.iter().filter(|id| id.kind == Kind::Column && id.name.last() == change.to.id.name.last());
    is_inherited(change.from) && is_inherited(change.to) && parents.any(follows)
}

/// Between a default and an identity both are let go of first: their sequences may have one name.
fn way(change: &Change<'_>) -> Way {
    let is_identity = |fact: &Fact| fact.attribute("identity").is_some();
    if is_identity(change.from) == is_identity(change.to) { Way::InPlace } else { Way::Released }
}

/// Returns what has a column let go of its default or identity.
pub(super) fn released(column: &Fact) -> Vec<Atom> {
    let (table, name) = (written(&column.id, 2), own_name(column));
    let clause = |what: &str| Atom::clause(column, &*table, format!("alter column {name} drop {what}"));
    let identity = column.attribute("identity").map(|_| clause("identity"));
    let default = column.attribute("default").map(|_| clause("default"));
    identity.into_iter().chain(default).collect()
}

fn type_change(change: &Change<'_>, is_released: bool, table: &str, column: &str) -> Vec<Atom> {
    let (from, to) = (change.from, change.to);
    let (old, new) = (attribute(from, "type"), attribute(to, "type"));
    let mut atoms = Vec::new();
    if from.attribute("default").is_some() && !is_released {
        atoms.push(Atom::clause(to, table, format!("alter column {column} drop default")));
    }
    let collation = to.attribute("collation").map(|name| format!(" collate {name}")).unwrap_or_default();
    let (base, new_base) = (base(old, from, change.before), base(new, to, change.after));
    let is_enum = |fact: &Fact, of: &Schema| has(fact, Kind::Enum, of).is_some();
    let both_enums = is_enum(from, change.before) && is_enum(to, change.after);
    let conversion = match () {
        () if old == new => Conversion::Same,
        () if both_enums && old.ends_with(']') == new.ends_with(']') => Conversion::Parses,
        () if base == new_base && (base, new_base) != (old, new) => Conversion::Checks,
        () => conversion(base, new_base),
    };
    let dimensions = if new.ends_with(']') { "[]" } else { "" };
    // A text is no array of texts until it is told.
    let is_assigned = is_text(new_base) && old.ends_with(']') == new.ends_with(']');
    let using = match conversion {
        Conversion::Parses if both_enums => format!(" using {column}::text{dimensions}::{new}"),
        Conversion::Parses | Conversion::Loses if !is_assigned => format!(" using {column}::{new}"),
        _ => String::new(),
    };
    let mut atom = Atom::clause(to, table, format!("alter column {column} type {new}{collation}{using}"));
    let name = &to.name;
    let rewrites = || Hazard::of(HazardKind::RewritesTable, name, format!("becomes {new}"));
    let may_fail = || Hazard::of(HazardKind::MayFail, name, format!("must have no value that is none of {new}"));
    match conversion {
        Conversion::Same | Conversion::Grows => {}
        Conversion::Widens => atom = atom.with(rewrites()),
        Conversion::Checks | Conversion::Parses => atom = atom.with(may_fail()),
        Conversion::Loses => {
            let why = format!("becomes {new}, which cannot hold every {old}");
            atom = atom.with(Hazard::loses(Allow::NarrowType, name, why)).with(rewrites());
            if may_be_refused(base, new_base) {
                atom = atom.with(may_fail());
            }
        }
    }
    atoms.push(atom);
    atoms
}

/// Returns what a type is made of, if a column has a domain; else the type itself.
fn base<'s>(kind: &'s str, column: &Fact, of: &'s Schema) -> &'s str {
    match has(column, Kind::Domain, of) {
        Some(domain) if !kind.ends_with(']') => base(attribute(domain, "type"), domain, of),
        _ => kind,
    }
}

/// Returns the type of a kind that something has.
fn has<'s>(fact: &Fact, kind: Kind, of: &'s Schema) -> Option<&'s Fact> {
    let name = attribute(fact, "type").split(['[', '(']).next().unwrap_or_default();
    let mut own = fact.needs.iter().filter(|id| id.kind == kind && written(id, 2) == name);
    own.find_map(|id| of.get(id))
}

/// Says whether the rows of a column stay as they are stored when its type changes.
pub(in crate::postgres) fn keeps_rows(from: &Fact, to: &Fact) -> bool {
    from.attribute("collation") == to.attribute("collation")
        && conversion(attribute(from, "type"), attribute(to, "type")) == Conversion::Grows
}

fn nullability(to: &Fact, clause: impl Fn(String) -> Atom) -> Atom {
    if to.attribute("not null").is_none() {
        return clause("drop not null".to_owned());
    }
    clause("set not null".to_owned()).with(Hazard::of(HazardKind::MayFail, &*to.name, "must have no nulls"))
}

fn identity_change(change: &Change<'_>, atoms: &mut Vec<Atom>, clause: impl Fn(String) -> Atom) {
    let (from, to) = (change.from, change.to);
    match (from.attribute("identity"), to.attribute("identity")) {
        (None, Some(_)) => {
            atoms.extend(identity(to).map(|text| clause(format!("add {text}"))));
            let table = written(&to.id, 2);
            let bare = to.id.name.last().map_or("", String::as_str);
            let sequence = format!("pg_get_serial_sequence({}, {})", literal(&table), literal(bare));
            atoms.push(behind_rows(to, &sequence, to, IDENTITY));
        }
        (_, None) => {
            let sequence = own_sequence(change).and_then(|id| change.after.get(id));
            let begins = |fact: &Fact| behind_rows(to, &literal(&written(&fact.id, 2)), fact, SHAPE);
            atoms.extend(sequence.map(begins));
        }
        (Some(old), Some(new)) => {
            let mut set = Vec::new();
            set.extend((old != new).then(|| format!("set generated {new}")));
            set.extend(clauses_between(from, to, IDENTITY).into_iter().map(|text| format!("set {text}")));
            if !set.is_empty() {
                atoms.push(clause(set.join(" ")));
            }
            let name = |fact: &Fact| {
                let usual = || {
                    format!(
                        "{}_{}_seq",
                        fact.id.name.get(1).map_or("", String::as_str),
                        fact.id.name.last().map_or("", String::as_str)
                    )
                };
                let named = fact.attribute("identity name").map(str::to_owned);
                named.unwrap_or_else(|| format!("{}.{}", written(&fact.id, 1), crate::postgres::quoted(&usual())))
            };
            if name(from) != name(to) {
                let (old, new) = (name(from), name(to));
                let bare = new.rsplit('.').next().unwrap_or(&new).to_owned();
                atoms.push(Atom::whole(to, format!("alter sequence {old} rename to {bare}")));
            }
        }
    }
}

/// Returns the sequence that a column takes its default from, where it did not before, or the sequence was not there.
fn own_sequence<'s>(change: &Change<'s>) -> Option<&'s Id> {
    change.to.attribute("default").filter(|text| text.starts_with("nextval("))?;
    let mut sequences = change.to.needs.iter().filter(|id| id.kind == Kind::Sequence);
    sequences.find(|id| change.before.get(id).is_none() || change.from.attribute("identity").is_some())
}

/// Has a new sequence begin behind the values that are there.
fn behind_rows(to: &Fact, sequence: &str, shape: &Fact, names: [&'static str; 6]) -> Atom {
    let (table, column) = (written(&to.id, 2), own_name(to));
    let [_, increment, minimum, maximum, ..] = names;
    let is_falling = shape.attribute(increment).is_some_and(|by| by.starts_with('-'));
    let condition = if is_falling {
        format!("min({column}) <= {}", shape.attribute(maximum).unwrap_or("-1"))
    } else {
        format!("max({column}) >= {}", shape.attribute(minimum).unwrap_or("1"))
    };
    let last = if is_falling { "min" } else { "max" };
    Atom::whole(to, format!("select setval({sequence}, {last}({column})) from {table} having {condition}"))
}

fn storage_change(change: &Change<'_>, atoms: &mut Vec<Atom>, clause: impl Fn(String) -> Atom) {
    let (from, to) = (change.from, change.to);
    let is_changed = |name: &str| from.attribute(name) != to.attribute(name);
    if is_changed("storage") {
        let usual = usual_storage(attribute(to, "type"));
        atoms.push(clause(format!("set storage {}", to.attribute("storage").unwrap_or(usual))));
    }
    if is_changed("compression") {
        atoms.push(clause(format!("set compression {}", to.attribute("compression").unwrap_or("default"))));
    }
    if is_changed("statistics") {
        atoms.push(clause(format!("set statistics {}", to.attribute("statistics").unwrap_or("-1"))));
    }
    atoms.extend(options(attribute(from, "options"), attribute(to, "options")).into_iter().map(clause));
}

/// Returns how a type is stored unless it is said: what has a length of its own out of line, and compressed.
fn usual_storage(kind: &str) -> &'static str {
    let base = kind.split('(').next().unwrap_or(kind);
    match base {
        "numeric" | "inet" | "cidr" => "main",
        "integer" | "bigint" | "smallint" | "boolean" | "date" | "uuid" | "real" | "double precision" => "plain",
        _ if base.starts_with("time") || base == "interval" => "plain",
        _ => "extended",
    }
}

/// Returns what adds a column to a table that is there.
pub(in crate::postgres) fn added(column: &Fact, is_serial: bool, of: &Schema) -> Vec<Atom> {
    let (table, name) = (written(&column.id, 2), own_name(column));
    let fills = ["default", "generated", "identity"].iter().any(|way| column.attribute(way).is_some());
    let must_be_filled = column.attribute("not null").is_some() && !fills && !has_default_of_type(column, of);
    let mut atoms = Vec::new();
    if must_be_filled {
        let mut nullable = column.clone();
        nullable.attributes.retain(|(attribute, _)| *attribute != "not null");
        let fill = format!("update {table} set {name} = …;");
        let add = Atom::whole(column, format!("alter table {table} add column {}", definition(&nullable, false)));
        atoms.push(add.followed("rows that are there need a value here:").followed(fill));
        let hazard = Hazard::of(HazardKind::MayFail, &*column.name, "must have no nulls");
        let set = Atom::whole(column, format!("alter table {table} alter column {name} set not null"));
        atoms.push(set.with(hazard));
    } else {
        let atom = Atom::clause(column, &*table, format!("add column {}", definition(column, is_serial)));
        let hazard =
            || Hazard::of(HazardKind::MayFail, &*column.name, "must have no nulls, as its domain says, and so no rows");
        let is_refused = !fills && domains(column, of).any(is_filled_domain);
        atoms.push(if is_refused { atom.with(hazard()) } else { atom });
    }
    atoms.extend(
        extras(column).into_iter().map(|text| Atom::clause(column, &*table, format!("alter column {name} {text}"))),
    );
    atoms
}

/// Says whether the type of a column is a domain with a default.
fn has_default_of_type(column: &Fact, of: &Schema) -> bool {
    domains(column, of).any(|domain| domain.attribute("default").is_some())
}

/// Says whether a domain takes no null, and has nothing to put in its place.
fn is_filled_domain(domain: &Fact) -> bool {
    domain.attribute("not null").is_some() && domain.attribute("default").is_none()
}

fn domains<'s>(column: &Fact, of: &'s Schema) -> impl Iterator<Item = &'s Fact> {
    let domains: BTreeSet<&Id> = column.needs.iter().filter(|id| id.kind == Kind::Domain).collect();
    domains.into_iter().filter_map(|id| of.get(id))
}
