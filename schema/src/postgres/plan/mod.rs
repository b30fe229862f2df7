//! From what two schemas differ in to statements of PostgreSQL.
//!
//! [`Work`] says what is to be done with each thing, and adds what stands in its way; [`graph`] puts that in order; what stands
//! beside each other on one table is put into one statement ([`compact`]).

mod compact;
mod graph;
mod mentions;
mod nested;
mod online;
mod work;

use self::graph::{Act, Node};
pub(super) use self::online::plans as online;
use self::work::Work;
use super::alter::{added, detached, released};
use super::atom::{Atom, Text};
use super::catalogue::WITHOUT_DATA;
use super::name::literal;
use super::{Postgres, written};
use super::{column, grants};
use crate::fact::{Fact, Kind};
use crate::hazard::{Hazard, HazardKind};
use crate::plan::{Manner, Plan, Step};
use crate::refusal::Refusal;
use crate::rules::{KindRule, Rules as _};
use crate::schema::Schema;

/// Bodies of functions are looked at when they run, so that they may be made before what they name.
const BODIES_UNCHECKED: &str = "set local check_function_bodies = off";

/// Plans the statements that lead from one schema to another.
pub(super) fn plan(from: &Schema, to: &Schema, manner: Manner) -> Result<Plan, Refusal> {
    let work = Work::between(from, to, manner)?;
    let atoms = graph::order(&work).nodes.iter().flat_map(|node| statements(node, &work)).collect();
    Ok(Plan { steps: steps(atoms), directives: Vec::new() })
}

/// Puts statements together.
fn steps(atoms: Vec<Atom>) -> Vec<Step> {
    let mut steps = compact::steps(atoms);
    let is_routine = |step: &&Step| ["function ", "procedure "].iter().any(|word| step.about.starts_with(word));
    if let Some(first) = steps.iter().find(is_routine) {
        let unchecked = Step { about: first.about.clone(), ..Step::bare(BODIES_UNCHECKED) };
        steps.insert(0, unchecked);
    }
    steps
}

fn statements(node: &Node, work: &Work<'_>) -> Vec<Atom> {
    let (before, after) = (work.from.get(&node.id), work.to.get(&node.id));
    match node.act {
        Act::Release => before.map(released).unwrap_or_default(),
        Act::Drop => before.into_iter().filter_map(|fact| dropped(fact, work)).collect(),
        Act::Alter => work.altered.get(&node.id).cloned().unwrap_or_default(),
        Act::Make => after.map(|fact| made_with_rights(fact, work)).unwrap_or_default(),
        Act::Settle => after.map(|fact| vec![Atom::whole(fact, &*fact.sql)]).unwrap_or_default(),
        Act::Restore => after.map(restored).unwrap_or_default(),
    }
}

fn dropped(fact: &Fact, work: &Work<'_>) -> Option<Atom> {
    let rule = Postgres.rule(fact.id.kind)?;
    let atom = match fact.id.kind {
        Kind::Column if work.is_left_to_heirs(fact) => {
            let column = column::own_name(fact);
            Atom::whole(fact, format!("alter table only {} drop column {column}", written(&fact.id, 2)))
        }
        Kind::Column => Atom::clause(fact, written(&fact.id, 2), format!("drop column {}", column::own_name(fact))),
        Kind::Table if work.is_referred_to_by_its_parent(fact) => {
            let leaves = detached(fact)?.sql();
            let hazard = Hazard::of(HazardKind::MayFail, fact.title(), "must have no row that others refer to");
            Atom::whole(fact, format!("{leaves};\n{}", dropping(rule, fact))).with(hazard)
        }
        kind if is_constraint(kind) && of_table(fact) => {
            let name = super::quoted(fact.id.name.last().map_or("", String::as_str));
            Atom::clause(fact, written(&fact.id, 2), format!("drop constraint {name}"))
        }
        _ => Atom::whole(fact, dropping(rule, fact)),
    };
    // What is computed is computed again, and an identity goes on where its column stands.
    let is_no_loss = fact.attribute("generated").is_some() || work.is_followed_by_an_identity(fact);
    let Some(allow) = rule.loses.filter(|_| !is_no_loss) else { return Some(atom) };
    let how = if work.to.get(&fact.id).is_some() { "is made anew, without what it holds" } else { "is dropped" };
    Some(atom.with(Hazard::loses(allow, fact.title(), how)))
}

