//! Files that were edited, deleted or moved after they were applied, and steps that did not end.

use expect_test::expect;

use super::{advice, applied_birds, follow, heals, session};
use crate::cli::repository::{add, commit};
use crate::cli::{birds, run};
use crate::support::database::Database;
use crate::support::project::Project;

/// An open migration that was edited after it was applied.
fn edited() -> Project {
    let project = applied_birds();
    add(&project, "0004", "nest");
    commit(&project, "nest");
    run(&project, "up").expect_code(0);
    project.file("versions/0004_nest.up.sql", "-- dunlin: revises 0003\ncreate table nest (id bigint);\n");
    project
}

#[test]
fn an_edited_file() {
    session(
        &edited(),
        ["doctor"],
        expect![[r#"
            $ dunlin doctor
            versions holds 4 migrations, up to `0004_nest`.
            The database sqlite:app.db is at `0004_nest`; nothing is pending.

            trouble  versions/0004_nest.up.sql was edited after it was applied on [date]
                       applied  [checksum]
                       in file  [checksum]
                       @@ -1,3 +1,2 @@
                        -- dunlin: revises 0003
                       -
                       -create table nest (id integer);
                       +create table nest (id bigint);
              why    what the database has is not what the file says; a new database would differ
                     the edit is not committed
              do     `git checkout HEAD -- versions/0004_nest.up.sql` takes the edit back
                     `dunlin restore 0004` writes the text back that was applied, as the database stores it
                     `dunlin lock --accept 0004 --reason "…"` accepts the edit, if it changes nothing that was done; databases then heal themselves
                     `dunlin new <slug>` begins a new migration, where a change of what is applied belongs
                     `dunlin redo 0003` reverts it and what comes after it, and applies the files as they are, in a database of your own

            note     1 of 4 migrations is open in dunlin.lock
              why    `dunlin new` opens a migration, so that its files can still change
              do     `dunlin lock` seals it, once the files are as they are to be; commit dunlin.lock

            1 thing is wrong
            --- exit 3
        "#]],
    );
    heals(edited, &["git checkout HEAD", "dunlin redo 0003"]);
    restores(&edited(), "dunlin restore 0004");
    let committed = || {
        let project = edited();
        commit(&project, "wider");
        project
    };
    session(
        &committed(),
        ["doctor"],
        expect![[r#"
            $ dunlin doctor
            versions holds 4 migrations, up to `0004_nest`.
            The database sqlite:app.db is at `0004_nest`; nothing is pending.

            trouble  versions/0004_nest.up.sql was edited after it was applied on [date]
                       applied  [checksum]
                       in file  [checksum]
                       @@ -1,3 +1,2 @@
                        -- dunlin: revises 0003
                       -
                       -create table nest (id integer);
                       +create table nest (id bigint);
              why    what the database has is not what the file says; a new database would differ
                     it was edited in commit [commit] (Ann, [date]: wider)
              do     `git checkout [commit] -- versions/0004_nest.up.sql` brings the text back that was meant
                     `dunlin restore 0004` writes the text back that was applied, as the database stores it
                     `dunlin lock --accept 0004 --reason "…"` accepts the edit, if it changes nothing that was done; databases then heal themselves
                     `dunlin new <slug>` begins a new migration, where a change of what is applied belongs
                     `dunlin redo 0003` reverts it and what comes after it, and applies the files as they are, in a database of your own

            note     1 of 4 migrations is open in dunlin.lock
              why    `dunlin new` opens a migration, so that its files can still change
              do     `dunlin lock` seals it, once the files are as they are to be; commit dunlin.lock

            1 thing is wrong
            --- exit 3
        "#]],
    );
    heals(committed, &["git checkout "]);
}

/// Follows advice to overwrite a file, where nobody can be asked, and expects that nothing is wrong then.
fn restores(project: &Project, piece: &str) {
    assert!(advice(project).iter().any(|advised| advised == piece), "nobody advises `{piece}`");
    follow(project, &format!("{piece} --yes")).expect_code(0);
    run(project, "doctor").expect_code(0);
}

#[test]
fn an_edited_file_that_is_sealed() {
    let sealed = || {
        let project = applied_birds();
        project.file("versions/0003_egg.up.sql", "create table egg (id bigint primary key);\n");
        project
    };
    session(
        &sealed(),
        ["doctor"],
        expect![[r#"
            $ dunlin doctor
            The files of versions are not in order.
            The database sqlite:app.db has 3 applied migrations; whether they agree with the files shows once these are in order.

            trouble  versions/0003_egg.up.sql: it was edited after it was sealed
                       sealed   [checksum]
                       in file  [checksum]
              why    the edit is not committed
              do     `git checkout HEAD -- versions/0003_egg.up.sql` takes the edit back
                     `dunlin restore 0003` writes back what was applied, if the database has it
                     `dunlin lock --accept 0003 --reason "…"` accepts the edit; databases that have it heal themselves
                     `dunlin new <slug>` begins a new migration, where a change of what is applied belongs

            1 thing is wrong
            --- exit 3
        "#]],
    );
    heals(sealed, &["git checkout HEAD"]);
    restores(&sealed(), "dunlin restore 0003");
    let project = sealed();
    follow(&project, "dunlin lock --accept 0003 --reason same").expect_code(0);
    session(
        &project,
        ["doctor", "doctor --fix --yes", "doctor"],
        expect![[r#"
        $ dunlin doctor
        versions holds 3 migrations, up to `0003_egg`.
        The database sqlite:app.db is at `0003_egg`; nothing is pending.

        trouble  `0003_egg` was edited, and the lock file accepts the edit
          why    the history still has what was applied; the next run brings it in line
          do     `dunlin up` does so, and applies what is pending

        1 thing is wrong; `dunlin doctor --fix` repairs it
        --- exit 3

        $ dunlin doctor --fix --yes
        versions holds 3 migrations, up to `0003_egg`.
        The database sqlite:app.db is at `0003_egg`; nothing is pending.

        trouble  `0003_egg` was edited, and the lock file accepts the edit
          why    the history still has what was applied; the next run brings it in line
          do     `dunlin up` does so, and applies what is pending

          healed    0003_egg: its history follows the accepted edit

        1 repair made; nothing is wrong now
        --- stderr
        note: versions/0003_egg.up.sql was edited after it was applied, and the lock file accepts the edit
        --- exit 0

        $ dunlin doctor
        versions holds 3 migrations, up to `0003_egg`.
        The database sqlite:app.db is at `0003_egg`; nothing is pending.

        nothing is wrong
        --- exit 0
    "#]],
    );
}

#[test]
fn a_sealed_file_that_was_deleted() {
    let deleted = || {
        let project = applied_birds();
        project.remove("versions/0003_egg.up.sql").remove("versions/0003_egg.down.sql");
        project
    };
    session(
        &deleted(),
        ["doctor"],
        expect![[r#"
            $ dunlin doctor
            The files of versions are not in order.
            The database sqlite:app.db has 3 applied migrations; whether they agree with the files shows once these are in order.

            trouble  versions/0003_egg.up.sql: it was deleted after it was sealed in `versions/dunlin.lock`
              why    the files of `0003_egg` are in commit [commit] (Ann, [date]: first), and the deletion is not committed
              do     `git checkout [commit] -- versions/0003_egg.up.sql versions/0003_egg.down.sql` brings the files of `0003_egg` back
                     `dunlin restore 0003` writes back what was applied, if the database has it
                     if no database can have it, delete its line from versions/dunlin.lock

            1 thing is wrong
            --- exit 3
        "#]],
    );
    heals(deleted, &["git checkout ", "dunlin restore 0003"]);
}

#[test]
fn a_row_that_was_changed_by_hand() {
    let altered = || {
        let project = applied_birds();
        let url = format!("sqlite://{}", project.path().join("app.db").display());
        Database::sql_at(&url, "update dunlin_migrations set up_checksum = down_checksum where id = '0002'");
        project
    };
    session(
        &altered(),
        ["doctor"],
        expect![[r#"
        $ dunlin doctor
        versions holds 3 migrations, up to `0003_egg`.
        The database sqlite:app.db is at `0003_egg`; nothing is pending.

        trouble  the row of `0002_name` was altered: its SQL does not have the checksum beside it
          why    somebody changed the history by hand, or restored a part of it; nothing tells what was applied
          do     `dunlin repair checksums` shows what differs
                 `dunlin repair checksums --reason "…" --yes` makes it fit

        1 thing is wrong
        --- exit 3
    "#]],
    );
    heals(altered, &["dunlin repair checksums --reason"]);
}

/// A step that stopped at its second statement.
fn unfinished() -> Project {
    let project = applied_birds();
    add(&project, "0004", "nest");
    let up = "-- dunlin: revises 0003\n-- dunlin: transaction none\ncreate table nest (id int);\ncreate table bird (id int);\n";
    project.file("versions/0004_nest.up.sql", up);
    run(&project, "up").expect_code(6);
    project
}

#[test]
fn a_step_that_did_not_end() {
    session(
        &unfinished(),
        ["doctor"],
        expect![[r#"
            $ dunlin doctor
            versions holds 4 migrations, up to `0004_nest`.
            The database sqlite:app.db is at `0003_egg`, and `0004_nest` began and did not end.

            trouble  versions/0004_nest.up.sql began to go up and did not end: statement 2 failed: table bird already exists
                       statement 1 (line 3): in place: create table nest (id int)
                       statement 2 (line 4): failed, not in place: create table bird (id int)
              why    its statements are not in one transaction, so those that are in place stay
                     the server refused statement 2 (line 4 of versions/0004_nest.up.sql)
              do     mend the file from that statement on, or the data, and then
                     `dunlin resume` tries statement 2 again, and finishes it
                     or run by hand what of versions/0004_nest.up.sql is not in place yet, and then
                     `dunlin mark 0004 applied --reason "…"` counts it as applied
                     or take back by hand what is in place, and then
                     `dunlin mark 0004 reverted --reason "…"` counts it as not applied

            note     1 of 4 migrations is open in dunlin.lock
              why    `dunlin new` opens a migration, so that its files can still change
              do     `dunlin lock` seals it, once the files are as they are to be; commit dunlin.lock

            1 thing is wrong
            --- exit 3
        "#]],
    );
    heals(unfinished, &["dunlin mark 0004 applied", "dunlin mark 0004 reverted"]);
}

#[test]
fn migrations_that_came_late_or_have_other_parents() {
    let project = birds();
    run(&project, "up").expect_code(0);
    project.migration("0002b_song", "create table song (id integer);\n", "drop table song;\n");
    run(&project, "lock").expect_code(0);
    session(
        &project,
        ["doctor"],
        expect![[r#"
        $ dunlin doctor
        versions holds 4 migrations, up to `0003_egg`.
        The database sqlite:app.db is at `0003_egg`; `0002b_song` is pending, and `dunlin up` applies it.

        trouble  versions/0002b_song.up.sql is pending, and `0003_egg` after it is applied
          why    most often it came with a merge, after what comes later had been applied here
          do     `dunlin up --allow-out-of-order` applies it now
                 or give it an id and `revises` behind what is applied, if nobody else has applied it

        1 thing is wrong
        --- exit 3
    "#]],
    );
    follow(&project, "dunlin up --allow-out-of-order").expect_code(0);
    run(&project, "doctor").expect_code(0);

    let project = applied_birds();
    add(&project, "0004", "nest");
    add(&project, "0005", "wing");
    run(&project, "up").expect_code(0);
    let text = project.read("versions/0005_wing.up.sql");
    project.file("versions/0005_wing.up.sql", text.replace("0004", "0003"));
    run(&project, "merge --id 0006").expect_code(0);
    session(
        &project,
        ["doctor"],
        expect![[r#"
            $ dunlin doctor
            versions holds 6 migrations, up to `0006_merge_0004_nest_and_0005_wing`.
            The database sqlite:app.db is at `0004_nest` and `0005_wing`; `0006_merge_0004_nest_and_0005_wing` is pending, and `dunlin up` applies it.

            trouble  versions/0005_wing.up.sql revises `0003` now, and `0004` when it was applied
              why    its `revises` was edited after it was applied, or a file before it was added, renamed or deleted
              do     let it revise `0004` again, if that was no intention
                     `dunlin stamp --purge 0004 0005` writes the rows anew as the files say, without running anything

            note     3 of 6 migrations are open in dunlin.lock
              why    `dunlin new` opens a migration, so that its files can still change
              do     `dunlin lock` seals them, once the files are as they are to be; commit dunlin.lock

            note     versions/0005_wing.up.sql was edited after it was applied, in comments or white space only
              why    that changes nothing that was done, and runs go on

            1 thing is wrong
            --- exit 3
        "#]],
    );
    let advice = advice(&project);
    let advised = advice.iter().find(|advised| advised.starts_with("dunlin stamp --purge")).unwrap();
    follow(&project, advised).expect_code(0);
    run(&project, "doctor").expect_code(0);
}
