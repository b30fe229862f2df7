//! Files of a migration's test: rows that are there before it, and what must hold behind it.
//!
//! They stand in a folder of their own, as `<id>.seed.sql` and `<id>.check.sql`; [`of_folder`] finds those of a set. What is nearly
//! such a name is a fault: a test that is not run looks like one that passes.

use crate::dialect::Dialect;
use crate::fault::{Fault, FaultKind, Faults};
use crate::graph::{Revision, Revisions};
use crate::location::Location;
use crate::migration::MigrationId;
use crate::statements::{Statement, split};
use crate::text::nearest;

/// The folder, where nothing else is said.
pub const FOLDER: &str = "tests";

/// What a file is to a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TestPart {
    /// `.seed.sql`: statements that run before the migration.
    Seed,
    /// `.check.sql`: queries that run behind it.
    Check,
}

const PARTS: [(&str, TestPart); 2] = [("seed", TestPart::Seed), ("check", TestPart::Check)];

/// What a check may begin with: what asks, and changes nothing.
const QUERIES: [&str; 7] = ["select", "with", "values", "table", "show", "pragma", "explain"];

/// A file of a folder that belongs to a migration's test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestFileName {
    /// The file's name.
    pub name: String,
    /// The migration.
    pub id: MigrationId,
    /// The one engine that it is for; `None` is every engine.
    pub engine: Option<Dialect>,
    /// What it is to the test.
    pub part: TestPart,
}

/// Why a file belongs to no migration's test, though it is called as if it did.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTestFile {
    /// No migration has the id.
    #[error("no migration is called `{name}`{}", .nearest.as_ref().map_or(String::new(), |near| format!("; did you mean `{near}`?")))]
    NoMigration {
        /// What stands before the first dot.
        name: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// The word before `.sql` does not say what the file is.
    #[error("`.{word}.sql` is neither `.seed.sql` nor `.check.sql`{}", .nearest.as_ref().map_or(String::new(), |near| format!("; did you mean `.{near}.sql`?")))]
    Part {
        /// The word.
        word: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// It is called after a migration, and says nothing more.
    #[error("the name says neither `.seed` nor `.check`")]
    NoPart,
    /// The word before that names no engine.
    #[error("`{word}` is no engine; those are `sqlite`, `postgres` and `mysql`{}", .nearest.as_ref().map_or(String::new(), |near| format!("; did you mean `{near}`?")))]
    Engine {
        /// The word.
        word: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// Another file is the same to the same test.
    #[error("`{other}` is that of this migration already")]
    Twice {
        /// The other file.
        other: String,
    },
    /// A check would change something.
    #[error("a check asks, and `{word}` does not; rows that are to be there stand in the seed file")]
    NoQuery {
        /// The first word of the statement.
        word: String,
    },
}

/// Finds the files of migrations' tests among the names of a folder. `shown` is how its path is shown to people.
///
/// Other files are left alone, unless they are called after a migration, or `….seed.sql` or `….check.sql`.
pub fn of_folder(shown: &str, names: &[String], revisions: &Revisions) -> Result<Vec<TestFileName>, Faults> {
    let mut files: Vec<TestFileName> = Vec::new();
    let mut faults = Vec::new();
    for name in names {
        let parsed = match parse(name, revisions) {
            None => continue,
            Some(Ok(file)) => match files.iter().find(|other| is_same(other, &file)) {
                Some(other) => Err(BadTestFile::Twice { other: other.name.clone() }),
                None => Ok(file),
            },
            Some(Err(bad)) => Err(bad),
        };
        match parsed {
            Ok(file) => files.push(file),
            Err(bad) => faults.push(Fault { file: path(shown, name), location: None, kind: bad.into() }),
        }
    }
    Faults::none_or(faults)?;
    Ok(files)
}

/// Returns the statements of such a file, or what is wrong with it. `shown` is how the file is shown to people.
pub fn statements<'t>(
    shown: &str,
    text: &'t str,
    part: TestPart,
    dialect: Dialect,
) -> Result<Vec<Statement<'t>>, Vec<Fault>> {
    let fault = |offset, kind| Fault { file: shown.to_owned(), location: Some(Location::of(text, offset)), kind };
    let statements = split(text, dialect).map_err(|error| vec![fault(error.offset, FaultKind::Lex(error))])?;
    let faults: Vec<Fault> = statements
        .iter()
        .filter(|_| part == TestPart::Check)
        .filter_map(|statement| Some(fault(statement.offset(), no_query(statement.text())?.into())))
        .collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    if statements.is_empty() {
        return Err(vec![Fault { file: shown.to_owned(), location: None, kind: FaultKind::EmptyRepeatable }]);
    }
    Ok(statements)
}

fn no_query(statement: &str) -> Option<BadTestFile> {
    if statement.starts_with('(') {
        return None;
    }
    let word = statement.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let is_query = QUERIES.iter().any(|query| query.eq_ignore_ascii_case(word));
    (!is_query).then(|| BadTestFile::NoQuery { word: word.to_lowercase() })
}

