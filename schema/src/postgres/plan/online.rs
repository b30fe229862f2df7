//! The way as several migrations that lock no table for long.
//!
//! What would lock a table for as long as it is large has another form: an index is built concurrently, a constraint is added
//! without being checked and checked later, a column is known to have no nulls by a check. Each of these takes [`Turn`]s, and turns
//! of one kind that can be taken together are one migration. What has no such form is labelled, and must be allowed.

mod column;
mod constraint;

use std::collections::{BTreeMap, BTreeSet};

use super::graph::{self, Act, Node};
use super::work::Work;
use super::{statements, steps};
use crate::fact::{Fact, Id, Kind};
use crate::hazard::{Hazard, HazardKind};
use crate::pace::NO_TRANSACTION;
use crate::plan::{Manner, Plan};
use crate::postgres::atom::{Atom, Text};
use crate::postgres::{quoted, written};
use crate::refusal::Refusal;
use crate::schema::Schema;

/// In what kind of migration something is done. They come round in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// In a transaction that is over soon.
    Brief,
    /// Outside a transaction.
    Alone,
    /// In a transaction in which rows get their values, and behind that the checks that look at new ones: those lock for a moment.
    Filled,
    /// In a transaction that may take long, and lets others read and write.
    Long,
}

/// How many turns come round.
const TURNS: usize = 4;

/// What stands above the statements that are to give rows their values.
const PLACE: &str = "rows that have no value need one here; from now on none is written without:";

/// Something that is done at a turn.
#[derive(Debug)]
pub(super) struct Move {
    turn: Turn,
    atom: Atom,
    awaited: AwaitedBy,
}

/// What waits for something that is done, of all that needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AwaitedBy {
    /// All of it.
    All,
    /// What wants columns without nulls: primary keys and what tells rows apart.
    Keys,
    /// Nothing.
    Nothing,
}

/// The turns at which something is there for what needs it.
#[derive(Debug, Clone, Copy, Default)]
struct Done {
    for_all: usize,
    for_keys: usize,
}

impl Move {
    fn brief(atom: Atom) -> Move {
        Move { turn: Turn::Brief, atom, awaited: AwaitedBy::All }
    }

    fn alone(atom: Atom) -> Move {
        Move { turn: Turn::Alone, atom, awaited: AwaitedBy::All }
    }

    fn filled(atom: Atom) -> Move {
        Move { turn: Turn::Filled, atom, awaited: AwaitedBy::All }
    }

    fn long(atom: Atom) -> Move {
        Move { turn: Turn::Long, atom, awaited: AwaitedBy::All }
    }

    fn awaited(self, awaited: AwaitedBy) -> Move {
        Move { awaited, ..self }
    }
}

/// Plans the migrations that lead from one schema to another.
pub(in crate::postgres) fn plans(from: &Schema, to: &Schema, manner: Manner) -> Result<Vec<Plan>, Refusal> {
    let work = Work::between(from, to, manner)?;
    let order = graph::order(&work);
    let swapped = swapped(&work, &order.edges);
    let mut awaited: BTreeMap<&Node, Vec<&Node>> = BTreeMap::new();
    order.edges.iter().for_each(|(first, then)| awaited.entry(then).or_default().push(first));
    let mut turns: BTreeMap<usize, Vec<(Node, Atom)>> = BTreeMap::new();
    let mut done: BTreeMap<&Node, Done> = BTreeMap::new();
    for node in &order.nodes {
        let is_key = matches!(node.id.kind, Kind::PrimaryKey | Kind::ReplicaIdentity);
        let before = awaited.get(node).into_iter().flatten().filter_map(|first| done.get(first));
        let mut at = before.map(|done| if is_key { done.for_keys } else { done.for_all }).max().unwrap_or_default();
        let mut own = Done { for_all: at, for_keys: at };
        for Move { turn, atom, awaited } in moves(node, &work, &swapped) {
            at = next(turn, at);
            turns.entry(at).or_default().push((node.clone(), atom));
            match awaited {
                AwaitedBy::All => own = Done { for_all: at, for_keys: at },
                AwaitedBy::Keys => own.for_keys = at,
                AwaitedBy::Nothing => {}
            }
        }
        done.insert(node, own);
    }
    for (node, gap) in gaps(&work, &done, &swapped) {
        for (own, atom) in turns.values_mut().flatten().filter(|(own, _)| *own == node) {
            atom.hazards.extend((own == &node).then(|| gap.clone()));
        }
    }
    Ok(turns.into_iter().map(|(turn, moves)| migration(turn, moves)).collect())
}

