//! A project that begins with a database: what is in it becomes the first migration, which it is recorded to have.

use std::path::{Path, PathBuf};

use dunlin::core::lockfile::{self, LockFile};
use dunlin::core::text::list;
use dunlin::schema::engine::{Grants, Ignored, Kind, Pair, Schema};
use dunlin::schema::{Dump, SchemaError, Schemas, Unmodelled};
use dunlin::{Dialect, Migrations, Stamp, Target};
use serde_json::json;

use super::others::{Foreign, foreign};
use super::{Init, Made, directory};
use crate::commands::{adding, auto, schema};
use crate::config_file::{self, ConfigFile};
use crate::context::{Context, shown};
use crate::database_url::DatabaseUrl;
use crate::exit_code::Exit;
use crate::new_migration::{Manner, Template, Templates, Text, Wish, Words};
use crate::problem::Problem;
use crate::settings::BadSetting;
use crate::templates;

/// Where the schema is declared, if an existing dunlin.toml does not say.
const SCHEMA_FILE: &str = "schema.sql";

/// Why a project cannot begin with a database.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CannotAdopt {
    #[error("there is no database at {0}")]
    NoDatabase(String),
    #[error("there is nothing in the database to begin with")]
    Empty,
    #[error("{} there already", are(.0))]
    InTheWay(Vec<PathBuf>),
    #[error("the database has a history of dunlin already, with {} applied", list(.0))]
    HasHistory(Vec<String>),
    #[error("dunlin.toml is there already, and does not leave out what belongs to other tools: {}", list(.0))]
    NotIgnored(Vec<String>),
}

fn are(paths: &[PathBuf]) -> String {
    let verb = if paths.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", list(paths.iter().map(|path| shown(path)).collect::<Vec<_>>()))
}

impl CannotAdopt {
    pub(crate) fn hint(&self) -> String {
        match self {
            CannotAdopt::NoDatabase(_) => "look at the URL; `dunlin init` begins without a database".to_owned(),
            CannotAdopt::Empty => "`dunlin init` begins without a database".to_owned(),
            CannotAdopt::InTheWay(_) => {
                "nothing was written; move it away, or begin in another folder: `dunlin init <folder> --from-db …`"
                    .to_owned()
            }
            CannotAdopt::HasHistory(_) => {
                "the migrations are somewhere: take their directory, or restore the files with `dunlin restore`"
                    .to_owned()
            }
            CannotAdopt::NotIgnored(names) => format!("write under `[schema]` there: ignore = {}", toml_list(names)),
        }
    }
}

/// Where everything goes.
struct Places {
    folder: PathBuf,
    /// The directory of the migrations, relative to the folder.
    name: PathBuf,
    versions: PathBuf,
    schema: PathBuf,
    config: Option<ConfigFile>,
}

/// What there is, written down and proved.
struct Adopted {
    dump: Dump,
    /// The way there and back; without a way back, why there is none.
    ways: Result<Pair, String>,
    foreign: Vec<Foreign>,
}

pub(super) async fn adopt(init: &Init, url: &DatabaseUrl, context: &Context<'_>) -> Result<Exit, Problem> {
    let places = Places::of(init, context)?;
    let adopted = context.watched(Box::pin(read(&places, url.expose(), context))).await?;
    let is_new = !places.versions.exists();
    let written = write(init, &places, &adopted, context);
    let stamped = match written {
        Ok((made, name)) => match stamp(&places, url.expose(), context).await {
            Ok(()) => Ok((made, name)),
            Err(problem) => {
                made.written.undo();
                Err(problem)
            }
        },
        Err(problem) => Err(problem),
    };
    let (made, name) = stamped.inspect_err(|_| {
        if is_new {
            // It stays if somebody put something there meanwhile.
            let _ = std::fs::remove_dir(&places.versions);
        }
    })?;
    tell(&made, &name, &adopted, context);
    Ok(Exit::Done)
}

