//! What cannot become something else while values of it are inside others: the server does not look into those.

use crate::diff::Delta;
use crate::fact::{Fact, Id, Kind};
use crate::postgres::written;
use crate::refusal::Refusal;
use crate::schema::Schema;

/// Refuses a new check of a domain that arrays, ranges or composite values in tables are made of (`validateDomainConstraint` in the
/// server's source), and a table's columns that are filled or have another type while columns elsewhere have its rows
/// (`find_composite_type_dependencies`).
pub(super) fn refuse(deltas: &[Delta<'_>], from: &Schema) -> Result<(), Refusal> {
    for delta in deltas {
        if let Some(domain) = checked_domain(delta).and_then(|id| from.get(id))
            && let Some(holder) = from.facts().find(|fact| holds_it_inside(fact, &domain.id, from))
        {
            return Err(Refusal {
                object: domain.title(),
                what: "its values are to be checked anew".to_owned(),
                why: format!("{} has values of it inside others, which the server does not check", holder.title()),
                instead: "make another domain, and turn over to it what uses this one, by hand".to_owned(),
            });
        }
        if let Some(column) = written_column(delta)
            && let Some(table) = column.parent.as_ref().and_then(|id| from.get(id))
            && let Some(holder) = from.facts().find(|fact| has_its_rows(fact, &table.id))
        {
            return Err(Refusal {
                object: column.title(),
                what: "each row is to get a value of it".to_owned(),
                why: format!(
                    "{} has rows of {} inside, which the server does not change",
                    holder.title(),
                    table.title()
                ),
                instead: "write its migration by hand: without a default, an added column changes no row".to_owned(),
            });
        }
    }
    Ok(())
}

/// Returns the column that gets a value in every row.
fn written_column<'s>(delta: &Delta<'s>) -> Option<&'s Fact> {
    let fills = |column: &Fact| ["default", "generated", "identity"].iter().any(|way| column.attribute(way).is_some());
    match delta {
        Delta::Added(fact) if fact.id.kind == Kind::Column => fills(fact).then_some(fact),
        Delta::Changed { from, to, .. } if to.id.kind == Kind::Column => {
            (from.attribute("type") != to.attribute("type")).then_some(to)
        }
        _ => None,
    }
}

fn has_its_rows(column: &Fact, table: &Id) -> bool {
    let kind = column.attribute("type").unwrap_or_default();
    column.id.kind == Kind::Column && kind.trim_end_matches("[]") == written(table, 2)
}

/// Returns the domain that gets a check, or no longer takes nulls.
fn checked_domain<'s>(delta: &Delta<'s>) -> Option<&'s Id> {
    match delta {
        Delta::Added(fact) | Delta::Changed { to: fact, .. } if fact.id.kind == Kind::Check => {
            fact.parent.as_ref().filter(|of| of.kind == Kind::Domain && !fact.sql.ends_with(" NOT VALID"))
        }
        Delta::Changed { from, to, .. } if to.id.kind == Kind::Domain => {
            (from.attribute("not null").is_none() && to.attribute("not null").is_some()).then_some(&to.id)
        }
        _ => None,
    }
}

fn holds_it_inside(column: &Fact, domain: &Id, from: &Schema) -> bool {
    if column.id.kind != Kind::Column {
        return false;
    }
    let is_inside = |id: &Id| {
        matches!(id.kind, Kind::Composite | Kind::Range | Kind::Table)
            && from.get(id).is_some_and(|of| of.needs.contains(domain))
    };
    let is_itself = column.attribute("type") == Some(&*written(domain, 2));
    column.needs.contains(domain) && !is_itself || column.needs.iter().any(is_inside)
}
