//! What a new migration is called, what it comes after, and what its files hold. Nothing is written here.

use dunlin::core::directory::{Directory, Pair};
use dunlin::core::file_name::{FileName, Part};
use dunlin::core::migration::{BadId, MigrationId};
use dunlin::core::plan::{PlanError, named};
use dunlin::core::text::list;

use crate::templates;

/// What was asked for.
#[derive(Debug, Default)]
pub(crate) struct Wish {
    /// The words of the slug.
    pub(crate) words: String,
    pub(crate) id: Option<String>,
    /// What it is to revise, in place of the head.
    pub(crate) revises: Vec<String>,
    /// Why it has no way back.
    pub(crate) irreversible: Option<String>,
    /// The time in UTC as an id.
    pub(crate) time: String,
}

/// A migration that is to be written.
#[derive(Debug)]
pub(crate) struct NewMigration {
    /// The names of what it revises; none is a base.
    pub(crate) parents: Vec<String>,
    /// Its files: name and text.
    pub(crate) files: Vec<(String, String)>,
}

/// Why there is no new migration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CannotAdd {
    #[error("the migration has no name")]
    NoWords,
    #[error("`{0}` has no letter or digit that could be in a file's name")]
    NoLetters(String),
    #[error("there are {} heads: {}", .0.len(), list(.0))]
    SeveralHeads(Vec<String>),
    #[error(transparent)]
    BadId(#[from] BadId),
    #[error("the id `{id}` is taken by `{by}`")]
    IdTaken { id: MigrationId, by: String },
    #[error("no id follows from `{last}`, the last one")]
    NoNextId { last: MigrationId },
    #[error(transparent)]
    Revises(#[from] PlanError),
    #[error("the reason is empty")]
    NoReason,
}

impl CannotAdd {
    pub(crate) fn hints(&self) -> Vec<String> {
        vec![match self {
            CannotAdd::NoWords | CannotAdd::NoLetters(_) => "say what it does: `dunlin new create users`".to_owned(),
            CannotAdd::SeveralHeads(heads) => {
                let ids = heads.iter().filter_map(|name| name.split('_').next()).collect::<Vec<_>>();
                format!(
                    "`--revises {}` goes on from one, `--revises {}` joins them",
                    ids.first().copied().unwrap_or_default(),
                    ids.join(",")
                )
            }
            CannotAdd::NoNextId { .. } => "give one with `--id`".to_owned(),
            CannotAdd::Revises(error) => return error.hints(),
            CannotAdd::BadId(_) | CannotAdd::IdTaken { .. } | CannotAdd::NoReason => return Vec::new(),
        }]
    }
}

impl NewMigration {
    /// Decides what a wish comes to in a directory.
    pub(crate) fn new(wish: &Wish, directory: &Directory) -> Result<NewMigration, CannotAdd> {
        let slug = slug(&wish.words)?;
        let parents = parents(wish, directory.pairs())?;
        let id = id(wish, directory.pairs())?;
        let is_plain = wish.irreversible.is_none() && is_plain(directory);
        let revises = match &parents[..] {
            [] => "base".to_owned(),
            _ => parents.iter().map(|pair| pair.id.as_str()).collect::<Vec<_>>().join(", "),
        };
        let mut up = templates::text("new/up.sql", &[("revises", &revises)]);
        if let Some(reason) = &wish.irreversible {
            let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
            if reason.is_empty() {
                return Err(CannotAdd::NoReason);
            }
            let header_end = up.find('\n').map_or(up.len(), |end| end + 1);
            up.insert_str(header_end, &format!("-- dunlin: irreversible {reason}\n"));
        }
        let files = match (is_plain, &wish.irreversible) {
            (true, _) => vec![(format!("{id}_{slug}.sql"), up)],
            (false, Some(_)) => vec![(format!("{id}_{slug}.up.sql"), up)],
            (false, None) => vec![
                (format!("{id}_{slug}.up.sql"), up),
                (format!("{id}_{slug}.down.sql"), templates::text("new/down.sql", &[])),
            ],
        };
        Ok(NewMigration { parents: parents.into_iter().map(Pair::name).collect(), files })
    }
}

/// Makes words a slug: lower case, `_` for everything that is no letter or digit.
fn slug(words: &str) -> Result<String, CannotAdd> {
    if words.trim().is_empty() {
        return Err(CannotAdd::NoWords);
    }
    let lower = words.to_lowercase();
    let parts: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { Err(CannotAdd::NoLetters(words.to_owned())) } else { Ok(parts.join("_")) }
}

fn parents<'d>(wish: &Wish, pairs: &'d [Pair]) -> Result<Vec<&'d Pair>, CannotAdd> {
    if wish.revises.is_empty() {
        let heads: Vec<&Pair> =
            pairs.iter().filter(|pair| !pairs.iter().any(|other| other.parents.contains(&pair.id))).collect();
        return match heads.len() {
            0 | 1 => Ok(heads),
            _ => Err(CannotAdd::SeveralHeads(heads.into_iter().map(Pair::name).collect())),
        };
    }
    if wish.revises == ["base"] {
        return Ok(Vec::new());
    }
    let ids = || pairs.iter().map(|pair| (&pair.id, pair.slug.as_str()));
    let ids: Vec<MigrationId> = wish.revises.iter().map(|name| named(ids(), name)).collect::<Result<_, _>>()?;
    Ok(ids.iter().filter_map(|id| pairs.iter().find(|pair| pair.id == *id)).collect())
}