impl Places {
    fn of(init: &Init, context: &Context<'_>) -> Result<Places, Problem> {
        let folder = init.folder.clone().unwrap_or_default();
        let name = directory(&folder, context)?;
        let versions = folder.join(&name);
        let file = folder.join(config_file::FILE_NAME);
        let config = if file.is_file() { Some(ConfigFile::read(&file).map_err(BadSetting::from)?) } else { None };
        let said = config.as_ref().and_then(|config| config.top().schema.file.clone());
        let schema = folder.join(said.unwrap_or_else(|| PathBuf::from(SCHEMA_FILE)));
        let mut in_the_way: Vec<PathBuf> = Vec::new();
        if versions.is_dir() {
            in_the_way.extend(adding::sources(&versions)?.iter().map(|file| versions.join(&*file.name)));
        }
        in_the_way.extend(Some(schema.clone()).filter(|path| path.exists()));
        if in_the_way.is_empty() {
            Ok(Places { folder, name, versions, schema, config })
        } else {
            Err(CannotAdopt::InTheWay(in_the_way).into())
        }
    }

    /// Returns what is left out: what an existing dunlin.toml says, or what belongs to others.
    fn ignored(&self, foreign: &[Foreign]) -> Result<Ignored, Problem> {
        let Some(config) = &self.config else {
            let names = foreign.iter().map(|own| &own.name);
            return Ok(Ignored::new(names).unwrap_or_default());
        };
        let ignored = config.top().schema.ignore.clone().unwrap_or_default();
        let seen: Vec<String> =
            foreign.iter().filter(|own| !ignored.matches(&own.name)).map(|own| own.name.clone()).collect();
        if seen.is_empty() { Ok(ignored) } else { Err(CannotAdopt::NotIgnored(seen).into()) }
    }
}

/// Reads the database, and tries on scratch databases what is to be written. Nothing is written yet.
async fn read(places: &Places, url: &str, context: &Context<'_>) -> Result<Adopted, Problem> {
    let database = dunlin::Database::at(url)?;
    let dialect = database.dialect();
    if dialect == Dialect::Sqlite && !database.name().is_ok_and(|name| Path::new(name).exists()) {
        return Err(CannotAdopt::NoDatabase(dunlin::redacted(url)).into());
    }
    let nothing = context.without_files()?;
    let migrator = context.migrator_of(&nothing);
    let status = migrator.status(url).await?;
    if !status.migrations.is_empty() {
        let names = status.migrations.iter().map(|migration| migration.name.clone()).collect();
        return Err(CannotAdopt::HasHistory(names).into());
    }
    let all = auto::schemas_without(Ignored::default(), &migrator, dialect, url, context)?.of_database(url).await?;
    let foreign = foreign(&all);
    let ignored = places.ignored(&foreign)?;
    let schemas = auto::schemas_without(ignored, &migrator, dialect, url, context)?;
    let found = schemas.of_database(url).await?;
    let empty = schemas.of_files(&[]).await?.schema;
    let is_there =
        |schema: &Schema| schema.facts().any(|fact| fact.id.kind != Kind::Database && empty.get(&fact.id).is_none());
    if !is_there(&found) {
        return Err(CannotAdopt::Empty.into());
    }
    let dump = schemas.dump(&found, Grants::LeftOut, Unmodelled::Refused).await?;
    let ways = both_ways(&schemas, &empty, &dump).await?;
    Ok(Adopted { dump, ways, foreign })
}

/// Proves both ways. Where there is no way back, the migration has none; the way there was proved with the dump.
async fn both_ways(schemas: &Schemas<'_>, empty: &Schema, dump: &Dump) -> Result<Result<Pair, String>, Problem> {
    match schemas.propose(empty, &dump.schema, &[]).await {
        Ok(proposal) => Ok(Ok(proposal.pairs.into_iter().next().unwrap_or_default())),
        Err(
            error @ (SchemaError::Migrations(_)
            | SchemaError::Replay(_)
            | SchemaError::Lost { .. }
            | SchemaError::MayNotMake { .. }
            | SchemaError::Interrupted { .. }),
        ) => Err(error.into()),
        Err(error) => Ok(Err(error.to_string())),
    }
}

