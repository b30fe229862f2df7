//! What `dunlin::tests!` expands to calls these. They wait for the outcome, on a tokio runtime of their own.

use std::fmt;
use std::path::Path;

use dunlin_core::dialect::Dialect;
use dunlin_core::directory::sql_names;
use dunlin_core::test_file::of_folder;
use dunlin_schema::Ignored;

use super::{TestFile, TestOutcome, Tests};
use crate::error::Error;
use crate::migrations::Migrations;
use crate::schema::{SchemaError, Schemas};

/// What a test of `dunlin::tests!` is made from.
#[derive(Debug)]
pub struct TestSource {
    /// The migrations.
    pub migrations: &'static Migrations,
    /// The folder of seeds and checks, as it is shown to people.
    pub folder: &'static str,
    /// Where that folder stood when the test was compiled.
    pub built_from: &'static str,
    /// Its files that belong to migrations, with their texts.
    pub files: &'static [(&'static str, &'static str)],
}

/// Why a test failed. Its `Debug` form is for people: it is what a test harness prints.
pub struct TestFailed(String);

impl fmt::Debug for TestFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<SchemaError> for TestFailed {
    fn from(error: SchemaError) -> TestFailed {
        let hints = error.hints().into_iter().map(|hint| format!("\nhint: {hint}")).collect::<String>();
        TestFailed(crate::redact::redacted(&format!("{error}{hints}")))
    }
}

impl From<Error> for TestFailed {
    fn from(error: Error) -> TestFailed {
        SchemaError::from(error).into()
    }
}

/// Tests one migration, on a server beside the database of a URL, or on SQLite in memory.
pub fn test_migration(source: &TestSource, id: &str, url: Option<String>) -> Result<(), TestFailed> {
    let dialect = match &url {
        Some(url) => crate::connect::Connect::from(url).dialect()?,
        None => Dialect::Sqlite,
    };
    let revisions = source.migrations.directory()?.revisions();
    let names: Vec<String> = source.files.iter().map(|(name, _)| (*name).to_owned()).collect();
    let ours = of_folder(source.folder, &names, revisions).map_err(Error::Files)?;
    let text = |name: &str| source.files.iter().find(|(own, _)| *own == name).map_or("", |(_, text)| text);
    let files = ours.into_iter().map(|name| TestFile {
        shown: format!("{}/{}", source.folder, name.name),
        text: text(&name.name).to_owned(),
        name,
    });
    let only = revisions.iter().filter(|revision| revision.id.as_str() == id).map(|revision| revision.id.clone());
    let tests = Tests::new().only(only).files(files);

    let migrator = source.migrations.migrator();
    let schemas = Schemas::new(&migrator, dialect, Ignored::default());
    let schemas = match url {
        Some(url) => schemas.scratch_beside(url),
        None => schemas,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| TestFailed(format!("no runtime: {error}")))?;
    let report = runtime.block_on(schemas.test(&tests))?;
    let failed: Vec<String> = report.tests.iter().filter_map(|test| told(&test.outcome)).collect();
    if failed.is_empty() { Ok(()) } else { Err(TestFailed(failed.join("\n"))) }
}

/// Makes sure that the directory and the folder have no file that came when the tests had been compiled.
pub fn nothing_is_newer(source: &TestSource) -> Result<(), TestFailed> {
    let mut newer = source.migrations.stale_files();
    let folder = Path::new(source.built_from);
    if folder.is_dir() {
        let names = sql_names(folder, source.folder).map_err(Error::Files)?;
        let there =
            of_folder(source.folder, &names, source.migrations.directory()?.revisions()).map_err(Error::Files)?;
        let is_new = |name: &&str| source.files.iter().all(|(own, _)| own != name);
        newer.extend(
            there.iter().map(|file| &*file.name).filter(is_new).map(|name| format!("{}/{name}", source.folder)),
        );
    }
    if newer.is_empty() {
        return Ok(());
    }
    Err(TestFailed(format!(
        "these tests were compiled before {} changed\nhint: `println!(\"cargo::rerun-if-changed=…\");` in build.rs, for the directory \
         of the migrations and for the folder of their tests, compiles them anew by itself",
        dunlin_core::text::list(&newer)
    )))
}

fn told(outcome: &TestOutcome) -> Option<String> {
    match outcome {
        TestOutcome::Passed | TestOutcome::Irreversible { .. } => None,
        TestOutcome::Failed(faults) => Some(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
        TestOutcome::Unreached { behind, message } => {
            Some(format!("`{behind}`, which comes before, does not go up: {message}"))
        }
    }
}
