//! Where a set stands in a database, as one hash.
//!
//! A binary carries the [`digest`] of the history that holds exactly its migrations. Where a database's history has the
//! same, nothing is pending and nothing was edited, and neither files nor rows need be looked at one by one.

use std::collections::HashSet;

use crate::checksum::Checksum;
use crate::dialect::Dialect;
use crate::directory::{Directory, Pair};
use crate::graph::Weave;
use crate::migration::MigrationId;
use crate::plan::Applied;

/// Stands between the fields of a record: ASCII's own separator, which no id and no slug can have.
pub const UNIT: char = '\u{1f}';

/// Stands behind a record.
pub const RECORD: char = '\u{1e}';

/// Hashes records: of each migration the id, the slug, the parents, the checksums of both ways, and whether it is
/// breaking. The order in which they come does not matter.
pub fn digest<'r>(records: impl IntoIterator<Item = &'r str>) -> Checksum {
    let mut records: Vec<&str> = records.into_iter().collect();
    records.sort_unstable();
    let mut text = String::with_capacity(records.iter().map(|record| record.len() + 1).sum());
    for record in records {
        text.push_str(record);
        text.push(RECORD);
    }
    Checksum::of_bytes(text.as_bytes())
}

/// Hashes the rows of a history; see [`digest`].
pub fn digest_of_rows(rows: &[Applied]) -> Checksum {
    let records: Vec<String> = rows.iter().map(record_of_row).collect();
    digest(records.iter().map(String::as_str))
}

fn record_of_row(row: &Applied) -> String {
    let parents: Vec<&str> = row.parents.iter().map(MigrationId::as_str).collect();
    let fields = [
        row.id.as_str(),
        row.slug.as_str(),
        &parents.join(","),
        &row.up_checksum.to_string(),
        &row.down_checksum.map_or_else(String::new, |down| down.to_string()),
        if row.breaking { "1" } else { "0" },
    ];
    fields.join(&UNIT.to_string())
}

impl Directory {
    /// Returns the digest of a history that holds exactly these migrations, what stands for others in their place, for each engine in the order of
    /// [`Dialect::ALL`]. It is `None` where there is not exactly one head, or a migration has no file for the engine.
    pub fn digests(&self) -> [Option<Checksum>; 3] {
        if self.revisions().real_heads().len() != 1 {
            return [None; 3];
        }
        let mut scripts = self.pairs().iter().flat_map(|pair| pair.up.iter().chain(pair.down.iter()));
        if scripts.all(|(engine, _)| engine.is_none()) {
            [self.digest(Dialect::Sqlite); 3]
        } else {
            Dialect::ALL.map(|dialect| self.digest(dialect))
        }
    }

    fn digest(&self, dialect: Dialect) -> Option<Checksum> {
        // A database that is made anew gets what stands for others, and not those.
        let weave = Weave::new(self.pairs().iter().map(|pair| (&pair.id, pair.replaces())));
        let replaced: HashSet<&MigrationId> = self.pairs().iter().flat_map(Pair::replaces).collect();
        let is_made = |pair: &&Pair| !replaced.contains(&pair.id);
        let records: Option<Vec<String>> =
            self.pairs().iter().filter(is_made).map(|pair| record(pair, dialect, &weave)).collect();
        Some(digest(records?.iter().map(String::as_str)))
    }
}