/// Returns the statement that drops something.
pub(super) fn dropping(rule: &KindRule, fact: &Fact) -> String {
    let id = &fact.id;
    let last = super::quoted(id.name.last().map_or("", String::as_str));
    match id.kind {
        Kind::Comment => {
            let said = format!(" is {}", literal(fact.attribute("text").unwrap_or_default()));
            format!("{} is null", fact.sql.strip_suffix(&said).unwrap_or(&fact.sql))
        }
        Kind::Privilege | Kind::Owner => grants::undoing(fact),
        Kind::Ownership => format!("alter sequence {} owned by none", written(id, 2)),
        Kind::ReplicaIdentity => format!("alter table {} replica identity default", written(id, 2)),
        Kind::Column => format!("alter table {} drop column {last}", written(id, 2)),
        Kind::Trigger | Kind::Rule | Kind::Policy => format!("drop {} {last} on {}", rule.word, written(id, 2)),
        Kind::Function | Kind::Procedure | Kind::Aggregate => {
            let types = id.name.last().map_or("", String::as_str);
            let types = if id.kind == Kind::Aggregate { aggregate_arguments(fact) } else { types };
            format!("drop {} {}({types})", rule.word, written(id, 2))
        }
        kind if is_constraint(kind) => {
            let on = if of_table(fact) { "table" } else { "domain" };
            format!("alter {on} {} drop constraint {last}", written(id, 2))
        }
        Kind::Schema | Kind::Extension | Kind::EventTrigger => format!("drop {} {last}", rule.word),
        _ => format!("drop {} {}", rule.word, written(id, 2)),
    }
}

/// Returns the arguments of an aggregate as `drop` wants them: `*`, or with `order by`.
fn aggregate_arguments(fact: &Fact) -> &str {
    let signature = fact.attribute("signature").and_then(|text| text.strip_prefix('('));
    signature.and_then(|text| text.split(") ").next()).unwrap_or_default()
}

fn made_with_rights(fact: &Fact, work: &Work<'_>) -> Vec<Atom> {
    made(fact, work).into_iter().chain(rights(fact, work)).collect()
}

/// What is made anew keeps the rights that it had; what is new has those that are declared for it.
fn rights(fact: &Fact, work: &Work<'_>) -> Vec<Atom> {
    let is_dropped = work.dropped.contains(&fact.id) || work.taken.contains_key(&fact.id);
    let kept = match work.from.get(&fact.id) {
        Some(before) if is_dropped => Some(before),
        Some(_) => None,
        None => Some(fact),
    };
    let parts = work
        .to
        .children(&fact.id)
        .into_iter()
        .filter(|part| part.id.kind == Kind::Column && fact.id.kind == Kind::Table);
    let own: Vec<&Fact> = kept.into_iter().chain(parts.filter(|_| kept.is_some())).collect();
    // The sequence that `serial` makes has no statement of its own.
    let of_serials = own.iter().filter_map(|own| work.serial_of(own));
    let all = own.iter().copied().chain(of_serials).filter(|own| !own.kept.is_empty());
    all.map(|own| Atom::whole(fact, &*own.kept)).collect()
}

