//! Whatever is changed, deleted, inserted or reordered in a table is found, and its finding goes when it is put back.

use dunlin_core::ledger::{EventRow, MigrationRow, RepeatableRow};

use super::*;
use crate::support::environment::rounds;
use crate::support::process::Chance;

/// The tables, each with its columns, and the one that is its key beside the set.
const TABLES: [(&str, &[&str], &str); 4] = [
    ("dunlin_layout", &["id", "version"], "id"),
    ("dunlin_events", &EventRow::COLUMNS, "n"),
    ("dunlin_migrations", &MigrationRow::COLUMNS, "id"),
    ("dunlin_repeatable", &RepeatableRow::COLUMNS, "name"),
];

/// Copies of the tables, to be put back.
pub(super) struct Saved<'d>(&'d Database);

/// Every table; the journal, too.
fn tables() -> impl Iterator<Item = &'static str> {
    TABLES.into_iter().map(|(table, ..)| table).chain(["dunlin_statements"])
}

impl<'d> Saved<'d> {
    pub(super) fn new(database: &'d Database) -> Saved<'d> {
        let copies = tables().map(|table| format!("create table saved_{table} as select * from {table};\n"));
        database.sql(&copies.collect::<String>());
        Saved(database)
    }

    pub(super) fn put_back(&self) {
        let tables =
            tables().map(|table| format!("delete from {table};\ninsert into {table} select * from saved_{table};\n"));
        // A crash would cost no more than the test.
        let pragma = if self.0.dialect == Dialect::Sqlite { "pragma synchronous = off;\n" } else { "" };
        self.0.sql(&format!("{pragma}begin;\n{}commit", tables.collect::<String>()));
    }
}

/// Says whether an audit finds a fault.
async fn is_found(migrations: &Migrations, database: &Database) -> bool {
    match migrations.migrator().audit(&database.url, None).await {
        Ok(audit) => !audit.is_whole(),
        Err(Error::NewerLayout { .. }) => true,
        Err(error) => panic!("{error}"),
    }
}

/// Returns SQL for another value than that of a column.
pub(super) fn another(dialect: Dialect, column: &str) -> String {
    match (dialect, column) {
        (_, "n" | "seq" | "duration_us" | "version" | "line" | "connection") => format!("{column} + 100"),
        (Dialect::Postgres, "breaking") => "not breaking".to_owned(),
        (_, "breaking") => "1 - breaking".to_owned(),
        (Dialect::Postgres, "at" | "applied_at" | "started_at") => format!("{column} + interval '1 microsecond'"),
        (Dialect::Mysql, "at" | "applied_at" | "started_at") => format!("{column} + interval 1 microsecond"),
        (Dialect::Mysql, _) => format!("concat({column}, 'x')"),
        (Dialect::Sqlite | Dialect::Postgres, _) => format!("{column} || 'x'"),
    }
}

/// Returns a condition for one row of a table: one in the middle, with a value in every column.
fn one(table: &str) -> &'static str {
    match table {
        "dunlin_events" => "n = 2",
        "dunlin_migrations" => "id = '2'",
        "dunlin_repeatable" => "name = 'singers'",
        _ => "id = 1",
    }
}

engines! {
    async fn a_change_of_any_column_of_any_table_is_found(database: &Database) {
        let project = history(database).await;
        let (migrations, saved) = (migrations(&project), Saved::new(database));
        let mut changes = Vec::new();
        for (table, columns, _) in TABLES {
            for column in columns.iter().filter(|column| (table, **column) != ("dunlin_layout", "id")) {
                let value = another(database.dialect, column);
                changes.push(format!("update {table} set {column} = {value} where {}", one(table)));
            }
        }
        for (table, column) in [("events", "id"), ("events", "checksum"), ("migrations", "down_checksum"), ("migrations", "down_sql")] {
            let table = format!("dunlin_{table}");
            changes.push(format!("update {table} set {column} = null where {}", one(&table)));
        }
        // A value that reads the same for people, or that other parts of dunlin take for the same.
        changes.extend([
            "update dunlin_events set checksum = upper(checksum) where n = 2",
            "update dunlin_events set hash = upper(hash) where n = 2",
            "update dunlin_events set hash = '' where n = 2",
            "update dunlin_events set hash = '' where n = (select n from (select max(n) as n from dunlin_events) last_one)",
            "update dunlin_migrations set up_checksum = upper(up_checksum) where id = '2'",
            "update dunlin_migrations set id = '02' where id = '2'",
            "update dunlin_migrations set tool_version = '0.1.0 ' where id = '2'",
            "update dunlin_migrations set state = 'reverting' where id = '6'",
            "update dunlin_migrations set state = 'applying' where id = '6'",
            "update dunlin_migrations set down_sql = concat(down_sql, ' ') where id = '6'",
        ].map(|change| if database.dialect == Dialect::Sqlite { change.replace("concat(down_sql, ' ')", "down_sql || ' '") } else { change.to_owned() }));
        if database.dialect == Dialect::Postgres {
            changes.push("update dunlin_migrations set applied_at = (applied_at::text || ' BC')::timestamptz".to_owned());
        }
        for change in changes {
            database.sql(&change);
            assert!(is_found(&migrations, database).await, "{change}");
            saved.put_back();
            assert!(!is_found(&migrations, database).await, "put back after {change}");
        }
    }

    async fn a_row_that_is_deleted_or_slipped_in_or_moved_is_found(database: &Database) {
        let project = history(database).await;
        let (migrations, saved) = (migrations(&project), Saved::new(database));
        let mut changes = Vec::new();
        for (table, columns, key) in TABLES {
            changes.push(format!("delete from {table} where {}", one(table)));
            changes.push(format!("delete from {table}"));
            if key == "id" && table == "dunlin_layout" {
                continue;
            }
            for (of, value) in [(key, if key == "n" { "1000" } else { "'another'" }), ("set_name", "'another'")] {
                let values = columns.iter().map(|column| if *column == of { value } else { column });
                let (columns, values) = (columns.join(", "), values.collect::<Vec<_>>().join(", "));
                changes.push(format!("insert into {table} ({columns}) select {values} from {table} where {}", one(table)));
            }
            let (first, second, away) = match key {
                "n" => ("2", "3", "1000"),
                "name" => ("'singers'", "'wrens'", "'away'"),
                _ => ("'2'", "'3'", "'away'"),
            };
            let moved = |from, to| format!("update {table} set {key} = {to} where {key} = {from};");
            changes.push([moved(first, away), moved(second, first), moved(away, second)].concat());
        }
        changes.push("drop table dunlin_layout".to_owned());
        for change in changes {
            database.sql(&change);
            assert!(is_found(&migrations, database).await, "{change}");
            if change.starts_with("drop") {
                break;
            }
            saved.put_back();
            assert!(!is_found(&migrations, database).await, "put back after {change}");
        }
    }
}

