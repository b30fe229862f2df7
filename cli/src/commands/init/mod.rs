//! `init`: a project, of nothing or of a database that is there (`database.rs`).

mod database;
mod others;

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;
use dunlin::core::lockfile::{self, LockFile};
use serde_json::json;

pub(crate) use self::database::CannotAdopt;
use super::adding;
use super::written::Written;
use crate::config_file::{self, ConfigFile};
use crate::context::{Context, shown};
use crate::database_url::DatabaseUrl;
use crate::exit_code::Exit;
use crate::new_migration::{Wish, Words};
use crate::output::Output;
use crate::problem::Problem;
use crate::settings::BadSetting;
use crate::templates;

/// Set a project up: a directory for migrations, dunlin.toml, and build.rs beside a Cargo.toml
///
/// Nothing is overwritten: what is there stays as it is.
#[derive(Debug, Clone, Args)]
pub(crate) struct Init {
    /// The project's folder, if it is not the current one
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,

    /// Begin with what is in this database: a first migration, schema.sql, and the record that the database has it
    ///
    /// All of it is tried on scratch databases before anything is written. Tables of other migration tools are left out.
    #[arg(long, value_name = "URL", conflicts_with = "example")]
    from_db: Option<DatabaseUrl>,

    /// Add a first migration to begin with
    #[arg(long)]
    example: bool,

    /// Write a Makefile with targets for the database; beside one that is there, dunlin.mk for it to include
    #[arg(long)]
    makefile: bool,

    /// Write a justfile with recipes for the database; beside one that is there, dunlin.just for it to import
    #[arg(long)]
    justfile: bool,

    /// Alembic's templates: none is needed, for the files are the same for all of them
    #[arg(short, long, value_name = "NAME", value_parser = PossibleValuesParser::new(TEMPLATES))]
    template: Option<String>,
}

const TEMPLATES: [&str; 5] = ["generic", "async", "multidb", "pyproject", "pyproject_async"];

/// A file of targets, and what stands for it where there is one already.
struct Targets {
    template: &'static str,
    /// The names by which its program finds one, the one to write first.
    names: &'static [&'static str],
    beside: &'static str,
    /// What takes the one that stands beside into the other.
    include: &'static str,
}

const MAKEFILE: Targets = Targets {
    template: "Makefile",
    names: &["Makefile", "makefile", "GNUmakefile"],
    beside: "dunlin.mk",
    include: "include dunlin.mk",
};

const JUSTFILE: Targets = Targets {
    template: "justfile",
    names: &["justfile", "Justfile", ".justfile"],
    beside: "dunlin.just",
    include: "import 'dunlin.just'",
};

pub(crate) async fn run(init: &Init, context: &Context<'_>) -> Result<Exit, Problem> {
    match &init.from_db {
        Some(url) => Box::pin(database::adopt(init, url, context)).await,
        None => begin(init, context),
    }
}

fn begin(init: &Init, context: &Context<'_>) -> Result<Exit, Problem> {
    let folder = init.folder.clone().unwrap_or_default();
    let name = directory(&folder, context)?;
    let versions = folder.join(&name);
    std::fs::create_dir_all(&versions).map_err(|source| Problem::File { path: versions.clone(), source })?;

    let values = [("dir", &*shown(&name)), ("program", context.output.program())];
    let mut made = Made::default();
    made.file(&versions.join(lockfile::FILE_NAME), &LockFile::default().render())?;
    made.file(&folder.join(config_file::FILE_NAME), &templates::text("dunlin.toml", &values))?;
    made.beside_manifest(&folder, &values)?;
    made.targets_of(init, &folder, &values)?;
    if init.example {
        made.example(&versions, context)?;
    }

    let output = &context.output;
    if context.wants_json() {
        output.json(&json!({ "wrote": made.wrote, "kept": made.kept }));
        return Ok(Exit::Done);
    }
    made.tell(output);
    match init.template.as_deref() {
        Some("multidb") => {
            output.note("no template is needed: `[databases.<name>]` in dunlin.toml makes several databases");
        }
        Some(template) => {
            output.note(&format!("the template `{template}` is not needed: SQL files are the same for all of them"));
        }
        None => {}
    }
    made.hints.iter().for_each(|hint| output.hint(hint));
    output.hint(if init.example {
        "`dunlin up --url sqlite:app.db` applies it, `dunlin new <what it does>` writes the next"
    } else {
        "`dunlin new <what it does>` writes the first migration"
    });
    Ok(Exit::Done)
}

