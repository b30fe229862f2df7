//! PostgreSQL's work on indexes beside running transactions, taken apart as far as its life cycle needs.

use super::split::{Groups, Statement};
use super::token::{Token, TokenKind};
use crate::dialect::Dialect;

/// What a statement does to an index, `CONCURRENTLY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexWork {
    /// `CREATE INDEX CONCURRENTLY`.
    Build(IndexBuild),
    /// `DROP INDEX CONCURRENTLY` of one index, as the statement writes its name.
    Drop(String),
    /// `REINDEX … CONCURRENTLY` of an index or a table, as the statement writes its name.
    Rebuild(String),
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

impl Statement<'_> {
    /// Takes the statement apart, if it is such work and of a form that is known.
    pub fn index_work(&self) -> Option<IndexWork> {
        let group = Groups::new(self.text(), Dialect::Postgres).next()?.ok()?;
        let words = Reader { text: self.text(), tokens: &group };
        match words.word(0)?.to_ascii_lowercase().as_str() {
            "create" => words.build().map(IndexWork::Build),
            "drop" => {
                let from = if words.is(3, "if") { 5 } else { 3 };
                let (name, end) = words.name(from)?;
                (end == group.len() || words.is(end, "cascade") || words.is(end, "restrict"))
                    .then_some(IndexWork::Drop(name))
            }
            "reindex" => {
                let last = words
                    .words()
                    .position(|word| word.eq_ignore_ascii_case("index") || word.eq_ignore_ascii_case("table"))?;
                let from = if words.is(last + 1, "concurrently") { last + 2 } else { last + 1 };
                words.name(from).map(|(name, _)| IndexWork::Rebuild(name))
            }
            _ => None,
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

impl<'a> Reader<'a> {
    fn words(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let text = self.text;
        self.tokens.iter().map(move |token| text.get(token.start..token.end).unwrap_or_default())
    }

    fn word(&self, at: usize) -> Option<&'a str> {
        let token = self.tokens.get(at)?;
        self.text.get(token.start..token.end)
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.word(at).is_some_and(|found| found.eq_ignore_ascii_case(word))
    }

    /// Reads a name that may have its schema before it. Returns it as it is written, and the place behind it.
    fn name(&self, from: usize) -> Option<(String, usize)> {
        let is_name = |at: usize| {
            self.tokens.get(at).is_some_and(|token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier))
        };
        is_name(from).then_some(())?;
        let qualified = self.is(from + 1, ".") && is_name(from + 2);
        let end = if qualified { from + 3 } else { from + 1 };
        let name: String = self.words().take(end).skip(from).collect();
        Some((name, end))
    }

    fn build(&self) -> Option<IndexBuild> {
        let is_unique = self.is(1, "unique");
        let mut at = if is_unique { 4 } else { 3 };
        let if_not_exists = self.is(at, "if");
        at += if if_not_exists { 3 } else { 0 };
        let name = if self.is(at, "on") {
            None
        } else {
            let (name, end) = self.name(at)?;
            at = end;
            Some(identifier(&name))
        };
        self.is(at, "on").then_some(())?;
        at += if self.is(at + 1, "only") { 2 } else { 1 };
        let (table, end) = self.name(at)?;
        let rest = self.text.get(self.tokens.get(end)?.start..)?;
        let unique = if is_unique { "unique " } else { "" };
        let on_copy = format!("create {unique}index dunlin_copy_index on pg_temp.dunlin_copy {rest}");
        Some(IndexBuild { name, if_not_exists, table, on_copy })
    }
}

/// Returns a name as the catalogue has it: folded to lower case unless it is quoted.
fn identifier(written: &str) -> String {
    match written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => written.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::split;
    use super::*;

    fn work(sql: &str) -> Option<IndexWork> {
        split(sql, Dialect::Postgres).expect("it lexes")[0].index_work()
    }

    #[test]
    fn a_build_is_taken_apart() {
        let build = |sql| match work(sql) {
            Some(IndexWork::Build(build)) => build,
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
        assert_eq!(work("drop index concurrently if exists s.i"), Some(IndexWork::Drop("s.i".to_owned())));
        assert_eq!(work("drop index concurrently i"), Some(IndexWork::Drop("i".to_owned())));
        assert_eq!(work("reindex (verbose, concurrently) index i"), Some(IndexWork::Rebuild("i".to_owned())));
        assert_eq!(work("reindex table concurrently s.t"), Some(IndexWork::Rebuild("s.t".to_owned())));
    }
}
