//! Constraints of tables that are there.

use super::super::work::Work;
use super::super::{may_fail, of_table};
use super::{AwaitedBy, Move, aside, is_on_what_is_there, is_partitioned, is_used, of};
use crate::fact::{Fact, Kind};
use crate::hazard::Hazard;
use crate::postgres::atom::{Atom, Text};
use crate::postgres::{quoted, written};

/// Returns what makes a constraint; `None` is that the usual statement locks nothing for long.
pub(super) fn made(fact: &Fact, is_swapped: bool, work: &Work<'_>) -> Option<Vec<Move>> {
    if !of_table(fact) {
        let domain = fact.parent.as_ref().filter(|domain| work.from.get(domain).is_some() && is_used(domain, work))?;
        let how = format!("is checked while nothing can write to the tables that have {domain}");
        return Some(locked(fact, &how, work));
    }
    if !is_on_what_is_there(fact, work) || fact.sql.ends_with(" NOT VALID") {
        return None;
    }
    let table = of(fact, work);
    let is_partitioned = is_partitioned(fact, work.to);
    match fact.id.kind {
        Kind::ForeignKey if is_partitioned => {
            Some(locked(fact, &format!("is checked while nothing can write to {table}"), work))
        }
        Kind::Check | Kind::ForeignKey => Some(checked_later(fact, work)),
        Kind::PrimaryKey | Kind::Unique if !is_partitioned => match index(fact) {
            Some((index, tail)) => Some(with_index(fact, index, &tail, is_swapped, work)),
            None => Some(locked(fact, &format!("is built while nothing can read or write {table}"), work)),
        },
        _ => Some(locked(fact, &format!("is built while nothing can read or write {table}"), work)),
    }
}

fn locked(fact: &Fact, how: &str, work: &Work<'_>) -> Vec<Move> {
    let lock = Hazard::locks(fact.title(), how);
    super::super::made(fact, work).into_iter().map(|atom| Move::brief(atom.with(lock.clone()))).collect()
}

fn checked_later(fact: &Fact, work: &Work<'_>) -> Vec<Move> {
    let (table, name) = (written(&fact.id, 2), quoted(fact.id.name.last().map_or("", String::as_str)));
    let add = super::super::made(fact, work).into_iter().map(|mut atom| {
        atom.hazards.clear();
        if let Text::Clause { clause, .. } = &mut atom.text {
            clause.push_str(" not valid");
        }
        Move::brief(atom)
    });
    let validate = Atom::whole(fact, format!("alter table {table} validate constraint {name}")).with(may_fail(fact));
    add.chain([Move::long(validate).awaited(AwaitedBy::Nothing)]).collect()
}

/// Builds the index first, and makes it the constraint's.
fn with_index(fact: &Fact, index: String, tail: &str, is_swapped: bool, work: &Work<'_>) -> Vec<Move> {
    let (table, name) = (written(&fact.id, 2), quoted(fact.id.name.last().map_or("", String::as_str)));
    let what = if fact.id.kind == Kind::PrimaryKey { "primary key" } else { "unique" };
    let mut moves = vec![Move::alone(Atom::whole(fact, index).with(may_fail(fact)))];
    if is_swapped {
        moves.push(Move::brief(Atom::clause(fact, &*table, format!("drop constraint {}", quoted(&aside(fact))))));
    }
    let add = format!("add constraint {name} {what} using index {name}{tail}");
    moves.push(Move::brief(Atom::clause(fact, &*table, add)));
    // What stands behind the constraint itself: that its table is clustered by it.
    moves.extend(super::super::made(fact, work).into_iter().skip(1).map(Move::brief));
    moves
}

/// Returns what builds the index of a constraint, and what is to stand behind that constraint. `None` is that no index can be
/// built for it that way.
fn index(fact: &Fact) -> Option<(String, String)> {
    let definition = fact.attribute("definition")?;
    let end = definition.rfind(')')? + 1;
    let (body, tail) = (definition.get(..end)?, definition.get(end..)?);
    let body = body.strip_prefix("PRIMARY KEY ").or_else(|| body.strip_prefix("UNIQUE "))?;
    let (body, nulls) = match body.strip_prefix("NULLS NOT DISTINCT ") {
        Some(body) => (body, " nulls not distinct"),
        None => (body, ""),
    };
    if body.contains("WITHOUT OVERLAPS") {
        return None;
    }
    let (columns, with) = body.rfind(" WITH (").map_or((body, ""), |at| body.split_at(at));
    let (table, name) = (written(&fact.id, 2), quoted(fact.id.name.last().map_or("", String::as_str)));
    let columns = columns.replace(" INCLUDE (", " include (");
    let with = with.replacen(" WITH ", " with ", 1);
    Some((format!("create unique index concurrently {name} on {table} {columns}{nulls}{with}"), tail.to_lowercase()))
}
