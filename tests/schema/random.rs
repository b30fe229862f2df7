//! Schemas of SQLite that are made up.

use super::chance::{Chance, TABLES, pairs, told};
use super::sqlite::check;

/// How many pairs a run makes up.
const PAIRS: usize = 150;

const TYPES: [&str; 6] = ["integer", "text", "real", "blob", "numeric", ""];

/// What can be said of a column, `{}`; that most of them say nothing is meant.
const SAID: [&str; 9] = [
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

/// What a table may have beside itself, each with how often.
const BESIDE: [(f64, &str); 4] = [
    (0.3, "create index {table}_{column} on {table} ({column});\n"),
    (0.1, "create unique index {table}_part on {table} ({column}) where {column} is not null;\n"),
    (0.3, "create view see_{table} as select {column} from {table};\n"),
    (0.3, "create trigger on_{table} after update of {column} on {table} begin select 1; end;\n"),
];

/// Makes up a schema of tables and columns that another one may have too, so that two of them have much in common.
fn made_up(chance: &mut Chance) -> String {
    let mut sql = String::new();
    let mut parent = None;
    for table in TABLES {
        if chance.may(0.25) {
            continue;
        }
        let mut columns: Vec<&str> = ["p", "q", "r", "s", "t"].into_iter().filter(|_| chance.may(0.6)).collect();
        if columns.is_empty() {
            columns.push("p");
        }
        let mut items: Vec<String> = columns.iter().map(|column| item(column, chance)).collect();
        let place = chance.up_to(items.len());
        items.splice(place..place, Some("x".to_owned()).filter(|_| chance.may(0.3)));
        items.extend(Some("g integer as (1 + 1)".to_owned()).filter(|_| chance.may(0.2)));
        let key = chance.one_of(&["", "id integer primary key", "id integer primary key autoincrement"]);
        items.splice(0..0, Some(key.to_owned()).filter(|key| !key.is_empty()));
        if let Some(parent) = parent.filter(|_| chance.may(0.4)) {
            items.push(format!("ref_{parent} integer references {parent} on delete cascade"));
        }
        if let [first, second, ..] = columns[..]
            && chance.may(0.3)
        {
            items.push(format!("unique ({first}, {second})"));
        }
        let has_rowid = !key.ends_with("key") || chance.may(0.7);
        let options = if has_rowid { "" } else { " without rowid" };
        sql.push_str(&format!("create table {table} ({}){options};\n", items.join(", ")));
        for (often, text) in BESIDE {
            if chance.may(often) {
                sql.push_str(&text.replace("{table}", table).replace("{column}", columns[0]));
            }
        }
        parent = Some(table).filter(|_| !key.is_empty()).or(parent);
    }
    sql
}

fn item(column: &str, chance: &mut Chance) -> String {
    let of_type = chance.one_of(&TYPES);
    let said = chance.one_of(&SAID).replace("{}", column);
    format!("{column} {of_type}{said}")
}

#[tokio::test]
async fn two_schemas_that_are_made_up_lead_to_one_another() {
    for pair in pairs(PAIRS, 10 * PAIRS, "insert into {} default values", made_up) {
        check(&pair).await.unwrap_or_else(|error| panic!("{}", told(&pair, &error)));
    }
}
