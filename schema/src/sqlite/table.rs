//! The text of a table, taken apart at its brackets and commas.

use super::texts;
use super::words::{Word, bracketed, joined, unquoted, words};

/// What begins a constraint of a table where a column could stand.
const CONSTRAINTS: [&str; 5] = ["constraint", "primary", "unique", "check", "foreign"];

/// What ends a column's type.
const BEHIND_TYPE: [&str; 11] =
    ["constraint", "primary", "not", "null", "unique", "check", "default", "collate", "references", "generated", "as"];

/// The text of a table, taken apart.
#[derive(Debug)]
pub(super) struct Table<'t> {
    pub(super) sql: &'t str,
    words: Vec<Word>,
    /// The table's name.
    name: usize,
    close: usize,
    pub(super) columns: Vec<Column>,
    /// Where the constraints of the table begin.
    constraints: usize,
}

/// A column of a table's text.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// As it is written.
    pub(super) name: String,
    /// As it is compared.
    pub(super) key: String,
    /// All its words, the name first.
    words: Vec<Word>,
}

impl<'t> Table<'t> {
    /// Takes a text apart: `CREATE TABLE <name> ( … ) …`, as SQLite keeps it. `None` is that it has another form.
    pub(super) fn read(sql: &'t str) -> Option<Table<'t>> {
        let mut words = without_own_name(words(sql));
        let open = words.iter().position(|word| word.is("("))?;
        let name = open.checked_sub(1)?;
        let mut depth = 0_usize;
        let (mut close, mut starts) = (None, vec![open + 1]);
        for (n, word) in words.iter().enumerate().skip(open) {
            if word.is("(") {
                depth += 1;
            } else if word.is(")") {
                depth -= 1;
                if depth == 0 {
                    close = Some(n);
                    break;
                }
            } else if word.is(",") && depth == 1 {
                starts.push(n + 1);
            }
        }
        let close = close?;
        texts::give_case(&mut words, sql, open..close, name, &starts);
        let ends = starts.iter().skip(1).map(|start| start - 1).chain([close]);
        let items: Vec<(usize, &[Word])> =
            starts.iter().zip(ends).filter_map(|(&start, end)| Some((start, words.get(start..end)?))).collect();
        let is_constraint = |item: &[Word]| item.first().is_some_and(|word| CONSTRAINTS.iter().any(|own| word.is(own)));
        let first = items.iter().position(|(_, item)| is_constraint(item)).unwrap_or(items.len());
        let constraints = items.get(first).map_or(close, |(start, _)| *start);
        let column = |(_, item): &(usize, &[Word])| {
            let word = item.first()?;
            let name = unquoted(sql.get(word.start..word.end)?);
            Some(Column { key: name.to_ascii_lowercase(), name, words: item.to_vec() })
        };
        let columns = items.iter().take(first).filter_map(column).collect();
        Some(Table { sql, words, name, close, columns, constraints })
    }

    /// Returns the column of a name.
    pub(super) fn column(&self, key: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.key == key)
    }

    /// Returns the table's constraints, in the form that is compared.
    pub(super) fn constraints(&self) -> String {
        joined(self.constraint_words())
    }

    pub(super) fn constraint_words(&self) -> &[Word] {
        self.words.get(self.constraints..self.close).unwrap_or_default()
    }

    /// Returns what stands behind the brackets, `STRICT` and `WITHOUT ROWID`, in one order.
    pub(super) fn options(&self) -> String {
        let words = self.words.get(self.close + 1..).unwrap_or_default();
        let mut options: Vec<String> = words.split(|word| word.is(",")).map(joined).collect();
        options.sort_unstable();
        options.join(", ")
    }

    /// Returns the tables that it refers to.
    pub(super) fn references(&self) -> Vec<String> {
        let pairs = self.words.iter().zip(self.words.iter().skip(1));
        pairs.filter(|(word, _)| word.is("references")).filter_map(|(_, name)| name.name()).collect()
    }

    pub(super) fn has_rowid(&self) -> bool {
        !self.options().split(", ").any(|option| option == "without rowid")
    }

    /// Returns the column that is the rowid under another name.
    pub(super) fn rowid_column(&self) -> Option<&Column> {
        if !self.has_rowid() {
            return None;
        }
        let own = self.columns.iter().find(|column| column.is_rowid());
        own.or_else(|| {
            // `primary key (id)` of a column that is INTEGER does the same.
            let words: Vec<&str> = self.constraint_words().iter().map(|word| &*word.text).collect();
            let at = words.windows(3).position(|three| three == ["primary", "key", "("])?;
            let (key, rest) = (self.constraint_words().get(at + 3)?.name()?, words.get(at + 4..)?);
            let is_alone = matches!(rest, [")", ..] | ["asc" | "desc" | "autoincrement", ")", ..]);
            let column = self.column(&key).filter(|column| column.type_words() == "integer")?;
            is_alone.then_some(column)
        })
    }

    pub(super) fn is_strict(&self) -> bool {
        self.options().split(", ").any(|option| option == "strict")
    }

    /// Says whether a column takes no null: a key does, where the table is strict or has no rowid.
    pub(super) fn takes_no_null(&self, column: &Column) -> bool {
        let is_rowid = self.rowid_column().is_some_and(|own| own.key == column.key);
        column.is_not_null()
            || (self.is_strict() || !self.has_rowid()) && !is_rowid && self.primary_key().contains(&column.key)
    }

    /// Returns the columns of the primary key.
    fn primary_key(&self) -> Vec<String> {
        let own = self.columns.iter().find(|column| column.has("primary"));
        let words = self.constraint_words();
        let at =
            words.windows(2).position(|two| matches!(two, [primary, key] if primary.is("primary") && key.is("key")));
        let listed = at.map(|at| bracketed(words, at + 2)).unwrap_or_default();
        own.map(|column| column.key.clone()).into_iter().chain(listed).collect()
    }

