//! Directories that must not compile.

use dunlin_core::checksum::Checksum;
use expect_test::expect;

use super::application::Application;

const BIRD: (&str, &str) = ("create table bird (id integer);\n", "drop table bird;\n");

fn application(name: &'static str, arguments: &str) -> Application {
    let main = format!("static MIGRATIONS: dunlin::Migrations = dunlin::embed!({arguments});\n\nfn main() {{}}\n");
    Application::new(name, &main)
}

/// An application whose only migration is sealed.
fn sealed(name: &'static str) -> Application {
    let application = application(name, "");
    let [up, down] = [BIRD.0, BIRD.1].map(Checksum::of_text);
    let lock = format!("1_bird up={up} down={down} parents=base\n");
    application.project().migration("1_bird", BIRD.0, BIRD.1).file("versions/dunlin.lock", lock);
    application
}

#[test]
fn a_missing_directory_is_named_with_the_way_to_make_one() {
    let application = application("missing_directory", r#""db/versions""#);
    expect![[r#"
        $ cargo build --quiet --offline
        --- stderr
        error: dunlin: there is no directory `db/versions` beside Cargo.toml
                 looked for [project]/db/versions
               hint: make it with `dunlin init`, or name the one that there is: `embed!("db/versions")`
         --> src/main.rs:1:56
          |
        1 | static MIGRATIONS: dunlin::Migrations = dunlin::embed!("db/versions");
          |                                                        ^^^^^^^^^^^^^

        error: could not compile `missing_directory` (bin "missing_directory") due to 1 previous error
        --- exit 101
    "#]]
    .assert_eq(&application.build().snapshot());
}

#[test]
fn all_faults_are_one_compile_error_with_their_places() {
    let application = application("all_faults", "");
    application
        .project()
        .migration("1_bird", "-- dunlin: transacton none\ncreate table bird (id integer);\n", BIRD.1)
        .migration("2_egg", "create table egg (id integer);\n\ninsert into egg values ('blue);\n", "drop table egg;\n")
        .file("versions/3_nest.up.sql", "vacuum;\n");
    expect![[r#"
        $ cargo build --quiet --offline
        --- stderr
        error: dunlin: the migrations in `versions` have 4 faults
               versions/1_bird.up.sql:1:1: unknown directive `transacton`; did you mean `transaction`?
               versions/2_egg.up.sql:3:25: unterminated string
               versions/3_nest.up.sql: there is no down file, and nothing says why
               versions/3_nest.up.sql:1:1: `VACUUM` cannot run in a transaction
               hint: add the `.down.sql` file, or `-- dunlin: irreversible <reason>`, or allow up-only files for the whole set (`allow_up_only` in `embed!`, `allow-up-only = true` in dunlin.toml, `--allow-up-only`)
               hint: write `-- dunlin: transaction none` at the top of the file, best of one that holds this statement alone
         --> src/main.rs:1:41
          |
        1 | static MIGRATIONS: dunlin::Migrations = dunlin::embed!();
          |                                         ^^^^^^^^^^^^^^^^
          |
          = note: this error originates in the macro `dunlin::embed` (in Nightly builds, run with -Z macro-backtrace for more info)

        error: could not compile `all_faults` (bin "all_faults") due to 1 previous error
        --- exit 101
    "#]].assert_eq(&application.build().snapshot());
}

#[test]
fn an_edited_sealed_file_does_not_compile() {
    let application = sealed("sealed_edited");
    application.project().file("versions/1_bird.up.sql", "create table bird (id bigint);\n");
    expect![[r#"
        $ cargo build --quiet --offline
        --- stderr
        error: dunlin: the migrations in `versions` have 1 fault
               versions/1_bird.up.sql: it was edited after it was sealed
                 sealed   b3:9aa7c6a2767b9db958da950b61193b0e857e0bec2090a69a0b57cddd8689ef19
                 in file  b3:d433fd193c0020f40c686e636bff199a41cd44908957511f8823d221166c13ef
               hint: restore the file (`git log` shows who changed it, and `dunlin restore 1` writes it back from a database that has it), or accept the edit with `dunlin lock --accept 1 --reason "…"`, or put the change in a new migration with `dunlin new`
         --> src/main.rs:1:41
          |
        1 | static MIGRATIONS: dunlin::Migrations = dunlin::embed!();
          |                                         ^^^^^^^^^^^^^^^^
          |
          = note: this error originates in the macro `dunlin::embed` (in Nightly builds, run with -Z macro-backtrace for more info)

        error: could not compile `sealed_edited` (bin "sealed_edited") due to 1 previous error
        --- exit 101
    "#]].assert_eq(&application.build().snapshot());
}

#[test]
fn a_deleted_sealed_file_does_not_compile() {
    let application = sealed("sealed_deleted");
    application.project().remove("versions/1_bird.down.sql");
    expect![[r#"
        $ cargo build --quiet --offline
        --- stderr
        error: dunlin: the migrations in `versions` have 1 fault
               versions/1_bird.down.sql: it was deleted after it was sealed in `versions/dunlin.lock`
               hint: restore the file (`dunlin restore <id>` writes it back from a database that has it), or remove its line from `versions/dunlin.lock` if no database can have it
         --> src/main.rs:1:41
          |
        1 | static MIGRATIONS: dunlin::Migrations = dunlin::embed!();
          |                                         ^^^^^^^^^^^^^^^^
          |
          = note: this error originates in the macro `dunlin::embed` (in Nightly builds, run with -Z macro-backtrace for more info)

        error: could not compile `sealed_deleted` (bin "sealed_deleted") due to 1 previous error
        --- exit 101
    "#]].assert_eq(&application.build().snapshot());
}

#[test]
fn an_up_only_file_compiles_where_the_set_allows_it() {
    let refused = application("up_only_refused", "");
    refused.project().file("versions/1_bird.sql", BIRD.0);
    expect![[r#"
        $ cargo build --quiet --offline
        --- stderr
        error: dunlin: the migrations in `versions` have 1 fault
               versions/1_bird.sql: there is no down file, and nothing says why
               hint: add the `.down.sql` file, or `-- dunlin: irreversible <reason>`, or allow up-only files for the whole set (`allow_up_only` in `embed!`, `allow-up-only = true` in dunlin.toml, `--allow-up-only`)
         --> src/main.rs:1:41
          |
        1 | static MIGRATIONS: dunlin::Migrations = dunlin::embed!();
          |                                         ^^^^^^^^^^^^^^^^
          |
          = note: this error originates in the macro `dunlin::embed` (in Nightly builds, run with -Z macro-backtrace for more info)

        error: could not compile `up_only_refused` (bin "up_only_refused") due to 1 previous error
        --- exit 101
    "#]].assert_eq(&refused.build().snapshot());
    let allowed = application("up_only_allowed", "allow_up_only");
    allowed.project().file("versions/1_bird.sql", BIRD.0);
    allowed.build().expect_code(0);
}

#[test]
fn a_faulty_repeatable_file_does_not_compile() {
    let application = application("faulty_repeatable", "");
    application
        .project()
        .migration("1_bird", BIRD.0, BIRD.1)
        .file("versions/repeatable/birds.sql", "-- dunlin: revises 1\ncreate view birds as select 'id from bird;\n")
        .file("versions/repeatable/birds.down.sql", "drop view birds;\n");
    expect![[r#"
        $ cargo build --quiet --offline
        --- stderr
        error: dunlin: the migrations in `versions` have 3 faults
               versions/repeatable/birds.down.sql: not a repeatable file's name: `.down` has no meaning here: such a file has one way only
               versions/repeatable/birds.sql: `revises` has no meaning in a repeatable file
               versions/repeatable/birds.sql:2:29: unterminated string
               hint: a repeatable file is `<name>.sql` or `<name>.<engine>.sql`; its text says what is to be there
               hint: leave it out; such files run behind the migrations, and in an order that follows from their texts
         --> src/main.rs:1:41
          |
        1 | static MIGRATIONS: dunlin::Migrations = dunlin::embed!();
          |                                         ^^^^^^^^^^^^^^^^
          |
          = note: this error originates in the macro `dunlin::embed` (in Nightly builds, run with -Z macro-backtrace for more info)

        error: could not compile `faulty_repeatable` (bin "faulty_repeatable") due to 1 previous error
        --- exit 101
    "#]].assert_eq(&application.build().snapshot());
}
