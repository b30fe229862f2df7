//! PostgreSQL: every pair of the corpus, there and back, on a real server. `pg_dump` is the judge.

use std::process::Command;

use dunlin::schema::engine::{Grants, Ignored, Pace, Pair as Ways};
use dunlin::schema::{SchemaError, SchemaFile, Schemas};
use dunlin::{Dialect, Migrations};
use sqlx::{Connection as _, PgConnection, Row as _, raw_sql};

use super::chance::may_fail;
use super::pairs::{self, Pair};
use super::sqlite::NO_FILES;
use crate::support::database::Database;
use crate::support::environment;
use crate::support::servers::postgres_programs;

fn file(text: &str) -> [SchemaFile; 1] {
    [SchemaFile { name: "schema.sql".to_owned(), text: text.to_owned() }]
}

/// Returns both ways.
async fn ways(pair: &Pair, to: &str, url: &str) -> Result<Ways, SchemaError> {
    Ok(all_ways(pair, to, url, Pace::AtOnce).await?.pop().unwrap_or_default())
}

/// Returns the migrations that lead from what a pair begins with to something, and back. Grants and owners are part of it if the pair
/// says that it is about them.
pub(super) async fn all_ways(pair: &Pair, to: &str, url: &str, pace: Pace) -> Result<Vec<Ways>, SchemaError> {
    let migrations = Migrations::included(&NO_FILES);
    let migrator = migrations.migrator();
    let grants = if pair.name.starts_with("rights: ") { Grants::Written } else { Grants::LeftOut };
    let schemas = Schemas::new(&migrator, Dialect::Postgres, Ignored::default());
    let schemas = schemas.scratch_beside(url).pace(pace).grants(grants);
    let from = schemas.of_files(&file(&pair.from)).await?.schema;
    let declared = schemas.of_files(&file(to)).await?;
    let renames = declared.renames_from(&from)?;
    Ok(schemas.propose(&from, &declared.schema, &renames).await?.pairs)
}

pub(super) async fn run(url: &str, sql: &str) -> Result<(), String> {
    let mut connection = PgConnection::connect(url).await.expect("a connection");
    let ran = raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await;
    connection.close().await.expect("a connection is closed");
    ran.map(drop).map_err(|error| error.to_string())
}

pub(super) async fn asked(url: &str, sql: &str) -> Vec<String> {
    let mut connection = PgConnection::connect(url).await.expect("a connection");
    let rows = raw_sql(sqlx::AssertSqlSafe(sql)).fetch_all(&mut connection).await.expect("a query");
    rows.iter().map(|row| row.try_get_unchecked::<String, _>(0).expect("a text")).collect()
}

/// Returns what `pg_dump` says of a database.
pub(super) fn dumped(url: &str) -> String {
    let program = postgres_programs().expect("PostgreSQL").join("pg_dump");
    let output =
        Command::new(program).args(["--schema-only", "--exclude-table=dunlin_*", url]).output().expect("pg_dump");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let is_said = |line: &&str| !line.is_empty() && !["--", "\\"].iter().any(|no| line.starts_with(no));
    text.lines().filter(is_said).collect::<Vec<_>>().join("\n")
}

/// Returns the statements of a dump, and the lines of its tables, in no order.
fn statements(dump: &str) -> Vec<String> {
    let is_setting =
        |statement: &&str| statement.starts_with("SET ") || statement.starts_with("SELECT pg_catalog.set_config");
    let mut statements: Vec<String> = dump.split(";\n").filter(|one| !is_setting(one)).map(in_no_order).collect();
    statements.sort();
    statements
}

fn in_no_order(statement: &str) -> String {
    if !["CREATE TABLE", "CREATE UNLOGGED TABLE"].iter().any(|table| statement.starts_with(table)) {
        return statement.to_owned();
    }
    let mut lines: Vec<&str> = statement.lines().map(|line| line.trim_end_matches(',')).collect();
    lines.sort_unstable();
    lines.join("\n")
}

/// Returns the dump of a database that was loaded from one: what PostgreSQL prints of a text that it printed is what stays.
async fn loaded(dump: &str) -> String {
    let database = Database::postgres().expect("a server");
    let url = database.superuser_url();
    let dump = dump.replace("CREATE SCHEMA public;", "");
    run(&url, &dump).await.unwrap_or_else(|error| panic!("{error}\n{dump}"));
    dumped(&url)
}

pub(super) async fn counts(url: &str) -> Vec<(String, String)> {
    let tables = "select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace \
        where c.relkind = 'r' and c.relname !~ '^dunlin_' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";
    let mut counts = Vec::new();
    for table in asked(url, tables).await {
        let count = asked(url, &format!("select count(*)::text from only {table}")).await;
        counts.push((table, count.concat()));
    }
    counts
}

