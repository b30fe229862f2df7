//! From what a server prints to facts.

use std::collections::{BTreeMap, BTreeSet};

use dunlin_core::dialect::Dialect;

use super::catalogue::{Catalogue, Object};
use super::column::Column;
use super::program;
use super::table::{Element, ForeignKey, Table};
use super::words::{mentioned, unqualified};
use crate::fact::{Fact, Id, Kind};
use crate::refusal::Refusal;
use crate::schema::Schema;

/// Makes facts of what a server prints.
///
/// Fails for what it prints in a form that is not known, or does not show.
pub fn read(catalogue: &Catalogue) -> Result<Schema, Refusal> {
    let (tables, merge_tables) = tables(catalogue)?;
    let is_merge = |name: &str| merge_tables.iter().any(|table| table.name == name);
    let mut named = BTreeMap::new();
    for object in &catalogue.objects {
        let is_merge = object.kind == Kind::Table && is_merge(&object.name);
        let id = Id::new(if is_merge { Kind::MergeTable } else { object.kind }, [object.name.to_lowercase()]);
        if let Some(other) = named.insert(id.clone(), &object.name) {
            return Err(alike(&id, &object.name, other));
        }
    }
    let ids: BTreeSet<Id> = named.into_keys().collect();
    let mut facts = vec![database(catalogue)];
    for object in &catalogue.objects {
        let sql = object.sql.as_deref().ok_or_else(|| hidden(object))?;
        match object.kind {
            Kind::Table => {}
            Kind::Sequence => facts.push(sequence(object, sql)),
            _ => facts.push(program::fact(catalogue, object, sql, &ids).ok_or_else(|| unreadable(object))?),
        }
    }
    program::order_triggers(&mut facts, &catalogue.objects);
    let circles = circles(&tables);
    for table in &tables {
        facts.extend(table_facts(table, &ids, &circles));
    }
    facts.extend(merge_tables.iter().map(|table| merge_table(table, &ids)));
    Ok(Schema::new(Dialect::Mysql, facts))
}

/// Takes all tables apart; those that show rows of others come second.
fn tables(catalogue: &Catalogue) -> Result<(Vec<Table>, Vec<Table>), Refusal> {
    let mut tables = Vec::new();
    for object in catalogue.objects.iter().filter(|object| object.kind == Kind::Table) {
        let sql = object.sql.as_deref().ok_or_else(|| hidden(object))?;
        let sql = unqualified(sql, &catalogue.database);
        tables.push(Table::read(&sql, &catalogue.collations).ok_or_else(|| unreadable(object))?);
    }
    let is_merge = |table: &Table| table.options.get("ENGINE").is_some_and(|engine| engine.eq_ignore_ascii_case(MERGE));
    let (merge, tables) = tables.into_iter().partition(is_merge);
    Ok((tables, merge))
}

/// The engine of tables that show rows of others.
const MERGE: &str = "MRG_MyISAM";

fn merge_table(table: &Table, ids: &BTreeSet<Id>) -> Fact {
    let united = mentioned(table.options.get("UNION").unwrap_or_default()).into_iter();
    let sql = table.sql(std::iter::empty());
    Fact {
        id: Id::new(Kind::MergeTable, [table.name.to_lowercase()]),
        name: table.name.clone(),
        parent: None,
        attributes: vec![("name", table.name.clone()), ("definition", sql.clone())],
        rank: None,
        needs: united.map(|name| Id::new(Kind::Table, [name])).filter(|id| ids.contains(id)).collect(),
        sql,
        kept: String::new(),
    }
}

fn database(catalogue: &Catalogue) -> Fact {
    let (charset, collation) = &catalogue.charset;
    Fact {
        id: Id::new(Kind::Database, [""]),
        name: "(this one)".to_owned(),
        parent: None,
        attributes: vec![("charset", format!("{charset} {collation}"))],
        rank: None,
        needs: BTreeSet::new(),
        sql: format!("alter database character set = {charset} collate = {collation}"),
        kept: String::new(),
    }
}

fn sequence(object: &Object, sql: &str) -> Fact {
    let words = super::words::words(sql);
    let definition = super::words::between(sql, words.get(3..).unwrap_or_default());
    Fact {
        id: Id::new(Kind::Sequence, [object.name.to_lowercase()]),
        name: object.name.clone(),
        parent: None,
        attributes: vec![("name", object.name.clone()), ("definition", definition.to_owned())],
        rank: None,
        needs: BTreeSet::new(),
        sql: format!("create sequence {} {definition}", super::quoted(&object.name)),
        kept: String::new(),
    }
}

