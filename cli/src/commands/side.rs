//! A schema that is named on the command line: of a database, of migrations, or of files that declare one.

use std::path::{Path, PathBuf};

use dunlin::core::directory::sql_names;
use dunlin::core::file_name::FileName;
use dunlin::core::lockfile;
use dunlin::schema::engine::{Fact, Schema};
use dunlin::schema::{Declared, SchemaError, Schemas};
use dunlin::{Dialect, Migrations, Target};

use super::auto;
use crate::context::Context;
use crate::declaration;
use crate::problem::Problem;

/// Where a schema comes from.
pub(super) enum Side {
    Database(String),
    Migrations(PathBuf),
    Files(PathBuf),
}

impl Side {
    pub(super) fn of(text: &str) -> Side {
        if Dialect::of_url(text).is_some() {
            return Side::Database(text.to_owned());
        }
        let path = PathBuf::from(text);
        if holds_migrations(&path) { Side::Migrations(path) } else { Side::Files(path) }
    }

    /// Returns its URL, if it is a database.
    fn database(&self) -> Option<&str> {
        match self {
            Side::Database(url) => Some(url),
            Side::Migrations(_) | Side::Files(_) => None,
        }
    }

    /// Returns what was named, or else what the migrations make.
    pub(super) fn or_migrations(text: Option<&str>, context: &Context<'_>) -> Result<Side, Problem> {
        match text {
            Some(text) => Ok(Side::of(text)),
            None => Ok(Side::Migrations(context.existing_directory()?)),
        }
    }
}

/// Returns the engine of all of them, and where scratch databases can be made.
pub(super) fn engine<'s>(sides: &[&'s Side], context: &'s Context<'_>) -> Result<(Dialect, &'s str), Problem> {
    let own = context.url();
    let mut databases = sides.iter().filter_map(|side| side.database());
    let Some(url) = databases.next() else { return Ok((auto::dialect(context)?, own?)) };
    let dialect = dunlin::Database::at(url)?.dialect();
    for other in databases {
        let of_other = dunlin::Database::at(other)?.dialect();
        if of_other != dialect {
            return Err(Problem::TwoEngines([(dunlin::redacted(url), dialect), (dunlin::redacted(other), of_other)]));
        }
    }
    // The project's own server is asked for it sooner than one that is only compared.
    let own = own.ok().filter(|own| Dialect::of_url(own) == Some(dialect));
    Ok((dialect, own.unwrap_or(url)))
}

/// Says of what another side, a database, has its engine read, that it may have been written for another.
pub(super) fn read_for(side: &Side, of: &Side, problem: Problem, context: &Context<'_>) -> Problem {
    let Some(url) = of.database() else { return problem };
    let engine = Dialect::of_url(url);
    let own = context.url().ok().and_then(Dialect::of_url);
    let is_of_text = matches!(problem, Problem::Schema(SchemaError::Replay(_) | SchemaError::File { .. }));
    match (side, engine) {
        (Side::Migrations(path) | Side::Files(path), Some(engine)) if is_of_text && own != Some(engine) => {
            Problem::ReadBy { engine, path: path.clone(), url: dunlin::redacted(url), own, problem: Box::new(problem) }
        }
        _ => problem,
    }
}

/// Reads a side, and the renames that it may say.
pub(super) async fn read(
    side: &Side,
    schemas: &Schemas<'_>,
    context: &Context<'_>,
) -> Result<(Schema, Option<Declared>), Problem> {
    match side {
        Side::Database(url) => Ok((schemas.of_database(url).await?, None)),
        Side::Migrations(dir) => {
            let migrations = migrations_in(dir, context);
            let migrator = context.migrator_of(&migrations);
            Ok((schemas.beside(&migrator).of_migrations(Target::Heads).await?, None))
        }
        Side::Files(path) => {
            let files = declaration::read(path)?.ok_or_else(|| Problem::NoSchemaFile(path.clone()))?;
            let declared = schemas.of_files(&files).await?;
            Ok((declared.schema.clone(), Some(declared)))
        }
    }
}

/// Leaves out of what a database has what no migration made: neither what they make, nor what those make that are applied there.
/// Returns the names of that.
pub(super) async fn leave_strangers(
    found: &mut Schema,
    url: &str,
    made: &Schema,
    dir: &Path,
    schemas: &Schemas<'_>,
    context: &Context<'_>,
) -> Result<Vec<String>, Problem> {
    let migrations = migrations_in(dir, context);
    let migrator = context.migrator_of(&migrations);
    let applied = match schemas.beside(&migrator).of_applied(url).await {
        Ok(applied) => Some(applied),
        Err(error @ SchemaError::Interrupted { .. }) => return Err(error.into()),
        // A database with migrations of others has none of these.
        Err(_) => None,
    };
    let is_ours = |root: &Fact| {
        made.get(&root.id).is_some() || applied.as_ref().is_some_and(|applied| applied.get(&root.id).is_some())
    };
    let strangers = found.facts().filter(|fact| fact.parent.is_none() && !is_ours(fact)).map(Fact::title).collect();
    *found = found.only(is_ours);
    Ok(strangers)
}

fn migrations_in(dir: &Path, context: &Context<'_>) -> Migrations {
    let reading = context.reading();
    Migrations::on_disk(dir).set(reading.set).up_only(reading.up_only)
}

fn holds_migrations(path: &Path) -> bool {
    let names = sql_names(path, "").unwrap_or_default();
    let is_meant_to = !names.is_empty() || path.join(lockfile::FILE_NAME).exists();
    path.is_dir() && is_meant_to && names.iter().all(|name| FileName::parse(name).is_ok())
}
