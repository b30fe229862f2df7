use std::collections::BTreeSet;
use std::process::Command;

use super::root;

/// The arrows of the design: a crate, and the crates of the workspace that it may use.
const ARROWS: [(&str, &[&str]); 5] = [
    ("dunlin-core", &[]),
    ("dunlin-macros", &["dunlin-core"]),
    ("dunlin-schema", &["dunlin-core"]),
    ("dunlin", &["dunlin-core", "dunlin-macros", "dunlin-schema"]),
    ("dunlin-cli", &["dunlin", "dunlin-core", "dunlin-schema"]),
];

/// What a pure crate must not see, not even through another.
const IMPURE: [&str; 4] = ["sqlx", "sqlx-core", "tokio", "clap"];

fn tree(package: &str, depth: &str) -> BTreeSet<String> {
    let arguments =
        ["tree", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{lib}|{p}", "--depth", depth];
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(arguments).args(["--all-features", "--package", package]).current_dir(root());
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let name = |line: &str| line.split('|').nth(1).and_then(|package| package.split(' ').next()).map(str::to_owned);
    lines.lines().filter_map(name).filter(|name| name != package).collect()
}

#[test]
fn the_crates_use_one_another_as_the_design_says() {
    let ours: BTreeSet<&str> = ARROWS.iter().map(|(package, _)| *package).collect();
    for (package, allowed) in ARROWS {
        let used: Vec<String> = tree(package, "1").into_iter().filter(|name| ours.contains(&**name)).collect();
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        let stray: Vec<&String> = used.iter().filter(|name| !allowed.contains(&***name)).collect();
        assert!(stray.is_empty(), "{package} must not use {stray:?}");
    }
}

#[test]
fn core_the_macro_and_the_schema_engine_are_pure() {
    for package in ["dunlin-core", "dunlin-macros", "dunlin-schema"] {
        let all = tree(package, "99");
        let impure: Vec<&&str> = IMPURE.iter().filter(|name| all.contains(**name)).collect();
        assert!(impure.is_empty(), "{package} sees {impure:?}");
        assert!(all.contains("blake3"), "the tree was read: {all:?}");
    }
}
