//! Tables, with their columns and constraints.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::facts::{Attributes, Facts, INDEX, SEQUENCE, blank};
use super::rows::{ColumnRow, ConstraintRow, SequenceRow, TableRow};
use super::{Catalogue, inherited};
use crate::fact::{Fact, Id, Kind};
use crate::postgres::column;
use crate::postgres::name::{qualified, quoted, spoken};
use crate::postgres::sequence::Shape;

pub(super) fn add(catalogue: &Catalogue, names: &HashSet<(&str, &str)>, facts: &mut Facts) {
    let tables: HashMap<u32, &TableRow> = catalogue.tables.iter().map(|row| (row.oid, row)).collect();
    let mut columns: BTreeMap<u32, Vec<&ColumnRow>> = BTreeMap::new();
    catalogue.columns.iter().for_each(|row| columns.entry(row.table).or_default().push(row));
    let owned = |row: &ColumnRow| -> Vec<&SequenceRow> {
        let is_its = |own: &&SequenceRow| own.table == Some(row.table) && own.column == Some(row.number);
        catalogue.sequences.iter().filter(is_its).collect()
    };
    for table in &catalogue.tables {
        let columns = columns.get(&table.oid).map(Vec::as_slice).unwrap_or_default();
        let sequences: Vec<Vec<&SequenceRow>> = columns.iter().map(|row| owned(row)).collect();
        add_table(table, columns, &sequences, &tables, facts);
    }
    catalogue.constraints.iter().for_each(|row| constraint(row, catalogue, names, facts));
}

fn add_table(
    row: &TableRow,
    columns: &[&ColumnRow],
    sequences: &[Vec<&SequenceRow>],
    tables: &HashMap<u32, &TableRow>,
    facts: &mut Facts,
) {
    let id = Id::new(Kind::Table, [&row.schema, &row.name]);
    let name = qualified(&row.schema, &row.name);
    let parents: Vec<String> = row
        .parents
        .iter()
        .filter_map(|oid| tables.get(oid))
        .map(|parent| qualified(&parent.schema, &parent.name))
        .collect();
    let partition = row.bound.as_ref().map(|bound| format!("{} {bound}", parents.join(", ")));
    let inherits = (row.bound.is_none() && !parents.is_empty()).then(|| parents.join(", "));
    let attributes = Attributes::default()
        .flag("unlogged", row.unlogged)
        .maybe("partition key", row.partition_key.as_ref())
        .maybe("partition of", partition.as_ref())
        .maybe("inherits", inherits.as_ref())
        .maybe("of", row.of_type.as_ref())
        .list("options", &row.options)
        .maybe("tablespace", row.tablespace.as_ref())
        .maybe("access method", row.access_method.as_ref())
        .flag("row level security", row.row_security)
        .flag("row level security forced", row.force_row_security);
    let fact = Fact {
        id: id.clone(),
        name: spoken(&row.schema, &row.name),
        attributes: attributes.done(),
        ..blank(Kind::Table, None)
    };
    facts.add(fact, ("pg_class", row.oid, 0), format!("table {name}"));
    let mut lines = Vec::new();
    for (column, sequences) in columns.iter().zip(sequences) {
        let sequence = sequences.iter().copied().find(|own| own.is_identity);
        let mut fact = column_fact(column, sequence, row, &id);
        let above = row.parents.iter().filter_map(|oid| tables.get(oid)).filter(|_| column.is_inherited);
        fact.needs.extend(above.map(|parent| Id::new(Kind::Column, [&parent.schema, &parent.name, &column.name])));
        let serial =
            sequences.iter().find(|own| is_serial(column, own, row) && row.of_type.is_none()).map(|own| own.oid);
        if row.bound.is_none() && (column.is_local || !column.is_inherited) {
            lines.extend(match row.of_type {
                Some(_) => column::options_of_typed(&fact),
                None => Some(column::definition(&fact, serial.is_some())),
            });
        }
        let handle = format!("column {name}.{}", quoted(&column.name));
        let column_id = fact.id.clone();
        facts.add(fact, ("pg_class", row.oid, column.number), handle);
        for own in sequences.iter().filter(|own| !own.is_identity) {
            ownership(own, column, serial == Some(own.oid), row, &column_id, facts);
        }
        if let Some(own) = sequence {
            let handle = format!("sequence {}", qualified(&own.schema, &own.name));
            facts.part(&column_id, SEQUENCE, ("pg_class", own.oid, 0), handle);
        }
    }
    let sql = table_text(row, &name, &lines, &parents);
    if let Some(fact) = facts.get_mut(&id) {
        fact.sql = sql;
    }
    if let Some(identity) = &row.replica_identity {
        let fact = Fact {
            id: Id { kind: Kind::ReplicaIdentity, ..id.clone() },
            name: spoken(&row.schema, &row.name),
            attributes: Attributes::default().with("identity", identity).done(),
            sql: format!("alter table {name} replica identity {identity}"),
            ..blank(Kind::ReplicaIdentity, Some(id))
        };
        let mut fact = fact;
        if let Some(index) = &row.identity_index {
            let kinds = [Kind::PrimaryKey, Kind::Unique];
            fact.needs.extend(kinds.map(|kind| Id::new(kind, [&row.schema, &row.name, index])));
            fact.needs.insert(Id::new(Kind::Index, [&row.schema, index]));
        }
        facts.add_unnumbered(fact);
    }
}

