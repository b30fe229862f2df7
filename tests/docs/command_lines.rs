//! Command lines as documentation writes them: found in a page, and taken apart as a shell does.

/// Takes a command line apart at white space, with quotes of both kinds; `None` where a quote is open.
pub(crate) fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            Some(_) | None => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// Returns every command line of a program in a page, with the number of its line: each in backquotes, and each that
/// begins a line of a block of code.
pub(super) fn of<'p>(program: &str, page: &'p str) -> Vec<(usize, &'p str)> {
    let is_ours = |text: &str| text.strip_prefix(program).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    let mut found = Vec::new();
    let mut in_block = false;
    for (number, line) in page.lines().enumerate().map(|(number, line)| (number + 1, line)) {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if in_block {
            let line = line.trim_start().trim_start_matches("$ ");
            found.extend(Some((number, line)).filter(|(_, line)| is_ours(line)));
        } else {
            let spans = line.split('`').skip(1).step_by(2);
            found.extend(spans.filter(|span| is_ours(span)).map(|span| (number, span)));
        }
    }
    found
}

#[test]
fn a_line_is_taken_apart_as_a_shell_does() {
    let owned = |words: &[&str]| Some(words.iter().map(|&word| word.to_owned()).collect());
    assert_eq!(words(r#"new  -m "add 'x'" --why=a' b'"#), owned(&["new", "-m", "add 'x'", "--why=a b"]));
    assert_eq!(words("new ''"), owned(&["new", ""]));
    assert_eq!(words("new 'x"), None);
}

#[test]
fn commands_stand_in_backquotes_and_in_blocks() {
    let page = "Run `dunlin up`, not `dunlin-x`.\n```console\n$ dunlin down\nls `dunlin no`\n```\n| `dunlin` | `dunlin redo -2` |";
    assert_eq!(of("dunlin", page), [(1, "dunlin up"), (3, "dunlin down"), (6, "dunlin"), (6, "dunlin redo -2")]);
}
