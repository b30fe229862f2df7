//! Schemas of PostgreSQL that are made up.

use super::chance::{Chance, TABLES, is_right, pairs, told};
use super::postgres::check;
use super::threads;
use crate::support::database::Database;

/// How many pairs a run tries.
const PAIRS: usize = 24;

/// What stands by itself, each with how often, and in several forms.
const BEFORE: [(f64, &[&str]); 8] = [
    (0.9, &["create type mood as enum ('a', 'b');", "create type mood as enum ('b', 'x', 'a', 'c');"]),
    (0.9, &["create domain short as text check (length(value) < 9);", "create domain short as text default 'x';"]),
    (0.9, &["create type pair as (x integer, y text);", "create type pair as (x bigint, z date, y text);"]),
    (0.5, &["create schema app;", "create schema app; comment on schema app is 'ours';"]),
    (0.5, &["create sequence s;", "create sequence s as integer increment 2 cycle;"]),
    (
        0.9,
        &[
            "create function f(n integer) returns integer immutable language sql as 'select n';",
            "create function f(n integer) returns integer immutable language sql return n + 1;",
            "create function f(n integer, m integer default 2) returns integer immutable language sql as 'select n + m';",
        ],
    ),
    (
        0.9,
        &[
            "create function on_row() returns trigger language plpgsql as 'begin return new; end';",
            "create function on_row() returns trigger language plpgsql as 'begin return null; end';",
        ],
    ),
    (
        0.2,
        &["create procedure p() language sql as 'select 1';", "create procedure p(n text) language sql as 'select 2';"],
    ),
];

/// A type, what a default of it may be, and what it needs.
const TYPES: [(&str, &str, &str); 22] = [
    ("integer", "1", ""),
    ("integer", "f(1)", "function f("),
    ("bigint", "2 * 3", ""),
    ("bigint", "nextval('s')", "sequence s"),
    ("smallint", "3", ""),
    ("numeric(10,2)", "1.5", ""),
    ("double precision", "0", ""),
    ("boolean", "true", ""),
    ("text", "'it''s'", ""),
    ("text collate \"C\"", "lower('A')", ""),
    ("varchar(20)", "'x'", ""),
    ("varchar(50)", "current_user", ""),
    ("date", "current_date", ""),
    ("timestamp", "now()", ""),
    ("timestamptz", "now()", ""),
    ("jsonb", "'{}'", ""),
    ("text[]", "'{}'", ""),
    ("int4range", "'empty'", ""),
    ("mood", "'a'", "type mood"),
    ("mood[]", "array['b']::mood[]", "type mood"),
    ("short", "'y'", "domain short"),
    ("pair", "null", "type pair"),
];

const SAID: [&str; 8] = [
    "",
    "",
    "",
    " default {default}",
    " not null default {default}",
    " check ({} is not null)",
    " constraint said_{} check ({} is null or {} is not null)",
    " default {default}",
];

/// What a table may have beside itself, each with how often. The index of an expression is of a type that any of them has.
const BESIDE: [(f64, &str); 14] = [
    (0.2, "create index {table}_{column} on {table} ({column});"),
    (0.1, "create index {table}_{column} on {table} ({column} desc nulls last);"),
    (0.1, "create unique index {table}_part on {table} ({column}) where {column} is not null;"),
    (0.1, "create index {table}_null on {table} (({column} is null), {column});"),
    (
        0.3,
        "create view see_{table} as select {column} from {table};\ncreate view also_{table} as select * from see_{table};",
    ),
    (0.1, "create view many_{table} with (security_barrier) as select count({column}) as n from {table};"),
    (
        0.2,
        "create materialized view kept_{table} as select {column} from {table};\ncreate index on kept_{table} ({column});",
    ),
    (0.2, "create trigger before_{table} before update of {column} on {table} for each row execute function on_row();"),
    (
        0.1,
        "create trigger after_{table} after insert on {table} for each row when (new.{column} is not null) execute function on_row();",
    ),
    (
        0.1,
        "alter table {table} enable row level security;\ncreate policy mine on {table} using ({column} is not null);",
    ),
    (0.2, "comment on table {table} is 'what {table} is';"),
    (0.2, "comment on column {table}.{column} is 'it''s {column}';"),
    (0.1, "alter table {table} set (fillfactor = 70);"),
    (0.1, "alter table {table} alter {column} set statistics 50;"),
];

