//! What `new` is told: heads, labels, dependencies, ids, templates and hooks.

use expect_test::expect;

use super::{birds, command, run, session, shown};
use crate::support::project::Project;

/// Three birds, and a line beside them that begins with a label.
pub(super) fn two_lines() -> Project {
    let project = birds();
    project.migration("0004_nest", "-- dunlin: revises 0003\nselect 1;\n", "select 1;\n");
    project.migration("0005_song", "-- dunlin: revises 0002\n-- dunlin: label song\nselect 1;\n", "select 1;\n");
    project
}

#[test]
fn what_it_comes_after_is_any_target() {
    let project = two_lines();
    session(
        &project,
        [
            "new a",
            "new a --head 0004 -q",
            "new b --head song@head",
            "new c --head nes",
            "new c --head nes --splice",
            "new d --head base --label other",
            "new e --head song,other",
            "new f --head heads",
            "new g --head base,f",
            "new g --head b --head song --splice",
            "new g --head ''",
            "new g --head 1+1+1",
        ],
        &expect![[r#"
            $ dunlin new a
            --- stderr
            error: there are 2 heads: `0004_nest` and `0005_song`
            hint: `--head 0004` goes on from one; `dunlin merge 0004 0005` joins them, `dunlin rebase 0005 --onto 0004` puts one after the other
            --- exit 1

            $ dunlin new a --head 0004 -q
            wrote versions/0006_a.up.sql
            wrote versions/0006_a.down.sql
            --- stderr
            it revises `0004_nest`
            --- exit 0

            $ dunlin new b --head song@head
            wrote versions/0007_b.up.sql
            wrote versions/0007_b.down.sql
            --- stderr
            it revises `0005_song`
            --- exit 0

            $ dunlin new c --head nes
            --- stderr
            error: `0004_nest` is no head: `0006_a` revises it
            hint: `dunlin new --splice` lets the line part there
            --- exit 1

            $ dunlin new c --head nes --splice
            wrote versions/0008_c.up.sql
            wrote versions/0008_c.down.sql
            --- stderr
            it revises `0004_nest`
            --- exit 0

            $ dunlin new d --head base --label other
            wrote versions/0009_d.up.sql
            wrote versions/0009_d.down.sql
            --- exit 0

            $ dunlin new e --head song,other
            --- stderr
            error: `0005_song` is no head: `0007_b` revises it
            hint: `dunlin new --splice` lets the line part there
            --- exit 1

            $ dunlin new f --head heads
            wrote versions/0010_f.up.sql
            wrote versions/0010_f.down.sql
            --- stderr
            it revises `0006_a`, `0007_b`, `0008_c` and `0009_d`
            --- exit 0

            $ dunlin new g --head base,f
            --- stderr
            error: `base` is no parent, and cannot stand beside one
            --- exit 1

            $ dunlin new g --head b --head song --splice
            --- stderr
            error: it cannot revise both `0005_song` and `0007_b`, for `0007_b` comes after `0005_song` already
            --- exit 1

            $ dunlin new g --head ''
            --- stderr
            error: invalid value '' for '--head <TARGET>': `` is no target; one is `head`, `heads`, `base`, `current`, `+N`, `-N`, an id, a slug, a label, the beginning of one, any of these with `+N` or `-N` behind it, or `<label>@` and one of these

            For more information, try '--help'.
            --- exit 1

            $ dunlin new g --head 1+1+1
            --- stderr
            error: invalid value '1+1+1' for '--head <TARGET>': `1+1+1` is no target; one is `head`, `heads`, `base`, `current`, `+N`, `-N`, an id, a slug, a label, the beginning of one, any of these with `+N` or `-N` behind it, or `<label>@` and one of these

            For more information, try '--help'.
            --- exit 1
        "#]],
    );
    assert!(project.read("versions/0008_c.up.sql").starts_with("-- dunlin: revises 0004\n"));
}

#[test]
fn d12_labels_and_ids_are_checked_before_anything_is_written() {
    let project = two_lines();
    let files = project.files();
    session(
        &project,
        [
            "new a --label song --head 0004",
            "new a --branch-label current --head 0004",
            "new a --label 'a b' --head 0004",
            "new a --label x --label x --head 0004",
            "new a --label a1 --rev-id a01 --head 0004",
            "new a --rev-id song --head 0004",
            "new a --rev-id 5 --head 0004",
            "new a --rev-id 00025 --head 0004 --label ''",
            "new a --depends-on 0009 --head 0004",
            "new a --depends-on heads --head 0004",
            "new a --depends-on 'x y/0001' --head 0004",
        ],
        &expect![[r#"
            $ dunlin new a --label song --head 0004
            --- stderr
            error: the label `song` is taken by `0005_song`
            --- exit 1

            $ dunlin new a --branch-label current --head 0004
            --- stderr
            error: the label `current` is a reserved word (`head`, `heads`, `base`, `current`)
            --- exit 1

            $ dunlin new a --label 'a b' --head 0004
            --- stderr
            error: the label `a b` must be a letter or `_`, then letters, digits, `_`, `-` and `.`
            --- exit 1

            $ dunlin new a --label x --label x --head 0004
            --- stderr
            error: the label `x` was given twice
            --- exit 1

            $ dunlin new a --label a1 --rev-id a01 --head 0004
            --- stderr
            error: the label `a1` is the id of `the new migration`
            --- exit 1

            $ dunlin new a --rev-id song --head 0004
            --- stderr
            error: the id `song` is a label of `0005_song`
            --- exit 1

            $ dunlin new a --rev-id 5 --head 0004
            --- stderr
            error: the id `5` is taken by `0005_song`
            --- exit 1

            $ dunlin new a --rev-id 00025 --head 0004 --label ''
            --- stderr
            error: the label `` must be a letter or `_`, then letters, digits, `_`, `-` and `.`
            --- exit 1

            $ dunlin new a --depends-on 0009 --head 0004
            --- stderr
            error: no migration is called `0009`; did you mean `0005`?
            hint: `dunlin status` lists them
            --- exit 1

            $ dunlin new a --depends-on heads --head 0004
            --- stderr
            error: `heads` means several migrations, and it can depend only on one: `0004_nest` and `0005_song`
            --- exit 1

            $ dunlin new a --depends-on 'x y/0001' --head 0004
            --- stderr
            error: the set name `x y` must be 1 to 64 letters, digits, `_` or `-`
            --- exit 1
        "#]],
    );
    assert_eq!(project.files(), files);
}

#[test]
fn an_id_cannot_come_before_files_that_state_no_parents() {
    session(
        &birds(),
        ["new a --id 1b"],
        &expect![[r#"
            $ dunlin new a --id 1b
            --- stderr
            error: the id `1b` stands before `0002_name`, which states no `revises` and so must come before every file that does
            hint: give one that comes after it with `--id`
            --- exit 1
        "#]],
    );
}

#[test]
fn names_are_written_as_full_ids() {
    let project = two_lines();
    run(&project, "new a --head son --depends-on nes,other/12 --depends-on main/1 --label choir").expect_code(0);
    expect![[r#"
        -- dunlin: revises 0005
        -- dunlin: depends-on 0004, other/12, 0001
        -- dunlin: label choir

    "#]]
    .assert_eq(&project.read("versions/0006_a.up.sql"));
}

#[test]
fn d25_a_message_is_one_comment_whatever_it_holds() {
    let project = birds();
    command(&project, "new -m")
        .argument("Drop \"old\" names;\n-- dunlin: breaking\n*/ drop table bird; --'\u{1b}[31m")
        .run()
        .expect_code(0);
    command(&project, "new -m").argument("dunlin: transaction none").run().expect_code(0);
    let up = |project: &Project, id: &str| {
        let files = project.files();
        project.read(files.iter().find(|file| file.contains(id) && file.ends_with(".up.sql")).expect("an up file"))
    };
    expect![[r#"
        -- Drop "old" names; -- dunlin: breaking */ drop table bird; --' [31m
        -- dunlin: revises 0003

        -- message: dunlin: transaction none
        -- dunlin: revises 0004

    "#]]
    .assert_eq(&(up(&project, "/0004_") + &up(&project, "/0005_")));
    session(
        &project,
        ["new -m ''", "new -m ' '"],
        &expect![[r#"
        $ dunlin new -m ''
        --- stderr
        error: the migration has no name
        hint: say what it does: `dunlin new create users`
        --- exit 1

        $ dunlin new -m ' '
        --- stderr
        error: the migration has no name
        hint: say what it does: `dunlin new create users`
        --- exit 1
    "#]],
    );
}

#[test]
fn ids_have_the_style_of_the_project() {
    let project = birds();
    project.file("dunlin.toml", "id = \"timestamp\"\n");
    let first = run(&project, "new time").expect_code(0);
    let second = run(&project, "new time").expect_code(0);
    assert!(first.stdout < second.stdout, "two within a second have two ids:\n{}{}", first.stdout, second.stdout);
    // What comes after a time is one, too.
    project.migration("20991231235959_late", "-- dunlin: revises 0003\nselect 1;\n", "select 1;\n");
    let later = run(&project, "new later --head 20991231235959").expect_code(0);
    assert!(later.stdout.contains("/21000101000000_later.up.sql"), "{}", later.stdout);
    project.remove("versions/20991231235959_late.up.sql").remove("versions/20991231235959_late.down.sql");
    project.remove("versions/21000101000000_later.up.sql").remove("versions/21000101000000_later.down.sql");
    project.file("dunlin.toml", "id = \"sequence\"\ndir = \"other\"\n").file("other/keep", "");
    session(
        &project,
        ["new one", "new two"],
        &expect![[r#"
        $ dunlin new one
        wrote other/0001_one.up.sql
        wrote other/0001_one.down.sql
        --- exit 0

        $ dunlin new two
        wrote other/0002_two.up.sql
        wrote other/0002_two.down.sql
        --- stderr
        it revises `0001_one`
        --- exit 0
    "#]],
    );
    project.file("dunlin.toml", "id = \"hex\"\n");
    let hex = run(&project, "new chance").expect_code(0).stdout;
    let id = hex.strip_prefix("wrote versions/").and_then(|rest| rest.split_once("_chance")).map(|(id, _)| id);
    assert!(id.is_some_and(|id| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit())), "{hex}");
}

#[test]
fn file_names_follow_the_template() {
    let project = birds();
    project.file("dunlin.toml", "file_template = \"{id}_v2-{slug}\"\n");
    session(
        &project,
        ["new nest", "new egg shells", "status -q"],
        &expect![[r#"
        $ dunlin new nest
        wrote versions/0004_v2-nest.up.sql
        wrote versions/0004_v2-nest.down.sql
        --- stderr
        it revises `0003_egg`
        --- exit 0

        $ dunlin new egg shells
        wrote versions/0005_v2-egg_shells.up.sql
        wrote versions/0005_v2-egg_shells.down.sql
        --- stderr
        it revises `0004_v2-nest`
        --- exit 0

        $ dunlin status -q
        --- stderr
        error: versions/0004_v2-nest.up.sql: the up file has no statement
          versions/0005_v2-egg_shells.up.sql: the up file has no statement
        hint: delete it, or write the statement; `select 1;` does nothing
        --- exit 3
    "#]],
    );
}

#[test]
fn the_project_can_have_templates() {
    let project = birds();
    project.file("dunlin.toml", "");
    project.file("templates/up.sql", "-- dunlin: lock-timeout 5s\n\n-- {slug} ({id}): {message}, '{}' ${id}\n");
    project.file("templates/down.sql", "-- dunlin: lock-timeout 5s\n\n");
    run(&project, "new -m 'Add nests'").expect_code(0);
    expect![[r#"
        -- Add nests
        -- dunlin: revises 0003
        -- dunlin: lock-timeout 5s

        -- add_nests (0004): Add nests, '{}' ${id}
        ===
        -- dunlin: lock-timeout 5s

    "#]]
    .assert_eq(&["up", "down"].map(|half| project.read(&format!("versions/0004_add_nests.{half}.sql"))).join("===\n"));
    project.file("templates/up.sql", "-- a bird\n-- dunlin: revises 0001\n");
    project.file("templates/down.sql", "select 'open;\n");
    session(
        &project,
        ["new nest"],
        &expect![[r#"
        $ dunlin new nest
        --- stderr
        error: templates/up.sql:2:1: `revises` stands a second time
        --- exit 1
    "#]],
    );
    project.file("templates/up.sql", "");
    session(
        &project,
        ["new nest"],
        &expect![[r#"
        $ dunlin new nest
        --- stderr
        error: templates/down.sql:1:8: unterminated string
        --- exit 1
    "#]],
    );
    assert_eq!(project.files().iter().filter(|file| file.contains("0005")).count(), 0);
}

#[test]
fn hooks_run_for_each_file_that_was_written() {
    let project = birds();
    project.file(
        "dunlin.toml",
        "[hooks]\nafter_write = [\"echo {file} >>seen\", \"test -s '{file}' && test -f versions/dunlin.lock\"]\n",
    );
    project.file("src/keep", "");
    let new = command(&project, "new 'my nest'").within(&project.path().join("src"));
    expect![[r#"
        $ dunlin new 'my nest'
        wrote ../versions/0004_my_nest.up.sql
        wrote ../versions/0004_my_nest.down.sql
        --- stderr
        it revises `0003_egg`
        --- exit 0
    "#]]
    .assert_eq(&shown(&new.run()));
    let seen = project.read("seen").replace(&*project.path().to_string_lossy(), "[project]");
    assert_eq!(seen, "[project]/versions/0004_my_nest.up.sql\n[project]/versions/0004_my_nest.down.sql\n");
}

#[test]
fn d21_a_hook_that_fails_is_a_failure() {
    let project = birds();
    project.file("dunlin.toml", "[hooks]\nafter-write = [\"echo untidy >&2; exit 3 # {file}\"]\n");
    session(
        &project,
        ["new nest", "new nest --format json", "merge"],
        &expect![[r#"
        $ dunlin new nest
        wrote versions/0004_nest.up.sql
        wrote versions/0004_nest.down.sql
        --- stderr
        it revises `0003_egg`
        error: the hook `echo untidy >&2; exit 3 # {file}` ended with exit code 3 for versions/0004_nest.up.sql
          untidy
        hint: the files stay as they are now
        --- exit 1

        $ dunlin new nest --format json
        {
          "version": 1,
          "error": {
            "exit": 1,
            "hints": [
              "the files stay as they are now"
            ],
            "kind": "hook",
            "message": "the hook `echo untidy >&2; exit 3 # {file}` ended with exit code 3 for versions/0005_nest.up.sql\nuntidy"
          },
          "files": [
            "versions/0005_nest.up.sql",
            "versions/0005_nest.down.sql"
          ]
        }
        --- stderr
        error: the hook `echo untidy >&2; exit 3 # {file}` ended with exit code 3 for versions/0005_nest.up.sql
          untidy
        hint: the files stay as they are now
        --- exit 1

        $ dunlin merge
        there is nothing to merge: the one head is `0005_nest`
        --- exit 0
    "#]],
    );
    project.file("dunlin.toml", "[hooks]\nafter-write = [\"exit 127 # {file}\"]\n");
    session(
        &project,
        ["new nest"],
        &expect![[r#"
        $ dunlin new nest
        wrote versions/0006_nest.up.sql
        wrote versions/0006_nest.down.sql
        --- stderr
        it revises `0005_nest`
        error: the hook `exit 127 # {file}` was not found for versions/0006_nest.up.sql
        hint: the files stay as they are now
        --- exit 1
    "#]],
    );
    assert_eq!(project.files().iter().filter(|file| file.ends_with("_nest.up.sql")).count(), 3);
}

#[test]
fn a_file_that_a_hook_spoils_is_told_of() {
    let project = birds();
    project.file("dunlin.toml", "[hooks]\nafter-write = [\"sed -i.bak s/revises/revsies/ {file} && rm {file}.bak\"]\n");
    session(
        &project,
        ["new nest"],
        &expect![[r#"
        $ dunlin new nest
        wrote versions/0004_nest.up.sql
        wrote versions/0004_nest.down.sql
        --- stderr
        it revises `0003_egg`
        error: versions/0004_nest.up.sql:1:1: unknown directive `revsies`; did you mean `revises`?
        --- exit 3
    "#]],
    );
}
