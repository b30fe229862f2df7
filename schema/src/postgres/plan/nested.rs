//! What a domain cannot become while values of it are inside others.

use crate::diff::Delta;
use crate::fact::{Fact, Id, Kind};
use crate::postgres::written;
use crate::refusal::Refusal;
use crate::schema::Schema;

/// Refuses a new check of a domain that arrays, ranges or composite values in tables are made of: the server does not look into
/// them (`validateDomainConstraint` in its source).
pub(super) fn refuse(deltas: &[Delta<'_>], from: &Schema) -> Result<(), Refusal> {
    for delta in deltas {
        let Some(domain) = checked_domain(delta).and_then(|id| from.get(id)) else { continue };
        let Some(holder) = from.facts().find(|fact| holds_it_inside(fact, &domain.id, from)) else { continue };
        return Err(Refusal {
            object: domain.title(),
            what: "its values are to be checked anew".to_owned(),
            why: format!("{} has values of it inside others, which the server does not check", holder.title()),
            instead: "make another domain, and turn over to it what uses this one, by hand".to_owned(),
        });
    }
    Ok(())
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
