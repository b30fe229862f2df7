//! Grants and owners as things of their own. The catalogue says them as statements, sorted, which [`Fact::kept`] holds.

use super::catalogue::blank;
use super::name::items;
use crate::fact::{Fact, Id, Kind};
use crate::schema::Schema;

/// Returns a schema in which what is to be said again of something is part of it.
pub(super) fn with_grants(schema: &Schema) -> Schema {
    let bare = schema.facts().map(|fact| Fact { kept: String::new(), ..fact.clone() });
    let rights = schema.facts().flat_map(|fact| fact.kept.split(";\n").flat_map(|said| rights(fact, said)));
    Schema::new(schema.dialect(), bare.chain(rights))
}

/// Returns the facts of one statement: one for each privilege.
fn rights(of: &Fact, said: &str) -> Vec<Fact> {
    let address = |last: Option<&str>| {
        let parts = std::iter::once(of.id.kind.word()).chain(of.id.name.iter().map(String::as_str)).chain(last);
        parts.map(str::to_owned).collect::<Vec<String>>()
    };
    if let Some((_, role)) = said.strip_prefix("alter ").and_then(|rest| rest.rsplit_once(" owner to ")) {
        return vec![Fact {
            id: Id::new(Kind::Owner, address(None)),
            name: format!("of {}", of.title()),
            attributes: vec![("role", role.to_owned())],
            sql: said.to_owned(),
            ..blank(Kind::Owner, Some(of.id.clone()))
        }];
    }
    let (head, rest) = headed(said);
    let parts = rest.split_once(' ').and_then(|(verb, rest)| Some((verb, rest.split_once(" on ")?)));
    let Some((verb, (privileges, on))) = parts else { return Vec::new() };
    let right = |privilege| {
        let sql = format!("{head}{verb} {privilege} on {on}");
        Fact {
            id: Id::new(Kind::Privilege, address(Some(&sql))),
            name: format!("`{sql}`"),
            attributes: vec![("text", sql.clone())],
            sql,
            ..blank(Kind::Privilege, Some(of.id.clone()))
        }
    };
    items(privileges).into_iter().map(right).collect()
}

/// Returns the statement that takes back what one of these facts says.
pub(super) fn undoing(fact: &Fact) -> String {
    let (head, said) = headed(&fact.sql);
    let grant = said.strip_prefix("grant ").and_then(|rest| rest.rsplit_once(" to "));
    let revoke = said.strip_prefix("revoke ").and_then(|rest| rest.rsplit_once(" from "));
    match (grant, revoke) {
        (Some((what, role)), _) => {
            format!("{head}revoke {what} from {}", role.strip_suffix(" with grant option").unwrap_or(role))
        }
        (None, Some((what, role))) => format!("{head}grant {what} to {role}"),
        (None, None) => {
            let what = said.rsplit_once(" owner to ").map_or(said, |(what, _)| what);
            format!("{what} owner to current_user")
        }
    }
}

/// Splits a statement into what stands before `grant` or `revoke`, if it is about things that are yet to come, and the rest.
fn headed(said: &str) -> (&str, &str) {
    if !said.starts_with("alter default privileges ") {
        return ("", said);
    }
    let verbs = [" grant ", " revoke "].iter().filter_map(|verb| said.find(verb));
    verbs.min().map_or(("", said), |at| said.split_at(at + 1))
}
