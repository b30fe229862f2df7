//! `init` and `completions`.

use expect_test::expect;

use super::{run, session, shown};
use crate::support::command::Command;
use crate::support::project::Project;
use crate::support::{binary, engines};

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
        # Settings of dunlin for this project. Flags and environment variables come before what stands here at the top.

        # The database. Without it, DUNLIN_URL or DATABASE_URL says which. `env:NAME` reads another variable.
        # url = "sqlite:app.db"
        # url = "env:APP_DATABASE_URL"

        # The directory of the migrations, beside this file.
        dir = "versions"

        # How the ids of new migrations are made: "timestamp", "sequence" or "hex".
        # id = "timestamp"

        # How long to wait for another run to end.
        # lock-wait = "5min"

        # Whether migrations may be without a down file and without `-- dunlin: irreversible <reason>`.
        # allow-up-only = false

        # Commands to run for each file of a new migration.
        # [hooks]
        # after-write = ["sqlfluff fix {file}"]

        # Where the schema is declared, for `dunlin new --auto`, and tables and views that are nobody's business here.
        # [schema]
        # file = "schema.sql"
        # ignore = ["legacy_*"]

        # An environment, for `--env production` or DUNLIN_ENV: any key of above, and whether to revert needs `--yes`.
        # [env.production]
        # url = "env:PRODUCTION_DATABASE_URL"
        # protected = true

        # Several databases, for `--database reports` or `--database all`: any key of above.
        # [databases.reports]
        # url = "env:REPORTS_DATABASE_URL"
        # dir = "versions/reports"
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
fn a_settings_file_above_says_nothing_about_a_new_project() {
    let project = Project::new();
    project.file("dunlin.toml", "dir = \"db\"\nurl = \"env:NOT_SET\"\n");
    run(&project, "init app").expect_code(0);
    assert_eq!(project.files(), ["app/dunlin.toml", "app/versions/dunlin.lock", "dunlin.toml"]);
}

