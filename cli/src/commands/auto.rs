//! `new --auto`: a migration that leads from what the migrations make to what schema.sql declares.

use dunlin::core::checksum::Checksum;
use dunlin::core::dialect::Dialect;
use dunlin::core::directory::Pair as FilePair;
use dunlin::core::text::list;
use dunlin::schema::engine::{Allow, Hazard, HazardKind, Ignored, Pace, Pair, Rename, Schema, diff, likely, possible};
use dunlin::schema::{Declared, Proposal, Schemas};
use dunlin::{Migrations, Migrator, Target};
use serde_json::json;

use super::adding;
use crate::context::{Context, shown};
use crate::declaration;
use crate::exit_code::Exit;
use crate::new_migration::{CannotAdd, Template, Templates, Text, Wish};
use crate::problem::Problem;
use crate::program::Editor;
use crate::settings::BadSetting;

/// Plans, proves and writes.
pub(super) async fn add(
    wish: &Wish,
    pace: Pace,
    allowed: &[Allow],
    editor: Option<&Editor>,
    context: &Context<'_>,
) -> Result<Exit, Problem> {
    let migrations = on_disk(context)?;
    let migrator = context.migrator_of(&migrations);
    let schemas = schemas(&migrator, dialect(context)?, context.url()?, context)?.pace(pace);
    // What another line makes is there already, wherever the new one goes on from.
    let made_by = match &wish.heads[..] {
        [] => Target::Head,
        [_] => Target::Heads,
        _ => {
            return Err(Problem::Usage(
                "a merge holds no changes of its own: join the heads with `dunlin merge` first",
            ));
        }
    };
    let planned_on = names(&migrations)?;
    let schemas = schemas.behind(made_by.clone())?;
    let (from, declared) = both(&schemas, made_by, context).await?;
    let to = &declared.schema;
    let mut renames = declared.renames_from(&from)?;
    renames.extend(asked(&from, to, &renames, context).await);
    if renames.is_empty() && diff(&from, to).is_empty() {
        nothing(context);
        return Ok(Exit::Done);
    }
    let proposing = async { schemas.propose(&from, to, &renames).await.map_err(|error| declared.located(error)) };
    let proposal = context.watched(proposing).await?;
    if proposal.pairs.is_empty() {
        nothing(context);
        return Ok(Exit::Done);
    }
    if !proposal.forbidden(allowed).is_empty() {
        // What is said already need not be said again.
        let start = schemas.renamed(&from, &renames).await?;
        permit(&proposal, allowed, &Guess::at(&start, to), context).await?;
    }
    if !proposal.unseeded.is_empty() {
        let tables = list(&proposal.unseeded);
        context.output.note(&format!("it was proved without rows in {tables}: none that can be made up fit"));
    }
    if names(&on_disk(context)?)? != planned_on {
        return Err(CannotAdd::MovedMeanwhile.into());
    }
    adding::add(parts(wish, &proposal.pairs), editor, context)
}

/// Returns what tells migrations from others: their names, and what their up files hold.
fn names(migrations: &Migrations) -> Result<Vec<(String, Vec<Checksum>)>, Problem> {
    let ups = |pair: &FilePair| pair.up.iter().map(|(_, script)| script.checksum).collect();
    Ok(migrations.directory()?.pairs().iter().map(|pair| (pair.name(), ups(pair))).collect())
}

fn nothing(context: &Context<'_>) {
    let file = shown(&context.settings.schema_file());
    if context.wants_json() {
        context.output.json(&json!({ "id": null, "files": [], "revises": [] }));
    } else {
        context.output.data(&format!("nothing to write: the migrations make what {file} declares"));
    }
}

/// Returns the migrations as they are on disk now: those of a program that embeds them may be older.
pub(super) fn on_disk(context: &Context<'_>) -> Result<Migrations, Problem> {
    let reading = context.reading();
    Ok(Migrations::on_disk(context.existing_directory()?).set(reading.set).up_only(reading.up_only))
}

/// Returns the engine, which the URL names.
pub(super) fn dialect(context: &Context<'_>) -> Result<Dialect, Problem> {
    Ok(context.database()?.dialect())
}

/// Returns the schemas of an engine. Scratch databases are made on the server that the settings name for this, or else on that of
/// a database.
pub(super) fn schemas<'m>(
    migrator: &'m Migrator<'m>,
    dialect: Dialect,
    url: &str,
    context: &Context<'_>,
) -> Result<Schemas<'m>, Problem> {
    schemas_without(context.settings.schema.ignored.clone(), migrator, dialect, url, context)
}

