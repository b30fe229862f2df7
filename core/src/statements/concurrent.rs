//! PostgreSQL's work beside running transactions, taken apart as far as its life cycle needs.

use super::reader::Reader;
use super::split::Statement;
use crate::dialect::Dialect;

/// What a statement does `CONCURRENTLY`: in several transactions, of which a crash may leave the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConcurrentWork {
    /// `CREATE INDEX CONCURRENTLY`.
    Build(IndexBuild),
    /// `DROP INDEX CONCURRENTLY` of one index, as the statement writes its name.
    Drop(String),
    /// `REINDEX … CONCURRENTLY` of an index or a table, as the statement writes its name.
    Rebuild(String),
    /// `ALTER TABLE … DETACH PARTITION … CONCURRENTLY`.
    Detach(Detachment),
}

/// An index that is to be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexBuild {
    /// Its name; without one the server chooses.
    pub name: Option<String>,
    /// Whether one that is there already is no error (`IF NOT EXISTS`).
    pub if_not_exists: bool,
    /// The table, as the statement writes its name.
    pub table: String,
    /// What makes the same index, not concurrently, on an empty copy of the table: both are called `dunlin_copy…`.
    pub on_copy: String,
}

/// A partition that is to be a table of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detachment {
    /// The partitioned table, as the statement writes its name.
    pub table: String,
    /// The partition, as the statement writes its name.
    pub partition: String,
}

impl Statement<'_> {
    /// Takes the statement apart, if it is such work and of a form that is known.
    pub fn concurrent_work(&self) -> Option<ConcurrentWork> {
        let reader = Reader::new(self, Dialect::Postgres);
        match reader.word(0)?.to_ascii_lowercase().as_str() {
            "create" => build(&reader).map(ConcurrentWork::Build),
            "drop" => {
                let at = reader.behind_if(3);
                let (_, end) = reader.name(at)?;
                let is_one = end == reader.len() || reader.is(end, &["cascade", "restrict"]);
                is_one.then(|| written(&reader, at, end))?.map(ConcurrentWork::Drop)
            }
            "reindex" => {
                let kind = reader.find(1, &["index", "table"])?;
                let at = if reader.is(kind + 1, &["concurrently"]) { kind + 2 } else { kind + 1 };
                let (_, end) = reader.name(at)?;
                written(&reader, at, end).map(ConcurrentWork::Rebuild)
            }
            "alter" => detachment(&reader).map(ConcurrentWork::Detach),
            _ => None,
        }
    }
}

fn written(reader: &Reader<'_>, from: usize, to: usize) -> Option<String> {
    reader.written(from, to).map(str::to_owned)
}

fn build(reader: &Reader<'_>) -> Option<IndexBuild> {
    let is_unique = reader.is(1, &["unique"]);
    let at = if is_unique { 4 } else { 3 };
    let behind = reader.behind_if(at);
    let (name, on) = if reader.is(behind, &["on"]) {
        (None, behind)
    } else {
        let (name, end) = reader.name(behind)?;
        (Some(name.name), end)
    };
    reader.is(on, &["on"]).then_some(())?;
    let table = if reader.is(on + 1, &["only"]) { on + 2 } else { on + 1 };
    let (_, end) = reader.name(table)?;
    let unique = if is_unique { "unique " } else { "" };
    let on_copy = format!("create {unique}index dunlin_copy_index on pg_temp.dunlin_copy {}", reader.rest(end)?);
    Some(IndexBuild { name, if_not_exists: behind != at, table: written(reader, table, end)?, on_copy })
}

fn detachment(reader: &Reader<'_>) -> Option<Detachment> {
    let at = reader.behind_if(2);
    let at = if reader.is(at, &["only"]) { at + 1 } else { at };
    let (_, end) = reader.name(at)?;
    (reader.is(end, &["detach"]) && reader.is(end + 1, &["partition"])).then_some(())?;
    let (_, last) = reader.name(end + 2)?;
    Some(Detachment { table: written(reader, at, end)?, partition: written(reader, end + 2, last)? })
}

#[cfg(test)]
mod tests {
    use super::super::split;
    use super::*;

    fn work(sql: &str) -> Option<ConcurrentWork> {
        split(sql, Dialect::Postgres).expect("it lexes")[0].concurrent_work()
    }

    #[test]
    fn a_build_is_taken_apart() {
        let build = |sql| match work(sql) {
            Some(ConcurrentWork::Build(build)) => build,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            build(
                "create unique index concurrently if not exists \"I\" on only a.\"B\" using btree (lower(c)) where c > 1"
            ),
            IndexBuild {
                name: Some("I".to_owned()),
                if_not_exists: true,
                table: "a.\"B\"".to_owned(),
                on_copy:
                    "create unique index dunlin_copy_index on pg_temp.dunlin_copy using btree (lower(c)) where c > 1"
                        .to_owned(),
            }
        );
        let unnamed = build("CREATE INDEX CONCURRENTLY ON t (a)");
        assert_eq!((unnamed.name, &*unnamed.table), (None, "t"));
        assert_eq!(build("create index concurrently Idx on t (a)").name.as_deref(), Some("idx"));
    }

    #[test]
    fn drops_and_rebuilds_name_what_they_are_about() {
        assert_eq!(work("drop index concurrently if exists s.i"), Some(ConcurrentWork::Drop("s.i".to_owned())));
        assert_eq!(work("drop index concurrently i"), Some(ConcurrentWork::Drop("i".to_owned())));
        assert_eq!(work("reindex (verbose, concurrently) index i"), Some(ConcurrentWork::Rebuild("i".to_owned())));
        assert_eq!(work("reindex table concurrently s.t"), Some(ConcurrentWork::Rebuild("s.t".to_owned())));
    }

    #[test]
    fn a_detachment_names_both_tables() {
        let (table, partition) = ("a.\"B\"".to_owned(), "c".to_owned());
        assert_eq!(
            work("alter table if exists only a.\"B\" detach partition c concurrently"),
            Some(ConcurrentWork::Detach(Detachment { table, partition }))
        );
    }
}