fn migration(turn: usize, moves: Vec<(Node, Atom)>) -> Plan {
    let directives = if turn % TURNS == Turn::Alone as usize { vec![NO_TRANSACTION] } else { Vec::new() };
    let mut atoms: Vec<Atom> = moves.into_iter().map(|(_, atom)| atom).collect();
    if turn % TURNS == Turn::Filled as usize {
        // No lock is held while any rows get their values.
        let fills = atoms.iter_mut().flat_map(|atom| std::mem::take(&mut atom.before));
        let places = std::iter::once(PLACE.to_owned()).chain(fills).collect();
        if let Some(first) = atoms.first_mut() {
            first.before = places;
        }
    }
    Plan { steps: steps(atoms), directives }
}

/// Returns the first turn of a kind that is not before another.
fn next(turn: Turn, at: usize) -> usize {
    at + (turn as usize + TURNS - at % TURNS) % TURNS
}

fn moves(node: &Node, work: &Work<'_>, swapped: &[Id]) -> Vec<Move> {
    let (before, after) = (work.from.get(&node.id), work.to.get(&node.id));
    let is_swapped = swapped.contains(&node.id);
    let usual = || statements(node, work).into_iter().map(Move::brief).collect();
    match (node.act, node.id.kind, before, after) {
        (Act::Drop, _, Some(before), _) if is_swapped => vec![Move::brief(set_aside(before))],
        (Act::Drop, Kind::Index, Some(before), _) if !is_partitioned(before, work.from) => {
            vec![Move::alone(dropped(before, &written(&before.id, 2)))]
        }
        (Act::Make, Kind::Index, _, Some(after)) if is_on_what_is_there(after, work) => index(after, is_swapped, work),
        (Act::Make, kind, _, Some(after)) if super::is_constraint(kind) => {
            constraint::made(after, is_swapped, work).unwrap_or_else(usual)
        }
        (Act::Make, Kind::Column, _, Some(after)) => {
            let rights = super::rights(after, work).into_iter().map(Move::brief);
            column::added(after, work).into_iter().chain(rights).collect()
        }
        (Act::Make, Kind::MaterializedView, _, Some(_)) => statements(node, work).into_iter().map(Move::long).collect(),
        (Act::Alter, Kind::Column, Some(before), Some(after)) => column::altered(before, after, usual(), work),
        (Act::Alter, _, _, Some(after)) => altered(after, usual(), work),
        _ => usual(),
    }
}

/// Returns what is made anew while the old one is still there under another name: indexes, and constraints that have one, unless
/// something else waits for the old one to go.
fn swapped(work: &Work<'_>, edges: &BTreeSet<(Node, Node)>) -> Vec<Id> {
    let is_swapped = |id: &&Id| {
        let gone = Node { act: Act::Drop, id: (*id).clone() };
        let fact = work.from.get(id);
        matches!(id.kind, Kind::Index | Kind::Unique | Kind::PrimaryKey)
            && work.made.contains(*id)
            && fact.is_some_and(|fact| is_on_what_is_there(fact, work) && !is_partitioned(fact, work.from))
            && edges.iter().all(|(first, then)| *first != gone || then.id == **id)
    };
    work.dropped.iter().filter(is_swapped).cloned().collect()
}

/// What goes and comes back in a later migration is not there in between.
fn gaps(work: &Work<'_>, done: &BTreeMap<&Node, Done>, swapped: &[Id]) -> Vec<(Node, Hazard)> {
    let gap = |id: &Id| {
        let (gone, back) = (Node { act: Act::Drop, id: id.clone() }, Node { act: Act::Make, id: id.clone() });
        let (gone_at, back_at) = (done.get(&gone)?.for_all, done.get(&back)?.for_all);
        // An index that goes at one turn and comes at the next was in the way of nothing.
        let is_later = if id.kind == Kind::Index { gone_at / TURNS < back_at / TURNS } else { gone_at < back_at };
        let fact = work.from.get(id).filter(|_| is_later && !swapped.contains(id))?;
        let hazard = Hazard::locks(fact.title(), "is gone until a later migration makes it again");
        Some((gone, hazard))
    };
    work.dropped.iter().filter_map(gap).collect()
}

/// Returns the name under which something stays until what takes its place is there.
fn aside(fact: &Fact) -> String {
    crate::postgres::name::aside(fact.id.name.last().map_or("", String::as_str))
}

