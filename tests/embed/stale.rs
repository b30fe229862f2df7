//! Binaries that must not be older than their directory: the guards, each as cargo and the binary keep it.

use expect_test::expect;

use super::application::Application;

/// Prints what is embedded, and what is found when a database is asked.
const MAIN: &str = r#"
static MIGRATIONS: dunlin::Migrations = dunlin::embed!();

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), dunlin::Error> {
    for pair in MIGRATIONS.directory()?.pairs() {
        println!("{}: {}", pair.name(), pair.up.primary().map_or("", |script| script.text.trim_end()));
    }
    for repeatable in MIGRATIONS.repeatables(dunlin::Dialect::Sqlite)?.iter() {
        println!("{}: {}", repeatable.name, repeatable.script.text.trim_end());
    }
    for finding in MIGRATIONS.status("sqlite::memory:").await?.findings {
        println!("{:?}: {finding}", finding.verdict);
    }
    Ok(())
}
"#;

/// What `dunlin init` writes.
const BUILD_SCRIPT: &str = r#"fn main() { println!("cargo::rerun-if-changed=versions"); }"#;

fn application(name: &'static str) -> Application {
    let application = Application::new(name, MAIN);
    application.project().migration("1_bird", "create table bird (id integer);\n", "drop table bird;\n");
    application.project().file("versions/dunlin.lock", "1_bird open\n");
    application
}

fn add_egg(application: &Application) {
    application.project().migration("2_egg", "create table egg (id integer);\n", "drop table egg;\n");
}

fn output(application: &Application) -> String {
    application.run().expect_code(0).stdout
}

#[test]
fn an_edited_file_is_embedded_anew() {
    let application = application("edited_file");
    assert_eq!(output(&application), "1_bird: create table bird (id integer);\n");
    application.project().file("versions/1_bird.up.sql", "create table bird (id integer, name text);\n");
    assert_eq!(output(&application), "1_bird: create table bird (id integer, name text);\n");
}

#[test]
fn a_new_line_in_the_lock_file_embeds_the_new_files_without_a_build_script() {
    let application = application("lock_file");
    application.build().expect_code(0);
    add_egg(&application);
    application.project().file("versions/dunlin.lock", "1_bird open\n2_egg open\n");
    expect![[r#"
        1_bird: create table bird (id integer);
        2_egg: create table egg (id integer);
    "#]]
    .assert_eq(&output(&application));
}

#[test]
fn one_line_of_a_build_script_sees_files_that_are_added_by_hand() {
    let application = application("build_script");
    application.project().file("build.rs", BUILD_SCRIPT);
    application.build().expect_code(0);
    add_egg(&application);
    expect![[r#"
        1_bird: create table bird (id integer);
        2_egg: create table egg (id integer);
    "#]]
    .assert_eq(&output(&application));
}

#[test]
fn a_debug_binary_says_which_files_it_was_built_before() {
    let application = application("debug_binary");
    application.build().expect_code(0);
    add_egg(&application);
    expect![[r#"
        1_bird: create table bird (id integer);
        Warn: this binary was built before `2_egg.down.sql` and `2_egg.up.sql` changed
    "#]]
    .assert_eq(&application.run_as_it_is().expect_code(0).stdout);
}

#[test]
fn repeatable_files_are_guarded_as_the_others_are() {
    let application = application("repeatable_files");
    let file = |text| application.project().file("versions/repeatable/birds.sql", text);
    file("create view birds as select id from bird;\n");
    application.build().expect_code(0);
    file("create view birds as select 1;\n");
    assert!(output(&application).ends_with("\nbirds: create view birds as select 1;\n"));
    application.project().file("versions/repeatable/eggs.sql", "select 1;\n");
    expect![[r#"
        1_bird: create table bird (id integer);
        birds: create view birds as select 1;
        Warn: this binary was built before `repeatable/eggs.sql` changed
    "#]]
    .assert_eq(&application.run_as_it_is().expect_code(0).stdout);
    application.project().file("build.rs", BUILD_SCRIPT);
    assert!(output(&application).ends_with("eggs: select 1;\n"));
}