fn table_facts(table: &Table, ids: &BTreeSet<Id>, circles: &BTreeSet<(String, String)>) -> Vec<Fact> {
    let id = Id::new(Kind::Table, [table.name.to_lowercase()]);
    let mut attributes = vec![("name", table.name.clone())];
    attributes.extend(table.options.attributes());
    attributes.extend(table.partitions.clone().map(|text| ("partitions", text)));
    let known = |kind, name: &str| Some(Id::new(kind, [name.to_lowercase()])).filter(|id| ids.contains(id));
    let is_in_circle = |key: &&ForeignKey| circles.contains(&(table.name.to_lowercase(), key.name.to_lowercase()));
    let direct = table.foreign_keys.iter().filter(|key| !is_in_circle(key));
    let referenced = direct.filter_map(|key| known(Kind::Table, key.table.as_ref()?));
    let mentioned_in =
        |text: &str, kind| mentioned(text).into_iter().filter_map(|name| known(kind, &name)).collect::<Vec<_>>();
    let sequences = table.columns.iter().flat_map(|column| mentioned_in(&column.rest, Kind::Sequence));
    let fact = Fact {
        needs: referenced.chain(sequences).filter(|own| *own != id).collect(),
        sql: table.sql(std::iter::empty()),
        id: id.clone(),
        name: table.name.clone(),
        parent: None,
        attributes,
        rank: None,
        kept: String::new(),
    };
    let part = |kind: Kind, name: &str, attributes: Vec<(&'static str, String)>, sql: String| Fact {
        id: Id::new(kind, [table.name.to_lowercase(), name.to_lowercase()]),
        name: format!("{}.{name}", table.name),
        parent: Some(id.clone()),
        attributes,
        rank: None,
        needs: BTreeSet::new(),
        sql,
        kept: String::new(),
    };
    let element = |kind: Kind, element: &Element| {
        let attributes = vec![("name", element.name.clone()), ("definition", element.essence.clone())];
        part(kind, &element.name, attributes, element.clause.clone())
    };
    let columns = table.columns.iter().enumerate().map(|(rank, column)| Fact {
        rank: Some(rank),
        ..part(Kind::Column, &column.name, column_attributes(column), column.declared(None))
    });
    let foreign_keys = table.foreign_keys.iter().map(|key| {
        let attributes =
            vec![("name", key.name.clone()), ("definition", key.clause.clone()), ("table", table.name.clone())];
        let sql = format!("alter table {} add {}", super::quoted(&table.name), key.clause);
        let needs = key.table.as_ref().and_then(|name| known(Kind::Table, name)).into_iter().collect();
        Fact { needs, ..part(Kind::ForeignKey, &key.name, attributes, sql) }
    });
    let keys = table.keys.iter().map(|key| element(Kind::Index, key));
    let checks = table.checks.iter().map(|check| element(Kind::Check, check));
    let periods = table.periods.iter().map(|period| element(Kind::Period, period));
    std::iter::once(fact).chain(columns).chain(keys).chain(checks).chain(periods).chain(foreign_keys).collect()
}

fn column_attributes(column: &Column) -> Vec<(&'static str, String)> {
    let mut attributes = vec![("name", column.name.clone()), ("definition", column.definition())];
    attributes
        .extend(column.charset.as_ref().map(|charset| ("charset", format!("{} {}", charset.set, charset.collation))));
    attributes
}

/// Returns the foreign keys through which tables refer to one another in a circle, by table and name: none of these tables can be
/// made with them.
fn circles(tables: &[Table]) -> BTreeSet<(String, String)> {
    let mut targets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for table in tables {
        let all = table.foreign_keys.iter().filter_map(|key| key.table.as_ref()).map(|name| name.to_lowercase());
        targets.insert(table.name.to_lowercase(), all.collect());
    }
    let leads_to = |from: &str, to: &str| {
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![from]);
        while let Some(name) = waiting.pop() {
            if name == to {
                return true;
            }
            if seen.insert(name) {
                waiting.extend(targets.get(name).into_iter().flatten().map(String::as_str));
            }
        }
        false
    };
    let mut circles = BTreeSet::new();
    for table in tables {
        let own = table.name.to_lowercase();
        for key in &table.foreign_keys {
            let other = key.table.as_ref().map(|name| name.to_lowercase());
            if other.is_some_and(|other| other != own && leads_to(&other, &own)) {
                circles.insert((own.clone(), key.name.to_lowercase()));
            }
        }
    }
    circles
}

fn refusal(object: &Object, what: &str, why: &str, instead: &str) -> Refusal {
    Refusal {
        object: format!("{} {}", object.kind.word(), object.name),
        what: what.to_owned(),
        why: why.to_owned(),
        instead: instead.to_owned(),
    }
}

fn hidden(object: &Object) -> Refusal {
    refusal(
        object,
        "it cannot be compared",
        "the server does not show its text to this account",
        "give the account the right to see it, or name it in `ignore`",
    )
}

fn unreadable(object: &Object) -> Refusal {
    refusal(object, "it cannot be compared", "the server prints it in a form that is not known", "name it in `ignore`")
}

fn alike(id: &Id, one: &str, other: &str) -> Refusal {
    Refusal {
        object: format!("{} {one}", id.kind.word()),
        what: "it cannot be told from another".to_owned(),
        why: format!("`{other}` differs from it in case alone, which not every server tells apart"),
        instead: "give one of them another name".to_owned(),
    }
}
