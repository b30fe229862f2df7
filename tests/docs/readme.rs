use crate::support::project::Project;
use crate::support::{binary, environment};

/// The commands of the README's `console` blocks, block by block.
fn console_blocks() -> Vec<Vec<String>> {
    let readme = include_str!("../../README.md");
    let blocks = readme.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    let commands = |block: &str| block.lines().filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned).collect();
    blocks.map(commands).collect()
}

#[test]
fn the_commands_of_the_readme_work() {
    let blocks = console_blocks();
    assert_eq!(blocks.len(), 2, "the README has one block for the clone and one for a new project");
    let clone = Project::new();
    let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let folder = Project::new();
    let program = binary::dunlin();
    let path = format!("{}:{}", program.parent().unwrap().display(), environment::text("PATH").unwrap());
    for (block, project) in blocks.into_iter().zip([clone, folder]) {
        for command in block {
            let command = command
                .replace("cargo run --", &format!("cargo run --quiet --manifest-path {} --", manifest.display()));
            let mut shell = std::process::Command::new("sh");
            shell.args(["-ec", &command]).current_dir(project.path()).env("PATH", &path).env_remove("DATABASE_URL");
            let output = shell.output().unwrap();
            let told = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
            assert!(output.status.success(), "{command}\n{told}");
            assert!(!told.trim().is_empty(), "{command} says nothing");
        }
    }
}
