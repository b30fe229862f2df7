//! `new`.

use expect_test::expect;

use super::{birds, run, session, shown};
use crate::support::project::Project;

#[test]
fn a_new_migration_comes_after_the_head() {
    let project = birds();
    session(
        &project,
        ["new add nest", "new -m 'Who sings?'"],
        &expect![[r#"
        $ dunlin new add nest
        wrote versions/0004_add_nest.up.sql
        wrote versions/0004_add_nest.down.sql
        --- stderr
        it revises `0003_egg`
        --- exit 0

        $ dunlin new -m 'Who sings?'
        wrote versions/0005_who_sings.up.sql
        wrote versions/0005_who_sings.down.sql
        --- stderr
        it revises `0004_add_nest`
        --- exit 0
    "#]],
    );
    expect![[r#"
        -- Who sings?
        -- dunlin: revises 0004

    "#]]
    .assert_eq(&project.read("versions/0005_who_sings.up.sql"));
    expect![[r#"
        -- Write the way back here. If there is none, delete this file, and put `-- dunlin: irreversible <reason>` into the up file.

    "#]]
    .assert_eq(&project.read("versions/0004_add_nest.down.sql"));
    expect![[r#"
        # Written by dunlin; commit it. A line is a migration in order. `dunlin lock` seals the open ones,
        # and a sealed file that is edited or deleted does not compile.
        0001_bird open
        0002_name open
        0003_egg open
        0004_add_nest open
        0005_who_sings open
    "#]]
    .assert_eq(&project.read("versions/dunlin.lock"));
}

#[test]
fn the_first_migration_has_the_time_as_its_id() {
    let project = Project::new();
    session(
        &project,
        ["new create birds", "status"],
        &expect![[r#"
        $ dunlin new create birds
        wrote versions/[id]_create_birds.up.sql
        wrote versions/[id]_create_birds.down.sql
        --- exit 0

        $ dunlin status
        --- stderr
        error: versions/[id]_create_birds.up.sql: the up file has no statement
        hint: delete it, or write the statement; `select 1;` does nothing
        --- exit 3
    "#]],
    );
    let files = project.files();
    let up = files.iter().find(|file| file.ends_with("_create_birds.up.sql")).expect("an up file");
    assert_eq!(project.read(up), "-- dunlin: revises base\n\n");
}

#[test]
fn nothing_is_overwritten_and_nothing_is_half_written() {
    let project = birds();
    let files = project.files();
    session(
        &project,
        [
            "new --id 3 nest",
            "new --id head nest",
            "new --id a-b nest",
            "new",
            "new ...",
            "new nest --revises 0009",
            "new nest --irreversible ' '",
        ],
        &expect![[r#"
            $ dunlin new --id 3 nest
            --- stderr
            error: the id `3` is taken by `0003_egg`
            --- exit 1

            $ dunlin new --id head nest
            --- stderr
            error: the id `head` is a reserved word (`head`, `heads`, `base`, `current`)
            --- exit 1

            $ dunlin new --id a-b nest
            --- stderr
            error: the id `a-b` must be 1 to 64 letters and digits
            --- exit 1

            $ dunlin new
            --- stderr
            error: the migration has no name
            hint: say what it does: `dunlin new create users`
            --- exit 1

            $ dunlin new ...
            --- stderr
            error: `...` has no letter or digit that could be in a file's name
            hint: say what it does: `dunlin new create users`
            --- exit 1

            $ dunlin new nest --revises 0009
            --- stderr
            error: no migration is called `0009`; did you mean `0003`?
            hint: `dunlin status` lists them
            --- exit 1

            $ dunlin new nest --irreversible ' '
            --- stderr
            error: the reason is empty
            --- exit 1
        "#]],
    );
    assert_eq!(project.files(), files);
    // The first of the two files can be written, the second cannot.
    project.file("versions/0004_nest.down.sql/keep", "");
    let files = project.files();
    expect![[r#"
        $ dunlin new nest
        --- stderr
        error: versions/0004_nest.down.sql: File exists (os error 17)
        --- exit 1
    "#]]
    .assert_eq(&shown(&run(&project, "new nest")));
    assert_eq!(project.files(), files);
}

#[test]
fn a_lock_file_that_cannot_be_read_stays_as_it_is() {
    let project = birds();
    project.file("versions/dunlin.lock", "0001_bird nonsense\n");
    session(
        &project,
        ["new nest", "lock"],
        &expect![[r#"
        $ dunlin new nest
        --- stderr
        error: versions/dunlin.lock:1:1: `0001_bird nonsense` must be `open`, or have `up=`, `down=` and `parents=`
        --- exit 3

        $ dunlin lock
        --- stderr
        error: versions/dunlin.lock:1:1: `0001_bird nonsense` must be `open`, or have `up=`, `down=` and `parents=`
        --- exit 3
    "#]],
    );
    assert_eq!(project.read("versions/dunlin.lock"), "0001_bird nonsense\n");
    assert_eq!(project.files().len(), 7);
}

#[test]
fn several_heads_must_be_chosen_from() {
    let project = birds();
    project.migration("0004_nest", "-- dunlin: revises 0003\nselect 1;", "select 1;");
    project.migration("0005_song", "-- dunlin: revises 0003\nselect 1;", "select 1;");
    session(
        &project,
        ["new both", "new both --revises 0004,song", "up"],
        &expect![[r#"
            $ dunlin new both
            --- stderr
            error: there are 2 heads: `0004_nest` and `0005_song`
            hint: `--head 0004` goes on from one; `dunlin merge 0004 0005` joins them, `dunlin rebase 0005 --onto 0004` puts one after the other
            --- exit 1

            $ dunlin new both --revises 0004,song
            wrote versions/0006_both.up.sql
            wrote versions/0006_both.down.sql
            --- stderr
            it revises `0004_nest` and `0005_song`
            --- exit 0

            $ dunlin up
            --- stderr
            error: versions/0006_both.up.sql: the up file has no statement
            hint: delete it, or write the statement; `select 1;` does nothing
            --- exit 3
        "#]],
    );
    assert_eq!(project.read("versions/0006_both.up.sql"), "-- dunlin: revises 0004, 0005\n\n");
}

#[test]
fn an_irreversible_migration_has_no_down_file() {
    let project = birds();
    session(
        &project,
        ["new forget names --irreversible 'the names are gone'"],
        &expect![[r#"
        $ dunlin new forget names --irreversible 'the names are gone'
        wrote versions/0004_forget_names.up.sql
        --- stderr
        it revises `0003_egg`
        --- exit 0
    "#]],
    );
    expect![[r#"
        -- dunlin: revises 0003
        -- dunlin: irreversible the names are gone

    "#]]
    .assert_eq(&project.read("versions/0004_forget_names.up.sql"));
}

#[test]
fn migrations_that_are_not_written_yet_do_not_hinder_the_next() {
    let project = Project::new();
    session(
        &project,
        ["new one --id 1", "new two", "new three", "up"],
        &expect![[r#"
        $ dunlin new one --id 1
        wrote versions/1_one.up.sql
        wrote versions/1_one.down.sql
        --- exit 0

        $ dunlin new two
        wrote versions/2_two.up.sql
        wrote versions/2_two.down.sql
        --- stderr
        it revises `1_one`
        --- exit 0

        $ dunlin new three
        wrote versions/3_three.up.sql
        wrote versions/3_three.down.sql
        --- stderr
        it revises `2_two`
        --- exit 0

        $ dunlin up
        --- stderr
        error: versions/1_one.up.sql: the up file has no statement
          versions/2_two.up.sql: the up file has no statement
          versions/3_three.up.sql: the up file has no statement
        hint: delete it, or write the statement; `select 1;` does nothing
        --- exit 3
    "#]],
    );
}

#[test]
fn a_directory_of_single_files_stays_one() {
    let project = Project::new();
    project.file("versions/1_bird.sql", "create table bird (id integer);");
    session(
        &project,
        ["new egg"],
        &expect![[r#"
        $ dunlin new egg
        wrote versions/2_egg.sql
        --- stderr
        it revises `1_bird`
        --- exit 0
    "#]],
    );
}