/// An id that was asked for; else the next number, where ids are short numbers; else the time.
fn id(wish: &Wish, pairs: &[Pair]) -> Result<MigrationId, CannotAdd> {
    let last = pairs.iter().map(|pair| &pair.id).max();
    let id = match (&wish.id, last) {
        (Some(id), _) => id.parse()?,
        (None, None) => wish.time.parse()?,
        (None, Some(last)) => {
            let digits = last.as_str().len() - last.as_str().trim_end_matches(|c: char| c.is_ascii_digit()).len();
            let time: MigrationId = wish.time.parse()?;
            if digits <= 6 || time <= *last { after(last, digits)? } else { time }
        }
    };
    match pairs.iter().find(|pair| pair.id == id) {
        Some(pair) => Err(CannotAdd::IdTaken { id, by: pair.name() }),
        None => Ok(id),
    }
}

/// The id with its last number one higher, as wide as it was.
fn after(last: &MigrationId, digits: usize) -> Result<MigrationId, CannotAdd> {
    let no_next = || CannotAdd::NoNextId { last: last.clone() };
    let (start, number) = last.as_str().split_at(last.as_str().len() - digits);
    let next = number.parse::<u64>().ok().and_then(|number| number.checked_add(1)).ok_or_else(no_next)?;
    format!("{start}{next:0digits$}").parse().map_err(|_| no_next())
}

/// Whether all files are `<id>_<slug>.sql`, as sqlx and refinery write them.
fn is_plain(directory: &Directory) -> bool {
    let mut scripts = directory.pairs().iter().flat_map(|pair| pair.up.iter().chain(pair.down.iter())).peekable();
    let is_plain = |file: &str| {
        let name = file.rsplit('/').next().unwrap_or(file);
        FileName::parse(name).is_ok_and(|name| name.part == Part::Plain)
    };
    scripts.peek().is_some() && scripts.all(|(_, script)| is_plain(&script.file))
}

#[cfg(test)]
mod tests {
    use dunlin::core::directory::{Options, SourceFile, UpOnly};
    use dunlin::core::lockfile::LockFile;

    use super::*;

    fn directory(names: &[&str]) -> Directory {
        let files = names.iter().map(|name| SourceFile {
            name: (*name).to_owned().into(),
            text: "select 1;".into(),
            checksum: None,
        });
        let options = Options { up_only: UpOnly::Allow, ..Options::default() };
        Directory::from_files("versions", files.collect(), Some(&LockFile::default().render()), options).unwrap()
    }

    fn files(existing: &[&str], words: &str) -> Result<String, String> {
        let wish = Wish { words: words.to_owned(), time: "20261121093000".to_owned(), ..Wish::default() };
        let new = NewMigration::new(&wish, &directory(existing)).map_err(|error| error.to_string())?;
        let names: Vec<&str> = new.files.iter().map(|(name, _)| &**name).collect();
        Ok(names.join(" "))
    }

    fn up_file(existing: &[&str]) -> String {
        files(existing, "x").unwrap().split(' ').next().unwrap().to_owned()
    }

    #[test]
    fn a_slug_is_made_of_words() {
        assert_eq!(
            files(&[], "Create the users' table!").unwrap(),
            "20261121093000_create_the_users_table.up.sql 20261121093000_create_the_users_table.down.sql"
        );
        assert_eq!(
            files(&[], " ../.. "),
            Err("` ../.. ` has no letter or digit that could be in a file's name".into())
        );
        assert_eq!(files(&[], "  "), Err("the migration has no name".into()));
    }

    #[test]
    fn ids_go_on_as_they_are() {
        assert_eq!(up_file(&["0001_a.up.sql"]), "0002_x.up.sql");
        assert_eq!(up_file(&["9_a.up.sql", "2_b.up.sql"]), "10_x.up.sql");
        assert_eq!(up_file(&["V7_a.up.sql"]), "V8_x.up.sql");
        assert_eq!(up_file(&["20260105090000_a.up.sql"]), "20261121093000_x.up.sql");
        assert_eq!(up_file(&["20261121093000_a.up.sql"]), "20261121093001_x.up.sql");
        assert_eq!(files(&["abc_a.up.sql"], "x"), Err("no id follows from `abc`, the last one".into()));
    }

    #[test]
    fn a_directory_of_single_files_stays_one() {
        assert_eq!(files(&["0001_a.sql", "0002_b.sql"], "x").unwrap(), "0003_x.sql");
    }
}
