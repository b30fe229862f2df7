//! `init` and `completions`.

use expect_test::expect;

use super::{run, session, shown};
use crate::support::command::Command;
use crate::support::project::Project;

#[test]
fn init_sets_a_project_up() {
    let project = Project::new();
    session(&project, ["init app", "init app"], &expect![]);
    expect![].assert_eq(&project.read("app/dunlin.toml"));
    assert_eq!(project.files(), ["app/dunlin.toml", "app/versions/dunlin.lock"]);
}

#[test]
fn init_writes_a_build_script_beside_a_manifest() {
    let project = Project::new();
    project.file("Cargo.toml", "");
    session(&project, ["init"], &expect![]);
    expect![].assert_eq(&project.read("build.rs"));
}

#[test]
fn init_overwrites_nothing() {
    let project = Project::new();
    project.file("Cargo.toml", "").file("build.rs", "fn main() {}\n").file("dunlin.toml", "dir = \"db\"\n");
    session(&project, ["init"], &expect![]);
    assert_eq!(project.read("build.rs"), "fn main() {}\n");
    assert_eq!(project.read("dunlin.toml"), "dir = \"db\"\n");
}

#[test]
fn the_example_runs_as_it_is() {
    session(&Project::new(), ["init --example", "up", "down", "init --example"], &expect![]);
}

#[test]
fn without_a_directory_the_way_to_one_is_told() {
    session(&Project::new(), ["up --dir nowhere", "new x --dir nowhere", "lock --dir nowhere"], &expect![]);
}

#[test]
fn completions_are_written_for_every_shell() {
    let project = Project::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(&project, &format!("completions {shell}")).expect_code(0).stdout;
        assert!(script.contains("dunlin") && script.contains("downgrade"), "{shell}");
    }
    expect![].assert_eq(&shown(&Command::dunlin(&project).arguments(["completions", "csh"]).run()));
}
