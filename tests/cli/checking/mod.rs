//! `check`: one test a check, and `against` what a merge would make.

mod against;

use expect_test::{Expect, expect};

use super::repository::{add, commit_all, without_commits};
use super::{birds, command, run};
use crate::support::project::Project;

/// Runs commands without a database.
#[expect(clippy::needless_pass_by_value, reason = "a test reads better so")]
fn check<const N: usize>(project: &Project, lines: [&str; N], expected: Expect) {
    let shown = lines.map(|line| without_commits(&command(project, line).variable("DATABASE_URL", "").run()));
    expected.assert_eq(&shown.join("\n"));
}

/// The birds, sealed and committed.
fn sealed_birds() -> Project {
    let project = birds();
    run(&project, "lock").expect_code(0);
    commit_all(&project);
    project
}
#[test]
fn what_is_in_order_passes() {
    let project = sealed_birds();
    run(&project, "up").expect_code(0);
    let shown = without_commits(&run(&project, "check"));
    expect![[r#"
        $ dunlin check
        ok  files  3 migrations are in order
        ok  heads  `0003_egg` is the one head
        ok  seals  3 migrations are sealed
        ok  down   every migration has a way back
        ok  git    git tracks 7 files
        ok  edits  nothing was edited after it was sealed or applied

        6 checks passed
        --- exit 0
    "#]]
    .assert_eq(&shown);
    check(
        &project,
        ["check"],
        expect![[r#"
        $ dunlin check
        ok  files  3 migrations are in order
        ok  heads  `0003_egg` is the one head
        ok  seals  3 migrations are sealed
        ok  down   every migration has a way back
        ok  git    git tracks 7 files
        ok  edits  nothing was edited after it was sealed; no database is named

        6 checks passed
        --- exit 0
    "#]],
    );
}

#[test]
fn every_check_that_fails_says_why_and_what_helps() {
    let project = sealed_birds();
    add(&project, "0004", "nest");
    project
        .file("versions/0005_wing.up.sql", "-- dunlin: revises 0003\nselect 1;\n")
        .file(".gitignore", "*wing*\n")
        .file("versions/0002_name.up.sql", "alter table bird add column names text;\n");
    check(
        &project,
        ["check", "check --skip seals --skip edits --skip down --skip git --skip heads"],
        expect![[r#"
            $ dunlin check
            ok    files  5 migrations are in order
            fail  heads  there are 2 heads, which go apart after `0003_egg`
                versions/0004_nest.up.sql
                versions/0005_wing.up.sql
                hint: `dunlin merge` joins them with a migration, `dunlin rebase` puts one line behind the other
            fail  seals  2 of 5 migrations are open
                0004_nest
                0005_wing
                hint: `dunlin lock` seals what is open; commit dunlin.lock
            fail  down   1 migration without a way back, and nothing says why
                versions/0005_wing.up.sql
                hint: add the `.down.sql` file, or `-- dunlin: irreversible <reason>`, or allow up-only files for the whole set (`allow_up_only` in `embed!`, `allow-up-only = true` in dunlin.toml, `--allow-up-only`)
            fail  git    git does not track 3 of 10 files
                versions/0004_nest.down.sql
                versions/0004_nest.up.sql
                versions/0005_wing.up.sql (ignored by .gitignore:1: *wing*)
                hint: migrations belong into git: take the pattern out of the file that ignores them
                hint: `git add versions`, and commit them
            fail  edits  1 disagreement with dunlin.lock
                versions/0002_name.up.sql: it was edited after it was sealed
                  sealed   [checksum]
                  in file  [checksum]
                hint: restore the file (`git log` shows who changed it, and `dunlin restore 0002` writes it back from a database that has it), or accept the edit with `dunlin lock --accept 0002 --reason "…"`, or put the change in a new migration with `dunlin new`

            5 checks failed, 1 passed
            --- exit 3

            $ dunlin check --skip seals --skip edits --skip down --skip git --skip heads
            ok       files  5 migrations are in order
            skipped  heads  as `--skip` says
            skipped  seals  as `--skip` says
            skipped  down   as `--skip` says
            skipped  git    as `--skip` says
            skipped  edits  as `--skip` says

            1 check passed, 5 skipped
            --- exit 0
        "#]],
    );
}

#[test]
fn faults_of_files_are_listed_and_what_depends_on_them_is_skipped() {
    let project = sealed_birds();
    project.file("versions/0004.sql", "select 1;\n").file("versions/0003_eggs.up.sql", "select 1;\n");
    check(
        &project,
        ["check"],
        expect![[r#"
        $ dunlin check
        fail     files  2 faults in versions
            versions/0003_eggs.up.sql: the id `0003` is taken by `versions/0003_egg.up.sql`
            versions/0004.sql: not a migration's file name: no `_` ends the id; a name is `<id>_<slug>.up.sql`
            hint: give one of them another id; `1` and `001` are the same
            hint: a migration is `<id>_<slug>.up.sql` and `<id>_<slug>.down.sql`
        skipped  heads  the files are not in order
        skipped  seals  the files are not in order
        skipped  down   the files are not in order
        fail     git    git does not track 2 of 9 files
            versions/0003_eggs.up.sql
            versions/0004.sql
            hint: `git add versions`, and commit them
        skipped  edits  the files are not in order

        2 checks failed, 0 passed, 4 skipped
        --- exit 3
    "#]],
    );
}

#[test]
fn a_lock_file_is_missed_and_an_empty_directory_is_fine() {
    let project = birds();
    check(
        &project,
        ["check"],
        expect![[r#"
        $ dunlin check
        ok       files  3 migrations are in order
        ok       heads  `0003_egg` is the one head
        fail     seals  there is no versions/dunlin.lock
            hint: `dunlin lock` writes it; commit it
        ok       down   every migration has a way back
        skipped  git    `versions` is in no git repository
        skipped  edits  nothing is sealed, and no database is named

        1 check failed, 3 passed, 2 skipped
        --- exit 3
    "#]],
    );
    let project = Project::new();
    run(&project, "init").expect_code(0);
    check(
        &project,
        ["check"],
        expect![[r#"
        $ dunlin check
        ok       files  there are no migrations yet
        ok       heads  there is none yet
        ok       seals  there is nothing to seal yet
        ok       down   every migration has a way back
        skipped  git    `versions` is in no git repository
        skipped  edits  nothing is sealed, and no database is named

        4 checks passed, 2 skipped
        --- exit 0
    "#]],
    );
}

#[test]
fn a_way_back_that_nobody_wrote_is_none() {
    let project = birds();
    run(&project, "new nest --id 0004").expect_code(0);
    project.file("versions/0004_nest.up.sql", "-- dunlin: revises 0003\nselect 1;\n");
    check(
        &project,
        ["check --skip seals"],
        expect![[r#"
        $ dunlin check --skip seals
        ok       files  4 migrations are in order
        ok       heads  `0004_nest` is the one head
        skipped  seals  as `--skip` says
        fail     down   1 migration without a way back, and nothing says why
            versions/0004_nest.down.sql has no statement
            hint: write the way back, or delete the file and put `-- dunlin: irreversible <reason>` into the up file; `select 1;` says that there is nothing to take back
        skipped  git    `versions` is in no git repository
        skipped  edits  nothing is sealed, and no database is named

        1 check failed, 2 passed, 3 skipped
        --- exit 3
    "#]],
    );
}

#[test]
fn irreversible_ones_pass_and_up_only_files_are_to_be_allowed() {
    let project = Project::new();
    project.file("versions/1_bird.up.sql", "-- dunlin: irreversible why not\nselect 1;\n");
    check(
        &project,
        ["check --skip seals"],
        expect![[r#"
        $ dunlin check --skip seals
        ok       files  1 migration is in order
        ok       heads  `1_bird` is the one head
        skipped  seals  as `--skip` says
        ok       down   every migration has a way back, but for 1 that says why not
        skipped  git    `versions` is in no git repository
        skipped  edits  nothing is sealed, and no database is named

        3 checks passed, 3 skipped
        --- exit 0
    "#]],
    );
    let project = Project::new();
    project.file("versions/1_bird.sql", "select 1;\n");
    check(
        &project,
        ["check --skip seals", "check --skip seals --allow-up-only"],
        expect![[r#"
        $ dunlin check --skip seals
        ok       files  1 migration is in order
        ok       heads  `1_bird` is the one head
        skipped  seals  as `--skip` says
        fail     down   1 migration without a way back, and nothing says why
            versions/1_bird.sql
            hint: add the `.down.sql` file, or `-- dunlin: irreversible <reason>`, or allow up-only files for the whole set (`allow_up_only` in `embed!`, `allow-up-only = true` in dunlin.toml, `--allow-up-only`)
        skipped  git    `versions` is in no git repository
        skipped  edits  nothing is sealed, and no database is named

        1 check failed, 2 passed, 3 skipped
        --- exit 3

        $ dunlin check --skip seals --allow-up-only
        ok       files  1 migration is in order
        ok       heads  `1_bird` is the one head
        skipped  seals  as `--skip` says
        skipped  down   the settings allow migrations without a way back
        skipped  git    `versions` is in no git repository
        skipped  edits  nothing is sealed, and no database is named

        2 checks passed, 4 skipped
        --- exit 0
    "#]],
    );
}

#[test]
fn the_history_of_a_database_counts_as_edits() {
    let project = sealed_birds();
    run(&project, "up").expect_code(0);
    run(&project, "new nest --id 0004").expect_code(0);
    project.file("versions/0004_nest.up.sql", "-- dunlin: revises 0003\ncreate table nest (id integer);\n");
    project.file("versions/0004_nest.down.sql", "drop table nest;\n");
    run(&project, "up").expect_code(0);
    project.file("versions/0004_nest.up.sql", "-- dunlin: revises 0003\ncreate table nests (id integer);\n");
    expect![[r#"
        $ dunlin check --skip seals --skip git
        ok       files  4 migrations are in order
        ok       heads  `0004_nest` is the one head
        skipped  seals  as `--skip` says
        ok       down   every migration has a way back
        skipped  git    as `--skip` says
        fail     edits  1 disagreement with the database
            versions/0004_nest.up.sql was edited after it was applied on [date]
              applied  [checksum]
              in file  [checksum]
              @@ -1,2 +1,2 @@
               -- dunlin: revises 0003
              -create table nest (id integer);
              +create table nests (id integer);
            hint: restore the file with `dunlin restore 0004`, or accept the edit with `dunlin lock --accept 0004 --reason "…"`, or put the change in a new migration: `dunlin new <slug>`; in a database of your own, `dunlin redo` runs it anew
            hint: `dunlin doctor` says how it came about, and what helps here

        1 check failed, 3 passed, 2 skipped
        --- exit 3
    "#]].assert_eq(&without_commits(&run(&project, "check --skip seals --skip git")));
    project.remove("versions/0004_nest.up.sql").remove("versions/0004_nest.down.sql");
    expect![[r#"
        $ dunlin check --skip git
        ok       files  3 migrations are in order
        ok       heads  `0003_egg` is the one head
        ok       seals  3 migrations are sealed
        ok       down   every migration has a way back
        skipped  git    as `--skip` says
        ok       edits  nothing was edited after it was sealed or applied
            note: the database is ahead: it has `0004_nest`, unknown here

        5 checks passed, 1 skipped
        --- exit 0
    "#]]
    .assert_eq(&without_commits(&run(&project, "check --skip git")));
}

#[test]
fn a_database_that_cannot_be_asked_is_no_success() {
    let project = sealed_birds();
    let outcome =
        command(&project, "check --skip git").variable("DATABASE_URL", "postgres://ann:secret@127.0.0.1:1/app").run();
    expect![[r#"
        $ dunlin check --skip git
        ok       files  3 migrations are in order
        ok       heads  `0003_egg` is the one head
        ok       seals  3 migrations are sealed
        ok       down   every migration has a way back
        skipped  git    as `--skip` says
        fail     edits  cannot connect to postgres://ann:***@127.0.0.1:[port]/app: Connection refused (os error 111)
            hint: is the server running, and are host and port right?

        1 check failed, 4 passed, 1 skipped
        --- exit 3
    "#]]
    .assert_eq(&without_commits(&outcome));
}

#[test]
fn without_git_its_checks_are_skipped_and_a_merge_cannot_be_foretold() {
    let project = birds();
    run(&project, "lock").expect_code(0);
    let without_git = command(&project, "check").variable("PATH", "").variable("DATABASE_URL", "").run();
    expect![[r#"
        $ dunlin check
        ok       files  3 migrations are in order
        ok       heads  `0003_egg` is the one head
        ok       seals  3 migrations are sealed
        ok       down   every migration has a way back
        skipped  git    git is not installed here
        ok       edits  nothing was edited after it was sealed; no database is named

        5 checks passed, 1 skipped
        --- exit 0
    "#]]
    .assert_eq(&without_commits(&without_git));
    check(
        &project,
        ["check --against main"],
        expect![[r#"
        $ dunlin check --against main
        --- stderr
        error: `versions` is in no git repository
        --- exit 1
    "#]],
    );
}
