//! `test`: each migration up, down and up again on a scratch database. `rows.rs` is about seeds, checks and rows that must stay.

mod rows;

use expect_test::expect;

use super::repository::{commit, commit_all, git};
use super::{birds, run, session, shown};
use crate::support::project::Project;

/// A view and a trigger on a table that a later migration makes anew.
fn nest() -> Project {
    let project = birds();
    project.migration(
        "0004_nest",
        "create table nest (id integer primary key, egg integer references egg on delete cascade);
create index nest_by_egg on nest (egg);
create trigger counted after insert on nest begin update egg set id = id; end;
",
        "drop table nest;\n",
    );
    project
}

#[test]
fn what_is_right_passes_and_leaves_nothing_behind() {
    let project = nest();
    project.migration(
        "0005_size",
        "alter table nest add column size integer;\n",
        "alter table nest drop column size;\n",
    );
    let before = project.files();
    session(
        &project,
        ["test", "test -v", "test 0002:0003", "test 0004 -v", "test 0003: --jobs 2"],
        &expect![[r#"
        $ dunlin test
        5 migrations passed
        --- exit 0

        $ dunlin test -v
        ok        0001_bird
        ok        0002_name
        ok        0003_egg
        ok        0004_nest
        ok        0005_size
        5 migrations passed
        --- stderr
        settings file  none
        database       sqlite:app.db (from DATABASE_URL)
        migrations     versions
        --- exit 0

        $ dunlin test 0002:0003
        2 migrations passed
        --- exit 0

        $ dunlin test 0004 -v
        ok        0004_nest
        1 migration passed
        --- stderr
        settings file  none
        database       sqlite:app.db (from DATABASE_URL)
        migrations     versions
        --- exit 0

        $ dunlin test 0003: --jobs 2
        3 migrations passed
        --- exit 0
    "#]],
    );
    assert_eq!(project.files(), before);
}

#[test]
fn a_way_down_that_forgets_an_index_is_told_with_what_is_left() {
    let project = birds();
    project.migration("0004_find", "create index bird_by_name on bird (name);\n", "select 1;\n").migration(
        "0005_size",
        "alter table egg add column size integer;\n",
        "alter table egg drop column size;\n",
    );
    session(
        &project,
        ["test"],
        &expect![[r#"
            $ dunlin test
            fail      0004_find
                the way down does not lead back to the schema before; `+` is there and should not be, `-` should be there:
                    ~ table bird
                        + index bird_by_name: on bird ( name )
                the second way up fails: versions/0004_find.up.sql:1:1: index bird_by_name already exists (1)
                  |
                1 | create index bird_by_name on bird (name);
                  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                  statement 1 of 1 failed on a scratch database

            1 failed, 4 passed
            --- exit 3
        "#]],
    );
}

#[test]
fn a_rebuild_that_loses_a_trigger_is_told() {
    let project = nest();
    project.migration(
        "0005_size",
        "-- dunlin: foreign-keys off
create table new_nest (id integer primary key, egg integer references egg on delete cascade, size integer not null default 1);
insert into new_nest (id, egg) select id, egg from nest;
drop table nest;
alter table new_nest rename to nest;
create index nest_by_egg on nest (egg);
",
        "alter table nest drop column size;\n",
    );
    session(
        &project,
        ["test 0005"],
        &expect![[r#"
        $ dunlin test 0005
        fail      0005_size
            the way down does not lead back to the schema before; `+` is there and should not be, `-` should be there:
                ~ table nest
                    - trigger counted: after insert on nest begin update egg set id = id ; end
                the way up took away trigger counted

        1 failed
        --- exit 3
    "#]],
    );
}

#[test]
fn behind_a_migration_that_does_not_go_up_nothing_is_reached() {
    let project = nest();
    project.migration("0002_name", "alter table brid add column name text;\n", "select 1;\n");
    session(
        &project,
        ["test", "test 0003"],
        &expect![[r#"
            $ dunlin test
            fail      0002_name
                the way up fails: versions/0002_name.up.sql:1:13: no such table: brid (1)
                  |
                1 | alter table brid add column name text;
                  |             ^^^^
                  statement 1 of 1 failed on a scratch database
            unreached 0003_egg, as 0002_name does not go up
            unreached 0004_nest, as 0002_name does not go up

            1 failed, 2 not reached, 1 passed
            --- exit 3

            $ dunlin test 0003
            unreached 0003_egg, as 0002_name does not go up
                versions/0002_name.up.sql:1:13: no such table: brid (1)
                  |
                1 | alter table brid add column name text;
                  |             ^^^^
                  statement 1 of 1 failed on a scratch database

            1 not reached
            --- exit 3
        "#]],
    );
}

#[test]
fn an_irreversible_migration_only_goes_up() {
    let project = birds();
    project
        .file(
            "versions/0004_gone.up.sql",
            "-- dunlin: irreversible the names are lost\nalter table bird drop column name;\n",
        )
        .migration("0005_size", "alter table egg add column size integer;\n", "alter table egg drop column size;\n");
    session(
        &project,
        ["test", "test --all-states -v"],
        &expect![[r#"
        $ dunlin test
        up only   0004_gone: the names are lost
        5 migrations passed
        --- exit 0

        $ dunlin test --all-states -v
        ok        0001_bird
        ok        0002_name
        ok        0003_egg
        up only   0004_gone: the names are lost
        ok        0005_size
        up only   from base: `0004_gone` has no way back
        up only   from 0001_bird: `0004_gone` has no way back
        up only   from 0002_name: `0004_gone` has no way back
        up only   from 0003_egg: `0004_gone` has no way back
        ok        from 0004_gone
        5 migrations passed, and the ways from 5 states
        --- stderr
        settings file  none
        database       sqlite:app.db (from DATABASE_URL)
        migrations     versions
        --- exit 0
    "#]],
    );
}

#[test]
fn branches_and_merges_are_tested_on_all_that_comes_before() {
    let project = Project::new();
    let table =
        |name: &str| (format!("create table {name} (id integer primary key);\n"), format!("drop table {name};\n"));
    for (name, revises) in
        [("1_root", "base"), ("2_left", "1"), ("3_right", "1"), ("4_lefter", "2"), ("5_both", "4, 3"), ("6_last", "5")]
    {
        let (up, down) = table(&name[2..]);
        project.migration(name, &format!("-- dunlin: revises {revises}\n{up}"), &down);
    }
    session(
        &project,
        ["test -v", "test -v --all-states"],
        &expect![[r#"
        $ dunlin test -v
        ok        1_root
        ok        2_left
        ok        3_right
        ok        4_lefter
        ok        5_both
        ok        6_last
        6 migrations passed
        --- stderr
        settings file  none
        database       sqlite:app.db (from DATABASE_URL)
        migrations     versions
        --- exit 0

        $ dunlin test -v --all-states
        ok        1_root
        ok        2_left
        ok        3_right
        ok        4_lefter
        ok        5_both
        ok        6_last
        ok        from base
        ok        from 1_root
        ok        from 2_left
        ok        from 3_right
        ok        from 4_lefter
        ok        from 5_both
        6 migrations passed, and the ways from 6 states
        --- stderr
        settings file  none
        database       sqlite:app.db (from DATABASE_URL)
        migrations     versions
        --- exit 0
    "#]],
    );
    // Which of the two comes first says what the index is.
    let seen = |revises: &str, order: &str| {
        format!("-- dunlin: revises {revises}\ncreate index if not exists seen on root (id {order});\n")
    };
    let drop = "drop index if exists seen;\n";
    project.migration("2_left", &seen("1", "asc"), drop).migration("3_right", &seen("1", "desc"), "select 1;\n");
    project.migration("4_lefter", "-- dunlin: revises 2\ncreate table lefter (id integer);\n", "drop table lefter;\n");
    session(
        &project,
        ["test", "test --all-states"],
        &expect![[r#"
        $ dunlin test
        6 migrations passed
        --- exit 0

        $ dunlin test --all-states
        fail      from 3_right
            the way to the heads makes another schema than from an empty database; `+` is there and should not be, `-` should be there:
                ~ table root
                    ~ index seen
                        - definition: on root ( id asc )
                        + definition: on root ( id desc )
            the way back from the heads does not lead back to the schema that was there; `+` is there and should not be, `-` should be there:
                ~ table root
                    - index seen: on root ( id desc )

        1 failed, 11 passed
        --- exit 3
    "#]],
    );
}

#[test]
fn only_what_is_new_since_a_commit_is_tested() {
    let project = birds();
    commit_all(&project);
    git(&project, "checkout -q -b work");
    project.migration("0004_size", "alter table egg add column size integer;\n", "select 1;\n");
    project.file("versions/0002_name.down.sql", "alter table bird drop column name; -- again\n");
    session(
        &project,
        ["test --since main -v", "test --since main 0004:", "test --since mian"],
        &expect![[r#"
            $ dunlin test --since main -v
            ok        0002_name
            fail      0004_size
                the way down does not lead back to the schema before; `+` is there and should not be, `-` should be there:
                    ~ table egg
                        + column egg.size: integer
                the second way up fails: versions/0004_size.up.sql:1:1: duplicate column name: size (1)
                  |
                1 | alter table egg add column size integer;
                  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                  statement 1 of 1 failed on a scratch database

            1 failed, 1 passed
            --- stderr
            settings file  none
            database       sqlite:app.db (from DATABASE_URL)
            migrations     versions
            --- exit 3

            $ dunlin test --since main 0004:
            fail      0004_size
                the way down does not lead back to the schema before; `+` is there and should not be, `-` should be there:
                    ~ table egg
                        + column egg.size: integer
                the second way up fails: versions/0004_size.up.sql:1:1: duplicate column name: size (1)
                  |
                1 | alter table egg add column size integer;
                  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                  statement 1 of 1 failed on a scratch database

            1 failed
            --- exit 3

            $ dunlin test --since mian
            --- stderr
            error: git knows no commit `mian`; did you mean `main`?
            hint: `git branch --all` lists the branches that are known here
            --- exit 1
        "#]],
    );
    commit(&project, "size");
    session(
        &project,
        ["test --since work"],
        &expect![[r#"
        $ dunlin test --since work
        there is no migration to test
        --- exit 0
    "#]],
    );
}

#[test]
fn the_document_has_every_test_with_all_that_is_wrong() {
    let project = birds();
    project.migration("0004_find", "create index bird_by_name on bird (name);\n", "select 1;\n");
    let shown = shown(&run(&project, "test 0003: --format json"));
    expect![[r#"
        $ dunlin test 0003: --format json
        {
          "version": 1,
          "passed": false,
          "states": [],
          "tests": [
            {
              "checks": 0,
              "duration_us": [duration_us],
              "faults": [],
              "file": "versions/0003_egg.up.sql",
              "id": "0003",
              "name": "0003_egg",
              "reason": null,
              "result": "passed",
              "seeded": false
            },
            {
              "checks": 0,
              "duration_us": [duration_us],
              "faults": [
                {
                  "changes": [
                    {
                      "attributes": [],
                      "change": "added",
                      "kind": "index",
                      "name": "bird_by_name"
                    }
                  ],
                  "details": [
                    "~ table bird",
                    "    + index bird_by_name: on bird ( name )"
                  ],
                  "message": "the way down does not lead back to the schema before; `+` is there and should not be, `-` should be there:",
                  "stage": "down"
                },
                {
                  "changes": [],
                  "details": [],
                  "message": "the second way up fails: versions/0004_find.up.sql:1:1: index bird_by_name already exists (1)\n  |\n1 | create index bird_by_name on bird (name);\n  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  statement 1 of 1 failed on a scratch database",
                  "stage": "up-again"
                }
              ],
              "file": "versions/0004_find.up.sql",
              "id": "0004",
              "name": "0004_find",
              "reason": null,
              "result": "failed",
              "seeded": false
            }
          ]
        }
        --- exit 3
    "#]].assert_eq(&shown);
}

#[test]
fn words_that_mean_nothing_are_told() {
    session(
        &birds(),
        ["test egg", "test 9", "test 0001:0002:", "test --all-states 0001", "test --jobs 0"],
        &expect![[r#"
            $ dunlin test egg
            1 migration passed
            --- exit 0

            $ dunlin test 9
            --- stderr
            error: no migration is called `9`
            hint: `dunlin status` lists them
            --- exit 1

            $ dunlin test 0001:0002:
            --- stderr
            error: invalid value '0001:0002:' for '[MIGRATION|RANGE]': `0001:0002:` is no range; one is two targets with `:` between them, and either may be left out

            For more information, try '--help'.
            --- exit 1

            $ dunlin test --all-states 0001
            --- stderr
            error: the argument '--all-states' cannot be used with '[MIGRATION|RANGE]'

            Usage: dunlin test --all-states [MIGRATION|RANGE]

            For more information, try '--help'.
            --- exit 1

            $ dunlin test --jobs 0
            --- stderr
            error: invalid value '0' for '--jobs <N>': it is a number, 1 or more

            For more information, try '--help'.
            --- exit 1
        "#]],
    );
}
