//! `new`.

use expect_test::expect;

use super::{birds, run, session, shown};
use crate::support::project::Project;

#[test]
fn a_new_migration_comes_after_the_head() {
    let project = birds();
    session(&project, ["new add nest", "new -m 'Who sings?'"], &expect![[r#"
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
    "#]]);
    expect![[r#"
        -- dunlin: revises 0004

    "#]].assert_eq(&project.read("versions/0005_who_sings.up.sql"));
    expect![[r#"
        -- Takes back what the up file does, in reverse order.

    "#]].assert_eq(&project.read("versions/0004_add_nest.down.sql"));
    expect![[r#"
        $ dunlin new nest
        --- stderr
        error: versions/dunlin.lock:1:1: `0001_bird nonsense` must be `open`, or have `up=`, `down=` and `parents=`
        --- exit 3

        $ dunlin new --id 3 nest
        --- stderr
        error: versions/dunlin.lock:1:1: `0001_bird nonsense` must be `open`, or have `up=`, `down=` and `parents=`
        --- exit 3

        $ dunlin new --id head nest
        --- stderr
        error: versions/dunlin.lock:1:1: `0001_bird nonsense` must be `open`, or have `up=`, `down=` and `parents=`
        --- exit 3

        $ dunlin new
        --- stderr
        error: versions/dunlin.lock:1:1: `0001_bird nonsense` must be `open`, or have `up=`, `down=` and `parents=`
        --- exit 3

        $ dunlin new ...
        --- stderr
        error: versions/dunlin.lock:1:1: `0001_bird nonsense` must be `open`, or have `up=`, `down=` and `parents=`
        --- exit 3

        $ dunlin new nest --revises 0009
        --- stderr
        error: versions/dunlin.lock:1:1: `0001_bird nonsense` must be `open`, or have `up=`, `down=` and `parents=`
        --- exit 3
    "#]].assert_eq(&project.read("versions/dunlin.lock"));
}

#[test]
fn the_first_migration_has_the_time_as_its_id() {
    let project = Project::new();
    session(&project, ["new create birds", "status"], &expect![]);
    let files = project.files();
    let up = files.iter().find(|file| file.ends_with("_create_birds.up.sql")).expect("an up file");
    assert_eq!(project.read(up), "-- dunlin: revises base\n\n");
}

#[test]
fn nothing_is_overwritten_and_nothing_is_half_written() {
    let project = birds();
    project.file("versions/dunlin.lock", "0001_bird nonsense\n");
    let files = project.files();
    session(
        &project,
        ["new nest", "new --id 3 nest", "new --id head nest", "new", "new ...", "new nest --revises 0009"],
        &expect![],
    );
    assert_eq!(project.files(), files);

    project.remove("versions/dunlin.lock").file("versions/0004_nest.down.sql/keep", "");
    let files = project.files();
    expect![].assert_eq(&shown(&run(&project, "new nest")));
    assert_eq!(project.files(), files);
}

#[test]
fn several_heads_must_be_chosen_from() {
    let project = birds();
    project.migration("0004_nest", "-- dunlin: revises 0003\nselect 1;", "select 1;");
    project.migration("0005_song", "-- dunlin: revises 0003\nselect 1;", "select 1;");
    session(&project, ["new both", "new both --revises 0004,song", "up"], &expect![]);
    assert_eq!(project.read("versions/0006_both.up.sql"), "-- dunlin: revises 0004, 0005\n\n");
}

#[test]
fn an_irreversible_migration_has_no_down_file() {
    let project = birds();
    session(&project, ["new forget names --irreversible 'the names are gone'"], &expect![[r#"
        $ dunlin new forget names --irreversible 'the names are gone'
        wrote versions/0004_forget_names.up.sql
        --- stderr
        it revises `0003_egg`
        --- exit 0
    "#]]);
    expect![[r#"
        -- dunlin: revises 0003
        -- dunlin: irreversible the names are gone

    "#]].assert_eq(&project.read("versions/0004_forget_names.up.sql"));
}

#[test]
fn migrations_that_are_not_written_yet_do_not_hinder_the_next() {
    let project = Project::new();
    session(&project, ["new one --id 1", "new two", "new three", "up"], &expect![]);
}

#[test]
fn a_directory_of_single_files_stays_one() {
    let project = Project::new();
    project.file("versions/1_bird.sql", "create table bird (id integer);");
    session(&project, ["new egg"], &expect![[r#"
        $ dunlin new egg
        wrote versions/2_egg.sql
        --- stderr
        it revises `1_bird`
        --- exit 0
    "#]]);
}