fn set_aside(fact: &Fact) -> Atom {
    let aside = quoted(&aside(fact));
    match fact.id.kind {
        Kind::Index => Atom::whole(fact, format!("alter index {} rename to {aside}", written(&fact.id, 2))),
        _ => {
            let (table, name) = (written(&fact.id, 2), quoted(fact.id.name.last().map_or("", String::as_str)));
            Atom::whole(fact, format!("alter table {table} rename constraint {name} to {aside}"))
        }
    }
}

fn dropped(index: &Fact, name: &str) -> Atom {
    Atom::whole(index, format!("drop index concurrently {name}"))
}

fn index(index: &Fact, is_swapped: bool, work: &Work<'_>) -> Vec<Move> {
    let atoms = super::made(index, work);
    if is_partitioned(index, work.to) {
        let how = format!("is built while nothing can write to {}", of(index, work));
        let lock = Hazard::locks(index.title(), how);
        return atoms.into_iter().map(|atom| Move::brief(atom.with(lock.clone()))).collect();
    }
    let concurrently = |atom: Atom| {
        let sql = atom.sql();
        let mut parts = sql.split(";\n").map(str::to_owned);
        let build = parts.next().unwrap_or_default().replacen(" INDEX ", " INDEX CONCURRENTLY ", 1);
        let build = Move::alone(Atom { text: Text::Whole(build), ..atom });
        let rest: Vec<Move> = parts.map(|sql| Move::brief(Atom::whole(index, sql))).collect();
        std::iter::once(build).chain(rest)
    };
    let mut moves: Vec<Move> = atoms.into_iter().flat_map(concurrently).collect();
    if is_swapped {
        let old = format!("{}.{}", written(&index.id, 1), quoted(&aside(index)));
        moves.insert(1, Move::alone(dropped(index, &old)));
    }
    moves
}

/// What alters something that is no column.
fn altered(after: &Fact, moves: Vec<Move>, work: &Work<'_>) -> Vec<Move> {
    let lock = |mut done: Move| {
        if let Some(how) = locks(after, &done.atom, work) {
            let object = done.atom.about.clone();
            done.atom.hazards.retain(|hazard| hazard.kind != HazardKind::RewritesTable);
            done.atom = done.atom.with(Hazard::locks(object, how));
        }
        done
    };
    moves.into_iter().map(lock).collect()
}

/// What tables are told that has each of their rows looked at or written anew.
const OF_TABLES: [(&str, &str); 5] = [
    ("set logged", "is written anew while nothing can read or write it"),
    ("set unlogged", "is written anew while nothing can read or write it"),
    ("set access method ", "is written anew while nothing can read or write it"),
    ("set tablespace ", "is moved while nothing can read or write it"),
    (" attach partition ", "is checked against the bounds while nothing can read or write it"),
];

fn locks(after: &Fact, atom: &Atom, work: &Work<'_>) -> Option<&'static str> {
    let text = match &atom.text {
        Text::Clause { clause, .. } => clause,
        Text::Whole(sql) | Text::Table { sql, .. } => sql,
    };
    match after.id.kind {
        Kind::Table => OF_TABLES.iter().find(|(words, _)| text.contains(words)).map(|(_, how)| *how),
        Kind::Enum | Kind::Domain | Kind::Composite if matches!(atom.text, Text::Clause { .. }) => {
            text.contains(" type ").then_some("is written anew while nothing can read or write it")
        }
        Kind::Domain if text.ends_with(" set not null") && is_used(&after.id, work) => {
            Some("is checked while nothing can write to the tables that have it")
        }
        _ => None,
    }
}

/// Says whether a column that is there has a type.
fn is_used(id: &Id, work: &Work<'_>) -> bool {
    work.from.facts().any(|fact| fact.id.kind == Kind::Column && fact.needs.contains(id))
}

/// Says whether what something is part of is there, and stays.
fn is_on_what_is_there(fact: &Fact, work: &Work<'_>) -> bool {
    fact.parent.as_ref().is_some_and(|parent| work.from.get(parent).is_some() && !work.made.contains(parent))
}

fn is_partitioned(part: &Fact, schema: &Schema) -> bool {
    let parent = part.parent.as_ref().and_then(|parent| schema.get(parent));
    parent.is_some_and(|parent| parent.attribute("partition key").is_some())
}

/// Returns the name of what something is part of, for people.
fn of<'s>(part: &Fact, work: &Work<'s>) -> &'s str {
    part.parent.as_ref().and_then(|parent| work.to.get(parent)).map_or("", |parent| &parent.name)
}
