//! Views, triggers, routines and events: their text is all that there is to them, with what they were made under.

use std::collections::BTreeSet;

use super::catalogue::{Catalogue, Object, Setting, Trigger};
use super::quoted;
use super::words::{Word, between, unqualified, words};
use crate::fact::{Fact, Id, Kind};
use crate::schema::Schema;

/// The attribute that names the trigger before it, of the same table, timing and event.
const BEHIND: &str = "behind";

/// Makes a fact of what a server prints; `None` is that it has another form.
pub(super) fn fact(catalogue: &Catalogue, object: &Object, sql: &str, ids: &BTreeSet<Id>) -> Option<Fact> {
    let written = match (&object.trigger, object.kind) {
        (Some(trigger), _) => of_trigger(catalogue, &object.name, trigger, sql),
        (None, Kind::View) => of_view(catalogue, sql)?,
        (None, _) => of_program(catalogue, object, sql)?,
    };
    let mut attributes = vec![("name", object.name.clone()), ("definition", written.clone())];
    let differing = differing(&object.setting, &catalogue.session);
    attributes.extend(differing.iter().map(|(name, value, _, _)| (*name, value.clone())));
    let before: String = differing.iter().map(|(_, _, set, _)| format!("{set};\n")).collect();
    let behind: String = differing.iter().map(|(_, _, _, back)| format!(";\n{back}")).collect();
    let table = |name: &str| {
        let of = |kind| Id::new(kind, [name.to_lowercase()]);
        Some(of(Kind::MergeTable)).filter(|id| ids.contains(id)).unwrap_or_else(|| of(Kind::Table))
    };
    let parent = object.trigger.as_ref().map(|trigger| table(&trigger.table));
    let package = (object.kind == Kind::PackageBody).then(|| Id::new(Kind::Package, [object.name.to_lowercase()]));
    Some(Fact {
        id: Id::new(object.kind, [object.name.to_lowercase()]),
        name: object.name.clone(),
        parent: parent.or(package),
        attributes,
        rank: None,
        needs: if object.kind == Kind::View { needs_of_view(object, &written, ids) } else { BTreeSet::new() },
        sql: format!("{before}{written}{behind}"),
        kept: String::new(),
    })
}

/// Puts triggers of one table, timing and event behind one another: they run in this order.
pub(super) fn order_triggers(facts: &mut [Fact], objects: &[Object]) {
    let triggers: Vec<(&Object, &Trigger)> =
        objects.iter().filter_map(|object| Some((object, object.trigger.as_ref()?))).collect();
    for (object, trigger) in &triggers {
        let is_before = |(_, other): &&(&Object, &Trigger)| {
            let group = |of: &Trigger| (of.table.to_lowercase(), of.timing.clone(), of.event.clone());
            group(other) == group(trigger) && other.order < trigger.order
        };
        let before = triggers.iter().filter(is_before).max_by_key(|(_, other)| other.order);
        let own = facts.iter_mut().find(|fact| fact.id == Id::new(Kind::Trigger, [object.name.to_lowercase()]));
        if let (Some((before, _)), Some(fact)) = (before, own) {
            fact.attributes.push((BEHIND, before.name.clone()));
            fact.needs.insert(Id::new(Kind::Trigger, [before.name.to_lowercase()]));
        }
    }
}

/// Returns the text that makes a trigger at its place among those that are there.
pub(super) fn placed(fact: &Fact, from: &Schema, to: &Schema) -> String {
    let is_next = |next: &&Fact| {
        next.attribute(BEHIND).is_some_and(|name| fact.attribute("name") == Some(name)) && next.parent == fact.parent
    };
    let mut next = to.facts().find(is_next);
    // What was there before and does not change is there now.
    while let Some(later) =
        next.filter(|later| from.get(&later.id).is_none_or(|own| own.attributes != later.attributes))
    {
        next = to.facts().find(|fact| fact.attribute(BEHIND) == later.attribute("name") && fact.parent == later.parent);
    }
    let Some(next) = next else { return fact.sql.clone() };
    let place = match fact.attribute(BEHIND) {
        Some(before) => format!("follows {}", quoted(before)),
        None => format!("precedes {}", quoted(&next.name)),
    };
    fact.sql.replacen(FOR_EACH_ROW, &format!("{FOR_EACH_ROW}{place} "), 1)
}

