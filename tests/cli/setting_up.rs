//! `init` and `completions`.

use expect_test::expect;

use super::{run, session, shown};
use crate::support::command::Command;
use crate::support::project::Project;

#[test]
fn init_sets_a_project_up() {
    let project = Project::new();
    session(
        &project,
        ["init app", "init app"],
        &expect![[r#"
        $ dunlin init app
        wrote app/versions/dunlin.lock
        wrote app/dunlin.toml
        --- stderr
        hint: `dunlin new <what it does>` writes the first migration
        --- exit 0

        $ dunlin init app
        kept  app/versions/dunlin.lock, which is there already
        kept  app/dunlin.toml, which is there already
        --- stderr
        hint: `dunlin new <what it does>` writes the first migration
        --- exit 0
    "#]],
    );
    expect![[r##"
        # Settings of dunlin for this project. Flags and environment variables come before what stands here.

        # The database. Without it, DUNLIN_URL or DATABASE_URL says which. `env:NAME` reads another variable.
        # url = "sqlite:app.db"
        # url = "env:APP_DATABASE_URL"

        # The directory of the migrations, beside this file.
        dir = "versions"

        # How long to wait for another run to end.
        # lock-wait = "5min"

        # Whether migrations may be without a down file and without `-- dunlin: irreversible <reason>`.
        # allow-up-only = false
    "##]]
    .assert_eq(&project.read("app/dunlin.toml"));
    assert_eq!(project.files(), ["app/dunlin.toml", "app/versions/dunlin.lock"]);
}

#[test]
fn init_writes_a_build_script_beside_a_manifest() {
    let project = Project::new();
    project.file("Cargo.toml", "");
    session(
        &project,
        ["init"],
        &expect![[r#"
        $ dunlin init
        wrote versions/dunlin.lock
        wrote dunlin.toml
        wrote build.rs
        --- stderr
        hint: embed them with `static MIGRATIONS: dunlin::Migrations = dunlin::embed!();`
        hint: `dunlin new <what it does>` writes the first migration
        --- exit 0
    "#]],
    );
    expect![[r#"
        //! Builds anew when a migration is added by hand.

        fn main() {
            println!("cargo::rerun-if-changed=versions");
        }
    "#]]
    .assert_eq(&project.read("build.rs"));
}

#[test]
fn init_overwrites_nothing() {
    let project = Project::new();
    project.file("Cargo.toml", "").file("build.rs", "fn main() {}\n").file("dunlin.toml", "dir = \"db\"\n");
    session(
        &project,
        ["init"],
        &expect![[r#"
        $ dunlin init
        wrote db/dunlin.lock
        kept  dunlin.toml, which is there already
        kept  build.rs, which is there already
        --- stderr
        hint: let the `main` of build.rs contain: println!("cargo::rerun-if-changed=db");
        hint: embed them with `static MIGRATIONS: dunlin::Migrations = dunlin::embed!();`
        hint: `dunlin new <what it does>` writes the first migration
        --- exit 0
    "#]],
    );
    assert_eq!(project.read("build.rs"), "fn main() {}\n");
    assert_eq!(project.read("dunlin.toml"), "dir = \"db\"\n");
}

#[test]
fn the_example_runs_as_it_is() {
    session(
        &Project::new(),
        ["init --example", "up", "down", "init --example"],
        &expect![[r#"
        $ dunlin init --example
        wrote versions/dunlin.lock
        wrote dunlin.toml
        wrote versions/[id]_create_users.up.sql
        wrote versions/[id]_create_users.down.sql
        --- stderr
        hint: `dunlin up --url sqlite:app.db` applies it, `dunlin new <what it does>` writes the next
        --- exit 0

        $ dunlin up
        1 migration applied, the database is at [id]_create_users
        --- stderr
          applied   [id]_create_users  [duration]
        --- exit 0

        $ dunlin down
        1 migration reverted, the database is at base
        --- stderr
          reverted  [id]_create_users  [duration]
        --- exit 0

        $ dunlin init --example
        kept  versions/dunlin.lock, which is there already
        kept  dunlin.toml, which is there already
        kept  versions, which is there already
        --- stderr
        hint: `dunlin up --url sqlite:app.db` applies it, `dunlin new <what it does>` writes the next
        --- exit 0
    "#]],
    );
}

#[test]
fn without_a_directory_the_way_to_one_is_told() {
    session(
        &Project::new(),
        ["up --dir nowhere", "new x --dir nowhere", "lock --dir nowhere"],
        &expect![[r#"
        $ dunlin up --dir nowhere
        --- stderr
        error: there is no directory `nowhere`
        hint: `dunlin init` makes one; `--dir` names another
        --- exit 1

        $ dunlin new x --dir nowhere
        --- stderr
        error: there is no directory `nowhere`
        hint: `dunlin init` makes one; `--dir` names another
        --- exit 1

        $ dunlin lock --dir nowhere
        --- stderr
        error: there is no directory `nowhere`
        hint: `dunlin init` makes one; `--dir` names another
        --- exit 1
    "#]],
    );
}

#[test]
fn completions_are_written_for_every_shell() {
    let project = Project::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(&project, &format!("completions {shell}")).expect_code(0).stdout;
        assert!(script.contains("dunlin") && script.contains("downgrade"), "{shell}");
    }
    expect![[r#"
        $ dunlin completions csh
        --- stderr
        error: invalid value 'csh' for '<SHELL>'
          [possible values: bash, elvish, fish, powershell, zsh]

          tip: a similar value exists: 'zsh'

        For more information, try '--help'.
        --- exit 1
    "#]]
    .assert_eq(&shown(&Command::dunlin(&project).arguments(["completions", "csh"]).run()));
}
