//! `tests!`: one test for each migration, in a crate that has nothing but dunlin.

use expect_test::expect;

use super::application::Application;
use crate::support::command::Outcome;

const MAIN: &str = "#[cfg(test)]\ndunlin::tests!();\n\nfn main() {}\n";

/// A crate without a word of tokio.
fn application(name: &'static str) -> Application {
    let application = Application::bare(name, MAIN, r#""schema""#);
    application
        .project()
        .migration("0001_bird", "create table bird (id integer primary key, name text);\n", "drop table bird;\n")
        .migration("0002_bird-index", "create index by_name on bird (name);\n", "drop index by_name;\n")
        .file("tests/0002.seed.sql", "insert into bird values (1, 'owl');\n")
        .file("tests/0002.check.sql", "select count(*) = 1 from bird;\n");
    application
}

/// What a test harness says of each test, and why one failed.
fn told(outcome: &Outcome) -> String {
    let is_said = |line: &&str| {
        !["", "failures:"].contains(line)
            && !["test result", "running", "note:"].iter().any(|word| line.starts_with(word))
    };
    outcome.stdout.lines().filter(is_said).map(|line| format!("{line}\n")).collect()
}

#[test]
fn every_migration_has_a_test_that_follows_its_files() {
    let application = application("tested");
    let project = application.project();
    let passed = application.test().expect_code(0);
    expect![[r#"
        test migration_0001_bird ... ok
        test migration_0002_bird_index ... ok
        test nothing_is_newer_than_these_tests ... ok
    "#]]
    .assert_eq(&told(&passed));

    project.migration("0003_egg", "create table egg (id integer);\n", "drop table egg;\n");
    project.file("tests/0001.check.sql", "select 1;\n");
    let stale = application.test().expect_code(101);
    expect![[r#"
        test migration_0001_bird ... ok
        test migration_0002_bird_index ... ok
        test nothing_is_newer_than_these_tests ... FAILED
        ---- nothing_is_newer_than_these_tests stdout ----
        Error: these tests were compiled before `0003_egg.down.sql`, `0003_egg.up.sql` and `tests/0001.check.sql` changed
        hint: `println!("cargo::rerun-if-changed=…");` in build.rs, for the directory of the migrations and for the folder of their tests, compiles them anew by itself
            nothing_is_newer_than_these_tests
    "#]].assert_eq(&told(&stale));

    project.file("versions/0002_bird-index.down.sql", "select 1;\n");
    project.file("tests/0002.check.sql", "select count(*) = 2 from bird;\n");
    let failed = application.test().expect_code(101);
    expect![[r#"
        test migration_0001_bird ... ok
        test migration_0002_bird_index ... FAILED
        test migration_0003_egg ... ok
        test nothing_is_newer_than_these_tests ... ok
        ---- migration_0002_bird_index stdout ----
        Error: tests/0002.check.sql:1:1: the check does not hold
            select count(*) = 2 from bird
            = 0
        the way down does not lead back to the schema before; `+` is there and should not be, `-` should be there:
            ~ table bird
                + index by_name: on bird ( name )
        the second way up fails: versions/0002_bird-index.up.sql:1:1: index by_name already exists (1)
          |
        1 | create index by_name on bird (name);
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          statement 1 of 1 failed on a scratch database
            migration_0002_bird_index
    "#]]
    .assert_eq(&told(&failed));

    project.file("tests/0004.seed.sql", "select 1;\n").file("src/main.rs", format!("{MAIN}// anew\n"));
    let faulty = application.test().expect_code(101).stderr;
    let from = faulty.find("error").expect("an error");
    expect![[r#"
        error: dunlin: the tests in `tests` have 1 fault
               tests/0004.seed.sql: no migration is called `0004`; did you mean `0003`?
         --> src/main.rs:2:1
          |
        2 | dunlin::tests!();
          | ^^^^^^^^^^^^^^^^
          |
          = note: this error originates in the macro `dunlin::tests` (in Nightly builds, run with -Z macro-backtrace for more info)

        error: could not compile `tested` (bin "tested" test) due to 1 previous error
    "#]].assert_eq(&faulty[from..]);
}
