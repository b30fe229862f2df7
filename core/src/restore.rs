//! Restoring: which files of a migration are to hold again what a history stores of it.

use crate::checksum::{Checksum, normalised};
use crate::dialect::Dialect;
use crate::directory::SourceFile;
use crate::file_name::{FileName, Part};
use crate::lockfile::LockFile;
use crate::migration::{Direction, MigrationId};
use crate::plan::Applied;

/// The files of a migration that do not hold what a history stores of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restoration {
    /// The migration's id.
    pub id: MigrationId,
    /// `<id>_<slug>`, as the files are called.
    pub name: String,
    /// The checksum of the up SQL.
    pub checksum: Checksum,
    /// What is to be written, the way up first.
    pub files: Vec<FileRestored>,
    /// A way down that the history does not have. It is not touched.
    pub unknown_down: Option<String>,
}

/// A file that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRestored {
    /// Its name in the directory.
    pub name: String,
    /// What it holds now, if it is there.
    pub former: Option<String>,
    /// What it is to hold.
    pub text: String,
}

/// Why a migration is not restored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CannotRestore {
    /// The history has no such migration.
    #[error("the database has no migration that is called `{name}`{}", .nearest.as_ref().map_or(String::new(), |near| format!("; did you mean `{near}`?")))]
    Unheard {
        /// The name.
        name: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// The stored SQL is not what was applied.
    #[error(
        "the history does not store what was applied as `{name}`: its SQL has another checksum than the one beside it"
    )]
    Altered {
        /// The migration.
        name: String,
    },
    /// No file may be called so.
    #[error("the history calls a migration `{name}`, which cannot be a file's name")]
    Name {
        /// The name.
        name: String,
    },
}

impl CannotRestore {
    /// Returns the way out.
    pub fn hint(&self) -> Option<String> {
        match self {
            CannotRestore::Unheard { .. } => Some("`dunlin status` lists what it has".to_owned()),
            CannotRestore::Altered { .. } => Some("`dunlin repair checksums` shows what differs".to_owned()),
            CannotRestore::Name { .. } => None,
        }
    }
}

/// Says whether the files of an engine hold what a row says, as far as checksums tell. The SQL of the row is not needed.
pub fn is_in_place(row: &Applied, files: &[SourceFile], dialect: Dialect) -> bool {
    let own = Own::of(&row.id, files);
    let holds = |direction: Direction| own.counting(direction, dialect).map(|(_, text)| Checksum::of_text(text));
    holds(Direction::Up) == Some(row.up_checksum)
        && (row.down_checksum.is_none() || holds(Direction::Down) == row.down_checksum)
}

/// Decides which files are to be written so that they hold what a row stores, which must have its SQL.
///
/// A file that is there keeps its name, and so does one that the lock file knows; a new one is called as the history calls
/// the migration, and as the others are. Line ends and byte-order marks make no difference. `files` are those of the
/// directory.
pub fn restoration(
    row: &Applied,
    files: &[SourceFile],
    lock: Option<&LockFile>,
    dialect: Dialect,
) -> Result<Restoration, CannotRestore> {
    let stored = row.stored.as_ref().filter(|_| row.holds_what_it_says());
    let stored = stored.ok_or_else(|| CannotRestore::Altered { name: row.name() })?;
    let own = Own::of(&row.id, files);
    let sealed = lock.and_then(|lock| lock.get(&row.id));
    let name = own.files.first().map(|(name, _, _)| format!("{}_{}", name.id, name.slug));
    let name = name.or_else(|| sealed.map(|entry| entry.name.clone())).unwrap_or_else(|| row.name());
    let has_key = |key: &str| {
        let seal = sealed.and_then(|entry| entry.seal.as_ref());
        seal.map(|seal| seal.files.iter().any(|(of, _)| of == key))
    };
    let mut restored = Vec::new();
    let texts = [(Direction::Up, Some(&stored.up)), (Direction::Down, stored.down.as_ref())];
    for (direction, text) in texts.into_iter().filter_map(|(direction, text)| Some((direction, text?))) {
        let of_engine = own.named(direction, Some(dialect));
        let is_sealed_apart = has_key(&format!("{direction}.{dialect}")) == Some(true);
        let file = of_engine.or_else(|| own.named(direction, None).filter(|_| !is_sealed_apart));
        let former = file.map(|(_, former)| normalised(former).into_owned());
        if former.as_deref() == Some(text) {
            continue;
        }
        let file_name = match file {
            Some((name, _)) => name.to_owned(),
            None => {
                let is_for_one =
                    has_key(&direction.to_string()).map_or_else(|| own.are_for_engines(), |general| !general);
                let engine = (is_sealed_apart || is_for_one).then_some(dialect);
                new_name(&name, direction, engine, is_plain(files))
            }
        };
        let is_good = |name: &str| FileName::parse(name).is_ok_and(|parsed| parsed.id == row.id);
        if file_name.contains(['/', '\\']) || !is_good(&file_name) {
            return Err(CannotRestore::Name { name });
        }
        restored.push(FileRestored { name: file_name, former, text: text.clone() });
    }
    let down = own.counting(Direction::Down, dialect).filter(|_| stored.down.is_none());
    Ok(Restoration {
        id: row.id.clone(),
        name,
        checksum: row.up_checksum,
        files: restored,
        unknown_down: down.map(|(name, _)| name.to_owned()),
    })
}

