//! The text of `SHOW CREATE TABLE`, taken apart.
//!
//! Columns come first, then keys, then constraints; behind the brackets stand the options, then the partitions. Every element is
//! a clause that `ALTER TABLE` takes behind `ADD`.

use super::collation::Collations;
use super::column::{Charset, Column};
use super::options::Options;
use super::words::{Word, between, closing, words};

/// The words that begin a key.
const KEYS: [&str; 6] = ["primary", "unique", "key", "fulltext", "spatial", "vector"];

/// The period of the times of versions.
pub(super) const SYSTEM_TIME: &str = "SYSTEM_TIME";

/// A table, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// As it is written.
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    pub(super) keys: Vec<Element>,
    pub(super) checks: Vec<Element>,
    pub(super) foreign_keys: Vec<ForeignKey>,
    pub(super) periods: Vec<Element>,
    pub(super) options: Options,
    /// `PARTITION BY …`, as it is printed.
    pub(super) partitions: Option<String>,
}

/// A key, a check, or a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    /// As it is written; that of the primary key is `PRIMARY`.
    pub(super) name: String,
    /// All of it.
    pub(super) clause: String,
    /// What stands behind its name, with what stands before that: two with the same are the same but for their names.
    pub(super) essence: String,
    /// The columns that it begins with, in lower case.
    pub(super) columns: Vec<String>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ForeignKey {
    pub(super) name: String,
    pub(super) clause: String,
    /// Its columns, in lower case.
    pub(super) columns: Vec<String>,
    /// The table that it refers to; `None` is one of another database.
    pub(super) table: Option<String>,
    /// That table's columns, in lower case.
    pub(super) referenced: Vec<String>,
}

impl Table {
    /// Takes a text apart. `None` is that it has another form.
    pub(super) fn read(sql: &str, collations: &Collations) -> Option<Table> {
        let words = words(sql);
        let open = words.iter().position(|word| word.is("("))?;
        let close = closing(&words, open)?;
        let name = words.get(open.checked_sub(1)?)?.name()?;
        let behind = words.get(close + 1..)?;
        let begins = behind.windows(2).position(|two| matches!(two, [one, by] if one.is("partition") && by.is("by")));
        let options = Options::read(sql, behind.get(..begins.unwrap_or(behind.len()))?, collations)?;
        let charset = options.charset();
        let mut table = Table {
            name,
            columns: Vec::new(),
            keys: Vec::new(),
            checks: Vec::new(),
            foreign_keys: Vec::new(),
            periods: Vec::new(),
            partitions: begins.map(|at| partitions(sql, behind, at)),
            options,
        };
        for element in elements(words.get(open + 1..close)?) {
            table.take(sql, element, charset.as_ref(), collations)?;
        }
        Some(table)
    }

    fn take<'t>(
        &mut self,
        sql: &'t str,
        words: &[Word<'t>],
        charset: Option<&Charset>,
        collations: &Collations,
    ) -> Option<()> {
        let first = words.first()?;
        let is = |at: usize, word: &str| words.get(at).is_some_and(|own| own.is(word));
        let clause = || with_mark(sql, words);
        if first.name().is_some() {
            self.columns.push(Column::read(sql, words, charset, collations)?);
        } else if is(0, "constraint") && is(2, "foreign") {
            self.foreign_keys.push(ForeignKey::read(sql, words)?);
        } else if is(0, "constraint") && is(2, "check") {
            let name = words.get(1)?.name()?;
            let essence = between(sql, words.get(2..)?).to_owned();
            self.checks.push(Element { name, clause: clause(), essence, columns: Vec::new() });
        } else if is(0, "period") {
            let name = words.get(2)?;
            let name = name.name().unwrap_or_else(|| name.text.to_uppercase());
            self.periods.push(Element { name, essence: clause(), clause: clause(), columns: names(words, 3) });
        } else if KEYS.iter().any(|own| first.is(own)) {
            let open = words.iter().position(|word| word.is("("))?;
            let name = words.get(..open)?.iter().find_map(Word::name).unwrap_or_else(|| "PRIMARY".to_owned());
            let before = words.get(..open)?.iter().filter(|word| word.name().is_none()).map(|word| word.text);
            let essence = before.chain([with_mark(sql, words.get(open..)?).as_str()]).collect::<Vec<_>>().join(" ");
            self.keys.push(Element { name, clause: clause(), essence, columns: names(words, open) });
        } else {
            return None;
        }
        Some(())
    }

