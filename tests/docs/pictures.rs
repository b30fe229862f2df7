use expect_test::expect_file;

use crate::support::command::Command;
use crate::support::project::Project;

#[test]
fn the_picture_of_the_guides_is_what_is_drawn() {
    let project = Project::new();
    let versions = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/guides/versions");
    let arguments = ["schema", "--format", "svg", "--url", "sqlite::memory:", "--dir", versions];
    let drawn = Command::dunlin(&project).arguments(arguments).run().expect_code(0).stdout;
    expect_file!["../../docs/pictures/guides.svg"].assert_eq(&drawn);
}