/// Returns a statement with what makes it run under the SQL mode of something.
pub(super) fn under_its_mode(fact: &Fact, sql: String) -> Vec<String> {
    match fact.attribute("sql-mode") {
        Some(mode) => vec![set_mode(mode), sql, DEFAULT_MODE.to_owned()],
        None => vec![sql],
    }
}

fn set_mode(mode: &str) -> String {
    format!("set sql_mode = {}", dunlin_core::dialect::Dialect::Mysql.literal(mode))
}

/// Sets the mode back.
const DEFAULT_MODE: &str = "set sql_mode = default";

/// What stands before the body of a trigger, or its place.
const FOR_EACH_ROW: &str = "for each row ";

fn of_trigger(catalogue: &Catalogue, name: &str, trigger: &Trigger, body: &str) -> String {
    let definer =
        if is_own(&trigger.definer, catalogue) { String::new() } else { format!("{} ", definer(&trigger.definer)) };
    let (timing, event) = (trigger.timing.to_lowercase(), trigger.event.to_lowercase());
    let table = quoted(&trigger.table);
    format!("create {definer}trigger {} {timing} {event} on {table} {FOR_EACH_ROW}{body}", quoted(name))
}

/// `CREATE ALGORITHM=UNDEFINED DEFINER=… SQL SECURITY DEFINER VIEW `v` AS select …`
fn of_view(catalogue: &Catalogue, sql: &str) -> Option<String> {
    let words = words(sql);
    let at = |keyword: &str| words.iter().position(|word| word.is(keyword));
    let view = at("view")?;
    let value =
        |keyword: &str, behind: usize| words.get(at(keyword).filter(|at| *at < view)? + behind).map(|word| word.text);
    let algorithm = value("algorithm", 2).filter(|value| !value.eq_ignore_ascii_case("undefined"));
    let security = value("security", 1).filter(|value| !value.eq_ignore_ascii_case("definer"));
    let definer = said_definer(sql, &words).filter(|account| !is_own(account, catalogue));
    let rest = unqualified(sql.get(words.get(view)?.end..)?.trim(), &catalogue.database);
    let mut text = "create ".to_owned();
    text.extend(algorithm.map(|value| format!("algorithm = {} ", value.to_lowercase())));
    text.extend(definer.map(|account| format!("{} ", self::definer(&account))));
    text.extend(security.map(|value| format!("sql security {} ", value.to_lowercase())));
    Some(format!("{text}view {rest}"))
}

/// A routine, a package, or an event: as it is printed, without who defined it where that is whoever asks.
fn of_program(catalogue: &Catalogue, object: &Object, sql: &str) -> Option<String> {
    let all = words(sql);
    let first = all.first().filter(|word| word.is("create"))?;
    let (account, behind) = match said_definer(sql, &all) {
        Some(account) => (Some(account), behind_definer(&all)?),
        None => (None, all.get(1)?),
    };
    let definer =
        account.filter(|account| !is_own(account, catalogue)).map(|account| format!("{} ", definer(&account)));
    let mut rest = sql.get(behind.start..)?.to_owned();
    if object.begins_at_once {
        rest = without_start(&rest);
    }
    Some(format!("{} {}{rest}", first.text.to_lowercase(), definer.unwrap_or_default()))
}

/// `ON SCHEDULE EVERY 1 DAY STARTS '…'`, without the start.
fn without_start(sql: &str) -> String {
    let words = words(sql);
    let Some(at) = words.iter().position(|word| word.is("starts")) else { return sql.to_owned() };
    let (Some(before), Some(value)) = (words.get(at.wrapping_sub(1)), words.get(at + 1)) else { return sql.to_owned() };
    format!("{}{}", sql.get(..before.end).unwrap_or_default(), sql.get(value.end..).unwrap_or_default())
}

/// Returns the account behind `DEFINER=`, as it is written.
fn said_definer(sql: &str, words: &[Word<'_>]) -> Option<String> {
    let at = words.iter().position(|word| word.is("definer"))?;
    let start = words.get(at + 1)?.end;
    let end = behind_definer(words)?.start;
    // `SQL SECURITY DEFINER` is another.
    words.get(at + 1).filter(|word| word.is("="))?;
    Some(sql.get(start..end)?.trim().to_owned())
}

/// Returns the first keyword behind the account: the server quotes all of that.
fn behind_definer<'w, 't>(words: &'w [Word<'t>]) -> Option<&'w Word<'t>> {
    let at = words.iter().position(|word| word.is("definer"))?;
    words.iter().skip(at + 2).find(|word| word.kind == dunlin_core::statements::TokenKind::Word)
}

