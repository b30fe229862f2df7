//! `edit`, and `new --edit`.

use expect_test::expect;

use super::making::two_lines;
use super::{birds, command, run, shown};
use crate::support::command::Outcome;
use crate::support::project::Project;

fn edited(project: &Project, editor: &str, line: &str) -> Outcome {
    command(project, line).variable("EDITOR", editor).run()
}

#[test]
fn the_editor_opens_both_files_and_they_are_checked_afterwards() {
    let project = birds();
    let write = r#"sh -c 'echo "create table nest (id integer);" >>"$0"; echo "drop table nest;" >>"$1"'"#;
    let outcomes = [
        edited(&project, write, "new nest --edit"),
        edited(&project, "true", "new song --edit"),
        edited(&project, "false", "new wing --edit"),
        run(&project, "new beak --edit"),
        edited(&project, r#"sh -c 'echo "-- dunlin: nonsense" >"$0"'"#, "new egg --edit"),
    ];
    expect![[r#"
        $ dunlin new nest --edit
        wrote versions/0004_nest.up.sql
        wrote versions/0004_nest.down.sql
        --- stderr
        it revises `0003_egg`
        --- exit 0

        $ dunlin new song --edit
        wrote versions/0005_song.up.sql
        wrote versions/0005_song.down.sql
        --- stderr
        it revises `0004_nest`
        error: versions/0005_song.up.sql: the up file has no statement
        hint: delete it, or write the statement; `select 1;` does nothing
        --- exit 3

        $ dunlin new wing --edit
        wrote versions/0006_wing.up.sql
        wrote versions/0006_wing.down.sql
        --- stderr
        it revises `0005_song`
        error: the editor `false` ended with exit code 1
        hint: the files stay as they are now
        --- exit 1

        $ dunlin new beak --edit
        --- stderr
        error: no editor is named
        hint: set VISUAL or EDITOR
        --- exit 1

        $ dunlin new egg --edit
        wrote versions/0007_egg.up.sql
        wrote versions/0007_egg.down.sql
        --- stderr
        it revises `0006_wing`
        error: versions/0007_egg.up.sql: the up file has no statement
          versions/0007_egg.up.sql: it states no `revises`, and `versions/0004_nest.up.sql`, which comes before it, does
          versions/0007_egg.up.sql:1:1: unknown directive `nonsense`
        hint: delete it, or write the statement; `select 1;` does nothing
        hint: add `-- dunlin: revises <id>`; `dunlin new` writes it
        --- exit 3
    "#]]
    .assert_eq(&outcomes.map(|outcome| shown(&outcome)).join("\n"));
    assert!(project.files().iter().all(|file| !file.contains("beak")), "without an editor nothing is written");
}

#[test]
fn edit_opens_the_head() {
    let project = birds();
    let outcomes = [
        edited(&project, "cat", "edit"),
        edited(&project, "cat", "edit --down"),
        edited(&project, "cat", "edit 0001"),
        edited(&project, "cat", "edit -1"),
        edited(&project, "cat", "edit brid"),
        edited(&project, "cat", "edit base"),
        edited(&project, "sh -c 'echo nonsense[ >\"$0\"'", "edit name"),
        run(&project, "edit"),
    ];
    expect![[r#"
        $ dunlin edit
        create table egg (id integer primary key);
        versions/0003_egg.up.sql is in order
        --- exit 0

        $ dunlin edit --down
        drop table egg;
        versions/0003_egg.down.sql is in order
        --- exit 0

        $ dunlin edit 0001
        create table bird (id integer primary key);
        versions/0001_bird.up.sql is in order
        --- exit 0

        $ dunlin edit -1
        alter table bird add column name text;
        versions/0002_name.up.sql is in order
        --- exit 0

        $ dunlin edit brid
        --- stderr
        error: no migration is called `brid`; did you mean `bird`?
        hint: `dunlin status` lists them
        --- exit 1

        $ dunlin edit base
        --- stderr
        error: `base` is no migration
        --- exit 1

        $ dunlin edit name
        versions/0002_name.up.sql is in order
        --- exit 0

        $ dunlin edit
        --- stderr
        error: no editor is named
        hint: set VISUAL or EDITOR
        --- exit 1
    "#]]
    .assert_eq(&outcomes.map(|outcome| shown(&outcome)).join("\n"));
    let project = two_lines();
    let outcomes = [edited(&project, "cat", "edit"), edited(&project, "cat", "edit song@head --format json")];
    expect![[r#"
        $ dunlin edit
        --- stderr
        error: `head` could be `0004_nest` and `0005_song`
        --- exit 1

        $ dunlin edit song@head --format json
        -- dunlin: revises 0002
        -- dunlin: label song
        select 1;
        {
          "version": 1,
          "files": [
            "versions/0005_song.up.sql"
          ],
          "name": "0005_song"
        }
        --- exit 0
    "#]]
    .assert_eq(&outcomes.map(|outcome| shown(&outcome)).join("\n"));
}

#[test]
fn edit_leaves_what_is_sealed_or_applied() {
    let project = birds();
    run(&project, "up 0001").expect_code(0);
    let outcomes = [
        edited(&project, "cat", "edit 0001"),
        edited(&project, "cat", "edit current"),
        edited(&project, "cat", "edit 0001 --force"),
        run(&project, "lock"),
        edited(&project, "cat", "edit 0002"),
        edited(&project, "sh -c 'echo \"-- more\" >>\"$0\"'", "edit 0002 --force"),
    ];
    expect![[r#"
        $ dunlin edit 0001
        --- stderr
        error: `0001_bird` is applied in the database
        hint: put the change in a new migration: `dunlin new <what it does>`; `--force` opens it all the same
        --- exit 9

        $ dunlin edit current
        --- stderr
        error: `0001_bird` is applied in the database
        hint: put the change in a new migration: `dunlin new <what it does>`; `--force` opens it all the same
        --- exit 9

        $ dunlin edit 0001 --force
        create table bird (id integer primary key);
        versions/0001_bird.up.sql is in order
        --- exit 0

        $ dunlin lock
          sealed  0001_bird
          sealed  0002_name
          sealed  0003_egg
        3 migrations sealed in versions/dunlin.lock; commit it
        --- exit 0

        $ dunlin edit 0002
        --- stderr
        error: `0002_name` is sealed in dunlin.lock
        hint: put the change in a new migration: `dunlin new <what it does>`; `--force` opens it all the same
        --- exit 9

        $ dunlin edit 0002 --force
        --- stderr
        error: versions/0002_name.up.sql: it was edited after it was sealed
            sealed   [checksum]
            in file  [checksum]
        hint: restore the file (`git log` shows who changed it, and `dunlin restore 0002` writes it back from a database that has it), or accept the edit with `dunlin lock --accept 0002 --reason "…"`, or put the change in a new migration with `dunlin new`
        --- exit 3
    "#]].assert_eq(&outcomes.map(|outcome| shown(&outcome)).join("\n"));
}