fn made(fact: &Fact, work: &Work<'_>) -> Vec<Atom> {
    match fact.id.kind {
        Kind::Table => {
            let name = written(&fact.id, 2);
            let mut atoms = vec![Atom::of(fact, Text::Table { name: name.clone(), sql: fact.sql.clone() })];
            let flags = [
                ("row level security", "enable row level security"),
                ("row level security forced", "force row level security"),
            ];
            let set = flags.into_iter().filter(|(flag, _)| fact.attribute(flag).is_some());
            atoms.extend(set.map(|(_, clause)| Atom::clause(fact, &*name, clause)));
            for own in work.to.children(&fact.id).into_iter().filter(|own| own.id.kind == Kind::Column) {
                let column = column::own_name(own);
                let clause = |text: String| Atom::clause(own, &*name, format!("alter column {column} {text}"));
                atoms.extend(column::extras(own).into_iter().map(clause));
                atoms.extend(
                    own_defaults(own, fact, work)
                        .into_iter()
                        .map(|text| Atom::clause(own, &*name, format!("alter column {column} {text}"))),
                );
            }
            atoms
        }
        Kind::Column => added(fact, work.is_serial(fact), work.to),
        Kind::Check if !of_table(fact) => {
            let is_new = fact.parent.as_ref().is_none_or(|domain| work.from.get(domain).is_none());
            let atom = Atom::whole(fact, &*fact.sql);
            vec![if is_new { atom } else { atom.with(may_fail(fact)) }]
        }
        kind if is_constraint(kind) && of_table(fact) => {
            let atom = match fact.sql.split_once(" add constraint ") {
                Some((_, rest)) if fact.attribute("invalid").is_none() => {
                    Atom::clause(fact, written(&fact.id, 2), format!("add constraint {rest}"))
                }
                _ => Atom::whole(fact, &*fact.sql),
            };
            let is_new = fact.parent.as_ref().is_none_or(|table| work.from.get(table).is_none());
            let is_checked = !is_new && !fact.sql.ends_with(" NOT VALID");
            let mut atoms = vec![if is_checked { atom.with(may_fail(fact)) } else { atom }];
            if fact.attribute("clustered").is_some() {
                let name = super::quoted(fact.id.name.last().map_or("", String::as_str));
                atoms.push(Atom::whole(fact, format!("alter table {} cluster on {name}", written(&fact.id, 2))));
            }
            atoms
        }
        Kind::Index => {
            let is_new = fact.parent.as_ref().is_none_or(|table| work.from.get(table).is_none());
            let is_unique = fact.sql.starts_with("CREATE UNIQUE");
            let atom = Atom::whole(fact, &*fact.sql);
            vec![if is_unique && !is_new { atom.with(may_fail(fact)) } else { atom }]
        }
        // One that was there holds something.
        Kind::MaterializedView if work.from.get(&fact.id).is_some() => {
            let (query, settings) = fact.sql.rsplit_once(WITHOUT_DATA).unwrap_or((&fact.sql, ""));
            vec![Atom::whole(fact, format!("{query}{settings}"))]
        }
        _ => vec![Atom::whole(fact, &*fact.sql)],
    }
}

/// A partition may have a default of its own, or forbid nulls that its parent allows.
fn own_defaults(column: &Fact, table: &Fact, work: &Work<'_>) -> Vec<String> {
    let is_inherited = column.attribute("inherited").is_some();
    let is_partition = table.attribute("partition of").is_some();
    let parent = column.needs.iter().find(|id| id.kind == Kind::Column && id.name.last() == column.id.name.last());
    let Some(parent) = parent.and_then(|id| work.to.get(id)).filter(|_| is_inherited) else { return Vec::new() };
    if !is_partition && table.sql.contains(&format!("    {} ", column::own_name(column))) {
        return Vec::new();
    }
    let differs = |name: &str| parent.attribute(name) != column.attribute(name);
    let mut clauses = Vec::new();
    if differs("default") && column.attribute("generated").is_none() {
        let default = column.attribute("default");
        clauses.push(default.map_or_else(|| "drop default".to_owned(), |text| format!("set default {text}")));
    }
    if differs("not null") && column.attribute("not null").is_some() {
        clauses.push("set not null".to_owned());
    }
    clauses
}

fn may_fail(fact: &Fact) -> Hazard {
    Hazard::of(HazardKind::MayFail, fact.title(), "must hold for every row that is there")
}

fn restored(column: &Fact) -> Vec<Atom> {
    if column.id.kind == Kind::Domain {
        let set = |default| format!("alter domain {} set default {default}", written(&column.id, 2));
        return column.attribute("default").map(|default| Atom::whole(column, set(default))).into_iter().collect();
    }
    let name = column::own_name(column);
    let set = column.attribute("default").map(|default| format!("alter column {name} set default {default}"));
    set.into_iter().map(|clause| Atom::clause(column, written(&column.id, 2), clause)).collect()
}

/// Says whether something is a constraint.
pub(super) fn is_constraint(kind: Kind) -> bool {
    matches!(kind, Kind::PrimaryKey | Kind::Unique | Kind::Exclusion | Kind::Check | Kind::ForeignKey)
}

/// Says whether a constraint is one of a table.
fn of_table(fact: &Fact) -> bool {
    fact.parent.as_ref().is_some_and(|parent| parent.kind == Kind::Table)
}
