//! Directories that must not compile.

use dunlin_core::checksum::Checksum;
use expect_test::expect;

use super::application::Application;

const BIRD: (&str, &str) = ("create table bird (id integer);\n", "drop table bird;\n");

fn application(name: &str, arguments: &str) -> Application {
    let main = format!("static MIGRATIONS: dunlin::Migrations = dunlin::embed!({arguments});\n\nfn main() {{}}\n");
    Application::new(name, &main)
}

/// An application whose only migration is sealed.
fn sealed(name: &str) -> Application {
    let application = application(name, "");
    let [up, down] = [BIRD.0, BIRD.1].map(Checksum::of_text);
    let lock = format!("1_bird up={up} down={down} parents=base\n");
    application.project().migration("1_bird", BIRD.0, BIRD.1).file("versions/dunlin.lock", lock);
    application
}

#[test]
fn a_directory_in_order_compiles() {
    sealed("in_order").build().expect_code(0);
}

#[test]
fn a_missing_directory_is_named_with_the_way_to_make_one() {
    let application = application("missing_directory", r#""db/versions""#);
    expect![].assert_eq(&application.build().snapshot());
}

#[test]
fn all_faults_are_one_compile_error_with_their_places() {
    let application = application("all_faults", "");
    application
        .project()
        .migration("1_bird", "-- dunlin: transacton none\ncreate table bird (id integer);\n", BIRD.1)
        .migration("2_egg", "create table egg (id integer);\n\ninsert into egg values ('blue);\n", "drop table egg;\n")
        .file("versions/3_nest.up.sql", "vacuum;\n");
    expect![].assert_eq(&application.build().snapshot());
}

#[test]
fn an_edited_sealed_file_does_not_compile() {
    let application = sealed("sealed_edited");
    application.project().file("versions/1_bird.up.sql", "create table bird (id bigint);\n");
    expect![].assert_eq(&application.build().snapshot());
}

#[test]
fn a_deleted_sealed_file_does_not_compile() {
    let application = sealed("sealed_deleted");
    application.project().remove("versions/1_bird.down.sql");
    expect![].assert_eq(&application.build().snapshot());
}

#[test]
fn an_up_only_file_compiles_where_the_set_allows_it() {
    let refused = application("up_only_refused", "");
    refused.project().file("versions/1_bird.sql", BIRD.0);
    expect![].assert_eq(&refused.build().snapshot());
    let allowed = application("up_only_allowed", "allow_up_only");
    allowed.project().file("versions/1_bird.sql", BIRD.0);
    allowed.build().expect_code(0);
}