/// Returns the text that makes a table. Its columns stand in the lines before the last one that begins with `)`.
fn table_text(row: &TableRow, name: &str, lines: &[String], parents: &[String]) -> String {
    let unlogged = if row.unlogged { "unlogged " } else { "" };
    let mut text = format!("create {unlogged}table {name}");
    match &row.bound {
        Some(bound) => text.push_str(&format!(" partition of {} {bound}", parents.join(", "))),
        None => {
            text.extend(row.of_type.as_ref().map(|kind| format!(" of {kind}")));
            text.push_str(&match lines {
                [] if row.of_type.is_some() => String::new(),
                [] => " (\n)".to_owned(),
                lines => format!(" (\n    {}\n)", lines.join(",\n    ")),
            });
        }
    }
    let mut clause = |word: &str, value: Option<&String>| {
        text.extend(value.map(|value| format!(" {word} {value}")));
    };
    let inherits = (row.bound.is_none() && !parents.is_empty()).then(|| format!("({})", parents.join(", ")));
    let options = (!row.options.is_empty()).then(|| format!("({})", row.options.join(", ")));
    clause("inherits", inherits.as_ref());
    clause("partition by", row.partition_key.as_ref());
    clause("using", row.access_method.as_ref());
    clause("with", options.as_ref());
    clause("tablespace", row.tablespace.as_ref());
    text
}

