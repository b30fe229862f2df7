//! Schemas that are made up.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::pairs::Pair;
use super::sqlite::check;

const TYPES: [&str; 6] = ["integer", "text", "real", "blob", "numeric", ""];
const CONSTRAINTS: [&str; 9] = [
    "",
    "",
    "",
    " default 1",
    " default 'x'",
    " not null default 0",
    " collate nocase",
    " check ({} is null or {} <> 'z')",
    " unique",
];

/// Makes up a schema of a few tables whose names others may have too, so that two of them have much in common.
fn made_up(random: &mut StdRng) -> String {
    let mut sql = String::new();
    let mut tables = Vec::new();
    for table in ["a", "b", "c", "d"] {
        if random.random_bool(0.25) {
            continue;
        }
        let mut columns: Vec<String> = Vec::new();
        let mut items = Vec::new();
        if random.random_bool(0.7) {
            let counts = if random.random_bool(0.3) { " autoincrement" } else { "" };
            items.push(format!("id integer primary key{counts}"));
        }
        for column in ["p", "q", "r", "s", "t"] {
            if random.random_bool(0.6) {
                let (of_type, constraint) = (
                    TYPES[random.random_range(0..TYPES.len())],
                    CONSTRAINTS[random.random_range(0..CONSTRAINTS.len())],
                );
                items.push(format!("{column} {of_type}{}", constraint.replace("{}", column)));
                columns.push(column.to_owned());
            }
        }
        if random.random_bool(0.2) {
            items.push("g integer as (1 + 1)".to_owned());
        }
        if random.random_bool(0.3) {
            let place = random.random_range(0..=items.len());
            items.insert(place, "x".to_owned());
            columns.push("x".to_owned());
        }
        if items.is_empty() {
            items.push("only".to_owned());
        }
        if let Some(other) = tables.last().filter(|_| random.random_bool(0.4)) {
            items.push(format!("ref_{other} integer references {other} on delete cascade"));
        }
        if columns.len() > 1 && random.random_bool(0.3) {
            items.push(format!("unique ({}, {})", columns[0], columns[1]));
        }
        let options = if random.random_bool(0.1)
            && items.iter().any(|item| item.starts_with("id integer primary key"))
            && !items.iter().any(|item| item.contains("autoincrement"))
        {
            " without rowid"
        } else {
            ""
        };
        sql.push_str(&format!("create table {table} ({}){options};\n", items.join(", ")));
        if let Some(column) = columns.first() {
            if random.random_bool(0.4) {
                let unique = if random.random_bool(0.2) { "unique " } else { "" };
                let part = if random.random_bool(0.3) { format!(" where {column} is not null") } else { String::new() };
                sql.push_str(&format!("create {unique}index {table}_{column} on {table} ({column}){part};\n"));
            }
            if random.random_bool(0.3) {
                sql.push_str(&format!("create view see_{table} as select {column} from {table};\n"));
            }
            if random.random_bool(0.3) {
                sql.push_str(&format!(
                    "create trigger on_{table} after update of {column} on {table} begin select 1; end;\n"
                ));
            }
        }
        if items.iter().any(|item| item.starts_with("id integer primary key")) {
            tables.push(table);
        }
    }
    sql
}

#[tokio::test]
async fn two_schemas_that_are_made_up_lead_to_one_another() {
    let first: u64 =
        std::env::var("DUNLIN_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    for seed in first..first.saturating_add(150) {
        let mut random = StdRng::seed_from_u64(seed);
        let (from, to) = (made_up(&mut random), made_up(&mut random));
        let pair = Pair { name: seed.to_string(), from, rows: Vec::new(), to };
        if let Err(error) = check(&pair).await {
            // A column that did not refer may hold what no row has; that is rightly refused only with rows, and there are none.
            panic!("DUNLIN_TEST_SEED={seed}\n{}->\n{}\n{error}", pair.from, pair.to);
        }
    }
}
