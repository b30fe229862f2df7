use expect_test::{Expect, expect};

use super::*;

fn files(files: &[(&str, &str)]) -> Vec<SourceFile> {
    files
        .iter()
        .map(|(name, text)| SourceFile {
            name: (*name).to_owned().into(),
            text: (*text).to_owned().into(),
            checksum: None,
        })
        .collect()
}

fn read(given: &[(&str, &str)]) -> Result<Directory, Faults> {
    Directory::from_files("versions", files(given), None, Options::default())
}

fn check(given: &[(&str, &str)], expected: &Expect) {
    expected.assert_eq(&read(given).expect_err("the directory should have faults").to_string());
}

#[test]
fn all_faults_of_a_directory_are_reported_together() {
    check(
        &[
            ("1_a.up.sql", "-- only a comment\n"),
            ("1_a.down.sql", "drop table a"),
            ("2_b.up.sql", "create table b (c text default 'x);"),
            ("2_b.down.sql", "-- dunlin: breaking\ndrop table b"),
            ("3_c.down.sql", "drop table c"),
            ("4_d.up.sql", "begin;\ncreate table d (a int);\ncommit"),
            ("04_e.up.sql", "-- dunlin: transacton none\nselect 1"),
            ("notes.sql", "?"),
        ],
        &expect![[r#"
            versions/04_e.up.sql: the id `04` is taken by `versions/4_d.up.sql`
            versions/04_e.up.sql:1:1: unknown directive `transacton`; did you mean `transaction`?
            versions/1_a.up.sql: the up file has no statement
            versions/2_b.down.sql: `breaking` stands in the up file, not in the down file
            versions/2_b.up.sql:1:32: unterminated string
            versions/3_c.down.sql: there is no up file to go with it
            versions/4_d.up.sql: there is no down file, and nothing says why
            versions/4_d.up.sql:1:1: `BEGIN` must not stand in a migration: dunlin runs every file in a transaction of its own
            versions/4_d.up.sql:3:1: `COMMIT` must not stand in a migration: dunlin runs every file in a transaction of its own
            versions/notes.sql: not a migration's file name: no `_` ends the id; a name is `<id>_<slug>.up.sql`"#]],
    );
}

#[test]
fn a_general_file_may_be_what_any_one_engine_takes() {
    let fine = [
        ("1_a.up.sql", "create function f() returns int language plpgsql as $$ begin; commit; end $$;"),
        ("1_a.down.sql", "drop function f"),
        ("2_b.up.sql", r"insert into b values ('it\'s');"),
        ("2_b.down.sql", "delete from b"),
    ];
    assert!(read(&fine).is_ok(), "{:?}", read(&fine));
}

#[test]
fn files_without_revises_are_a_chain_in_natural_order() {
    let directory =
        read(&[("10_c.up.sql", "select 1"), ("10_c.down.sql", ""), ("2_b.up.sql", "select 1"), ("2_b.down.sql", "")])
            .unwrap();
    let migrations = directory.migrations(Dialect::Sqlite).unwrap();
    let shown: Vec<_> = migrations.iter().map(|migration| (migration.name(), migration.parents.clone())).collect();
    assert_eq!(format!("{shown:?}"), r#"[("2_b", []), ("10_c", [`2`])]"#);
}

#[test]
fn a_graph_is_checked_as_a_whole() {
    check(
        &[
            ("1_a.sql", "-- dunlin: irreversible x\n-- dunlin: revises 3\nselect 1"),
            ("2_b.sql", "-- dunlin: irreversible x\nselect 1"),
            ("3_c.sql", "-- dunlin: irreversible x\n-- dunlin: revises 1\nselect 1"),
            ("20230101_d.sql", "-- dunlin: irreversible x\n-- dunlin: revises 20230102\nselect 1"),
        ],
        &expect![[r#"
            versions/1_a.sql: it comes after itself: 1_a → 3_c → 1_a
            versions/20230101_d.sql: it revises `20230102`, which no file has; did you mean `20230101`?
            versions/2_b.sql: it states no `revises`, and `versions/1_a.sql`, which comes before it, does"#]],
    );
    check(
        &[
            ("1_a.sql", "-- dunlin: irreversible x\n-- dunlin: revises 3\nselect 1"),
            ("3_c.sql", "-- dunlin: irreversible x\n-- dunlin: revises 1\nselect 1"),
        ],
        &expect!["versions/1_a.sql: it comes after itself: 1_a → 3_c → 1_a"],
    );
}

/// Files `<name>.sql` with these directives, one a line after `|`.
fn check_graph(files: &[&str], expected: &Expect) {
    let file = |line: &&str| {
        let mut parts = line.split('|').map(str::trim);
        let name = format!("{}.sql", parts.next().unwrap_or_default());
        let directives = parts.map(|part| format!("-- dunlin: {part}\n"));
        (name, format!("-- dunlin: irreversible x\n{}select 1", directives.collect::<String>()))
    };
    let files: Vec<(String, String)> = files.iter().map(file).collect();
    check(&files.iter().map(|(name, text)| (&**name, &**text)).collect::<Vec<_>>(), expected);
}

#[test]
fn d6_and_d7_a_cycle_over_dependencies_or_a_merge_is_named_as_a_path() {
    check_graph(
        &["1_a | revises base | depends-on 3", "2_b | revises 1", "3_c | revises 2", "4_head | revises 3"],
        &expect!["versions/1_a.sql: it comes after itself: 1_a → 2_b → 3_c → 1_a"],
    );
    check_graph(
        &["1_base | revises base", "2_a | revises 1, 4", "3_b | revises 2", "4_c | revises 3", "5_head | revises 4"],
        &expect!["versions/2_a.sql: it comes after itself: 2_a → 3_b → 4_c → 2_a"],
    );
    check_graph(&["1_a | revises 1"], &expect!["versions/1_a.sql: it comes after itself: 1_a → 1_a"]);
    check_graph(&["1_a | revises base | depends-on 1"], &expect!["versions/1_a.sql: it comes after itself: 1_a → 1_a"]);
}

#[test]
fn a_cycle_is_reported_beside_other_faults() {
    check_graph(
        &["1_a | revises 2", "2_b | revises 1", "3_c | revises 9"],
        &expect![[r#"
        versions/1_a.sql: it comes after itself: 1_a → 2_b → 1_a
        versions/3_c.sql: it revises `9`, which no file has"#]],
    );
}

#[test]
fn d9_what_no_file_has_names_the_file_that_asks_for_it_and_what_was_meant() {
    check_graph(
        &[
            "20260101_a | revises base",
            "20260102_b | revises 20260110 | depends-on 20260191",
            "20260103_c | revises zzz | depends-on qqq",
        ],
        &expect![[r#"
            versions/20260102_b.sql: it revises `20260110`, which no file has; did you mean `20260101`?
            versions/20260102_b.sql: it depends on `20260191`, which no file has; did you mean `20260101`?
            versions/20260103_c.sql: it revises `zzz`, which no file has
            versions/20260103_c.sql: it depends on `qqq`, which no file has"#]],
    );
}

#[test]
fn d10_two_files_with_one_id_are_a_fault_that_names_both() {
    check_graph(
        &["1_a | revises base", "001_b | revises base"],
        &expect!["versions/001_b.sql: the id `001` is taken by `versions/1_a.sql`"],
    );
}

#[test]
fn a_merge_joins_two_lines_and_each_once() {
    check_graph(
        &[
            "1_a | revises base",
            "2_b | revises 1",
            "3_c | revises 2",
            "4_twice | revises 3, 003",
            "5_back | revises 1, 3",
        ],
        &expect![[r#"
            versions/4_twice.sql: it revises `003` twice
            versions/5_back.sql: it revises both `1_a` and `3_c`, and `3_c` comes after `1_a` already"#]],
    );
}

#[test]
fn labels_and_ids_are_one_name_space() {
    check_graph(
        &[
            "v1_a | revises base | label x",
            "v2_b | revises v1 | label x",
            "v3_c | revises v2 | label v01",
            "v4_d | revises v3 | label y | label y",
        ],
        &expect![[r#"
            versions/v2_b.sql: the label `x` is taken by `versions/v1_a.sql`
            versions/v3_c.sql: the label `v01` is the id of `versions/v1_a.sql`
            versions/v4_d.sql: the label `y` is taken by `versions/v4_d.sql`"#]],
    );
}

#[test]
fn d24_words_that_targets_use_are_no_ids_and_no_labels() {
    check_graph(
        &["head_a | revises base", "1_b | revises base | label Base", "2_c | revises 1 | label mail-2"],
        &expect![[r#"
        versions/1_b.sql: there is no down file, and nothing says why
        versions/1_b.sql:3:1: the label `Base` is a reserved word (`head`, `heads`, `base`, `current`)
        versions/2_c.sql: there is no down file, and nothing says why
        versions/2_c.sql:3:1: the label `mail-2` ends in `-` and a number, which would mean so many steps back
        versions/head_a.sql: not a migration's file name: the id `head` is a reserved word (`head`, `heads`, `base`, `current`)"#]],
    );
}

#[test]
fn an_engine_has_its_own_file_in_place_of_the_general_one() {
    let directory = read(&[
        ("1_a.up.sql", "select 'general'"),
        ("1_a.sqlite.up.sql", "select 'own'"),
        ("1_a.down.sql", "select 1"),
        ("2_b.mysql.up.sql", "select 1"),
        ("2_b.mysql.down.sql", "select 1"),
    ])
    .unwrap();
    let faults = directory.migrations(Dialect::Sqlite).unwrap_err();
    expect!["versions/2_b.mysql.up.sql: there is no file of `2_b` for SQLite"].assert_eq(&faults.to_string());
    let mysql = directory.migrations(Dialect::Mysql).unwrap();
    assert_eq!(mysql.iter().next().unwrap().up.text, "select 'general'");
}

#[test]
fn up_only_files_are_fine_where_they_are_allowed() {
    let plain = [("1_a.sql", "select 1"), ("2_b.sql", "select 1")];
    let with = |given: &[_], up_only| {
        Directory::from_files("versions", files(given), None, Options { up_only, ..Options::default() }).is_ok()
    };
    assert_eq!(
        [UpOnly::Refuse, UpOnly::Allow, UpOnly::AllowPlain].map(|up_only| with(&plain, up_only)),
        [false, true, true]
    );
    let mixed = [("1_a.sql", "select 1"), ("2_b.up.sql", "select 1")];
    assert_eq!(
        [UpOnly::Refuse, UpOnly::Allow, UpOnly::AllowPlain].map(|up_only| with(&mixed, up_only)),
        [false, true, false]
    );
}

#[test]
fn a_sealed_migration_stays_as_it_is() {
    let one = [
        ("1_a.up.sql", "select 1"),
        ("1_a.down.sql", "select 2"),
        ("2_b.up.sql", "select 3"),
        ("2_b.down.sql", "select 4"),
    ];
    let mut lock = LockFile::default();
    let directory = read(&one).unwrap();
    lock.follow(directory.pairs());
    lock.seal(directory.pairs());
    let sealed = |given: &[(&str, &str)]| {
        Directory::from_files("versions", files(given), Some(&lock.render()), Options::default()).map(|_| ())
    };
    assert_eq!(sealed(&one), Ok(()));
    assert_eq!(
        sealed(&[one[0], one[1], ("2_b.up.sql", "select 3\r\n"), one[3]].map(|(name, text)| (name, text.trim_end()))),
        Ok(())
    );
    let edited = sealed(&[one[0], one[1], ("2_b.up.sql", "select 33"), ("2_b.down.sql", "select 4")]).unwrap_err();
    expect![[r#"
        versions/2_b.up.sql: it was edited after it was sealed
          sealed   b3:b399a8186d41ebdb5adb47043c24e68c47d865c212f4822d44a2da3ff2e035d7
          in file  b3:936981bd72601a290e75251723174e22e8cc607fc64927c5093e730d6cca1865"#]]
    .assert_eq(&edited.to_string());
    let deleted = sealed(&[one[2], one[3]]).unwrap_err();
    expect!["versions/1_a.up.sql: it was deleted after it was sealed in `versions/dunlin.lock`"]
        .assert_eq(&deleted.to_string());
}

#[test]
fn an_accepted_edit_keeps_the_former_checksum() {
    let before = read(&[("1_a.sql", "-- dunlin: irreversible x\nselect 1")]).unwrap();
    let after = read(&[("1_a.sql", "-- dunlin: irreversible x\nselect 2")]).unwrap();
    let mut lock = LockFile::default();
    lock.follow(before.pairs());
    lock.seal(before.pairs());
    let (former, present) = lock.accept(&after.pairs()[0], None, "typing error").unwrap();
    assert_eq!(
        (former, present),
        (before.pairs()[0].up.primary().unwrap().checksum, after.pairs()[0].up.primary().unwrap().checksum)
    );
    assert_eq!(lock.entries()[0].was, [former]);
    assert!(lock.render().contains("# 1 accepted: typing error\n1_a up="));
    assert!(lock.accept(&after.pairs()[0], None, "again").is_none());
}

#[test]
fn an_edit_of_an_open_migration_is_accepted_with_what_a_database_has() {
    let after = read(&[("1_a.sql", "-- dunlin: irreversible x\nselect 2")]).unwrap();
    let applied = Checksum::of_text("-- dunlin: irreversible x\nselect 1");
    let mut lock = LockFile::default();
    lock.follow(after.pairs());
    assert!(lock.accept(&after.pairs()[0], None, "why").is_none());
    assert!(lock.accept(&after.pairs()[0], Some(applied), "why").is_some());
    assert_eq!(lock.entries()[0].was, [applied]);
    assert!(lock.entries()[0].seal.is_some());
}

#[test]
fn files_of_other_tools_are_not_run_as_what_they_are_not() {
    check(
        &[
            (
                "1_dbmate.sql",
                "-- dunlin: irreversible x\n-- migrate:up\ncreate table a (b int);\n-- migrate:down\ndrop table a;",
            ),
            ("2_quoted.sql", "-- dunlin: irreversible x\nselect '\n-- +goose Down\n';"),
        ],
        &expect![[r#"
            versions/1_dbmate.sql:2:1: `-- migrate:up` is another tool's mark; dunlin would run all of the file
            versions/1_dbmate.sql:4:1: `-- migrate:down` is another tool's mark; dunlin would run all of the file"#]],
    );
    check(
        &[
            ("V1__init.sql", "-- dunlin: irreversible x\nselect 1"),
            ("U1__init.sql", "-- dunlin: irreversible x\nselect 1"),
            ("R__view.sql", "-- dunlin: irreversible x\nselect 1"),
        ],
        &expect![[r#"
            versions/R__view.sql: Flyway and refinery mean a script to run again by this name, and dunlin would run it as a migration up
            versions/U1__init.sql: Flyway and refinery mean a way back by this name, and dunlin would run it as a migration up"#]],
    );
}

#[test]
fn folders_of_other_tools_are_not_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("2024-01-01-000000_users")).unwrap();
    std::fs::create_dir_all(dir.path().join("notes")).unwrap();
    std::fs::write(dir.path().join("2024-01-01-000000_users/up.sql"), "select 1").unwrap();
    let faults = Directory::read(dir.path(), "versions", Options::default()).unwrap_err();
    expect!["versions/2024-01-01-000000_users: it holds `up.sql`; dunlin reads files, not folders"]
        .assert_eq(&faults.to_string());
}