    /// Returns the column of a name in lower case.
    pub(super) fn column(&self, key: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.key == key)
    }

    /// Says whether the times of versions are columns of its own.
    pub(super) fn has_time_columns(&self) -> bool {
        self.periods.iter().any(|period| period.name == SYSTEM_TIME)
    }

    /// Returns the text that makes it, with some of its foreign keys.
    pub(super) fn sql<'t>(&'t self, foreign_keys: impl Iterator<Item = &'t str>) -> String {
        let charset = self.options.charset();
        let columns = self
            .columns
            .iter()
            .map(|column| format!("{} {}", super::quoted(&column.name), column.declared(charset.as_ref())));
        let elements = self.periods.iter().chain(&self.keys).chain(&self.checks).map(|element| element.clause.clone());
        let all: Vec<String> = columns.chain(elements).chain(foreign_keys.map(str::to_owned)).collect();
        let partitions = self.partitions.as_ref().map(|text| format!("\n{text}")).unwrap_or_default();
        format!(
            "create table {} (\n  {}\n){}{partitions}",
            super::quoted(&self.name),
            all.join(",\n  "),
            self.options.sql()
        )
    }
}

impl ForeignKey {
    /// Reads `CONSTRAINT n FOREIGN KEY (a) REFERENCES t (b) …`.
    pub(super) fn read(sql: &str, words: &[Word<'_>]) -> Option<ForeignKey> {
        let open = words.iter().position(|word| word.is("("))?;
        let references = words.iter().position(|word| word.is("references"))?;
        let there = words.iter().enumerate().skip(references).find(|(_, word)| word.is("("))?.0;
        let is_elsewhere = words.get(references + 2).is_some_and(|word| word.is("."));
        Some(ForeignKey {
            name: words.get(1)?.name()?,
            clause: with_mark(sql, words),
            columns: names(words, open),
            table: if is_elsewhere { None } else { words.get(references + 1)?.name() },
            referenced: names(words, there),
        })
    }
}

/// Splits what stands in a table's brackets at its commas.
fn elements<'w, 't>(words: &'w [Word<'t>]) -> Vec<&'w [Word<'t>]> {
    let mut depth = 0_usize;
    words
        .split(|word| {
            if word.is("(") {
                depth += 1;
            } else if word.is(")") {
                depth = depth.saturating_sub(1);
            }
            depth == 0 && word.is(",")
        })
        .collect()
}

/// The names in the brackets that open at a place, as far as they are names of columns.
fn names(words: &[Word<'_>], open: usize) -> Vec<String> {
    let close = closing(words, open).unwrap_or(words.len());
    let inner = words.get(open + 1..close).unwrap_or_default();
    elements(inner).into_iter().map_while(|part| part.first()?.name()).map(|name| name.to_lowercase()).collect()
}

/// The text of an element with the comment's closing mark behind it: `KEY … /*!80000 INVISIBLE */`.
fn with_mark(sql: &str, words: &[Word<'_>]) -> String {
    let text = between(sql, words);
    let end = words.last().map_or(0, |word| word.end);
    let behind = sql.get(end..).unwrap_or_default();
    let mark = if behind.trim_start().starts_with("*/") { " */" } else { "" };
    format!("{text}{mark}")
}

/// The partitions, without the comment that MySQL puts around them.
fn partitions(sql: &str, words: &[Word<'_>], at: usize) -> String {
    between(sql, words.get(at..).unwrap_or_default()).to_owned()
}
