//! A user's application that embeds its migrations.

use std::fs;
use std::path::Path;

use crate::support::command::{Command, Outcome};
use crate::support::project::Project;

/// An application of one file, compiled by the cargo that runs the tests.
///
/// All of them share a target folder, where what they depend on is compiled once. A package of the same name takes the
/// place of the one before, so that the folder does not grow from run to run.
#[derive(Debug)]
pub(super) struct Application {
    name: &'static str,
    project: Project,
}

const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/embed");

impl Application {
    /// Makes one without migrations. Every test gives its own a name.
    pub(super) fn new(name: &'static str, main: &str) -> Application {
        Application::with_features(name, main, "")
    }

    /// Makes one for more engines than SQLite.
    pub(super) fn with_features(name: &'static str, main: &str, features: &str) -> Application {
        let tokio = r#"tokio = { version = "1", features = ["macros", "rt"] }"#;
        Application::with_dependency(name, main, features, tokio)
    }

    /// Makes one that depends on dunlin alone.
    pub(super) fn bare(name: &'static str, main: &str, features: &str) -> Application {
        Application::with_dependency(name, main, features, "")
    }

    fn with_dependency(name: &'static str, main: &str, features: &str, dependency: &str) -> Application {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in the workspace");
        let runtime = workspace.join("runtime");
        let manifest = format!(
            r#"
            [package]
            name = "{name}"
            version = "1.2.3"
            edition = "2024"

            [dependencies]
            dunlin = {{ path = {runtime:?}, features = [{features}] }}
            {dependency}

            [profile.dev]
            debug = false
            incremental = false

            [workspace]
            "#
        );
        let lock = fs::read(workspace.join("Cargo.lock")).expect("the workspace has a lock file");
        let project = Project::new();
        project.file("Cargo.toml", manifest).file("Cargo.lock", lock).file("src/main.rs", main);
        Application { name, project }
    }

    /// Returns the folder that it stands in.
    pub(super) fn project(&self) -> &Project {
        &self.project
    }

    /// Compiles it.
    pub(super) fn build(&self) -> Outcome {
        self.cargo("build")
    }

    /// Compiles it if cargo thinks that it must be, and runs it.
    pub(super) fn run(&self) -> Outcome {
        self.cargo("run")
    }

    /// Compiles its tests if cargo thinks that they must be, and runs them one after the other.
    pub(super) fn test(&self) -> Outcome {
        self.command(&["test", "--offline", "--", "--test-threads=1"]).run()
    }

    /// Runs what was compiled last, without asking cargo.
    pub(super) fn run_as_it_is(&self) -> Outcome {
        self.binary().run()
    }

    /// Names what was compiled last.
    pub(super) fn binary(&self) -> Command {
        Command::new(Path::new(TARGET).join("debug").join(self.name)).within(self.project.path())
    }

    fn cargo(&self, verb: &str) -> Outcome {
        self.command(&[verb, "--quiet", "--offline"]).run()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        Command::cargo(&self.project)
            .arguments(arguments.iter().copied())
            .variable("CARGO_TARGET_DIR", TARGET)
            .variable("CARGO_TERM_COLOR", "never")
            // What the compiler thinks of dunlin itself is said elsewhere.
            .variable("RUSTFLAGS", "-Awarnings")
    }
}
