//! Rows of the history as the database holds them, and the digests of those that events leave behind.

use std::borrow::Cow;

use super::{Detail, canonical};
use crate::checksum::Checksum;

/// A value as text; times as the database's clock is written, flags as `1` and `0`.
pub type Text<'r> = Option<Cow<'r, str>>;

/// A row of `dunlin_migrations`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the column of its name")]
pub struct MigrationRow<'r> {
    pub set_name: Text<'r>,
    pub id: Text<'r>,
    pub slug: Text<'r>,
    pub parents: Text<'r>,
    pub seq: Text<'r>,
    pub kind: Text<'r>,
    pub state: Text<'r>,
    pub up_checksum: Text<'r>,
    pub down_checksum: Text<'r>,
    pub up_sql: Text<'r>,
    pub down_sql: Text<'r>,
    pub breaking: Text<'r>,
    pub applied_at: Text<'r>,
    pub duration_us: Text<'r>,
    pub tool_version: Text<'r>,
}

impl MigrationRow<'_> {
    /// The columns, in the order in which rows are made of them.
    pub const COLUMNS: [&'static str; 15] = [
        "set_name",
        "id",
        "slug",
        "parents",
        "seq",
        "kind",
        "state",
        "up_checksum",
        "down_checksum",
        "up_sql",
        "down_sql",
        "breaking",
        "applied_at",
        "duration_us",
        "tool_version",
    ];

    /// Returns the digest of the whole row.
    ///
    /// Invariant: the same row has the same digest in every version of dunlin; pinned vectors in this module hold that.
    pub fn digest(&self) -> Checksum {
        digest(
            "migrations",
            [
                &self.set_name,
                &self.id,
                &self.slug,
                &self.parents,
                &self.seq,
                &self.kind,
                &self.state,
                &self.up_checksum,
                &self.down_checksum,
                &self.up_sql,
                &self.down_sql,
                &self.breaking,
                &self.applied_at,
                &self.duration_us,
                &self.tool_version,
            ],
        )
    }
}

impl<'r> From<[Text<'r>; 15]> for MigrationRow<'r> {
    fn from(values: [Text<'r>; 15]) -> MigrationRow<'r> {
        let [set_name, id, slug, parents, seq, kind, state, up_checksum, down_checksum, rest @ ..] = values;
        let [up_sql, down_sql, breaking, applied_at, duration_us, tool_version] = rest;
        MigrationRow {
            set_name,
            id,
            slug,
            parents,
            seq,
            kind,
            state,
            up_checksum,
            down_checksum,
            up_sql,
            down_sql,
            breaking,
            applied_at,
            duration_us,
            tool_version,
        }
    }
}

/// A row of `dunlin_repeatable`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the column of its name")]
pub struct RepeatableRow<'r> {
    pub set_name: Text<'r>,
    pub name: Text<'r>,
    pub checksum: Text<'r>,
    pub stored_sql: Text<'r>,
    pub applied_at: Text<'r>,
    pub duration_us: Text<'r>,
    pub tool_version: Text<'r>,
}

impl RepeatableRow<'_> {
    /// The columns, in the order in which rows are made of them.
    pub const COLUMNS: [&'static str; 7] =
        ["set_name", "name", "checksum", "stored_sql", "applied_at", "duration_us", "tool_version"];

    /// Returns the digest of the whole row; see [`MigrationRow::digest`].
    pub fn digest(&self) -> Checksum {
        digest(
            "repeatable",
            [
                &self.set_name,
                &self.name,
                &self.checksum,
                &self.stored_sql,
                &self.applied_at,
                &self.duration_us,
                &self.tool_version,
            ],
        )
    }
}