fn is_own(account: &str, catalogue: &Catalogue) -> bool {
    account.replace(['`', '"'], "") == catalogue.account
}

fn definer(account: &str) -> String {
    let account = account.replace(['`', '"'], "");
    match account.rsplit_once('@') {
        Some((user, host)) => format!("definer = {}@{}", quoted(user), quoted(host)),
        None => format!("definer = {}", quoted(&account)),
    }
}

/// Returns what is not as in the session: the attribute, its value, what sets it, what sets it back.
fn differing(own: &Setting, session: &Setting) -> Vec<(&'static str, String, String, String)> {
    let literal = |text: &str| dunlin_core::dialect::Dialect::Mysql.literal(text);
    let mut all = Vec::new();
    let session_mode = session.sql_mode.as_deref().map(effective);
    if let Some(mode) = own.sql_mode.as_ref().filter(|mode| Some(effective(mode)) != session_mode) {
        all.push(("sql-mode", mode.clone(), set_mode(mode), DEFAULT_MODE.to_owned()));
    }
    if let Some(zone) = own.time_zone.as_ref().filter(|zone| Some(*zone) != session.time_zone.as_ref()) {
        let (set, back) = (format!("set time_zone = {}", literal(zone)), "set time_zone = default".to_owned());
        all.push(("time-zone", zone.clone(), set, back));
    }
    let charset = own.charset.as_ref().filter(|charset| Some(*charset) != session.charset.as_ref());
    if let (Some((client, collation)), Some((own_client, own_collation))) = (charset, session.charset.as_ref()) {
        let set = |client: &str, collation: &str| {
            format!("set character_set_client = {client}, collation_connection = {collation}")
        };
        let (there, back) = (set(client, collation), set(own_client, own_collation));
        all.push(("charset", format!("{client} {collation}"), there, back));
    }
    all
}

/// Returns the modes that mean something to what has been made. Whether a space may stand before a bracket is none of them: the
/// driver sets that, and the server's own client does not.
fn effective(mode: &str) -> Vec<&str> {
    mode.split(',').filter(|mode| *mode != "IGNORE_SPACE").collect()
}

/// What a view selects from, and the functions that it calls.
fn needs_of_view(object: &Object, sql: &str, ids: &BTreeSet<Id>) -> BTreeSet<Id> {
    let words = words(sql);
    let is = |at: usize, symbol: &str| words.get(at).is_some_and(|word| word.is(symbol));
    let mut needs = BTreeSet::new();
    for (at, name) in words.iter().enumerate().filter_map(|(at, word)| Some((at, word.name()?.to_lowercase()))) {
        let stands_before = ["from", "join", "straight_join", "(", ","].iter().any(|own| is(at.wrapping_sub(1), own));
        let kinds: &[Kind] = if is(at + 1, "(") {
            &[Kind::Function]
        } else if stands_before && !is(at + 1, ".") {
            &[Kind::Table, Kind::MergeTable, Kind::View, Kind::Sequence]
        } else if ["nextval", "lastval", "setval"].iter().any(|own| is(at.wrapping_sub(2), own)) {
            &[Kind::Sequence]
        } else {
            &[]
        };
        needs.extend(kinds.iter().map(|kind| Id::new(*kind, [name.clone()])).filter(|id| ids.contains(id)));
    }
    needs.remove(&Id::new(Kind::View, [object.name.to_lowercase()]));
    needs
}

/// Returns the text between the words of a sequence's options that stand behind one.
pub(super) fn option<'t>(sql: &'t str, words: &[Word<'t>], keyword: &str) -> Option<&'t str> {
    let at = words.iter().position(|word| word.is(keyword))?;
    let value = words.get(at + 1..)?.iter().position(|word| !word.is("with") && !word.is("by"))? + at + 1;
    let end = if words.get(value)?.is("-") { value + 1 } else { value };
    Some(between(sql, words.get(value..=end)?))
}
