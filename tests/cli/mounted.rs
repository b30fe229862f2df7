//! The command line as a part of an application: `cargo run -- migrate` of the quickstart.

use std::path::Path;

use expect_test::{Expect, expect};

use super::shown;
use crate::support::command::Command;
use crate::support::project::Project;

fn quickstart(project: &Project, line: &str) -> Command {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in the workspace");
    let list = project.path().join("list.db");
    Command::cargo(project)
        .within(workspace)
        .arguments(["run", "--quiet", "--", "--list"])
        .argument(list)
        .arguments(line.split_whitespace())
}

fn session<const N: usize>(project: &Project, lines: [&str; N], expected: &Expect) {
    let shown = lines.map(|line| shown(&quickstart(project, line).run()));
    expected.assert_eq(&shown.join("\n"));
}

#[test]
fn without_a_verb_it_means_up() {
    session(&Project::new(), ["migrate", "migrate"], &expect![[r#"
        $ cargo run --quiet -- --list [temporary]/list.db migrate
        5 migrations applied, the database is at [id]_index_books_by_status
        --- stderr
          applied   [id]_create_books  [duration]
          applied   [id]_create_notes  [duration]
          applied   [id]_add_added_at  [duration]
          applied   [id]_give_books_a_status  [duration]
          applied   [id]_index_books_by_status  [duration]
        --- exit 0

        $ cargo run --quiet -- --list [temporary]/list.db migrate
        nothing is pending: the database is at [id]_index_books_by_status (5 migrations)
        --- exit 0
    "#]]);
}

#[test]
fn the_verbs_work_on_what_is_embedded() {
    session(
        &Project::new(),
        [
            "add Momo",
            "note 1 grey",
            "migrate status",
            "migrate down -2 -q",
            "migrate plan",
            "list",
            "migrate statsu",
            "migrate show nothing",
            "migrate completions bash",
            "migrate status --set other",
        ],
        &expect![],
    );
}

#[test]
fn the_program_says_which_database() {
    let project = Project::new();
    let outcome = quickstart(&project, "migrate status -v").variable("DATABASE_URL", "sqlite:elsewhere.db").run();
    expect![[r#"
        $ cargo run --quiet -- --list [temporary]/list.db migrate status -v
        state    migration                             applied at (UTC)
        pending  [id]_create_books
        pending  [id]_create_notes
        pending  [id]_add_added_at
        pending  [id]_give_books_a_status
        pending  [id]_index_books_by_status

        5 migrations: 0 applied, 5 pending; the database is at base
        --- stderr
        settings file  none
        database       sqlite:[temporary]/list.db (from the program)
        migrations     embedded
        --- exit 0
    "#]].assert_eq(&shown(&outcome));
}
