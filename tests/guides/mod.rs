//! What the guides to Alembic teach, done with dunlin on SQLite and PostgreSQL: the commands, and the worked examples.
//!
//! A [`Session`] is a folder, a database, and the commands that are run there; after each, a test looks at the database and
//! not at what was said. `everyday`, `branches`, `trouble` and `deployment` hold the commands, `growth` and `program` the project
//! `examples/guides`, `walk` what its README shows.

mod branches;
mod declaring;
mod deployment;
mod everyday;
mod growth;
mod program;
mod trouble;
mod walk;

use std::path::Path;

use dunlin_core::dialect::Dialect;

use crate::docs::command_lines::words;
use crate::support::command::{Command, Outcome};
use crate::support::database::Database;
use crate::support::project::Project;

/// Runs a test on each engine that the guides are about and that is here.
fn on_both(test: impl Fn(&Database)) {
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        if let Some(database) = Database::new(dialect) {
            test(&database);
        }
    }
}

/// A folder and a database.
struct Session<'d> {
    project: Project,
    database: &'d Database,
}

impl<'d> Session<'d> {
    /// Begins in a folder without migrations.
    fn new(database: &'d Database) -> Session<'d> {
        Session { project: Project::new(), database }
    }

    /// Begins in a copy of `examples/guides`.
    fn in_example(database: &'d Database) -> Session<'d> {
        let session = Session::new(database);
        let versions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/guides/versions");
        for entry in std::fs::read_dir(versions).expect("the example has migrations") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a file").to_string_lossy().into_owned();
            session.project.file(&format!("versions/{name}"), std::fs::read(&path).expect("a file"));
        }
        session
    }

    /// Runs a command line, which begins with `dunlin`, to its end, however it ends.
    fn run(&self, line: &str) -> Outcome {
        let words = words(line).expect("a command line");
        let (program, arguments) = words.split_first().expect("a command");
        assert_eq!(program, "dunlin");
        Command::dunlin(&self.project).arguments(arguments).variable("DATABASE_URL", &self.database.url).run()
    }

    /// Runs command lines that must succeed, and returns what the last one wrote to stdout.
    fn ok<const N: usize>(&self, lines: [&str; N]) -> String {
        lines
            .map(|line| self.run(line).expect_code(0))
            .into_iter()
            .next_back()
            .map_or_else(String::new, |last| last.stdout)
    }

    /// Runs a command line that must end with this code, and returns all that it said.
    fn stopped(&self, line: &str, code: i32) -> String {
        let outcome = self.run(line).expect_code(code);
        outcome.stdout + &outcome.stderr
    }

    /// Returns the ids of what is applied, in the order in which it was.
    fn applied(&self) -> Vec<String> {
        // There are no tables of dunlin before the first run.
        let rows = self.database.try_sql("select id from dunlin_migrations order by seq").unwrap_or_default();
        rows.lines().map(str::to_owned).collect()
    }

    /// Runs SQL without dunlin, and returns its rows.
    fn sql(&self, sql: &str) -> String {
        self.database.sql(sql)
    }

    /// Says which of these tables and views there are.
    fn tables<'n, const N: usize>(&self, names: [&'n str; N]) -> Vec<&'n str> {
        let is_there = |name: &&str| self.database.try_sql(&format!("select count(*) from {name}")).is_ok();
        names.into_iter().filter(is_there).collect()
    }

    /// Writes down tables, columns, indexes and constraints, whatever the order in which they came to be.
    fn shape(&self) -> String {
        self.sql(match self.database.dialect {
            Dialect::Postgres => include_str!("shape.postgres.sql"),
            Dialect::Sqlite | Dialect::Mysql => include_str!("shape.sqlite.sql"),
        })
    }

    /// Writes a migration as its author would: `dunlin new` makes the files, and the statements go behind their headers.
    fn write(&self, line: &str, up: &str, down: &str) {
        let before = self.project.files();
        self.ok([line]);
        for name in
            self.project.files().into_iter().filter(|name| !before.contains(name) && !name.ends_with("dunlin.lock"))
        {
            let sql = if name.ends_with(".up.sql") { up } else { down };
            self.project.file(&name, self.project.read(&name) + sql + "\n");
        }
    }
}