/// Returns the directory of the migrations, relative to the project's folder: a settings file above it says nothing about
/// a new project.
fn directory(folder: &Path, context: &Context<'_>) -> Result<PathBuf, Problem> {
    if let Some(dir) = context.settings.dir.as_ref().filter(|_| !context.settings.dir_is_of_file) {
        return Ok(dir.clone());
    }
    let file = folder.join(config_file::FILE_NAME);
    let own = if file.is_file() { ConfigFile::read(&file).map_err(BadSetting::from)?.top().dir.clone() } else { None };
    Ok(own.unwrap_or_else(|| PathBuf::from("versions")))
}

/// What was written, and what was there.
#[derive(Debug, Default)]
struct Made {
    wrote: Vec<String>,
    kept: Vec<String>,
    hints: Vec<String>,
    written: Written,
}

impl Made {
    fn file(&mut self, path: &Path, text: &str) -> Result<(), Problem> {
        if path.exists() {
            self.kept.push(shown(path));
            return Ok(());
        }
        self.create(path, text)
    }

    /// Writes a file that must not be there.
    fn create(&mut self, path: &Path, text: &str) -> Result<(), Problem> {
        self.written.create(path, text)?;
        self.wrote.push(shown(path));
        Ok(())
    }

    /// Writes a file in the place of one that may be there.
    fn replaced(&mut self, path: &Path, text: &str) -> Result<(), Problem> {
        self.written.replace(path, text)?;
        self.wrote.push(shown(path));
        Ok(())
    }

    /// Writes a build script beside a manifest, and says what is to be done in the crate.
    fn beside_manifest(&mut self, folder: &Path, values: &[(&str, &str)]) -> Result<(), Problem> {
        if !folder.join("Cargo.toml").is_file() {
            return Ok(());
        }
        let script = folder.join("build.rs");
        self.file(&script, &templates::text("build.rs", values))?;
        let dir = values.iter().find(|(name, _)| *name == "dir").map_or("", |(_, dir)| *dir);
        let knows = |text: String| text.contains("rerun-if-changed=") && text.contains(dir);
        if !std::fs::read_to_string(&script).is_ok_and(knows) {
            let line = format!("println!(\"cargo::rerun-if-changed={dir}\");");
            self.hints.push(format!("let the `main` of {} contain: {line}", script.display()));
        }
        self.hints.push("embed them with `static MIGRATIONS: dunlin::Migrations = dunlin::embed!();`".to_owned());
        Ok(())
    }

    /// Writes the files of targets that were asked for.
    fn targets_of(&mut self, init: &Init, folder: &Path, values: &[(&str, &str)]) -> Result<(), Problem> {
        let all = [(MAKEFILE, init.makefile), (JUSTFILE, init.justfile)];
        for (targets, _) in all.into_iter().filter(|(_, asked)| *asked) {
            self.targets(folder, &targets, values)?;
        }
        Ok(())
    }

    fn tell(&self, output: &Output) {
        output.lines(self.wrote.iter().map(|path| format!("wrote {path}")));
        output.lines(self.kept.iter().map(|path| format!("kept  {path}, which is there already")));
    }

    /// Writes a file of targets, or one to be taken into another that is there and does not have them.
    fn targets(&mut self, folder: &Path, targets: &Targets, values: &[(&str, &str)]) -> Result<(), Problem> {
        let text = templates::text(targets.template, values);
        let there = targets.names.iter().map(|name| folder.join(name)).find(|path| path.exists());
        let Some(path) = there else {
            let name = targets.names.first().copied().unwrap_or(targets.template);
            return self.file(&folder.join(name), &text);
        };
        let has_them = |text: String| text.contains("db-upgrade") || text.contains(targets.beside);
        self.kept.push(shown(&path));
        if !std::fs::read_to_string(&path).is_ok_and(has_them) {
            self.file(&folder.join(targets.beside), &text)?;
            self.hints.push(format!("let {} contain: {}", path.display(), targets.include));
        }
        Ok(())
    }

    /// Writes a first migration, unless there is one.
    fn example(&mut self, versions: &Path, context: &Context<'_>) -> Result<(), Problem> {
        let files = adding::sources(versions)?;
        if !files.is_empty() {
            self.kept.push(shown(versions));
            return Ok(());
        }
        let wish = Wish { words: Words::Slug("create users".to_owned()), ..Wish::default() };
        let (made, lock) = adding::decide(&wish, &adding::manner(context), files, versions, context.reading())?;
        let texts =
            [templates::text("example/up.sql", &[("revises", "base")]), templates::text("example/down.sql", &[])];
        let mut written = Written::default();
        for ((name, _), text) in made.files.iter().zip(texts) {
            let path = versions.join(name);
            written.create(&path, &text)?;
            self.wrote.push(shown(&path));
        }
        written.replace(&versions.join(lockfile::FILE_NAME), &lock.render())
    }
}
