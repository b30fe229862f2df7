//! Steps that no transaction holds, and that a run began and did not end: how another goes on, and when it asks.
//!
//! What a crash leaves is made here without chance: [`Interrupted`] takes a file to a statement, and leaves journal and
//! history as a run does that dies there. Runs that are really killed stand in `soak`.

mod asked;
mod indexes;
mod inferred;
mod mended;
mod session;
mod stored;
mod unwritten;

use dunlin::core::checksum::Checksum;
use dunlin::{Dialect, Outcome};

use super::{migrations, step_failure};
use crate::support::command::{Command, Outcome as Ended};
use crate::support::database::Database;
use crate::support::project::Project;

/// A project whose only migration, `1_step`, a run began and did not end.
struct Interrupted<'d> {
    project: Project,
    database: &'d Database,
    /// Where the database is, for whoever runs the migration.
    url: String,
}

/// Returns a file that runs its statements one by one.
fn one_by_one(dialect: Dialect, statements: &[&str]) -> String {
    let header = if dialect.facts().ddl_rolls_back { "-- dunlin: transaction none\n" } else { "" };
    let end = |sql: &&str| format!("{sql};\n");
    format!("{header}{}", statements.iter().map(end).collect::<String>())
}

impl<'d> Interrupted<'d> {
    /// Runs the first statements, as many as `done`, of a migration that has these. Their ends are recorded.
    async fn behind(database: &'d Database, done: usize, statements: &[&str]) -> Interrupted<'d> {
        Interrupted::file_behind(database, done, &one_by_one(database.dialect, statements)).await
    }

    /// Does the same as somebody else.
    async fn at(database: &'d Database, url: &str, done: usize, statements: &[&str]) -> Interrupted<'d> {
        Interrupted::file_at(database, url, done, &one_by_one(database.dialect, statements)).await
    }

    /// Does the same with a file as it is, which has a line for each statement.
    async fn file_behind(database: &'d Database, done: usize, file: &str) -> Interrupted<'d> {
        Interrupted::file_at(database, &database.url, done, file).await
    }

    async fn file_at(database: &'d Database, url: &str, done: usize, file: &str) -> Interrupted<'d> {
        let project = Project::new();
        let head = file.lines().take_while(|line| line.starts_with("--")).count();
        let lines: Vec<_> = file.lines().take(head + done).chain(["insert into nowhere values (1);"]).collect();
        project.migration("1_step", &lines.join("\n"), "select 1;");
        let failure = step_failure(migrations(&project).up(url).await);
        assert_eq!(failure.outcome, Outcome::Partial { in_place: done }, "{failure}");
        project.file("versions/1_step.up.sql", file);
        let (text, checksum) = (database.dialect.literal(file), Checksum::of_text(file));
        database.sql(&format!(
            "delete from dunlin_statements where state = 'failed';
             delete from dunlin_events;
             update dunlin_migrations set up_sql = {text}, up_checksum = '{checksum}' where id = '1';"
        ));
        Interrupted { project, database, url: url.to_owned() }
    }

    /// Takes back what the journal says of the end of a statement, as if the run had died before it could write it.
    fn unrecorded(self, n: usize) -> Interrupted<'d> {
        self.database.sql(&format!("update dunlin_statements set state = 'started' where n = {n}"));
        self
    }

    /// Runs `dunlin` as one does by hand.
    fn dunlin(&self, arguments: &[&str]) -> Ended {
        Command::dunlin(&self.project).arguments(arguments.iter().copied()).arguments(["--url", &self.url]).run()
    }

    /// Returns what a run says of how it went on.
    fn resumption(&self) -> String {
        self.database.sql("select detail from dunlin_events where action = 'resume' order by n")
    }
}
