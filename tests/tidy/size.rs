use super::sources;

#[test]
fn no_file_is_longer_than_six_hundred_lines() {
    let folders = ["core", "macros", "runtime", "cli", "examples", "tests"];
    let long: Vec<String> = folders
        .into_iter()
        .flat_map(sources)
        .map(|(file, text)| (file, text.lines().count()))
        .filter(|(_, lines)| *lines > 600)
        .map(|(file, lines)| format!("{file}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "these want splitting:\n{}", long.join("\n"));
}
