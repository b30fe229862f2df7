//! The README of `examples/guides`, run from its first command to its last.

use super::{Session, on_both};
use crate::docs::command_lines::words;
use crate::support::binary;
use crate::support::command::Command;

/// The commands of the `console` blocks, in order, each with the lines that are shown below it.
fn commands(page: &str) -> Vec<(&str, String)> {
    let mut commands: Vec<(&str, String)> = Vec::new();
    let blocks = page.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    for line in blocks.flat_map(str::lines).map(str::trim_start) {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command, String::new())),
            (None, Some((_, shown))) if !line.is_empty() => *shown += &format!("{line}\n"),
            (None, _) => {}
        }
    }
    commands
}

#[test]
fn the_commands_of_the_example_do_what_its_readme_shows() {
    let commands = commands(include_str!("../../examples/guides/README.md"));
    assert!(commands.len() > 30, "the blocks are found");
    on_both(|database| {
        let session = Session::in_example(database);
        for (line, shown) in &commands {
            let words = words(line).expect("a command line");
            let said = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["dunlin", ..] => session.ok([line]),
                ["sqlite3", "guides.db", sql] => session.sql(sql),
                ["cargo", "run", "--", arguments @ ..] => {
                    let program = Command::new(binary::example("guides")).variable("DATABASE_URL", &database.url);
                    program.arguments(arguments.iter().copied()).run().expect_code(0).stdout
                }
                _ => panic!("nobody knows how to run {line}"),
            };
            if !shown.is_empty() {
                assert_eq!(said.trim_end(), shown.trim_end(), "{line}, on {}", database.dialect);
            }
        }
    });
}
