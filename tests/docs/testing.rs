//! The page on testing: its files are written, its commands run, and what they say is what it shows.

use super::command_lines::words;
use crate::support::command::Command;
use crate::support::project::Project;

const PAGE: &str = include_str!("../../docs/testing.md");

/// Writes the files of a block of SQL, each behind a comment with its name.
fn write(project: &Project, block: &str) {
    for part in block.split("-- ").filter(|part| part.contains(".sql\n")) {
        let (name, text) = part.split_once('\n').expect("a name");
        project.file(name, text);
    }
}

/// Runs the commands of a block, and compares what they say with what is shown below them, if anything is.
fn run(project: &Project, block: &str) -> usize {
    let commands: Vec<&str> = block.split("$ ").filter(|command| !command.trim().is_empty()).collect();
    for command in &commands {
        let (line, shown) = command.split_once('\n').expect("a line");
        let words = words(line).expect("a command line");
        let dunlin = Command::dunlin(project).arguments(words.into_iter().skip(1));
        let outcome = dunlin.variable("DATABASE_URL", "sqlite:app.db").run();
        if !shown.is_empty() {
            assert_eq!(outcome.stdout, shown, "{line}");
        }
        let is_failure = outcome.stdout.contains("failed");
        assert_eq!(outcome.code, Some(if is_failure { 3 } else { 0 }), "{}", outcome.snapshot());
    }
    commands.len()
}

#[test]
fn the_page_on_testing_shows_what_is_said() {
    let project = Project::new();
    let git = |line: &str| Command::new("git").arguments(line.split(' ')).within(project.path()).run().expect_code(0);
    git("init -q");
    git("-c user.name=Ann -c user.email=ann@localhost commit -q --allow-empty -m first");
    let mut ran = 0;
    for block in PAGE.split("```").skip(1).step_by(2) {
        match block.split_once('\n').expect("a language") {
            ("sql", files) => write(&project, files),
            ("console", commands) => ran += run(&project, commands),
            _ => {}
        }
    }
    assert_eq!(ran, 6);
}