    pub(super) fn counts_up(&self) -> bool {
        self.words.iter().any(|word| word.is("autoincrement"))
    }

    /// Returns the text that makes it under another name, without its own name before its columns'.
    pub(super) fn renamed(&self, name: &str) -> String {
        let from = self.words.get(self.name).map_or(0, |word| word.end);
        let mut text = format!("create table {name}");
        let mut at = from;
        // The words that are left have gaps where the own name stood.
        for gap in own_name_gaps(self.sql) {
            text.push_str(self.sql.get(at..gap.0).unwrap_or_default());
            at = gap.1;
        }
        text.push_str(self.sql.get(at..).unwrap_or_default());
        text
    }
}

impl Column {
    /// Returns all but the name, in the form that is compared.
    pub(super) fn definition(&self) -> String {
        joined(self.words.iter().skip(1))
    }

    /// Returns the column as it is written in the table's text.
    pub(super) fn text<'t>(&self, sql: &'t str) -> &'t str {
        let (Some(first), Some(last)) = (self.words.first(), self.words.last()) else { return "" };
        sql.get(first.start..last.end).unwrap_or_default()
    }

    /// Returns the words that stand in no brackets, without the name.
    pub(super) fn outer(&self) -> Vec<&Word> {
        let mut depth = 0_usize;
        let mut outer = Vec::new();
        for word in self.words.iter().skip(1) {
            if word.is(")") {
                depth = depth.saturating_sub(1);
            }
            if depth == 0 {
                outer.push(word);
            }
            if word.is("(") {
                depth += 1;
            }
        }
        outer
    }

    pub(super) fn has(&self, keyword: &str) -> bool {
        self.outer().iter().any(|word| word.is(keyword))
    }

    /// Says whether `not null` stands there.
    pub(super) fn is_not_null(&self) -> bool {
        self.outer().windows(2).any(|two| matches!(two, [not, null] if not.is("not") && null.is("null")))
    }

    pub(super) fn is_generated(&self) -> bool {
        self.has("as")
    }

    /// Returns what its values are compared by.
    pub(super) fn collation(&self) -> String {
        let outer = self.outer();
        let named = outer.windows(2).find(|two| two.first().is_some_and(|word| word.is("collate")));
        named.and_then(|two| two.get(1)?.name()).unwrap_or_else(|| "binary".to_owned())
    }

    fn is_rowid(&self) -> bool {
        self.type_words() == "integer"
            && self.has("primary")
            && !self.outer().windows(2).any(|two| matches!(two, [key, desc] if key.is("key") && desc.is("desc")))
    }

    /// Returns the type, in the form that is compared.
    pub(super) fn type_words(&self) -> String {
        joined(self.type_part())
    }

    /// Returns the type as it is written.
    pub(super) fn type_text<'t>(&self, sql: &'t str) -> &'t str {
        let part = self.type_part();
        let (Some(first), Some(last)) = (part.first(), part.last()) else { return "" };
        sql.get(first.start..last.end).unwrap_or_default()
    }

    fn type_part(&self) -> &[Word] {
        let words = self.words.get(1..).unwrap_or_default();
        let end = words.iter().position(|word| BEHIND_TYPE.iter().any(|own| word.is(own))).unwrap_or(words.len());
        words.get(..end).unwrap_or_default()
    }

    /// Returns the default value as it is written, where it means the same in a query.
    pub(super) fn default_text<'t>(&self, sql: &'t str) -> Option<&'t str> {
        let at = self.words.iter().position(|word| word.is("default"))?;
        let first = self.words.get(at + 1)?;
        let last = if first.is("(") {
            let mut depth = 0_usize;
            self.words.iter().skip(at + 1).find(|word| {
                depth = if word.is("(") {
                    depth + 1
                } else if word.is(")") {
                    depth - 1
                } else {
                    depth
                };
                depth == 0
            })?
        } else if first.is("-") || first.is("+") {
            self.words.get(at + 2)?
        } else {
            use dunlin_core::statements::TokenKind::{Number, String, Word};
            let is_value = match first.kind {
                Number | String => true,
                Word => super::keywords::is_keyword(&first.text) && first.text != "null",
                _ => false,
            };
            is_value.then_some(first)?
        };
        sql.get(first.start..last.end)
    }

    /// Returns the words behind the name.
    pub(super) fn inner(&self) -> &[Word] {
        self.words.get(1..).unwrap_or_default()
    }
}

/// Takes a table's own name from before its columns' (`check (t.a > 0)`): it means nothing, and is wrong under another name.
fn without_own_name(words: Vec<Word>) -> Vec<Word> {
    let Some(gaps) = gaps(&words) else { return words };
    words.into_iter().filter(|word| !gaps.iter().any(|gap| gap.0 <= word.start && word.end <= gap.1)).collect()
}

fn own_name_gaps(sql: &str) -> Vec<(usize, usize)> {
    gaps(&words(sql)).unwrap_or_default()
}

fn gaps(words: &[Word]) -> Option<Vec<(usize, usize)>> {
    let open = words.iter().position(|word| word.is("("))?;
    let own = words.get(open.checked_sub(1)?)?.name()?;
    let behind = words.get(open..)?;
    let pairs = behind.iter().zip(behind.iter().skip(1));
    Some(
        pairs
            .filter(|(name, dot)| dot.is(".") && name.name().as_ref() == Some(&own))
            .map(|(name, dot)| (name.start, dot.end))
            .collect(),
    )
}
