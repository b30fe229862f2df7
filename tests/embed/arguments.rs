//! What stands between the parentheses of `embed!`, and what the compiler says when it is wrong.

use dunlin_core::checksum::Checksum;

use super::application::Application;

const MAIN: &str = r#"
static AUTH: dunlin::Migrations = dunlin::embed!("db/versions", set = "auth", allow_up_only);

fn main() -> Result<(), dunlin::Error> {
    let directory = AUTH.directory()?;
    println!("{} of {}", directory.shown(), directory.set());
    for pair in directory.pairs() {
        println!("{}: {:?}", pair.name(), pair.up.primary().map(|script| &*script.text));
    }
    for (id, former) in directory.former_checksums() {
        println!("{id} was {former:?}");
    }
    Ok(())
}
"#;

#[test]
fn what_the_arguments_and_the_lock_file_say_is_embedded() {
    let application = Application::new("arguments", MAIN);
    let [up, former] = ["create table user (id integer);\r\n", "create table user (id int);\n"];
    let [sealed, was] = [up, former].map(Checksum::of_text);
    let lock = format!("1_user up={sealed} down=- parents=base was={was}\n");
    application.project().file("db/versions/1_user.sql", up).file("db/versions/dunlin.lock", lock);
    let output = application.run().expect_code(0).stdout;
    assert_eq!(
        output,
        format!("db/versions of auth\n1_user: Some(\"create table user (id integer);\\n\")\n1 was [{was}]\n")
    );
}

/// `TRYBUILD=overwrite` writes the expected messages anew.
#[test]
fn a_wrong_argument_is_a_compile_error_at_its_place() {
    trybuild::TestCases::new().compile_fail("fixtures/embed/*.rs");
}
