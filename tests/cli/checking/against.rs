//! `check --against`.

use expect_test::expect;

use super::{check, sealed_birds};
use crate::cli::repository::{add, commit, commit_all, git, try_git, without_commits};
use crate::cli::{birds, command, run};
use crate::support::project::Project;

/// Two branches that each add a migration to the birds: `main`, which is checked out, and `wings`.
fn branches() -> Project {
    let project = sealed_birds();
    for (branch, id, slug) in [("wings", "0005", "wing"), ("main", "0004", "nest")] {
        if branch != "main" {
            git(&project, &format!("switch -q -c {branch}"));
        }
        add(&project, id, slug);
        commit(&project, slug);
        git(&project, "switch -q main");
    }
    project
}
#[test]
fn a_program_is_told_the_same() {
    let project = branches();
    project.file("versions/repeatable/view.sql", "create view two as select 2;\n");
    check(
        &project,
        ["check --against wings --skip down --format json"],
        expect![[r#"
            $ dunlin check --against wings --skip down --format json
            {
              "version": 1,
              "checks": [
                {
                  "check": "files",
                  "faults": [],
                  "hints": [],
                  "message": "4 migrations are in order",
                  "migrations": 4,
                  "result": "ok"
                },
                {
                  "after": [],
                  "check": "heads",
                  "heads": [
                    "versions/0004_nest.up.sql"
                  ],
                  "hints": [],
                  "message": "`0004_nest` is the one head",
                  "result": "ok"
                },
                {
                  "check": "seals",
                  "hints": [
                    "`dunlin lock` seals what is open; commit dunlin.lock"
                  ],
                  "lock_file": true,
                  "message": "1 of 4 migrations is open",
                  "open": [
                    "0004_nest"
                  ],
                  "result": "fail"
                },
                {
                  "check": "down",
                  "hints": [],
                  "message": "as `--skip` says",
                  "result": "skipped"
                },
                {
                  "check": "git",
                  "hints": [
                    "`git add versions`, and commit them"
                  ],
                  "ignored": [],
                  "message": "git does not track 1 of 10 files",
                  "result": "fail",
                  "untracked": [
                    "versions/repeatable/view.sql"
                  ]
                },
                {
                  "check": "edits",
                  "database": false,
                  "hints": [],
                  "message": "nothing was edited after it was sealed; no database is named",
                  "result": "ok",
                  "sealed": 3
                },
                {
                  "after": [
                    "0003_egg"
                  ],
                  "against": "wings",
                  "check": "merge",
                  "conflicts": [],
                  "faults": [],
                  "heads": [
                    {
                      "file": "versions/0004_nest.up.sql",
                      "from": "here"
                    },
                    {
                      "file": "versions/0005_wing.up.sql",
                      "from": "wings"
                    }
                  ],
                  "hints": [
                    "after `git merge wings`, `dunlin rebase` puts one line behind the other, or `dunlin merge` joins them with a migration",
                    "where git stops at dunlin.lock, keep the lines of both sides, as `dunlin doctor --fix` does"
                  ],
                  "message": "merged with `wings`, there are 2 heads, which go apart after `0003_egg`",
                  "moved": [],
                  "result": "fail"
                }
              ],
              "failed": 3,
              "passed": 3,
              "skipped": 1
            }
            --- exit 3
        "#]],
    );
}

#[test]
fn two_branches_that_go_on_from_one_migration_are_seen_before_they_are_merged() {
    let project = branches();
    check(
        &project,
        ["check --against wings --skip seals", "check --against main --skip seals"],
        expect![[r#"
        $ dunlin check --against wings --skip seals
        ok       files  4 migrations are in order
        ok       heads  `0004_nest` is the one head
        skipped  seals  as `--skip` says
        ok       down   every migration has a way back
        ok       git    git tracks 9 files
        ok       edits  nothing was edited after it was sealed; no database is named
        fail     merge  merged with `wings`, there are 2 heads, which go apart after `0003_egg`
            versions/0004_nest.up.sql (here)
            versions/0005_wing.up.sql (wings)
            hint: after `git merge wings`, `dunlin rebase` puts one line behind the other, or `dunlin merge` joins them with a migration
            hint: where git stops at dunlin.lock, keep the lines of both sides, as `dunlin doctor --fix` does

        1 check failed, 5 passed, 1 skipped
        --- exit 3

        $ dunlin check --against main --skip seals
        ok       files  4 migrations are in order
        ok       heads  `0004_nest` is the one head
        skipped  seals  as `--skip` says
        ok       down   every migration has a way back
        ok       git    git tracks 9 files
        ok       edits  nothing was edited after it was sealed; no database is named
        ok       merge  merged with `main`, `0004_nest` is the one head

        6 checks passed, 1 skipped
        --- exit 0
    "#]],
    );
    let before = (project.files(), git(&project, "status --porcelain"), git(&project, "rev-parse HEAD"));
    check(
        &project,
        ["check --against wings --skip heads --skip seals"],
        expect![[r#"
        $ dunlin check --against wings --skip heads --skip seals
        ok       files  4 migrations are in order
        skipped  heads  as `--skip` says
        skipped  seals  as `--skip` says
        ok       down   every migration has a way back
        ok       git    git tracks 9 files
        ok       edits  nothing was edited after it was sealed; no database is named
        ok       merge  merged with `wings`, the files are in order

        5 checks passed, 2 skipped
        --- exit 0
    "#]],
    );
    assert_eq!(before, (project.files(), git(&project, "status --porcelain"), git(&project, "rev-parse HEAD")));
}

#[test]
fn it_works_from_a_subfolder_with_changes_and_without_a_branch() {
    let project = branches();
    git(&project, "switch -q --detach");
    add(&project, "0006", "song");
    std::fs::create_dir_all(project.path().join("src/deep")).unwrap();
    let folder = project.path().join("src/deep");
    let line = "check --dir ../../versions --against wings --skip seals --skip git";
    let outcome = command(&project, line).within(&folder).variable("DATABASE_URL", "").run();
    expect![[r#"
        $ dunlin check --dir ../../versions --against wings --skip seals --skip git
        ok       files  5 migrations are in order
        ok       heads  `0006_song` is the one head
        skipped  seals  as `--skip` says
        ok       down   every migration has a way back
        skipped  git    as `--skip` says
        ok       edits  nothing was edited after it was sealed; no database is named
        fail     merge  merged with `wings`, there are 2 heads, which go apart after `0003_egg`
            ../../versions/0005_wing.up.sql (wings)
            ../../versions/0006_song.up.sql (here)
            hint: after `git merge wings`, `dunlin rebase` puts one line behind the other, or `dunlin merge` joins them with a migration
            hint: where git stops at dunlin.lock, keep the lines of both sides, as `dunlin doctor --fix` does

        1 check failed, 4 passed, 2 skipped
        --- exit 3
    "#]].assert_eq(&without_commits(&outcome));
}

#[test]
fn what_one_side_alone_changed_is_taken_over() {
    let project = branches();
    git(&project, "switch -q wings");
    run(&project, "lock").expect_code(0);
    commit(&project, "sealed");
    git(&project, "switch -q -c song main");
    git(&project, "merge -q -X ours wings");
    // Both branches have all, and `wings` has gone on.
    check(
        &project,
        ["check --against wings --skip seals --skip heads"],
        expect![[r#"
        $ dunlin check --against wings --skip seals --skip heads
        ok       files  5 migrations are in order
        skipped  heads  as `--skip` says
        skipped  seals  as `--skip` says
        ok       down   every migration has a way back
        ok       git    git tracks 11 files
        ok       edits  nothing was edited after it was sealed; no database is named
        ok       merge  merged with `wings`, the files are in order

        5 checks passed, 2 skipped
        --- exit 0
    "#]],
    );
}

#[test]
fn a_file_that_both_sides_changed_differently_is_named() {
    let project = branches();
    for (branch, text) in [("wings", "-- theirs\n"), ("main", "-- ours\n")] {
        git(&project, &format!("switch -q {branch}"));
        project.file("versions/0003_egg.up.sql", format!("create table egg (id integer primary key);\n{text}"));
        project.file("versions/repeatable/view.sql", format!("{text}create view two as select 2;\n"));
        commit(&project, "edited");
    }
    check(
        &project,
        ["check --against wings --skip seals --skip edits --skip heads"],
        expect![[r#"
        $ dunlin check --against wings --skip seals --skip edits --skip heads
        ok       files  4 migrations are in order
        skipped  heads  as `--skip` says
        skipped  seals  as `--skip` says
        ok       down   every migration has a way back
        ok       git    git tracks 10 files
        skipped  edits  as `--skip` says
        fail     merge  merged with `wings`, 2 files are changed on both sides
            versions/0003_egg.up.sql was edited here and in `wings`, differently
            versions/repeatable/view.sql was added here and in `wings`, with different texts
            hint: `git merge wings` shows what differs

        1 check failed, 3 passed, 3 skipped
        --- exit 3
    "#]],
    );
    project.remove("versions/0003_egg.up.sql").remove("versions/0003_egg.down.sql");
    check(
        &project,
        ["check --against wings --skip seals --skip edits --skip heads --skip git"],
        expect![[r#"
            $ dunlin check --against wings --skip seals --skip edits --skip heads --skip git
            fail     files  1 fault in versions
                versions/0004_nest.up.sql: it revises `0003`, which no file has; did you mean `0004`?
            skipped  heads  as `--skip` says
            skipped  seals  as `--skip` says
            skipped  down   the files are not in order
            skipped  git    as `--skip` says
            skipped  edits  as `--skip` says
            fail     merge  merged with `wings`, 2 files are changed on both sides; there are 2 faults
                versions/0003_egg.up.sql was deleted here and edited in `wings`
                versions/repeatable/view.sql was added here and in `wings`, with different texts
                versions/0003_egg.down.sql (wings): it was deleted after it was sealed in `versions/dunlin.lock`
                versions/0003_egg.up.sql (wings): it was edited after it was sealed
                  sealed   [checksum]
                  in file  [checksum]
                hint: `git merge wings` shows what differs
                hint: restore the file (`dunlin restore <id>` writes it back from a database that has it), or remove its line from `versions/dunlin.lock` if no database can have it
                hint: restore the file (`git log` shows who changed it, and `dunlin restore 0003` writes it back from a database that has it), or accept the edit with `dunlin lock --accept 0003 --reason "…"`, or put the change in a new migration with `dunlin new`

            2 checks failed, 0 passed, 5 skipped
            --- exit 3
        "#]],
    );
}

#[test]
fn an_id_that_both_sides_took_is_named() {
    let project = branches();
    git(&project, "switch -q -c song main~");
    add(&project, "0005", "song");
    commit(&project, "song");
    check(
        &project,
        ["check --against wings --skip seals"],
        expect![[r#"
        $ dunlin check --against wings --skip seals
        ok       files  4 migrations are in order
        ok       heads  `0005_song` is the one head
        skipped  seals  as `--skip` says
        ok       down   every migration has a way back
        ok       git    git tracks 9 files
        ok       edits  nothing was edited after it was sealed; no database is named
        fail     merge  merged with `wings`, there are 2 faults
            versions/0005_wing.down.sql (wings): the id `0005` is taken by `versions/0005_song.down.sql`
            versions/0005_wing.up.sql (wings): the id `0005` is taken by `versions/0005_song.up.sql`
            hint: give one of them another id; `1` and `001` are the same

        1 check failed, 5 passed, 1 skipped
        --- exit 3
    "#]],
    );
}

#[test]
fn what_is_sealed_there_and_edited_here_is_named() {
    let project = branches();
    git(&project, "switch -q -c sealing");
    run(&project, "lock").expect_code(0);
    commit(&project, "sealed");
    git(&project, "switch -q main");
    project.file("versions/0004_nest.up.sql", "-- dunlin: revises 0003\nselect 'edited';\n");
    check(
        &project,
        ["check --against sealing --skip seals"],
        expect![[r#"
            $ dunlin check --against sealing --skip seals
            ok       files  4 migrations are in order
            ok       heads  `0004_nest` is the one head
            skipped  seals  as `--skip` says
            ok       down   every migration has a way back
            ok       git    git tracks 9 files
            ok       edits  nothing was edited after it was sealed; no database is named
            fail     merge  merged with `sealing`, there is 1 fault
                versions/0004_nest.up.sql: it was edited after it was sealed
                  sealed   [checksum]
                  in file  [checksum]
                hint: restore the file (`git log` shows who changed it, and `dunlin restore 0004` writes it back from a database that has it), or accept the edit with `dunlin lock --accept 0004 --reason "…"`, or put the change in a new migration with `dunlin new`

            1 check failed, 5 passed, 1 skipped
            --- exit 3
        "#]],
    );
}

#[test]
fn what_would_come_before_the_migrations_of_the_other_side_is_named() {
    let project = birds();
    commit_all(&project);
    git(&project, "switch -q -c other");
    project.migration("0005_wing", "select 1;", "select 1;");
    commit(&project, "wing");
    git(&project, "switch -q main");
    project.migration("0004_nest", "select 1;", "select 1;");
    check(
        &project,
        ["check --against other --skip seals --skip git"],
        expect![[r#"
        $ dunlin check --against other --skip seals --skip git
        ok       files  4 migrations are in order
        ok       heads  `0004_nest` is the one head
        skipped  seals  as `--skip` says
        ok       down   every migration has a way back
        skipped  git    as `--skip` says
        skipped  edits  nothing is sealed, and no database is named
        fail     merge  merged with `other`, what is new here comes before what `other` has
            versions/0005_wing.up.sql (other) comes after `0003` there, and would come after `0004`, new here
            hint: give what is new here a later id: databases may have the others already

        1 check failed, 3 passed, 3 skipped
        --- exit 3
    "#]],
    );
    project.remove("versions/0004_nest.up.sql").remove("versions/0004_nest.down.sql");
    project.migration("0006_nest", "select 1;", "select 1;");
    check(
        &project,
        ["check --against other --skip seals --skip git"],
        expect![[r#"
        $ dunlin check --against other --skip seals --skip git
        ok       files  4 migrations are in order
        ok       heads  `0006_nest` is the one head
        skipped  seals  as `--skip` says
        ok       down   every migration has a way back
        skipped  git    as `--skip` says
        skipped  edits  nothing is sealed, and no database is named
        ok       merge  merged with `other`, `0006_nest` is the one head

        4 checks passed, 3 skipped
        --- exit 0
    "#]],
    );
}

#[test]
fn what_git_does_not_know_is_said() {
    let project = branches();
    check(
        &project,
        ["check --against wing", "check --against origin/wings", "check --against=--help"],
        expect![[r#"
        $ dunlin check --against wing
        --- stderr
        error: git knows no commit `wing`; did you mean `wings`?
        hint: `git branch --all` lists the branches that are known here
        --- exit 1

        $ dunlin check --against origin/wings
        --- stderr
        error: git knows no commit `origin/wings`
        hint: `git fetch origin wings` brings it here, if it is there
        --- exit 1

        $ dunlin check --against=--help
        --- stderr
        error: git knows no commit `--help`
        hint: `git branch --all` lists the branches that are known here
        --- exit 1
    "#]],
    );
}

#[test]
fn a_clone_that_does_not_reach_back_far_enough_says_so() {
    let project = branches();
    let clone = tempfile::tempdir().unwrap();
    let line = format!("clone -q --depth 1 --no-single-branch file://{} .", project.path().display());
    try_git(clone.path(), &line).expect_code(0);
    let shallow = command(&project, "check --against origin/wings").within(clone.path()).run();
    expect![[r#"
        $ dunlin check --against origin/wings
        --- stderr
        error: this clone is shallow, and does not reach back to where `origin/wings` and this branch parted
        hint: `git fetch --unshallow` fetches the rest
        --- exit 1
    "#]]
    .assert_eq(&without_commits(&shallow));
}

#[test]
fn branches_that_have_nothing_in_common_are_compared_whole() {
    let project = branches();
    git(&project, "switch -q --orphan other");
    project.file("readme", "nothing else\n");
    commit(&project, "other");
    check(
        &project,
        ["check --against main --dir ."],
        expect![[r#"
        $ dunlin check --against main --dir .
        ok       files  there are no migrations yet
        ok       heads  there is none yet
        fail     seals  there is no ./dunlin.lock
            hint: `dunlin lock` writes it; commit it
        ok       down   every migration has a way back
        ok       git    git tracks 0 files
        skipped  edits  nothing is sealed, and no database is named
        ok       merge  `main` has no migrations in this folder

        1 check failed, 5 passed, 1 skipped
        --- exit 3
    "#]],
    );
    git(&project, "switch -q main");
    check(
        &project,
        ["check --against other --skip seals"],
        expect![[r#"
        $ dunlin check --against other --skip seals
        ok       files  4 migrations are in order
        ok       heads  `0004_nest` is the one head
        skipped  seals  as `--skip` says
        ok       down   every migration has a way back
        ok       git    git tracks 9 files
        ok       edits  nothing was edited after it was sealed; no database is named
        ok       merge  `other` has no migrations in this folder

        6 checks passed, 1 skipped
        --- exit 0
    "#]],
    );
}