/// Returns the same, with something else that is never seen.
pub(super) fn schemas_without<'m>(
    ignored: Ignored,
    migrator: &'m Migrator<'m>,
    dialect: Dialect,
    url: &str,
    context: &Context<'_>,
) -> Result<Schemas<'m>, Problem> {
    let mut schemas = Schemas::new(migrator, dialect, ignored).grants(context.settings.schema.grants);
    if let Some(folder) = context.settings.schema.cache.then(|| context.host.cache_folder()).flatten() {
        schemas = schemas.cached_in(folder);
    }
    let own = context.settings.schema.scratch_url.as_ref().map(|own| own.of(dialect)).transpose();
    Ok(match own.map_err(BadSetting::from)?.flatten() {
        Some(own) => schemas.scratch_on(own),
        None if Dialect::of_url(url) == Some(dialect) => schemas.scratch_beside(url),
        None => schemas,
    })
}

/// Returns what the migrations make and what schema.sql declares, found out at the same time.
pub(super) async fn both(
    schemas: &Schemas<'_>,
    target: Target,
    context: &Context<'_>,
) -> Result<(Schema, Declared), Problem> {
    let (made, declared) = tokio::join!(schemas.of_migrations(target), declared(schemas, context));
    Problem::of_both(made.map_err(Problem::from), declared)
}

/// Returns what schema.sql declares, which must be there.
pub(super) async fn declared(schemas: &Schemas<'_>, context: &Context<'_>) -> Result<Declared, Problem> {
    let path = context.settings.schema_file();
    let files = declaration::read(&path)?.ok_or(Problem::NoSchemaFile(path))?;
    Ok(schemas.of_files(&files).await?)
}

/// Asks about what looks like a rename, where there is somebody to ask.
async fn asked(from: &Schema, to: &Schema, said: &[Rename], context: &Context<'_>) -> Vec<Rename> {
    let mut renames = Vec::new();
    if !context.host.can_be_asked() || !said.is_empty() {
        return renames;
    }
    for rename in likely(&diff(from, to)) {
        if context.output.confirm(&format!("is this a rename: {rename}?")).await {
            renames.push(rename);
        }
    }
    renames
}

/// The renames that somebody may have meant, as a directive says them.
struct Guess {
    /// What looks like one.
    likely: Vec<String>,
    /// What may be one, where nothing looks like it.
    possible: Option<String>,
}

impl Guess {
    fn at(from: &Schema, to: &Schema) -> Guess {
        let deltas = diff(from, to);
        let likely: Vec<String> = likely(&deltas).iter().map(ToString::to_string).collect();
        let possible = possible(&deltas).filter(|_| likely.is_empty()).map(|rename| rename.to_string());
        Guess { likely, possible }
    }
}

/// Refuses what loses data or locks tables, unless it is allowed.
async fn permit(proposal: &Proposal, allowed: &[Allow], guess: &Guess, context: &Context<'_>) -> Result<(), Problem> {
    let (locks, lost): (Vec<&Hazard>, Vec<&Hazard>) =
        proposal.forbidden(allowed).into_iter().partition(|hazard| hazard.kind == HazardKind::LocksTable);
    let sentences = |of: &[&Hazard]| of.iter().map(|hazard| hazard.sentence()).collect::<Vec<String>>();
    let allow = |of: &[&Hazard]| {
        let mut allow: Vec<Allow> =
            allowed.iter().copied().chain(of.iter().filter_map(|hazard| hazard.allow)).collect();
        allow.sort_unstable();
        allow.dedup();
        allow
    };
    if !lost.is_empty() {
        let (renames, possible) = (guess.likely.clone(), guess.possible.clone());
        let all: Vec<&Hazard> = lost.iter().chain(&locks).copied().collect();
        let (all, locks) = (allow(&all), sentences(&locks));
        let no = Problem::LosesData { lost: sentences(&lost), locks, allow: all, renames, possible };
        consent(no, &lost, context).await?;
    }
    if !locks.is_empty() {
        consent(Problem::LocksTables { locks: sentences(&locks), allow: allow(&locks) }, &locks, context).await?;
    }
    Ok(())
}

/// Asks whether something is meant, where there is somebody to ask.
async fn consent(no: Problem, of: &[&Hazard], context: &Context<'_>) -> Result<(), Problem> {
    let all: Vec<String> = of.iter().map(|hazard| hazard.sentence()).collect();
    let question = format!("{}. Write it all the same?", all.join(", and "));
    if context.host.can_be_asked() && context.output.confirm(&question).await { Ok(()) } else { Err(no) }
}

/// Returns what is to be written: each migration comes after the one before it, and says which of several it is.
fn parts(wish: &Wish, pairs: &[Pair]) -> Vec<(Wish, Templates)> {
    let all = pairs.len();
    let part = |(number, pair): (usize, &Pair)| {
        let own = match number {
            _ if all == 1 => wish.clone(),
            1 => Wish { words: wish.words.part(number, all), ..wish.clone() },
            _ => Wish { words: wish.words.part(number, all), ..Wish::default() },
        };
        (own, templates(pair))
    };
    (1..).zip(pairs).map(part).collect()
}

fn templates(pair: &Pair) -> Templates {
    let template = |text| Template { file: "the SQL of --auto".to_owned(), text: Text::AsItIs(text) };
    Templates { up: template(pair.up_text()), down: template(pair.down_text()) }
}