#[test]
fn the_templates_of_alembic_are_not_needed() {
    session(
        &Project::new(),
        ["init -q -t async", "init --template multidb", "init -t asnyc"],
        &expect![[r#"
        $ dunlin init -q -t async
        wrote versions/dunlin.lock
        wrote dunlin.toml
        --- stderr
        note: the template `async` is not needed: SQL files are the same for all of them
        hint: `dunlin new <what it does>` writes the first migration
        --- exit 0

        $ dunlin init --template multidb
        kept  versions/dunlin.lock, which is there already
        kept  dunlin.toml, which is there already
        --- stderr
        note: no template is needed: `[databases.<name>]` in dunlin.toml makes several databases
        hint: `dunlin new <what it does>` writes the first migration
        --- exit 0

        $ dunlin init -t asnyc
        --- stderr
        error: invalid value 'asnyc' for '--template <NAME>'
          [possible values: generic, async, multidb, pyproject, pyproject_async]

          tip: a similar value exists: 'async'

        For more information, try '--help'.
        --- exit 1
    "#]],
    );
}

#[test]
fn targets_for_make_and_just_are_written_where_none_are() {
    let project = Project::new();
    session(
        &project,
        ["init --makefile --justfile", "init --makefile"],
        &expect![[r#"
        $ dunlin init --makefile --justfile
        wrote versions/dunlin.lock
        wrote dunlin.toml
        wrote Makefile
        wrote justfile
        --- stderr
        hint: `dunlin new <what it does>` writes the first migration
        --- exit 0

        $ dunlin init --makefile
        kept  versions/dunlin.lock, which is there already
        kept  dunlin.toml, which is there already
        kept  Makefile, which is there already
        --- stderr
        hint: `dunlin new <what it does>` writes the first migration
        --- exit 0
    "#]],
    );
    let (makefile, justfile) = (project.read("Makefile"), project.read("justfile"));
    let targets = "db-init db-migrate db-upgrade db-downgrade db-history db-current db-reset db-test-migrations";
    for target in targets.split(' ') {
        let is_there = |text: &str| text.lines().any(|line| line.starts_with(target) && line.ends_with(':'));
        assert!(is_there(&makefile) && is_there(&justfile), "{target}");
    }
    let project = Project::new();
    project.file("makefile", "all:\n\ttrue\n").file(".justfile", "");
    session(
        &project,
        ["init --makefile --justfile"],
        &expect![[r#"
        $ dunlin init --makefile --justfile
        wrote versions/dunlin.lock
        wrote dunlin.toml
        wrote dunlin.mk
        wrote dunlin.just
        kept  makefile, which is there already
        kept  .justfile, which is there already
        --- stderr
        hint: let makefile contain: include dunlin.mk
        hint: let .justfile contain: import 'dunlin.just'
        hint: `dunlin new <what it does>` writes the first migration
        --- exit 0
    "#]],
    );
    assert_eq!(project.read("makefile"), "all:\n\ttrue\n");
    assert_eq!((project.read("dunlin.mk"), project.read("dunlin.just")), (makefile, justfile));
    project.file("makefile", "include dunlin.mk\n");
    session(
        &project,
        ["init --makefile"],
        &expect![[r#"
        $ dunlin init --makefile
        kept  versions/dunlin.lock, which is there already
        kept  dunlin.toml, which is there already
        kept  makefile, which is there already
        --- stderr
        hint: `dunlin new <what it does>` writes the first migration
        --- exit 0
    "#]],
    );
}

#[test]
fn the_targets_do_what_they_say() {
    if std::process::Command::new("make").arg("--version").output().is_err() {
        return engines::skip("make is not installed");
    }
    let project = Project::new();
    run(&project, "init --makefile").expect_code(0);
    project.file("dunlin.toml", "url = \"sqlite:app.db\"\nid = \"sequence\"\n[env.live]\nprotected = true\n");
    let make = |arguments: &[&str]| {
        let program = format!("DUNLIN={}", binary::dunlin().display());
        let outcome = Command::new("make").within(project.path()).argument(program).arguments(arguments).run();
        let told = shown(&outcome).replace(&*binary::dunlin().to_string_lossy(), "dunlin");
        // What make says about it differs from make to make.
        told.lines().filter(|line| !line.starts_with("make: ")).map(|line| format!("{line}\n")).collect::<String>()
    };
    let message = r#"MESSAGE=It's $5 for "two" birds; $(no) `commands`"#;
    let mut told = vec![make(&["-s", "db-migrate", message])];
    assert!(
        project
            .read("versions/0001_it_s_5_for_two_birds_no_commands.up.sql")
            .starts_with(&format!("-- {}\n", &message[8..]))
    );
    project.file("versions/0001_it_s_5_for_two_birds_no_commands.up.sql", "create table bird (id integer);\n");
    project.file("versions/0001_it_s_5_for_two_birds_no_commands.down.sql", "drop table bird;\n");
    told.extend([
        make(&["-s", "db-migrate"]),
        make(&["db-test-migrations"]),
        make(&["-s", "db-reset"]),
        make(&["-s", "db-downgrade", "db-upgrade", "db-current"]),
    ]);
    project.file("dunlin.toml", "url = \"sqlite:app.db\"\nprotected = true\n");
    told.push(make(&["-s", "db-reset"]));
    expect![[r#"
        $ make DUNLIN=dunlin -s db-migrate 'MESSAGE=It's $5 for "two" birds; $(no) `commands`'
        wrote versions/0001_it_s_5_for_two_birds_no_commands.up.sql
        wrote versions/0001_it_s_5_for_two_birds_no_commands.down.sql
        --- exit 0

        $ make DUNLIN=dunlin -s db-migrate
        --- stderr
        error: the migration has no name
        hint: say what it does: `dunlin new create users`
        --- exit 2

        $ make DUNLIN=dunlin db-test-migrations
        dunlin up
        1 migration applied, the database is at 0001_it_s_5_for_two_birds_no_commands
        dunlin down -1
        1 migration reverted, the database is at base
        dunlin up
        1 migration applied, the database is at 0001_it_s_5_for_two_birds_no_commands
        --- stderr
          applied   0001_it_s_5_for_two_birds_no_commands  [duration]
          reverted  0001_it_s_5_for_two_birds_no_commands  [duration]
          applied   0001_it_s_5_for_two_birds_no_commands  [duration]
        --- exit 0

        $ make DUNLIN=dunlin -s db-reset
        1 migration reverted, the database is at base
        1 migration applied, the database is at 0001_it_s_5_for_two_birds_no_commands
        --- stderr
          reverted  0001_it_s_5_for_two_birds_no_commands  [duration]
          applied   0001_it_s_5_for_two_birds_no_commands  [duration]
        --- exit 0

        $ make DUNLIN=dunlin -s db-downgrade db-upgrade db-current
        1 migration reverted, the database is at base
        1 migration applied, the database is at 0001_it_s_5_for_two_birds_no_commands
        0001_it_s_5_for_two_birds_no_commands (head)
        --- stderr
          reverted  0001_it_s_5_for_two_birds_no_commands  [duration]
          applied   0001_it_s_5_for_two_birds_no_commands  [duration]
        --- exit 0

        $ make DUNLIN=dunlin -s db-reset
        --- stderr
        error: `protected` in dunlin.toml protects this database
        hint: `--yes` says that it is meant
        --- exit 2
    "#]]
    .assert_eq(&told.join("\n"));
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