fn column_fact(row: &ColumnRow, sequence: Option<&SequenceRow>, table: &TableRow, parent: &Id) -> Fact {
    let identity = match &*row.identity {
        "a" => Some("always"),
        "d" => Some("by default"),
        _ => None,
    };
    // What a table has of its own stays when its parent's goes.
    let inherited = row.is_inherited.then_some(if row.is_local { "and its own" } else { "yes" });
    let is_generated = !row.generated.is_empty();
    let mut attributes = Attributes::default()
        .with("type", &row.r#type)
        .maybe("collation", row.collation.as_ref())
        .flag("not null", row.not_null)
        .maybe("default", row.default.as_ref().filter(|_| !is_generated))
        .maybe("generated", row.default.as_ref().filter(|_| is_generated))
        .flag("virtual", row.generated == "v")
        .maybe("identity", identity)
        .maybe("storage", row.storage.as_ref())
        .maybe("compression", row.compression.as_ref())
        .maybe("statistics", row.statistics)
        .list("options", row.options.as_deref().unwrap_or_default())
        .maybe("inherited", inherited)
        .done();
    if let Some(own) = sequence.filter(|_| identity.is_some()) {
        let usual = format!("{}_{}_seq", table.name, row.name);
        if own.name != usual || own.schema != table.schema {
            attributes.push(("identity name", qualified(&own.schema, &own.name)));
        }
        let numbers = [own.start, own.increment, own.minimum, own.maximum, own.cache];
        if own.r#type != row.r#type {
            attributes.push(("identity type", own.r#type.clone()));
        }
        attributes.extend(Shape::of(&own.r#type, numbers, own.cycle).attributes(column::IDENTITY));
    }
    Fact {
        id: Id::new(Kind::Column, [&table.schema, &table.name, &row.name]),
        name: format!("{}.{}", spoken(&table.schema, &table.name), row.name),
        attributes,
        ..blank(Kind::Column, Some(parent.clone()))
    }
}

/// Says whether a column and its sequence are what `serial` makes.
fn is_serial(row: &ColumnRow, own: &SequenceRow, table: &TableRow) -> bool {
    let numbers = [own.start, own.increment, own.minimum, own.maximum, own.cache];
    let is_plain = Shape::of(&own.r#type, numbers, own.cycle).clauses().is_empty();
    let is_named_so = own.schema == table.schema && own.name == format!("{}_{}_seq", table.name, row.name);
    let next = format!("nextval('{}'::regclass)", qualified(&own.schema, &own.name));
    let is_column_so = row.not_null && row.default.as_ref() == Some(&next) && own.r#type == row.r#type;
    is_plain && is_named_so && is_column_so && !own.is_identity && own.unlogged == table.unlogged && row.is_local
}

fn ownership(own: &SequenceRow, row: &ColumnRow, is_serial: bool, table: &TableRow, column: &Id, facts: &mut Facts) {
    let sequence = Id::new(Kind::Sequence, [&own.schema, &own.name]);
    let by = format!("{}.{}", qualified(&table.schema, &table.name), quoted(&row.name));
    let mut fact = Fact {
        id: Id { kind: Kind::Ownership, ..sequence.clone() },
        name: spoken(&own.schema, &own.name),
        attributes: Attributes::default().with("by", &by).done(),
        sql: format!("alter sequence {} owned by {by}", qualified(&own.schema, &own.name)),
        ..blank(Kind::Ownership, Some(sequence))
    };
    fact.needs.insert(column.clone());
    if is_serial && let Some(column) = facts.get_mut(column) {
        column::SERIAL.clone_into(&mut column.sql);
    }
    facts.add_unnumbered(fact);
}

fn constraint(row: &ConstraintRow, catalogue: &Catalogue, names: &HashSet<(&str, &str)>, facts: &mut Facts) {
    let kind = match &*row.r#type {
        "p" => Kind::PrimaryKey,
        "u" => Kind::Unique,
        "x" => Kind::Exclusion,
        "f" => Kind::ForeignKey,
        _ => Kind::Check,
    };
    let above =
        |row: &ConstraintRow| row.parent.and_then(|oid| catalogue.constraints.iter().find(|other| other.oid == oid));
    let parent = above(row);
    let of = match (row.table, row.domain) {
        (Some(table), _) => facts.relation(table).cloned(),
        (None, Some(domain)) => facts.at("pg_type", domain, 0).cloned(),
        (None, None) => None,
    };
    let Some(of) = of else { return };
    let [schema, owner] = [0, 1].map(|n| of.name.get(n).cloned().unwrap_or_default());
    // A foreign key to a partitioned table has one row more for each partition, which needs that.
    if let Some(mut whole) = parent.filter(|parent| parent.table == row.table) {
        while let Some(next) = above(whole).filter(|next| next.table == row.table) {
            whole = next;
        }
        facts.call(("pg_constraint", row.oid, 0), &Id::new(kind, [&schema, &owner, &whole.name]));
        return;
    }
    let (name, on) = (quoted(&row.name), qualified(&schema, &owner));
    let (what, handle) =
        if of.kind == Kind::Domain { ("domain", format!("domain {on}")) } else { ("table", on.clone()) };
    let definition = with_options(&row.definition, row.options.as_deref().unwrap_or_default());
    let is_inherited = row.parent.is_some() || row.is_inherited && !row.is_local;
    let is_same = |other: &&ConstraintRow| {
        row.is_inherited
            && other.name == row.name
            && other.r#type == row.r#type
            && other.table.is_some_and(|table| parents(row.table, catalogue).contains(&table))
    };
    let above: Vec<u32> = catalogue.constraints.iter().filter(is_same).map(|other| other.oid).collect();
    let of_partition = row.parent.filter(|_| kind != Kind::Check);
    let is_free = |name: &str| name == row.name || !names.contains(&(&*schema, name));
    let schema_of = |row: &ConstraintRow| row.table.and_then(|table| facts.relation(table)?.name.first().cloned());
    let outer = parent.and_then(schema_of).unwrap_or_default();
    let parent = parent.map(|parent| (parent, &*outer));
    let sql = match of_partition {
        Some(_) => inherited::constraint(row, parent, (&schema, &owner), is_free).join(";\n"),
        // One that waits for the keys of its partitions makes none of them.
        None if !row.is_valid => format!("alter table only {on} add constraint {name} {definition}"),
        None => format!("alter {what} {on} add constraint {name} {definition}"),
    };
    let options = row.options.as_deref().filter(|_| of_partition.is_some()).unwrap_or_default();
    let attributes = Attributes::default()
        .with("definition", &definition)
        .flag("inherited", is_inherited)
        .flag("invalid", !row.is_valid)
        .list("options", options)
        .flag("clustered", row.is_clustered == Some(true));
    let mut fact = Fact {
        id: Id::new(kind, [&schema, &owner, &row.name]),
        name: format!("{}.{}", spoken(&schema, &owner), row.name),
        attributes: attributes.done(),
        sql,
        ..blank(kind, Some(of))
    };
    // A new partition would get a key of its own, and this would wait no more.
    if !row.is_valid {
        fact.needs.extend(row.table.into_iter().flat_map(|table| catalogue.heirs_of(table)));
    }
    fact.needs.extend(above.iter().filter_map(|oid| facts.at("pg_constraint", *oid, 0)).cloned());
    let id = fact.id.clone();
    facts.add(fact, ("pg_constraint", row.oid, 0), format!("constraint {name} on {handle}"));
    if let Some(index) = row.index.filter(|_| kind != Kind::ForeignKey) {
        facts.call(("pg_class", index, 0), &id);
        facts.part(&id, INDEX, ("pg_class", index, 0), format!("index {}", qualified(&schema, &row.name)));
    }
}

/// Returns the tables that a table inherits from.
fn parents(table: Option<u32>, catalogue: &Catalogue) -> &[u32] {
    let own = catalogue.tables.iter().find(|row| Some(row.oid) == table);
    own.map(|row| row.parents.as_slice()).unwrap_or_default()
}

/// Puts the options of a constraint's index behind its columns.
fn with_options(definition: &str, options: &[String]) -> String {
    if options.is_empty() {
        return definition.to_owned();
    }
    let with = format!(" WITH ({})", options.join(", "));
    let behind = [" WHERE (", " DEFERRABLE"].iter().filter_map(|word| definition.find(word)).min();
    let mut text = definition.to_owned();
    text.insert_str(behind.unwrap_or(definition.len()), &with);
    text
}
