//! A new migration: what it is called, what it comes after, and what its files hold. Nothing is written here.
//!
//! [`NewMigration::new`] decides on a [`Wish`] and the [`Manner`] of the project. `words.rs` makes a slug and a comment,
//! `parents.rs` finds what it revises and depends on, `ids.rs` its id, `texts.rs` the texts; `error.rs` says why not.

mod error;
mod ids;
mod parents;
mod texts;
mod words;

use dunlin::core::directory::{Directory, Pair};
use dunlin::core::file_name::{FileName, Part};
use dunlin::core::migration::{BadLabel, Label, MigrationId};
use dunlin::core::target::Target;
pub(crate) use error::CannotAdd;
pub(crate) use parents::places;
pub(crate) use texts::{Template, Templates, Text};

use crate::settings::Making;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wish {
    /// What it does, in words.
    pub(crate) words: Words,
    pub(crate) id: Option<String>,
    /// What it is to revise, in place of the head.
    pub(crate) heads: Vec<Target>,
    /// Whether a line may part where others revise the same migration already.
    pub(crate) splice: bool,
    pub(crate) labels: Vec<String>,
    pub(crate) depends_on: Vec<String>,
    /// Why it has no way back.
    pub(crate) irreversible: Option<String>,
}

/// What a migration does, in words.
#[derive(Debug, Clone)]
pub(crate) enum Words {
    /// The words of the slug, and nothing else.
    Slug(String),
    /// A text, which the up file begins with.
    Message(String),
}

/// How migrations are made here and now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Manner {
    pub(crate) making: Making,
    pub(crate) templates: Templates,
    /// The time in UTC as an id.
    pub(crate) time: String,
    /// A number that nobody can foresee.
    pub(crate) chance: u64,
}

/// A migration that is to be written.
#[derive(Debug)]
pub(crate) struct NewMigration {
    pub(crate) id: MigrationId,
    /// The names of what it revises; none is a base.
    pub(crate) parents: Vec<String>,
    /// Its files: name and text, the up file first.
    pub(crate) files: Vec<(String, String)>,
}

impl Default for Words {
    fn default() -> Words {
        Words::Slug(String::new())
    }
}

impl Words {
    /// Returns the words of one of several migrations that do this together.
    pub(crate) fn part(&self, number: usize, all: usize) -> Words {
        match self {
            Words::Slug(words) => Words::Slug(format!("{words} {number} of {all}")),
            Words::Message(text) => Words::Message(format!("{text} ({number} of {all})")),
        }
    }
}

impl NewMigration {
    /// Decides what a wish comes to in a directory. Everything about it is checked that does not depend on the files'
    /// other texts.
    pub(crate) fn new(wish: &Wish, manner: &Manner, directory: &Directory) -> Result<NewMigration, CannotAdd> {
        let slug = words::slug(&wish.words)?;
        let parents = parents::parents(wish, directory)?;
        let depends_on = parents::dependencies(&wish.depends_on, directory)?;
        let id = ids::id(wish.id.as_deref(), manner, directory)?;
        let labels = labels(wish, &id, directory)?;
        let is_plain = wish.irreversible.is_none() && is_plain(directory);
        let header = texts::Header {
            words: &wish.words,
            parents: &parents,
            depends_on: &depends_on,
            labels: &labels,
            irreversible: wish.irreversible.as_deref(),
        };
        let name = manner.making.file_template.name(&id, &slug, &manner.time);
        let texts = texts::texts(&header, &id, &slug, manner)?;
        let files = match (is_plain, &wish.irreversible) {
            (true, _) => vec![(format!("{name}.sql"), texts.up)],
            (false, Some(_)) => vec![(format!("{name}.up.sql"), texts.up)],
            (false, None) => vec![(format!("{name}.up.sql"), texts.up), (format!("{name}.down.sql"), texts.down)],
        };
        Ok(NewMigration { id, parents: parents.into_iter().map(Pair::name).collect(), files })
    }
}

/// Labels and ids share one name space.
fn labels(wish: &Wish, id: &MigrationId, directory: &Directory) -> Result<Vec<Label>, CannotAdd> {
    let labels: Vec<Label> = wish.labels.iter().map(|label| label.parse()).collect::<Result<_, BadLabel>>()?;
    for (n, label) in labels.iter().enumerate() {
        if labels.iter().take(n).any(|earlier| earlier == label) {
            return Err(CannotAdd::LabelTwice(label.to_string()));
        }
        let revision = directory.revisions().iter().find(|revision| revision.labels.contains(label));
        if let Some(revision) = revision {
            return Err(CannotAdd::LabelTaken { label: label.to_string(), by: revision.name() });
        }
        let is_id = |of: &MigrationId| label.as_str().parse::<MigrationId>().is_ok_and(|label| label == *of);
        let by = directory.pairs().iter().find(|pair| is_id(&pair.id)).map(Pair::name);
        if let Some(by) = by.or_else(|| is_id(id).then(|| "the new migration".to_owned())) {
            return Err(CannotAdd::LabelIsId { label: label.to_string(), by });
        }
    }
    Ok(labels)
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
mod tests;
