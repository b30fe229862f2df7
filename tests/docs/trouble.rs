//! The page on trouble has a section for everything that can go wrong.

use std::path::Path;

use dunlin_cli::EXIT_CODES;

fn page() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/when-something-goes-wrong.md");
    std::fs::read_to_string(file).expect("the page")
}

fn sections() -> Vec<String> {
    page().lines().filter_map(|line| line.strip_prefix("### ")).map(str::to_owned).collect()
}

/// The names of the findings, as JSON has them: read from the source, which has no list of them.
fn findings() -> Vec<String> {
    let source = include_str!("../../core/src/plan/finding.rs");
    let (_, variants) = source.split_once("pub enum FindingKind {").expect("the enum");
    let (variants, _) = variants.split_once("\n}\n").expect("its end");
    let names = variants.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     "));
    let names = names
        .map(|line| line.trim().trim_end_matches([',', '{', ' ']))
        .filter(|name| name.chars().next().is_some_and(char::is_uppercase) && name.chars().all(char::is_alphanumeric));
    names.map(kebab).collect()
}

fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(c.to_lowercase());
    }
    kebab
}

#[test]
fn every_exit_code_and_every_finding_has_a_section() {
    let codes = EXIT_CODES.iter().map(|(_, code, _)| format!("Exit code {code}"));
    let expected: Vec<String> = codes.chain(findings()).collect();
    assert!(expected.len() > 20, "{expected:?}");
    assert_eq!(sections(), expected);
}
