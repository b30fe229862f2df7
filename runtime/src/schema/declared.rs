//! Texts that declare a schema.

use std::ops::Range;

use dunlin_core::dialect::Dialect;
use dunlin_core::location::Location;
use dunlin_core::statements::{Statement, split};
use dunlin_schema::{BadRename, Fact, Kind, Rename, Renames, Rules, Said, Schema, without_directives};

use super::cache::{Cache, Key};
use super::declarations::{Part, part, without_commands};
use super::error::SchemaError;
use super::introspect::Catalogue;
use super::scratch::{Ground, Scratch};
use crate::error::{excerpt, offset_of};
use crate::session::SqlError;

/// A file that declares a schema, or part of one.
#[derive(Debug, Clone)]
pub struct SchemaFile {
    /// Its name, for people.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What texts declare.
#[derive(Debug, Clone)]
pub struct Declared {
    /// The schema.
    pub schema: Schema,
    renames: Renames,
    files: Vec<SchemaFile>,
}

impl Declared {
    /// Returns the renames that lead here from a schema; what is satisfied already is left out.
    ///
    /// Fails for one that matches nothing.
    pub fn renames_from(&self, from: &Schema) -> Result<Vec<Rename>, SchemaError> {
        self.renames.due(from, &self.schema).map_err(|bad| located(&self.files, bad))
    }

    /// Says of an error with a rename where that is said, if one of these texts says it.
    pub fn located(&self, error: SchemaError) -> SchemaError {
        match &error {
            SchemaError::NotRenamed { rename, .. } if self.renames.say(rename) => {
                let message = error.to_string();
                located(&self.files, BadRename { said: rename.said, message, hint: None })
            }
            _ => error,
        }
    }
}

/// Loads texts into an empty database. A statement that fails is tried again behind the others, so that files may stand in
/// any order.
pub(super) async fn load(
    files: &[SchemaFile],
    rules: &dyn Rules,
    ground: &Ground,
    cache: Option<(&Cache, &Key)>,
) -> Result<Declared, SchemaError> {
    let dialect = rules.dialect();
    let texts: Vec<String> = files.iter().map(|file| without_commands(&file.text, dialect)).collect();
    let all: Vec<&str> = texts.iter().map(String::as_str).collect();
    let renames = Renames::read(&all, dialect).map_err(|bad| located(files, bad))?;
    let texts: Vec<String> = texts.iter().map(|text| without_directives(text, dialect)).collect();
    let mut waiting = Vec::new();
    for (file, text) in files.iter().zip(&texts) {
        let fault = |offset, message| fault(file, offset..offset, message, None);
        for statement in split(text, dialect).map_err(|error| fault(error.offset, error.to_string()))? {
            let part = part(&statement, dialect).map_err(|message| fault(statement.offset(), message))?;
            if part == Part::Nothing {
                continue;
            }
            #[cfg(feature = "mysql")]
            if let Some((place, message)) = super::mysql::moving_time(&statement).filter(|_| dialect == Dialect::Mysql)
            {
                return Err(fault(statement.offset() + place, message));
            }
            waiting.push(Waiting { file, statement, part });
        }
    }
    if let Some(kept) = cache.and_then(|(cache, key)| cache.find(key)) {
        return Ok(Declared { schema: kept.schema()?, renames, files: files.to_vec() });
    }
    let loading = async |scratch: &mut Scratch| load_into(scratch, files, waiting, rules).await;
    let (catalogue, schema) = Scratch::within(ground, loading).await?;
    if let Some((cache, key)) = cache {
        cache.keep(key, &catalogue);
    }
    Ok(Declared { schema, renames, files: files.to_vec() })
}

/// A statement that is still to be run.
#[derive(Clone, Copy)]
struct Waiting<'f> {
    file: &'f SchemaFile,
    statement: Statement<'f>,
    part: Part,
}

