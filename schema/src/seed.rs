//! Rows for tables that have none: what is the same on every engine.

/// Returns statements that put a row into a table: in each the next candidate of every column, and where one has no more, its first.
pub(crate) fn inserts(table: &str, columns: &[String], candidates: &[Vec<String>]) -> Vec<String> {
    let most = candidates.iter().map(Vec::len).max().unwrap_or_default();
    let row = |n: usize| {
        let values: Vec<&str> =
            candidates.iter().filter_map(|of| of.get(n).or(of.first())).map(String::as_str).collect();
        format!("insert into {table} ({}) values ({})", columns.join(", "), values.join(", "))
    };
    (0..most).map(row).collect()
}