/// Checks one pair; returns what is wrong with it.
pub(super) async fn check(pair: &Pair) -> Result<(), String> {
    let (database, wanted) = (Database::postgres().expect("a server"), Database::postgres().expect("a server"));
    let (database, wanted) = (&database.superuser_url(), &wanted.superuser_url());
    if let Some(expected) = pair.to.strip_prefix("refused:") {
        let (expected, to) = expected.split_once('\n').unwrap_or((expected, ""));
        let refusal = ways(pair, to, database).await.err().map(|error| error.to_string()).unwrap_or_default();
        return if refusal.contains(expected.trim()) {
            Ok(())
        } else {
            Err(format!("it is not refused so, but: {refusal:?}"))
        };
    }
    let ways = ways(pair, &pair.to, database).await.map_err(|error| error.to_string())?;
    run(database, &pair.from).await?;
    run(wanted, &pair.to).await?;
    let (from, to) = (dumped(database), dumped(wanted));
    for row in &pair.rows {
        run(database, row).await?;
    }
    for row in pair.tries.iter().filter(|_| !may_fail(&ways)) {
        // It may not fit.
        let _ = run(database, row).await;
    }
    let before = counts(database).await;
    let up = ways.up_text();
    run(database, &format!("begin;\n{up}\n;commit")).await.map_err(|error| format!("up: {error}\n{up}"))?;
    is_same(&dumped(database), &to).await.map_err(|left| format!("up leads elsewhere:\n{left}\nby\n{up}"))?;
    let reached = counts(database).await;
    for (table, count) in &before {
        if reached.iter().any(|(other, now)| other == table && now != count) {
            return Err(format!("up leaves {reached:?} of {before:?} by {up}"));
        }
    }
    let down = ways.down_text();
    run(database, &format!("begin;\n{down}\n;commit")).await.map_err(|error| format!("down: {error}\n{down}"))?;
    is_same(&dumped(database), &from).await.map_err(|left| format!("down leads elsewhere:\n{left}\nby\n{down}"))
}

/// Says in what two databases differ.
pub(super) async fn are_same(one: &str, other: &str) -> Result<(), String> {
    is_same(&dumped(one), &dumped(other)).await
}

pub(super) async fn is_same(reached: &str, wanted: &str) -> Result<(), String> {
    if statements(reached) == statements(wanted) {
        return Ok(());
    }
    let (reached, wanted) = (statements(&loaded(reached).await), statements(&loaded(wanted).await));
    let only = |one: &[String], other: &[String], sign: &str| -> Vec<String> {
        one.iter()
            .filter(|statement| !other.contains(statement))
            .map(|statement| format!("{sign} {statement}"))
            .collect()
    };
    let differs = [only(&reached, &wanted, "+"), only(&wanted, &reached, "-")].concat();
    if differs.is_empty() { Ok(()) } else { Err(differs.join("\n")) }
}

/// The corpus is run in parts, so that no test takes long.
const PARTS: usize = 7;

fn every_pair_leads_there_and_back(part: usize) {
    if Database::postgres().is_none() {
        return;
    }
    let pairs = pairs::read(include_str!("postgres.pairs"));
    pairs::all_pass(pairs.iter().skip(part).step_by(PARTS * environment::rounds(4, 1)), check);
}

/// PostgreSQL takes seconds over a pair: a fourth of them daily, all of them in a soak.
mod soak {
    parts! {
        super::every_pair_leads_there_and_back;
        every_pair_leads_there_and_back_1: 0
        every_pair_leads_there_and_back_2: 1
        every_pair_leads_there_and_back_3: 2
        every_pair_leads_there_and_back_4: 3
        every_pair_leads_there_and_back_5: 4
        every_pair_leads_there_and_back_6: 5
        every_pair_leads_there_and_back_7: 6
    }
}

#[tokio::test]
async fn what_is_the_same_needs_nothing() {
    let Some(database) = Database::postgres() else { return };
    let url = database.superuser_url();
    let pairs = pairs::read(include_str!("postgres.pairs"));
    assert!(pairs.len() >= 150, "there are {} pairs", pairs.len());
    for pair in pairs.iter().filter(|pair| !pair.from.trim().is_empty()).step_by(9) {
        let ways = ways(pair, &pair.from, &url).await.unwrap_or_else(|error| panic!("{}: {error}", pair.name));
        assert!(ways.up.is_empty() && ways.down.is_empty(), "{}: {}", pair.name, ways.up_text());
    }
}
