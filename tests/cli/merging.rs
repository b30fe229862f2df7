//! `merge`: two lines become one.

use expect_test::expect;

use super::{birds, session};
use crate::support::project::Project;

/// Two lines after the birds: a nest, and a song with two verses.
pub(super) fn two_lines() -> Project {
    let project = birds();
    project.migration("0004_nest", "-- dunlin: revises 0003\ncreate table nest (id integer);\n", "drop table nest;\n");
    project.migration("0005_song", "-- dunlin: revises 0003\ncreate table song (id integer);\n", "drop table song;\n");
    project.migration(
        "0006_verse",
        "-- dunlin: revises 0005\ncreate table verse (id integer);\n",
        "drop table verse;\n",
    );
    project
}

#[test]
fn merge_joins_all_heads() {
    let project = two_lines();
    session(
        &project,
        ["merge", "up -q", "down -1 -q", "down 0003 -q", "merge"],
        &expect![[r#"
        $ dunlin merge
        wrote versions/0007_merge_0004_nest_and_0006_verse.up.sql
        wrote versions/0007_merge_0004_nest_and_0006_verse.down.sql
        --- stderr
        it revises `0004_nest` and `0006_verse`
        --- exit 0

        $ dunlin up -q
        7 migrations applied, the database is at 0007_merge_0004_nest_and_0006_verse
        --- exit 0

        $ dunlin down -1 -q
        1 migration reverted, the database is at `0004_nest` and `0006_verse`
        --- exit 0

        $ dunlin down 0003 -q
        3 migrations reverted, the database is at 0003_egg
        --- stderr
        warning: the way down to `0003` reverts 2 branches, those of `0004_nest` and `0006_verse`
        hint: to revert one branch only, stop where it parts from the others: `dunlin down <label>@<id>`
        --- exit 0

        $ dunlin merge
        there is nothing to merge: the one head is `0007_merge_0004_nest_and_0006_verse`
        --- exit 0
    "#]],
    );
    expect![[r#"
        -- merge 0004_nest and 0006_verse
        -- dunlin: revises 0004, 0006

        -- A merge joins two lines; there is nothing to do.
        select 1;
        ===
        -- Without the merge, the lines go on as they were; there is nothing to take back.
        select 1;
    "#]]
    .assert_eq(
        &["up", "down"]
            .map(|half| project.read(&format!("versions/0007_merge_0004_nest_and_0006_verse.{half}.sql")))
            .join("===\n"),
    );
    expect![[r#"
        # Written by dunlin; commit it. A line is a migration in order. `dunlin lock` seals the open ones,
        # and a sealed file that is edited or deleted does not compile.
        0001_bird open
        0002_name open
        0003_egg open
        0004_nest open
        0005_song open
        0006_verse open
        0007_merge_0004_nest_and_0006_verse open
    "#]]
    .assert_eq(&project.read("versions/dunlin.lock"));
}

#[test]
fn merge_joins_the_heads_that_are_named() {
    let project = two_lines();
    project.migration("0007_wing", "-- dunlin: revises 0003\nselect 1;\n", "select 1;\n");
    session(
        &project,
        [
            "merge nest",
            "merge nest song",
            "merge nest verse wign",
            "merge nest verse -m 'Birds sing in nests' --branch-label choir --rev-id 12",
            "merge heads --format json",
            "merge heads",
            "merge base head",
        ],
        &expect![[r#"
            $ dunlin merge nest
            --- stderr
            error: a merge joins two or more, and `0004_nest` is one
            --- exit 1

            $ dunlin merge nest song
            --- stderr
            error: `0005_song` is no head: `0006_verse` revises it
            hint: `dunlin new --splice` lets the line part there
            --- exit 1

            $ dunlin merge nest verse wign
            --- stderr
            error: no migration is called `wign`; did you mean `wing`?
            hint: `dunlin status` lists them
            --- exit 1

            $ dunlin merge nest verse -m 'Birds sing in nests' --branch-label choir --rev-id 12
            wrote versions/12_birds_sing_in_nests.up.sql
            wrote versions/12_birds_sing_in_nests.down.sql
            --- stderr
            it revises `0004_nest` and `0006_verse`
            --- exit 0

            $ dunlin merge heads --format json
            {
              "version": 1,
              "files": [
                "versions/13_merge_0007_wing_and_12_birds_sing_in_nests.up.sql",
                "versions/13_merge_0007_wing_and_12_birds_sing_in_nests.down.sql"
              ],
              "id": "13",
              "ids": [
                "13"
              ],
              "revises": [
                "0007_wing",
                "12_birds_sing_in_nests"
              ]
            }
            --- exit 0

            $ dunlin merge heads
            there is nothing to merge: the one head is `13_merge_0007_wing_and_12_birds_sing_in_nests`
            --- exit 0

            $ dunlin merge base head
            --- stderr
            error: `base` is no parent, and cannot stand beside one
            --- exit 1
        "#]],
    );
    expect![[r#"
        -- Birds sing in nests
        -- dunlin: revises 0004, 0006
        -- dunlin: label choir

        -- A merge joins two lines; there is nothing to do.
        select 1;
    "#]]
    .assert_eq(&project.read("versions/12_birds_sing_in_nests.up.sql"));
}

#[test]
fn lines_join_where_one_line_depends_on_the_other() {
    let project = two_lines();
    project.migration("0006_verse", "-- dunlin: revises 0005\n-- dunlin: depends-on 0004\nselect 1;\n", "select 1;\n");
    // One comes after the other already, and yet each could go on.
    session(
        &project,
        ["merge", "new wing", "merge nest verse", "new wing"],
        &expect![[r#"
        $ dunlin merge
        there is nothing to merge: the one head is `0006_verse`
        --- exit 0

        $ dunlin new wing
        --- stderr
        error: there are 2 heads: `0004_nest` and `0006_verse`
        hint: `--head 0004` goes on from one; `dunlin merge 0004 0006` joins them, `dunlin rebase 0006 --onto 0004` puts one after the other
        --- exit 1

        $ dunlin merge nest verse
        wrote versions/0007_merge_0004_nest_and_0006_verse.up.sql
        wrote versions/0007_merge_0004_nest_and_0006_verse.down.sql
        --- stderr
        it revises `0004_nest` and `0006_verse`
        --- exit 0

        $ dunlin new wing
        wrote versions/0008_wing.up.sql
        wrote versions/0008_wing.down.sql
        --- stderr
        it revises `0007_merge_0004_nest_and_0006_verse`
        --- exit 0
    "#]],
    );
}
