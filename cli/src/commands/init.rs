use std::path::{Path, PathBuf};

use clap::Args;
use dunlin::core::lockfile::{self, LockFile};
use serde_json::json;

use super::new;
use super::written::Written;
use crate::config_file;
use crate::context::{Context, shown};
use crate::exit_code::Exit;
use crate::new_migration::Wish;
use crate::problem::Problem;
use crate::templates;

/// Set a project up: a directory for migrations, dunlin.toml, and build.rs beside a Cargo.toml
///
/// Nothing is overwritten: what is there stays as it is.
#[derive(Debug, Clone, Args)]
pub(crate) struct Init {
    /// The project's folder, if it is not the current one
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,

    /// Add a first migration to begin with
    #[arg(long)]
    example: bool,
}

pub(crate) fn run(init: &Init, context: &Context<'_>) -> Result<Exit, Problem> {
    let folder = init.folder.clone().unwrap_or_default();
    let name = context.settings.dir.clone().unwrap_or_else(|| PathBuf::from("versions"));
    let versions = folder.join(&name);
    std::fs::create_dir_all(&versions).map_err(|source| Problem::File { path: versions.clone(), source })?;

    let values = [("dir", &*shown(&name))];
    let mut made = Made::default();
    made.file(&versions.join(lockfile::FILE_NAME), &LockFile::default().render())?;
    made.file(&folder.join(config_file::FILE_NAME), &templates::text("dunlin.toml", &values))?;
    let build_script = folder.join("build.rs");
    let is_crate = folder.join("Cargo.toml").is_file();
    if is_crate {
        made.file(&build_script, &templates::text("build.rs", &values))?;
    }
    if init.example {
        made.example(&versions, context)?;
    }

    let output = &context.output;
    if context.wants_json() {
        output.json(&json!({ "wrote": made.wrote, "kept": made.kept }));
        return Ok(Exit::Done);
    }
    output.lines(made.wrote.iter().map(|path| format!("wrote {path}")));
    output.lines(made.kept.iter().map(|path| format!("kept  {path}, which is there already")));
    let line = format!("println!(\"cargo::rerun-if-changed={}\");", name.display());
    let knows = |text: String| text.contains("rerun-if-changed=") && text.contains(&*shown(&name));
    if is_crate && !std::fs::read_to_string(&build_script).is_ok_and(knows) {
        output.hint(&format!("let the `main` of {} contain: {line}", build_script.display()));
    }
    if is_crate {
        output.hint("embed them with `static MIGRATIONS: dunlin::Migrations = dunlin::embed!();`");
    }
    output.hint(if init.example {
        "`dunlin up --url sqlite:app.db` applies it, `dunlin new <what it does>` writes the next"
    } else {
        "`dunlin new <what it does>` writes the first migration"
    });
    Ok(Exit::Done)
}

/// What was written, and what was there.
#[derive(Debug, Default)]
struct Made {
    wrote: Vec<String>,
    kept: Vec<String>,
}

impl Made {
    fn file(&mut self, path: &Path, text: &str) -> Result<(), Problem> {
        if path.exists() {
            self.kept.push(shown(path));
            return Ok(());
        }
        Written::default().create(path, text)?;
        self.wrote.push(shown(path));
        Ok(())
    }

    /// Writes a first migration, unless there is one.
    fn example(&mut self, versions: &Path, context: &Context<'_>) -> Result<(), Problem> {
        let files = new::sources(versions)?;
        if !files.is_empty() {
            self.kept.push(shown(versions));
            return Ok(());
        }
        let wish = Wish { words: "create users".to_owned(), time: context.host.time_as_id(), ..Wish::default() };
        let (made, lock) = new::decide(&wish, files, versions, context.reading())?;
        let texts =
            [templates::text("example/up.sql", &[("revises", "base")]), templates::text("example/down.sql", &[])];
        let mut written = Written::default();
        for ((name, _), text) in made.files.iter().zip(texts) {
            written.create(&versions.join(name), &text)?;
        }
        written.replace(&versions.join(lockfile::FILE_NAME), &lock.render())?;
        self.wrote.extend(written.new_files().iter().map(|path| shown(path)));
        Ok(())
    }
}
