//! A corpus of pairs: `== <name>`, the one schema, `->`, the other.
//!
//! Lines that begin with `rows:` put rows into the first. `refused: <text>` in place of the second part says that there must be
//! no way, and what is said about it.

use super::threads;

/// One pair of schemas.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) from: String,
    pub(super) rows: Vec<String>,
    pub(super) to: String,
    /// Rows that the database may refuse.
    pub(super) tries: Vec<String>,
}

/// Reads a corpus.
pub(super) fn read(text: &str) -> Vec<Pair> {
    text.split("\n== ").skip(1).map(pair).collect()
}

/// Makes sure that nothing is wrong with any of these pairs.
pub(super) fn all_pass<'p>(
    pairs: impl Iterator<Item = &'p Pair> + Send,
    check: impl AsyncFn(&Pair) -> Result<(), String> + Sync,
) {
    let checked = threads::each(pairs, |runtime, pair| {
        runtime.block_on(check(pair)).map_err(|error| format!("== {}\n{error}", pair.name))
    });
    let wrong: Vec<String> = checked.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{} pairs fail\n{}", wrong.len(), wrong.join("\n\n"));
}

fn pair(section: &str) -> Pair {
    let (name, body) = section.split_once('\n').expect("a name and a body");
    let (from, to) = body.split_once("->\n").unwrap_or_else(|| panic!("`{name}` has no `->`"));
    let (rows, from): (Vec<&str>, Vec<&str>) = from.lines().partition(|line| line.starts_with("rows:"));
    let rows =
        rows.into_iter().filter_map(|line| line.strip_prefix("rows:")).map(|row| row.trim().to_owned()).collect();
    Pair { name: name.trim().to_owned(), from: from.join("\n"), rows, to: to.to_owned(), tries: Vec::new() }
}
