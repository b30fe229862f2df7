//! What is drawn of a table.

use super::table::{Column, Table};
use super::words::{Word, bracketed};
use crate::fact::{Fact, Id, Kind};
use crate::picture::{self, Key, Outline, Referring};
use crate::schema::Schema;

/// Reads a table's text. A virtual table has none that says columns.
pub(super) fn outline(schema: &Schema, fact: &Fact) -> Outline {
    let Some(table) = Table::read(&fact.sql).filter(|_| fact.id.kind == Kind::Table) else { return Outline::default() };
    let mut outline = Outline::default();
    for column in &table.columns {
        outline.columns.push(drawn(column, &table));
        of_words(column.inner(), Some(&column.name), schema, &mut outline);
    }
    of_words(table.constraint_words(), None, schema, &mut outline);
    outline.keys.sort_by_key(|key| !key.is_primary);
    let is_key = |name: &str| {
        outline.keys.iter().any(|key| key.is_primary && key.columns.iter().any(|own| own.eq_ignore_ascii_case(name)))
    };
    let counted = table.rowid_column().map(|column| column.name.clone());
    let never_null: Vec<bool> = outline
        .columns
        .iter()
        .map(|column| counted.as_ref() == Some(&column.name) || !table.has_rowid() && is_key(&column.name))
        .collect();
    outline.columns.iter_mut().zip(never_null).for_each(|(column, never)| column.nullable &= !never);
    outline
}

fn drawn(column: &Column, table: &Table<'_>) -> picture::Column {
    let kind = column.type_text(table.sql).split_whitespace().collect::<Vec<_>>().join(" ");
    picture::Column { name: column.name.clone(), kind, nullable: !column.is_not_null(), ..picture::Column::default() }
}

/// Reads the keys of a column or of the table: `primary key`, `unique` and `references`, with the brackets that belong to them.
fn of_words(words: &[Word], column: Option<&String>, schema: &Schema, outline: &mut Outline) {
    let own = || column.into_iter().cloned().collect::<Vec<String>>();
    let mut depth = 0_usize;
    let mut foreign = own();
    for (at, word) in words.iter().enumerate() {
        if word.is("(") {
            depth += 1;
        } else if word.is(")") {
            depth = depth.saturating_sub(1);
        }
        if depth > 0 {
            continue;
        }
        let is = |at: usize, word: &str| words.get(at).is_some_and(|own| own.is(word));
        let listed = |at: usize| if column.is_some() { own() } else { bracketed(words, at) };
        if word.is("primary") && is(at + 1, "key") {
            outline.keys.push(Key { is_primary: true, columns: listed(at + 2) });
        } else if word.is("unique") {
            outline.keys.push(Key { is_primary: false, columns: listed(at + 1) });
        } else if word.is("foreign") && is(at + 1, "key") {
            foreign = bracketed(words, at + 2);
        } else if word.is("references")
            && let Some(name) = words.get(at + 1).and_then(Word::name)
        {
            let table = [Kind::Table, Kind::VirtualTable].map(|kind| Id::new(kind, [name.clone()]));
            let table = table.into_iter().find(|id| schema.get(id).is_some());
            let targets = bracketed(words, at + 2);
            outline.references.extend(table.map(|table| Referring { columns: foreign.clone(), table, targets }));
        }
    }
}
