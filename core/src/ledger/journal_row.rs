//! Rows of the journal as the database holds them.

use super::{MigrationRow, Text, canonical};
use crate::checksum::Checksum;

/// A row of `dunlin_statements`: one statement of a step that began outside a transaction and did not end.
///
/// The server alone knows some of what stands in it, and not every server computes hashes. So each row holds its own text,
/// written with it by the same statement, and a value that is changed alone does not fit that text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the column of its name")]
pub struct JournalRow {
    pub set_name: Text<'static>,
    pub id: Text<'static>,
    pub direction: Text<'static>,
    pub n: Text<'static>,
    pub state: Text<'static>,
    pub recovery: Text<'static>,
    pub line: Text<'static>,
    pub summary: Text<'static>,
    pub checksum: Text<'static>,
    pub fingerprint: Text<'static>,
    pub connection: Text<'static>,
    pub message: Text<'static>,
    pub started_at: Text<'static>,
    pub row_text: Text<'static>,
}

impl JournalRow {
    /// The columns, in the order in which rows are made of them; the last holds the text of those before it.
    pub const COLUMNS: [&'static str; 14] = [
        "set_name",
        "id",
        "direction",
        "n",
        "state",
        "recovery",
        "line",
        "summary",
        "checksum",
        "fingerprint",
        "connection",
        "message",
        "started_at",
        "row_text",
    ];

    /// Returns the text that the row must hold: each value behind its length in characters, and `-` for one that is not
    /// there.
    pub fn text(&self) -> String {
        let [values @ .., _] = self.values();
        values.map(|value| JournalRow::value_text(value.as_deref())).join(",")
    }

    /// Returns what the text of a row has for one value.
    pub fn value_text(value: Option<&str>) -> String {
        value.map_or_else(|| "-".to_owned(), |value| format!("{}:{value}", value.chars().count()))
    }

    /// Says whether the row holds its own text.
    pub fn is_whole(&self) -> bool {
        self.row_text.as_deref() == Some(&*self.text())
    }

    pub(super) fn values(&self) -> [&Text<'static>; 14] {
        [
            &self.set_name,
            &self.id,
            &self.direction,
            &self.n,
            &self.state,
            &self.recovery,
            &self.line,
            &self.summary,
            &self.checksum,
            &self.fingerprint,
            &self.connection,
            &self.message,
            &self.started_at,
            &self.row_text,
        ]
    }

    pub(super) fn number(&self) -> Option<usize> {
        self.n.as_deref()?.parse().ok()
    }
}

impl From<[Text<'static>; 14]> for JournalRow {
    fn from(values: [Text<'static>; 14]) -> JournalRow {
        let [set_name, id, direction, n, state, recovery, line, summary, checksum, fingerprint, rest @ ..] = values;
        let [connection, message, started_at, row_text] = rest;
        JournalRow {
            set_name,
            id,
            direction,
            n,
            state,
            recovery,
            line,
            summary,
            checksum,
            fingerprint,
            connection,
            message,
            started_at,
            row_text,
        }
    }
}

/// Returns the digest of an unfinished step: of its row, and of its journal in whichever order that comes.
///
/// Invariant: as for [`MigrationRow::digest`].
pub fn unfinished_digest<'j>(row: &MigrationRow<'_>, journal: impl IntoIterator<Item = &'j JournalRow>) -> Checksum {
    of_unfinished(&row.digest(), journal)
}

/// Does the same for a row whose digest is known.
pub(super) fn of_unfinished<'j>(row: &Checksum, journal: impl IntoIterator<Item = &'j JournalRow>) -> Checksum {
    let mut journal: Vec<&JournalRow> = journal.into_iter().collect();
    journal.sort_by_key(|row| (row.number(), &row.n));
    let digests = journal.into_iter().map(|row| canonical::hash(row.values().map(Text::as_deref)).to_string());
    let digests: Vec<String> = std::iter::once(row.to_string()).chain(digests).collect();
    canonical::hash(std::iter::once(Some("unfinished")).chain(digests.iter().map(|digest| Some(&**digest))))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn row(n: &'static str) -> JournalRow {
        let values = JournalRow::COLUMNS.map(|column| Some(Cow::Borrowed(column)));
        let row = JournalRow { n: Some(Cow::Borrowed(n)), fingerprint: None, ..JournalRow::from(values) };
        JournalRow { row_text: Some(row.text().into()), ..row }
    }

    #[test]
    fn the_text_of_a_row_is_pinned_for_the_sql_writes_it() {
        let text = "8:set_name,2:id,9:direction,1:1,5:state,8:recovery,4:line,7:summary,8:checksum,-,10:connection,\
                    7:message,10:started_at";
        assert_eq!(row("1").text(), text);
        assert!(row("1").is_whole());
        let odd = JournalRow { message: Some("\u{1f426}é".into()), ..row("1") };
        assert!(odd.text().contains(",2:\u{1f426}é,") && !odd.is_whole());
    }

    #[test]
    fn every_value_counts() {
        let migration = |text: &'static str| MigrationRow::from(MigrationRow::COLUMNS.map(|_| Some(text.into())));
        let whole = row("1");
        let digest = |rows: &[JournalRow]| unfinished_digest(&migration("a"), rows);
        for column in 0..JournalRow::COLUMNS.len() {
            for other in [None, Some(Cow::Borrowed("")), Some(Cow::Borrowed("other"))] {
                let mut values = whole.values().map(Clone::clone);
                if values[column] == other {
                    continue;
                }
                values[column] = other;
                let changed = JournalRow::from(values);
                assert!(!changed.is_whole(), "column {column}");
                assert_ne!(digest(std::slice::from_ref(&changed)), digest(std::slice::from_ref(&whole)));
            }
        }
        assert_eq!(digest(&[row("10"), row("9")]), digest(&[row("9"), row("10")]));
        assert_ne!(digest(&[row("1")]), digest(&[row("1"), row("2")]));
        assert_ne!(digest(&[row("1")]), unfinished_digest(&migration("b"), &[row("1")]));
        assert_eq!(
            digest(&[row("1")]).to_string(),
            "b3:581885de2d3785dfffc5474adeb01e496dcc9b4b6c06f1a0704dad27fc5fef71",
            "events of databases hold it"
        );
    }
}
