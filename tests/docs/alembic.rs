use std::ffi::OsString;

use dunlin_cli::{Host, Standalone};

use super::command_lines;

const PAGE: &str = include_str!("../../docs/coming-from-alembic.md");

/// The commands of a text, but for the bare name of the program.
fn commands(text: &str) -> Vec<(usize, &str)> {
    let lines = command_lines::of("dunlin", text);
    lines.into_iter().filter(|(_, line)| *line != "dunlin").collect()
}

#[test]
fn every_command_of_the_page_for_users_of_alembic_is_understood() {
    let lines = commands(PAGE);
    assert!(lines.len() > 100, "the commands are found");
    let is_understood = |line: &str| {
        let words = command_lines::words(line).expect("quotes that are closed");
        Standalone::parse(words.into_iter().map(OsString::from), &Host::here()).is_ok()
    };
    let bad: Vec<_> = lines.into_iter().filter(|(_, line)| !is_understood(line)).collect();
    assert!(bad.is_empty(), "docs/coming-from-alembic.md: {bad:#?}");
}

#[test]
fn what_is_not_there_yet_is_not_shown_as_a_command() {
    let missing = PAGE.split("\n## ").filter(|part| part.starts_with("Not there yet") || part.starts_with("Left out"));
    let shown: Vec<_> = missing.flat_map(commands).collect();
    assert_eq!(shown, []);
}