/// Takes a name apart; `None` is that it has nothing to do with migrations.
fn parse(name: &str, revisions: &Revisions) -> Option<Result<TestFileName, BadTestFile>> {
    let words: Vec<&str> = name.split('.').collect();
    let [base, between @ .., _sql] = &words[..] else { return None };
    let revision = named(base, revisions);
    let said = between.last().copied();
    let part = said.and_then(|word| PARTS.iter().find(|(own, _)| *own == word));
    let (revision, part) = match (revision, part) {
        (None, None) => return None,
        (None, Some(_)) => return Some(Err(no_migration(base, revisions))),
        (Some(_), None) => return Some(Err(said.map_or(BadTestFile::NoPart, bad_part))),
        (Some(revision), Some((_, part))) => (revision, part),
    };
    let engine = match between {
        [engines @ .., _] if !engines.is_empty() => match engines.join(".").parse::<Dialect>() {
            Ok(engine) => Some(engine),
            Err(_) => return Some(Err(bad_engine(engines.join(".")))),
        },
        _ => None,
    };
    Some(Ok(TestFileName { name: name.to_owned(), id: revision.id.clone(), engine, part: *part }))
}

/// Finds the migration of an id, or of an id and slug.
fn named<'r>(base: &str, revisions: &'r Revisions) -> Option<&'r Revision> {
    let of_id = |id: &str| revisions.get(revisions.place(&id.parse::<MigrationId>().ok()?)?);
    of_id(base).or_else(|| {
        let (id, slug) = base.split_once('_')?;
        of_id(id).filter(|revision| revision.slug.as_str() == slug)
    })
}

fn no_migration(base: &str, revisions: &Revisions) -> BadTestFile {
    let names: Vec<String> = revisions.iter().flat_map(|one| [one.id.to_string(), one.name()]).collect();
    let nearest = nearest(base, names.iter().map(String::as_str)).map(str::to_owned);
    BadTestFile::NoMigration { name: base.to_owned(), nearest }
}

fn bad_part(word: &str) -> BadTestFile {
    let nearest = nearest(word, PARTS.iter().map(|(own, _)| *own)).map(str::to_owned);
    BadTestFile::Part { word: word.to_owned(), nearest }
}

fn bad_engine(word: String) -> BadTestFile {
    let nearest = nearest(&word, Dialect::ALL.iter().map(|engine| engine.facts().word)).map(str::to_owned);
    BadTestFile::Engine { word, nearest }
}

fn is_same(one: &TestFileName, other: &TestFileName) -> bool {
    (&one.id, one.engine, one.part) == (&other.id, other.engine, other.part)
}

fn path(shown: &str, name: &str) -> String {
    if shown.is_empty() || shown == "." { name.to_owned() } else { format!("{}/{name}", shown.trim_end_matches('/')) }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::migration::Slug;

    fn check(names: &[&str], expected: &Expect) {
        let revision = |id: &str, slug: &str| Revision {
            id: id.parse().unwrap(),
            slug: Slug::from(slug),
            labels: Vec::new(),
            parents: Vec::new(),
            depends_on: Vec::new(),
            replaces: Vec::new(),
        };
        let revisions = Revisions::new(vec![revision("0001", "bird"), revision("0002", "egg_size")]);
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let seen = match of_folder("tests", &names, &revisions) {
            Ok(files) => files
                .iter()
                .map(|file| {
                    format!("{} {:?} {:?}\n", file.id, file.part, file.engine.map(|engine| engine.facts().word))
                })
                .collect(),
            Err(faults) => format!("{faults}\n"),
        };
        expected.assert_eq(&seen);
    }

    #[test]
    fn files_are_called_after_their_migration() {
        check(
            &["0001.seed.sql", "0001_bird.check.sql", "0002_egg_size.mysql.seed.sql", "2.seed.sql", "fixtures.sql"],
            &expect![[r#"
                0001 Seed None
                0001 Check None
                0002 Seed Some("mysql")
                0002 Seed None
            "#]],
        );
    }

    #[test]
    fn what_is_nearly_such_a_name_is_a_fault() {
        check(
            &[
                "0003.seed.sql",
                "0001.sed.sql",
                "0001.sql",
                "0001.mysq.check.sql",
                "0002_egg_sise.check.sql",
                "1.seed.sql",
                "1_bird.seed.sql",
                "0001.seed.check.sql",
            ],
            &expect![[r#"
                tests/0001.mysq.check.sql: `mysq` is no engine; those are `sqlite`, `postgres` and `mysql`; did you mean `mysql`?
                tests/0001.sed.sql: `.sed.sql` is neither `.seed.sql` nor `.check.sql`; did you mean `.seed.sql`?
                tests/0001.seed.check.sql: `seed` is no engine; those are `sqlite`, `postgres` and `mysql`
                tests/0001.sql: the name says neither `.seed` nor `.check`
                tests/0002_egg_sise.check.sql: no migration is called `0002_egg_sise`; did you mean `0002_egg_size`?
                tests/0003.seed.sql: no migration is called `0003`; did you mean `0002`?
                tests/1_bird.seed.sql: `1.seed.sql` is that of this migration already
            "#]],
        );
    }

    #[test]
    fn a_check_asks() {
        let faults = |text: &str| match statements("1.check.sql", text, TestPart::Check, Dialect::Sqlite) {
            Ok(statements) => format!("{} statements", statements.len()),
            Err(faults) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        };
        assert_eq!(faults("-- all\nselect 1;\n(select 2);\nWITH a as (select 1) select * from a;"), "3 statements");
        assert_eq!(faults("-- none\n"), "1.check.sql: the file has no statement");
        assert_eq!(
            faults("select 1;\n  delete from bird;"),
            "1.check.sql:2:3: a check asks, and `delete` does not; rows that are to be there stand in the seed file"
        );
    }
}
