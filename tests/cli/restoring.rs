//! `restore`: files from what a database stores.

use expect_test::expect;

use super::{birds, run, session, shown};
use crate::support::database::Database;
use crate::support::project::Project;

const WIDER: &str = "create table egg (id bigint primary key);\n";

/// Three migrations, sealed and applied.
fn applied() -> Project {
    let project = birds();
    run(&project, "lock").expect_code(0);
    run(&project, "up").expect_code(0);
    project
}

fn sql(project: &Project, script: &str) -> String {
    Database::sql_at(&format!("sqlite://{}", project.path().join("app.db").display()), script)
}

#[test]
fn files_that_are_gone_are_written_back() {
    let project = applied();
    let before = [project.read("versions/0003_egg.up.sql"), project.read("versions/0003_egg.down.sql")];
    project.remove("versions/0003_egg.up.sql").remove("versions/0003_egg.down.sql");
    session(
        &project,
        ["up", "restore egg --dry-run", "restore egg", "up", "restore egg", "log -n 1"],
        &expect![[r#"
            $ dunlin up
            --- stderr
            error: versions/0003_egg.up.sql: it was deleted after it was sealed in `versions/dunlin.lock`
            hint: restore the file (`dunlin restore <id>` writes it back from a database that has it), or remove its line from `versions/dunlin.lock` if no database can have it
            --- exit 3

            $ dunlin restore egg --dry-run
              create   versions/0003_egg.up.sql
              create   versions/0003_egg.down.sql
            2 files would be restored
            --- exit 2

            $ dunlin restore egg
            2 files restored
            --- stderr
              create   versions/0003_egg.up.sql
              create   versions/0003_egg.down.sql
            --- exit 0

            $ dunlin up
            nothing is pending: the database is at 0003_egg (3 migrations)
            --- exit 0

            $ dunlin restore egg
            nothing to restore: the files of `0003_egg` hold what the database stores
            --- exit 0

            $ dunlin log -n 1
            when (UTC)           action   migration  who
            [time]  restore  0003       [who]  versions/0003_egg.up.sql, versions/0003_egg.down.sql

            1 of 4 events; the chain is whole, head [checksum]
            --- exit 0
        "#]],
    );
    assert_eq!([project.read("versions/0003_egg.up.sql"), project.read("versions/0003_egg.down.sql")], before);
}

#[test]
fn a_file_that_was_edited_is_shown_and_overwritten_with_a_word() {
    let project = applied();
    let before = project.read("versions/0003_egg.up.sql");
    project.file("versions/0003_egg.up.sql", WIDER);
    session(
        &project,
        ["restore 3", "restore 1 3 --yes", "verify"],
        &expect![[r#"
        $ dunlin restore 3
        --- stderr
          replace  versions/0003_egg.up.sql
            @@ -1 +1 @@
            -create table egg (id bigint primary key);
            +create table egg (id integer primary key);
        error: what was edited would be overwritten
        hint: `--yes` says that it is meant
        --- exit 9

        $ dunlin restore 1 3 --yes
        1 file restored
        --- stderr
          replace  versions/0003_egg.up.sql
            @@ -1 +1 @@
            -create table egg (id bigint primary key);
            +create table egg (id integer primary key);
        --- exit 0

        $ dunlin verify
        the files of 3 migrations are in order
        the history agrees with them
        --- exit 0
    "#]],
    );
    assert_eq!(project.read("versions/0003_egg.up.sql"), before);
}

#[test]
fn line_ends_are_no_edit() {
    let project = applied();
    project.file("versions/0003_egg.up.sql", project.read("versions/0003_egg.up.sql").replace('\n', "\r\n"));
    session(
        &project,
        ["restore --all"],
        &expect![[r#"
        $ dunlin restore --all
        nothing to restore: the files hold what the database stores
        --- exit 0
    "#]],
    );
    assert!(project.read("versions/0003_egg.up.sql").contains('\r'));
}

#[test]
fn all_restores_whatever_is_missing_or_differs() {
    let project = applied();
    for name in ["0001_bird.up", "0001_bird.down", "0002_name.up", "0002_name.down"] {
        project.remove(&format!("versions/{name}.sql"));
    }
    project.file("versions/0003_egg.down.sql", "select 1;\n");
    session(
        &project,
        ["restore --all", "restore --all --yes", "restore --all", "verify"],
        &expect![[r#"
        $ dunlin restore --all
        --- stderr
          create   versions/0001_bird.up.sql
          create   versions/0001_bird.down.sql
          create   versions/0002_name.up.sql
          create   versions/0002_name.down.sql
          replace  versions/0003_egg.down.sql
            @@ -1 +1 @@
            -select 1;
            +drop table egg;
        error: what was edited would be overwritten
        hint: `--yes` says that it is meant
        --- exit 9

        $ dunlin restore --all --yes
        5 files restored
        --- stderr
          create   versions/0001_bird.up.sql
          create   versions/0001_bird.down.sql
          create   versions/0002_name.up.sql
          create   versions/0002_name.down.sql
          replace  versions/0003_egg.down.sql
            @@ -1 +1 @@
            -select 1;
            +drop table egg;
        --- exit 0

        $ dunlin restore --all
        nothing to restore: the files hold what the database stores
        --- exit 0

        $ dunlin verify
        the files of 3 migrations are in order
        the history agrees with them
        --- exit 0
    "#]],
    );
}

#[test]
fn a_line_that_was_lost_is_open_again_and_an_open_one_stays() {
    let project = birds();
    run(&project, "lock").expect_code(0);
    run(&project, "new nest --id 0004").expect_code(0);
    project.file("versions/0004_nest.up.sql", "-- dunlin: revises 0003\ncreate table nest (id integer);\n");
    run(&project, "up").expect_code(0);
    let lock = project.read("versions/dunlin.lock");
    let lose = |name: &str| {
        project.remove(&format!("versions/{name}.up.sql")).remove(&format!("versions/{name}.down.sql"));
    };
    lose("0004_nest");
    run(&project, "restore 4").expect_code(0);
    assert_eq!(project.read("versions/dunlin.lock"), lock, "an open line stays open");
    lose("0004_nest");
    project.file("versions/dunlin.lock", lock.replace("0004_nest open\n", ""));
    session(
        &project,
        ["restore 4"],
        &expect![[r#"
        $ dunlin restore 4
        2 files restored
        --- stderr
          create   versions/0004_nest.up.sql
          create   versions/0004_nest.down.sql
          open     versions/dunlin.lock: `0004_nest` had no line
        --- exit 0
    "#]],
    );
    assert_eq!(project.read("versions/dunlin.lock"), lock);
}

#[test]
fn a_seal_of_another_text_fits_again() {
    let project = applied();
    project.file("versions/0003_egg.up.sql", WIDER);
    run(&project, "lock --accept 3 --reason wider").expect_code(0);
    session(
        &project,
        ["restore 3", "restore 3 --yes", "check --skip git", "up"],
        &expect![[r#"
        $ dunlin restore 3
        --- stderr
          replace  versions/0003_egg.up.sql
            @@ -1 +1 @@
            -create table egg (id bigint primary key);
            +create table egg (id integer primary key);
          seal     versions/dunlin.lock: `0003_egg` was sealed with another text, which stays in `was=`
        error: what was edited would be overwritten
        hint: `--yes` says that it is meant
        --- exit 9

        $ dunlin restore 3 --yes
        1 file restored
        --- stderr
          replace  versions/0003_egg.up.sql
            @@ -1 +1 @@
            -create table egg (id bigint primary key);
            +create table egg (id integer primary key);
          seal     versions/dunlin.lock: `0003_egg` was sealed with another text, which stays in `was=`
        --- exit 0

        $ dunlin check --skip git
        ok       files  3 migrations are in order
        ok       heads  `0003_egg` is the one head
        ok       seals  3 migrations are sealed
        ok       down   every migration has a way back
        skipped  git    as `--skip` says
        ok       edits  nothing was edited after it was sealed or applied

        5 checks passed, 1 skipped
        --- exit 0

        $ dunlin up
        nothing is pending: the database is at 0003_egg (3 migrations)
        --- exit 0
    "#]],
    );
    let lock = project.read("versions/dunlin.lock");
    let line = lock.lines().find(|line| line.starts_with("0003_egg ")).expect("a line");
    let was = dunlin_core::checksum::Checksum::of_text(WIDER);
    assert!(line.ends_with(&format!("was={was}")), "{line}");
}

#[test]
fn a_file_for_one_engine_stays_one() {
    let project = birds();
    project.file("versions/0003_egg.sqlite.up.sql", "create table egg (id integer primary key) strict;\n");
    run(&project, "lock").expect_code(0);
    run(&project, "up").expect_code(0);
    let before = project.files();
    project.remove("versions/0003_egg.sqlite.up.sql");
    session(
        &project,
        ["restore 3", "verify"],
        &expect![[r#"
        $ dunlin restore 3
        1 file restored
        --- stderr
          create   versions/0003_egg.sqlite.up.sql
        --- exit 0

        $ dunlin verify
        the files of 3 migrations are in order
        the history agrees with them
        --- exit 0
    "#]],
    );
    assert_eq!(project.files(), before);
}

#[test]
fn directories_of_other_tools_keep_their_names() {
    let project = Project::new();
    project.file("versions/1_bird.sql", "create table bird (id int);\n");
    project.file("versions/2_egg.sql", "create table egg (id int);\n");
    run(&project, "up").expect_code(0);
    project.remove("versions/2_egg.sql");
    session(
        &project,
        ["restore --all"],
        &expect![[r#"
        $ dunlin restore --all
        1 file restored
        --- stderr
          create   versions/2_egg.sql
        --- exit 0
    "#]],
    );
}

#[test]
fn other_faults_of_the_directory_do_not_stand_in_the_way() {
    let project = applied();
    project.remove("versions/0003_egg.up.sql");
    project.file("versions/0004_nest.up.sql", "-- dunlin: revises 0099\nselect 1;\n");
    session(
        &project,
        ["restore 3"],
        &expect![[r#"
        $ dunlin restore 3
        1 file restored
        --- stderr
          create   versions/0003_egg.up.sql
          leave    versions/dunlin.lock: versions/0004_nest.up.sql: it revises `0099`, which no file has
        --- exit 0
    "#]],
    );
}

#[test]
fn what_cannot_be_written_whole_is_not_written_at_all() {
    let project = applied();
    project.remove("versions/0003_egg.up.sql").remove("versions/0003_egg.down.sql");
    std::fs::create_dir(project.versions().join("0003_egg.down.sql")).unwrap();
    session(
        &project,
        ["restore 3"],
        &expect![[r#"
        $ dunlin restore 3
        --- stderr
          create   versions/0003_egg.up.sql
          create   versions/0003_egg.down.sql
        error: versions/0003_egg.down.sql: File exists (os error 17)
        --- exit 1
    "#]],
    );
    assert!(!project.versions().join("0003_egg.up.sql").exists());
}

#[test]
fn a_history_that_was_meddled_with_writes_nothing() {
    let project = applied();
    project.remove("versions/0003_egg.up.sql").remove("versions/0003_egg.down.sql");
    let lock = project.read("versions/dunlin.lock");
    project.remove("versions/dunlin.lock");
    sql(&project, "update dunlin_migrations set slug = '../../egg' where id = '0003'");
    let first = shown(&run(&project, "restore 3"));
    sql(&project, "update dunlin_migrations set slug = 'egg', up_sql = 'drop table bird' where id = '0003'");
    let second = shown(&run(&project, "restore 3"));
    expect![[r#"
        $ dunlin restore 3
        --- stderr
        error: the history calls a migration `0003_../../egg`, which cannot be a file's name
        --- exit 1

        $ dunlin restore 3
        --- stderr
        error: the history does not store what was applied as `0003_egg`: its SQL has another checksum than the one beside it
        hint: `dunlin repair checksums` shows what differs
        --- exit 3
    "#]].assert_eq(&[first, second].join("\n"));
    project.file("versions/dunlin.lock", lock);
    assert!(!project.files().iter().any(|file| file.contains("egg")), "{:?}", project.files());
}

#[test]
fn a_way_down_that_the_history_does_not_have_is_left_alone() {
    let project = birds();
    project
        .file("versions/0003_egg.up.sql", "-- dunlin: irreversible lost\nselect 1;\n")
        .remove("versions/0003_egg.down.sql");
    run(&project, "up").expect_code(0);
    project.file("versions/0003_egg.up.sql", "select 2;\n").file("versions/0003_egg.down.sql", "select 3;\n");
    session(
        &project,
        ["restore 3 --yes"],
        &expect![[r#"
        $ dunlin restore 3 --yes
        1 file restored
        --- stderr
          replace  versions/0003_egg.up.sql
            @@ -1 +1,2 @@
            -select 2;
            +-- dunlin: irreversible lost
            +select 1;
          leave    versions/0003_egg.down.sql: the database stores no way down
        --- exit 0
    "#]],
    );
}

#[test]
fn json_says_the_same() {
    let project = applied();
    project.file("versions/0003_egg.up.sql", WIDER).remove("versions/0003_egg.down.sql");
    session(
        &project,
        ["restore 3 --dry-run --format json", "restore 3 --format json", "restore 3 --yes --format json"],
        &expect![[r#"
            $ dunlin restore 3 --dry-run --format json
            {
              "version": 1,
              "logged": null,
              "opened": [],
              "restored": [
                {
                  "files": [
                    {
                      "diff": "@@ -1 +1 @@\n-create table egg (id bigint primary key);\n+create table egg (id integer primary key);\n",
                      "file": "versions/0003_egg.up.sql",
                      "was": "edited"
                    },
                    {
                      "diff": null,
                      "file": "versions/0003_egg.down.sql",
                      "was": "missing"
                    }
                  ],
                  "id": "0003",
                  "name": "0003_egg"
                }
              ],
              "sealed": []
            }
            --- exit 2

            $ dunlin restore 3 --format json
            {
              "version": 1,
              "error": {
                "exit": 9,
                "hints": [
                  "`--yes` says that it is meant"
                ],
                "kind": "unconfirmed",
                "message": "what was edited would be overwritten"
              }
            }
            --- stderr
            error: what was edited would be overwritten
            hint: `--yes` says that it is meant
            --- exit 9

            $ dunlin restore 3 --yes --format json
            {
              "version": 1,
              "logged": true,
              "opened": [],
              "restored": [
                {
                  "files": [
                    {
                      "diff": "@@ -1 +1 @@\n-create table egg (id bigint primary key);\n+create table egg (id integer primary key);\n",
                      "file": "versions/0003_egg.up.sql",
                      "was": "edited"
                    },
                    {
                      "diff": null,
                      "file": "versions/0003_egg.down.sql",
                      "was": "missing"
                    }
                  ],
                  "id": "0003",
                  "name": "0003_egg"
                }
              ],
              "sealed": []
            }
            --- exit 0
        "#]],
    );
}

#[test]
fn what_cannot_be_meant_is_explained() {
    let project = applied();
    session(
        &project,
        ["restore", "restore 3 --all", "restore 4 0003", "restore 000", "restore bird --dir nowhere"],
        &expect![[r#"
            $ dunlin restore
            --- stderr
            error: the following required arguments were not provided:
              <MIGRATION>...

            Usage: dunlin restore <MIGRATION>...

            For more information, try '--help'.
            --- exit 1

            $ dunlin restore 3 --all
            --- stderr
            error: the argument '[MIGRATION]...' cannot be used with '--all'

            Usage: dunlin restore <MIGRATION>...

            For more information, try '--help'.
            --- exit 1

            $ dunlin restore 4 0003
            --- stderr
            error: the database has no migration that is called `4`
            hint: `dunlin status` lists what it has
            --- exit 1

            $ dunlin restore 000
            --- stderr
            error: `000` could be `0001_bird`, `0002_name` and `0003_egg`
            --- exit 1

            $ dunlin restore bird --dir nowhere
            --- stderr
            error: there is no directory `nowhere`
            hint: `dunlin init` makes one; `--dir` names another
            --- exit 1
        "#]],
    );
}
