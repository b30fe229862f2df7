//! `squash`: many migrations become one, and the databases that have the many go on.

mod cannot;
mod prune;
mod texts;

use std::path::PathBuf;

use clap::Args;
use dunlin::core::directory::{Directory, SourceFile};
use dunlin::core::lockfile;
use dunlin::core::migration::MigrationId;
use dunlin::core::plan::Resolver;
use dunlin::core::squash::{LooseKind, Squash as Together};
use dunlin::core::target::{Range, Target};
use dunlin::core::text::count;
use dunlin::schema::{Schemas, Squashed, WaysBack};
use serde_json::json;

pub(crate) use self::cannot::CannotSquash;
use self::texts::Texts;
use super::written::Written;
use super::{adding, auto};
use crate::context::{Context, shown};
use crate::exit_code::Exit;
use crate::new_migration::{NewMigration, Wish, Words};
use crate::problem::Problem;

/// Put migrations together into one, which new databases run in their place
///
/// It is written beside them: databases in the middle of them go on with them, and those that have all of them have the one.
/// What both make of a scratch database is compared before anything is written. `--prune` deletes the others when no database
/// is in the middle any more.
#[derive(Debug, Clone, Args)]
pub(crate) struct Squash {
    /// The first and the last, `<first>..<last>`; without it, all there are
    #[arg(value_name = "RANGE", conflicts_with = "prune")]
    range: Option<Range>,

    /// What it is called: `up to 2.0` makes `<id>_up_to_2_0`
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,

    /// Give it this id
    #[arg(long, alias = "rev-id")]
    id: Option<String>,

    /// Plan the statements anew from the schema, in place of joining the texts
    ///
    /// Migrations that do more than make a schema are refused: what they do would be lost.
    #[arg(long, conflicts_with = "prune")]
    compact: bool,

    /// With `--compact`, leave out statements that do more than make a schema
    #[arg(long, requires = "compact")]
    drop_data_statements: bool,

    /// Delete the files of the migrations that others stand for: of all of them, or of those that are named
    #[arg(long, value_name = "NAME", num_args = 0..)]
    prune: Option<Vec<String>>,
}

pub(crate) async fn run(squash: &Squash, context: &Context<'_>) -> Result<Exit, Problem> {
    if let Some(names) = &squash.prune {
        return prune::run(names, context).await;
    }
    let dialect = auto::dialect(context)?;
    let migrations = auto::on_disk(context)?;
    let directory = migrations.directory()?;
    let range = squash.range.clone().unwrap_or_default();
    let ids = Resolver::new(directory.revisions()).within(&range)?;
    let together = Together::of(directory, &ids, dialect).map_err(CannotSquash::from)?;

    let migrator = context.migrator_of(&migrations);
    let schemas = auto::schemas(&migrator, dialect, context.url()?, context)?;
    let loose = together.loose();
    let texts = if squash.compact {
        let lost = if squash.drop_data_statements { Vec::new() } else { cannot::data(&loose) };
        if !lost.is_empty() {
            return Err(CannotSquash::LosesStatements(lost).into());
        }
        texts::compacted(&together, &schemas, context).await?
    } else {
        Texts::joined(&together)
    };
    let made = named(squash, &together, directory, context)?;
    let files = texts.files(&made, &together, directory);
    Box::pin(write(&made.id, &files, &together, &schemas, context)).await?;
    if !squash.compact {
        for one in loose.iter().filter(|one| one.kind == LooseKind::Session) {
            let (file, line, summary) = (&one.file, one.line, &one.summary);
            context.output.note(&format!("{file}:{line} holds for all that comes behind it in the squash: {summary}"));
        }
    }
    Ok(Exit::Done)
}

/// Finds its id and its name.
fn named(
    squash: &Squash,
    together: &Together<'_>,
    directory: &Directory,
    context: &Context<'_>,
) -> Result<NewMigration, Problem> {
    let ends = [together.replaces().first(), together.replaces().last()];
    let [first, last] = ends.map(|id| id.map_or("", MigrationId::as_str));
    let message = squash.message.clone().unwrap_or_else(|| format!("squash of {first} to {last}"));
    let is_there = |id: &&MigrationId| directory.revisions().place(id).is_some();
    let heads = together.parents().iter().filter(is_there).map(|id| Target::Migration(id.to_string()));
    let heads: Vec<Target> = heads.collect();
    let wish = Wish {
        words: Words::Slug(message),
        id: squash.id.clone(),
        heads: if heads.is_empty() { vec![Target::Base] } else { heads },
        splice: true,
        ..Wish::default()
    };
    Ok(NewMigration::new(&wish, &adding::manner(context), directory)?)
}

/// Checks the files, proves them and writes them.
async fn write(
    id: &MigrationId,
    files: &[(String, String)],
    together: &Together<'_>,
    schemas: &Schemas<'_>,
    context: &Context<'_>,
) -> Result<(), Problem> {
    let dir = context.existing_directory()?;
    let mut sources = adding::sources(&dir)?;
    let source = |(name, text): &(String, String)| SourceFile {
        name: name.clone().into(),
        text: text.clone().into(),
        checksum: None,
    };
    sources.extend(files.iter().map(source));
    let directory = Directory::from_files(&shown(&dir), sources, None, context.reading())?;
    let last = together.replaces().last().unwrap_or(id);
    let ways_back = if together.irreversible().is_some() { WaysBack::None } else { WaysBack::Same };
    let squashed = Squashed { directory: &directory, id, last, parents: together.parents(), ways_back };
    let schema = context.watched(Box::pin(schemas.prove_squash(&squashed))).await?;

    let mut lock = adding::read_lock(&dir)?;
    lock.follow(directory.pairs());
    let mut written = Written::default();
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| dir.join(name)).collect();
    for (path, (_, text)) in paths.iter().zip(files) {
        written.create(path, text)?;
    }
    written.replace(&dir.join(lockfile::FILE_NAME), &lock.render())?;

    let paths: Vec<String> = paths.iter().map(|path| shown(path)).collect();
    let replaces: Vec<&str> = together.replaces().iter().map(MigrationId::as_str).collect();
    if context.wants_json() {
        let fingerprint = schema.fingerprint();
        context.output.json(&json!({ "id": id, "files": paths, "replaces": replaces, "fingerprint": fingerprint }));
        return Ok(());
    }
    context.output.lines(paths.iter().map(|path| format!("wrote {path}")));
    let all = count(replaces.len(), "migration");
    context.output.talk(&format!("it stands for {all}, and was proved to make the same schema"));
    context.output.hint(&format!(
        "databases in the middle go on with the original files; when none is, `dunlin squash --prune {id}` deletes them"
    ));
    Ok(())
}
