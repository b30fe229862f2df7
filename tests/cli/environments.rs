//! `[env.<name>]` of `dunlin.toml`, what it protects, and the folders that its paths begin at.

use expect_test::expect;

use super::{birds, shown};
use crate::support::command::{Command, Outcome};
use crate::support::project::Project;

pub(super) const TWO_DATABASES: &str = r#"
    [databases.web]
    url = "sqlite:web.db"

    [databases.jobs]
    url = "sqlite:jobs.db"
"#;

pub(super) fn dunlin(project: &Project, arguments: &str) -> Command {
    Command::dunlin(project).arguments(arguments.split_whitespace())
}

pub(super) fn session<const N: usize>(project: &Project, lines: [&str; N]) -> String {
    lines.map(|line| shown(&dunlin(project, line).run())).join("\n")
}

/// Says which database a command chose.
pub(super) fn chosen(command: &Command) -> String {
    let talk = command.run().stderr;
    let line = talk.lines().find_map(|line| line.strip_prefix("database"));
    line.unwrap_or(&talk).trim().to_owned()
}

#[test]
fn an_environment_comes_before_the_top_of_the_file() {
    let project = birds();
    project.file(
        "dunlin.toml",
        "url = \"sqlite:dev.db\"\nset = \"birds\"\n[env.staging]\nurl = \"sqlite:staging.db\"\n[env.live]\nurl = \"env:LIVE\"\n",
    );
    assert_eq!(chosen(&dunlin(&project, "status -v")), "sqlite:dev.db (from dunlin.toml)");
    let staging = "sqlite:staging.db (from [env.staging] in dunlin.toml)";
    assert_eq!(chosen(&dunlin(&project, "status -v --env staging")), staging);
    assert_eq!(chosen(&dunlin(&project, "status -v").variable("DUNLIN_ENV", "staging")), staging);
    let live = dunlin(&project, "status -v --env live").variable("DUNLIN_ENV", "staging");
    assert_eq!(
        chosen(&live.clone().variable("LIVE", "sqlite:live.db")),
        "sqlite:live.db (from [env.live] in dunlin.toml)"
    );
    expect![[r#"
        $ dunlin status -v --env live
        --- stderr
        settings file  dunlin.toml
        environment    live
        database       LIVE is not set
        migrations     versions
        error: dunlin.toml: `url` is to come from the environment variable `LIVE`, which is not set
        --- exit 1
    "#]]
    .assert_eq(&shown(&live.run()));
    // A section that was chosen means more than a variable that happens to be set.
    let elsewhere = |line: &str| dunlin(&project, line).variable("DATABASE_URL", "sqlite:elsewhere.db");
    assert_eq!(chosen(&elsewhere("status -v --env staging")), staging);
    assert_eq!(chosen(&elsewhere("status -v")), "sqlite:elsewhere.db (from DATABASE_URL)");
    assert_eq!(chosen(&elsewhere("status -v --env staging --url sqlite:flag.db")), "sqlite:flag.db (from --url)");
}

#[test]
fn a_verb_that_needs_no_database_does_not_ask_for_its_variable() {
    let project = birds();
    project.file("dunlin.toml", "url = \"env:NOT_SET\"\n");
    dunlin(&project, "new nest").run().expect_code(0);
}

#[test]
fn an_unknown_name_lists_the_known() {
    let project = birds();
    let before = session(&project, ["status --env live", "status --database web"]);
    project.file("dunlin.toml", format!("[env.dev]\n[env.live]\n{TWO_DATABASES}"));
    let variable = dunlin(&project, "status").variable("DUNLIN_ENV", "liev").run();
    let after = session(&project, ["status --env liev", "status --database wbe"]);
    project.file("dunlin.toml", "");
    let without = session(&project, ["status --database all"]);
    expect![[r#"
        $ dunlin status --env live
        --- stderr
        error: there is no environment `live`, for there is no dunlin.toml
        --- exit 1

        $ dunlin status --database web
        --- stderr
        error: there is no database `web`, for there is no dunlin.toml
        --- exit 1

        $ dunlin status
        --- stderr
        error: the environment variable DUNLIN_ENV: dunlin.toml has no environment `liev`; it has `dev` and `live`
        --- exit 1

        $ dunlin status --env liev
        --- stderr
        error: dunlin.toml has no environment `liev`; it has `dev` and `live`
        --- exit 1

        $ dunlin status --database wbe
        --- stderr
        error: dunlin.toml has no database `wbe`; it has `web` and `jobs`
        --- exit 1

        $ dunlin status --database all
        --- stderr
        error: dunlin.toml has no database `all`, and no other
        --- exit 1
    "#]]
    .assert_eq(&[before, shown(&variable), after, without].join("\n"));
}

#[test]
fn sections_that_mean_nothing_are_located() {
    let project = birds();
    let of = |text: &str| {
        project.file("dunlin.toml", text);
        dunlin(&project, "status").run().expect_code(1).stderr
    };
    expect![[r#"
        error: dunlin.toml:2:18: `live` cannot stand here; write it as `[env.<name>.databases.<name>]`
        error: dunlin.toml:1:23: `b` cannot stand here; write it as `[env.<name>.databases.<name>]`
        error: dunlin.toml:1:12: no database can be called `all`, which means every one
        error: dunlin.toml:1:21: no database can be called `all`, which means every one
        error: dunlin.toml:2:1: unknown key `protect`; did you mean `protected`?
        error: dunlin.toml:2:1: unknown key `after`; the keys are after-write
        error: dunlin.toml:1:6: unknown variant `uuid`, expected one of `timestamp`, `sequence`, `hex`
        error: dunlin.toml:1:17: `{date}` is no field of a file name; the fields are `id`, `slug`, `year`, `month`, `day`, `hour`, `minute` and `second`
    "#]]
    .assert_eq(
        &[
            "[databases.a]\n[databases.a.env.live]\n",
            "databases.a.databases.b.url = \"\"\n",
            "[databases.all]\n",
            "[env.live.databases.all]\n",
            "[env.live]\nprotect = true\n",
            "[hooks]\nafter = []\n",
            "id = \"uuid\"\n",
            "file-template = \"{id}_{date}\"\n",
        ]
        .map(of)
        .concat(),
    );
}

#[test]
fn a_protected_environment_lets_nothing_be_taken_back_unasked() {
    let project = birds();
    project.file("dunlin.toml", "url = \"sqlite:app.db\"\n[env.live]\nprotected = true\n");
    expect![[r#"
        $ dunlin up -q --env live
        3 migrations applied, the database is at 0003_egg
        --- exit 0

        $ dunlin down --env live
        --- stderr
        error: [env.live] in dunlin.toml protects this database
        hint: `--yes` says that it is meant
        --- exit 9

        $ dunlin redo --env live
        --- stderr
        error: [env.live] in dunlin.toml protects this database
        hint: `--yes` says that it is meant
        --- exit 9

        $ dunlin down --env live --dry-run
        down  versions/0003_egg.down.sql  1 statement, in a transaction

        1 migration to revert
        --- exit 2

        $ dunlin redo -q --env live --yes
        1 migration redone, the database is at 0003_egg
        --- exit 0

        $ dunlin down -q --env live --yes
        1 migration reverted, the database is at 0002_name
        --- exit 0

        $ dunlin down -q
        1 migration reverted, the database is at 0001_bird
        --- exit 0

        $ dunlin to base --env live
        --- stderr
        error: [env.live] in dunlin.toml protects this database
        hint: `--yes` says that it is meant
        --- exit 9

        $ dunlin stamp head --env live
        --- stderr
        error: [env.live] in dunlin.toml protects this database
        hint: `--yes` says that it is meant
        --- exit 9

        $ dunlin skip 0002 --reason hand --env live
        --- stderr
        error: [env.live] in dunlin.toml protects this database
        hint: `--yes` says that it is meant
        --- exit 9

        $ dunlin skip 0002 --reason hand --env live --yes
        0002_name was not run, and counts as applied from now on
        --- exit 0

        $ dunlin stamp head -q --env live --yes
        1 row added, the database is at 0003_egg
        --- stderr
          add  0003_egg
        --- exit 0
    "#]]
    .assert_eq(&session(
        &project,
        [
            "up -q --env live",
            "down --env live",
            "redo --env live",
            "down --env live --dry-run",
            "redo -q --env live --yes",
            "down -q --env live --yes",
            "down -q",
            "to base --env live",
            "stamp head --env live",
            "skip 0002 --reason hand --env live",
            "skip 0002 --reason hand --env live --yes",
            "stamp head -q --env live --yes",
        ],
    ));
}

#[test]
fn the_usual_directory_stands_beside_the_file() {
    let project = birds();
    project.file("dunlin.toml", "url = \"sqlite:app.db\"\n").file("src/deep/keep", "");
    let within =
        |line: &str, folder: &str| -> Outcome { dunlin(&project, line).within(&project.path().join(folder)).run() };
    expect![[r#"
        $ dunlin up -q -v
        3 migrations applied, the database is at 0003_egg
        --- stderr
        settings file  ../../dunlin.toml
        database       sqlite://../../app.db (from dunlin.toml)
        migrations     ../../versions
        --- exit 0
    "#]]
    .assert_eq(&shown(&within("up -q -v", "src/deep")));
}

#[test]
fn another_folder_can_be_worked_in() {
    let project = Project::new();
    project
        .file("app/versions/1_bird.up.sql", "create table bird (id integer);")
        .file("app/.env", "DATABASE_URL=sqlite:app.db");
    project.file("app/versions/1_bird.down.sql", "drop table bird;");
    expect![[r#"
        $ dunlin -C app up -q -v
        1 migration applied, the database is at 1_bird
        --- stderr
        settings file  none
        database       sqlite:app.db (from DATABASE_URL)
        migrations     versions
        --- exit 0

        $ dunlin status -C nowhere
        --- stderr
        error: nowhere: No such file or directory (os error 2)
        --- exit 1
    "#]]
    .assert_eq(&session(&project, ["-C app up -q -v", "status -C nowhere"]));
    assert!(project.path().join("app/app.db").exists());
}
