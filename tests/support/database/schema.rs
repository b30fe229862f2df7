//! What is defined in a database, as text that two databases can be compared by.

use std::process::Command;

use dunlin_core::dialect::Dialect;

use super::Database;
use crate::support::servers::postgres;

/// Writes down the schema without the tables of dunlin.
pub(super) fn of(database: &Database) -> String {
    match database.dialect {
        Dialect::Sqlite => database.sql(include_str!("sqlite_schema.sql")),
        Dialect::Postgres => dumped(&database.url),
        Dialect::Mysql => described(database),
    }
}

/// What `pg_dump` writes, without comments, settings and the token that differs from run to run.
fn dumped(url: &str) -> String {
    let program = postgres::programs().map_or_else(|| "pg_dump".into(), |folder| folder.join("pg_dump"));
    let output = Command::new(program)
        .args(["--schema-only", "--no-owner", "--exclude-table=*.dunlin_*", "-d", url])
        .output()
        .expect("pg_dump starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    let noise = ["--", "SET ", "SELECT pg_catalog.set_config(", "\\restrict ", "\\unrestrict "];
    let lines: Vec<_> =
        text.lines().filter(|line| !line.is_empty() && !noise.iter().any(|start| line.starts_with(start))).collect();
    lines.join("\n")
}

/// What MariaDB answers to `show create` for tables and views, and what its catalogue says of everything else.
fn described(database: &Database) -> String {
    let tables = database.sql(
        "select table_name from information_schema.tables \
         where table_schema = database() and table_name not like 'dunlin\\_%' order by table_name",
    );
    let created: Vec<_> = tables
        .lines()
        .map(|name| database.sql(&format!("show create table {}", database.dialect.quote(name))))
        .collect();
    let created = created.join("\n");
    let counter = regex::Regex::new(r" AUTO_INCREMENT=\d+").expect("a pattern");
    let created = counter.replace_all(&created, "").replace("\\n", "\n");
    let others = database.sql(include_str!("mysql_schema.sql"));
    [created.as_str(), &others].join("\n").trim_matches('\n').to_owned()
}
