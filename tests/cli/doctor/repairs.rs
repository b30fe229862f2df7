//! `doctor --fix`.

use expect_test::expect;

use super::{applied_birds, session};
use crate::cli::repository::{add, commit, git, try_git};
use crate::cli::{birds, run, without_checksums};
use crate::support::project::Project;

/// Two branches that each add a migration, merged as far as git goes.
fn in_conflict() -> Project {
    let project = applied_birds();
    git(&project, "switch -q -c wings");
    add(&project, "0005", "wing");
    commit(&project, "wing");
    git(&project, "switch -q main");
    add(&project, "0004", "nest");
    commit(&project, "nest");
    let merge = try_git(project.path(), "merge -q wings").expect_code(1);
    assert!(merge.stdout.contains("Merge conflict in versions/dunlin.lock"), "{}", merge.snapshot());
    project
}

#[test]
fn nothing_is_repaired_where_nobody_can_be_asked() {
    let project = in_conflict();
    let before = project.files();
    session(
        &project,
        ["doctor", "doctor --fix"],
        expect![[r#"
        $ dunlin doctor
        The files of versions are not in order.
        The database sqlite:app.db has 3 applied migrations; whether they agree with the files shows once these are in order.

        trouble  versions/dunlin.lock holds the marks of a conflict that git left
          why    both sides of a merge have migrations that the other has not; it is there to be noticed
          do     keep the lines of both sides, and delete the marks

        trouble  there are 2 heads: `0004_nest` and `0005_wing`
                   versions/0004_nest.up.sql
                   versions/0005_wing.up.sql
          why    the lines go apart after `0003_egg`; most often each was begun on a git branch of its own
          do     `dunlin merge` joins them with a migration that does nothing else
                 `dunlin rebase` puts one line behind the other, if it is neither sealed nor applied
                 `dunlin up heads` applies all of them as they are

        2 things are wrong; `dunlin doctor --fix` repairs them
        --- exit 3

        $ dunlin doctor --fix
        The files of versions are not in order.
        The database sqlite:app.db has 3 applied migrations; whether they agree with the files shows once these are in order.

        trouble  versions/dunlin.lock holds the marks of a conflict that git left
          why    both sides of a merge have migrations that the other has not; it is there to be noticed
          do     keep the lines of both sides, and delete the marks

        trouble  there are 2 heads: `0004_nest` and `0005_wing`
                   versions/0004_nest.up.sql
                   versions/0005_wing.up.sql
          why    the lines go apart after `0003_egg`; most often each was begun on a git branch of its own
          do     `dunlin merge` joins them with a migration that does nothing else
                 `dunlin rebase` puts one line behind the other, if it is neither sealed nor applied
                 `dunlin up heads` applies all of them as they are



        nothing was repaired; 2 things are left to you
        --- stderr
        note: keep the lines of both sides in dunlin.lock? Nobody is here to ask; `--yes` says that it is meant
        note: write a migration that joins the heads? Nobody is here to ask; `--yes` says that it is meant
        --- exit 3
    "#]],
    );
    assert_eq!(project.files(), before);
}

#[test]
fn a_merge_that_git_could_not_finish_is_finished() {
    let project = in_conflict();
    session(
        &project,
        ["doctor --fix --yes", "check --skip git --skip seals --skip edits"],
        expect![[r#"
        $ dunlin doctor --fix --yes
        The files of versions are not in order.
        The database sqlite:app.db has 3 applied migrations; whether they agree with the files shows once these are in order.

        trouble  versions/dunlin.lock holds the marks of a conflict that git left
          why    both sides of a merge have migrations that the other has not; it is there to be noticed
          do     keep the lines of both sides, and delete the marks

        trouble  there are 2 heads: `0004_nest` and `0005_wing`
                   versions/0004_nest.up.sql
                   versions/0005_wing.up.sql
          why    the lines go apart after `0003_egg`; most often each was begun on a git branch of its own
          do     `dunlin merge` joins them with a migration that does nothing else
                 `dunlin rebase` puts one line behind the other, if it is neither sealed nor applied
                 `dunlin up heads` applies all of them as they are

        wrote versions/dunlin.lock, with the lines of both sides

        wrote versions/0006_merge_0004_nest_and_0005_wing.up.sql
        wrote versions/0006_merge_0004_nest_and_0005_wing.down.sql

        2 repairs made; nothing is wrong now
        --- stderr
        it revises `0004_nest` and `0005_wing`
        --- exit 0

        $ dunlin check --skip git --skip seals --skip edits
        ok       files  6 migrations are in order
        ok       heads  `0006_merge_0004_nest_and_0005_wing` is the one head
        skipped  seals  as `--skip` says
        ok       down   every migration has a way back
        skipped  git    as `--skip` says
        skipped  edits  as `--skip` says

        3 checks passed, 3 skipped
        --- exit 0
    "#]],
    );
    expect![[r#"
        # Written by dunlin; commit it. A line is a migration in order. `dunlin lock` seals the open ones,
        # and a sealed file that is edited or deleted does not compile.
        0001_bird up=[checksum] down=[checksum] parents=base
        0002_name up=[checksum] down=[checksum] parents=0001
        0003_egg up=[checksum] down=[checksum] parents=0002
        0004_nest open
        0005_wing open
        0006_merge_0004_nest_and_0005_wing open
    "#]]
    .assert_eq(&without_checksums(&project.read("versions/dunlin.lock")));
    run(&project, "up").expect_code(0);
    run(&project, "doctor").expect_code(0);
}

#[test]
fn a_program_is_told_what_was_repaired() {
    session(
        &birds(),
        ["doctor --fix --yes --format json"],
        expect![[r#"
        $ dunlin doctor --fix --yes --format json
        {
          "version": 1,
          "complaints": [
            {
              "details": [],
              "kind": "no-lock-file",
              "repair": "lock",
              "trouble": true,
              "ways": [
                {
                  "command": "dunlin lock",
                  "does": "writes it; commit it"
                }
              ],
              "what": "versions has no dunlin.lock",
              "why": [
                "it was never written, or not committed; without it, an edit of what is applied shows only in a database"
              ]
            }
          ],
          "healthy": true,
          "left": [],
          "repairs": [
            {
              "did": [
                {
                  "sealed": [
                    "0001_bird",
                    "0002_name",
                    "0003_egg"
                  ]
                }
              ],
              "message": null,
              "outcome": "done",
              "repair": "lock"
            }
          ],
          "standing": [
            "versions holds 3 migrations, up to `0003_egg`.",
            "The database sqlite:app.db has no history of dunlin yet: `dunlin up` begins it and applies 3 migrations. If what they make is there already, `dunlin stamp heads` records them without running anything."
          ]
        }
        --- exit 0
    "#]],
    );
}

#[test]
fn a_lock_file_is_written_where_there_never_was_one() {
    let project = birds();
    session(
        &project,
        ["doctor --fix --yes"],
        expect![[r#"
        $ dunlin doctor --fix --yes
        versions holds 3 migrations, up to `0003_egg`.
        The database sqlite:app.db has no history of dunlin yet: `dunlin up` begins it and applies 3 migrations. If what they make is there already, `dunlin stamp heads` records them without running anything.

        trouble  versions has no dunlin.lock
          why    it was never written, or not committed; without it, an edit of what is applied shows only in a database
          do     `dunlin lock` writes it; commit it

          sealed  0001_bird
          sealed  0002_name
          sealed  0003_egg
        3 migrations sealed in versions/dunlin.lock; commit it

        1 repair made; nothing is wrong now
        --- exit 0
    "#]],
    );
    let project = applied_birds();
    project.remove("versions/dunlin.lock");
    session(
        &project,
        ["doctor --fix --yes"],
        expect![[r#"
        $ dunlin doctor --fix --yes
        versions holds 3 migrations, up to `0003_egg`.
        The database sqlite:app.db is at `0003_egg`; nothing is pending.

        trouble  versions has no dunlin.lock
          why    it was in commit [commit] (Ann, [date]: first)
          do     `git checkout [commit] -- versions/dunlin.lock` brings it back

        nothing was repaired; 1 thing is left to you
        --- exit 3
    "#]],
    );
    assert!(!project.files().contains(&"versions/dunlin.lock".to_owned()));
}
