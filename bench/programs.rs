//! Self-migrating programs: one for each set, made and built outside the workspace, and the command line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::migrations::Shape;
use crate::{measure, say};

const MANIFEST: &str = include_str!("program/manifest.toml");
const MAIN: &str = include_str!("program/main.txt");

/// The sets that there are programs for.
pub(crate) const SETS: [(Shape, usize); 8] = [
    (Shape::Tables, 5),
    (Shape::Tables, 300),
    (Shape::Tables, 1000),
    (Shape::Tables, 10_000),
    (Shape::Rows, 100),
    (Shape::Rows, 1000),
    (Shape::Rows, 10_000),
    (Shape::Outside, 300),
];

/// Where the programs are.
pub(crate) struct Programs {
    root: PathBuf,
}

impl Programs {
    /// Builds the command line.
    pub(crate) fn without_sets() -> Result<Programs> {
        say("building the command line")?;
        cargo(workspace()?, &["build", "--release", "--package", "dunlin-cli"])?;
        Ok(Programs { root: Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench") })
    }

    /// Writes and builds all of them. The first time takes minutes, for sqlx is built as well.
    pub(crate) fn make() -> Result<Programs> {
        let (programs, workspace) = (Programs::without_sets()?, workspace()?);
        say("building the programs")?;
        let members: Vec<String> = SETS.iter().map(|(shape, count)| format!("\"{}\"", name(*shape, *count))).collect();
        fs::create_dir_all(&programs.root)?;
        let profile = "[profile.release]\nstrip = \"debuginfo\"\nlto = \"thin\"\ncodegen-units = 4\n";
        let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n{profile}", members.join(", "));
        write_changed(&programs.root.join("Cargo.toml"), &manifest)?;
        if !programs.root.join("Cargo.lock").exists() {
            fs::copy(workspace.join("Cargo.lock"), programs.root.join("Cargo.lock"))?;
        }
        for (shape, count) in SETS {
            programs.write(workspace, shape, count)?;
        }
        cargo(&programs.root, &["build", "--release"])?;
        Ok(programs)
    }

    fn write(&self, workspace: &Path, shape: Shape, count: usize) -> Result<()> {
        let folder = self.root.join(name(shape, count));
        fs::create_dir_all(folder.join("src"))?;
        let runtime = workspace.join("runtime").display().to_string();
        let manifest = MANIFEST.replace("{name}", &name(shape, count)).replace("{runtime}", &runtime);
        write_changed(&folder.join("Cargo.toml"), &manifest)?;
        write_changed(&folder.join("src/main.rs"), MAIN)?;
        let versions = self.versions(shape, count);
        if !versions.join("dunlin.lock").exists() {
            shape.write(&versions, count)?;
            measure::run(self.command_line().arg("lock").arg("--dir").arg(&versions))?;
        }
        Ok(())
    }

    /// Returns the folder in which the programs are one workspace.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the directory of a set.
    pub(crate) fn versions(&self, shape: Shape, count: usize) -> PathBuf {
        self.root.join(name(shape, count)).join("versions")
    }

    /// Returns a run of the program that carries a set: `up` brings a database to its head, `open` opens a SQLite database
    /// as dunlin does and reads one number, which is what the engine and its driver take alone.
    pub(crate) fn program(&self, shape: Shape, count: usize, verb: &str, url: &str) -> Command {
        let mut command = Command::new(self.root.join("target/release").join(name(shape, count)));
        command.args([verb, url]);
        command
    }

    /// Returns a run of the command line over a set's directory.
    pub(crate) fn up_by_command_line(&self, shape: Shape, count: usize, url: &str) -> Command {
        let mut command = self.command_line();
        command.arg("up").arg("--dir").arg(self.versions(shape, count)).args(["--url", url]);
        command
    }

    /// Returns a run that prints the script with which a client does what `up` would do, its records too.
    pub(crate) fn script_by_command_line(&self, shape: Shape, count: usize, url: &str) -> Command {
        let mut command = self.command_line();
        command.args(["plan", "--sql", "--dir"]).arg(self.versions(shape, count)).args(["--url", url]);
        command
    }

    /// Returns a run of the command line.
    pub(crate) fn command_line(&self) -> Command {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap_or(&self.root);
        Command::new(target.join("release/dunlin"))
    }
}

fn workspace() -> Result<&'static Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the workspace")
}

/// Returns the name of the package that carries a set.
pub(crate) fn name(shape: Shape, count: usize) -> String {
    format!("embeds-{count}-{}", shape.as_str())
}

/// Returns a run of cargo in a folder, with a target folder of that folder's own.
pub(crate) fn cargo_in(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(folder).arg("--quiet");
    for variable in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
        command.env_remove(variable);
    }
    command
}

fn cargo(folder: &Path, arguments: &[&str]) -> Result<()> {
    measure::run(cargo_in(folder).args(arguments)).map(drop)
}

fn write_changed(file: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(file).is_ok_and(|there| there == text) {
        return Ok(());
    }
    Ok(fs::write(file, text)?)
}