/// Returns a column of some type that can be had after this text, with what it is said to be.
fn column(name: &str, chance: &mut Chance, before: &str) -> String {
    let there: Vec<_> = TYPES.into_iter().filter(|(_, _, needs)| before.contains(needs)).collect();
    let (of_type, default, _) = chance.one_of(&there);
    let said = chance.one_of(&SAID).replace("{default}", default).replace("{}", name);
    format!("{name} {of_type}{said}")
}

/// Makes up a schema of a few tables whose names others may have too, so that two of them have much in common.
fn made_up(chance: &mut Chance) -> String {
    let mut sql = String::new();
    for (often, forms) in BEFORE {
        if chance.may(often) {
            sql.extend([chance.one_of(forms), "\n"]);
        }
    }
    let mut referable: Vec<(&str, &str)> = Vec::new();
    for table in TABLES {
        if chance.may(0.2) {
            continue;
        }
        let keys = ["", "integer", "bigint", "serial", "bigint generated always as identity"];
        let key = chance.one_of(&keys);
        let is_divided = key == "integer" && chance.may(0.2);
        let mut names: Vec<&str> = ["p", "q", "r", "s", "t"].into_iter().filter(|_| chance.may(0.6)).collect();
        if names.is_empty() {
            names.push("p");
        }
        if chance.may(0.3) {
            chance.shuffle(&mut names);
        }
        let mut items: Vec<String> = names.iter().map(|name| column(name, chance, &sql)).collect();
        if !key.is_empty() {
            items.insert(0, format!("id {key} primary key"));
            if chance.may(0.2) {
                items.push("g bigint generated always as (id + 1) stored".to_owned());
            }
        }
        for (other, of_type) in &referable {
            if chance.may(0.4) {
                let action =
                    chance.one_of(&["", " on delete cascade", " on update set null", " deferrable initially deferred"]);
                items.push(format!("ref_{other} {of_type} references {other}{action}"));
            }
        }
        if !is_divided && chance.may(0.2) {
            let form = chance.one_of(&["unique ({})", "constraint only unique ({})"]);
            // Of the types, all but a composite one and the arrays of such have an order.
            items.push(form.replace("{}", names[0]).replace("only", &format!("only_{table}")));
        }
        let unlogged = if is_divided || !chance.may(0.1) || !referable.is_empty() { "" } else { "unlogged " };
        let divided = if is_divided { " partition by range (id)" } else { "" };
        sql.push_str(&format!("create {unlogged}table {table} ({}){divided};\n", items.join(", ")));
        if is_divided {
            sql.push_str(&format!("create table {table}_1 partition of {table} for values from (0) to (100);\n"));
            if chance.may(0.5) {
                sql.push_str(&format!("create table {table}_rest partition of {table} default;\n"));
            }
        }
        for (often, text) in BESIDE {
            let fits = !is_divided || !["fillfactor", "{table}_part", "policy"].iter().any(|not| text.contains(not));
            if chance.may(often) && fits && (sql.contains("function on_row") || !text.contains("trigger")) {
                sql.extend([&*text.replace("{table}", table).replace("{column}", names[0]), "\n"]);
            }
        }
        if !key.is_empty() && unlogged.is_empty() {
            referable.push((table, if key.starts_with("bigint") { "bigint" } else { "integer" }));
        }
    }
    sql
}

#[test]
fn two_schemas_that_are_made_up_lead_to_one_another() {
    if Database::postgres().is_none() {
        return;
    }
    let pairs = pairs(PAIRS, 6 * PAIRS, "insert into {} default values", made_up);
    let wrong = threads::each(pairs.iter(), |runtime, pair| {
        let error = runtime.block_on(check(pair)).err()?;
        // It may want a cast that PostgreSQL does not have.
        let is_right = is_right(&error) || error.contains("(42846)");
        (!is_right).then(|| told(pair, &error))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} of {} pairs fail\n{}", wrong.len(), pairs.len(), wrong.join("\n\n"));
}
