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
    session(
        &Project::new(),
        ["migrate", "migrate"],
        &expect![[r#"
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
    "#]],
    );
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
        &expect![[r#"
            $ cargo run --quiet -- --list [temporary]/list.db add Momo
            --- exit 0

            $ cargo run --quiet -- --list [temporary]/list.db note 1 grey
            --- exit 0

            $ cargo run --quiet -- --list [temporary]/list.db migrate status
            state    migration                             applied at (UTC)
            applied  [id]_create_books           [time]
            applied  [id]_create_notes           [time]
            applied  [id]_add_added_at           [time]
            applied  [id]_give_books_a_status    [time]
            applied  [id]_index_books_by_status  [time]

            5 migrations: 5 applied, 0 pending; the database is at [id]_index_books_by_status
            --- exit 0

            $ cargo run --quiet -- --list [temporary]/list.db migrate down -2 -q
            2 migrations reverted, the database is at [id]_add_added_at
            --- exit 0

            $ cargo run --quiet -- --list [temporary]/list.db migrate plan
            up  versions/[id]_give_books_a_status.up.sql    4 statements, in a transaction
            up  versions/[id]_index_books_by_status.up.sql  1 statement, in a transaction

            2 migrations to apply
            --- exit 0

            $ cargo run --quiet -- --list [temporary]/list.db list
              1  to read  Momo (1 note)
            --- exit 0

            $ cargo run --quiet -- --list [temporary]/list.db migrate statsu
            --- stderr
            error: unrecognized subcommand 'statsu'

              tip: some similar subcommands exist: 'stamp', 'status'

            Usage: quickstart migrate [OPTIONS] [COMMAND]

            For more information, try '--help'.
            --- exit 2

            $ cargo run --quiet -- --list [temporary]/list.db migrate show nothing
            --- stderr
            error: no migration is called `nothing`
            hint: `quickstart migrate status` lists them
            --- exit 1

            $ cargo run --quiet -- --list [temporary]/list.db migrate completions bash
            --- stderr
            error: completions are those of the program `dunlin`; this one must write its own
            --- exit 1

            $ cargo run --quiet -- --list [temporary]/list.db migrate status --set other
            --- stderr
            error: the embedded migrations are the set `main`, not `other`
            hint: `embed!(set = "…")` names it
            --- exit 1
        "#]],
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
    "#]]
    .assert_eq(&shown(&outcome));
}

#[test]
fn files_are_restored_where_the_directory_is() {
    session(
        &Project::new(),
        ["migrate -q", "migrate restore --all", "migrate restore create_books --dir nowhere"],
        &expect![[r#"
            $ cargo run --quiet -- --list [temporary]/list.db migrate -q
            5 migrations applied, the database is at [id]_index_books_by_status
            --- exit 0

            $ cargo run --quiet -- --list [temporary]/list.db migrate restore --all
            nothing to restore: the files hold what the database stores
            --- exit 0

            $ cargo run --quiet -- --list [temporary]/list.db migrate restore create_books --dir nowhere
            --- stderr
            error: there is no directory `nowhere`
            hint: `quickstart migrate init` makes one; `--dir` names another
            --- exit 1
        "#]],
    );
}
