use similar::TextDiff;

/// How much of a line is shown, in characters.
const LONGEST_LINE: usize = 200;

/// Returns a unified diff from one text to another, with two lines of context and long lines cut off.
pub fn diff(from: &str, to: &str) -> String {
    let diff = TextDiff::from_lines(from, to).unified_diff().context_radius(2).to_string();
    let cut = |line: &str| match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{} …\n", line.get(..end).unwrap_or_default()),
        None => format!("{line}\n"),
    };
    diff.lines().map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::diff;

    #[test]
    fn a_diff_shows_what_goes_and_what_comes_and_cuts_long_lines() {
        assert_eq!(diff("a\nb\n", "a\nc\n"), "@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
        assert!(diff("", &"é".repeat(300)).lines().nth(1).unwrap().ends_with("é …"));
        assert_eq!(diff("a\n", "a\n"), "");
    }
}