/// The files of one migration: each name taken apart, the name, and the text.
struct Own<'f> {
    files: Vec<(FileName, &'f str, &'f str)>,
}

impl<'f> Own<'f> {
    fn of(id: &MigrationId, files: &'f [SourceFile]) -> Own<'f> {
        let parsed = files.iter().filter_map(|file| Some((FileName::parse(&file.name).ok()?, file)));
        let own = parsed.filter(|(name, _)| name.id == *id);
        Own { files: own.map(|(name, file)| (name, &*file.name, &*file.text)).collect() }
    }

    /// Returns the file that names this engine, or the one that names none.
    fn named(&self, direction: Direction, engine: Option<Dialect>) -> Option<(&'f str, &'f str)> {
        let is_meant =
            |name: &FileName| (name.part == Part::Down) == (direction == Direction::Down) && name.engine == engine;
        self.files.iter().find(|(name, ..)| is_meant(name)).map(|(_, name, text)| (*name, *text))
    }

    /// Returns the file that counts for an engine.
    fn counting(&self, direction: Direction, dialect: Dialect) -> Option<(&'f str, &'f str)> {
        self.named(direction, Some(dialect)).or_else(|| self.named(direction, None))
    }

    /// Says whether each of them is for one engine. Then a new one is too, lest it count for the others.
    fn are_for_engines(&self) -> bool {
        !self.files.is_empty() && self.files.iter().all(|(name, ..)| name.engine.is_some())
    }
}

/// Says whether the ways up of a directory are `<id>_<slug>.sql`, as sqlx and others write them.
fn is_plain(files: &[SourceFile]) -> bool {
    let mut parts = files.iter().filter_map(|file| FileName::parse(&file.name).ok()).map(|name| name.part);
    parts.any(|part| part == Part::Plain) && files.iter().all(|file| !file.name.ends_with(".up.sql"))
}

fn new_name(name: &str, direction: Direction, engine: Option<Dialect>, is_plain: bool) -> String {
    let engine = engine.map_or_else(String::new, |engine| format!(".{engine}"));
    let direction = if is_plain && direction == Direction::Up { String::new() } else { format!(".{direction}") };
    format!("{name}{engine}{direction}.sql")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::migration::Slug;
    use crate::plan::{Kind, State, Stored};

    const UP: &str = "create table a (i int);\n";
    const DOWN: &str = "drop table a;\n";

    fn row(slug: &str, down: Option<&str>) -> Applied {
        Applied {
            id: "01".parse().unwrap(),
            slug: Slug::from(slug),
            parents: Vec::new(),
            seq: 1,
            kind: Kind::Applied,
            state: State::Applied,
            up_checksum: Checksum::of_text(UP),
            down_checksum: down.map(Checksum::of_text),
            breaking: false,
            applied_at: String::new(),
            stored: Some(Stored { up: UP.to_owned(), down: down.map(str::to_owned) }),
            journal: Vec::new(),
        }
    }

    /// Files, one a line: a name, and a letter for its text. `u` and `d` are what was applied.
    fn files(lines: &str) -> Vec<SourceFile> {
        let text = |letter: &str| match letter {
            "u" => UP.to_owned(),
            "d" => DOWN.to_owned(),
            "crlf" => UP.replace('\n', "\r\n"),
            other => format!("select '{other}';\n"),
        };
        let file = |line: &str| {
            let (name, letter) = line.split_once(' ').unwrap();
            SourceFile { name: name.to_owned().into(), text: text(letter).into(), checksum: None }
        };
        lines.lines().map(file).collect()
    }

    fn shown(row: &Applied, lines: &str, lock: Option<&str>) -> String {
        let b3 = format!("b3:{}", "1".repeat(64));
        let lock = lock.map(|lock| LockFile::parse(&lock.replace("b3", &b3)).unwrap());
        let files = files(lines);
        let restored = match restoration(row, &files, lock.as_ref(), Dialect::Sqlite) {
            Ok(restored) => restored,
            Err(error) => return error.to_string(),
        };
        let written = restored.files.iter().map(|file| {
            let word = if file.former.is_some() { "replace" } else { "create" };
            let half = if file.text == UP { "up" } else { "down" };
            format!("{word} {} ({half})", file.name)
        });
        let odd = restored.unknown_down.iter().map(|name| format!("leave {name}"));
        let told: Vec<String> = written.chain(odd).collect();
        let is_nothing = restored.files.is_empty();
        assert_eq!(is_nothing, is_in_place(row, &files, Dialect::Sqlite), "{told:?}");
        if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
    }

    #[expect(clippy::needless_pass_by_value, reason = "a test reads better so")]
    fn check(lines: &str, lock: Option<&str>, expected: Expect) {
        expected.assert_eq(&shown(&row("a", Some(DOWN)), lines, lock));
    }

    #[test]
    fn what_is_there_as_it_was_applied_stays() {
        check("01_a.up.sql u\n01_a.down.sql d", None, expect!["nothing"]);
        check("01_a.up.sql crlf\n01_a.down.sql d", None, expect!["nothing"]);
    }

    #[test]
    fn what_is_missing_is_made_and_what_was_edited_replaced() {
        check("", None, expect!["create 01_a.up.sql (up), create 01_a.down.sql (down)"]);
        check("01_a.up.sql x\n01_a.down.sql d", None, expect!["replace 01_a.up.sql (up)"]);
        check("01_a.up.sql u", None, expect!["create 01_a.down.sql (down)"]);
    }

    #[test]
    fn a_file_that_is_there_or_in_the_lock_file_keeps_its_name() {
        check("1_b.up.sql u", None, expect!["create 1_b.down.sql (down)"]);
        check("1_b.sql x\n1_b.down.sql d", None, expect!["replace 1_b.sql (up)"]);
        check("", Some("1_c open"), expect!["create 1_c.up.sql (up), create 1_c.down.sql (down)"]);
    }

    #[test]
    fn a_new_file_is_called_as_the_others_are() {
        check("02_b.sql x", None, expect!["create 01_a.sql (up), create 01_a.down.sql (down)"]);
        check("02_b.up.sql x", None, expect!["create 01_a.up.sql (up), create 01_a.down.sql (down)"]);
    }

    #[test]
    fn a_file_for_one_engine_stays_one() {
        check("01_a.up.sql x\n01_a.sqlite.up.sql x\n01_a.down.sql d", None, expect!["replace 01_a.sqlite.up.sql (up)"]);
        check(
            "01_a.up.sql x\n01_a.down.sql d",
            Some("01_a up=b3 up.sqlite=b3 down=b3 parents=base"),
            expect!["create 01_a.sqlite.up.sql (up)"],
        );
        check(
            "01_a.mysql.up.sql x",
            Some("01_a up=b3 up.mysql=b3 down=b3 parents=base"),
            expect!["create 01_a.up.sql (up), create 01_a.down.sql (down)"],
        );
        check(
            "01_a.mysql.up.sql x\n01_a.mysql.down.sql x",
            None,
            expect!["create 01_a.sqlite.up.sql (up), create 01_a.sqlite.down.sql (down)"],
        );
        check(
            "",
            Some("01_a up.sqlite=b3 down.sqlite=b3 parents=base"),
            expect!["create 01_a.sqlite.up.sql (up), create 01_a.sqlite.down.sql (down)"],
        );
    }

    #[test]
    fn a_way_down_that_the_history_does_not_have_is_left_alone() {
        let row = row("a", None);
        expect!["create 01_a.up.sql (up), leave 01_a.down.sql"].assert_eq(&shown(&row, "01_a.down.sql x", None));
        expect!["leave 01_a.down.sql"].assert_eq(&shown(&row, "01_a.up.sql u\n01_a.down.sql x", None));
    }

    #[test]
    fn what_a_history_says_that_was_meddled_with_leads_nowhere() {
        for slug in ["../../etc/cron.d/x", "a/b", "..\\x", "a.down", "a\nb", ""] {
            let name = format!("01_{slug}");
            let refused = restoration(&row(slug, None), &[], None, Dialect::Sqlite);
            assert_eq!(refused, Err(CannotRestore::Name { name }));
        }
        let altered = Applied { up_checksum: Checksum::of_text("select 1"), ..row("a", None) };
        assert!(matches!(restoration(&altered, &[], None, Dialect::Sqlite), Err(CannotRestore::Altered { .. })));
    }
}
