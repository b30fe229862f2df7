//! What differs from run to run, replaced by a word, so that outputs can be compared whole.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

/// What stands for what, in the order in which it is replaced.
static ALWAYS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let temporary = format!("{}/dunlin-[0-9A-Za-z]{{6}}\\b", regex::escape(&std::env::temp_dir().to_string_lossy()));
    let patterns = [
        (temporary.as_str(), "[temporary]"),
        (r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|UTC|[+-]\d\d(:?\d\d)?)\b)?", "[time]"),
        (r"\b\d{4}-\d\d-\d\d\b", "[date]"),
        (r"\b\d+(\.\d+)? ?(ns|µs|us|ms|s)\b", "[duration]"),
        (r"\bdunlin_[0-9a-f]{16}\b", "[database]"),
        (r"(127\.0\.0\.1|localhost):\d+\b", "$1:[port]"),
    ];
    patterns.map(|(pattern, word)| (Regex::new(pattern).expect("a pattern"), word)).into()
});

/// A checksum, whole or shortened as messages do.
static CHECKSUM: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bb3:[0-9a-f]+(…[0-9a-f]+)?").expect("a pattern"));

/// Replaces the given folders, those of other projects and databases, times, durations, ports and names of databases by
/// words in brackets.
pub(crate) fn redacted(text: &str, folders: &[(&Path, &str)]) -> String {
    let mut text = text.to_owned();
    for (folder, word) in folders {
        text = text.replace(&*folder.to_string_lossy(), word);
    }
    for (pattern, word) in &*ALWAYS {
        text = pattern.replace_all(&text, *word).into_owned();
    }
    text
}

/// Replaces checksums too, where a test is about something else.
pub(crate) fn without_checksums(text: &str) -> String {
    CHECKSUM.replace_all(text, "[checksum]").into_owned()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_replaced() {
        let other = std::env::temp_dir().join("dunlin-x9Yz01/database.sqlite");
        let text = "at 2026-11-21 10:00:00, at 2026-11-21T10:00:00.123456Z, at 2026-11-21 10:00:00+00\n\
                    edited after it was applied on 2026-03-02\n\
                    applied 20261121093000_bird in 12 ms, waited 1.5s\n\
                    /tmp/x/versions/1_bird.up.sql:1:8\n\
                    postgres://dunlin@127.0.0.1:4711/dunlin_0123456789abcdef\n\
                    b3:9f3c…1a b3:04d2\n";
        let text = format!("{text}sqlite://{}", other.display());
        let folders = [(Path::new("/tmp/x"), "[project]")];
        expect![[r"
            at [time], at [time], at [time]
            edited after it was applied on [date]
            applied 20261121093000_bird in [duration], waited [duration]
            [project]/versions/1_bird.up.sql:1:8
            postgres://dunlin@127.0.0.1:[port]/[database]
            [checksum] [checksum]
            sqlite://[temporary]/database.sqlite"]]
        .assert_eq(&without_checksums(&redacted(&text, &folders)));
    }
}