async fn load_into(
    scratch: &mut Scratch,
    files: &[SchemaFile],
    mut waiting: Vec<Waiting<'_>>,
    rules: &dyn Rules,
) -> Result<(Catalogue, Schema), SchemaError> {
    for Waiting { file, statement, .. } in &waiting {
        if let Some(why) = scratch.reaches_out(statement).await? {
            let start = statement.offset();
            return Err(fault(file, start..start, why, None));
        }
    }
    // Settings hold for what stands behind them, so they are made again with it.
    let has_settings = waiting.iter().any(|own| own.part == Part::Setting);
    while waiting.iter().any(|own| own.part != Part::Setting) {
        let mut failed = Vec::new();
        for own in &waiting {
            let ran = scratch.run(own.statement.text()).await?;
            match ran {
                Err(error) => failed.push((*own, Some(error))),
                Ok(()) if own.part == Part::Setting => failed.push((*own, None)),
                Ok(()) => {}
            }
        }
        // When none of them runs behind the others, the first is the one to mend.
        let none_ran = failed.len() == waiting.len();
        let first = failed.iter().find_map(|(own, error)| Some((own, error.as_ref()?)));
        if let Some((own, error)) = first.filter(|_| none_ran) {
            let is_other = |other: &Waiting<'_>| other.statement != own.statement;
            let waits = failed
                .iter()
                .any(|(other, _)| is_other(other) && makes_what_is_missing(&other.statement, error, rules.dialect()));
            // The hint of PostgreSQL itself is to add casts.
            let of_body = || bodies_hint(&own.statement, error, rules.dialect());
            let hint = waits.then(|| IN_A_CIRCLE.to_owned()).or_else(of_body).or_else(|| error.hint.clone());
            return Err(failing(own.file, &own.statement, error, hint, rules.dialect()));
        }
        waiting = failed.into_iter().map(|(own, _)| own).collect();
    }
    if has_settings {
        scratch.forget_settings().await?;
    }
    let catalogue = scratch.catalogue().await?;
    let schema = catalogue.schema()?;
    no_rows(scratch, &schema, files, rules).await?;
    Ok((catalogue, schema))
}

const IN_A_CIRCLE: &str = "another statement makes that, and waits for this one: where tables refer to each other, add one of the \
                           foreign keys behind both, with `alter table … add foreign key`";

/// Returns what to do where a function's body mentions what is made later.
fn bodies_hint(statement: &Statement<'_>, error: &SqlError, dialect: Dialect) -> Option<String> {
    // `undefined_function` and `undefined_table` in the manual's appendix A.
    let is_missing = error.code.as_deref().is_some_and(|code| ["42883", "42P01"].contains(&code));
    // `create or replace function`
    let is_routine = |word: &&str| ["function", "procedure"].iter().any(|own| word.eq_ignore_ascii_case(own));
    let makes_a_routine = statement.first_words(dialect, 4).iter().any(is_routine);
    let hint = "bodies may mention each other, and what stands in no order, behind `set check_function_bodies = off;`";
    (dialect == Dialect::Postgres && is_missing && makes_a_routine).then(|| hint.to_owned())
}

/// Says whether a statement makes the table that another one misses: `relation "a" does not exist`.
fn makes_what_is_missing(statement: &Statement<'_>, error: &SqlError, dialect: Dialect) -> bool {
    let missing = error.message.split('"').nth(1).and_then(|name| name.rsplit('.').next()).unwrap_or_default();
    // `create unlogged table if not exists a.b`
    let mut words = statement.first_words(dialect, 9).into_iter().map(|word| word.trim_matches('"'));
    let is_create = words.next().is_some_and(|word| word.eq_ignore_ascii_case("create"));
    is_create && !missing.is_empty() && words.any(|word| word.eq_ignore_ascii_case(missing))
}

async fn no_rows(
    scratch: &mut Scratch,
    schema: &Schema,
    files: &[SchemaFile],
    rules: &dyn Rules,
) -> Result<(), SchemaError> {
    let tables: Vec<&Fact> = schema.facts().filter(|fact| fact.id.kind == Kind::Table).collect();
    let all: Vec<String> = tables.iter().map(|table| rules.rows(table, &[])).collect();
    if all.is_empty() || scratch.rows(&all.join(";\n")).await?.is_empty() {
        return Ok(());
    }
    for table in tables {
        if !scratch.rows(&rules.rows(table, &[])).await?.is_empty()
            && let Some(file) = files.first()
        {
            let message = format!("it puts rows into `{}`; rows belong into migrations", table.name);
            return Err(fault(file, 0..0, message, None));
        }
    }
    Ok(())
}

fn failing(
    file: &SchemaFile,
    statement: &Statement<'_>,
    error: &SqlError,
    hint: Option<String>,
    dialect: Dialect,
) -> SchemaError {
    let start = statement.offset();
    let place = offset_of(statement.text(), &error.place, dialect);
    let place = place.map_or(start..start, |place| start + place.start..start + place.end);
    fault(file, place, error.message.clone(), hint)
}

fn located(files: &[SchemaFile], BadRename { said: Said { text, offset }, message, hint }: BadRename) -> SchemaError {
    let nameless = SchemaFile { name: String::new(), text: String::new() };
    fault(files.get(text).unwrap_or(&nameless), offset..offset, message, hint)
}

fn fault(file: &SchemaFile, place: Range<usize>, message: String, hint: Option<String>) -> SchemaError {
    let excerpt = (!place.is_empty()).then(|| excerpt(&file.text, place.clone()));
    let location = Location::of(&file.text, place.start);
    SchemaError::File { file: file.name.clone(), location, message, excerpt, hint }
}