fn record(pair: &Pair, dialect: Dialect, weave: &Weave<'_>) -> Option<String> {
    let up = pair.up.get(dialect)?;
    let parents = weave.all_seen(&pair.id, &pair.parents);
    let parents: Vec<&str> = parents.iter().map(MigrationId::as_str).collect();
    let fields = [
        pair.id.as_str(),
        pair.slug.as_str(),
        &parents.join(","),
        &up.checksum.to_string(),
        &pair.down.get(dialect).map_or_else(String::new, |down| down.checksum.to_string()),
        if up.header.breaking { "1" } else { "0" },
    ];
    Some(fields.join(&UNIT.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{Options, SourceFile};
    use crate::plan::View;

    fn directory(files: &[(&'static str, &'static str)]) -> Directory {
        let files =
            files.iter().map(|&(name, text)| SourceFile { name: name.into(), text: text.into(), checksum: None });
        Directory::from_files("versions", files.collect(), None, Options::default()).unwrap()
    }

    const UP: (&str, &str) = ("1_a.up.sql", "create table a (x int);");
    const DOWN: (&str, &str) = ("1_a.down.sql", "drop table a;");

    #[test]
    fn whatever_a_history_can_disagree_on_changes_the_digest() {
        let plain = directory(&[UP, DOWN]).digests();
        let others = [
            directory(&[("01_a.up.sql", UP.1), ("01_a.down.sql", DOWN.1)]),
            directory(&[("1_b.up.sql", UP.1), ("1_b.down.sql", DOWN.1)]),
            directory(&[(UP.0, "create table a (y int);"), DOWN]),
            directory(&[UP, (DOWN.0, "drop table if exists a;")]),
            directory(&[UP, DOWN, ("2_b.up.sql", "select 1;"), ("2_b.down.sql", "select 1;")]),
        ];
        assert!(others.iter().all(|other| other.digests()[0].is_some() && other.digests() != plain));
    }

    #[test]
    fn each_engine_has_the_digest_of_its_own_files() {
        let [sqlite, postgres, mysql] =
            directory(&[UP, DOWN, ("1_a.mysql.up.sql", "create table a (x bigint);")]).digests();
        assert_eq!(sqlite, postgres);
        assert_ne!(sqlite, mysql);
        let [sqlite, postgres, _] =
            directory(&[("1_a.sqlite.up.sql", UP.1), ("1_a.sqlite.down.sql", DOWN.1)]).digests();
        assert!(sqlite.is_some() && postgres.is_none());
    }

    #[test]
    fn a_history_of_what_stands_for_others_and_not_of_those_has_the_digest() {
        let squash = ("9_s.up.sql", "-- dunlin: revises base\n-- dunlin: replaces 1, 2\nselect 1;");
        let directory = directory(&[
            UP,
            DOWN,
            ("2_b.up.sql", "select 1;"),
            ("2_b.down.sql", "select 1;"),
            ("3_c.up.sql", "select 1;"),
            ("3_c.down.sql", "select 1;"),
            squash,
            ("9_s.down.sql", "select 1;"),
        ]);
        let migrations = directory.migrations(Dialect::Sqlite).unwrap();
        let view = View::new(&migrations, &[], &[]);
        let fresh: Vec<Applied> =
            (1..).zip(view.migrations().iter()).map(|(n, migration)| Applied::of(migration, n)).collect();
        assert_eq!(fresh.len(), 2);
        assert_eq!(Some(digest_of_rows(&fresh)), directory.digests()[0]);
    }

    #[test]
    fn two_heads_have_no_digest() {
        let base = "-- dunlin: revises base\nselect 1;";
        let two = [("1_a.up.sql", base), DOWN, ("2_b.up.sql", base), ("2_b.down.sql", "select 1;")];
        assert_eq!(directory(&two).digests(), [None; 3]);
    }

    #[test]
    fn a_history_of_exactly_the_files_has_their_digest() {
        let directory =
            directory(&[UP, DOWN, ("2_b.up.sql", "-- dunlin: breaking\nselect 1;"), ("2_b.down.sql", "select 1;")]);
        let migrations = directory.migrations(Dialect::Sqlite).unwrap();
        let rows: Vec<Applied> = (1..).zip(migrations.iter()).map(|(n, migration)| Applied::of(migration, n)).collect();
        assert_eq!(Some(digest_of_rows(&rows)), directory.digests()[0]);
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter() {
        assert_eq!(digest(["1\u{1f}a", "2\u{1f}b"]), digest(["2\u{1f}b", "1\u{1f}a"]));
    }
}