/// SQLite takes a value of any type in any column, which makes it the engine to find gaps with.
#[tokio::test]
async fn whatever_happens_to_a_row_of_sqlite_at_random_is_found() {
    let (database, mut chance) = (Database::sqlite(), Chance::new());
    let project = history(&database).await;
    let (migrations, saved) = (migrations(&project), Saved::new(&database));
    let before = dump(&database);
    let mut changed = 0;
    while changed < rounds(150, 2_000) {
        let meddling = random(&database, &mut chance);
        // What a constraint refuses cannot happen.
        let happened =
            database.try_sql(&format!("pragma synchronous = off;\n{meddling}")).is_ok() && dump(&database) != before;
        assert_eq!(is_found(&migrations, &database).await, happened, "{meddling}");
        if happened {
            changed += 1;
            saved.put_back();
        }
    }
}

/// Every value of every row, with its type.
fn dump(database: &Database) -> String {
    let tables = TABLES.map(|(table, columns, _)| {
        let values: Vec<String> = columns.iter().map(|column| format!("quote({column})")).collect();
        database.sql(&format!("select {} from {table} order by 1, 2", values.join(", ")))
    });
    tables.join("\n")
}

/// Returns SQL that does something to one row.
fn random(database: &Database, chance: &mut Chance) -> String {
    let (table, columns, key) = TABLES[chance.below(TABLES.len())];
    let mut row = |table: &str| {
        let rows = database.sql(&format!("select rowid from {table}"));
        let rows: Vec<&str> = rows.lines().collect();
        rows[chance.below(rows.len())].to_owned()
    };
    let (at, other) = (row(table), row(table));
    let column = columns[chance.below(columns.len())];
    let elsewhere = columns[chance.below(columns.len())];
    let values = [
        "null".to_owned(),
        "''".to_owned(),
        "0".to_owned(),
        "1.5".to_owned(),
        "random()".to_owned(),
        "hex(randomblob(4))".to_owned(),
        format!("{column} || ' '"),
        format!("{column} || char(10)"),
        format!("upper({column})"),
        format!("substr({column}, 2)"),
        format!("cast({column} as blob)"),
        format!("{column} + 1"),
        format!("(select {column} from {table} where rowid = {other})"),
        elsewhere.to_owned(),
    ];
    match chance.below(10) {
        0 => format!("delete from {table} where rowid = {at}"),
        1 => {
            let value = if key == "n" { "abs(random())" } else { "hex(randomblob(3))" };
            let values: Vec<&str> = columns.iter().map(|column| if *column == key { value } else { column }).collect();
            let (columns, values) = (columns.join(", "), values.join(", "));
            format!("insert into {table} ({columns}) select {values} from {table} where rowid = {at}")
        }
        2 => {
            let key_at = |rowid: &str| format!("(select {key} from saved_{table} where rowid = {rowid})");
            let away = if key == "n" { "-1" } else { "'away'" };
            let set = |value: &str, rowid: &str| format!("update {table} set {key} = {value} where rowid = {rowid};\n");
            [set(away, &at), set(&key_at(&at), &other), set(&key_at(&other), &at)].concat()
        }
        _ => format!("update {table} set {column} = {} where rowid = {at}", values[chance.below(values.len())]),
    }
}
