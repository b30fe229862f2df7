//! `rebase`: one line is put after the other.

use expect_test::expect;

use super::merging::two_lines;
use super::{birds, run, session};

#[test]
fn rebase_moves_the_line_that_can_move() {
    let project = two_lines();
    run(&project, "up -q 0004").expect_code(0);
    session(
        &project,
        ["rebase --dry-run", "rebase", "rebase", "heads", "up -q"],
        &expect![[r#"
        $ dunlin rebase --dry-run
          0005_song  it revises 0004, and not 0003
        2 migrations to move onto `0004_nest`; nothing was written
        --- stderr
        the other line stays, for `0004_nest` is applied in the database
        --- exit 2

        $ dunlin rebase
          0005_song  it revises 0004, and not 0003
        2 migrations moved onto `0004_nest`; the head is `0006_verse`
        --- stderr
        the other line stays, for `0004_nest` is applied in the database
        --- exit 0

        $ dunlin rebase
        there is nothing to rebase: the one head is `0006_verse`
        --- exit 0

        $ dunlin heads
        0006_verse
        --- exit 0

        $ dunlin up -q
        2 migrations applied, the database is at 0006_verse
        --- exit 0
    "#]],
    );
    expect![[r#"
        -- dunlin: revises 0004
        create table song (id integer);
    "#]]
    .assert_eq(&project.read("versions/0005_song.up.sql"));
    expect![[r#"
        # Written by dunlin; commit it. A line is a migration in order. `dunlin lock` seals the open ones,
        # and a sealed file that is edited or deleted does not compile.
        0001_bird open
        0002_name open
        0003_egg open
        0004_nest open
        0005_song open
        0006_verse open
    "#]]
    .assert_eq(&project.read("versions/dunlin.lock"));
}

#[test]
fn rebase_asks_where_both_lines_could_move() {
    let project = two_lines();
    let files = project.files();
    session(
        &project,
        [
            "rebase",
            "rebase verse --onto 0001",
            "rebase 0003 --onto 0004",
            "rebase brid",
            "rebase --onto base",
            "rebase verse --onto 0004 --dry-run --format json",
            "rebase --onto verse",
        ],
        &expect![[r#"
            $ dunlin rebase
            --- stderr
            error: more than one line could move: `0004_nest` and `0006_verse`
            hint: `dunlin rebase 0006 --onto 0004` moves one of them
            --- exit 1

            $ dunlin rebase verse --onto 0001
            there is nothing to rebase: it comes after that already
            --- exit 0

            $ dunlin rebase 0003 --onto 0004
            --- stderr
            error: `0003_egg` comes before `0004_nest`, and cannot move onto it
            --- exit 1

            $ dunlin rebase brid
            --- stderr
            error: no migration is called `brid`; did you mean `bird`?
            hint: `dunlin status` lists them
            --- exit 1

            $ dunlin rebase --onto base
            --- stderr
            error: `base` is no migration that could move, or be moved onto
            --- exit 1

            $ dunlin rebase verse --onto 0004 --dry-run --format json
            {
              "version": 1,
              "dry_run": true,
              "heads": [
                "0006_verse"
              ],
              "moved": [
                "0005_song",
                "0006_verse"
              ],
              "onto": "0004_nest",
              "rewritten": [
                {
                  "id": "0005",
                  "name": "0005_song",
                  "revised": [
                    "0003"
                  ],
                  "revises": [
                    "0004"
                  ]
                }
              ]
            }
            --- exit 2

            $ dunlin rebase --onto verse
              0004_nest  it revises 0006, and not 0003
            1 migration moved onto `0006_verse`; the head is `0004_nest`
            --- exit 0
        "#]],
    );
    assert_eq!(project.files().len(), files.len() + 1, "the lock file is new");
}

#[test]
fn rebase_leaves_what_is_sealed_or_applied() {
    let project = two_lines();
    session(
        &project,
        [
            "up -q heads",
            "rebase",
            "rebase verse --onto 0004",
            "rebase verse --onto 0004 --offline --dry-run",
            "lock",
            "rebase --offline",
            "rebase verse --onto 0004 --offline",
            "rebase verse --onto 0004 --force",
            "up",
        ],
        &expect![[r#"
            $ dunlin up -q heads
            6 migrations applied, the database is at `0004_nest` and `0006_verse`
            --- exit 0

            $ dunlin rebase
            --- stderr
            error: no line can move: `0004_nest` is applied in the database, `0005_song` is applied in the database
            hint: `dunlin merge` joins the lines as they are; what is applied can be taken back first with `dunlin down`
            --- exit 9

            $ dunlin rebase verse --onto 0004
            --- stderr
            error: `0005_song` is applied in the database
            hint: `dunlin down 0005@0003` takes it back first; `dunlin merge` joins the lines as they are; `--force` moves it all the same
            --- exit 9

            $ dunlin rebase verse --onto 0004 --offline --dry-run
              0005_song  it revises 0004, and not 0003
            2 migrations to move onto `0004_nest`; nothing was written
            --- exit 2

            $ dunlin lock
              sealed  0001_bird
              sealed  0002_name
              sealed  0003_egg
              sealed  0004_nest
              sealed  0005_song
              sealed  0006_verse
            6 migrations sealed in versions/dunlin.lock; commit it
            --- exit 0

            $ dunlin rebase --offline
            --- stderr
            error: no line can move: `0004_nest` is sealed in dunlin.lock, `0005_song` is sealed in dunlin.lock
            hint: `dunlin merge` joins the lines as they are
            --- exit 9

            $ dunlin rebase verse --onto 0004 --offline
            --- stderr
            error: `0005_song` is sealed in dunlin.lock
            hint: `dunlin merge` joins the lines as they are; `--force` moves it all the same, and keeps its former checksum in dunlin.lock
            --- exit 9

            $ dunlin rebase verse --onto 0004 --force
              0005_song  it revises 0004, and not 0003
            2 migrations moved onto `0004_nest`; the head is `0006_verse`
            --- exit 0

            $ dunlin up
            --- stderr
            error: versions/0005_song.up.sql revises `0004` now, and `0003` when it was applied
            hint: restore its `revises`, or the files that stood before it
            --- exit 3
        "#]],
    );
    let lock = project.read("versions/dunlin.lock");
    assert!(lock.contains("# 0005 accepted: rebased onto 0004_nest\n0005_song up="), "{lock}");
}

#[test]
fn a_database_that_cannot_be_reached_is_passed_over_with_a_word() {
    let project = two_lines();
    session(
        &project,
        ["rebase song --onto nest --url postgres://127.0.0.1:1/app"],
        &expect![[r#"
        $ dunlin rebase song --onto nest --url postgres://127.0.0.1:[port]/app
          0005_song  it revises 0004, and not 0003
        2 migrations moved onto `0004_nest`; the head is `0006_verse`
        --- stderr
        note: cannot connect to postgres://127.0.0.1:[port]/app: Connection refused (os error 111); what it has applied is not known
        --- exit 0
    "#]],
    );
}

#[test]
fn rebase_writes_the_line_into_files_that_state_none() {
    let project = birds();
    project.migration("0004_nest", "-- dunlin: revises 0001\nselect 1;\n", "select 1;\n");
    project.file("versions/0003_egg.sqlite.up.sql", "create table egg (id integer primary key);\n");
    session(
        &project,
        ["rebase 0003 --onto 0004", "heads"],
        &expect![[r#"
        $ dunlin rebase 0003 --onto 0004
          0002_name  it revises 0004, and not 0001
        2 migrations moved onto `0004_nest`; the head is `0003_egg`
        --- exit 0

        $ dunlin heads
        0003_egg
        --- exit 0
    "#]],
    );
    let texts =
        ["0002_name", "0003_egg", "0003_egg.sqlite"].map(|name| project.read(&format!("versions/{name}.up.sql")));
    expect![[r#"
        -- dunlin: revises 0004
        alter table bird add column name text;
        ===
        -- dunlin: revises 0002
        create table egg (id integer primary key);
        ===
        create table egg (id integer primary key);
    "#]]
    .assert_eq(&texts.join("===\n"));
}

#[test]
fn rebase_follows_no_dependency_back_to_itself() {
    let project = two_lines();
    project.migration("0004_nest", "-- dunlin: revises 0003\n-- dunlin: depends-on 0006\nselect 1;\n", "select 1;\n");
    let before = project.read("versions/0005_song.up.sql");
    session(
        &project,
        ["rebase verse --onto nest"],
        &expect![[r#"
        $ dunlin rebase verse --onto nest
        --- stderr
        error: versions/0004_nest.up.sql: it comes after itself: 0004_nest → 0005_song → 0006_verse → 0004_nest
        --- exit 3
    "#]],
    );
    assert_eq!(project.read("versions/0005_song.up.sql"), before);
}

#[test]
fn a_database_that_had_the_moved_line_first_can_go_on_out_of_order() {
    let project = two_lines();
    run(&project, "up -q verse").expect_code(0);
    session(
        &project,
        ["rebase verse --onto nest --offline", "up -q", "up -q --allow-out-of-order"],
        &expect![[r#"
            $ dunlin rebase verse --onto nest --offline
              0005_song  it revises 0004, and not 0003
            2 migrations moved onto `0004_nest`; the head is `0006_verse`
            --- exit 0

            $ dunlin up -q
            --- stderr
            error: versions/0004_nest.up.sql is pending, and `0005_song` and `0006_verse` after it is applied
            hint: give it an id and `revises` behind what is applied, or apply it now with `--allow-out-of-order`
            --- exit 3

            $ dunlin up -q --allow-out-of-order
            1 migration applied, the database is at 0006_verse
            --- stderr
            note: versions/0005_song.up.sql was edited after it was applied, in comments or white space only
            warning: versions/0004_nest.up.sql is pending, and `0005_song` and `0006_verse` after it is applied
            hint: give it an id and `revises` behind what is applied, or apply it now with `--allow-out-of-order`
            --- exit 0
        "#]],
    );
}