impl<'r> From<[Text<'r>; 7]> for RepeatableRow<'r> {
    fn from(values: [Text<'r>; 7]) -> RepeatableRow<'r> {
        let [set_name, name, checksum, stored_sql, applied_at, duration_us, tool_version] = values;
        RepeatableRow { set_name, name, checksum, stored_sql, applied_at, duration_us, tool_version }
    }
}

/// A row of `dunlin_events`, with what its `detail` says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the column of its name")]
pub struct EventRow {
    pub set_name: Text<'static>,
    pub n: Text<'static>,
    pub at: Text<'static>,
    pub action: Text<'static>,
    pub id: Text<'static>,
    pub checksum: Text<'static>,
    pub db_user: Text<'static>,
    pub os_user: Text<'static>,
    pub host: Text<'static>,
    pub application: Text<'static>,
    pub tool_version: Text<'static>,
    pub detail: Text<'static>,
    pub hash: Text<'static>,
    /// What `detail` says, taken apart.
    pub details: Detail,
}

impl EventRow {
    /// The columns, in the order in which rows are made of them.
    pub const COLUMNS: [&'static str; 13] = [
        "set_name",
        "n",
        "at",
        "action",
        "id",
        "checksum",
        "db_user",
        "os_user",
        "host",
        "application",
        "tool_version",
        "detail",
        "hash",
    ];

    /// Takes the values of the columns, and what the `detail` among them says.
    pub fn new(values: [Text<'static>; 13], details: Detail) -> EventRow {
        let [set_name, n, at, action, id, checksum, db_user, os_user, host, application, rest @ ..] = values;
        let [tool_version, detail, hash] = rest;
        EventRow {
            set_name,
            n,
            at,
            action,
            id,
            checksum,
            db_user,
            os_user,
            host,
            application,
            tool_version,
            detail,
            hash,
            details,
        }
    }

    /// Hashes the event onto the hash before it, as [`Event::hash`](super::Event::hash) does, text by text.
    pub fn hash_onto(&self, previous: Option<&str>) -> Checksum {
        let fields = [
            &self.set_name,
            &self.n,
            &self.at,
            &self.action,
            &self.id,
            &self.checksum,
            &self.db_user,
            &self.os_user,
            &self.host,
            &self.application,
            &self.tool_version,
            &self.detail,
        ];
        canonical::hash(std::iter::once(previous).chain(fields.into_iter().map(Text::as_deref)))
    }
}

/// A row of `dunlin_layout`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the column of its name")]
pub struct LayoutRow {
    pub id: Text<'static>,
    pub version: Text<'static>,
}

/// Rows of two tables have two digests, whatever stands in them.
fn digest<'v, 'r: 'v>(table: &'v str, values: impl IntoIterator<Item = &'v Text<'r>>) -> Checksum {
    canonical::hash(std::iter::once(Some(table)).chain(values.into_iter().map(Text::as_deref)))
}

#[cfg(test)]
mod tests {
    use super::super::chain::tests::event;
    use super::*;
    use crate::ledger::Event;

    fn texts<const N: usize>(columns: [&'static str; N]) -> [Text<'static>; N] {
        columns.map(|column| Some(Cow::Borrowed(column)))
    }

    #[test]
    fn digests_are_pinned_for_ever() {
        let row = MigrationRow::from(texts(MigrationRow::COLUMNS));
        assert_eq!(row.digest().to_string(), "b3:3c0c990cd5e154e840391fd9c65428bcb38d3ee26956ebef00ea859cb6c87423");
        let irreversible = MigrationRow { down_checksum: None, down_sql: None, ..row };
        assert_eq!(
            irreversible.digest().to_string(),
            "b3:6b7263158220440dafdb8ba600bc1f04ceb9890972be5fcba3ffa0b0b00dea33"
        );
        let row = RepeatableRow::from(texts(RepeatableRow::COLUMNS));
        assert_eq!(row.digest().to_string(), "b3:421be09d9adc71a4ce0d16e0fc2f7d508f8355f7448ba50bbfdb74ad0b8a4227");
    }

    #[test]
    fn every_column_stands_in_its_place_and_counts() {
        fn digest<const N: usize>(values: &[Text<'static>; N], of: impl Fn([Text<'static>; N]) -> Checksum) {
            let whole = of(values.clone());
            for column in 0..N {
                for other in [None, Some(Cow::Borrowed("")), Some(Cow::Borrowed("other"))] {
                    let mut changed = values.clone();
                    changed[column] = other;
                    assert_ne!(of(changed), whole, "column {column}");
                }
            }
        }
        digest(&texts(MigrationRow::COLUMNS), |values| MigrationRow::from(values).digest());
        digest(&texts(RepeatableRow::COLUMNS), |values| RepeatableRow::from(values).digest());
        // The hash of an event is over all of its columns but itself.
        let [before_hash @ .., _] = EventRow::COLUMNS;
        digest(&texts(before_hash), |values| {
            let [set_name, n, at, action, id, checksum, db_user, os_user, host, application, version, detail] = values;
            let values =
                [set_name, n, at, action, id, checksum, db_user, os_user, host, application, version, detail, None];
            EventRow::new(values, Detail::default()).hash_onto(Some("b3:0"))
        });
        let row = MigrationRow::from(texts(MigrationRow::COLUMNS));
        assert_eq!((row.id.as_deref(), row.up_sql.as_deref()), (Some("id"), Some("up_sql")));
        assert_eq!((row.state.as_deref(), row.tool_version.as_deref()), (Some("state"), Some("tool_version")));
    }

    #[test]
    fn an_event_hashes_alike_from_its_row() {
        let (first, second) = (event(), Event { n: 2, id: None, checksum: None, ..event() });
        let row = |event: &Event| {
            let text = |text: &str| Some(Cow::Owned(text.to_owned()));
            let values = [
                text(event.set.as_str()),
                text(&event.n.to_string()),
                text(&event.at),
                text(event.action.as_str()),
                event.id.as_ref().and_then(|id| text(id.as_str())),
                event.checksum.and_then(|checksum| text(&checksum.to_string())),
                text(&event.db_user),
                text(&event.os_user),
                text(&event.host),
                text(&event.application),
                text(&event.tool_version),
                text(&event.detail),
                None,
            ];
            EventRow::new(values, Detail::default())
        };
        let hash = first.hash(None);
        assert_eq!(row(&first).hash_onto(None), hash);
        assert_eq!(row(&second).hash_onto(Some(&hash.to_string())), second.hash(Some(&hash)));
    }
}
