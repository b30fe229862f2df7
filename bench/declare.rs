//! The schema engine on a project of 300 tables and 300 migrations: the catalogue read, and a column found, planned and proved.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use url::Url;

use crate::clients::{query, run_script};
use crate::contest::Contest;
use crate::measure;
use crate::migrations::{Shape, linked};
use crate::programs::Programs;
use crate::say;
use crate::servers::Server;

const COUNT: usize = 300;

/// Reads the schema of a database, and writes a migration with and without what an earlier run found out.
pub(crate) fn run(programs: &Programs) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = Url::parse(&format!("sqlite://{}", folder.path().join("database").display()))?;
    on_engine(programs, "SQLite", &file, &|| Ok(fs::write(file.path(), "")?))?;
    for (name, server) in [("PostgreSQL", Server::postgres()), ("MariaDB", Server::mysql())] {
        match server {
            Ok(server) => on_engine(programs, name, &server.url, &|| server.empty())?,
            Err(error) => say(&format!("\n{name} is left out: {error:#}"))?,
        }
    }
    Ok(())
}

fn on_engine(programs: &Programs, name: &str, url: &Url, empty: &dyn Fn() -> Result<()>) -> Result<()> {
    let project = Project::make(programs, url)?;
    empty()?;
    measure::run(&mut run_script(url, &project.file("tables.sql")))?;
    let nothing = || Ok(());
    Contest::new(format!("{name}, the schema of {COUNT} tables"), 5)
        .with("its client, one number read", nothing, || query(url, "select 1"))
        .with("dunlin schema --from", nothing, || project.dunlin(&["schema", "--from", url.as_str()]))
        .run()?;
    let again = || project.tidy();
    Contest::new(format!("{name}, a column in {COUNT} tables and migrations"), 3)
        .with("its client, all tables made, once", empty, || run_script(url, &project.file("tables.sql")))
        .with("dunlin new --auto, for the first time", || project.forget().and_then(|()| again()), || project.auto())
        .with("dunlin new --auto, again", again, || project.auto())
        .run()
}

/// A directory of migrations, and a schema.sql that has one column more than they make.
struct Project<'p> {
    programs: &'p Programs,
    url: &'p Url,
    folder: tempfile::TempDir,
}

impl<'p> Project<'p> {
    fn make(programs: &'p Programs, url: &'p Url) -> Result<Project<'p>> {
        let project = Project { programs, url, folder: tempfile::tempdir()? };
        let tables: String = (1..=COUNT).map(linked).collect();
        let one = linked(COUNT / 2);
        let more = tables.replace(&one, &one.replace("  state varchar(20)", "  rating integer,\n  state varchar(20)"));
        fs::write(project.file("tables.sql"), tables)?;
        fs::write(project.file("schema.sql"), more)?;
        Shape::Linked.write(&project.file("versions"), COUNT)?;
        Ok(project)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Deletes what the last run wrote.
    fn tidy(&self) -> Result<()> {
        let versions = self.file("versions");
        let is_written = |path: &Path| path.to_string_lossy().contains("_a_rating.");
        for entry in fs::read_dir(versions)? {
            let path = entry?.path();
            if is_written(&path) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Deletes what runs before this one found out.
    fn forget(&self) -> Result<()> {
        let cache = self.file("cache");
        if cache.exists() { Ok(fs::remove_dir_all(cache)?) } else { Ok(()) }
    }

    fn auto(&self) -> Command {
        self.dunlin(&["new", "--auto", "-m", "a rating"])
    }

    fn dunlin(&self, arguments: &[&str]) -> Command {
        let mut command = self.programs.command_line();
        command.current_dir(self.folder.path()).env("XDG_CACHE_HOME", self.file("cache"));
        command.args(arguments).args(["--url", self.url.as_str()]);
        command
    }
}