/// Writes all files, or none.
fn write(init: &Init, places: &Places, adopted: &Adopted, context: &Context<'_>) -> Result<(Made, String), Problem> {
    let Places { folder, name, versions, schema, config } = places;
    std::fs::create_dir_all(versions).map_err(|source| Problem::File { path: versions.clone(), source })?;
    let asis = |text: String| Template { file: "what is in the database".to_owned(), text: Text::AsItIs(text) };
    let (up, down, irreversible) = match &adopted.ways {
        Ok(pair) => (pair.up_text(), pair.down_text(), None),
        Err(_) => (adopted.dump.plan.text(), String::new(), Some(NO_WAY_BACK.to_owned())),
    };
    let wish = Wish { words: Words::Slug("baseline".to_owned()), irreversible, ..Wish::default() };
    let templates = Templates { up: asis(up), down: asis(down) };
    let manner = Manner { templates, ..adding::manner(context) };
    let (migration, _) = adding::decide(&wish, &manner, Vec::new(), versions, context.reading())?;
    // It is in a database already, so it is never to be edited.
    let files = migration.files.iter().map(|(name, text)| adding::source(name, text.clone())).collect();
    let outline = adding::outline(files, versions, context.reading())?;
    let mut lock = LockFile::default();
    lock.follow(outline.pairs());
    lock.seal(outline.pairs());

    let mut made = Made::default();
    for (name, text) in &migration.files {
        made.create(&versions.join(name), text)?;
    }
    made.replaced(&versions.join(lockfile::FILE_NAME), &lock.render())?;
    made.create(schema, &schema::dumped(&adopted.dump))?;
    let values = [("dir", &*shown(name)), ("program", context.output.program())];
    let settings = folder.join(config_file::FILE_NAME);
    if config.is_none() {
        made.create(&settings, &leaving_out(&templates::text("dunlin.toml", &values), &adopted.foreign))?;
    } else {
        made.kept.push(shown(&settings));
    }
    made.beside_manifest(folder, &values)?;
    made.targets_of(init, folder, &values)?;
    let name = outline.pairs().first().map(dunlin::core::directory::Pair::name).unwrap_or_default();
    Ok((made, name))
}

/// What the first migration says where it has no way back.
const NO_WAY_BACK: &str = "it is what was there before dunlin, and no way back from it could be proved";

/// Puts the names of what is left out into the settings.
fn leaving_out(settings: &str, foreign: &[Foreign]) -> String {
    if foreign.is_empty() {
        return settings.to_owned();
    }
    let names: Vec<String> = foreign.iter().map(|own| own.name.clone()).collect();
    let of_template = "# [schema]\n# file = \"schema.sql\"\n# ignore = [\"legacy_*\"]\n";
    let said = format!("[schema]\n# file = \"schema.sql\"\nignore = {}\n", toml_list(&names));
    settings.replace(of_template, &said)
}

/// A string of JSON is one of TOML.
fn toml_list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| json!(name).to_string()).collect();
    format!("[{}]", quoted.join(", "))
}

/// Records that the database has the migration.
async fn stamp(places: &Places, url: &str, context: &Context<'_>) -> Result<(), Problem> {
    let reading = context.reading();
    let migrations = Migrations::on_disk(&places.versions).set(reading.set).up_only(reading.up_only);
    let migrator = context.migrator_of(&migrations);
    context.watched(migrator.stamp(url, &Stamp::at([Target::Head]).as_baseline())).await?;
    Ok(())
}

fn tell(made: &Made, name: &str, adopted: &Adopted, context: &Context<'_>) {
    let output = &context.output;
    if context.wants_json() {
        let foreign: Vec<&String> = adopted.foreign.iter().map(|own| &own.name).collect();
        output.json(&json!({ "wrote": made.wrote, "kept": made.kept, "left_out": foreign, "baseline": name }));
        return;
    }
    made.tell(output);
    output.data(&format!("the database is at {name}, its baseline"));
    for own in &adopted.foreign {
        output.note(&format!("`{}` is left out: it belongs to {}", own.name, own.tool));
    }
    if let Err(why) = &adopted.ways {
        output.note(&format!("the migration has no way back: {why}"));
    }
    made.hints.iter().for_each(|hint| output.hint(hint));
    output.hint("set DATABASE_URL, and `dunlin status` shows it; change schema.sql, and `dunlin new --auto -m \"…\"` writes what leads there");
}
