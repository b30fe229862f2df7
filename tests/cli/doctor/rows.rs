//! Rows that no file has.

use expect_test::expect;

use super::{advice, applied_birds, follow, heals, lose, session};
use crate::cli::repository::{add, commit, git};
use crate::cli::run;
use crate::support::project::Project;

/// A database that has a migration of another branch.
fn on_another_branch() -> Project {
    let project = applied_birds();
    git(&project, "switch -q -c wings");
    add(&project, "0005", "wing");
    commit(&project, "wing");
    run(&project, "up").expect_code(0);
    git(&project, "switch -q main");
    add(&project, "0004", "nest");
    commit(&project, "nest");
    project
}

#[test]
fn a_row_whose_files_are_on_another_branch() {
    session(
        &on_another_branch(),
        ["doctor"],
        expect![[r#"
            $ dunlin doctor
            versions holds 4 migrations, up to `0004_nest`.
            The database sqlite:app.db is at `0005_wing`; `0004_nest` is pending, and `dunlin up` applies it.

            trouble  `0005_wing` is applied, and no file here has it
              why    the files of `0005_wing` are in commit [commit] (Ann, [date]: wing), on `wings`, which is not merged here
              do     `git switch wings` goes to the branch
                     `git merge wings` brings the branch here
                     `git checkout [commit] -- versions/0005_wing.up.sql versions/0005_wing.down.sql` brings the files of `0005_wing` back
                     `dunlin restore 0005` writes the files back, as the database stores them
                     `dunlin down -1` takes back what was done, with its SQL as the database stores it
                     `dunlin repair missing 0005 --reason "…" --yes` forgets it without running anything: what it did to the schema stays

            note     1 of 4 migrations is open in dunlin.lock
              why    `dunlin new` opens a migration, so that its files can still change
              do     `dunlin lock` seals it, once the files are as they are to be; commit dunlin.lock

            1 thing is wrong
            --- exit 3
        "#]],
    );
    heals(on_another_branch, &["git switch wings", "dunlin down -1", "dunlin repair missing 0005"]);
}

#[test]
fn a_row_whose_files_are_left_behind_by_every_branch() {
    let left_behind = || {
        let project = on_another_branch();
        git(&project, "branch -q -D wings");
        project
    };
    session(
        &left_behind(),
        ["doctor"],
        expect![[r#"
            $ dunlin doctor
            versions holds 4 migrations, up to `0004_nest`.
            The database sqlite:app.db is at `0005_wing`; `0004_nest` is pending, and `dunlin up` applies it.

            trouble  `0005_wing` is applied, and no file here has it
              why    the files of `0005_wing` are in commit [commit] (Ann, [date]: wing), which no branch has any more
              do     `git checkout [commit] -- versions/0005_wing.up.sql versions/0005_wing.down.sql` brings the files of `0005_wing` back
                     `dunlin restore 0005` writes the files back, as the database stores them
                     `dunlin down -1` takes back what was done, with its SQL as the database stores it
                     `dunlin repair missing 0005 --reason "…" --yes` forgets it without running anything: what it did to the schema stays

            note     1 of 4 migrations is open in dunlin.lock
              why    `dunlin new` opens a migration, so that its files can still change
              do     `dunlin lock` seals it, once the files are as they are to be; commit dunlin.lock

            1 thing is wrong
            --- exit 3
        "#]],
    );
    let project = left_behind();
    let advice = advice(&project);
    let advised = advice.iter().find(|advised| advised.starts_with("git checkout ")).unwrap();
    follow(&project, advised).expect_code(0);
    assert!(project.files().contains(&"versions/0005_wing.down.sql".to_owned()), "{:?}", project.files());
}

#[test]
fn a_row_whose_files_were_deleted() {
    let deleted = || {
        let project = applied_birds();
        for name in ["0004_nest", "0005_wing"] {
            let (id, slug) = name.split_once('_').unwrap();
            add(&project, id, slug);
        }
        commit(&project, "nests");
        run(&project, "up").expect_code(0);
        let new = "-- dunlin: revises 0003\ncreate table wing (id integer);\n";
        lose(&project, "0004_nest");
        project.file("versions/0005_wing.up.sql", new);
        commit(&project, "fewer");
        project
    };
    session(
        &deleted(),
        ["doctor"],
        expect![[r#"
            $ dunlin doctor
            versions holds 4 migrations, up to `0005_wing`.
            The database sqlite:app.db is at `0005_wing` and `0004_nest`; nothing is pending.

            trouble  `0004_nest` is applied, and no file here has it
              why    the files of `0004_nest` were deleted in commit [commit] (Ann, [date]: fewer)
              do     `git checkout [commit] -- versions/0004_nest.up.sql versions/0004_nest.down.sql` brings the files of `0004_nest` back
                     `dunlin restore 0004` writes the files back, as the database stores them
                     `dunlin down 0003` takes back what was done, with its SQL as the database stores it; `0005_wing` would go too
                     `dunlin stamp 0005` forgets it without running anything: what it did to the schema stays

            trouble  versions/0005_wing.up.sql revises `0003` now, and `0004` when it was applied
              why    its `revises` was edited after it was applied, or a file before it was added, renamed or deleted
              do     let it revise `0004` again, if that was no intention
                     `dunlin stamp --purge 0005` writes the rows anew as the files say, without running anything

            note     1 of 4 migrations is open in dunlin.lock
              why    `dunlin new` opens a migration, so that its files can still change
              do     `dunlin lock` seals it, once the files are as they are to be; commit dunlin.lock

            note     versions/0005_wing.up.sql was edited after it was applied, in comments or white space only
              why    that changes nothing that was done, and runs go on

            2 things are wrong
            --- exit 3
        "#]],
    );
}

#[test]
fn a_row_whose_files_were_never_committed() {
    let lost = || {
        let project = applied_birds();
        add(&project, "0004", "nest");
        run(&project, "up").expect_code(0);
        lose(&project, "0004_nest");
        add(&project, "0005", "wing");
        project
    };
    session(
        &lost(),
        ["doctor"],
        expect![[r#"
            $ dunlin doctor
            versions holds 4 migrations, up to `0005_wing`.
            The database sqlite:app.db is at `0004_nest`; `0005_wing` is pending, and `dunlin up` applies it.

            trouble  `0004_nest` is applied, and no file here has it
              why    git knows no commit here with a file of `0004_nest`: it was never committed, or is on a branch that was not fetched
              do     `git fetch --all` fetches what others have pushed; `dunlin doctor` then looks for it again
                     `dunlin restore 0004` writes the files back, as the database stores them
                     `dunlin down -1` takes back what was done, with its SQL as the database stores it
                     `dunlin repair missing 0004 --reason "…" --yes` forgets it without running anything: what it did to the schema stays

            note     1 of 4 migrations is open in dunlin.lock
              why    `dunlin new` opens a migration, so that its files can still change
              do     `dunlin lock` seals it, once the files are as they are to be; commit dunlin.lock

            1 thing is wrong
            --- exit 3
        "#]],
    );
    heals(lost, &["dunlin down -1", "dunlin repair missing 0004"]);
}

#[test]
fn a_database_that_is_ahead_is_a_note_unless_it_is_breaking() {
    let project = applied_birds();
    run(&project, "new away --id 0004 --irreversible 'the data is gone'").expect_code(0);
    project
        .file("versions/0004_away.up.sql", "-- dunlin: revises 0003\n-- dunlin: irreversible it is gone\nselect 1;\n");
    run(&project, "up").expect_code(0);
    project.remove("versions/0004_away.up.sql");
    session(
        &project,
        ["doctor"],
        expect![[r#"
            $ dunlin doctor
            versions holds 3 migrations, up to `0003_egg`.
            The database sqlite:app.db is at `0004_away`; nothing is pending.

            note     the database is ahead of the files: it has `0004_away`
              why    nothing that is here comes after it, so runs go on
                     git knows no commit here with a file of `0004_away`: it was never committed, or is on a branch that was not fetched
                     `dunlin down` cannot take it back: `0004_away` is irreversible: it is gone
              do     `git fetch --all` fetches what others have pushed; `dunlin doctor` then looks for it again
                     `dunlin restore 0004` writes the files back, as the database stores them

            nothing is wrong
            --- exit 0
        "#]],
    );
    project.file("versions/0004_away.up.sql", "-- dunlin: revises 0003\n-- dunlin: breaking\nselect 1;\n");
    project.file("versions/0004_away.down.sql", "select 1;\n");
    std::fs::remove_file(project.path().join("app.db")).unwrap();
    run(&project, "up").expect_code(0);
    lose(&project, "0004_away");
    session(
        &project,
        ["doctor"],
        expect![[r#"
            $ dunlin doctor
            versions holds 3 migrations, up to `0003_egg`.
            The database sqlite:app.db is at `0004_away`; nothing is pending.

            trouble  the database is ahead of the files: it has `0004_away`
              why    it says `-- dunlin: breaking`: what does not know it must not run
                     git knows no commit here with a file of `0004_away`: it was never committed, or is on a branch that was not fetched
              do     `git fetch --all` fetches what others have pushed; `dunlin doctor` then looks for it again
                     `dunlin restore 0004` writes the files back, as the database stores them
                     `dunlin down -1` takes back what was done, with its SQL as the database stores it

            1 thing is wrong
            --- exit 3
        "#]],
    );
}
