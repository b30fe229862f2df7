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
