use std::fmt::Write as _;

use dunlin_core::header::{DIRECTIVES, Files};
use expect_test::expect_file;

#[test]
fn the_page_of_directives_is_made_from_the_table() {
    let mut page = "# Directives\n\nLines `-- dunlin: <key> [value]` in the leading comment of a file. This page is made from the \
                    table that the parser reads.\n\n| directive | in | meaning | example |\n|---|---|---|---|\n"
        .to_owned();
    for directive in &DIRECTIVES {
        let files = match directive.files {
            Files::Up => "up files",
            Files::UpAndDown => "up and down files",
            Files::All => "up, down and repeatable files",
        };
        let repeats = if directive.repeats { ", more than once" } else { "" };
        let (key, sentence, grammar, example) =
            (directive.key, directive.sentence, directive.grammar, directive.example);
        let value = if grammar == "no value" { String::new() } else { format!(" It takes {grammar}.") };
        let _ = writeln!(page, "| `{key}` | {files}{repeats} | {sentence}{value} | `-- dunlin: {example}` |");
    }
    page.push_str(
        "\nsqlx's `-- no-transaction` is read as `transaction none`, so that its directories run as they are.\n",
    );
    expect_file!["../../docs/directives.md"].assert_eq(&page);
}
