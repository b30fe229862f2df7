//! The matrix of what is covered names pairs of schemas, and they are there.

use std::path::Path;

fn read(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    std::fs::read_to_string(file).expect(name)
}

#[test]
fn every_row_of_the_matrix_names_pairs_that_a_server_runs() {
    let page = read("docs/schema.md");
    for (heading, corpus) in
        [("### PostgreSQL", "postgres"), ("### MySQL and MariaDB", "mysql"), ("### SQLite", "sqlite")]
    {
        let pairs = read(&format!("tests/schema/{corpus}.pairs"));
        let part = page.split_once(heading).expect(heading).1;
        let rows = part.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
        let rows: Vec<&str> = rows.take_while(|line| line.starts_with('|')).collect();
        assert!(rows.len() >= 16, "{heading} has {} rows", rows.len());
        for row in rows {
            let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
            let (claim, shown) = (cells[cells.len() - 2], cells[cells.len() - 1]);
            assert!(!shown.is_empty() || claim == "not compared", "{row}");
            for name in shown.split("; ").filter(|name| !name.is_empty()) {
                let is_there = pairs.lines().any(|line| line.strip_prefix("== ") == Some(name));
                assert!(is_there, "tests/schema/{corpus}.pairs has no `{name}`");
            }
        }
    }
}
